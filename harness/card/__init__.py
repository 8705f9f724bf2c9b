"""The emulated chip card: what an EMV / PBOC card does with the commands it gets, as a machine, and cards as data."""
