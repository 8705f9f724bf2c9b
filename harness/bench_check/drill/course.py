"""The course of one lesson: what the merchant says, what the trainee does, what he answers, and what it is worth."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from harness.bench.base import BenchBroken
from harness.diagnosis.ladder import rungs
from harness.links.faults.uart import UartLine
from harness.links.plan import FaultPlan
from harness.scenarios.model import AnyStep, Cause, Register, Use
from harness.scenarios.steps import Stage
from harness.scenarios.worlds import first_variables
from harness.trace import Event
from protocols.text import Text

from ..asking import Asker
from ..conclusion import Conclusion
from ..model import ACTORS, Check, Question
from ..reader.words import filled
from ..settings import Settings
from . import words
from .acts import ACTS, PROOF_FEN, outcome_words
from .counter import Counter, waited_us
from .lesson import ROWS, Lesson, cause_words
from .score import Taken, passes, points_of

ACTS_MAX = 20
"""What a trainee may do before he has to answer; posrig's choice, twice what the longest lesson needs."""
CHOICES: Mapping[int, int] = {1: 4, 2: 5, 3: 6}
"""How many causes are offered, by level, where the lesson has so many."""
PREPARED = Text("课目 {name} 没能准备好", "lesson {name} could not be prepared")
PROOF_CARD = "stripe"
"""Another customer's than those of the lessons, whose PIN may have been tried too often by then."""
FIRST_RATE = "9600-8N1"


