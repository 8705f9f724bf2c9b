"""Runs one scenario on one bench: cause, steps, what is seen, diagnosis, remedy, a real sale, and what must hold."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from ..bench.base import Bench
from ..cards import listed_pans
from ..clock import monotonic_ns
from ..diagnosis import Diagnosis, diagnose
from ..judges import Verdict, judge
from ..trace import Trace
from . import model
from .steps import Stage

Json = Any
OpenBench = Callable[[model.Setup, int], Bench]
"""Makes the bench that a scenario needs, for a seed."""

PROOF_FEN = 1_234
"""The amount of the sale that proves a remedy."""


@dataclass(frozen=True, slots=True)
class RowResult:
    """How a scenario went.  `failures`: what was not as it must be.  `diagnosis`: the row that was named first."""

    id: str
    ok: bool
    diagnosis: str | None
    expected: str | None
    failures: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    virtual_seconds: float
    wall_seconds: float
    trace: Trace = field(repr=False)


@dataclass(frozen=True, slots=True)
class Omit:
    """What a run leaves out, to prove that a row does not pass without it."""

    causes: bool = False
    remedy: bool = False


def run_scenario(
    scenario: model.Scenario,
    open_bench: OpenBench,
    seed: int = 0,
    told: Callable[[model.Step | None, str], None] = lambda step, what: None,
    omit: Omit = Omit(),
) -> RowResult:
    """Run `scenario` from an empty world.  The bench is closed whatever happens; BenchBroken passes through."""
    began_ns = monotonic_ns()
    bench = open_bench(scenario.setup, seed)
    stage = Stage(
        bench,
        {"sn": bench.ask("terminal", "control", "status")["sn"]},
        omit.causes,
        told,
        lambda: open_bench(scenario.setup, seed),
    )
    found: Diagnosis | None = None
    try:
        for name in scenario.setup.use:
            stage.play((model.Use(do="use", steps=name),), "setup")
        for case in scenario.case:
            stage.case_began = len(bench.events())
            bench.note("case", {"row": scenario.id, "name": case.name, "title": case.title.model_dump()})
            stage.play(case.step, case.name)
            found = diagnose(bench.events())
            _compare(stage, scenario, found, f"{case.name}, before the remedy")
            if not omit.remedy:
                stage.play(case.remedy, f"{case.name} remedy")
            _prove(stage, case.name)
        bench.snapshot()
        verdicts = _judge(stage, listed_pans())
        found = diagnose(bench.events())
        _compare(stage, scenario, found, "at the end")
    finally:
        virtual_seconds = bench.now_us / 1_000_000
        trace = bench.finish()
    return RowResult(
        id=scenario.id,
        ok=not stage.failures,
        diagnosis=found.first,
        expected=scenario.diagnosis,
        failures=tuple(stage.failures),
        verdicts=verdicts,
        virtual_seconds=virtual_seconds,
        wall_seconds=(monotonic_ns() - began_ns) / 1e9,
        trace=trace,
    )


def _compare(stage: Stage, scenario: model.Scenario, found: Diagnosis, when: str) -> None:
    if found.first != scenario.diagnosis:
        wanted, named = scenario.diagnosis or "no fault", found.first or "no fault"
        stage.failures.append(f"diagnosis {when}: expected {wanted}, found {named}")


def _prove(stage: Stage, case: str) -> None:
    """A real sale is done, and the host's ledger holds it once."""
    steps = (
        model.Register(
            do="register",
            op="sale",
            args={"amount_fen": PROOF_FEN},
            card="debit",
            save={"proof_stan": "stan", "proof_batch": "batch"},
            expect={"status": "done"},
        ),
    )
    stage.play(steps, f"{case} proof")
    stan, batch = stage.variables.get("proof_stan"), stage.variables.get("proof_batch")
    host = stage.bench.snapshot()["host"]
    booked = [p for p in host["postings"] if p["stan"] == stan and p["batch"] == batch and p["net_fen"] == PROOF_FEN]
    if len(booked) != 1:
        stage.failures.append(f"{case} proof: the sale with STAN {stan} is in the ledger {len(booked)} times")


def _judge(stage: Stage, pans: Collection[str]) -> tuple[Verdict, ...]:
    verdicts = tuple(judge(stage.bench.events(), pans))
    for verdict in verdicts:
        stage.bench.note("verdict", verdict.json())
        if verdict.ok is False:
            stage.failures.append(f"{verdict.judge}: {verdict.what.en}")
    return verdicts
