"""Keeps a diagram short: stretches that repeat are folded, and what is beyond the limit is left out and counted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from .item import Item

PERIOD_MAX = 24
"""Items of the longest stretch whose repetition is noticed: an operation with its messages, displays and slip."""

FOLD_ITEMS_MIN = 5
"""Fewer items than this are not worth a fold."""

HEAD_SHARE = 3
"""Of the items that fit, one in so many is kept at the beginning, and one at the end; the rest goes to what matters."""


@dataclass(frozen=True, slots=True)
class Fold:
    """The `period` items right before it come `times` more; `items` are those, () when there is no room for them."""

    period: int
    times: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Omitted:
    """Items that are not drawn, for there are too many; their events are in the trace file."""

    count: int


Entry = Item | Fold | Omitted


def entries_of(items: Sequence[Item], limit: int, cited: Collection[int] = (), with_folded: bool = True) -> list[Entry]:
    """At most about `limit` items.  What is folded goes first, then what went well and is not `cited` as evidence.

    `with_folded`: whether the Folds bring their items along.
    """
    chosen = folded(items)
    if with_folded and sum(len(entry.items) if isinstance(entry, Fold) else 1 for entry in chosen) <= limit:
        return chosen
    bare = [Fold(entry.period, entry.times, ()) if isinstance(entry, Fold) else entry for entry in chosen]
    return bare if len(bare) <= limit else _cut(bare, limit, cited)


def folded(items: Sequence[Item]) -> list[Entry]:
    """Repetitions folded: the first round stands, the others follow in a Fold."""
    keys = [item.repeats for item in items]
    out: list[Entry] = []
    at = 0
    while at < len(items):
        period, times = _repetition(keys, at)
        if times:
            out += items[at : at + period]
            at += period
            out.append(Fold(period, times, tuple(items[at : at + period * times])))
            at += period * times
        else:
            out.append(items[at])
            at += 1
    return out


def _repetition(keys: Sequence[str], at: int) -> tuple[int, int]:
    """(length of a round, how often it comes again right behind), the choice that folds the most; (0, 0) for none."""
    best = (0, 0)
    for period in range(1, min(PERIOD_MAX, (len(keys) - at) // 2) + 1):
        if keys[at] != keys[at + period]:
            continue
        times = 0
        while keys[at + (times + 1) * period : at + (times + 2) * period] == list(keys[at : at + period]):
            times += 1
        enough = times * period >= FOLD_ITEMS_MIN or (period == 1 and times >= FOLD_ITEMS_MIN - 1)
        if enough and times * period > best[0] * best[1]:
            best = (period, times)
    return best


def _cut(entries: Sequence[Entry], limit: int, cited: Collection[int]) -> list[Entry]:
    """Beginning, end, and in between what is cited or went wrong."""
    ends = max(1, limit // HEAD_SHARE)
    keep = {*range(min(ends, len(entries))), *range(max(0, len(entries) - ends), len(entries))}
    wanted = set(cited)
    between = [(n, entry) for n, entry in enumerate(entries) if n not in keep and isinstance(entry, Item)]
    matters = [n for n, item in between if not wanted.isdisjoint(item.seqs)]
    matters += [n for n, item in between if item.weighs]
    keep.update(list(dict.fromkeys(matters))[: max(0, limit - len(keep))])
    out: list[Entry] = []
    missing = 0
    for number, entry in enumerate(entries):
        if number not in keep:
            missing += entry.period * entry.times if isinstance(entry, Fold) else 1
            continue
        if missing:
            out.append(Omitted(missing))
            missing = 0
        out.append(entry)
    return out
