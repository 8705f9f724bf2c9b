"""A lesson of the drill is data: one file of `fixtures/drills`, in both languages.

What is wrong is caused by the steps of scenarios; what the merchant says, what is right and what would do harm stands
beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Annotated

from pydantic import Field, model_validator

from harness.bench.fleet import TerminalSpec
from harness.bench.world import World
from harness.diagnosis.causes import CAUSES
from harness.fixtures import fixtures_dir, nearest
from harness.scenarios.load import read_strict
from harness.scenarios.model import AnyStep, Setup, Strict, Words
from harness.scenarios.worlds import world_of
from protocols.errors import ScenarioError
from protocols.text import Text

from ..model import Actor
from .words import ACT_WORDS, SPECIAL

HINTS_MAX = 3
CHOICES_MIN = 3
"""Fewer wrong answers than two would be a coin."""
NO_LESSON = Text("没有课目 {name}；最接近的是 {near}", "there is no lesson {name}; the nearest is {near}")
NO_LESSON_CURE = Text("可用：all、编号 1 至 {last}，或 {known}", "There are: all, the numbers 1 to {last}, and {known}")
CURE = Text("按所示行改正；写法见 docs/bench-drill.md", "Correct the line; docs/bench-drill.md tells how it is written")
NO_ROW = Text("没有这个原因：{name}", "there is no such cause: {name}")
NO_ACT = Text("没有这个动作：{name}", "there is no such act: {name}")


class Lesson(Strict):
    """One fault at one counter.

    `diagnosis`: a row of the catalogue, or one of `words.SPECIAL`; `also`: others that are as right; `likely`: wrong
    ones that look like it.  `action`: what to do next, the right one first.  `harm`: acts that must not be done while
    it is like this, and why.  `answers`: what a person at this counter tells the bench check, by the question's id.
    `loose_octets`: the plug falls out of the terminal when so many octets have come from the register.
    """

    number: Annotated[int, Field(ge=1, le=99)]
    title: Words
    """The complaint in a few words: it must not give away what is wrong."""
    complaint: Words
    diagnosis: str
    also: tuple[str, ...] = ()
    likely: Annotated[tuple[str, ...], Field(min_length=CHOICES_MIN)]
    actor: Actor
    retry: bool
    """Whether trying the same again, with nothing put right before, may help."""
    action: Annotated[tuple[Words, ...], Field(min_length=CHOICES_MIN)]
    hint: Annotated[tuple[Words, ...], Field(min_length=1, max_length=HINTS_MAX)]
    explanation: Words
    never: Words | None = None
    """What must not be done, in words."""
    harm: Mapping[str, Words] = Field(default_factory=dict)
    outside: Words | None = None
    """What casing, cables and socket look like, where that is something."""
    more: Words | None = None
    """What the merchant says when he is asked again."""
    answers: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    expected: Mapping[str, str | int] = Field(default_factory=dict)
    loose_octets: Annotated[int, Field(ge=1)] | None = None
    start_at: str = ""
    """A state of the life cycle in which the terminal is met, instead of what `setup.use` does."""
    setup: Setup = Setup(use=("ready",))
    step: tuple[AnyStep, ...] = ()
    remedy: tuple[AnyStep, ...] = ()
    """What the technician, or the merchant beside him, does about it; empty: it is in nobody's hands here."""

    @model_validator(mode="after")
    def _known(self) -> Lesson:
        for name in (self.diagnosis, *self.also, *self.likely):
            if name not in SPECIAL and name not in ROWS:
                raise ValueError(NO_ROW.format(name=name))
        for name in self.harm:
            if name not in ACT_WORDS:
                raise ValueError(NO_ACT.format(name=name))
        return self

    @property
    def world(self) -> World:
        """The bench that it needs."""
        world = world_of(self.setup)
        met = (TerminalSpec("terminal", start_at=self.start_at),) if self.start_at else ()
        return replace(world, terminals=(*world.terminals, *met))

    @property
    def wrong(self) -> bool:
        """Whether anything is wrong at all."""
        return self.diagnosis != "none"


ROWS = {cause.row: cause for cause in CAUSES}
"""The catalogue's causes by row."""


def cause_words(name: str) -> Text:
    """A cause in words: the catalogue's title, or that of one of `words.SPECIAL`."""
    return SPECIAL[name] if name in SPECIAL else ROWS[name].title


@cache
def lessons() -> dict[str, Lesson]:
    """All lessons by name, in the order of their numbers.  Raises ScenarioError with file, line and key."""
    paths = sorted((fixtures_dir() / "drills").glob("*.toml"))
    found = {path.stem: read_strict(path, Lesson, CURE) for path in paths}
    return dict(sorted(found.items(), key=lambda one: one[1].number))


def lesson_named(name: str) -> str:
    """The name of the lesson that is called by its name or its number.  Raises ScenarioError with the nearest."""
    for known, lesson in lessons().items():
        if name in (known, str(lesson.number), f"{lesson.number:02d}"):
            return known
    what = NO_LESSON.format(name=name, near=nearest(name, list(lessons())))
    last = max(lesson.number for lesson in lessons().values())
    raise ScenarioError(what, NO_LESSON_CURE.format(last=last, known=", ".join(lessons())))
