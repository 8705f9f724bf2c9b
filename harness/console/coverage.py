"""`posrig coverage`: which state x operation x fault a run has tried, and a figure for CI that may not fall."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from protocols.errors import ScenarioError
from protocols.text import Lang, Text

from .failing import NOT_AS_IT_MUST_BE, OK
from .language import current_lang, in_system_lang
from .opening import DEFAULT_SEED, JOBS_MAX
from .options import Whole, lang_option
from .shape import command

if TYPE_CHECKING:
    from ..reports.coverage import Cell, Coverage
    from ..trace import Event

UNTESTED, UNTESTED_MAX = 20, 100_000
NO_TRACES = Text("{folder} 中没有 *.trace.jsonl", "there is no *.trace.jsonl in {folder}")
NO_TRACES_CURE = Text("用 posrig run --report {folder} 写一份", "Write them with posrig run --report {folder}")
FIGURE = Text(
    "已试 {ran} 格，共 {total} 格（{percent}%）：生命周期状态 × 操作 × 故障",
    "{ran} of {total} cells tried ({percent} %): life-cycle state x operation x fault",
)
LIST = Text("未试的组合，文档提得最多的在前：", "Untested, what the documents name most often first:")
NAMED = Text("文档提到 {count} 次", "named {count} times")
FELL = Text("低于要求的 {least} 格", "fewer than the {least} that are asked for")
WITHOUT_FAULT = Text("无故障", "no fault")


@command(
    "coverage",
    "故障覆盖图：终端在每个生命周期状态做每项操作时，每种故障是否试过。\n\n"
    "读 posrig run --report 写的轨迹；不给则先运行全部场景。报告网页里有整张图。\n\n"
    "退出码：0 达到要求，1 低于 --at-least，2 用法错误，3 测试台自身出错。",
    "The failure coverage map: which fault was tried while a terminal, in which state of its life cycle, did what.\n\n"
    "Reads traces that posrig run --report has written; without any, all rows are run first. The report's page has the "
    "whole map.\n\n"
    "Exit status: 0 as asked for, 1 below --at-least, 2 usage, 3 the bench itself is broken.",
    (
        "posrig coverage",
        "posrig coverage report/ --at-least 900",
        "posrig coverage report/A1.trace.jsonl --untested 50",
        "posrig coverage --json",
    ),
)
@click.argument("places", metavar="[FOLDER|TRACE]...", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--at-least",
    type=Whole(0, UNTESTED_MAX),
    default=0,
    help=in_system_lang("少于这么多格则退出码为 1", "exit status 1 when fewer cells were tried"),
)
@click.option(
    "--untested",
    type=Whole(0, UNTESTED_MAX),
    default=UNTESTED,
    help=in_system_lang("列出多少个未试的组合；默认 20", "how many untested combinations are listed; default 20"),
)
@click.option(
    "--jobs",
    type=Whole(1, JOBS_MAX),
    help=in_system_lang(
        "不给轨迹时：同时运行几个场景；默认为处理器数",
        "without traces: how many rows run at a time; by default the number of processors",
    ),
)
@click.option("--json", "as_json", is_flag=True, help=in_system_lang("以 JSON 输出", "print JSON"))
@lang_option()
def coverage_command(places: tuple[Path, ...], at_least: int, untested: int, jobs: int | None, as_json: bool) -> int:
    from ..reports.coverage import coverage
    from .universe import universe

    found = coverage(universe(), _read(places) if places else _played(jobs))
    enough = len(found.ran) >= at_least
    if as_json:
        click.echo(json.dumps(_json(found, untested, at_least), ensure_ascii=False, indent=2))
    else:
        for line in _lines(found, untested, current_lang()):
            click.echo(line)
        if not enough:
            click.echo(FELL.format(least=at_least).in_(current_lang()), err=True)
    return OK if enough else NOT_AS_IT_MUST_BE


def _read(places: Sequence[Path]) -> Iterator[Sequence[Event]]:
    from ..trace import read_trace

    for place in places:
        files = sorted(place.glob("*.trace.jsonl")) if place.is_dir() else [place]
        if not files:
            raise ScenarioError(NO_TRACES.format(folder=place), NO_TRACES_CURE.format(folder=place))
        for file in files:
            yield read_trace(file).events


def _played(jobs: int | None) -> Iterator[Sequence[Event]]:
    from .jobs import default_jobs, run_rows
    from .rows import rows_named

    for _, _, done in run_rows(rows_named(()), "simulated", DEFAULT_SEED, jobs or default_jobs()):
        if done.result is not None:
            yield done.result.trace.events


def _lines(found: Coverage, untested: int, lang: Lang) -> Iterator[str]:
    percent = f"{found.permille / 10:.1f}"
    yield FIGURE.format(ran=len(found.ran), total=found.total, percent=percent).in_(lang)
    if untested and found.never:
        yield LIST.in_(lang)
    for cell in found.never[:untested]:
        fault = found.universe.faults.get(cell.fault)
        state, operation = found.universe.states[cell.state], found.universe.operations[cell.operation]
        told = [state.in_(lang), operation.in_(lang), (fault.text if fault else WITHOUT_FAULT).in_(lang)]
        rows = " ".join(fault.rows) if fault else ""
        named = NAMED.format(count=fault.named).in_(lang) if fault and fault.named else ""
        yield "  " + " · ".join(part for part in (*told, rows, named) if part)


def _json(found: Coverage, untested: int, at_least: int) -> dict[str, Any]:
    return {
        "ran": len(found.ran),
        "total": found.total,
        "permille": found.permille,
        "at_least": at_least,
        "ok": len(found.ran) >= at_least,
        "cells": [_cell_json(found, cell) for cell in sorted(found.ran)],
        "untested": [_cell_json(found, cell) for cell in found.never[:untested]],
    }


def _cell_json(found: Coverage, cell: Cell) -> dict[str, Any]:
    fault = found.universe.faults.get(cell.fault)
    named = {"rows": list(fault.rows), "named": fault.named} if fault else {"rows": [], "named": 0}
    return {"state": cell.state, "operation": cell.operation, "fault": cell.fault or None, **named}
