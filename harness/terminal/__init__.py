"""The emulated payment terminal: a pure machine of (event, now); it shares messages with the acquirer, no code."""
