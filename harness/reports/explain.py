"""What stands behind an item of the diagram, line by line: a decoded message, or the data of another event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from protocols.errors import PosrigError
from protocols.mispos.dialect_a.tags import TAGS as A_TAGS
from protocols.mispos.dialect_b.tags import TAGS, TYPE_NAMES
from protocols.text import Text
from protocols.unionpay.decode import Decoded, decode
from protocols.unionpay.dialect import CUP, Dialect
from protocols.unionpay.fields import FieldSpec, field_table
from protocols.unionpay.header import REQUIREMENT_NAMES, Requirement
from protocols.unionpay.meanings import rows_of_field
from protocols.unionpay.message import Message, Value

from ..fixtures import load_dialect
from ..machine import Json
from ..trace import Event
from . import register_words, zvt_words
from .flights import Flight
from .words import same

LINES_MAX = 160
"""Lines of one item; the largest real message (a batch upload) has about a hundred."""

VALUE_MAX = 400
"""Characters of one value; the whole of it stands in the trace file."""

HEX_MAX = 2_400
"""Hex digits that are shown of one frame; the largest terminals send less than 1200 octets."""

UNREADABLE = Text("无法解释", "cannot be explained")
TAG_NAMES: Mapping[int, Text] = {
    **{tag: info.name for tag, info in A_TAGS.items()},
    **{tag: info.name for tag, info in TAGS.items()},
}
"""Of both dialects of the Chinese register interface: DF tags and 9F tags."""
MAC_WORDS: Mapping[str, Text] = {
    "good": Text("正确", "good"),
    "bad": Text("错误", "wrong"),
    "absent": Text("没有", "none"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """`path`: field or sub-field ("11", "60.3", "9F02"); `level` 0 for a field, 1 for what is inside it."""

    path: str
    name: Text
    value: str
    meaning: Text | None = None
    level: int = 0


@dataclass(frozen=True, slots=True)
class Detail:
    """What unfolds.  `cut`: how many lines were left out; `octets`: hex of the whole frame."""

    lines: tuple[Line, ...] = ()
    octets: str = ""
    octets_cut: int = 0
    cut: int = 0


def dialect_named(name: str) -> Dialect:
    """The dialect of a trace's header; the standard one where this installation has none of that name."""
    try:
        return load_dialect(name)
    except PosrigError:
        return CUP


def of_flight(flight: Flight, dialect: Dialect) -> Detail:
    """The message of a flight, field by field, and its octets."""
    event = flight.message
    shown = flight.hex if _is_hex(flight.hex) else ""
    lines: list[Line] = []
    if event is not None and event.data.get("mti"):
        lines = [*_ends(flight), *_host_lines(event, shown, dialect)]
    elif event is not None:
        lines = list(_register_lines(event))
    return _bounded(lines, shown)


def of_data(data: Mapping[str, Json]) -> Detail:
    """Any other event: its data, one line per value."""
    return _bounded([Line(path, same(path), value) for path, value in _flat(data, "")], "")


