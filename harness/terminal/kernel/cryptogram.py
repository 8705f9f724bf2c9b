"""GENERATE AC, the first and the second, and what the card may answer (EMV Book 3 clauses 6.5.5, 10.8, 10.11)."""

from __future__ import annotations

from typing import Literal

from protocols.emv import commands
from protocols.emv.commands import AC_REFERENCE, AcKind
from protocols.emv.flags import Tsi
from protocols.emv.gpo import AcAnswer, parse_ac
from protocols.errors import DecodeError

from ...machine import Json
from ..wants import Step
from .application import filled
from .authentication import combined_holds
from .session import Ended, Session, command

CID_KIND = 0xC0
RANK: dict[AcKind, int] = {"AAC": 0, "ARQC": 1, "TC": 2}
"""A card may answer less than it was asked for, never more."""
KINDS: dict[int, AcKind] = {code: kind for kind, code in AC_REFERENCE.items()}
When = Literal["first_ac", "second_ac"]


def generate(session: Session, when: When, asked: AcKind) -> Step[AcKind]:
    """Ask for a cryptogram; the session then has 9F26, 9F27, 9F36, 9F10.  Returns what the card gave.

    An answer that cannot be used, or whose CDA signature does not hold, counts as AAC after the host's answer
    (`second_ac`); before it, the first ends the transaction.  Raises Ended, Gone.
    """
    values = filled(session, 0x8C if when == "first_ac" else 0x8D)
    signed = session.cda and asked != "AAC"
    answer = yield from command(session, commands.generate_ac(asked, values, cda=signed))
    session.sent += values
    if not answer.ok:
        return _unusable(session, when, "status", f"{answer.sw:04X}")
    try:
        told = parse_ac(answer.data)
    except DecodeError:
        return _unusable(session, when, "unreadable")
    given = KINDS.get(told.cid & CID_KIND)
    if given is None or RANK[given] > RANK[asked] or (when == "second_ac" and given == "ARQC"):
        return _unusable(session, when, "unexpected", f"CID {told.cid:02X}, {asked}")
    session.covered = session.tvr
    holds = _taken(session, told, signed and given != "AAC")
    session.tsi |= Tsi.CARD_RISK_MANAGEMENT
    kind: AcKind = given if holds else "AAC"
    facts: dict[str, Json] = {"atc": told.atc.hex().upper(), "tvr": session.tvr.octets().hex().upper()}
    facts["since_power_us"] = session.desk.now - session.started_us
    session.note(when, ok=kind == asked, asked=asked, given=given, **facts)
    return kind


def _taken(session: Session, told: AcAnswer, signed: bool) -> bool:
    """The answer's objects; False where they were to be signed and the signature does not hold."""
    cryptogram = told.cryptogram
    holds = True
    if signed:
        inside = combined_holds(session, told.signed_data, session.sent + told.hashed, told.cid)
        holds = inside is not None
        cryptogram = inside or cryptogram
    session.data[0x9F26] = cryptogram
    session.data[0x9F27] = bytes((told.cid,))
    session.data[0x9F36] = told.atc
    if told.issuer_data:
        session.data[0x9F10] = told.issuer_data
    return holds


def _unusable(session: Session, when: When, why: str, detail: str = "") -> AcKind:
    session.note(when, ok=False, why=why, detail=detail)
    if when == "first_ac":
        raise Ended("card_error", why=why)
    return "AAC"
