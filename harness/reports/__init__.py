"""Renderings of a run: one HTML page, and a transcript for consoles and failing tests.

They read traces and what the caller found out about them (`model`), and nothing else; least of all the machines.
"""