@dataclass(slots=True)
class Course:
    """One lesson as it goes on.  `say` is told each line that the trainee reads."""

    name: str
    lesson: Lesson
    level: int
    seed: int
    settings: Settings
    checks: Sequence[Check]
    asker: Asker
    say: Callable[[Text], None]
    counter: Counter
    stage: Stage
    began: int = 0
    """Events that lie before the lesson begins."""
    seconds: int = 0
    hints: int = 0
    acts: list[str] = field(default_factory=list)
    harmed: list[str] = field(default_factory=list)
    rate: str = FIRST_RATE
    """How the computer's end of the cable is set."""

    @property
    def events(self) -> list[Event]:
        """What has happened at the counter since the merchant called."""
        return list(self.counter.events()[self.began :])

    @property
    def serial(self) -> bool:
        """Whether the cable is a serial line whose ends are set."""
        steps = self.lesson.step
        links = [spec for step in steps if isinstance(step, Cause) and step.path == "register" for spec in step.link]
        return any(isinstance(one, UartLine) for one in FaultPlan.from_specs(links).faults)

    @property
    def in_box(self) -> bool:
        """Whether the terminal was never activated: then the merchant has the receipt of his application at hand."""
        state = self.counter.ask("terminal", "control", "status")["life_cycle"]
        return state in ("unboxed", "self_tested", "connected") and "application" in self.stage.variables

    @property
    def minutes(self) -> int:
        """By the virtual clock of the counter, begun ones whole."""
        return (self.seconds + 59) // 60

    def conclusion(self, found: Conclusion) -> None:
        """What the bench check makes of it, where the level shows it."""
        for cause in found.causes:
            phrase = words.CATALOGUE if cause.row else words.CAUSE
            self.say(filled(phrase, row=cause.row, title=cause.title, action=cause.action))


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a lesson, JSON: the same for the same seed, level and answers."""

    lesson: str
    number: int
    level: int
    seed: int
    points: Mapping[str, int]
    answers: Mapping[str, str]
    """What was chosen; "" nothing."""
    right: Mapping[str, bool]
    acts: Sequence[str]
    harmed: Sequence[str]
    hints: int
    minutes: int
    works_again: bool | None
    """Whether a sale succeeded after the remedy; None: it was not carried out."""

    @property
    def passed(self) -> bool:
        return passes(self.points["total"])


def take_lesson(
    name: str,
    lesson: Lesson,
    level: int,
    seed: int,
    settings: Settings,
    checks: Sequence[Check],
    asker: Asker,
    say: Callable[[Text], None],
) -> Result:
    """Take a trainee through one lesson.  Raises PosrigError where the terminal cannot be emulated, ScenarioError for
    answers that are none."""
    say(filled(words.LESSON, number=lesson.number, title=lesson.title.text, level=level, seed=seed))
    say(filled(words.SAYS, words=lesson.complaint.text))
    say(words.GOAL)
    before_us = sum(waited_us((Use(do="use", steps=one),)) for one in lesson.setup.use) + waited_us(lesson.step)
    with Counter(lesson.world, seed, before_us) as counter:
        stage = Stage(counter, first_variables(counter))
        course = Course(name, lesson, level, seed, settings, checks, asker, say, counter, stage)
        _prepare(course)
        _look_around(course)
        answers = _answers(course)
        points = _score(course, answers)
        works = _carry_out(course) if lesson.wrong else None
    right = {part: _is_right(lesson, part, said) for part, said in answers.items()}
    return Result(
        *(name, lesson.number, level, seed, points, answers, right),
        *(tuple(course.acts), tuple(course.harmed), course.hints, course.minutes, works),
    )


def _prepare(course: Course) -> None:
    """Bring the terminal where the lesson begins."""
    stage = course.stage
    for use in course.lesson.setup.use:
        stage.play((Use(do="use", steps=use),), "setup", "setup")
    course.began = len(course.counter.events())
    stage.play(course.lesson.step, course.name)
    if stage.failures:
        detail = "; ".join(str(failure) for failure in stage.failures)
        raise BenchBroken(PREPARED.format(name=course.name), detail)
    course.counter.loosen(course.lesson.loose_octets)


def _look_around(course: Course) -> None:
    """What the trainee does until he knows, or time is up."""
    for number in range(1, ACTS_MAX + 1):
        asked = words.WHAT_NEXT.format(minutes=course.minutes)
        said = course.asker.ask(Question(f"drill.{course.name}.act.{number}", asked, words.ACT_WORDS))
        act = said[0] if said else "answer"
        if act == "answer":
            return
        course.acts.append(act)
        course.seconds += ACTS[act].seconds
        course.say(filled(words.ACTED, minutes=course.minutes, what=words.ACT_WORDS[act]))
        ACTS[act].do(course)
        if act in course.lesson.harm:
            course.harmed.append(act)
    course.say(words.NO_MORE_ACTS)


def _answers(course: Course) -> dict[str, str]:
    """What the trainee says that it is, and what he would do."""
    return {part: _ask(course, part) for part in ("diagnosis", "actor", "action", "retry")}


def _ask(course: Course, part: str) -> str:
    asked = {
        "diagnosis": words.ASK_DIAGNOSIS,
        "actor": words.ASK_ACTOR,
        "action": words.ASK_ACTION,
        "retry": words.ASK_RETRY,
    }[part]
    said = course.asker.ask(Question(f"drill.{course.name}.{part}", asked, _choices(course, part)))
    return said[0] if said else ""


def _choices(course: Course, part: str) -> dict[str, Text]:
    """What is offered, in an order that the seed draws: the first is no better than the others."""
    lesson = course.lesson
    rng = random.Random(f"{course.seed}/{course.name}/{part}")
    if part == "retry":
        return dict(words.YES_NO)
    if part == "actor":
        known: dict[str, Text] = {str(actor): words_ for actor, words_ in ACTORS.items()}
    elif part == "diagnosis":
        wrong = list(lesson.likely)
        rng.shuffle(wrong)
        known = {one: cause_words(one) for one in (lesson.diagnosis, *wrong[: CHOICES[course.level] - 1])}
    else:
        known = {str(number): one.text for number, one in enumerate(lesson.action, 1)}
    names = list(known)
    rng.shuffle(names)
    return {one: known[one] for one in names}


def _right(lesson: Lesson, part: str) -> str:
    """The answer that is right."""
    return {
        "diagnosis": lesson.diagnosis,
        "actor": str(lesson.actor),
        "action": "1",
        "retry": "yes" if lesson.retry else "no",
    }[part]


def _is_right(lesson: Lesson, part: str, said: str) -> bool:
    return said == _right(lesson, part) or (part == "diagnosis" and said in lesson.also)


def _said(course: Course, part: str, choice: str) -> Text:
    if not choice:
        return words.UNSAID
    if part == "diagnosis":
        return cause_words(choice)
    return _choices(course, part)[choice]


def _score(course: Course, answers: Mapping[str, str]) -> dict[str, int]:
    """Tell what was right and why, and the points."""
    lesson = course.lesson
    for part, said in answers.items():
        wanted = _right(lesson, part)
        if _is_right(lesson, part, said):
            course.say(filled(words.RIGHT, words=_said(course, part, said)))
        else:
            course.say(filled(words.WRONG, said=_said(course, part, said), words=_said(course, part, wanted)))
    course.say(filled(words.EXPLAINED, words=lesson.explanation.text))
    if lesson.diagnosis in ROWS:
        row = ROWS[lesson.diagnosis]
        course.say(filled(words.CATALOGUE, row=row.row, title=row.title, action=row.action))
        for number in row.rungs:
            course.say(filled(words.LADDER, number=number, words=rungs()[number]))
    if lesson.never is not None:
        course.say(filled(words.NEVER, words=lesson.never.text))
    for act in dict.fromkeys(course.harmed):
        course.say(filled(words.HARM, why=lesson.harm[act].text))
    right = {part: _is_right(lesson, part, said) for part, said in answers.items()}
    harmed, hints = len(course.harmed), course.hints
    taken = Taken(**right, harmed=harmed, hints=hints, seconds=course.seconds, level=course.level)
    points = points_of(taken)
    _tell_points(course, points)
    return points


def _tell_points(course: Course, points: Mapping[str, int]) -> None:
    from .score import PARTS

    for part, what in words.SCORE_WORDS.items():
        if part in PARTS or points[part]:
            course.say(filled(words.POINTS, points=points[part], most=PARTS.get(part, 0), what=what))
    verdict = words.PASSED if passes(points["total"]) else words.NOT_PASSED
    course.say(filled(words.TOTAL, points=points["total"], minutes=course.minutes, verdict=verdict))


def _carry_out(course: Course) -> bool | None:
    """The remedy, where it is in anybody's hands here, and a sale that shows that the terminal works again."""
    lesson = course.lesson
    if not lesson.remedy:
        course.say(words.NOT_HERE)
        return None
    said = course.asker.ask(Question(f"drill.{course.name}.carry_out", words.ASK_CARRY_OUT, words.CARRY_OUT))
    if not said or said[0] != "yes":
        return None
    course.counter.loosen(None)
    course.counter.set_cable_in(True)
    told = len(course.stage.failures)
    for step in lesson.remedy:
        _one_step(course, step)
    sale = Register(do="register", op="sale", args={"amount_fen": PROOF_FEN}, card=PROOF_CARD)
    outcome = course.stage.answer_to(sale)
    works = outcome["status"] == "done" and len(course.stage.failures) == told
    course.say(words.WORKS if works else filled(words.WORKS_NOT, words=outcome_words(outcome)))
    return works


def _one_step(course: Course, step: AnyStep) -> None:
    if step.note is not None:
        course.say(filled(words.STEP_DONE, words=step.note.text))
    course.stage.play((step,), course.name, "remedy")
