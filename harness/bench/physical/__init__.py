"""The physical bench: a terminal that posrig did not start, a real host, a real register, and a person's hands."""
