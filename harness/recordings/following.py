"""An answer that repeats what the request said repeats it of the live request, not of the recorded one.

A terminal takes no reply with another trace number than its own: octets that were recorded would be of no use to it.
No table of fields is needed: whatever the recorded answer had in common with the recorded request, part by part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from protocols.errors import PosrigError
from protocols.mispos.dialect_b import message as mispos
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
        payload = _host(heard, meaning) if spoken.protocol == HOST else _register(spoken, heard, unit)
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


def _register(spoken: Spoken, heard: Heard, unit: Unit) -> bytes | None:
    if spoken.protocol != "mispos-b":
        return None
    recorded, live = mispos.parse(heard.recorded[0].payload), mispos.parse(heard.live[0].payload)
    answer = mispos.parse(unit.payload)
    changes = _changes(recorded.fields, live.fields, answer.fields)
    return mispos.build(mispos.MisposMessage({**answer.fields, **changes})) if changes else None


def _changes(recorded: Mapping[Key, Value], live: Mapping[Key, Value], answer: Mapping[Key, Value]) -> dict[Key, Value]:
    """What the answer repeats of the request, and the live request says otherwise."""
    return {
        key: live[key]
        for key, value in answer.items()
        if key in recorded and key in live and value == recorded[key] and value != live[key]
    }
