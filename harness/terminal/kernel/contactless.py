"""qPBOC, the contactless path (PBOC 3.0 part 12): GET PROCESSING OPTIONS brings the cryptogram, and the card may go.

This terminal always asks for an online cryptogram.  Limits: those downloaded with the AID (DF19 to DF21), and what the
flows say of PINs for small amounts.
"""

from __future__ import annotations

from collections.abc import Iterable

from protocols.emv.commands import AcKind
from protocols.emv.flags import Ctq, Ttq, Tvr
from protocols.emv.issuer_data import parse_issuer_data

from .cardholder import NOT_PERFORMED
from .cryptogram import CID_KIND, KINDS
from .parameters import Application
from .restrictions import day
from .session import Ended, Session

TTQ, CTQ, CRYPTOGRAM, ISSUER_DATA = 0x9F66, 0x9F6C, 0x9F26, 0x9F10
CDCVM_ON = ("FF8057", "1")
"""Contactless parameter of download 394: a verification at the holder's device counts."""


def offered(session: Session, taken: Iterable[Application]) -> tuple[Application, ...]:
    """The applications whose contactless limit this amount keeps.  Raises Ended where there is none."""
    amount = session.terms.amount_fen
    found = tuple(one for one in taken if one.contactless_limit_fen is None or amount <= one.contactless_limit_fen)
    if not found:
        session.note("selected", ok=False, why="above_limit")
        raise Ended("use_insert", instead="insert")
    return found


def qualify(session: Session) -> None:
    """Set TTQ for the application that was selected."""
    application = session.application
    assert application is not None
    found = Ttq.QPBOC | Ttq.CONTACT_CHIP | Ttq.ONLINE_PIN | Ttq.SIGNATURE | Ttq.ONLINE_CRYPTOGRAM_REQUIRED
    if verification_wanted(session, application):
        found |= Ttq.CVM_REQUIRED
    code, on = CDCVM_ON
    if session.desk.state.contactless.get(code) == on:
        found |= Ttq.CONSUMER_DEVICE_CVM
    session.data[TTQ] = found.octets()


def verification_wanted(session: Session, application: Application) -> bool:
    """Whether an amount is above the application's limit without cardholder verification."""
    limit = application.contactless_cvm_fen
    return limit is None or session.terms.amount_fen > limit


def fill_up(session: Session) -> None:
    """What a fast card says in track 2 alone: PAN, and the last day of the month in which it expires."""
    data, pan, expiry = session.data, session.pan, session.expiry
    if not data.get(0x5A) and pan.isdigit():
        data[0x5A] = bytes.fromhex(pan + "F" * (len(pan) % 2))
    if not data.get(0x5F24) and len(expiry) == 4 and expiry.isdigit():
        data[0x5F24] = bytes.fromhex(expiry + "31")


def answered(session: Session) -> AcKind:
    """Which cryptogram the card has given: 9F27 says it, else bits 6 and 5 of the CVR.

    Raises Ended where it gave none: it wants the contact interface.
    """
    data = session.data
    if len(data.get(CRYPTOGRAM, b"")) != 8 or len(data.get(0x9F36, b"")) != 2:
        session.note("first_ac", ok=False, why="no_cryptogram")
        raise Ended("use_insert", instead="insert")
    if not data.get(0x9F27):
        told = parse_issuer_data(data.get(ISSUER_DATA, b""))
        data[0x9F27] = b"\x80" if told is None else bytes((told.cvr.octets()[0] << 2 & CID_KIND,))
    given = KINDS.get(data[0x9F27][0] & CID_KIND, "AAC")
    atc = data[0x9F36].hex().upper()
    session.note("first_ac", ok=given == "ARQC", asked="ARQC", given=given, atc=atc)
    return given


def judge(session: Session) -> None:
    """What the terminal has against the card by itself.  Raises Ended."""
    qualifiers = _qualifiers(session)
    if day(session.data[0x5F24]) < day(session.data[0x9A]) and Ctq.ONLINE_IF_EXPIRED not in qualifiers:
        session.tvr |= Tvr.EXPIRED_APPLICATION
        session.note("restrictions", ok=False, tvr=session.tvr.octets().hex().upper())
        raise Ended("card_expired")


def wants_pin(session: Session) -> bool:
    """Whether the holder has to type a PIN for the host.

    The card asks for it (CTQ), or, saying nothing of itself, where the terminal asked for a verification; never where
    the holder's device verified him, nor where the small amount needs none.
    """
    application = session.application
    assert application is not None
    qualifiers = _qualifiers(session)
    if Ctq.CONSUMER_DEVICE_CVM_PERFORMED in qualifiers or session.terms.no_pin(session.pan):
        asked = False
    elif CTQ in session.data:
        asked = Ctq.ONLINE_PIN_REQUIRED in qualifiers
    else:
        asked = verification_wanted(session, application)
    session.data[0x9F34] = NOT_PERFORMED.build()
    session.note("cvm", ok=True, method="02" if asked else "1F", result="")
    return asked


def _qualifiers(session: Session) -> Ctq:
    value = session.data.get(CTQ, b"")
    return Ctq.of(value) if len(value) == Ctq.OCTETS else Ctq.none()
