"""Which commands a card knows, and the way of one command through it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from zlib import crc32

from protocols.emv.apdu import Command, Response
from protocols.emv.commands import LE_ALL

from .acting import external_authenticate, generate_ac
from .holding import get_challenge, internal_authenticate, verify
from .scripting import ACTS, script
from .selecting import get_data, read_record, select
from .session import NO_CLASS, NO_INSTRUCTION, NOT_NOW, Turn, status
from .starting import get_processing_options

ISO, EMV = 0x00, 0x80
SECURE = (0x84, 0x04, 0x8C, 0x0C)
"""Secure messaging: proprietary, ISO, and both with the header in the MAC (ISO/IEC 7816-4)."""
READER_CLASS, GET_UID = 0xFF, 0xCA
SELECT = 0xA4
UID_OCTETS = 4
WRONG_LE = 0x6C00
"""SW2 says how many octets there are.  Only where nothing was sent: what was done is not done again."""

Handler = Callable[[Turn, Command], Response]
COMMANDS: Mapping[int, tuple[tuple[int, ...], Handler]] = {
    SELECT: ((ISO,), select),
    0xB2: ((ISO,), read_record),
    0xCA: ((EMV,), get_data),
    0xA8: ((EMV,), get_processing_options),
    0x20: ((ISO,), verify),
    0x84: ((ISO,), get_challenge),
    0x88: ((ISO,), internal_authenticate),
    0xAE: ((EMV,), generate_ac),
    0x82: ((ISO,), external_authenticate),
    **dict.fromkeys(ACTS, (SECURE, script)),
}
"""By INS: the classes that it may have, and what does it."""


def carry_out(turn: Turn, command: Command) -> Response:
    """The card's answer.  Unknown instructions are 6D00, known ones of another class 6E00; a blocked card selects
    nothing (6A81) and does nothing else (6985)."""
    session = turn.session
    session.challenge = None
    if command.cla == READER_CLASS:
        return _reader_command(turn, command)
    known = COMMANDS.get(command.ins)
    if known is None:
        return NO_INSTRUCTION
    classes, handler = known
    if command.cla not in classes:
        return NO_CLASS
    if turn.card_blocked and command.ins != SELECT:
        return NOT_NOW
    answer = handler(turn, command)
    if command.le is not None and command.le < len(answer.data) and not command.data:
        return status(WRONG_LE | len(answer.data) % LE_ALL)
    return answer


def _reader_command(turn: Turn, command: Command) -> Response:
    """The number of a contactless card, which its reader tells (PC/SC part 3); a virtual reader asks the card."""
    if turn.session.how != "tap" or command.ins != GET_UID or command.p1 or command.p2:
        return NO_CLASS
    return Response(crc32(turn.session.chip.name.encode()).to_bytes(UID_OCTETS, "big"), 0x9000)
