"""What a frame says: its kind, and its parts by name, so that two frames can be laid side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from protocols.errors import PosrigError
from protocols.mispos.dialect_b import message as mispos
from protocols.mispos.dialect_b.tags import CONTENT, PRINT, TAGS
from protocols.text import Text
from protocols.unionpay.decode import wire_text
from protocols.unionpay.dialect import Dialect
from protocols.unionpay.fields import field_table
from protocols.unionpay.kinds import kind_of
from protocols.unionpay.meanings import kind_title, rows_of_field
from protocols.unionpay.message import Message, codec_for
from protocols.zvt.apdu import split_apdu

from ..fixtures import dialect_names, load_dialect
from .units import HOST, Spoken, Unit

WHOLE = "octets"
"""The one part of what nobody can read."""

CONTROL_WORDS: Mapping[int, str] = {0x04: "EOT", 0x05: "ENQ", 0x06: "ACK", 0x15: "NAK"}


@dataclass(frozen=True, slots=True)
class Meaning:
    """`kind`: what two frames have in common that are the same step of a conversation.  `parts`: name to text, in the
    order of the frame; a name with a dot (`59.A2.03`) is a part of the one before it.  `title`: for people.

    `message`, `dialect`: of a host's message.
    """

    kind: str
    parts: Mapping[str, str] = field(default_factory=dict)
    title: Text | None = None
    message: Message | None = None
    dialect: Dialect | None = None


class Reader:
    """Reads the frames of one recording; what was read once is remembered."""

    REMEMBERED_MAX = 4_096
    """Frames; both ends of a link see each."""

    def __init__(self, dialect: str = "cup") -> None:
        """`dialect`: of the recording, tried first."""
        names = sorted(dialect_names(), key=lambda name: name != dialect)
        self._dialects = tuple(load_dialect(name) for name in names)
        self._known: dict[tuple[str, bytes], Meaning] = {}

    def read(self, spoken: Spoken, unit: Unit) -> Meaning:
        """What `unit` says; of what cannot be read its octets are the one part."""
        if unit.what != "frame":
            name = CONTROL_WORDS.get(unit.raw[0], "") if unit.what == "control" else ""
            return Meaning(name or unit.what, {WHOLE: unit.raw.hex().upper()})
        key = (spoken.protocol, unit.payload)
        if key not in self._known:
            if len(self._known) >= self.REMEMBERED_MAX:
                del self._known[next(iter(self._known))]
            self._known[key] = self._frame(*key)
        return self._known[key]

    def _frame(self, protocol: str, payload: bytes) -> Meaning:
        read = _READERS.get(protocol, _unknown)
        try:
            return read(payload, self._dialects) or _unknown(payload, self._dialects)
        except PosrigError:
            return _unknown(payload, self._dialects)


def _unknown(payload: bytes, dialects: Sequence[Dialect]) -> Meaning:
    return Meaning("frame", {WHOLE: payload.hex().upper()})


def _host(payload: bytes, dialects: Sequence[Dialect]) -> Meaning | None:
    for dialect in dialects:
        try:
            message = codec_for(dialect).parse(payload)
        except PosrigError:
            continue
        kind = kind_of(message, dialect)
        name = f"{message.mti} {kind.name if kind else message.text(3) or ''}".rstrip()
        parts = _numbered(_host_parts(message, dialect))
        return Meaning(name, parts, kind_title(message, dialect), message, dialect)
    return None


def _numbered(parts: Iterable[tuple[str, str]]) -> dict[str, str]:
    """A name that comes again, as in a list of keys, gets its number: `62.9F06`, `62.9F06#2`."""
    found: dict[str, str] = {}
    counts: dict[str, int] = {}
    for name, value in parts:
        counts[name] = count = counts.get(name, 0) + 1
        found[name if count == 1 else f"{name}#{count}"] = value
    return found


def _host_parts(message: Message, dialect: Dialect) -> Iterator[tuple[str, str]]:
    if message.tpdu is not None:
        yield "TPDU", message.tpdu.hex()
    if message.header is not None:
        yield "header", message.header.hex()
    yield "MTI", message.mti
    table = field_table(dialect)
    for number in message.fields:
        rows = [row for row in rows_of_field(number, message, dialect) if row[0].count(".")] if number > 40 else []
        if not rows:
            yield str(number), wire_text(table[number], message)
        for path, _, value, _ in rows:
            yield path, value


def _mispos_b(payload: bytes, dialects: Sequence[Dialect]) -> Meaning:
    message = mispos.parse(payload)
    parts = _numbered(part for tag in message.fields for part in _tag_parts(message, tag, dialects))
    return Meaning(message.type_name.lower(), parts)


def _tag_parts(message: mispos.MisposMessage, tag: int, dialects: Sequence[Dialect]) -> list[tuple[str, str]]:
    name, value = f"{tag:04X}", message.fields[tag]
    if tag == CONTENT and (inner := _tunnelled(value, dialects)) is not None:
        return [(f"{name}.{part}", text) for part, text in inner.parts.items()]
    if tag == PRINT:
        return [(f"{name}.{label}", text) for label, text in printed_parts(message.text(tag))]
    if tag in TAGS and TAGS[tag].form in ("ascii", "gbk"):
        return [(name, message.text(tag))]
    return [(name, value.hex().upper())]


def printed_parts(text: str) -> Iterator[tuple[str, str]]:
    """(label, value) of a slip: of a line with words in pairs each pair, of any other its first word and the rest."""
    for line in text.splitlines():
        words = line.split()
        if len(words) % 2:
            yield (words[0], " ".join(words[1:]))
        else:
            yield from zip(words[::2], words[1::2], strict=True)


def _tunnelled(value: bytes, dialects: Sequence[Dialect]) -> Meaning | None:
    head = 2 if int.from_bytes(value[:2], "big") == len(value) - 2 else 0
    return _host(value[head:], dialects)


def _zvt(payload: bytes, dialects: Sequence[Dialect]) -> Meaning:
    apdu = split_apdu(payload)
    control = f"{apdu.control:04X}"
    return Meaning(control, {"control": control, "data": apdu.data.hex().upper()})


_READERS: Mapping[str, Callable[[bytes, Sequence[Dialect]], Meaning | None]] = {
    HOST: _host,
    "mispos-b": _mispos_b,
    "zvt": _zvt,
}
