"""Issuer scripts that the host sends: which commands, asked for by the behaviour `script` or by a card that is blocked.

A script goes out with the answer to a transaction of its card, approved or refused: its MAC needs that transaction's
counter and cryptogram.  What became of it comes back later (`chip_reports`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from protocols.emv.apdu import Command
from protocols.emv.scripts import BEFORE_AC, BEHIND_AC, IDENTIFIER_OCTETS, Script, SecureMessaging
from protocols.errors import PosrigError
from protocols.unionpay.pin import MAX_PIN_DIGITS, MIN_PIN_DIGITS

from ..asks import Value, bad_argument
from ..books.chips import ChipCard
from ..turn import Turn

COMMANDS_MAX = 8
"""A reply's F55 holds no more than a few."""
VALUE_OCTETS_MAX = 64
Build = Callable[[SecureMessaging], Command]


@dataclass(frozen=True)
class CommandKind:
    """One command: how it is written, and what makes it of its arguments; that raises ValueError for wrong ones."""

    usage: str
    make: Callable[[list[str]], Build]


def _plain(build: Build) -> Callable[[list[str]], Build]:
    def make(args: list[str]) -> Build:
        if args:
            raise ValueError
        return build

    return make


def _change_pin(args: list[str]) -> Build:
    (pin,) = args
    if not (pin.isascii() and pin.isdecimal() and MIN_PIN_DIGITS <= len(pin) <= MAX_PIN_DIGITS):
        raise ValueError
    return lambda secure: secure.pin_change(pin)


def _put_data(args: list[str]) -> Build:
    tag, value = (bytes.fromhex(arg) for arg in args)
    if len(tag) != 2 or not 0 < len(value) <= VALUE_OCTETS_MAX:
        raise ValueError
    return lambda secure: secure.put_data(int.from_bytes(tag, "big"), value)


def _update_record(args: list[str]) -> Build:
    sfi, record, data = int(args[0]), int(args[1]), bytes.fromhex(*args[2:])
    if not (1 <= sfi <= 30 and 1 <= record <= 255 and 0 < len(data) <= VALUE_OCTETS_MAX):
        raise ValueError
    return lambda secure: secure.update_record(sfi, record, data)


COMMANDS: Mapping[str, CommandKind] = {
    "block_application": CommandKind("block_application", _plain(lambda secure: secure.application_block())),
    "unblock_application": CommandKind("unblock_application", _plain(lambda secure: secure.application_unblock())),
    "block_card": CommandKind("block_card", _plain(lambda secure: secure.card_block())),
    "unblock_pin": CommandKind("unblock_pin", _plain(lambda secure: secure.pin_unblock())),
    "change_pin": CommandKind("change_pin 654321", _change_pin),
    "put_data": CommandKind("put_data 9F58 03", _put_data),
    "update_record": CommandKind("update_record 2 1 7000", _update_record),
}
TEMPLATES: Mapping[int, int] = {71: BEFORE_AC, 72: BEHIND_AC}
BLOCK: Value = {"commands": ["block_application"], "template": 72}
"""What a blocked card is sent until it tells that it was done."""
BLOCKS, UNBLOCKS = frozenset({"block_application", "block_card"}), frozenset({"unblock_application"})


def begin_script(turn: Turn, settings: Value) -> None:
    """Look at what the behaviour was given.  Raises Refused."""
    given = settings["commands"]
    usages = "; ".join(kind.usage for kind in COMMANDS.values())
    try:
        if not 0 < len(given) <= COMMANDS_MAX:
            raise ValueError
        for text in given:
            _build_of(text)
    except (ValueError, KeyError, AttributeError, TypeError, IndexError):
        raise bad_argument("commands", f"例如: {usages}", f"for example: {usages}") from None
    if settings.setdefault("template", 72) not in TEMPLATES:
        raise bad_argument("template", "可用: 71、72", "71 or 72")


def script_for(
    turn: Turn, card: ChipCard, asked: Value, secure: SecureMessaging, trace: str, *, room: int, spoil: bool
) -> bytes:
    """The script that `asked` (settings of the behaviour) describes, recorded as sent.

    b"" where it has more than `room` octets, or the card's scheme has no such command.  `spoil`: its MACs are wrong.
    """
    identifier = (turn.state.chips.scripts + 1).to_bytes(IDENTIFIER_OCTETS, "big")
    try:
        commands = [_build_of(text)(secure).build() for text in asked["commands"]]
    except PosrigError:  # this card's scheme has no such command
        return b""
    if spoil:
        commands = [command[:-1] + bytes([command[-1] ^ 0xFF]) for command in commands]
    octets = Script(TEMPLATES[asked["template"]], tuple(commands), identifier).build()
    if len(octets) > room:
        return b""
    turn.record(
        "script_sent",
        card=card.card,
        shown=card.shown,
        issuer=card.issuer,
        id=identifier.hex().upper(),
        commands=[str(text).split()[0] for text in asked["commands"]],
        atc=int.from_bytes(secure.atc, "big"),
        trace=trace,
    )
    return octets


def _build_of(text: str) -> Build:
    name, *args = text.split()
    return COMMANDS[name].make(args)
