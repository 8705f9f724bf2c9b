"""What a failure looks like from each side: what a run shows that the healthy life of a terminal does not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from protocols.text import Text
from protocols.unionpay.responses import RESPONSES

from ..reports import state_words, words
from ..reports.item import LANES, Item
from ..reports.words import joined
from ..trace import Event
from . import guide_words

SHOWN_MAX = 10
"""Lines of one side; the diagram of the case has everything."""

_FIGURES = re.compile(r"\d[\d.,:/-]*|\*+\d*")
_NUMBERED = re.compile(r"^((Terminal|Host) \d+ · )+")


@dataclass(frozen=True, slots=True)
class Sight:
    """One thing that is seen.  `code`: the F39 that it shows, "" for none.  `seqs`: the events that show it."""

    text: Text
    code: str
    seqs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """A failure from each side.  `more`: how many sights were left out on that side."""

    sides: tuple[tuple[Text, tuple[Sight, ...], int], ...]


def _shape(text: Text) -> str:
    """What is said, whatever the amounts, numbers and times in it, and whichever terminal says it."""
    return _FIGURES.sub("#", _NUMBERED.sub("", text.en))


def ordinary(life: Iterable[Item]) -> frozenset[str]:
    """What the healthy life shows: nothing that tells a failure."""
    return frozenset(f"{side} {_shape(sight.text)}" for side, sight, _ in _sights(life))


def look_of(items: Iterable[Item], events: Sequence[Event], healthy: frozenset[str]) -> Look:
    """What `items`, drawn from `events`, show to each side beyond what is `healthy`, each thing once, in order."""
    seen: dict[str, dict[str, Sight]] = {side: {} for side in guide_words.SIDES}
    for side, sight, wrong in _sights(items):
        shape = _shape(sight.text)
        if (wrong or f"{side} {shape}" not in healthy) and not _told_before(shape, seen[side]):
            seen[side].setdefault(shape, sight)
    if not seen["wire"]:
        seen["wire"][""] = Sight(_quiet(events), "", ())
    return Look(
        tuple(
            (name, tuple(list(seen[side].values())[:SHOWN_MAX]), max(0, len(seen[side]) - SHOWN_MAX))
            for side, name in guide_words.SIDES.items()
        )
    )


def _told_before(shape: str, seen: Iterable[str]) -> bool:
    """An operation ends with the words that the display has shown already."""
    return shape.startswith("✗") and any(shape.endswith(f" · {one}") for one in seen)


def _quiet(events: Sequence[Event]) -> Text:
    sent = sum(e.kind == "message" and e.data.get("link") != "register" and e.party != "register" for e in events)
    return guide_words.WIRE_ORDINARY if sent else guide_words.WIRE_SILENT


def _sights(items: Iterable[Item]) -> Iterator[tuple[str, Sight, bool]]:
    """(side, what is seen, whether it is wrong by itself)."""
    for item in items:
        side = _side(item)
        if side:
            text, code = _told(item)
            if text is not None:
                yield side, Sight(text, code, item.seqs), not item.good or item.struck


def _side(item: Item) -> str:
    ends = {item.start, item.stop}
    if item.shape == "arrow":
        if item.tone == "portal":
            return "portal"
        return "wire" if LANES["host"] in ends or LANES["link"] in ends else "register"
    if item.shape == "mark":
        return "" if item.good else "wire"
    if item.shape != "note" or item.tone in ("begin", "person", "fault", "healed"):
        return ""
    if item.tone == "end" and item.good:
        return ""
    return {LANES["terminal"]: "terminal", LANES["register"]: "register", LANES["host"]: "host"}.get(item.start, "")


def _told(item: Item) -> tuple[Text | None, str]:
    """Without the numbers and amounts of this one run; None for what tells nothing."""
    flight = item.flight
    if item.tone == "portal":
        told = [one for one in (item.sub, *_holds(item)) if one]
        return (joined(item.label, *told) if told else None), ""
    if item.shape != "arrow" or flight is None:
        if item.tone == "slip" or "part" in (item.data or {}):
            return item.label, ""
        return joined(item.label, item.sub, by=words.COLON if item.tone == "decision" else " · "), ""
    event = flight.message
    if event is None and not flight.is_control:
        return None, ""
    fields = event.data.get("fields", {}) if event is not None else {}
    code = str(fields.get("39", ""))
    known = RESPONSES.get(code)
    result = str(fields.get("9F14", ""))
    fate = {"lost": words.LOST, "damaged": words.DAMAGED, "again": words.AGAIN}.get(flight.fate)
    if fate is None and item.end == "held":
        fate = words.HELD
    ends = (flight.out_message, flight.in_message)
    bad_mac = any(e is not None and e.data.get("mac") == "bad" for e in ends)
    answer = joined(f"F39 {code}", known.meaning if known else None, by=" ") if code else None
    text = joined(item.label, answer, result and f"9F14 {result}", words.MAC_BAD if bad_mac else None, fate)
    return text, "" if known is not None and known.category == "A" else code


def _holds(item: Item) -> Iterator[Text]:
    """What the provider's status says is on hold, by its kind."""
    answer = (item.data or {}).get("answer")
    holds = answer.get("holds") if isinstance(answer, Mapping) else None
    for hold in holds if isinstance(holds, list) else ():
        if isinstance(hold, Mapping) and hold.get("kind"):
            yield joined(state_words.MACHINES["hold"], state_words.state("hold", hold["kind"]), by=words.COLON)
