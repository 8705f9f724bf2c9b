"""The simulated payment provider: a pure machine of (event, now); it shares messages with the terminal, no code."""
