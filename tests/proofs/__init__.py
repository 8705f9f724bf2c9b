"""Proofs over whole runs: power cuts at every effect, faults on every frame, the same trace for the same seed."""
