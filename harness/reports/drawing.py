"""The diagram of a recording as its template takes it: items, folds, anchors, and what unfolds behind each item."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from protocols.text import Text
from protocols.unionpay.dialect import Dialect

from . import page_words, words
from .explain import Detail, Line, of_data, of_flight
from .fold import Entry, Fold, Omitted, entries_of
from .item import Item


@dataclass(frozen=True, slots=True)
class Drawing:
    """`entries`: what `parts.html.j2` draws, in order.

    `targets`: sequence number of an event to the anchor of the item that shows it; events that are not drawn have none.
    """

    entries: list[dict[str, Any]]
    targets: Mapping[int, str]


def drawing_of(
    items: Sequence[Item],
    row_id: str,
    dialect: Dialect,
    items_max: int,
    lines_max: int,
    cited: Collection[int] = (),
) -> Drawing:
    """Of `items` at most about `items_max`, those of `cited` events among them, and `lines_max` lines that unfold.

    `row_id` begins every anchor.
    """
    entries = entries_of(items, items_max, cited)
    budget = _Budget(lines_max, dialect)
    views = [_entry_view(entry, row_id, budget) for entry in entries]
    _put_times(views)
    return Drawing(views, _targets(entries, row_id))


def _put_times(views: Sequence[dict[str, Any]]) -> None:
    """The time is said where it changes."""
    last = ""
    for view in views:
        if view["shape"] == "fold":
            _put_times(view["entries"])
            last = ""
        elif "item" in view:
            now = words.clock(view["item"].at_us)
            view["time"] = "" if now == last else now
            if view["shape"] in ("arrow", "note", "mark"):
                last = now


def _targets(entries: Sequence[Entry], row_id: str) -> dict[int, str]:
    """Sequence number of an event to the anchor of the item that shows it."""
    found: dict[int, str] = {}
    for entry in entries:
        items = entry.items if isinstance(entry, Fold) else (entry,) if isinstance(entry, Item) else ()
        for item in items:
            for seq in item.seqs:
                found.setdefault(seq, _anchor(row_id, item))
    return found


def _anchor(row_id: str, item: Item) -> str:
    return f"{row_id}-e{item.seqs[0]}" if item.seqs else ""


@dataclass(slots=True)
class _Budget:
    """Lines that may still be unfolded in this row, and what explaining needs."""

    lines: int
    dialect: Dialect

    def detail(self, item: Item) -> Detail | None:
        """What unfolds behind `item`; when the lines are used up, the fields of a message in one line."""
        if item.flight is not None:
            detail = of_flight(item.flight, self.dialect)
        elif item.data:
            detail = of_data(item.data)
        else:
            return None
        if not detail.lines and not detail.octets:
            return None
        if len(detail.lines) > self.lines:
            short = " ".join(f"{x.path}={x.value}" for x in detail.lines if x.path and not x.level)
            return Detail((Line("", page_words.FIELDS, short[:600]),), "", 0, 0)
        self.lines -= len(detail.lines)
        return detail


def _entry_view(entry: Entry, row_id: str, budget: _Budget) -> dict[str, Any]:
    if isinstance(entry, Omitted):
        return {"shape": "omitted", "count": entry.count}
    if isinstance(entry, Fold):
        views = [_item_view(item, row_id, budget) for item in entry.items]
        return {"shape": "fold", "times": entry.times, "period": entry.period, "entries": views}
    return _item_view(entry, row_id, budget)


def _item_view(item: Item, row_id: str, budget: _Budget) -> dict[str, Any]:
    low, high = sorted((item.start, item.stop))
    place: Text | None = None
    if item.shape == "arrow":
        place = words.joined(words.LANES_BY_EIGHTH[item.start], words.LANES_BY_EIGHTH[item.stop], by=" → ")
    elif item.shape in ("note", "mark"):
        place = words.LANES_BY_EIGHTH[item.start]
    return {
        "shape": item.shape,
        "item": item,
        "anchor": _anchor(row_id, item),
        "place": place,
        "low": low,
        "high": high,
        "x1": _percent(item.start),
        "x2": _percent(item.stop),
        "right": item.stop > item.start,
        "detail": budget.detail(item),
    }


def _percent(eighth: int) -> str:
    return f"{eighth * 12.5:g}%"
