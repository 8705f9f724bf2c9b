"""The transcript: what happened, one line per message, display or state, for consoles and failing tests."""

from __future__ import annotations

from collections.abc import Sequence

from protocols.text import Lang, Text

from ..trace import Event
from .columns import columns
from .fold import Entry, Fold, Omitted, entries_of
from .item import Item
from .items import items_of
from .words import LANES_BY_EIGHTH, clock

WIDTH_COLUMNS = 120
"""A terminal window on a laptop; a CJK character takes two columns."""

LINES_MAX = 400
"""What a person reads of a failing test."""

FOLDED = Text("… 以上 {count} 行再重复 {times} 次", "… the same {count} line(s), {times} times more")
OMITTED = Text("… 省略 {count} 行，见轨迹文件", "… {count} line(s) left out; the trace file has them")
ARROWS = {"head": "→", "cross": "✗", "held": "…"}
FAULT = "!! "


def transcript(
    events: Sequence[Event], lang: Lang = "en", width: int = WIDTH_COLUMNS, lines_max: int = LINES_MAX
) -> str:
    """Plain text in lanes, no line wider than `width` columns (at least 40).  Faults and losses are marked with `!!`.

    At most about `lines_max` lines: repetitions are folded first, then lines in the middle that went well are left out.
    """
    entries = entries_of(items_of(events), lines_max, with_folded=False)
    lines = [_line(entry, lang) for entry in entries]
    return "".join(f"{_fitted(line, max(40, width))}\n" for line in lines)


def _line(entry: Entry, lang: Lang) -> str:
    if isinstance(entry, Fold):
        return "  " + FOLDED.format(count=entry.period, times=entry.times).in_(lang)
    if isinstance(entry, Omitted):
        return "  " + OMITTED.format(count=entry.count).in_(lang)
    return _item_line(entry, lang)


def _item_line(item: Item, lang: Lang) -> str:
    words = item.label.in_(lang)
    if item.shape == "case":
        return f"=== {words}"
    if item.shape == "step":
        return f"--- {words}"
    if item.shape == "gap":
        return f"    ... {words} ..."
    if item.sub is not None:
        words += "  " + item.sub.in_(lang)
    marked = FAULT if item.struck or not item.good or item.tone == "fault" else "   "
    return f"{marked}{clock(item.at_us):>16}  {_padded(_place(item, lang), 22)}  {words}"


def _place(item: Item, lang: Lang) -> str:
    start = LANES_BY_EIGHTH[item.start].in_(lang)
    if item.shape != "arrow":
        return start
    return f"{start} {ARROWS[item.end]} {LANES_BY_EIGHTH[item.stop].in_(lang)}"


def _padded(text: str, width: int) -> str:
    return text + " " * max(0, width - columns(text))


def _fitted(text: str, width: int) -> str:
    text = "".join(c if c.isprintable() else "\ufffd" for c in text)
    if columns(text) <= width:
        return text
    while columns(text) > width - 1:
        text = text[:-1]
    return text + "…"
