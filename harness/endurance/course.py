"""How far a run is: the fold of its records, which outlive the program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..machine import Json, Record
from .plan import Plan, plan_from


@dataclass(frozen=True, slots=True)
class Done:
    """One operation that has ended: `number` of the sale that it belongs to, `at_us` since the run began, how long it
    `took_us`, and what its Outcome said.  `learned`: its own answer was lost, and the outcome was asked for."""

    number: int
    op: str
    at_us: int
    took_us: int
    status: str
    cause: str | None
    amount_fen: int
    stan: str
    learned: bool = False

    @property
    def good(self) -> bool:
        """It did what it was asked for."""
        return self.status == "done"


@dataclass(frozen=True, slots=True)
class Incident:
    """What came in between: `port_gone`, `port_back`, `restart`, `resumed`, `unplugged`, `sign_in`, `settle`."""

    what: str
    at_us: int
    detail: str = ""


@dataclass(slots=True)
class Course:
    """`run`: a name that no other run has, the beginning of its order numbers.  `begun`: the operation under way."""

    run: str = ""
    plan: Plan | None = None
    done: list[Done] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    begun: Mapping[str, Json] | None = None
    worked_us: int = 0
    """The time of earlier parts of the run."""
    sales: int = 0
    """The number of the last sale that has ended; the next one has one more."""
    last_sale: Done | None = None
    booked_fen: int = 0
    """What the register has sold, less what was voided, as far as it knows."""
    failure: Mapping[str, Json] | None = None
    """The first operation that went wrong, with its transcript."""

    def apply(self, record: Record) -> None:
        """Fold one record."""
        match record["kind"]:
            case "plan":
                self.plan, self.run = plan_from(record), record["run"]
            case "begin":
                self.begun = record
            case "end":
                self.begun = None
                self._ended(Done(**{name: record[name] for name in Done.__slots__}))
            case "incident":
                self.incidents.append(Incident(record["what"], record["at_us"], record["detail"]))
                self.worked_us = max(self.worked_us, record["at_us"])
            case "failure":
                self.failure = record

    def _ended(self, one: Done) -> None:
        self.done.append(one)
        self.worked_us = max(self.worked_us, one.at_us + one.took_us)
        if one.op == "sale":
            self.sales, self.last_sale = max(self.sales, one.number), one
        if one.good:
            self.booked_fen += -one.amount_fen if one.op == "void" else one.amount_fen


def course_of(records: Iterable[Record]) -> Course:
    """The course that `records` tell."""
    course = Course()
    for record in records:
        course.apply(record)
    return course
