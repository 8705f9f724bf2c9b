"""The transcript of a recording that is played: what was said and heard, beside what was recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from protocols.text import Text

from ..machine import Answer, Ask, Effect, Event, Record
from .differences import Difference
from .units import Unit

LINES_MAX = 100_000
"""Lines of a transcript; a peer that says more is cut off."""
NOBODY, CONNECTION = "nobody", "connection"
"""Kinds of lines that are about no octets."""

Verdict = Literal["said", "same", "natural", "different", "missing", "extra"]
"""`natural`: every difference is one that lies in the nature of a run."""
WRONG: frozenset[Verdict] = frozenset(("different", "missing", "extra"))

ONLY_PLAYS = Text("播放器不回答问题", "a player answers no questions")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the transcript.  `recorded`, `found`: the two units, None where there is none.

    `followed`: the answer was fitted to the live request.  `unchecked`: it was masked when it was recorded, or fitted,
    so that its MAC proves nothing.
    """

    t_us: int
    part: str
    out: bool
    verdict: Verdict
    kind: str
    recorded: Unit | None = None
    found: Unit | None = None
    differences: tuple[Difference, ...] = ()
    followed: bool = False
    unchecked: bool = False


class Playing(Protocol):
    """One side of a recording that is played: a machine with a transcript."""

    name: str
    lines: list[Line]
    over: bool

    @property
    def ok(self) -> bool: ...

    @property
    def deadline(self) -> int | None: ...

    def start(self, records: Sequence[Record], now: int) -> list[Effect]: ...

    def handle(self, event: Event, now: int) -> list[Effect]: ...


def as_recorded(playing: Playing) -> bool:
    """Everything was as recorded, apart from what lies in the nature of a run."""
    return playing.over and not any(line.verdict in WRONG for line in playing.lines)


def asked(event: Ask) -> Answer:
    """A player answers no questions."""
    return Answer(event.ticket, {"error": {"zh": ONLY_PLAYS.zh, "en": ONLY_PLAYS.en}}, False)
