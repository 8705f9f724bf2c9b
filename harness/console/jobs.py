"""Rows of a run in processes of their own, several at a time; what a person watches stays in the order of the rows."""

from __future__ import annotations

import atexit
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

from ..bench.open import helper_kept
from .opening import JOBS_MAX
from .rows import Done, Row, run_row

if TYPE_CHECKING:
    from ..scenarios.model import Step

Told = tuple["Step | None", str, int]
"""A step as `rows.Told` is told of it."""


def default_jobs() -> int:
    """As many as there are processors.  On the emulated bench, too: its processes mostly wait for each other."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(JOBS_MAX, cores))


def run_rows(rows: Sequence[Row], bench: str, seed: int, jobs: int) -> Iterator[tuple[Row, list[Told], Done]]:
    """Each row with the steps that were told while it ran, in the order of `rows`.

    The longest, those with a table of orders, start first.
    """
    context = multiprocessing.get_context("spawn")  # a fork would take along whatever threads the console has
    count = min(jobs, len(rows))
    with ProcessPoolExecutor(count, mp_context=context, initializer=_keep_helper, initargs=(bench,)) as pool:
        order = sorted(rows, key=lambda row: not _has_table(row))
        futures: dict[str, Future[tuple[list[Told], Done]]] = {
            row.name: pool.submit(run_recorded, row, bench, seed) for row in order
        }
        try:
            for row in rows:
                told, done = futures[row.name].result()
                yield row, told, done
        finally:
            for future in futures.values():
                future.cancel()


def run_recorded(row: Row, bench: str, seed: int) -> tuple[list[Told], Done]:
    """What a worker does."""
    told: list[Told] = []
    done = run_row(row, bench, seed, lambda step, place, at_us: told.append((step, place, at_us)))
    return told, done


def _keep_helper(bench: str) -> None:
    """For as long as this worker lives."""
    kept = ExitStack()
    kept.enter_context(helper_kept(bench))
    atexit.register(kept.close)


def _has_table(row: Row) -> bool:
    return row.cell is None and any(step.do == "order" for case in row.scenario.case for step in case.step)
