"""How a terminal's figures move from visit to visit, and how its parts wear.

The rules are plain on purpose, because a handful of visits carries no statistics:

* *moved*: the last value lies outside everything that was measured before, and differs from the median of that by more
  than a fifth (of the limit, where the median is 0).  Anything less is *steady*.
* *worse* is what comes nearer to a limit: up where there is only an upper one, down where there is only a lower one,
  away from the middle where there are both.  A figure without limits goes *up* or *down*.
* *forecast*: where the last four values went the bad way step by step, the line from the first to the last of them is
  drawn on to the limit.  It is told when that is ten visits away or fewer.
* *wear*: uses of one and the same part (by its number), per month of 30.4 days, over a week at least.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from statistics import median
from typing import Any, Literal

from protocols.text import Text

from ..reader.words import filled
from .changes import number_of, parts_of

Direction = Literal["better", "worse", "up", "down", "steady", "few"]
MOVED_SHARE = 0.2
EARLIER_MIN = 2
"""Earlier values without which nothing is said of a direction."""
FORECAST_VALUES = 4
FORECAST_VISITS_MAX = 10
VALUES_MAX = 50
"""Visits that are looked at."""
TRENDS_MAX = 60
NOT_THE_TERMINALS = frozenset(("computer", "reader_here"))
"""Checks of what the technician brought along."""
DAYS_MIN, DAYS_PER_MONTH = 7, 30.4
ORDER: Sequence[Direction] = ("worse", "better", "up", "down", "steady", "few")

DIRECTIONS: Mapping[Direction, Text] = {
    "better": Text("变好", "better"),
    "worse": Text("变差", "worse"),
    "up": Text("升高", "higher"),
    "down": Text("降低", "lower"),
    "steady": Text("平稳", "steady"),
    "few": Text("次数还少", "too few visits to tell"),
}
WORDS = Text(
    "{name}：{direction}，本次 {now}，此前中位数 {usual}", "{name}: {direction}, now {now}, median before {usual}"
)
FORECAST = Text("{words}；照此约 {visits} 次检查后到限 {limit}", "{words}; reaches {limit} in about {visits} visits")
BEYOND = Text("{words}；已超限 {limit}", "{words}; beyond {limit}")
USES = Text("{part}使用次数", "uses of the {part}")
WEAR = Text("{name}：{now} 次，每月约 {rate} 次", "{name}: {now}, about {rate} a month")
WEAR_FEW = Text("{name}：{now} 次", "{name}: {now}")


@dataclass(frozen=True, slots=True)
class Trend:
    """One figure over the visits, the oldest first; `dates` (ISO 8601) go with `values`.  `visits_left`: so many more
    until it reaches its limit, None where nothing says so."""

    id: str
    name: Text
    unit: str
    dates: tuple[str, ...]
    values: tuple[float, ...]
    low: float | None
    high: float | None
    direction: Direction
    words: Text
    visits_left: int | None = None
    per_month: float | None = None
    """Of the uses of a part."""

    def json(self) -> dict[str, Any]:
        """As it stands in a record."""
        return {
            "id": self.id, "name": _both(self.name), "unit": self.unit, "dates": list(self.dates),
            "values": list(self.values), "low": self.low, "high": self.high, "direction": self.direction,
            "visits_left": self.visits_left, "per_month": self.per_month, "words": _both(self.words),
        }  # fmt: skip


def trends(documents: Sequence[Mapping[str, Any]]) -> list[Trend]:
    """Of the records of one terminal, the newest first: each figure that the newest has and an earlier one had, too,
    and the wear of its parts.  What became worse comes first."""
    if not documents:
        return []
    documents = documents[:VALUES_MAX]
    found = [*_figures(documents), *_wear(documents)]
    return sorted(found, key=lambda one: ORDER.index(one.direction))[:TRENDS_MAX]


def _figures(documents: Sequence[Mapping[str, Any]]) -> Iterator[Trend]:
    told: set[str] = set()
    for figure in figures_of(documents[0]):
        if figure["id"] in told:
            continue
        told.add(figure["id"])
        points = [
            (document["started"], float(one["value"]))
            for document in reversed(documents)
            for one in figures_of(document)
            if one["id"] == figure["id"] and one["unit"] == figure["unit"]
        ]
        if len(points) > 1:
            yield _trend(figure, points)


def figures_of(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The figures of a record that are numbers, the first of each id; none of the technician's computer."""
    found: dict[str, Mapping[str, Any]] = {}
    for check in document["checks"]:
        if check["id"] in NOT_THE_TERMINALS:
            continue
        for one in check["figures"]:
            if isinstance(one["value"], int | float) and not isinstance(one["value"], bool):
                found.setdefault(one["id"], one)
    return list(found.values())


