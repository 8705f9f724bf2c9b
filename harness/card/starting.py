"""GET PROCESSING OPTIONS: a transaction begins, and the counter goes up (EMV Book 3 clause 6.5.8; PBOC 3.0 part
13)."""

from __future__ import annotations

from protocols.emv.apdu import Command, Response
from protocols.emv.dol import dol_length, split_dol
from protocols.emv.gpo import FORMAT_1
from protocols.errors import DecodeError
from protocols.tlv import Tlv, build_tlv, parse_tlv

from . import contactless
from .profile import APPLICATION_CURRENCY
from .session import NOT_NOW, WRONG_DATA, WRONG_LENGTH, WRONG_P1P2, Transaction, Turn
from .state import ATC_MAX
from .verification import of_before

COMMAND_TEMPLATE = 0x83
EC_INDICATOR, CURRENCY, TTQ = 0x9F7A, 0x5F2A, 0x9F66


def get_processing_options(turn: Turn, command: Command) -> Response:
    """Takes what the PDOL asks for, counts the transaction, says what to read.

    A counter at its end refuses for good: 6985.
    """
    if command.p1 or command.p2:
        return WRONG_P1P2
    transaction = turn.session.transaction
    if transaction is None or transaction.stage != "selected":
        return NOT_NOW
    told = _command_data(command.data)
    if told is None:
        return WRONG_DATA
    application = transaction.application
    pdol = application.pdol.get(turn.session.how, ())
    if len(told) != dol_length(pdol):
        return WRONG_LENGTH
    state = turn.application(application)
    if state.atc >= ATC_MAX:
        return NOT_NOW
    transaction.before, transaction.scripts_before = of_before(state), state.script_count
    atc = state.atc + 1
    turn.change(application, atc=atc)
    transaction.atc = _shown_atc(turn, atc)
    transaction.values, transaction.signed_data = split_dol(pdol, told), told
    transaction.stage = "started"
    transaction.way = _way(turn, transaction)
    if transaction.way == "tap" and TTQ in transaction.values:
        return contactless.answer(turn, transaction)
    way = application.ways[transaction.way]
    return Response(build_tlv((Tlv(FORMAT_1, way.aip + way.afl),)), 0x9000)


def _command_data(data: bytes) -> bytes | None:
    """The value of template 83, None where it is none."""
    try:
        items = parse_tlv(data, "83")
    except DecodeError:
        return None
    return items[0].value if len(items) == 1 and items[0].tag == COMMAND_TEMPLATE else None


def _shown_atc(turn: Turn, atc: int) -> int:
    """A copy of a card has a counter of its own, which is behind."""
    behind = turn.behaviour("atc_back")
    return atc if behind is None else max(atc - int(behind["by"]), 1)


def _way(turn: Turn, transaction: Transaction) -> str:
    """Electronic cash where the terminal has it and the currency is the card's."""
    application, values = transaction.application, transaction.values
    ecash = "ecash" in application.ways and turn.session.how == "insert" and values.get(EC_INDICATOR) == b"\x01"
    if ecash and values.get(CURRENCY) == turn.value(application, APPLICATION_CURRENCY):
        return "ecash"
    return turn.session.how
