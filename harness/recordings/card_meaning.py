"""What terminal and card say to each other: commands, answers and ATR, part by part."""

from __future__ import annotations

from collections.abc import Iterator

from protocols.emv.apdu import Command, parse_command, parse_response
from protocols.emv.commands import instruction_of
from protocols.emv.decode import explain
from protocols.emv.dialogue import explain_step, nodes_of, values_of
from protocols.emv.status_words import meaning
from protocols.errors import PosrigError
from protocols.explained import Row
from protocols.text import Text

from .meaning import WHOLE, Meaning, numbered
from .units import Unit

ATR = Text("复位应答", "answer to reset")
SELECT, GET_CHALLENGE, EXTERNAL_AUTHENTICATE, READ_RECORD, GENERATE_AC, GET_DATA = 0xA4, 0x84, 0x82, 0xB2, 0xAE, 0xCA
SECURE = 0x04
"""Of CLA: secure messaging, as issuer scripts have it."""
ARPC, SECURED = "91", "secured"
CHALLENGE = "challenge"
STATUS_WORD = "SW"


def card_meaning(unit: Unit) -> Meaning:
    """What a unit of a card's session says; of what cannot be read its octets are the one part."""
    whole = {WHOLE: unit.raw.hex().upper()}
    if unit.what == "atr":
        return Meaning("ATR", whole, ATR)
    try:
        return _command(parse_command(unit.payload), unit) if unit.answers is None else _answer(unit.answers, unit)
    except PosrigError:
        return Meaning(unit.what, whole)


def _command(command: Command, unit: Unit) -> Meaning:
    known = instruction_of(command)
    parts = [("header", command.header.hex().upper())]
    values = values_of(command, unit.dol)
    if values:
        parts += [(f"{tag:02X}", value.hex().upper()) for tag, value in values]
    elif command.data:
        name = ARPC if command.ins == EXTERNAL_AUTHENTICATE else SECURED if command.cla & SECURE else "data"
        parts.append((name, command.data.hex().upper()))
    if command.le is not None:
        parts.append(("Le", str(command.le)))
    return Meaning(_kind(command, known.code), numbered(parts), known.name)


def _kind(command: Command, code: str) -> str:
    """Two commands are the same step when they ask for the same: this file, this record, this cryptogram."""
    if command.ins == SELECT:
        text = command.data.decode("latin-1")
        return f"{code} {text if text.isascii() and text.isprintable() and text else command.data.hex().upper()}"
    if command.ins in (READ_RECORD, GENERATE_AC, GET_DATA):
        return f"{code} {command.p1:02X}{command.p2:02X}"
    return code


def _answer(asked: Unit, unit: Unit) -> Meaning:
    response = parse_response(unit.payload)
    known = card_meaning(asked)
    parts = [(STATUS_WORD, f"{response.sw:04X}"), *_data(asked, unit, response.data)]
    return Meaning(f"{known.kind} {response.sw:04X}", numbered(parts), meaning(response.sw))


def _data(asked: Unit, unit: Unit, data: bytes) -> Iterator[tuple[str, str]]:
    """Each data object by its tag, a template as its length; octets where there are none."""
    nodes = nodes_of(asked.payload, unit.payload)
    for node in nodes:
        yield f"{node.tag:02X}", f"{len(node.value)} octets" if node.constructed else node.value.hex().upper()
    if data and not nodes:
        yield CHALLENGE if asked.payload[1:2] == bytes((GET_CHALLENGE,)) else "data", data.hex().upper()


def rows_of(unit: Unit) -> tuple[Row, ...]:
    """What a unit says, a row for each object, bit and list entry with its names; nothing of what cannot be read."""
    try:
        if unit.what == "atr":
            return explain(unit.payload, "atr").rows
        answers = None if unit.answers is None else unit.answers.payload
        return explain_step(unit.payload, answers, unit.dol, unit.dol_name).rows
    except PosrigError:
        return ()
