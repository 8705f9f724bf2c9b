"""The service report against a plain list of answers, and that no single sale is ever a matter of quality."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.acquirer.books.quality import BOUNDS_MS, FOLD, PERIODS_MAX, Period, QualityBook
from harness.acquirer.oversight import quality
from harness.bench.base import AskRefused
from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.machine import DAY_US
from harness.scenarios.load import load_steps
from harness.scenarios.steps import Stage
from harness.scenarios.worlds import first_variables

Json = Any


def served(book: QualityBook, took_us: int | None, failure: str | None = None, at_us: int = 0) -> None:
    FOLD["served"](book, {"at_us": at_us, "requests": 1, "took_us": took_us, "failure": failure})


def class_of(took_us: int) -> int | None:
    """The upper bound of the class, None beyond the last one."""
    return next((bound for bound in BOUNDS_MS if took_us <= bound * 1_000), None)


@given(st.lists(st.integers(0, 80_000_000), min_size=1, max_size=60))
def test_percentiles_are_those_of_the_sorted_list(times_us: list[int]) -> None:
    """Nearest rank: the smallest value that so many percent of the answers do not exceed."""
    book = QualityBook()
    for took_us in times_us:
        served(book, took_us)
    found = quality.judged(book.periods[0]).percentiles_ms
    for percent in quality.PERCENTS:
        values = sorted(times_us)
        at = next(n for n in range(1, len(values) + 1) if n * 100 >= percent * len(values))
        assert found[percent] == class_of(values[at - 1]), percent


@given(st.integers(0, 200), st.sampled_from((None, *sorted(quality.FAILURES))), st.integers(0, 80_000_000))
def test_one_bad_sale_never_is_a_matter_of_quality(others: int, failure: str | None, took_us: int) -> None:
    book = QualityBook()
    for _ in range(others):
        served(book, 0)
    served(book, took_us, failure)
    assert quality.judged(book.periods[0]).within is (None if others + 1 < quality.REQUESTS_MIN else True)


@pytest.mark.parametrize("bad", range(8))
def test_the_share_of_failures_has_a_limit(bad: int) -> None:
    book = QualityBook()
    for number in range(40):
        served(book, 0, "96" if number < bad else None)
    assert quality.judged(book.periods[0]).within is (bad * 1_000 <= 40 * quality.FAILED_LIMIT_PERMILLE)


def test_it_does_not_grow_without_end() -> None:
    book = QualityBook()
    for day in range(PERIODS_MAX + 50):
        served(book, 0, at_us=day * DAY_US)
    assert len(book.periods) == PERIODS_MAX
    assert min(book.periods) == 50
    assert quality.judged(Period(failed=Counter())).within is None


@pytest.fixture(name="stage")
def _stage() -> Any:
    bench = SimulatedBench(World(), 5)
    stage = Stage(bench, first_variables(bench))
    stage.play(load_steps("ready").step, "ready")
    yield stage
    bench.finish()


def sell(stage: Stage) -> Json:
    stage.bench.ask("terminal", "person", "present", card="debit", how="insert", pin="123456")
    return stage.bench.ask("register", "person", "sale", amount_fen=100)


def report(stage: Stage, **args: Json) -> Json:
    return stage.bench.ask("host", "portal", "quality", **args)


def test_what_the_host_counts(stage: Stage) -> None:
    """An answer by the time it was held, failures by code, a terminal that had no answer by its reversal; refusals that
    blame the card or the merchant are none of it."""
    ask = stage.bench.ask
    sell(stage)
    ask("host", "control", "cause", behaviour="answer_late", kinds=["sale"], delay_us=4_000_000, count=1)
    sell(stage)
    ask("host", "control", "cause", behaviour="decline", kinds=["sale"], code="91", count=1)
    sell(stage)
    ask("host", "control", "cause", behaviour="decline", kinds=["sale"], code="51", count=1)
    sell(stage)
    found = report(stage)
    assert (found["requests"], found["failed"], found["failed_by_code"]) == (4, 1, {"91": 1})
    assert (found["p50_ms"], found["p99_ms"]) == (100, 5_000), "upper bounds of their classes"
    ask("host", "control", "cause", behaviour="no_answer", kinds=["sale"], count=1)
    sell(stage)
    sell(stage)
    found = report(stage)
    assert found["requests"] == 6
    assert found["failed_by_code"][""] >= 1
    assert found["within"] is None, "too little to judge"
    stage.bench.advance(DAY_US)
    assert report(stage)["requests"] == 0
    assert report(stage, back=1) == {**found, "from_us": found["from_us"], "to_us": found["to_us"]}


def test_it_survives_a_restart(stage: Stage) -> None:
    sell(stage)
    before = report(stage)
    stage.bench.crash("host")
    stage.bench.restart("host")
    assert report(stage) == before


@pytest.mark.parametrize("back", [-1, "1", True, 10_000])
def test_bad_arguments(stage: Stage, back: Json) -> None:
    with pytest.raises(AskRefused, match="back"):
        report(stage, back=back)
