"""SELECT, READ RECORD, GET DATA: what a card has (EMV Book 1 clauses 11.2 and 11.3, Book 3 clauses 6.5.7 and
6.5.11)."""

from __future__ import annotations

from collections.abc import Mapping

from protocols.emv.apdu import Command, Response
from protocols.tlv import Tlv, build_tlv

from .profile import LOG_FORMAT, Application, Directory, RecordKey
from .session import (
    NO_DATA,
    NO_RECORD,
    NOT_FOUND,
    NOT_NOW,
    NOT_SUPPORTED,
    WRONG_LENGTH,
    WRONG_P1P2,
    Transaction,
    Turn,
)

BY_NAME, FIRST, NEXT = 0x04, 0x00, 0x02
NAME_OCTETS = range(5, 17)
APPLICATION_BLOCKED = 0x6283
ATC, LAST_ONLINE_ATC, PIN_TRIES = 0x9F36, 0x9F13, 0x9F17


def select(turn: Turn, command: Command) -> Response:
    """SELECT by name; a part of an AID selects the first application that begins so, P2 = 02 the next one.

    A card that was blocked has nothing to select: 6A81.
    """
    session = turn.session
    if command.p1 != BY_NAME or command.p2 not in (FIRST, NEXT):
        return WRONG_P1P2
    if len(command.data) not in NAME_OCTETS:
        return WRONG_LENGTH
    if turn.card_blocked:
        session.directory = session.transaction = None
        return NOT_SUPPORTED
    at = 0 if command.p2 == FIRST else session.found if session.named == command.data else -1
    matches = _matches(turn, command.data)
    session.directory = session.transaction = None
    session.named, session.found = command.data, at + 1
    if not 0 <= at < len(matches):
        session.found = -1
        return NOT_FOUND
    match = matches[at]
    if isinstance(match, Directory):
        session.directory = match
        return Response(match.fci, 0x9000)
    session.transaction = Transaction(match, way=session.how)
    sw = APPLICATION_BLOCKED if turn.application_blocked(match) else 0x9000
    return Response(match.fci[session.how], sw)


def _matches(turn: Turn, name: bytes) -> list[Directory | Application]:
    session = turn.session
    directory = session.chip.pse if session.how == "insert" else session.chip.ppse
    if directory is not None and directory.name == name:
        return [directory]
    return [one for one in session.chip.applications if session.how in one.fci and one.aid.startswith(name)]


def read_record(turn: Turn, command: Command) -> Response:
    """READ RECORD by number, of the file that P2 names."""
    if command.p2 & 0x07 != 0x04 or not command.p1:
        return WRONG_P1P2
    sfi, record = command.p2 >> 3, command.p1
    session = turn.session
    if session.directory is not None:
        return _record_of(session.directory.records, sfi, record)
    transaction = session.transaction
    if transaction is None:
        return NOT_NOW
    application = transaction.application
    state = turn.application(application)
    if sfi == application.log_sfi:
        kept = state.log[: application.log_records]
        return Response(kept[record - 1], 0x9000) if record <= len(kept) else NO_RECORD
    changed = state.records.get(f"{sfi}/{record}")
    return Response(changed, 0x9000) if changed is not None else _record_of(application.records, sfi, record)


def _record_of(records: Mapping[RecordKey, bytes], sfi: int, record: int) -> Response:
    if (sfi, record) in records:
        return Response(records[sfi, record], 0x9000)
    return NO_RECORD if any(one == sfi for one, _ in records) else NOT_FOUND


def get_data(turn: Turn, command: Command) -> Response:
    """GET DATA of a counter, of the log's format, or of what the card was personalised with for it."""
    transaction = turn.session.transaction
    if transaction is None:
        return NOT_NOW
    application, tag = transaction.application, command.p1 << 8 | command.p2
    state = turn.application(application)
    value = {
        ATC: state.atc.to_bytes(2, "big"),
        LAST_ONLINE_ATC: state.last_online_atc.to_bytes(2, "big"),
        PIN_TRIES: bytes((turn.pin_tries,)),
    }.get(tag) or turn.value(application, tag)
    if value is None or (tag == LOG_FORMAT and not application.log_sfi):
        return NO_DATA
    return Response(build_tlv((Tlv(tag, value),)), 0x9000)
