"""What a conversation of terminal and card has shown so far, as far as it tells how its next messages are read.

A card's lists (PDOL, CDOL1, CDOL2, DDOL) say what the octets are that it is sent (EMV Book 3 clauses 5.4, 6.5.5, 6.5.8
and 6.5.9), and an answer in format 80 means what the command before it asked for.
"""

from __future__ import annotations

from typing import Any

from ..errors import DecodeError
from ..explained import Explained, Row
from ..text import Text
from ..tlv import parse_tlv
from .apdu import Command, parse_command
from .decode import explain, value_rows
from .dol import parse_dol, split_dol
from .gpo import FORMAT_1, parse_ac, parse_gpo, parse_signature
from .tree import Node, parse_tree, walk

PDOL, CDOL1, CDOL2, DDOL = 0x9F38, 0x8C, 0x8D, 0x9F49
LISTS = (PDOL, CDOL1, CDOL2, DDOL)
DEFAULT_DDOL = bytes.fromhex("9F3704")
"""A terminal's default DDOL, for cards that have none (EMV Book 2 clause 6.5.1), as the emulated host hands it out: the
unpredictable number alone."""
SELECT, READ_RECORD, INTERNAL_AUTHENTICATE, GPO, GENERATE_AC = 0xA4, 0xB2, 0x88, 0xA8, 0xAE
COMMAND_TEMPLATE = 0x83
_FILLED = Text("按 {dol} 填入的数据", "the values that {dol} asks for")
_NAMES = {PDOL: "PDOL", CDOL1: "CDOL1", CDOL2: "CDOL2", DDOL: "DDOL"}


class Dialogue:
    """One conversation, from the ATR on."""

    def __init__(self) -> None:
        self._lists: dict[int, bytes] = {}
        self._generated = False

    def dol(self, command: bytes) -> bytes:
        """The list by which the data of `command` were filled; empty where there is none."""
        match command[1] if len(command) > 1 else None:
            case 0xA8:
                return self._lists.get(PDOL, b"")
            case 0x88:
                return self._lists.get(DDOL, DEFAULT_DDOL)
            case 0xAE:
                return self._lists.get(CDOL2 if self._generated else CDOL1, b"")
            case _:
                return b""

    def name(self, command: bytes) -> str:
        """What that list is called, "" where there is none."""
        found = self.dol(command)
        if not found:
            return ""
        second = command[1] == GENERATE_AC and self._generated
        return _NAMES[{GPO: PDOL, INTERNAL_AUTHENTICATE: DDOL}.get(command[1], CDOL2 if second else CDOL1)]

    def answered(self, command: bytes, answer: bytes) -> None:
        """`answer` came to `command`; what cannot be read teaches nothing."""
        if len(command) < 4 or answer[-2:] != b"\x90\x00":
            return
        if command[1] == GENERATE_AC:
            self._generated = True
        if command[1] == SELECT:
            self._lists.clear()
            self._generated = False
        if command[1] in (SELECT, READ_RECORD, GPO):
            for node in nodes_of(command, answer):
                if node.tag in LISTS:
                    self._lists.setdefault(node.tag, node.value)


def nodes_of(command: bytes, answer: bytes) -> tuple[Node, ...]:
    """Every data object of an answer, templates before what they hold; of format 80 what it stands for.  None where
    the answer is no TLV."""
    data = answer[:-2]
    ins = command[1] if len(command) > 1 else None
    try:
        if data[:1] == bytes((FORMAT_1,)) and ins in (GPO, GENERATE_AC, INTERNAL_AUTHENTICATE):
            return _of_format_1(data, ins)
        return tuple(walk(parse_tree(data, "R-APDU")))
    except DecodeError:
        return ()


def _of_format_1(data: bytes, ins: int) -> tuple[Node, ...]:
    if ins == INTERNAL_AUTHENTICATE:
        return (Node(0x9F4B, parse_signature(data)),)
    items = parse_gpo(data).items if ins == GPO else parse_ac(data).items
    return tuple(Node(item.tag, item.value) for item in items)


def values_of(command: Command, dol: bytes) -> tuple[tuple[int, bytes], ...]:
    """Tag and value of each object that the data of `command` hold by its list; none where they do not fit it."""
    data = command.data
    try:
        if command.ins == GPO and data:
            (item,) = parse_tlv(data, "83")
            data = item.value if item.tag == COMMAND_TEMPLATE else data
        return tuple(split_dol(parse_dol(dol), data).items()) if dol else ()
    except (DecodeError, ValueError):
        return ()


def explain_step(octets: bytes, answers: bytes | None, dol: bytes, name: str) -> Explained:
    """One message in words: an answer to `answers`, or (None) a command whose data were filled by `dol`, which is
    called `name`.  Raises DecodeError."""
    if answers is not None:
        return explain(octets, "r-apdu", answers.hex())
    explained = explain(octets, "c-apdu")
    values = values_of(parse_command(octets), dol)
    if not values:
        return explained
    rows: list[Row] = []
    for row in explained.rows:
        if row[0] != "data":
            rows.append(row)
            continue
        rows.append((row[0], row[1], row[2], _FILLED.format(dol=name)))
        for tag, value in values:
            rows += value_rows(f"  {tag:02X}", tag, value)
    fields: dict[str, Any] = {
        **explained.fields,
        "values": [[f"{tag:02X}", value.hex().upper()] for tag, value in values],
    }
    return Explained(explained.kind, explained.name, fields, tuple(rows), explained.frame)
