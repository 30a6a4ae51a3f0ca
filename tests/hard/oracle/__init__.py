"""A stranger's check: made-up lives of tickets, a Zendesk-like server that tells them, and what the definitions make of them."""
