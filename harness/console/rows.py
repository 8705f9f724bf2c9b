"""Rows of one `posrig run`: which they are, how each went, and what is written about them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from protocols.errors import LocalError, PosrigError, ScenarioError
from protocols.text import Text

from ..scenarios.load import LIFE, load_scenario, read_scenario, scenario_ids
from .failing import BROKEN, NOT_AS_IT_MUST_BE, OK, status_of
from .opening import BenchName, opener

if TYPE_CHECKING:
    from ..bench.base import Bench
    from ..reports.model import RunReport
    from ..scenarios.model import Scenario, Setup, Step
    from ..scenarios.run import RowResult

SAME_ID = Text("两个场景同用编号 {name}", "two scenarios have the id {name}")
SAME_ID_CURE = Text("为其中一个改名，或分两次运行", "Rename one of them, or run them one at a time")
NOT_WRITTEN = Text("写不了 {path}：{why}", "{path} cannot be written: {why}")
NOT_WRITTEN_CURE = Text("检查路径、权限与磁盘空间", "Check path, rights and free space")

Told = Callable[["Step | None", str, int], None]
"""Is told each step before it happens: the step (None inside a table of steps), its place in the scenario, and the
virtual time in microseconds."""


@dataclass(frozen=True, slots=True)
class Row:
    """One scenario of a run.  `name` is what replays it on the command line: its id, or the path of its file."""

    name: str
    scenario: Scenario


@dataclass(frozen=True, slots=True)
class Done:
    """How a row went.  `result` is None when the run broke off with `error`."""

    row: Row
    result: RowResult | None
    error: Text | None = None
    status: int = OK
    trace_file: Path | None = None

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


def _scenario(name: str) -> Scenario:
    is_path = name.endswith(".toml") or "/" in name or "\\" in name
    return read_scenario(Path(name)) if is_path else load_scenario(name)


def run_row(row: Row, bench: BenchName, seed: int, told: Told) -> Done:
    """Run one row; a bench that breaks is the row's result and not the end of the run."""
    from ..scenarios.run import run_scenario

    opened: list[Bench] = []

    def open_bench(setup: Setup, chosen: int) -> Bench:
        new = opener(bench)(setup, chosen)
        if not opened:  # the row's own; a table of steps opens one more for each of its lines
            opened.append(new)
        return new

    def tell(step: Step | None, place: str) -> None:
        told(step, place, opened[0].now_us if opened else 0)

    try:
        result = run_scenario(row.scenario, open_bench, seed, tell)
    except PosrigError as error:
        text = Text(f"{error.what.zh}。{error.cure.zh}", f"{error.what.en}. {error.cure.en}")
        return Done(row, None, text, status_of(error))
    except Exception as error:  # noqa: BLE001  a bug of ours must not hide how the other rows went
        what = f"{type(error).__name__}: {error}"
        return Done(row, None, Text(f"测试台出错：{what}", f"the bench broke: {what}"), BROKEN)
    return Done(row, result, status=OK if result.ok else NOT_AS_IT_MUST_BE)


def replay_command(name: str, bench: BenchName, seed: int) -> str:
    """The command that runs a row again as it ran."""
    return shlex.join(["posrig", "run", name, "--bench", bench, "--seed", str(seed)])


def status_of_run(done: Sequence[Done]) -> int:
    """The gravest of all rows."""
    return max((one.status for one in done), default=OK)


def result_json(done: Sequence[Done], bench: BenchName, seed: int, program: str) -> dict[str, Any]:
    """What `--result` writes.  `life` is None when the healthy life was not run."""
    entries = {one.row.scenario.id: _entry(one) for one in done}
    life = entries.pop(LIFE, None)
    ok = status_of_run(done) == OK
    return {"program": program, "seed": seed, "bench": bench, "ok": ok, "life": life, "rows": list(entries.values())}


def _entry(one: Done) -> dict[str, Any]:
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
    }
    if one.error is not None:
        entry["error"] = {"zh": one.error.zh, "en": one.error.en}
    return entry


def report_of(done: Sequence[Done], bench: BenchName, seed: int, program: str) -> RunReport:
    """What `--report` shows: the rows that ran to their end."""
    from ..diagnosis import diagnose
    from ..reports.model import RowReport, RunReport

    rows = []
    for one in done:
        scenario, result = one.row.scenario, one.result
        if result is None:
            continue
        rows.append(
            RowReport(
                id=scenario.id,
                title=_text(scenario.title),
                ok=one.ok,
                expected=result.expected,
                diagnosis=diagnose(result.trace.events).json(),
                failures=result.failures,
                verdicts=tuple(verdict.json() for verdict in result.verdicts),
                virtual_seconds=result.virtual_seconds,
                wall_seconds=result.wall_seconds,
                cause=_text(scenario.cause),
                seen=_text(scenario.seen),
                cure=_text(scenario.cure),
                replay=replay_command(one.row.name, bench, seed),
                trace=result.trace,
            )
        )
    return RunReport(program, seed, bench, tuple(rows))


def _text(words: Any) -> Text:
    return Text(words.zh, words.en)


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Raises LocalError that names the file."""
    try:
        path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise LocalError(NOT_WRITTEN.format(path=path, why=error.strerror or error), NOT_WRITTEN_CURE) from error
