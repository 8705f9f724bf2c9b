"""GENERATE AC and EXTERNAL AUTHENTICATE: the card decides, and believes its issuer or not (EMV Book 3, 6.5.4,
6.5.5)."""

from __future__ import annotations

from protocols.emv.apdu import Command, Response
from protocols.emv.commands import AC_REFERENCE, CDA_WANTED, AcKind
from protocols.emv.cryptograms import arpc_session_key, issuer_authenticated
from protocols.emv.dol import dol_length, fill_dol, split_dol
from protocols.emv.flags import Aip, Tvr
from protocols.emv.gpo import ATC

from ..machine import Json
from .cryptogram import UN, answered, atc_octets, cryptogram, issuer_data, verification
from .profile import EC_BALANCE
from .risk import AMOUNT, ARC, UNABLE_ONLINE, authentication_mandatory, first_action, number, second_action
from .session import NOT_NOW, OK, WRONG_LENGTH, WRONG_P1P2, Transaction, Turn, status

AUTHENTICATION_DATA, TVR = 0x91, 0x95
NOT_AUTHENTIC = status(0x6300)
AUTHENTICATION_OCTETS = range(8, 17)
BALANCE_DIGITS = 12
_KINDS: dict[int, AcKind] = {reference: kind for kind, reference in AC_REFERENCE.items()}
_REFERENCE_BITS = 0xC0


def generate_ac(turn: Turn, command: Command) -> Response:
    """The first one gives ARQC, TC or AAC; behind an ARQC a second one gives TC or AAC."""
    kind = _KINDS.get(command.p1 & _REFERENCE_BITS)
    if kind is None or command.p1 & ~(_REFERENCE_BITS | CDA_WANTED) or command.p2:
        return WRONG_P1P2
    transaction = turn.session.transaction
    if transaction is None or transaction.stage not in ("started", "asked"):
        return NOT_NOW
    if transaction.way == "tap" and transaction.ac:
        return NOT_NOW  # a contactless card has said it all in GET PROCESSING OPTIONS
    first = transaction.stage == "started"
    if not first and kind == "ARQC":
        return NOT_NOW
    cdol = transaction.application.cdol1 if first else transaction.application.cdol2
    if len(command.data) != dol_length(cdol):
        return WRONG_LENGTH
    transaction.values.update(split_dol(cdol, command.data))
    transaction.signed_data += command.data
    signed = bool(command.p1 & CDA_WANTED) and Aip.CDA in _aip(transaction)
    return _first(turn, transaction, kind, signed) if first else _second(turn, transaction, kind, signed)


def _aip(transaction: Transaction) -> Aip:
    return Aip.of(transaction.application.ways[transaction.way].aip)


def _first(turn: Turn, transaction: Transaction, asked: AcKind, signed: bool) -> Response:
    application = transaction.application
    kind, found = first_action(turn, transaction, asked)
    iad = issuer_data(transaction, verification(turn, transaction) | found, kind)
    transaction.first, transaction.ac = kind, cryptogram(turn, transaction, iad)
    transaction.stage = "asked" if kind == "ARQC" else "done"
    if kind == "ARQC":
        turn.change(application, online_open=True)
    elif kind == "TC":
        approved_offline(turn, transaction)
    else:
        tvr = Tvr.of(transaction.values.get(TVR, b"").ljust(Tvr.OCTETS, b"\x00")[: Tvr.OCTETS])
        dynamic = bool(tvr & (Tvr.DDA_FAILED | Tvr.CDA_FAILED))
        turn.change(application, sda_declined=Tvr.SDA_FAILED in tvr, dda_declined=dynamic)
    return answered(turn, transaction, kind, iad, transaction.ac, signed and kind != "AAC")


def _second(turn: Turn, transaction: Transaction, asked: AcKind, signed: bool) -> Response:
    told = transaction.values.get(AUTHENTICATION_DATA, b"")
    if any(told) and transaction.issuer_authenticated is None:
        _believe(turn, transaction, told)
    kind, found = second_action(turn, transaction, asked)
    iad = issuer_data(transaction, verification(turn, transaction) | found, transaction.first, kind)
    ac = cryptogram(turn, transaction, iad)
    transaction.stage = "done"
    if transaction.values.get(ARC) not in UNABLE_ONLINE:
        _completed_online(turn, transaction, kind)
    elif kind == "TC":
        approved_offline(turn, transaction)
    return answered(turn, transaction, kind, iad, ac, signed and kind != "AAC")


def approved_offline(turn: Turn, transaction: Transaction) -> None:
    """One more without the issuer; electronic cash pays."""
    application = transaction.application
    state = turn.application(application)
    changes: dict[str, Json] = {"offline_count": state.offline_count + 1}
    if transaction.way == "ecash" or (transaction.way == "tap" and EC_BALANCE in application.data):
        left = number(turn.value(application, EC_BALANCE)) - number(transaction.values.get(AMOUNT))
        changes["data"] = {f"{EC_BALANCE:X}": f"{max(left, 0):0{BALANCE_DIGITS}d}"}
    turn.change(application, **changes, **_logged(transaction))


def _completed_online(turn: Turn, transaction: Transaction, kind: AcKind) -> None:
    """What the card had to tell is told, where it knows that its issuer heard it."""
    believed = transaction.issuer_authenticated
    failed = believed is False
    missing = believed is None and authentication_mandatory(turn, transaction)
    changes: dict[str, Json] = {
        "online_open": False,
        "authentication_failed": failed,
        "not_authenticated": missing,
    }
    if not failed and not missing:
        changes |= {"last_online_atc": turn.application(transaction.application).atc, "offline_count": 0}
        changes |= {"sda_declined": False, "dda_declined": False}
        if not transaction.scripts:
            changes |= {"script_count": 0, "script_failed": False}
    turn.change(transaction.application, **changes, **(_logged(transaction) if kind == "TC" else {}))


def _logged(transaction: Transaction) -> dict[str, str]:
    """The entry of the card's own log."""
    application = transaction.application
    if not application.log_sfi:
        return {}
    values = {**transaction.values, ATC: atc_octets(transaction)}
    return {"logged": fill_dol(application.log_format, values).hex().upper()}


def external_authenticate(turn: Turn, command: Command) -> Response:
    """Tag 91 from the issuer, once in a transaction, behind an ARQC."""
    if command.p1 or command.p2:
        return WRONG_P1P2
    transaction = turn.session.transaction
    if transaction is None or transaction.stage != "asked" or transaction.issuer_authenticated is not None:
        return NOT_NOW
    if Aip.ISSUER_AUTHENTICATION not in _aip(transaction):
        return NOT_NOW
    if len(command.data) not in AUTHENTICATION_OCTETS:
        return WRONG_LENGTH
    return OK if _believe(turn, transaction, command.data) else NOT_AUTHENTIC


def _believe(turn: Turn, transaction: Transaction, told: bytes) -> bool:
    application = transaction.application
    key = arpc_session_key(
        application.scheme, application.keys.ac, atc_octets(transaction), transaction.values.get(UN, bytes(4))
    )
    right = issuer_authenticated(application.scheme, key, transaction.ac, told)
    transaction.issuer_authenticated = right and not turn.strikes("issuer_disbelieved")
    if not transaction.issuer_authenticated:
        turn.change(application, authentication_failed=True)
    return transaction.issuer_authenticated
