"""Rows of one `posrig run`: which they are, how each went, and what is written about them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from protocols.errors import LocalError, PosrigError, ScenarioError
from protocols.text import Text

from ..scenarios.load import LIFE, load_scenario, read_scenario, scenario_ids
from .failing import BROKEN, NOT_AS_IT_MUST_BE, OK, status_of
from .opening import BENCHES, opener

if TYPE_CHECKING:
    from ..bench.base import Bench
    from ..reports.model import RowReport, RunReport
    from ..scenarios.model import CardPlace, Scenario, Setup, Step
    from ..scenarios.order import Cell
    from ..scenarios.physical import Left
    from ..scenarios.run import RowResult
    from ..trace import Trace

SAME_ID = Text("两个场景同用编号 {name}", "two scenarios have the id {name}")
SAME_ID_CURE = Text("为其中一个改名，或分两次运行", "Rename one of them, or run them one at a time")
NOT_WRITTEN = Text("写不了 {path}：{why}", "{path} cannot be written: {why}")
NOT_WRITTEN_CURE = Text("检查路径、权限与磁盘空间", "Check path, rights and free space")

CASE_LEFT = Text("不适用：{case}：{why}", "not applicable: {case}: {why}")
NO_TABLE = Text("{name} 没有顺序表，不能用 --pair", "{name} has no table of orders, --pair is not for it")
NO_TABLE_CURE = Text('用于 C1：posrig run C1 --pair "sale void"', 'Use it with C1: posrig run C1 --pair "sale void"')
GateName = Literal["on", "off"]

State = Literal["ran", "not_applicable", "not_done"]

Told = Callable[["Step | None", str, int], None]
"""Is told each step before it happens: the step (None inside a table of steps), its place in the scenario, and the
virtual time in microseconds."""


@dataclass(frozen=True, slots=True)
class Row:
    """One scenario of a run.  `name` is what replays it on the command line: its id, or the path of its file."""

    name: str
    scenario: Scenario
    table: str = ""
    cell: Cell | None = None
    """Only this pair of the scenario's table of orders is played; None: the whole scenario."""
    card: CardPlace = ""
    """Where the chips are instead of where the scenario has them; "": as it has them."""


@dataclass(frozen=True, slots=True)
class Done:
    """How a row went.  `result` is None when the run broke off with `error`; `trace` then holds what there is."""

    row: Row
    result: RowResult | None
    error: Text | None = None
    status: int = OK
    trace: Trace | None = None
    trace_file: Path | None = None
    state: State = "ran"
    """`not_applicable`: the bench cannot cause it; `not_done`: a person skipped it.  `error` then tells why."""
    left: tuple[Left, ...] = ()
    """Cases that the bench cannot cause."""

    @property
    def ok(self) -> bool:
        return self.status == OK


def rows_named(names: Sequence[str]) -> list[Row]:
    """The rows of a command line; the healthy life and all rows for no name.  Raises ScenarioError."""
    wanted = list(dict.fromkeys(names)) or [LIFE, *scenario_ids()]
    rows = [Row(name, _scenario(name)) for name in wanted]
    seen: set[str] = set()
    for row in rows:
        if row.scenario.id in seen:
            raise ScenarioError(SAME_ID.format(name=row.scenario.id), SAME_ID_CURE)
        seen.add(row.scenario.id)
    return rows


def with_chips(row: Row, card: CardPlace) -> Row:
    """The same row with its chip cards elsewhere."""
    setup = row.scenario.setup.model_copy(update={"card": card})
    return replace(row, scenario=row.scenario.model_copy(update={"setup": setup}), card=card)


def row_of_pair(name: str, ops: str, gate: GateName) -> Row:
    """The row that plays one pair of the table of scenario `name`.  Raises ScenarioError."""
    from ..scenarios.order import cell_named

    scenario = _scenario(name)
    tables = [step.table for case in scenario.case for step in case.step if step.do == "order"]
    if not tables:
        raise ScenarioError(NO_TABLE.format(name=name), NO_TABLE_CURE)
    return Row(name, scenario, tables[0], cell_named(tables[0], ops, gate == "on"))


