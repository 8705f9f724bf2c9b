"""Transbank POS (Chile): STX, `|`-separated text, ETX, LRC; ACK or NAK for each frame.

Sources: Transbank "POS Integrado" and "POS Autoservicio" (transbankdevelopers.cl/referencia); what the client
transbank-pos-sdk 1.0.1 sends and reads.
"""
