"""What `harness.mask` is made of: digits (card numbers) and messages (where they stand)."""
