"""A failure's page: how it is caused, what it looks like, how it is told apart, who must act, and the remedy.

Everything is taken from the scenario, the tables of the diagnosis, and the recording of a run.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from protocols.text import Text

from ..diagnosis import ALL_RECORDINGS, diagnose
from ..diagnosis.causes import CAUSES, Cause
from ..diagnosis.causes.cause import TYPICAL
from ..diagnosis.ladder import rungs
from ..diagnosis.probes import best_probe, probe_text
from ..diagnosis.story import Story
from ..diagnosis.symptoms import SYMPTOMS, observe
from ..judges.impact import impact
from ..reports import page_words
from ..reports.course import CourseLine, course_of
from ..reports.drawing import drawing_of
from ..reports.explain import dialect_named
from ..reports.item import Item
from ..reports.items import items_of
from ..reports.matrix import Matrix, matrix_of
from ..reports.words import PARTIES
from ..scenarios.model import Scenario
from ..trace import Event, Who
from .looks import Look, look_of
from .runs import RowRun

PAGE_ITEMS_MAX, CASE_ITEMS_MIN = 240, 40
"""Drawn items of one page, shared by its cases."""
PAGE_LINES_MAX = 500
"""Lines of unfolded messages on one page."""
NARROW_SIDES: tuple[Who, ...] = ("register", "terminal", "host")

CAUSE_OF = {cause.row: cause for cause in CAUSES}
_SYMPTOM_TEXTS = {symptom.id: symptom.text for symptom in SYMPTOMS}


@dataclass(frozen=True, slots=True)
class CaseView:
    """One way in which it happens."""

    title: Text
    harmless: bool
    look: Look
    caused: tuple[CourseLine, ...]
    cured: tuple[CourseLine, ...]
    entries: list[dict[str, Any]]
    targets: dict[int, str]


@dataclass(frozen=True, slots=True)
class SymptomRow:
    """What speaks for or against it.  `seen`: whether this run showed it.  `others`: rows that it speaks for, too."""

    id: str
    text: Text
    weight: int
    seen: bool
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SideView:
    """What one side alone can know before the remedy: the first, tied group, and the test that separates it."""

    name: Text
    blind: bool
    group: tuple[str, ...]
    probe: str | None


@dataclass(frozen=True, slots=True)
class Alike:
    """A row that looks alike: `shared` is seen with both, `only_this` and `only_other` prove one and not the other."""

    row: str
    shared: tuple[Text, ...]
    only_this: tuple[Text, ...]
    only_other: tuple[Text, ...]
    probe: str | None


class FailureView:
    """What the page's template needs.  `healthy`: see `looks.ordinary`."""

    def __init__(self, run: RowRun, healthy: frozenset[str]) -> None:
        self.run: RowRun = run
        self.id: str = run.id
        self.scenario: Scenario = run.scenario
        self.cause: Cause | None = CAUSE_OF.get(run.scenario.diagnosis or "")
        self.family: Text = page_words.family_of(run.id)
        self.command: str = shlex.join(["posrig", "run", run.name, "--report", "report/"])
        self.source: str = run.source
        count = len(run.cases)
        limits = max(CASE_ITEMS_MIN, PAGE_ITEMS_MAX // count), PAGE_LINES_MAX // count
        items = items_of(run.trace.events)
        self.cases: list[CaseView] = [_case(run, items, number, healthy, *limits) for number in range(1, count + 1)]
        self.matrix: Matrix | None = matrix_of(run.trace.events)
        self.impact: Text | None = impact(run.trace.events).text
        self.rungs: list[tuple[int, Text]] = (
            [(number, rungs()[number]) for number in self.cause.rungs] if self.cause else []
        )
        self.probes: list[tuple[str, Text]] = (
            [(name, probe_text(name)) for name in self.cause.tests] if self.cause else []
        )

    @cached_property
    def symptoms(self) -> list[SymptomRow]:
        """What speaks for it, the strongest first, then what speaks against it."""
        if self.cause is None:
            return []
        seen = {item.symptom for item in observe(Story(self.run.trace.events))}
        order = sorted(self.cause.speaks.items(), key=lambda item: -item[1])
        return [
            SymptomRow(name, _SYMPTOM_TEXTS[name], weight, name in seen, _others(name, self.cause))
            for name, weight in order
        ]

    @cached_property
    def sides(self) -> list[SideView]:
        """What each side alone makes of the first case that does harm."""
        case = next((case for case in self.run.cases if not case.case.harmless), None)
        if case is None:
            return []
        events = self.run.trace.events[: case.failing.stop]
        found = [(side, diagnose(events, side)) for side in NARROW_SIDES]
        return [
            SideView(PARTIES[side], not one.ranking, _first(self.id, one.group), one.next_probe or ALL_RECORDINGS)
            for side, one in found
        ]

    @cached_property
    def alike(self) -> list[Alike]:
        """Rows that some side cannot tell from this one, and rows that share a typical observation."""
        if self.cause is None:
            return []
        tied = {row for side in self.sides if not side.blind for row in side.group}
        rows = [cause for cause in CAUSES if cause is not self.cause]
        return [_alike(self.cause, one) for one in rows if one.row in tied or _shared(self.cause, one)]


def _first(row: str, group: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(group, key=lambda one: one != row))


def _within(items: Sequence[Item], events: Sequence[Event]) -> list[Item]:
    """Those of `items` that show one of `events`, which follow each other, and the gaps between them."""
    first, last = (events[0].seq, events[-1].seq) if events else (1, 0)
    inside = [number for number, item in enumerate(items) if item.seqs and first <= item.seqs[0] <= last]
    return list(items[inside[0] : inside[-1] + 1]) if inside else []


def _case(
    run: RowRun, items: Sequence[Item], number: int, healthy: frozenset[str], items_max: int, lines_max: int
) -> CaseView:
    dialect = dialect_named(run.trace.header.dialect)
    case = run.cases[number - 1]
    events, failing = run.trace.events[case.whole], run.trace.events[case.failing]
    look = look_of(_within(items, failing), failing, healthy)
    cited = {seq for _, sights, _ in look.sides for sight in sights for seq in sight.seqs}
    drawing = drawing_of(_within(items, events), f"case{number}", dialect, items_max, lines_max, cited)
    course = course_of(events, drawing.targets, every=True)
    lines = [line for one in course.cases for line in (*one.shown, *one.folded)] if course else []
    split = next((n for n, line in enumerate(lines) if line.role in ("remedy", "proof")), len(lines))
    return CaseView(
        title=case.case.title.text,
        harmless=case.case.harmless,
        look=look,
        caused=tuple(lines[:split]),
        cured=tuple(lines[split:]),
        entries=drawing.entries,
        targets=dict(drawing.targets),
    )


def _others(symptom: str, cause: Cause) -> tuple[str, ...]:
    return tuple(one.row for one in CAUSES if one is not cause and one.speaks.get(symptom, 0) > 0)


def _shared(a: Cause, b: Cause) -> list[str]:
    return [name for name, weight in a.speaks.items() if weight >= TYPICAL and b.speaks.get(name, 0) >= TYPICAL]


def _alike(this: Cause, other: Cause) -> Alike:
    def proofs(a: Cause, b: Cause) -> tuple[Text, ...]:
        names = (name for name, weight in a.speaks.items() if weight > TYPICAL and b.speaks.get(name, 0) <= 0)
        return tuple(_SYMPTOM_TEXTS[name] for name in names)

    shared = tuple(_SYMPTOM_TEXTS[name] for name in _shared(this, other))
    return Alike(other.row, shared, proofs(this, other), proofs(other, this), best_probe([this, other]))
