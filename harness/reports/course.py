"""The course of a row: what was done and what was seen, step by step, in the scenario's own words and in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from protocols.text import Text

from ..trace import Event
from . import words
from .step_words import words_for
from .words import of_json, same

OPEN_LINES = 40
"""So many lines of a row stand open; of a longer one the rest is folded, case by case."""
FOLDED_LINES_MIN = 5
"""Fewer lines than this are not worth a fold."""
ROW_LINES_MAX = 400
"""The longest row has about a hundred; beyond this the trace file tells."""

ROLES: Mapping[str, Text] = {
    "cause": Text("原因", "cause"),
    "mistake": Text("差错", "mistake"),
    "remedy": Text("处理", "remedy"),
    "proof": Text("验证", "proof"),
}
"""What a step is in the course; the others lead up to what is seen, and look at it."""

SETUP = "setup"


@dataclass(frozen=True, slots=True)
class CourseLine:
    """One step.  `role`: a key of ROLES or "".  `target`: the anchor of its place in the diagram, "" where there is
    none.  `when`: empty where it is that of the line before."""

    at_us: int
    text: Text
    role: str
    seqs: range
    target: str = ""
    when: Text | None = None


@dataclass(frozen=True, slots=True)
class CourseCase:
    """A case: the lines that stand open, and those that are folded."""

    title: Text
    shown: tuple[CourseLine, ...]
    folded: tuple[CourseLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Course:
    """`cut`: how many lines were left out."""

    cases: tuple[CourseCase, ...]
    cut: int = 0


def course_of(events: Sequence[Event], targets: Mapping[int, str], every: bool = False) -> Course | None:
    """The course of a recording, None for one that tells no step.  `targets`: anchors of drawn events.

    `every`: also the steps for which the scenario has no words, in ours; else only those that go wrong.
    """
    cases = [(title, _with_places(lines, targets)) for title, lines in _cases(events, every)]
    count = sum(len(lines) for _, lines in cases)
    if not count:
        return None
    left, open_left = ROW_LINES_MAX, OPEN_LINES
    told: list[CourseCase] = []
    for title, lines in cases:
        kept = lines[:left]
        left -= len(kept)
        split = open_left if len(kept) >= open_left + FOLDED_LINES_MIN else len(kept)
        open_left = max(0, open_left - split)
        told.append(CourseCase(title, tuple(kept[:split]), tuple(kept[split:])))
    return Course(tuple(told), max(0, count - ROW_LINES_MAX))


def _cases(events: Sequence[Event], every: bool) -> Iterator[tuple[Text, list[CourseLine]]]:
    """The steps of each case; what set the world up before the first one belongs to none."""
    marks = [event for event in events if event.kind in ("case", "step")]
    ends = [event.seq for event in marks[1:]] + ([events[-1].seq + 1] if marks else [])
    causes = {event.seq: event for event in events if event.kind == "cause"}
    title: Text | None = None
    lines: list[CourseLine] = []
    for event, end in zip(marks, ends, strict=True):
        if event.kind == "case":
            if title is not None:
                yield title, lines
            title, lines = of_json(event.data.get("title")) or same(str(event.data.get("name") or "-")), []
        elif event.data.get("part") != SETUP:
            role = _role(event)
            seqs = range(event.seq, end)
            text = of_json(event.data.get("note"))
            if text is None and (every or role in ("cause", "mistake")):
                cause = next((causes[seq].data for seq in seqs if seq in causes), None)
                text = words_for(event.data, cause)
            if text is not None:
                lines.append(CourseLine(event.t_us, text, role, seqs))
    if title is not None:
        yield title, lines


def _role(event: Event) -> str:
    data = event.data
    if data.get("mistake"):
        return "mistake"
    if data.get("do") == "cause":
        return "cause"
    return {"remedy": "remedy", "cured": "proof", "proof": "proof"}.get(str(data.get("part") or ""), "")


def _with_places(lines: Sequence[CourseLine], targets: Mapping[int, str]) -> list[CourseLine]:
    placed: list[CourseLine] = []
    last: Text | None = None
    for line in lines:
        when = words.moment(line.at_us)
        target = next((targets[seq] for seq in line.seqs if seq in targets), "")
        placed.append(replace(line, target=target, when=None if when == last else when))
        last = when
    return placed
