"""What earlier visits to a terminal found, and how its figures move."""
