"""Takes loose bytes apart: finds framing and dialect, and explains a message field by field.

Nothing is guessed past a contradiction: every reading is a strict one that reaches the last octet, and a length that
does not fit is an error, whatever the rest looks like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Literal, get_args

from ..codec import SHORT, SHORT_CURE, decode_error
from ..errors import DecodeError, LocalError
from ..framing import BAD_BCD, BAD_LRC, ETX, NO_ETX, STX, lrc
from ..text import Text
from .dialect import CUP, Dialect
from .fields import FieldSpec, field_table
from .header import REQUIREMENT_NAMES, TPDU_ID
from .meanings import kind_title, rows_of_field
from .message import Message, codec_for
from .private.layout import Row

Framing = Literal["serial", "tcp", "tpdu-header", "tpdu", "bare"]
FRAMINGS: tuple[Framing, ...] = get_args(Framing)
"""In the order in which `auto` tries them: the ones with check bytes first."""


_TPDU_OCTET = int(TPDU_ID, 16)
_CLASSES = range(0x60, 0x64)
"""First octet of a message header: application class 60 to 63."""
_VERSION_0 = range(0x01, 0x0A)
"""First octet of an MTI."""

EMPTY = Text("没有数据", "There are no octets")
EMPTY_CURE = Text("给出一条报文", "Give one message")
WRONG_PREFIX = Text("长度前缀为 {length}，实有 {left} 字节", "The length prefix says {length}, {left} octets are there")
WRONG_PREFIX_CURE = Text("补全报文，或改正长度前缀", "Complete the message, or correct the prefix")
NO_STX = Text("串口帧应以 02 开头", "A serial frame starts with 02")
SERIAL_CURE = Text("检查帧的起止与线路参数", "Check where the frame begins and ends, and the line settings")
UNKNOWN_NAME = Text("没有 {what} {name}；最接近的是 {near}", "There is no {what} {name}; the nearest is {near}")
UNKNOWN_NAME_CURE = Text("可用：{names}", "Known: {names}")

FRAMING_TEXTS: dict[Framing, Text] = {
    "tcp": Text("成帧 tcp：2 字节长度前缀与长度相符", "Framing tcp: the 2-byte length prefix fits"),
    "tpdu-header": Text(
        "成帧 tpdu-header：无长度前缀，有 TPDU 和报文头", "Framing tpdu-header: TPDU and header, no length prefix"
    ),
    "tpdu": Text("成帧 tpdu：有 TPDU，无报文头", "Framing tpdu: TPDU without a header"),
    "bare": Text("成帧 bare：从消息类型开始", "Framing bare: starts with the MTI"),
    "serial": Text("成帧 serial：STX、BCD 长度、ETX、LRC 相符", "Framing serial: STX, BCD length, ETX and LRC fit"),
}
DIALECT_TEXT = Text("方言 {name}：依次尝试，首个相符", "Dialect {name}: the first one that fits")
NO_HEADER_TEXT = Text("没有 6 字节报文头，与方言 {name} 不同", "No 6-byte header, other than dialect {name} says")
WITH_HEADER_TEXT = Text("有 6 字节报文头，与方言 {name} 不同", "A 6-byte header, other than dialect {name} says")


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field as shown: `wire` as in the JSON form, `parts` the explanation (path, name, value, meaning)."""

    number: int
    name: Text
    wire: str
    parts: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Decoded:
    """A message with what was found out about it.  `assumed` says what was not given but concluded."""

    framing: Framing
    dialect: Dialect
    assumed: tuple[Text, ...]
    message: Message
    kind: Text | None
    rows: tuple[FieldRow, ...]


@dataclass(frozen=True, slots=True)
class _Reading:
    """One strict way to read the bytes: the dialect with the envelope that the framing fixes."""

    framing: Framing
    dialect: Dialect
    envelope: Dialect


