"""Issuer scripts: blocking, unblocking, a new PIN, data and records changed (EMV Book 3 clauses 6.5.1, 6.5.2, 6.5.3,
6.5.10; EMV Book 2 clause 9; PBOC 3.0 part 5).

Each command comes behind a cryptogram of this transaction, by which its MAC is told from a recorded one: 6988 for a
wrong one, 6985 where there is no cryptogram.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from protocols.emv.apdu import Command, Response
from protocols.emv.cryptograms import AC_OCTETS
from protocols.emv.pin import PinDataError
from protocols.emv.records import parse_record
from protocols.emv.scripts import ScriptRefused, SecureMessaging
from protocols.errors import DecodeError

from .cryptogram import atc_octets
from .session import NO_DATA, NO_RECORD, NOT_NOW, OK, WRONG_DATA, WRONG_P1P2, Transaction, Turn, status

SCRIPT_MAC_WRONG = status(0x6988)
PIN_UNBLOCK, PIN_CHANGE_KNOWN, PIN_CHANGE = 0x00, 0x01, 0x02

Act = Callable[[Turn, Transaction, Command, bytes, SecureMessaging], Response]
"""Carries out a command whose MAC was good; the octets are its data before the MAC."""


def script(turn: Turn, command: Command) -> Response:
    """One script command: its MAC, then what it says.  What became of it is told in the next transaction's CVR."""
    transaction = turn.session.transaction
    if transaction is None or len(transaction.ac) != AC_OCTETS:
        return NOT_NOW
    application = transaction.application
    messaging = SecureMessaging(application.scheme, application.keys, atc_octets(transaction), transaction.ac)
    try:
        data = messaging.check(command)
    except ScriptRefused:
        return _failed(turn, transaction, SCRIPT_MAC_WRONG)
    transaction.scripts += 1
    turn.change(application, script_count=transaction.scripts)
    answer = ACTS[command.ins](turn, transaction, command, data, messaging)
    return answer if answer.ok else _failed(turn, transaction, answer)


def _failed(turn: Turn, transaction: Transaction, answer: Response) -> Response:
    turn.change(transaction.application, script_failed=True)
    return answer


def _block_card(turn: Turn, transaction: Transaction, command: Command, data: bytes, _: SecureMessaging) -> Response:
    if not turn.card_blocked:
        turn.record("card_blocked")
        turn.changed("chip", "usable", "blocked", "issuer_script")
    return OK


def _block(turn: Turn, transaction: Transaction, command: Command, data: bytes, _: SecureMessaging) -> Response:
    return _set_blocked(turn, transaction, True)


def _unblock(turn: Turn, transaction: Transaction, command: Command, data: bytes, _: SecureMessaging) -> Response:
    return _set_blocked(turn, transaction, False)


def _set_blocked(turn: Turn, transaction: Transaction, blocked: bool) -> Response:
    if turn.application_blocked(transaction.application) != blocked:
        turn.change(transaction.application, blocked=blocked)
        names = ("blocked", "usable")
        turn.changed("chip_application", names[blocked], names[not blocked], "issuer_script")
    return OK


def _pin(turn: Turn, transaction: Transaction, command: Command, data: bytes, messaging: SecureMessaging) -> Response:
    """P2 = 00 gives the tries back; 01 and 02 bring a new PIN, which does so, too."""
    limit = turn.session.chip.pin_try_limit
    if command.p1 or command.p2 not in (PIN_UNBLOCK, PIN_CHANGE_KNOWN, PIN_CHANGE):
        return WRONG_P1P2
    blocked = not turn.pin_tries
    if command.p2 == PIN_UNBLOCK:
        turn.record("pin", tries=limit)
    else:
        try:
            turn.record("pin", tries=limit, pin=messaging.new_pin(command, turn.pin))
        except (ScriptRefused, PinDataError):
            return WRONG_DATA
    if blocked:
        turn.changed("chip_pin", "blocked", "usable", "issuer_script")
    return OK


def _put_data(turn: Turn, transaction: Transaction, command: Command, data: bytes, _: SecureMessaging) -> Response:
    """What the card was personalised with, and nothing else, as long as it was."""
    tag, application = command.p1 << 8 | command.p2, transaction.application
    known = application.data.get(tag)
    if known is None:
        return NO_DATA
    if len(data) != len(known):
        return WRONG_DATA
    turn.change(application, data={f"{tag:X}": data.hex().upper()})
    return OK


def _update_record(turn: Turn, transaction: Transaction, command: Command, data: bytes, _: SecureMessaging) -> Response:
    place, application = (command.p2 >> 3, command.p1), transaction.application
    if command.p2 & 0x07 != 0x04:
        return WRONG_P1P2
    if place not in application.records:
        return NO_RECORD
    try:
        parse_record(data)
    except DecodeError:
        return WRONG_DATA
    turn.change(application, records={f"{place[0]}/{place[1]}": data.hex().upper()})
    return OK


ACTS: Mapping[int, Act] = {
    0x16: _block_card,
    0x18: _unblock,
    0x1E: _block,
    0x24: _pin,
    0xDA: _put_data,
    0xDC: _update_record,
}
"""By INS."""
