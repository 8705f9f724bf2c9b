"""APDUs out of what programs write while they talk to a card.

Read is what these print, and what people write by hand: scriptor of pcsc-tools, pyscard's console observer,
`opensc-tool -s` and OpenSC's debug log, pcscd with `--apdu`, GlobalPlatformPro and other programs on apdu4j, GPShell,
and lines with `>` and `<`, `->` and `<-`, `C-APDU:` and `R-APDU:`, `TX:` and `RX:`.  All else is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Direction = Literal["command", "answer", "atr"]

MESSAGES_MAX = 20_000
LINE_MAX = 140_000
"""Characters: an extended APDU in hex, and what stands around it."""

_COMMAND = r"A>>|>>|=>|-->|->|>|C-?APDU|Wrapped command|Command(?: APDU)?|Sending|Outgoing APDU|APDU|TX|Send"
_ANSWER = r"A<<|<<|<=|<--|<-|<|R-?APDU|Response(?: APDU)?|Received|Incoming APDU|SW|RX|Resp"
_MARK = re.compile(
    rf"(?:^|[\s\]|])(?:(?P<atr>ATR)|(?P<command>{_COMMAND})|(?P<answer>{_ANSWER}))(?=[\s:=(\[]|$)(?P<rest>.*)$",
    re.IGNORECASE,
)
_STATUS = re.compile(r"SW1=0x([0-9A-F]{2}),? ?SW2=0x([0-9A-F]{2})", re.IGNORECASE)
_ASIDE = re.compile(r"\([^)]{0,80}\)|\[[^\]]{0,80}\]|\bT=[01]\b|^[\s:=]*(?:-->|->|<--|<-)?[\s:=]*")
"""Lengths and times of apdu4j, pyscard's `[]` for no data, the arrow behind GPShell's word."""
_DUMP = re.compile(r"^\s*(?:[0-9A-F]{8}: ?)?((?:[0-9A-F]{2}(?: |$)){1,16})", re.IGNORECASE)
"""A line of a hex dump: at most 16 octets, then characters."""
_WRAPPED = re.compile(r"wrapped command", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a log; `line` counts from 1."""

    direction: Direction
    octets: bytes
    line: int


@dataclass(slots=True)
class _Open:
    """A message whose octets may go on in the lines below; `status`: the word that stood apart from them."""

    direction: Direction
    line: int
    octets: bytearray
    status: bytes = b""
    dumped: bool = False
    """Its octets stand in the lines below alone."""

    @property
    def said(self) -> Said | None:
        octets = bytes(self.octets) + self.status
        return Said(self.direction, octets, self.line) if octets else None


def messages_in(text: str) -> list[Said]:
    """Every command, answer and ATR in `text`, in order; none where it is no log.  Lines beyond LINE_MAX and messages
    beyond MESSAGES_MAX are passed over."""
    return list(_found(text))


def _found(text: str) -> Iterator[Said]:
    current: _Open | None = None
    count = 0
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > LINE_MAX:
            continue
        mark = _MARK.search(line)
        begun = _begun(mark, number) if mark else None
        if begun is None:
            if current is not None and not _goes_on(current, line):
                current.dumped = False
            continue
        if current is not None and current.said is not None and not _replaced(current, line):
            yield current.said
            count += 1
            if count >= MESSAGES_MAX:
                return
        current = begun
    if current is not None and current.said is not None:
        yield current.said


def _begun(mark: re.Match[str], number: int) -> _Open | None:
    """The message that a marked line begins; None where what stands behind the mark is no hex."""
    direction: Direction = "atr" if mark["atr"] else "command" if mark["command"] else "answer"
    rest = mark["rest"]
    status = _STATUS.search(rest)
    octets = _hex(_bare(rest))
    if octets is None:
        return None
    apart = bytes.fromhex(status[1] + status[2]) if status else b""
    if not octets and not apart and not rest.rstrip().endswith(":") and not rest.rstrip().endswith(")"):
        return None
    return _Open(direction, number, bytearray(octets), apart, dumped=not octets)


def _bare(rest: str) -> str:
    """Without what is no octets; scriptor and people write words behind a colon or a semicolon."""
    bare = _ASIDE.sub(" ", rest)
    return re.split(r"\s[:;#]\s|\s--\s", bare, maxsplit=1)[0].strip(" \t:=")


def _hex(text: str) -> bytes | None:
    """The octets of a line; pyscard writes a status word's zero as one digit."""
    words = text.split()
    digits = "".join(word.zfill(2) if len(word) == 1 else word.removeprefix("0x") for word in words)
    if len(digits) % 2 or not re.fullmatch(r"[0-9A-Fa-f]*", digits):
        return None
    return bytes.fromhex(digits)


def _goes_on(current: _Open, line: str) -> bool:
    """Take the octets of a line without a mark, where it is one of the message's."""
    if current.dumped:
        dump = _DUMP.match(line)
        if dump:
            current.octets += bytes.fromhex(dump[1])
        return dump is not None
    more = _hex(line) if line[:1].isspace() and line.strip() else None
    if more:
        current.octets += more
    return bool(more)


def _replaced(current: _Open, line: str) -> bool:
    """GPShell writes a command plain, and once more as it is sent."""
    return current.direction == "command" and _WRAPPED.search(line) is not None
