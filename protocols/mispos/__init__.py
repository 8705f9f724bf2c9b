"""The Chinese register interface (MISPOS) over serial: STX, BCD length, data, ETX, LRC; data is a list of tags.

No public standard exists; the facts are read from two public implementations (dialect B: gsccs/mispos-client,
CommDataManager.java).
"""
