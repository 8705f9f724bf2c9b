"""From observations to causes. Reads the trace and never what was injected."""
