"""An answer that repeats what the request said repeats it of the live request, not of the recorded one.

A terminal takes no reply with another trace number than its own: octets that were recorded would be of no use to it.
No table of fields is needed: whatever the recorded answer had in common with the recorded request, part by part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from protocols.concert import message as concert
from protocols.errors import PosrigError
from protocols.mispos.dialect_a import message as mispos_a
from protocols.mispos.dialect_b import message as mispos_b
from protocols.transbank import commands
from protocols.transbank import message as transbank
from protocols.unionpay.message import codec_for

from .meaning import Meaning
from .units import HOST, Spoken, Unit

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Heard:
    """A request as it was recorded, and as it came."""

    recorded: tuple[Unit, Meaning]
    live: tuple[Unit, Meaning]


def followed(spoken: Spoken, heard: Heard, unit: Unit, meaning: Meaning) -> bytes:
    """The octets of the answer `unit` for the live request; as recorded where nothing has to change."""
    if unit.what != "frame" or heard.recorded[0].payload == heard.live[0].payload:
        return unit.raw
    try:
        fit = _REGISTER.get(spoken.protocol)
        if spoken.protocol == HOST:
            payload = _host(heard, meaning)
        else:
            payload = fit(heard, unit) if fit is not None else None
        if payload is None or payload == unit.payload:
            return unit.raw
        framer = spoken.framer()
        framer.feed(unit.raw)  # on a host's line, this tells it the framing
        return framer.frame(payload)
    except PosrigError:  # not to be read, or too long for its frame: then it goes as it was
        return unit.raw


def _host(heard: Heard, meaning: Meaning) -> bytes | None:
    recorded, live, answer = heard.recorded[1].message, heard.live[1].message, meaning.message
    if recorded is None or live is None or answer is None or meaning.dialect is None:
        return None
    changes = _changes(recorded.fields, live.fields, answer.fields)
    tpdu = answer.tpdu
    if recorded.tpdu and live.tpdu and tpdu == recorded.tpdu.swapped():
        tpdu = live.tpdu.swapped()
    if not changes and tpdu == answer.tpdu:
        return None
    return codec_for(meaning.dialect).build(replace(answer.replacing(changes), tpdu=tpdu))


def _mispos_b(heard: Heard, unit: Unit) -> bytes | None:
    recorded, live = (mispos_b.parse(one[0].payload).fields for one in (heard.recorded, heard.live))
    answer = mispos_b.parse(unit.payload).fields
    changes = _changes(recorded, live, answer)
    return mispos_b.build(mispos_b.MisposMessage({**answer, **changes})) if changes else None


def _mispos_a(heard: Heard, unit: Unit) -> bytes | None:
    recorded, live = (mispos_a.parse(one[0].payload) for one in (heard.recorded, heard.live))
    answer = mispos_a.parse(unit.payload)
    if any(isinstance(one, mispos_a.Notice) for one in (recorded, live, answer)):
        return None
    assert isinstance(recorded, mispos_a.MisposAMessage) and isinstance(live, mispos_a.MisposAMessage)
    assert isinstance(answer, mispos_a.MisposAMessage)
    tags = ({item.tag: item.value for item in message.fields} for message in (recorded, live, answer))
    changes = _changes(*tags)
    items = tuple(replace(item, value=changes.get(item.tag, item.value)) for item in answer.fields)
    return mispos_a.build(replace(answer, fields=items)) if changes else None


def _transbank(heard: Heard, unit: Unit) -> bytes | None:
    """The ticket is what both have, by name: texts stand in other places in the answer."""
    answer = transbank.parse(unit.payload)
    recorded, live = (commands.named(transbank.parse(one[0].payload)) for one in (heard.recorded, heard.live))
    changes = _changes(recorded, live, commands.named(answer))
    layout = commands.layout_of(answer)
    if not changes or layout is None:
        return None
    names = (*layout.names, *[""] * len(answer.fields))
    fields = tuple(changes.get(name, text) for name, text in zip(names, answer.fields, strict=False))
    return transbank.build(replace(answer, fields=fields))


def _concert(heard: Heard, unit: Unit) -> bytes | None:
    recorded, live = (concert.values_of(concert.parse(one[0].payload)) for one in (heard.recorded, heard.live))
    answer = concert.parse(unit.payload)
    if not isinstance(answer, concert.ConcertAnswer):
        return None
    changes: dict[str, Any] = dict(_changes(recorded, live, concert.values_of(answer)))
    return concert.build(replace(answer, **changes)) if changes else None


_REGISTER: Mapping[str, Callable[[Heard, Unit], bytes | None]] = {
    "mispos-b": _mispos_b,
    "mispos-a": _mispos_a,
    "transbank": _transbank,
    "concert": _concert,
}
"""The register protocols whose answers repeat what the request said."""


def _changes(recorded: Mapping[Key, Value], live: Mapping[Key, Value], answer: Mapping[Key, Value]) -> dict[Key, Value]:
    """What the answer repeats of the request, and the live request says otherwise."""
    return {
        key: live[key]
        for key, value in answer.items()
        if key in recorded and key in live and value == recorded[key] and value != live[key]
    }
