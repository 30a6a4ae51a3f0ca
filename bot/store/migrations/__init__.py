"""Every shape the store has had, and the way from one to the next."""
