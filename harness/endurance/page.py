"""The page of a run: latency over time, error rate with its bounds, what came in between, the first failure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import Environment

from protocols.text import Lang, Text

from ..judges.verdict import Verdict
from ..reports.html import both
from ..reports.page_environment import page_environment
from . import words
from .course import Course
from .figures import Figures, percentile

WIDTH, HEIGHT, LEFT, BOTTOM = 860, 260, 56, 28
INCIDENTS_SHOWN_MAX = 200
GRID_LINES = 4
USUAL_PERCENT = 90


@dataclass(frozen=True, slots=True)
class Books:
    """What the parties' books say at the end, where they are the run's own."""

    verdicts: Sequence[Verdict]
    register_fen: int
    host_fen: int
    memory: Mapping[str, tuple[int, int]]
    """Resident octets at the beginning and at the end, by process."""

    @property
    def agree(self) -> bool:
        """Nothing is wrong, and the register's own sum is the host's."""
        return all(v.ok is not False for v in self.verdicts) and self.register_fen == self.host_fen


def page_of(course: Course, figures: Sequence[Figures], books: Books | None, program: str, lang: Lang) -> str:
    """The page as HTML, in both languages, with nothing outside it."""
    end_us = max(1, course.worked_us)
    return (
        _environment()
        .get_template("endurance.html.j2")
        .render(
            course=course,
            figures=figures,
            charts={one.op: chart_of(one, end_us) for one in figures if len(one.buckets) > 1},
            incidents=course.incidents[-INCIDENTS_SHOWN_MAX:],
            marks=[_x(i.at_us, end_us) for i in course.incidents if i.what in words.MARKED],
            books=books,
            program=program,
            lang=lang,
            words=words,
            w=WIDTH,
            h=HEIGHT,
            left=LEFT,
            bottom=BOTTOM,
        )
    )


def chart_of(figures: Figures, end_us: int) -> dict[str, Any]:
    """Points of the curves, as SVG takes them.  The axis ends above what is usual, so that one long wait for a port
    does not flatten all the rest; what is longer is marked at the top, with its value."""
    usual = percentile(sorted(b.p95_us for b in figures.buckets), USUAL_PERCENT)
    top = max(1, min(2 * usual, max(b.p95_us for b in figures.buckets) * 6 // 5))
    points = {
        name: " ".join(f"{_x(b.at_us, end_us)},{_y(getattr(b, name), top)}" for b in figures.buckets)
        for name in ("median_us", "p95_us")
    }
    errors = [
        {"x": _x(b.at_us, end_us), "r": 3 + min(6, 12 * b.errors // b.count), "text": f"{b.errors}/{b.count}"}
        for b in figures.buckets
        if b.errors
    ]
    grid = [
        {"y": _y(top * n // GRID_LINES, top), "text": words.ms(top * n // GRID_LINES)} for n in range(GRID_LINES + 1)
    ]
    above = [{"x": _x(b.at_us, end_us), "text": words.ms(b.max_us)} for b in figures.buckets if b.max_us > top]
    return {**points, "errors": errors, "grid": grid, "above": above}


def _x(at_us: int, end_us: int) -> int:
    return LEFT + at_us * (WIDTH - LEFT - 8) // end_us


def _y(us: int, top: int) -> int:
    return HEIGHT - BOTTOM - min(us, top) * (HEIGHT - BOTTOM - 8) // top


@lru_cache(maxsize=1)
def _environment() -> Environment:
    env = page_environment("harness.endurance")
    env.filters["t"] = both
    env.filters["ms"] = words.ms
    env.filters["span"] = words.span
    env.filters["percent"] = words.percent
    env.filters["yuan"] = words.yuan
    env.filters["mib"] = lambda octets: f"{octets / 1024 / 1024:.1f} MiB"
    return env


def verdict_text(books: Books) -> Text:
    """One line about the money."""
    sums = {"register": words.yuan(books.register_fen), "host": words.yuan(books.host_fen)}
    return words.AGREE if books.agree else words.DIFFER.format(**sums)
