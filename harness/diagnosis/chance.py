"""How many devices of a lot may have the same fault by chance."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import comb

BASE_RATE = Fraction(1, 50)
"""Devices of any make in which a given part is broken at a given time: 2 in 100 (posrig's choice)."""
ALPHA = Fraction(1, 10_000)
"""So seldom a sound lot may be taken for a bad one, by part; with ten parts in ten lots that is still 1 in 100."""
SIZES_MAX = 4_096


@lru_cache(maxsize=SIZES_MAX)
def too_many(devices: int, rate: Fraction = BASE_RATE, alpha: Fraction = ALPHA) -> int:
    """The smallest k with P(X >= k) < `alpha`, where X of `devices` independent devices are faulty at `rate`: the tail
    of the binomial distribution, computed exactly.  `devices` + 1 where no number of them would be too many."""
    count, tail = devices + 1, Fraction(0)
    while count > 0:
        more = tail + comb(devices, count - 1) * rate ** (count - 1) * (1 - rate) ** (devices - count + 1)
        if more >= alpha:
            break
        count, tail = count - 1, more
    return count
