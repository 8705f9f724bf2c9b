"""Joins machine, store, link and clock: the simulated and the emulated bench, the portal and the control interface."""
