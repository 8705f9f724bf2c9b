"""What a technician checks at a reader and a test card: `posrig reader check`."""