def decode(data: bytes, framing: str = "auto", dialect: str = "auto", dialects: Sequence[Dialect] = (CUP,)) -> Decoded:
    """Decode one message that fills `data`.

    `framing`: `auto` or one of FRAMINGS.  `dialect`: `auto` or the name of one of `dialects`, which stand in the order
    in which they are tried.  Raises DecodeError, its offset counted from the first octet of `data`; LocalError for an
    unknown framing or dialect.
    """
    if not dialects:
        raise ValueError("decode needs at least one dialect")
    candidates = list(dialects) if dialect == "auto" else [_named(dialect, dialects)]
    if framing != "auto" and framing not in FRAMINGS:
        raise _unknown("framing", framing, ["auto", *FRAMINGS])
    if not data:
        raise decode_error(EMPTY, EMPTY_CURE, path="message", offset=0, data=data)
    framings: list[Framing] = [name for name in FRAMINGS if framing in ("auto", name)]
    either = framing == "auto" or dialect == "auto"
    for name in framings:
        for reading in _readings(name, candidates, either):
            try:
                message = _read(data, reading)
            except DecodeError:
                continue
            assumed = _assumptions(reading, framing == "auto", dialect == "auto")
            return _explained(reading, assumed, message)
    evident = _evident(data) if framing == "auto" else framings[0]
    raise _best_error(data, _readings(evident, candidates, either))


def _named(name: str, dialects: Sequence[Dialect]) -> Dialect:
    for candidate in dialects:
        if candidate.name == name:
            return candidate
    raise _unknown("dialect", name, ["auto", *(candidate.name for candidate in dialects)])


def _unknown(what: str, name: str, known: list[str]) -> LocalError:
    near = (get_close_matches(name, known, n=1, cutoff=0.0) or known)[0]
    cure = UNKNOWN_NAME_CURE.format(names=", ".join(known))
    return LocalError(UNKNOWN_NAME.format(what=what, name=name, near=near), cure)


def _readings(framing: Framing, dialects: Sequence[Dialect], either: bool) -> list[_Reading]:
    """Every dialect with the envelope of `framing`; `either` adds the other choice of header where that is open."""
    match framing:
        case "tpdu-header" | "tpdu":
            header = framing == "tpdu-header"
            return [_Reading(framing, d, replace(d, has_tpdu=True, has_header=header)) for d in dialects]
        case "bare":
            return [_Reading(framing, d, replace(d, has_tpdu=False, has_header=False)) for d in dialects]
        case "tcp" | "serial":
            readings = [_Reading(framing, d, d) for d in dialects]
            if either:
                readings += [_Reading(framing, d, replace(d, has_header=not d.has_header)) for d in dialects]
            return readings


def _unframed(data: bytes, framing: Framing) -> tuple[bytes, int]:
    """The message and its offset.  Raises DecodeError for a frame that does not hold together."""
    if framing == "tcp":
        if len(data) < 2:
            what = SHORT.format(need=2, left=len(data))
            raise decode_error(what, SHORT_CURE, path="length", offset=0, data=data)
        length = int.from_bytes(data[:2], "big")
        if length != len(data) - 2:
            what = WRONG_PREFIX.format(length=length, left=len(data) - 2)
            raise decode_error(what, WRONG_PREFIX_CURE, path="length", offset=0, data=data)
        return data[2:], 2
    if framing == "serial":
        return _unframed_serial(data), 3
    return data, 0


def _unframed_serial(data: bytes) -> bytes:
    if data[0] != STX:
        raise decode_error(NO_STX, SERIAL_CURE, path="STX", offset=0, data=data)
    digits = data[1:3].hex()
    if len(digits) < 4 or not digits.isdigit():
        raise decode_error(BAD_BCD, SERIAL_CURE, path="length", offset=1, data=data)
    length = int(digits)
    if len(data) != length + 5:
        what = WRONG_PREFIX.format(length=length, left=max(0, len(data) - 5))
        raise decode_error(what, WRONG_PREFIX_CURE, path="length", offset=1, data=data)
    if data[-2] != ETX:
        raise decode_error(NO_ETX, SERIAL_CURE, path="ETX", offset=len(data) - 2, data=data)
    if lrc(data[1:-1]) != data[-1]:
        raise decode_error(BAD_LRC, SERIAL_CURE, path="LRC", offset=len(data) - 1, data=data)
    return data[3:-2]


def _read(data: bytes, reading: _Reading) -> Message:
    payload, offset = _unframed(data, reading.framing)
    try:
        return codec_for(reading.envelope).parse(payload)
    except DecodeError as error:
        at = error.offset + offset
        raise decode_error(error.what, error.cure, path=error.path, offset=at, data=data) from None