def _scenario(name: str) -> Scenario:
    is_path = name.endswith(".toml") or "/" in name or "\\" in name
    return read_scenario(Path(name)) if is_path else load_scenario(name)


def run_row(row: Row, bench: str, seed: int, told: Told) -> Done:
    """Run one row; a bench that breaks is the row's result and not the end of the run."""
    from ..scenarios.run import run_pair, run_scenario

    opened: list[Bench] = []

    def open_bench(setup: Setup, chosen: int) -> Bench:
        new = opener(bench)(setup, chosen)
        if not opened:  # the row's own; a table of steps opens one more for each of its lines
            opened.append(new)
        return new

    def tell(step: Step | None, place: str) -> None:
        told(step, place, opened[0].now_us if opened else 0)

    try:
        if row.cell is not None:
            result = run_pair(row.scenario, row.table, row.cell, open_bench, seed, tell)
        else:
            result = run_scenario(row.scenario, open_bench, seed, tell)
    except Exception as error:  # noqa: BLE001  a bug of ours must not hide how the other rows went
        return broken_row(row, error, opened)
    return Done(row, result, status=OK if result.ok else NOT_AS_IT_MUST_BE)


def broken_row(row: Row, error: Exception, opened: Sequence[Bench]) -> Done:
    """A row that broke off with `error`."""
    if isinstance(error, PosrigError):
        text = Text(f"{error.what.zh}。{error.cure.zh}", f"{error.what.en}. {error.cure.en}")
        return Done(row, None, text, status_of(error), salvaged(opened))
    what = f"{type(error).__name__}: {error}"
    return Done(row, None, Text(f"测试台出错：{what}", f"the bench broke: {what}"), BROKEN, salvaged(opened))


def salvaged(opened: Sequence[Bench]) -> Trace | None:
    """The trace of a bench that broke, as far as it goes."""
    try:
        return opened[0].finish() if opened else None
    except Exception:  # noqa: BLE001  what broke the bench is told already; whatever follows from it is not the cause
        return None


def replay_command(row: Row, bench: str, seed: int) -> str:
    """The command that runs a row again as it ran."""
    pair = _pair_options(" ".join(row.cell.ops), row.cell.gate) if row.cell is not None else []
    card = ["--card", row.card] if row.card else []
    return shlex.join(["posrig", "run", row.name, *pair, "--bench", bench, *card, "--seed", str(seed)])


def pair_commands(one: Done, bench: str, seed: int) -> list[str]:
    """For a table of orders: the commands that play each wrong pair alone."""
    if one.result is None or one.row.cell is not None:
        return []
    wrong = [event.data for event in one.result.trace.events if event.kind == "pair" and event.data["problems"]]
    card = ["--card", one.row.card] if one.row.card else []
    common = ["--bench", bench, *card, "--seed", str(seed)]
    options = [_pair_options(" ".join(pair["ops"]), pair["gate"]) for pair in wrong]
    return [shlex.join(["posrig", "run", one.row.name, *pair, *common]) for pair in options]


def _pair_options(ops: str, gate: bool) -> list[str]:
    return ["--pair", ops, *([] if gate else ["--gate", "off"])]


def status_of_run(done: Sequence[Done]) -> int:
    """The gravest of all rows."""
    return max((one.status for one in done), default=OK)


def result_json(done: Sequence[Done], bench: str, seed: int, program: str) -> dict[str, Any]:
    """What `--result` writes.  `life` is None when the healthy life was not run."""
    entries = {one.row.scenario.id: _entry(one) for one in done}
    life = entries.pop(LIFE, None)
    ok = status_of_run(done) == OK
    rows: dict[str, Any] = {"ok": ok, "life": life, "rows": list(entries.values())}
    if bench not in BENCHES:
        rows = {"bench_file": bench, "counts": counted(done), **rows}
        bench = "physical"
    return {"program": program, "seed": seed, "bench": bench, **rows}