def _bounded(lines: list[Line], octets: str) -> Detail:
    kept = tuple(replace(line, value=_short(line.value)) for line in lines[:LINES_MAX])
    return Detail(kept, octets[:HEX_MAX], max(0, len(octets) - HEX_MAX) // 2, len(lines) - len(kept))


def _short(value: str) -> str:
    return value if len(value) <= VALUE_MAX else value[:VALUE_MAX] + "…"


def _is_hex(text: str) -> bool:
    return len(text) % 2 == 0 and all(c in "0123456789ABCDEFabcdef" for c in text)


def _flat(value: Json, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple) and any(isinstance(item, Mapping | list | tuple) for item in value):
        for number, inner in enumerate(value, 1):
            yield from _flat(inner, f"{path}[{number}]")
    elif isinstance(value, list | tuple):
        yield path, ", ".join(str(item) for item in value) or "-"
    else:
        yield path, "-" if value in (None, "") else str(value)


# The host line ----------------------------------------------------------------------------------------------------


def _ends(flight: Flight) -> list[Line]:
    """What the two ends said of the MAC."""
    lines = []
    for event, name in (
        (flight.out_message, Text("发出方", "as sent")),
        (flight.in_message, Text("接收方校验", "as the receiver checked it")),
    ):
        if event is not None:
            mac = str(event.data.get("mac", "absent"))
            lines.append(Line("MAC", name, mac, MAC_WORDS.get(mac)))
    return lines


def _host_lines(event: Event, octets: str, dialect: Dialect) -> Iterator[Line]:
    fields: Mapping[str, Json] = event.data.get("fields", {})
    decoded = _decoded(event, octets, dialect)
    message = decoded.message if decoded else _message_of(event, dialect)
    dialect = decoded.dialect if decoded else dialect
    table = field_table(dialect)
    yield Line("MTI", Text("消息类型", "message type"), str(event.data["mti"]))
    yield from _envelope(message)
    for key, shown in fields.items():
        spec = table.get(int(key)) if key.isdigit() else None
        if spec is None:
            yield Line(key, Text(f"域 {key}", f"field {key}"), str(shown))
            continue
        parts = _parts(spec.number, message, dialect)
        whole = parts[0] if parts and parts[0][0] == key and parts[0][2] == str(shown) else None
        yield Line(key, spec.name, str(shown), whole[3] if whole else None)
        for path, name, value, meaning in parts[1:] if whole else parts:
            yield Line(path, name, value, meaning, 1)


def _envelope(message: Message) -> Iterator[Line]:
    if message.tpdu is not None:
        yield Line("TPDU", Text("传输协议数据单元", "TPDU"), message.tpdu.hex())
    if message.header is not None:
        requirement = message.header.requirement
        meaning = REQUIREMENT_NAMES[requirement] if requirement != Requirement.NONE else None
        yield Line("HDR", Text("报文头", "header"), message.header.hex(), meaning)


def _parts(number: int, message: Message, dialect: Dialect) -> list[tuple[str, Text, str, Text | None]]:
    if number not in message.fields:
        return []
    try:
        return rows_of_field(number, message, dialect)
    except (PosrigError, ValueError) as error:  # a masked value is not of its field's format any more
        return [(str(number), UNREADABLE, str(error), None)]


def _decoded(event: Event, octets: str, dialect: Dialect) -> Decoded | None:
    """The octets read strictly; None where they are not the message that was noted (damaged, masked, tunnelled)."""
    if not octets:
        return None
    try:
        decoded = decode(bytes.fromhex(octets), dialect=dialect.name, dialects=(dialect,))
    except PosrigError:
        return None
    noted = {str(number) for number in event.data.get("fields", {})}
    same_fields = {str(number) for number in decoded.message.fields} == noted
    return decoded if decoded.message.mti == event.data.get("mti") and same_fields else None


def _message_of(event: Event, dialect: Dialect) -> Message:
    """The message as far as the texts of its fields tell it."""
    table = field_table(dialect)
    fields: dict[int, Value] = {}
    for key, text in event.data.get("fields", {}).items():
        spec = table.get(int(key)) if str(key).isdigit() else None
        if spec is not None:
            fields[spec.number] = _value(spec, str(text))
    return Message(str(event.data["mti"]), fields)


def _value(spec: FieldSpec, text: str) -> Value:
    if spec.format != "b" and not spec.raw:
        return text
    return bytes.fromhex(text) if text and _is_hex(text) else text.encode("utf-8", "replace")


# The register's cable -----------------------------------------------------------------------------------------------


def _register_lines(event: Event) -> Iterator[Line]:
    fields = event.data.get("fields", {})
    small = register_words.rows(fields) or zvt_words.rows(str(event.data.get("kind", "")), fields)
    if small is not None:
        yield from (Line(path, name, value, meaning) for path, name, value, meaning in small)
        return
    for key, value in event.data.get("fields", {}).items():
        try:
            known = TAG_NAMES.get(int(str(key).rpartition("/")[2], 16))
        except ValueError:
            known = None
        name = known or Text(f"标签 {key}", f"tag {key}")
        yield Line(str(key), name, str(value), _type_name(str(value)) if key == "9F01" else None)


def _type_name(value: str) -> Text | None:
    return {f"{kind:02X}": name for kind, name in TYPE_NAMES.items()}.get(value.upper())
