"""What a run's figures say: percentiles, the course of the latency, the error rate with its bounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, exp, lgamma, log, log1p

from .course import Done

CONFIDENCE = 0.95
BISECTIONS = 60
"""Halvings of 0 to 1: beyond the precision of a float."""
BUCKETS = 120
"""Points of the curve of latency over time."""


@dataclass(frozen=True, slots=True)
class Rate:
    """`errors` of `trials`, with the exact bounds (Clopper and Pearson, 1934) at 95 %."""

    errors: int
    trials: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """A stretch of the run: the middle of its time, the latencies in it, its errors and operations."""

    at_us: int
    median_us: int
    p95_us: int
    max_us: int
    errors: int
    count: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one operation: times in microseconds, of those that did what they were asked for."""

    op: str
    rate: Rate
    min_us: int
    median_us: int
    p95_us: int
    p99_us: int
    max_us: int
    buckets: tuple[Bucket, ...]
    causes: tuple[tuple[str, int], ...]
    """Why others did not, most frequent first."""


def figures_of(op: str, done: Sequence[Done]) -> Figures | None:
    """The figures of one operation; None when it never ran."""
    ran = [one for one in done if one.op == op]
    if not ran:
        return None
    times = sorted(one.took_us for one in ran if one.good) or [0]
    causes = Counter(one.cause or one.status for one in ran if not one.good)
    return Figures(
        op,
        rate_of(sum(not one.good for one in ran), len(ran)),
        times[0],
        percentile(times, 50),
        percentile(times, 95),
        percentile(times, 99),
        times[-1],
        tuple(_buckets(ran)),
        tuple(causes.most_common()),
    )


def percentile(ordered: Sequence[int], percent: int) -> int:
    """Nearest rank: the smallest value that at least `percent` of all do not exceed.  `ordered` is not empty."""
    return ordered[max(0, ceil(len(ordered) * percent / 100) - 1)]


def _buckets(ran: Sequence[Done]) -> list[Bucket]:
    size = max(1, ceil(len(ran) / BUCKETS))
    buckets = []
    for start in range(0, len(ran), size):
        part = ran[start : start + size]
        times = sorted(one.took_us for one in part)
        errors = sum(not one.good for one in part)
        middle = part[len(part) // 2].at_us
        buckets.append(Bucket(middle, percentile(times, 50), percentile(times, 95), times[-1], errors, len(part)))
    return buckets


def rate_of(errors: int, trials: int) -> Rate:
    """The error rate with its bounds: each side leaves out 2.5 %.  Without errors the upper one is 1 - 0.025^(1/n)."""
    tail = (1 - CONFIDENCE) / 2
    if not trials:
        return Rate(0, 0, 0.0, 1.0)
    low = 0.0 if errors == 0 else _where(lambda p: 1 - _at_most(errors - 1, trials, p) >= tail)
    high = 1.0 if errors == trials else _where(lambda p: _at_most(errors, trials, p) <= tail)
    return Rate(errors, trials, low, high)


def _where(holds: Callable[[float], bool]) -> float:
    """The smallest p at which `holds`, which does so from some p on."""
    below, above = 0.0, 1.0
    for _ in range(BISECTIONS):
        middle = (below + above) / 2
        below, above = (below, middle) if holds(middle) else (middle, above)
    return above


def _at_most(errors: int, trials: int, p: float) -> float:
    """P(X <= errors), X binomial.  Terms are taken from logarithms: factors are beyond a float's range."""
    if p <= 0:
        return 1.0
    if p >= 1:
        return 1.0 if errors >= trials else 0.0
    total = 0.0
    for k in range(errors + 1):
        term = lgamma(trials + 1) - lgamma(k + 1) - lgamma(trials - k + 1) + k * log(p) + (trials - k) * log1p(-p)
        total += exp(term)
    return min(1.0, total)
