"""What can be done with a recording: its sessions are taken apart, played again, exported, compared.

Everything here reads the trace and nothing else, and is pure; the shells are in `bench` and `console`.
"""
