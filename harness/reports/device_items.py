"""What is seen and done at the device itself: display, keys, card, paper, parts, and hands."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from protocols.text import Text

from ..machine import Json
from ..trace import Event
from . import device_words, words
from .item import Item, note
from .state_words import STATES
from .words import COLON, joined, of_json, same, word


def _display(event: Event) -> Item:
    return note(event, "display", of_json(event.data) or same("-"))


def _key(event: Event) -> Item:
    return note(event, "person", joined(words.KEYS, str(event.data.get("keys", "")), by=" "))


def _card(event: Event) -> Item:
    data = event.data
    how = word(words.CARDS, data["how"]) if data.get("how") else None
    return note(event, "person", joined(word(words.CARDS, data.get("what")), how, str(data.get("pan") or ""), by=" "))


def _slip(event: Event) -> Item:
    data = event.data
    amount = data.get("amount_fen")
    stan = f"STAN {data['stan']}" if data.get("stan") else None
    copy = word(STATES, data["copy"]) if data.get("copy") else None
    sub = joined(stan, words.yuan(amount) if isinstance(amount, int) else None, copy)
    lines = tuple(of_json(line) or same(str(line)) for line in data.get("lines") or [])
    whole = data.get("complete") is not False
    prints = joined(words.PRINTS, word(words.SLIPS, data.get("kind")), by=" ")
    label = joined(prints, None if whole else words.CUT_SHORT)
    return note(event, "slip", label, sub, lines=lines, good=whole)


FOUND: Mapping[str, Text] = {**device_words.DEVICE_BEHAVIOURS, **device_words.FOUND}


def _self_test(event: Event) -> Item | None:
    """Only a part that failed is worth a line: the outcome tells of the others."""
    data = event.data
    if data.get("ok") is not False:
        return None
    found = word(FOUND, data["found"]) if data.get("found") else None
    return note(event, "noise", joined(words.TEST_FAILS, _part_of(data), by=COLON), found, good=False, data=data)


def _part_of(data: Mapping[str, Json]) -> Text:
    return word(device_words.PARTS, data.get("part"))


ROUTINE = ("read",)
"""What a part does at every transaction; worth a line only when it failed."""


GLASS = ("blank", "garbled")
"""What is seen on a bad display, at everything that is written; the first one weighs as much as the hundredth."""


def _part(event: Event) -> Item | None:
    """What a part did or found."""
    data = event.data
    what = str(data.get("what") or "")
    if what in ROUTINE and data.get("ok"):
        return None
    if what in GLASS:
        return note(event, "display", word(device_words.FINDINGS, what), _detail(data))
    named = joined(_part_of(data), word(device_words.FINDINGS, what), by=COLON)
    count = f"× {data['count']}" if data.get("count") else None
    percent = f"{data['percent']} %" if data.get("percent") is not None else None
    detail, good = _detail(data), data.get("ok") is not False
    if data.get("reads"):
        detail = words.READ_ERRORS.format(errors=data.get("errors"), reads=data["reads"])
    sub = joined(detail, count, percent, str(data.get("id") or "")) if detail or count or percent else None
    label = joined("✓" if good else "✗", device_words.DEVICE_BEHAVIOURS.get(what) or named, by=" ")
    return note(event, "state" if good else "noise", label, sub, good=good, data=data)


def _detail(data: Mapping[str, Json]) -> Text | None:
    told = data.get("detail")
    return of_json(told) if isinstance(told, Mapping) else same(str(told)) if told else None


def _maintenance(event: Event) -> Item:
    """What somebody did to the device with his hands."""
    args: Mapping[str, Json] = event.data.get("args") or {}
    part = [_part_of(args)] if args.get("part") else []
    others = (f"{name}={value}" for name, value in args.items() if name != "part")
    sub = joined(*part, *others) if args else None
    act = word(device_words.ACTS, event.data.get("act"))
    return note(event, "person", joined(words.BY_HAND, act, by=COLON), sub, data=event.data)


def _image(event: Event) -> Item | None:
    """How the paper looks; one that can be read needs no line."""
    data = event.data
    if data.get("legible") is not False:
        return None
    values = {"contrast": data.get("contrast_percent"), "blank": data.get("blank_columns")}
    return note(event, "slip", words.NOT_LEGIBLE, words.IMAGE.format(**values), good=False, data=data)


def _version(event: Event) -> Item:
    """Another application version runs since this start."""
    why = str(event.data.get("why") or "")
    change = f"{event.data.get('from')} → {event.data.get('to')}"
    good = why not in device_words.VERSION_FAILURES
    sub = word(device_words.VERSION_REASONS, why)
    return note(event, "state" if good else "noise", joined(device_words.VERSION, change, by=" "), sub, good=good)


def _leak(event: Event) -> Item:
    """What stood in the event before this one in the clear, and must not."""
    data = event.data
    what = joined(device_words.LEAK, word(device_words.LEAKS, data.get("what")), by=COLON)
    return note(event, "noise", what, joined(str(data.get("message")), str(data.get("field"))), good=False, data=data)


DEVICE_NOTES: Mapping[str, Callable[[Event], Item | None]] = {
    "display": _display,
    "key": _key,
    "card": _card,
    "slip": _slip,
    "image": _image,
    "self_test": _self_test,
    "part": _part,
    "maintenance": _maintenance,
    "version": _version,
    "leak": _leak,
}
