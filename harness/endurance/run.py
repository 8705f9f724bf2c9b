"""One run from its folder: the stand or the port, the session, and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ..bench.fleet import USUAL_REGISTER, RegisterSpec
from ..bench.register import Cable, open_register
from ..clock import RealClock, sleep_s
from ..stores.journal import Journal
from .course import Course, Done, course_of
from .figures import Figures, figures_of
from .page import Books
from .plan import Plan
from .session import Session, Surroundings
from .stand import Stand
from .transcript import Transcript

RUN_NAME = "run"
"""The journal of a run, in its folder."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """`cable` None: a terminal and a host of the run's own, whose plug is pulled before every `unplug_every`-th sale
    and whose power is cut before every `restart_every`-th, 0 for never.  `card`: who is presented there; `chip`: by its
    chip."""

    plan: Plan
    name: str
    folder: Path
    cable: Cable | None = None
    spoken: RegisterSpec = USUAL_REGISTER
    unplug_every: int = 0
    restart_every: int = 0
    card: str = "debit"
    chip: bool = False
    patience_s: float = 600.0


@dataclass(frozen=True, slots=True)
class Ran:
    """`whole`: the plan was done; else too much went wrong in a row."""

    course: Course
    figures: list[Figures]
    books: Books | None
    whole: bool


def course_in(folder: Path) -> Course:
    """How far the run in `folder` is; an empty course where there is none.  Raises StoreError."""
    if not (folder / RUN_NAME).exists():
        return Course()
    journal = Journal(folder / RUN_NAME)
    try:
        return course_of(journal.load())
    finally:
        journal.close()


def run(wanted: Wanted, told: Callable[[Course, Done], None]) -> Ran:
    """Work the plan off, or the rest of it.  Raises PosrigError when the port or the stand cannot be had."""
    passed_us = course_in(wanted.folder).worked_us
    with ExitStack() as stack:
        journal = Journal(wanted.folder / RUN_NAME)
        stack.callback(journal.close)
        stand: Stand | None = None
        cable = wanted.cable
        if cable is None:
            own = Stand(
                wanted.folder,
                wanted.spoken,
                wanted.plan.seed,
                wanted.card,
                chip=wanted.chip,
                passed_us=passed_us,
            )
            stand = stack.enter_context(own)
            cable = stand.cable
        clock, transcript = RealClock(), Transcript()
        register = stack.enter_context(open_register(cable, tap=transcript, clock=clock))
        around = Surroundings(
            now_us=clock.now_us,
            wait_s=sleep_s,
            told=told,
            before=lambda number: _disturbed(wanted, stand, number),
            transcript=transcript.lines,
            patience_s=wanted.patience_s,
        )
        before = {} if stand is None else stand.memory_octets()
        session = Session(register, journal, wanted.plan, wanted.name, around)
        whole = session.work()
        books = None if stand is None else _books(session, stand, before)
        return Ran(session.course, figures(session.course), books, whole)


def figures(course: Course) -> list[Figures]:
    """Of each operation that ran, in the order in which they first did."""
    ops = dict.fromkeys(one.op for one in course.done)
    return [found for op in ops if (found := figures_of(op, course.done)) is not None]


def _disturbed(wanted: Wanted, stand: Stand | None, number: int) -> list[str]:
    happened: list[str] = []
    if stand is not None and wanted.unplug_every and number % wanted.unplug_every == 0:
        stand.unplug()
        happened.append("unplugged")
    if stand is not None and wanted.restart_every and number % wanted.restart_every == 0:
        stand.restart()
        happened.append("restarted")
    return happened


def _books(session: Session, stand: Stand, before: dict[str, int]) -> Books:
    after = stand.memory_octets()
    memory = {name: (before[name], octets) for name, octets in after.items() if name in before}
    return Books(stand.verdicts(), session.course.booked_fen, stand.host_net_fen(), memory)
