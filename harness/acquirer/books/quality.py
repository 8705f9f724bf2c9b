"""The book of the service's quality (see `acquirer.quality`): per period, how long answers took and how many failed."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.machine import DAY_US

PERIOD_US = DAY_US
PERIODS_MAX = 400
"""A year and a month; the oldest goes first."""
BOUNDS_MS = (100, 200, 500, 1_000, 2_000, 3_000, 5_000, 8_000, 10_000, 15_000, 20_000, 30_000, 60_000)
"""Upper bounds of the classes of a histogram: it stays small however many answers there are."""


@dataclass
class Period:
    """`took`: answers by the class of their time, the last class being everything longer than the last bound.

    `failed`: answers by F39 where it is a failure of the service; "" for requests that got no answer at all.
    """

    took: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_MS) + 1))
    failed: Counter[str] = field(default_factory=Counter)
    requests: int = 0


@dataclass
class QualityBook:
    """Periods by number, counted from the epoch of the first start."""

    periods: dict[int, Period] = field(default_factory=dict)


def _served(book: QualityBook, data: dict[str, Any]) -> None:
    period = book.periods.setdefault(data["at_us"] // PERIOD_US, Period())
    while len(book.periods) > PERIODS_MAX:
        book.periods.pop(min(book.periods))
    period.requests += data["requests"]
    if data["took_us"] is not None:
        period.took[bisect_left(BOUNDS_MS, -(-data["took_us"] // 1_000))] += 1
    if data["failure"] is not None:
        period.failed[data["failure"]] += 1


FOLD: Mapping[str, Callable[[QualityBook, dict[str, Any]], None]] = {"served": _served}
