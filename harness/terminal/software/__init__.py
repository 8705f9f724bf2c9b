"""The terminal's application: two slots, what comes into them and from where, which of the two runs."""
