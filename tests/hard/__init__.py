"""What takes long: thousands of kills, hostile deliveries and fuzzed words. `make hard` runs it, `make test` does not."""
