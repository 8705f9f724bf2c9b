"""Bytes to messages and back: the protocols that payment terminals speak.

This package imports the standard library, `construct` and `cryptography`, and nothing else.
"""
