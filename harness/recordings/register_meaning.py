"""What the frames of the register protocols say, protocol by protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from protocols.concert import message as concert
from protocols.mispos.dialect_a import message as mispos_a
from protocols.mispos.dialect_b import message as mispos_b
from protocols.mispos.dialect_b.tags import CONTENT, PRINT, TAGS
from protocols.transbank import commands as transbank_commands
from protocols.transbank import message as transbank
from protocols.unionpay.dialect import Dialect
from protocols.zvt import message as zvt
from protocols.zvt.commands import is_answer, name_of
from protocols.zvt.explain import trace_fields

from .meaning import Meaning, host_meaning, numbered

ZVT_PRINTED = frozenset(("text", "tlv/25/07"))
"""The text of a print line, the lines of a print text block."""


def _mispos_b(payload: bytes, dialects: Sequence[Dialect]) -> Meaning:
    message = mispos_b.parse(payload)
    parts = numbered(part for tag in message.fields for part in _tag_parts(message, tag, dialects))
    return Meaning(message.type_name.lower(), parts)


def _tag_parts(message: mispos_b.MisposMessage, tag: int, dialects: Sequence[Dialect]) -> list[tuple[str, str]]:
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
        words = line.replace(":", " ").split()
        if len(words) % 2:
            yield (words[0], " ".join(words[1:]))
        else:
            yield from zip(words[::2], words[1::2], strict=True)


def _tunnelled(value: bytes, dialects: Sequence[Dialect]) -> Meaning | None:
    head = 2 if int.from_bytes(value[:2], "big") == len(value) - 2 else 0
    return host_meaning(value[head:], dialects)


def _mispos_a(payload: bytes, dialects: Sequence[Dialect]) -> Meaning:
    message = mispos_a.parse(payload)
    kind = message.kind if isinstance(message, mispos_a.Notice) else message.kind()
    return Meaning(kind, message.shown())


def _zvt(payload: bytes, dialects: Sequence[Dialect]) -> Meaning:
    message = zvt.parse(payload, lenient=True)
    control = f"{message.control:04X}"
    kind = control[:2] if is_answer(message.control) else control
    parts = [("control", control)]
    for name, value in trace_fields(message).items():
        printed = name.partition("#")[0] in ZVT_PRINTED
        parts += [(f"print.{label}", text) for label, text in printed_parts(value)] if printed else [(name, value)]
    return Meaning(kind, numbered(parts), name_of(message.control))


def _transbank(payload: bytes, dialects: Sequence[Dialect]) -> Meaning:
    message = transbank.parse(payload)
    layout = transbank_commands.layout_of(message)
    parts = {"command": message.command, **transbank_commands.named(message)}
    return Meaning(message.command, parts, layout.text if layout else None)


def _concert(payload: bytes, dialects: Sequence[Dialect]) -> Meaning:
    message = concert.parse(payload)
    kind = "request" if isinstance(message, concert.ConcertRequest) else "answer"
    return Meaning(kind, concert.values_of(message))


READERS: Mapping[str, Callable[[bytes, Sequence[Dialect]], Meaning]] = {
    "mispos-b": _mispos_b,
    "mispos-a": _mispos_a,
    "zvt": _zvt,
    "transbank": _transbank,
    "concert": _concert,
}
"""By protocol: the payload of a frame and the host's dialects to what it says.  Raises DecodeError."""