def counted(done: Sequence[Done]) -> dict[str, int]:
    """How many rows went how."""
    ran = [one for one in done if one.state == "ran"]
    passed = sum(one.ok for one in ran)
    left = {state: sum(one.state == state for one in done) for state in ("not_applicable", "not_done")}
    return {"passed": passed, "failed": len(ran) - passed, **left}


def _entry(one: Done) -> dict[str, Any]:
    from ..judges.impact import impact

    result = one.result
    entry: dict[str, Any] = {
        "id": one.row.scenario.id,
        "ok": one.ok,
        "diagnosis": result.diagnosis if result else None,
        "expected": one.row.scenario.diagnosis,
        "virtual_seconds": result.virtual_seconds if result else 0,
        "wall_seconds": round(result.wall_seconds, 3) if result else 0,
        "trace": str(one.trace_file) if one.trace_file else None,
        "failures": [{"zh": line.zh, "en": line.en} for line in result.failures] if result else [],
        "impact": impact(result.trace.events).json() if result else None,
    }
    if one.error is not None:
        entry["error"] = {"zh": one.error.zh, "en": one.error.en}
    if one.state != "ran":
        entry |= {"state": one.state, "ok": False}
    if one.left:
        entry["cases_not_applicable"] = [{"case": c.case, "why": {"zh": c.why.zh, "en": c.why.en}} for c in one.left]
    if result is not None and result.not_judged:
        entry["not_judged"] = [{"zh": line.zh, "en": line.en} for line in result.not_judged]
    return entry


def report_of(done: Sequence[Done], bench: str, seed: int, program: str) -> RunReport:
    """What `--report` shows: every row, also one that broke off."""
    from ..reports.coverage import coverage
    from ..reports.model import RunReport
    from .universe import universe

    tried = coverage(universe(), (one.result.trace.events for one in done if one.result is not None))
    return RunReport(program, seed, bench, tuple(_row_report(one, bench, seed) for one in done), tried)


def _row_report(one: Done, bench: str, seed: int) -> RowReport:
    from ..diagnosis import diagnose
    from ..judges.impact import impact
    from ..reports.model import RowReport
    from ..trace import Header, Trace, program_version

    scenario, result = one.row.scenario, one.result
    dialect = scenario.setup.dialect
    trace = result.trace if result else one.trace or Trace(Header(seed, bench, dialect, program_version()))
    return RowReport(
        id=scenario.id,
        title=scenario.title.text,
        ok=one.ok,
        broken=result is None,
        expected=result.expected if result else scenario.diagnosis,
        diagnosis=diagnose(trace.events).json(),
        failures=result.failures if result else (one.error,) if one.error else (),
        verdicts=tuple(verdict.json() for verdict in result.verdicts) if result else (),
        virtual_seconds=result.virtual_seconds if result else 0,
        wall_seconds=result.wall_seconds if result else 0,
        cause=scenario.cause.text,
        seen=scenario.seen.text,
        cure=scenario.cure.text,
        replay=replay_command(one.row, bench, seed),
        trace=trace,
        impact=impact(trace.events).text,
        state=one.state,
        notes=(*left_of(one), *(result.not_judged if result else ())),
    )


def left_of(one: Done) -> list[Text]:
    """The cases of a row that were left out while others were carried out."""
    from ..scenarios.steps import joined

    titles = {case.name: case.title.text for case in one.row.scenario.case}
    left = one.left if one.state != "not_applicable" else ()
    return [joined(CASE_LEFT, case=titles[entry.case], why=entry.why) for entry in left]


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Raises LocalError that names the file."""
    try:
        path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise LocalError(NOT_WRITTEN.format(path=path, why=error.strerror or error), NOT_WRITTEN_CURE) from error
