"""Loads scenarios, which are data, and runs them on a bench."""
