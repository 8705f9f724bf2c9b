"""A terminal that somebody else started, treated as a device."""