def _evident(data: bytes) -> Framing:
    """The framing that the first octets speak for; used only to word the error when nothing fits."""
    first = data[0]
    if first == STX and (data[3:4] == bytes((_TPDU_OCTET,)) or data[-2:-1] == bytes((ETX,))):
        return "serial"
    if int.from_bytes(data[:2], "big") == len(data) - 2:
        return "tcp"
    if data[2:3] == bytes((_TPDU_OCTET,)) and (len(data) < 8 or data[7] in _CLASSES or data[7] in _VERSION_0):
        return "tcp"
    if first == _TPDU_OCTET:
        return "tpdu" if data[5:6] and data[5] in _VERSION_0 else "tpdu-header"
    return "tcp" if first == 0 else "bare"


def _best_error(data: bytes, readings: Sequence[_Reading]) -> DecodeError:
    """The error of the reading that got to the highest field, the standard dialect's among equals."""
    errors = []
    for reading in readings:
        try:
            _read(data, reading)
        except DecodeError as error:
            errors.append(error)
    return max(errors, key=_reached)


def _reached(error: DecodeError) -> int:
    """The field that an error is about; 65 behind the last one, 0 in front of the fields."""
    return 65 if error.path == "end" else int(error.path[1:]) if error.path[1:].isdigit() else 0


def _assumptions(reading: _Reading, framing: bool, dialect: bool) -> tuple[Text, ...]:
    out = []
    if framing:
        out.append(FRAMING_TEXTS[reading.framing])
    if dialect:
        out.append(DIALECT_TEXT.format(name=reading.dialect.name))
    if reading.framing in ("tcp", "serial") and reading.envelope.has_header != reading.dialect.has_header:
        text = WITH_HEADER_TEXT if reading.envelope.has_header else NO_HEADER_TEXT
        out.append(text.format(name=reading.dialect.name))
    return tuple(out)


def _explained(reading: _Reading, assumed: tuple[Text, ...], message: Message) -> Decoded:
    table = field_table(reading.dialect)
    rows = tuple(
        FieldRow(number, table[number].name, wire_text(table[number], message), tuple(parts))
        for number in message.fields
        for parts in (rows_of_field(number, message, reading.dialect),)
    )
    return Decoded(reading.framing, reading.dialect, assumed, message, kind_title(message, reading.dialect), rows)


def wire_text(spec: FieldSpec, message: Message) -> str:
    """The field as text: n digits; z with `D`; an / ans the text where printable ASCII, else upper-case hex; b hex."""
    value = message.fields[spec.number]
    if spec.format in ("n", "z"):
        return value if isinstance(value, str) else value.decode("latin-1")
    octets = value if isinstance(value, bytes) else value.encode("latin-1")
    if spec.format != "b" and octets.isascii() and (text := octets.decode("ascii")).isprintable():
        return text
    return octets.hex().upper()


def to_json(decoded: Decoded) -> dict[str, Any]:
    """The object that `decode --json` prints.  Sentences are one string, `中文 / English`; names are {zh, en}."""
    message = decoded.message
    return {
        "framing": decoded.framing,
        "dialect": decoded.dialect.name,
        "assumed": [str(text) for text in decoded.assumed],
        "mti": message.mti,
        "tpdu": message.tpdu.hex() if message.tpdu else "",
        "header": message.header.hex() if message.header else "",
        "bitmap": message.bitmap.hex().upper(),
        "fields": {str(row.number): row.wire for row in decoded.rows},
        "meanings": _meanings(decoded),
    }


def _meanings(decoded: Decoded) -> dict[str, Any]:
    meanings: dict[str, Any] = {}
    if decoded.kind:
        meanings["mti"] = {"name": _both(decoded.kind), "parts": []}
    header = decoded.message.header
    if header and header.requirement:
        name = Text("处理要求", "processing requirement")
        part = ("header.6", name, f"{header.requirement:X}", REQUIREMENT_NAMES[header.requirement])
        meanings["header"] = {"name": _both(Text("报文头", "message header")), "parts": [_part(part)]}
    for row in decoded.rows:
        meanings[str(row.number)] = {"name": _both(row.name), "parts": [_part(part) for part in row.parts]}
    return meanings


def _part(row: Row) -> dict[str, Any]:
    path, name, value, meaning = row
    return {"path": path, "name": _both(name), "value": value, "meaning": _both(meaning) if meaning else None}


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def error_json(error: DecodeError) -> dict[str, Any]:
    """The object that `decode --json` prints for a bad message; `bytes` are the octets around `offset`."""
    return {
        "error": {
            "path": error.path,
            "offset": error.offset,
            "bytes": error.raw.hex().upper(),
            "reason": f"{error.what}. {error.cure}",
        }
    }
