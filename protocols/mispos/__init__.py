"""The Chinese register interface (MISPOS) over serial: STX, BCD length, data, ETX, LRC; data is a list of tags.

No public standard exists; the facts are read from two public implementations, which differ in tags and lengths:
`dialect_a` (DF tags, hehe02921/qqq) and `dialect_b` (9F tags, gsccs/mispos-client).  `results` has what a terminal
refuses by itself, in both.
"""
