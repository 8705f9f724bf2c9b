"""Runs one scenario on one bench: cause, steps, what is seen, diagnosis, remedy, a real sale, and what must hold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from protocols.errors import ScenarioError
from protocols.text import Text

from ..bench.base import Bench
from ..cards import listed_pans
from ..clock import monotonic_ns
from ..diagnosis import Diagnosis, diagnose
from ..judges import Verdict, judge
from ..trace import Event, Trace
from . import model
from .order import WRONG_ORDER, Cell, cell_data, paths, play_cell, play_order, wrong_diagnosis
from .steps import AT, HANDLERS, Handler, Stage, joined
from .values import MISSING, filled
from .worlds import first_variables

Json = Any
OpenBench = Callable[[model.Setup, int], Bench]
"""Makes the bench that a scenario needs, for a seed."""

PROOF_FEN = 1_234
"""The amount of the sale that proves a remedy."""

ALL_HANDLERS: Mapping[type[model.Step], Handler] = {**HANDLERS, model.Order: play_order}

REMEDY, PROOF = Text("{name} 补救", "{name} remedy"), Text("{name} 验证", "{name} proof")
PROOF_NOTE = {"zh": "做一笔真实消费，证明已恢复", "en": "a real sale proves that it works again"}
CURED = Text("{name} 已补救", "{name} cured")
NO_FAULT = Text("无故障", "no fault")
BEFORE_REMEDY = Text("{name}，补救之前", "{name}, before the remedy")
AT_THE_END = Text("结束时", "at the end")
WRONG_DIAGNOSIS = Text(
    "诊断（{when}）：应为 {wanted}，实为 {named}", "diagnosis ({when}): expected {wanted}, found {named}"
)
NOT_ONCE = Text(
    "{name} 验证：流水号 {stan} 的消费在主机账上有 {count} 笔，应为 1 笔",
    "{name} proof: the sale with STAN {stan} is in the host's ledger {count} times, not once",
)


@dataclass(frozen=True, slots=True)
class RowResult:
    """How a scenario went.  `failures`: what was not as it must be.  `diagnosis`: the row that was named first."""

    id: str
    ok: bool
    diagnosis: str | None
    expected: str | None
    failures: tuple[Text, ...]
    verdicts: tuple[Verdict, ...]
    virtual_seconds: float
    wall_seconds: float
    trace: Trace = field(repr=False)
    not_judged: tuple[Text, ...] = ()
    """What nobody could look at: only a physical bench has such."""


@dataclass(frozen=True, slots=True)
class Omit:
    """What a run leaves out, to prove that a row does not pass without it; it ends where that shows."""

    causes: bool = False
    remedy: bool = False

    def proved(self, stage: Stage) -> bool:
        """Something was left out, and was missed."""
        return (self.causes or self.remedy) and bool(stage.failures)


def run_scenario(
    scenario: model.Scenario,
    open_bench: OpenBench,
    seed: int = 0,
    told: Callable[[model.Step | None, str], None] = lambda step, what: None,
    omit: Omit = Omit(),
    kind: type[Stage] = Stage,
) -> RowResult:
    """Run `scenario` from an empty world.  The bench is closed whatever happens; BenchBroken passes through.  `kind`:
    the stage, where a bench needs one of its own."""
    began_ns = monotonic_ns()
    stage = begun(scenario, open_bench, seed, told, omit, kind=kind)
    bench = stage.bench
    try:
        for case in scenario.case:
            play_case(stage, scenario, case)
            if not case.harmless:
                found = diagnose(bench.events())
                _compare(stage, scenario, found, BEFORE_REMEDY.format(name=case.name))
            if omit.proved(stage):
                break
            if not omit.remedy:
                stage.play(case.remedy, REMEDY.format(name=case.name), "remedy")
            stage.play(case.cured, CURED.format(name=case.name), "cured")
            _prove(stage, case)
            if omit.proved(stage):
                break
        bench.snapshot()
        shown = omit.proved(stage)
        verdicts = () if shown else _judge(stage, listed_pans(), scenario.breaks)
        found = diagnose(() if shown else bench.events())
        _compare(stage, scenario, found, AT_THE_END)
    finally:
        virtual_seconds = (bench.now_us - stage.began_us) / 1_000_000
        trace = bench.finish()
    expected = found.first if found.first in scenario.also else scenario.diagnosis
    return _result(scenario.id, expected, stage, found, verdicts, virtual_seconds, began_ns, trace)


def begun(
    scenario: model.Scenario,
    open_bench: OpenBench,
    seed: int = 0,
    told: Callable[[model.Step | None, str], None] = lambda step, what: None,
    omit: Omit = Omit(),
    noise: tuple[str, ...] = (),
    kind: type[Stage] = Stage,
) -> Stage:
    """A new bench, as the scenario's setup leaves it; whoever called closes it.

    `noise`: harmless link faults (`vary.noise`) from the beginning.
    """
    bench = open_bench(scenario.setup, seed)
    try:
        stage = kind(
            bench,
            first_variables(bench),
            without_causes=omit.causes,
            told=told,
            noise=noise,
            open_other=lambda: open_bench(scenario.setup, seed),
            handlers=ALL_HANDLERS,
        )
        stage.set_line("host", ())
        for name in scenario.setup.use:
            stage.play((model.Use(do="use", steps=name),), "setup", "setup")
    except BaseException:
        bench.finish()
        raise
    return stage


def play_case(stage: Stage, scenario: model.Scenario, case: model.Case) -> None:
    """The steps of a case up to its remedy."""
    stage.case_began = len(stage.bench.events())
    stage.bench.note("case", {"row": scenario.id, "name": case.name, "title": case.title.model_dump()})
    stage.play(case.step, case.name)


def run_pair(
    scenario: model.Scenario,
    table: str,
    cell: Cell,
    open_bench: OpenBench,
    seed: int = 0,
    told: Callable[[model.Step | None, str], None] = lambda step, what: None,
) -> RowResult:
    """Play one cell of the row's table of orders alone, so that the trace shows what the table's run only sums up.

    With the gate off the terminal does what no
    terminal may, so that what the judges say is shown and not counted.
    """
    began_ns = monotonic_ns()
    bench = open_bench(scenario.setup, seed)
    stage = Stage(bench, first_variables(bench), told=told, handlers=ALL_HANDLERS)
    try:
        for name in scenario.setup.use:
            stage.play((model.Use(do="use", steps=name),), "setup", "setup")
        title = {"zh": cell.name, "en": cell.name}
        pair = {"ops": " ".join(cell.ops), "gate": cell.gate}
        bench.note("case", {"row": scenario.id, "name": cell.name, "title": title, "pair": pair})
        told(None, cell.name)
        what_was_found, problems = play_cell(stage, cell, paths(table))
        stage.failures += [Text(f"{cell.name}：{p.zh}", f"{cell.name}: {p.en}") for p in problems]
        bench.note("pair", cell_data(table, cell, what_was_found, problems))
        bench.snapshot()
        so_far = list(stage.failures)
        verdicts = _judge(stage, listed_pans())
        stage.failures = stage.failures if cell.gate else so_far
        found = diagnose(bench.events())
        problems = wrong_diagnosis(found, cell, paths(table))
        stage.failures += problems
        expected = found.first if not problems else None if cell.legal else WRONG_ORDER
    finally:
        virtual_seconds = bench.now_us / 1_000_000
        trace = bench.finish()
    return _result(scenario.id, expected, stage, found, verdicts, virtual_seconds, began_ns, trace)


def _result(
    row: str,
    expected: str | None,
    stage: Stage,
    found: Diagnosis,
    verdicts: tuple[Verdict, ...],
    virtual_seconds: float,
    began_ns: int,
    trace: Trace,
) -> RowResult:
    return RowResult(
        id=row,
        ok=not stage.failures,
        diagnosis=found.first,
        expected=expected,
        failures=tuple(stage.failures),
        verdicts=verdicts,
        virtual_seconds=virtual_seconds,
        wall_seconds=(monotonic_ns() - began_ns) / 1e9,
        trace=trace,
        not_judged=tuple(stage.not_judged),
    )


def _compare(stage: Stage, scenario: model.Scenario, found: Diagnosis, when: Text) -> None:
    if scenario.also:
        wanted: tuple[str, ...] = (*filter(None, [scenario.diagnosis]), *scenario.also)
        if not set(wanted) <= set(found.named):
            values = {"when": when, "wanted": " + ".join(wanted), "named": " + ".join(found.named) or NO_FAULT}
            stage.failures.append(joined(WRONG_DIAGNOSIS, **values))
    elif found.first != scenario.diagnosis and not (stage.ties and scenario.diagnosis in found.group):
        values = {"when": when, "wanted": scenario.diagnosis or NO_FAULT, "named": found.first or NO_FAULT}
        stage.failures.append(joined(WRONG_DIAGNOSIS, **values))


def _prove(stage: Stage, case: model.Case) -> None:
    """A real sale is done where the case says, and the ledgers hold it once, in its account."""
    where, args = case.prove, {"amount_fen": PROOF_FEN}
    try:
        mid = filled(where.account, stage.variables)
    except ScenarioError as error:  # the remedy that saves it did not come to it
        stage.failures.append(error.what)
        return
    more: dict[str, Json] = {
        "card": "debit",
        "save": {"proof_stan": "stan", "proof_batch": "batch"},
        "expect": {"status": "done"},
        "note": PROOF_NOTE,
        "args": args | ({"account": where.account} if where.account else {}),
    }
    step: model.AnyStep = model.Register(do="register", op="sale", **more)
    if where.terminal != "terminal":
        step = model.Operate(do="operate", op="sale", terminal=(where.terminal,), **more)
    stage.play((step,), PROOF.format(name=case.name), "proof")
    place = {"stan": stage.variables.get("proof_stan"), "batch": stage.variables.get("proof_batch")}
    if place["batch"] is None:  # not every register is told it
        del place["batch"]
    sides = stage.bench.snapshot()
    own = sides.get(where.terminal, {})
    books = next((one for one in (own, *own.get("accounts", ())) if one.get("mid") == mid), own)
    place |= {"net_fen": PROOF_FEN, "tid": books.get("tid"), "mid": books.get("mid")}
    if stage.ties:  # what nobody could see of the terminal does not count
        place = {key: value for key, value in place.items() if value not in (None, MISSING)}
    postings = [posting for side in sides.values() for posting in side.get("postings", ())]
    booked = [posting for posting in postings if place.items() <= posting.items()]
    if len(booked) != 1:
        stage.failures.append(NOT_ONCE.format(name=case.name, stan=place.get("stan"), count=len(booked)))


def _only_in_steps(events: Sequence[Event], verdict: Verdict) -> bool:
    """All that speaks for the verdict happened in the steps of a case: not in the setup, nor once it was cured."""
    part, evidence = "setup", set(verdict.events)
    for event in events:
        part = str(event.data["part"]) if event.kind == "step" else part
        if event.seq in evidence and part != "step":
            return False
    return True


def _judge(stage: Stage, pans: Collection[str], broken: Collection[str] = ()) -> tuple[Verdict, ...]:
    verdicts = tuple(judge(stage.bench.events(), pans))
    for verdict in verdicts:
        stage.bench.note("verdict", verdict.json())
        meant = verdict.judge in broken and _only_in_steps(stage.bench.events(), verdict)
        if verdict.ok is False and not meant:
            stage.failures.append(joined(AT, place=verdict.name, what=verdict.what))
    return verdicts