def _trend(figure: Mapping[str, Any], points: Sequence[tuple[str, float]]) -> Trend:
    values = [value for _, value in points]
    low, high = figure["low"], figure["high"]
    *before, now = values
    direction = direction_of(values, low, high)
    left = visits_left(values, low, high)
    name, unit = Text(figure["name"]["zh"], figure["name"]["en"]), figure["unit"]
    told = {"now": _number(now, unit), "usual": _number(median(before), unit)}
    words = filled(WORDS, name=name, direction=DIRECTIONS[direction], **told)
    limit = _limit_near(now, low, high)
    if limit is not None and _beyond(now, low, high):
        words = filled(BEYOND, words=words, limit=_number(limit, unit))
    elif limit is not None and left is not None:
        words = filled(FORECAST, words=words, visits=left, limit=_number(limit, unit))
    dates = tuple(date for date, _ in points)
    return Trend(figure["id"], name, unit, dates, tuple(values), low, high, direction, words, left)


def direction_of(values: Sequence[float], low: float | None, high: float | None) -> Direction:
    """Of values, the oldest first (see the module)."""
    *before, now = values
    if len(before) < EARLIER_MIN:
        return "few"
    usual = median(before)
    limit = _limit_near(now, low, high)
    measure = abs(usual) or abs(limit or 0.0)
    if min(before) <= now <= max(before) or abs(now - usual) <= MOVED_SHARE * measure:
        return "steady"
    if low is None and high is None:
        return "up" if now > usual else "down"
    return "worse" if _bad(now, low, high) > _bad(usual, low, high) else "better"


def visits_left(values: Sequence[float], low: float | None, high: float | None) -> int | None:
    """How many more visits until the limit, where the last FORECAST_VALUES lead there in FORECAST_VISITS_MAX."""
    last = list(values[-FORECAST_VALUES:])
    limit = _limit_near(last[-1], low, high) if last else None
    if limit is None or len(last) < FORECAST_VALUES or _beyond(last[-1], low, high):
        return None
    way = 1 if limit == high else -1
    steps = [(after - before) * way for before, after in pairwise(last)]
    if min(steps) <= 0:
        return None
    visits = ceil(abs(limit - last[-1]) / (sum(steps) / len(steps)))
    return visits if visits <= FORECAST_VISITS_MAX else None


def _beyond(value: float, low: float | None, high: float | None) -> bool:
    return (low is not None and value < low) or (high is not None and value > high)


def _limit_near(value: float, low: float | None, high: float | None) -> float | None:
    """The limit that matters: the only one, or the nearer one."""
    if low is None or high is None:
        return high if low is None else low
    return high if value > (low + high) / 2 else low


def _bad(value: float, low: float | None, high: float | None) -> float:
    """The more, the worse."""
    if low is not None and high is not None:
        return abs(value - (low + high) / 2)
    return value if low is None else -value


def _wear(documents: Sequence[Mapping[str, Any]]) -> Iterator[Trend]:
    from harness.reports.device_words import PARTS

    for part in parts_of(documents[0]):
        number = number_of(documents[0], part)
        points: list[tuple[str, float]] = []
        for document in documents:
            uses = parts_of(document).get(part, {}).get("uses")
            if number_of(document, part) != number:  # another part was built in before
                break
            if isinstance(uses, int) and not isinstance(uses, bool):
                points.insert(0, (document["started"], float(uses)))
        if len(points) > 1:
            yield _worn(part, PARTS.get(part, Text(part, part)), points)


def _worn(part: str, name: Text, points: Sequence[tuple[str, float]]) -> Trend:
    from datetime import datetime

    (first, least), (last, most) = points[0], points[-1]
    days = (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds() / 86_400
    rate = (most - least) / days * DAYS_PER_MONTH if days >= DAYS_MIN and most >= least else None
    named = filled(USES, part=name)
    now = f"{most:g}" if most < 1e6 else f"{most:.0f}"
    words = filled(WEAR_FEW, name=named, now=now)
    if rate is not None:
        words = filled(WEAR, name=named, now=now, rate=f"{rate:.0f}")
    dates, values = zip(*points, strict=True)
    direction: Direction = "few" if rate is None else "up" if rate > 0 else "steady"
    return Trend(f"uses.{part}", named, "", dates, values, None, None, direction, words, None, rate and round(rate, 1))


def _number(value: float, unit: str) -> str:
    return f"{value:g} {unit}".strip()


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}
