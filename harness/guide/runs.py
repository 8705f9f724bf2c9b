"""What really happened when each scenario ran, cut into its cases, and each case into what failed and its remedy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from protocols.errors import PosrigError
from protocols.text import Text

from ..console.jobs import default_jobs, run_rows
from ..console.opening import DEFAULT_SEED
from ..console.rows import Done, Row, rows_named, run_row
from ..fixtures import fixtures_dir
from ..scenarios.load import LIFE
from ..scenarios.model import Case, Scenario
from ..trace import Event, Trace

NOT_RUN = Text("场景 {name} 没有按其所述运行：{why}", "The scenario {name} did not run as it says: {why}")
NOT_RUN_CURE = Text(
    "指南只写真正发生的事；先用 posrig run {name} 查明原因",
    "The guide tells only what really happens; find out why first: posrig run {name}",
)
BROKE_OFF = Text("运行中断", "it broke off")
REMEDIES = ("remedy", "cured", "proof")


@dataclass(frozen=True, slots=True)
class CaseRun:
    """One case as it ran: where in the recording it begins and ends, and what lies between.

    `failing`: from what went wrong to the first step of the remedy.
    """

    case: Case
    whole: slice
    failing: slice


@dataclass(frozen=True, slots=True)
class RowRun:
    """One scenario as it ran.  `name`: its id, or the path of its file; `source`: the file as it is written."""

    name: str
    source: str
    scenario: Scenario
    trace: Trace
    cases: tuple[CaseRun, ...]

    @property
    def id(self) -> str:
        return self.scenario.id

    @property
    def failing(self) -> Iterator[Event]:
        """What happened between cause and remedy, of all cases that do harm."""
        for run in self.cases:
            if not run.case.harmless:
                yield from self.trace.events[run.failing]


@dataclass(frozen=True, slots=True)
class Runs:
    """`life`: the healthy life, with which the rows are compared."""

    life: RowRun
    rows: tuple[RowRun, ...]

    @property
    def all(self) -> tuple[RowRun, ...]:
        return (self.life, *self.rows)


def run_all(ids: Sequence[str] = (), jobs: int | None = None) -> Runs:
    """Run the healthy life and the scenarios `ids`, which may name files of anybody's; every shipped one for none.

    Raises ScenarioError for an id that does not exist, and PosrigError when a row is not as it must be: nothing is told
    of what does not happen.
    """
    rows = rows_named([LIFE, *ids] if ids else ())
    life, *others = (_ran(row, _trace_of(done)) for row, done in _done(rows, jobs or default_jobs()))
    return Runs(life, tuple(others))


def _done(rows: Sequence[Row], jobs: int) -> Iterator[tuple[Row, Done]]:
    if jobs > 1:
        yield from ((row, done) for row, _, done in run_rows(rows, "simulated", DEFAULT_SEED, jobs))
    else:
        for row in rows:
            yield row, run_row(row, "simulated", DEFAULT_SEED, lambda step, place, at_us: None)


def _trace_of(done: Done) -> Trace:
    if done.ok and done.result is not None:
        return done.result.trace
    name = done.row.name
    failures = (done.error, *(done.result.failures if done.result else ()))
    why = next((failure for failure in failures if failure), BROKE_OFF)
    what = Text(NOT_RUN.zh.format(name=name, why=why.zh), NOT_RUN.en.format(name=name, why=why.en))
    raise PosrigError(what, NOT_RUN_CURE.format(name=name))


def _ran(row: Row, trace: Trace) -> RowRun:
    shipped = fixtures_dir() / "scenarios" / f"{row.name}.toml"
    source = (shipped if row.name == row.scenario.id else Path(row.name)).read_text(encoding="utf-8")
    return RowRun(row.name, source, row.scenario, trace, tuple(_cases(row.scenario, trace.events)))


def _cases(scenario: Scenario, events: Sequence[Event]) -> Iterator[CaseRun]:
    starts = [number for number, event in enumerate(events) if event.kind == "case"]
    for case, start, end in zip(scenario.case, starts, [*starts[1:], len(events)], strict=False):
        steps = [(n, events[n].data) for n in range(start, end) if events[n].kind == "step"]
        wrong = (n for n, data in steps if data.get("mistake") or data.get("do") == "cause")
        cured = next((n for n, data in steps if data.get("part") in REMEDIES), end)
        yield CaseRun(case, slice(start, end), slice(min(next(wrong, start), cured), cured))
