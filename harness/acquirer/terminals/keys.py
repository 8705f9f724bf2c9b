"""The host's key room: TMKs, their components for injection, working keys.

Keys live in records (the host must know them after a restart) and in the one answer of `issue_tmk`; never in notes,
texts or reprs.
"""

from __future__ import annotations

from protocols.ciphers import Algorithm, kcv

from ..turn import Turn

TMK_OCTETS = 16


def odd_parity(key: bytes) -> bytes:
    """`key` with odd parity in every octet, as DES key rooms make them and some libraries insist on."""
    return bytes(octet & 0xFE | (bin(octet >> 1).count("1") + 1) % 2 for octet in key)


def new_key(turn: Turn, purpose: str, octets: int, algorithm: Algorithm) -> bytes:
    """A fresh key of that many octets."""
    key = turn.draw(purpose, octets)
    return key if algorithm == "sm4" else odd_parity(key)


def components(turn: Turn, tmk: bytes, algorithm: Algorithm) -> dict[str, object]:
    """Two components whose XOR is `tmk`, and its KCV: what two key custodians type in."""
    first = turn.draw("component", len(tmk))
    second = bytes(a ^ b for a, b in zip(first, tmk, strict=True))
    return {"components": [first.hex().upper(), second.hex().upper()], "kcv": kcv(tmk, algorithm).hex().upper()}
