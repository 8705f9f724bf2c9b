"""Thousands of operations in a row at one terminal, unattended: what was asked, how long it took, what went wrong."""
