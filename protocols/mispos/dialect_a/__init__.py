"""Dialect A: DF tags with BER lengths, result fields nested in DF06 (public register program hehe02921/qqq)."""
