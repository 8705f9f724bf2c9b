"""`posrig diagnose --matrix`: which row is named for which, over many varied and noisy runs."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import click

from protocols.text import Lang, Text

from ..scenarios.load import LIFE, load_scenario, scenario_ids
from ..scenarios.matrix import HEALTHY, Matrix, matrix, named_first, named_together, pairs
from .failing import NOT_AS_IT_MUST_BE, OK
from .jobs import default_jobs
from .opening import opener

HEAD = Text(
    "混淆矩阵：行为实际原因，列为诊断首位，“-”为无故障；每行 {seeds} 次，"
    "金额、名称、等待时间与种子随机，线路有延迟与一次重拨",
    "Confusion matrix: rows are the causes, columns what was named first, - is no fault; {seeds} runs a row with other "
    "amounts, names, waits and seeds, a slower line and one dial that is repeated",
)
RIGHT = Text("正确 {right} / {total}", "right {right} of {total}")
WRONG = Text("{row} 被当作 {other}：{count} 次", "{row} taken for {other}: {count} times")
NOT_BOTH = Text("{pair}：只说出 {found}", "{pair}: named {found}")
BOTH = Text(
    "两个原因同时存在：{good} / {total} 对都被说出", "two causes at once: both were named in {good} of {total} pairs"
)
CELL = 4
"""Columns of the screen per column of the matrix."""


def show_matrix(rows: Sequence[str], seeds: int, jobs: int | None, as_json: bool, lang: Lang) -> int:
    """Run and print it.  `rows` empty: all, and the healthy life.  Raises ScenarioError for a row that is not there."""
    wanted = [HEALTHY if row == LIFE else row for row in rows] or [HEALTHY, *scenario_ids()]
    for row in wanted:
        load_scenario(LIFE if row == HEALTHY else row)
    found = matrix(_named(wanted, seeds, jobs or default_jobs()))
    wrong = [(row, other, count) for row in wanted for other, count in found[row].items() if other != row]
    if as_json:
        value: dict[str, Any] = {"seeds": seeds, "matrix": {row: dict(sorted(found[row].items())) for row in wanted}}
        click.echo(json.dumps(value, ensure_ascii=False, indent=2))
    else:
        _print(found, wanted, seeds, wrong, lang)
    return NOT_AS_IT_MUST_BE if wrong else OK


def _named(rows: Sequence[str], seeds: int, jobs: int) -> Iterator[tuple[str, str]]:
    runs = [(row, seed) for row in rows for seed in range(1, seeds + 1)]
    if jobs == 1:
        yield from ((row, run_one((row, seed))) for row, seed in runs)
        return
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        for (row, _), first in zip(runs, pool.map(run_one, runs, chunksize=4), strict=True):
            yield row, first


def run_one(run: tuple[str, int]) -> str:
    """One run of the matrix, in whatever process."""
    row, seed = run
    return named_first(row, seed, opener("simulated"))


def show_pairs(rows: Sequence[str], jobs: int | None, as_json: bool, lang: Lang) -> int:
    """Cause two rows at once, in either order, for every two that can be; prints those of which not both are named."""
    wanted = pairs(rows or scenario_ids())
    runs = [(one, other) for pair in wanted for one, other in (pair, pair[::-1])]
    with ProcessPoolExecutor(jobs or default_jobs(), mp_context=multiprocessing.get_context("spawn")) as pool:
        named = dict(zip(runs, pool.map(run_two, runs, chunksize=4), strict=True))
    missed = {}
    for one, other in wanted:
        best = max(named[one, other], named[other, one], key=lambda found: len(found & {one, other}))
        if not {one, other} <= best:
            missed[f"{one} {other}"] = sorted(best)
    if as_json:
        click.echo(json.dumps({"pairs": len(wanted), "not_both": missed}, ensure_ascii=False, indent=2))
    else:
        for pair, found in missed.items():
            click.echo(NOT_BOTH.format(pair=pair, found=", ".join(found) or HEALTHY).in_(lang))
        click.echo(BOTH.format(good=len(wanted) - len(missed), total=len(wanted)).in_(lang))
    return OK


def run_two(rows: tuple[str, str]) -> frozenset[str]:
    """One world with two causes, in whatever process."""
    return named_together(*rows, 1, opener("simulated"))


def _print(found: Matrix, rows: Sequence[str], seeds: int, wrong: Sequence[tuple[str, str, int]], lang: Lang) -> None:
    click.echo(HEAD.format(seeds=seeds).in_(lang))
    columns = list(dict.fromkeys([*rows, *(other for counts in found.values() for other in counts)]))
    click.echo(" " * CELL + "".join(f"{column:>{CELL}}" for column in columns))
    for row in rows:
        cells = (found[row].get(column, 0) for column in columns)
        click.echo(f"{row:<{CELL}}" + "".join(f"{count or '.':>{CELL}}" for count in cells))
    for row, other, count in wrong:
        click.echo(WRONG.format(row=row, other=other, count=count).in_(lang))
    total = len(rows) * seeds
    click.echo(RIGHT.format(right=total - sum(count for _, _, count in wrong), total=total).in_(lang))
