"""The book of queues: who waits for which team of the provider (see `acquirer.teams`)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

PRIORITY_RUN_MAX = 3
"""So many of the priority lane in a row, then one of the others: the lane may be quick, but starves nobody.

posrig's choice.
"""


@dataclass
class Job:
    """One that waits.  `subject`: an application number, "" for one of the other merchants of the provider.

    `overtaken`: how many that came later were taken before it.
    """

    number: int
    subject: str
    since_us: int
    overtaken: int = 0


@dataclass
class Queue:
    """One team's: two lanes, each first in, first out.

    `pace_us`: one is taken in every such time, 0: at once.  `taken_us`: when the last one was, or when the pace began.
    `run`: so many of the priority lane were taken in a row.
    """

    pace_us: int = 0
    taken_us: int = 0
    run: int = 0
    normal: list[Job] = field(default_factory=list)
    priority: list[Job] = field(default_factory=list)

    @property
    def waiting(self) -> list[Job]:
        """All, in no order of turn."""
        return [*self.priority, *self.normal]

    def find(self, subject: str) -> Job | None:
        """The job of `subject` that waits here."""
        return next((job for job in self.waiting if subject and job.subject == subject), None)

    def order(self, blocked: Collection[str] = ()) -> list[Job]:
        """Those that wait in the order of their turn, without the `blocked` subjects."""
        lanes = [[job for job in lane if job.subject not in blocked] for lane in (self.priority, self.normal)]
        lanes = [lane[::-1] for lane in lanes]
        found, run = [], self.run
        while lanes[0] or lanes[1]:
            prior = bool(lanes[0]) and (run < PRIORITY_RUN_MAX or not lanes[1])
            run = run + 1 if prior else 0
            found.append(lanes[0 if prior else 1].pop())
        return found


@dataclass
class TeamBook:
    """All queues by name.  `last`: number of the newest job."""

    queues: dict[str, Queue] = field(default_factory=dict)
    last: int = 0


def _queued(book: TeamBook, data: dict[str, Any]) -> None:
    queue = book.queues.setdefault(data.pop("queue"), Queue())
    queue.normal.append(Job(**data))
    book.last = data["number"]


def _expedited(book: TeamBook, data: dict[str, Any]) -> None:
    queue = book.queues[data["queue"]]
    job = next(job for job in queue.normal if job.number == data["number"])
    queue.normal.remove(job)
    queue.priority.append(job)


def _taken(book: TeamBook, data: dict[str, Any]) -> None:
    queue = book.queues[data["queue"]]
    job = next(job for job in queue.waiting if job.number == data["number"])
    queue.run = queue.run + 1 if job in queue.priority else 0
    queue.taken_us = data["at_us"]
    _remove(queue, job)
    for other in queue.waiting:
        other.overtaken += other.number < job.number


def _dropped(book: TeamBook, data: dict[str, Any]) -> None:
    queue = book.queues[data["queue"]]
    _remove(queue, next(job for job in queue.waiting if job.number == data["number"]))


def _remove(queue: Queue, job: Job) -> None:
    (queue.priority if job in queue.priority else queue.normal).remove(job)


def _pace(book: TeamBook, data: dict[str, Any]) -> None:
    queue = book.queues.setdefault(data["queue"], Queue())
    queue.pace_us, queue.taken_us = data["pace_us"], data["at_us"]


FOLD: Mapping[str, Callable[[TeamBook, dict[str, Any]], None]] = {
    "job_queued": _queued,
    "job_expedited": _expedited,
    "job_taken": _taken,
    "job_dropped": _dropped,
    "team_pace": _pace,
}
