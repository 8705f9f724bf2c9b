"""The provider's teams and who waits for them: review, dispatch, activation.

A team takes up so many a day, first come, first served; whoever asks to be expedited goes into the priority lane,
which is served first but starves nobody (`books.teams`).  Without a limit nobody waits, and nothing is written down.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.machine import DAY_US
from protocols.text import Text

from ..asks import Refused, bad_argument
from ..books.teams import Job, Queue
from ..hold_kinds import HOLD_KINDS
from ..state import State
from ..turn import Turn

AHEAD_MAX = 1_000
"""Other merchants that wait, at most; the application of one here waits once for each team."""
PER_DAY_MAX = 86_400
DISPATCH = "dispatch"
"""The name of a queue, and of what a hold stops when nothing may be sent out to the merchant."""


def enter(turn: Turn, name: str, application: str) -> bool:
    """Whether the application has to wait for this team, where it stands from now on."""
    queue = turn.state.teams.queues.get(name)
    per_day = turn.settings.teams[name].per_day
    if queue is None and per_day:
        turn.record("team_pace", queue=name, pace_us=DAY_US // per_day, at_us=turn.now - DAY_US // per_day)
        queue = turn.state.teams.queues[name]
    blocked = _is_blocked(turn.state, name, application)
    if not blocked and (queue is None or (not queue.pace_us and not queue.waiting)):
        return False
    job = _add(turn, name, application)
    queue = turn.state.teams.queues[name]
    if blocked or _head(turn.state, name, queue) is not job or queue.taken_us + queue.pace_us > turn.now:
        return True
    _take(turn, name, job, turn.now)
    return False


def _add(turn: Turn, name: str, subject: str) -> Job:
    number = turn.state.teams.last + 1
    turn.record("job_queued", queue=name, number=number, subject=subject, since_us=turn.now)
    if subject:
        turn.changed("queue", subject, "", name, "queued")
    return turn.state.teams.queues[name].normal[-1]


def _take(turn: Turn, name: str, job: Job, at_us: int) -> None:
    turn.record("job_taken", queue=name, number=job.number, at_us=at_us)
    if job.subject:
        turn.changed("queue", job.subject, name, "", "taken")


def take_due(turn: Turn, name: str) -> Iterator[tuple[str, int]]:
    """Take up all whose turn has come: application number ("" for other merchants) and when that was."""
    while True:
        queue = turn.state.teams.queues.get(name)
        head = _head(turn.state, name, queue) if queue else None
        if queue is None or head is None or (due := max(queue.taken_us + queue.pace_us, head.since_us)) > turn.now:
            return
        _take(turn, name, head, due)
        yield head.subject, due


def next_due_us(state: State) -> int | None:
    """When the next one is taken up, by any team."""
    due = []
    for name, queue in state.teams.queues.items():
        head = _head(state, name, queue)
        if head is not None:
            due.append(max(queue.taken_us + queue.pace_us, head.since_us))
    return min(due, default=None)


def _head(state: State, name: str, queue: Queue) -> Job | None:
    return next(iter(queue.order(_blocked(state, name, queue))), None)


def _blocked(state: State, name: str, queue: Queue) -> frozenset[str]:
    if name != DISPATCH:
        return frozenset()
    return frozenset(job.subject for job in queue.waiting if _is_blocked(state, name, job.subject))


def _is_blocked(state: State, name: str, application: str) -> bool:
    """Nothing is sent out to a merchant with a hold that stops the dispatch (a deposit that is not paid)."""
    if name != DISPATCH or not application:
        return False
    mid = state.applications[application].mid
    cases = state.holds.active.get(f"merchant:{mid}", ())
    return any(DISPATCH in HOLD_KINDS[state.holds.all[case].kind].blocks for case in cases)


def waits(turn: Turn, name: str, application: str) -> bool:
    """Whether the application waits for this team."""
    queue = turn.state.teams.queues.get(name)
    return queue is not None and queue.find(application) is not None


def place(turn: Turn, application: str) -> dict[str, Any] | None:
    """Where an application waits, as the portal shows it; None where it waits for nobody.

    `position` 1 is the next one; `ahead_late`: so many of those ahead wait longer than was promised; `overtaken`: so
    many that came later were taken up before; `expected_us` as the outside counts it, None while the merchant is on
    hold.
    """
    for name, queue in turn.state.teams.queues.items():
        job = queue.find(application)
        if job is None:
            continue
        order = queue.order(_blocked(turn.state, name, queue))
        at = order.index(job) if job in order else None
        ahead = order[:at] if at is not None else []
        promised = turn.settings.teams[name].promised_us
        next_us = max(queue.taken_us + queue.pace_us, turn.now)
        return {
            "team": name,
            "lane": "priority" if job in queue.priority else "normal",
            "position": None if at is None else at + 1,
            "ahead": len(ahead),
            "ahead_late": sum(turn.now > other.since_us + promised for other in ahead),
            "overtaken": job.overtaken,
            "late": turn.now > job.since_us + promised,
            "expected_us": None if at is None else turn.told(next_us + at * queue.pace_us),
        }
    return None


def expedite(turn: Turn, application: str) -> None:
    """Into the priority lane.  Raises Refused where the application waits for nobody; twice is once."""
    for name, queue in turn.state.teams.queues.items():
        job = queue.find(application)
        if job is not None:
            if job in queue.normal:
                turn.record("job_expedited", queue=name, number=job.number)
                turn.changed("queue", application, f"{name} normal", f"{name} priority", "expedite")
            return
    raise Refused("not_queued", Text("该申请不在任何队列中", "the application waits in no queue"))


def drop(turn: Turn, application: str) -> None:
    """The application waits for nobody any more."""
    for name, queue in turn.state.teams.queues.items():
        job = queue.find(application)
        if job is not None:
            turn.record("job_dropped", queue=name, number=job.number)


def begin_backlog(turn: Turn, settings: dict[str, Any]) -> None:
    """The behaviour `backlog`: a team slows down to `per_day`, with `ahead` other merchants in front.  Raises
    Refused."""
    name, per_day, ahead = settings["queue"], settings.get("per_day", 1), settings.get("ahead", 0)
    if name not in turn.settings.teams:
        known = ", ".join(turn.settings.teams)
        raise bad_argument("queue", f"可用: {known}", f"known queues: {known}")
    others = sum(not job.subject for queue in turn.state.teams.queues.values() for job in queue.waiting)
    if not 1 <= per_day <= PER_DAY_MAX or others + ahead > AHEAD_MAX:
        text = f"per_day 1..{PER_DAY_MAX}, ahead 0..{AHEAD_MAX}"
        raise bad_argument("per_day", f"超出范围: {text}", f"out of range: {text}")
    before = turn.state.behaviours.get("backlog")
    if before is not None:
        end_backlog(turn, before.settings)
    turn.record("team_pace", queue=name, pace_us=DAY_US // per_day, at_us=turn.now)
    for _ in range(ahead):
        _add(turn, name, "")


def end_backlog(turn: Turn, settings: dict[str, Any]) -> None:
    """The team works at its own pace again: without a limit, all that wait are taken up at once, in their order."""
    per_day = turn.settings.teams[settings["queue"]].per_day
    pace_us = DAY_US // per_day if per_day else 0
    turn.record("team_pace", queue=settings["queue"], pace_us=pace_us, at_us=turn.now - pace_us)
