"""What a check of a reader found: lines, each with its verdict, and the verdict of the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from harness.endurance.figures import Rate, percentile, rate_of
from harness.links.pcsc.troubles import CARD, READER, TROUBLES
from protocols.text import Text

Verdict = Literal["good", "bad", "note"]

P95_FACTOR, P95_SPARE_US = 3, 20_000
"""Steady: 95 of 100 answers within three times the median.  Where the median is below the system's own unsteadiness
the spare counts (posrig's choice)."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Times in microseconds of those that were answered, the error rate of all with its bounds, and what failed:
    (trouble, count), the most frequent first."""

    rate: Rate
    min_us: int
    median_us: int
    p95_us: int
    max_us: int
    troubles: tuple[tuple[str, int], ...] = ()

    @property
    def steady(self) -> bool:
        """The slow ones are not much slower than the others."""
        return self.p95_us <= max(P95_FACTOR * self.median_us, self.median_us + P95_SPARE_US)


@dataclass(frozen=True, slots=True)
class Line:
    """One check.  `found` says what was seen; `cure` and `who` stand where something must be done."""

    id: str
    verdict: Verdict
    found: Text
    timing: Timing | None = None
    cure: Text | None = None
    who: Text | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """All lines in the order of the checks."""

    reader: str
    lines: tuple[Line, ...]

    @property
    def good(self) -> bool:
        """Nothing failed."""
        return all(line.verdict != "bad" for line in self.lines)


def timing_of(times_us: Sequence[int], troubles: Sequence[str]) -> Timing:
    """`times_us` of what was answered, `troubles` of what was not."""
    ordered = sorted(times_us) or [0]
    counted = {name: troubles.count(name) for name in dict.fromkeys(troubles)}
    return Timing(
        rate_of(len(troubles), len(times_us) + len(troubles)),
        ordered[0],
        percentile(ordered, 50),
        percentile(ordered, 95),
        ordered[-1],
        tuple(sorted(counted.items(), key=lambda one: -one[1])),
    )


def trouble_line(id_: str, trouble: str, found: Text, timing: Timing | None = None) -> Line:
    """A check that failed for one of the troubles of readers and cards."""
    known = TROUBLES[trouble]
    return Line(id_, "bad", found, timing, known.cure, known.who)


CONTACTS = Text(
    "触点不稳：擦净卡片触点后再查一次；换一张卡仍如此，则读卡器触点磨损或供电不足，应更换",
    "The contacts are unreliable: clean the card's and check again; where another card does the same the reader's "
    "contacts are worn or its power is weak, and it must be replaced",
)
CARD_CURE = Text(
    "换一张测试卡再查；仍如此则检查读卡器", "Check with another test card, and the reader where that is no better"
)
SLOW_CURE = Text(
    "换一个 USB 口或去掉集线器后再查；虚拟机中请直通设备",
    "Check at another USB port, without a hub; in a virtual machine hand the device through",
)
CARD_HOLDER, READER_OWNER = CARD, READER
