"""Field 55 out of a session: which objects go to the host, in the order of UnionPay's samples (Q/CUP 009 F55; Chanjet
POS V2.0; PAX `EmvTags`)."""

from __future__ import annotations

from collections.abc import Mapping

from protocols.tlv import Tlv, build_tlv

from .session import Session

REQUEST = (
    0x9F26, 0x9F27, 0x9F10, 0x9F37, 0x9F36, 0x95, 0x9A, 0x9C, 0x9F02, 0x5F2A, 0x82, 0x9F1A, 0x9F03, 0x9F33, 0x9F34,
    0x9F35, 0x9F1E, 0x84, 0x9F09, 0x9F41, 0x9F63,
)  # fmt: skip
"""Of a sale, a balance, a pre-authorisation, and of the TC that goes up with the batch."""
CONTACT_ONLY = (0x9F34,)
"""Contactless samples do not have these."""
REVERSAL = (0x95, 0x9F1E, 0x9F10, 0x9F36)
SCRIPT_NOTICE = (0x9F33, 0x95, 0x9F37, 0x9F1E, 0x9F10, 0x9F26, 0x9F36, 0x82, 0x9F1A, 0x9A)
SCRIPT_RESULTS = 0xDF31
LENGTHS_MAX: Mapping[int, int] = {0x9F10: 32, 0x84: 16, 0x9F63: 16, 0x9F09: 2}
"""What a card may have made longer than it is: field 55 has room for 255 octets."""


def request(session: Session) -> bytes:
    """Of the request, or, once the card has given its TC, of the batch upload: what that cryptogram covers."""
    left_out = CONTACT_ONLY if session.terms.how == "tap" else ()
    told = session.told() if session.covered is None else {**session.told(), 0x95: session.covered.octets()}
    return _built(told, tuple(tag for tag in REQUEST if tag not in left_out))


def reversal(session: Session) -> bytes:
    """Of a reversal, with the results of scripts where there were any."""
    return _built(session.told(), REVERSAL) + _results(session)


def script_notice(session: Session) -> bytes:
    """Of the notice (0620) how the issuer's scripts went; empty where there were none."""
    return _built(session.told(), SCRIPT_NOTICE) + _results(session) if session.scripts else b""


def _built(told: Mapping[int, bytes], tags: tuple[int, ...]) -> bytes:
    found = ((tag, told.get(tag, b"")[: LENGTHS_MAX.get(tag, 255)]) for tag in tags)
    return build_tlv(Tlv(tag, value) for tag, value in found if value)


def _results(session: Session) -> bytes:
    return build_tlv([Tlv(SCRIPT_RESULTS, session.scripts)]) if session.scripts else b""
