"""What a card decides: card risk management and action (EMV Book 3 clause 10.8; PBOC 3.0 part 5, application default
action; the same in VIS).

Limits are few and real: transactions offline since the last online one (9F58, 9F59), electronic cash.
"""

from __future__ import annotations

from enum import IntFlag

from protocols.emv.commands import AcKind
from protocols.emv.issuer_data import Cvr

from .profile import ADA, AUTHENTICATION_INDICATOR, EC_BALANCE, EC_SINGLE_MAX, LOWER_LIMIT, UPPER_LIMIT
from .session import Transaction, Turn

AMOUNT = 0x9F02
ARC = 0x8A
UNABLE_ONLINE = (b"Y3", b"Z3")
"""What a terminal puts in place of the issuer's response code where nobody answered (EMV Book 4 annex A6)."""
MANDATORY = 0x80
"""Issuer authentication indicator 9F56: the card wants it."""


class Action(IntFlag):
    """Application default action, tag 9F52, both octets: what the card does when something was wrong."""

    FAILED_AUTHENTICATION_ONLINE = 0x8000
    FAILED_AUTHENTICATION_DECLINE = 0x4000
    NO_AUTHENTICATION_DECLINE = 0x2000
    NEW_ONLINE = 0x0200
    NEW_DECLINE_OFFLINE = 0x0100
    PIN_EXCEEDED_BLOCKS = 0x0080
    PIN_EXCEEDED_BEFORE_DECLINE = 0x0040
    PIN_EXCEEDED_BEFORE_ONLINE = 0x0020
    PIN_EXCEEDED_BEFORE_DECLINE_OFFLINE = 0x0010
    SCRIPT_FAILED_ONLINE = 0x0008


def default_action(turn: Turn, transaction: Transaction) -> Action:
    """What is personalised in 9F52; nothing where it is not there."""
    return Action(int.from_bytes((turn.value(transaction.application, ADA) or b"")[:2].ljust(2, b"\x00"), "big"))


def first_action(turn: Turn, transaction: Transaction, asked: AcKind) -> tuple[AcKind, Cvr]:
    """What the first GENERATE AC gives, and what the card found.

    A card never gives more than it was asked for: TC above ARQC above AAC.
    """
    application = transaction.application
    action, before = default_action(turn, transaction), transaction.before
    tries_gone = not turn.pin_tries and transaction.pin_verified is None
    found = Cvr.VELOCITY_EXCEEDED if _over(turn, transaction, LOWER_LIMIT) else Cvr.none()
    if asked == "AAC" or turn.application_blocked(application):
        return "AAC", found
    if tries_gone and Action.PIN_EXCEEDED_BEFORE_DECLINE in action:
        return "AAC", found
    online = (
        (Cvr.LAST_ONLINE_NOT_COMPLETED in before)
        or bool(found)
        or (Cvr.NEW_CARD in before and Action.NEW_ONLINE in action)
        or (Cvr.LAST_ISSUER_AUTHENTICATION_FAILED in before and Action.FAILED_AUTHENTICATION_ONLINE in action)
        or (Cvr.ISSUER_AUTHENTICATION_NOT_PERFORMED in before and Action.FAILED_AUTHENTICATION_ONLINE in action)
        or (Cvr.LAST_SCRIPT_FAILED in before and Action.SCRIPT_FAILED_ONLINE in action)
        or (tries_gone and Action.PIN_EXCEEDED_BEFORE_ONLINE in action)
        or (transaction.way == "ecash" and not cash_suffices(turn, transaction))
    )
    return ("ARQC" if asked == "ARQC" or online else "TC"), found


def second_action(turn: Turn, transaction: Transaction, asked: AcKind) -> tuple[AcKind, Cvr]:
    """What the second GENERATE AC gives, TC or AAC, and what the card found."""
    application = transaction.application
    action = default_action(turn, transaction)
    unable = transaction.values.get(ARC) in UNABLE_ONLINE
    found = Cvr.UNABLE_TO_GO_ONLINE if unable else Cvr.none()
    if asked == "AAC" or turn.application_blocked(application) or turn.card_blocked:
        return "AAC", found
    if unable:
        tries_gone = not turn.pin_tries and transaction.pin_verified is None
        refused = (
            _over(turn, transaction, UPPER_LIMIT)
            or (Cvr.NEW_CARD in transaction.before and Action.NEW_DECLINE_OFFLINE in action)
            or (tries_gone and Action.PIN_EXCEEDED_BEFORE_DECLINE_OFFLINE in action)
        )
    elif transaction.issuer_authenticated is None:
        refused = authentication_mandatory(turn, transaction) and Action.NO_AUTHENTICATION_DECLINE in action
    else:
        refused = not transaction.issuer_authenticated and Action.FAILED_AUTHENTICATION_DECLINE in action
    return ("AAC" if refused else "TC"), found


def authentication_mandatory(turn: Turn, transaction: Transaction) -> bool:
    """Whether the card counts a transaction as completed online only when it knows that its issuer answered."""
    indicator = turn.value(transaction.application, AUTHENTICATION_INDICATOR) or b"\x00"
    return bool(indicator[0] & MANDATORY)


def cash_suffices(turn: Turn, transaction: Transaction) -> bool:
    """Whether electronic cash pays the amount: its balance, and its limit for one transaction."""
    application, amount = transaction.application, number(transaction.values.get(AMOUNT))
    single = turn.value(application, EC_SINGLE_MAX)
    return amount <= number(turn.value(application, EC_BALANCE)) and (single is None or amount <= number(single))


def number(value: bytes | None) -> int:
    """A value of format n; 0 where there is none, or where it is none."""
    digits = (value or b"").hex()
    return int(digits) if digits.isdecimal() else 0


def _over(turn: Turn, transaction: Transaction, tag: int) -> bool:
    """Whether one more would be above a limit of transactions offline."""
    limit = turn.value(transaction.application, tag)
    return limit is not None and turn.application(transaction.application).offline_count + 1 > limit[0]
