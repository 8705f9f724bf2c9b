"""Where the behaviours of a card strike: before a command, in its answer, and in worn contacts.

Whether worn contacts fail follows from the card's name and the count of insertions, by a hash: no chance is drawn,
so that a run is the same on every bench.  The curve is posrig's model, that of the readers: within its rated life a
card's contacts make no error, beyond it the share of errors grows in proportion to the insertions above, one in two
at one and a half lives.
"""

from __future__ import annotations

from collections.abc import Mapping
from zlib import crc32

from protocols.emv.afl import RecordAt, parse_afl, records_of
from protocols.emv.apdu import Command, Response
from protocols.errors import DecodeError
from protocols.tlv import parse_one_tlv

from ..machine import Json
from .profile import Chip
from .session import Session, Turn
from .state import CardState

MILLE = 1000
NO_ANSWER = b"\x00"
"""What a reader makes of an answer whose parity is wrong: no status word."""
CERTIFICATES: Mapping[str, int] = {"issuer": 0x90, "icc": 0x9F46}
"""Objects with one bit off."""
STATIC = "static"
"""The last bit of every record that is signed is off."""
READ_RECORD = 0xB2


def strikes(turn: Turn, name: str, code: str) -> dict[str, Json] | None:
    """The settings of a behaviour that strikes at the command of this turn, named `code`; None where it does not."""
    settings = turn.behaviour(name)
    if settings is None or settings["command"] not in ("", code):
        return None
    counted = turn.session.counts[code] if settings["command"] else turn.session.count
    return settings if settings["number"] in (0, counted) else None


def worn_permille(insertions: int, life: int) -> int:
    """The share of errors among 1000 uses of the contacts."""
    return min((insertions - life) * MILLE // life, MILLE) if insertions > life else 0


def contact_fails(chip: Chip, state: CardState, session: Session, number: int) -> bool:
    """Whether worn contacts fail at the n-th command of this insertion; 0: at the ATR."""
    if session.how != "insert":
        return False
    drawn = crc32(f"{chip.name}/{state.insertions}/{number}".encode()) % MILLE
    return drawn < worn_permille(state.insertions, chip.contact_life)


def damaged(answer: Response) -> Response:
    """The same answer with one octet more in the length of its first object than there is; without data it stays."""
    if not answer.data:
        return answer
    at = 2 if answer.data[0] & 0x1F == 0x1F and len(answer.data) > 2 else 1
    if at >= len(answer.data):
        return answer
    data = answer.data[:at] + bytes(((answer.data[at] + 1) & 0xFF,)) + answer.data[at + 1 :]
    return Response(data, answer.sw)


def with_wrong_certificate(turn: Turn, command: Command, answer: Response) -> Response:
    """A record whose certificate, or signed data, has one bit off."""
    wrong = turn.behaviour("wrong_certificate")
    if wrong is None or command.ins != READ_RECORD or not answer.ok:
        return answer
    which = str(wrong["which"])
    end = _end_of(answer.data, CERTIFICATES[which]) if which in CERTIFICATES else 0
    if which == STATIC and _is_signed(turn, command):
        end = len(answer.data)
    if not end:
        return answer
    return Response(answer.data[: end - 1] + bytes((answer.data[end - 1] ^ 0x01,)) + answer.data[end:], answer.sw)


def _is_signed(turn: Turn, command: Command) -> bool:
    transaction = turn.session.transaction
    if transaction is None:
        return False
    afl = parse_afl(transaction.application.ways[transaction.way].afl)
    return RecordAt(command.p2 >> 3, command.p1, True) in records_of(afl)


def _end_of(record: bytes, tag: int) -> int:
    """Where the value of an object in a record ends, 0 where there is none."""
    try:
        template, end = parse_one_tlv(record, 0, "70")
        at = end - len(template.value)
        while at < end:
            item, at = parse_one_tlv(record, at, "70")
            if item.tag == tag:
                return at if item.value else 0
    except (DecodeError, IndexError):
        return 0
    return 0
