"""What a frame says: its kind, and its parts by name, so that two frames can be laid side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from protocols.errors import PosrigError
from protocols.text import Text
from protocols.unionpay.decode import wire_text
from protocols.unionpay.dialect import Dialect
from protocols.unionpay.fields import field_table
from protocols.unionpay.kinds import kind_of
from protocols.unionpay.meanings import kind_title, rows_of_field
from protocols.unionpay.message import Message, codec_for

WHOLE = "octets"
"""The one part of what nobody can read."""


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


def host_meaning(payload: bytes, dialects: Sequence[Dialect]) -> Meaning | None:
    """What a host's message says, TPDU included; None when no dialect can read it."""
    for dialect in dialects:
        try:
            message = codec_for(dialect).parse(payload)
        except PosrigError:
            continue
        kind = kind_of(message, dialect)
        name = f"{message.mti} {kind.name if kind else message.text(3) or ''}".rstrip()
        parts = numbered(_host_parts(message, dialect))
        return Meaning(name, parts, kind_title(message, dialect), message, dialect)
    return None


def numbered(parts: Iterable[tuple[str, str]]) -> dict[str, str]:
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
