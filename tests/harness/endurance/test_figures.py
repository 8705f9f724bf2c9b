"""Error rate bounds against published values, percentiles by nearest rank, the course of a run from its records."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.endurance.course import Done, course_of
from harness.endurance.figures import figures_of, percentile, rate_of
from harness.endurance.plan import Plan


@pytest.mark.parametrize(
    ("errors", "trials", "low", "high"),
    [
        (0, 10, 0.0, 0.3085),  # tables of exact binomial limits at 95 % (Diem and Lentner, Geigy Scientific Tables)
        (1, 10, 0.0025, 0.4450),
        (5, 10, 0.1871, 0.8129),
        (10, 10, 0.6915, 1.0),
        (0, 5000, 0.0, 0.000738),
        (2, 100, 0.0024, 0.0704),
    ],
)
def test_bounds_are_those_of_the_tables(errors: int, trials: int, low: float, high: float) -> None:
    rate = rate_of(errors, trials)
    assert rate.low == pytest.approx(low, abs=0.00006)
    assert rate.high == pytest.approx(high, abs=0.00006)


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_bounds_hold_what_was_seen(seen: tuple[int, int]) -> None:
    rate = rate_of(*seen)
    assert 0 <= rate.low <= seen[0] / seen[1] <= rate.high <= 1


def test_percentiles_are_values_that_occurred() -> None:
    assert percentile([15, 20, 35, 40, 50], 30) == 20  # the usual example of the nearest-rank method
    assert percentile([15, 20, 35, 40, 50], 100) == 50
    assert percentile([7], 95) == 7


def test_figures_count_failures_by_cause_and_leave_them_out_of_the_times() -> None:
    done = [Done(n, "sale", n * 1000, 10 * n, "done", None, 100, f"{n:06d}") for n in range(1, 10)]
    done.append(Done(10, "sale", 10_000, 99_999, "declined", "f39_51", 100, ""))
    found = figures_of("sale", done)
    assert found is not None
    assert (found.rate.errors, found.rate.trials, found.max_us) == (1, 10, 90)
    assert found.causes == (("f39_51", 1),)
    assert figures_of("void", done) is None


def test_a_course_is_the_fold_of_its_records() -> None:
    plan = Plan(7, 100, 10, 0)
    end = {"kind": "end", "op": "sale", "at_us": 5, "took_us": 6, "cause": None, "stan": "000001", "learned": False}
    course = course_of(
        [
            {**plan.record(), "run": "ab12cd"},
            {"kind": "begin", "number": 1, "op": "sale", "args": {}, "amount_fen": 150, "at_us": 5},
            {**end, "number": 1, "status": "done", "amount_fen": 150},
            {**end, "number": 1, "op": "void", "status": "done", "amount_fen": 150},
            {**end, "number": 2, "status": "declined", "amount_fen": 70},
            {"kind": "begin", "number": 3, "op": "sale", "args": {"order": "x"}, "amount_fen": 90, "at_us": 9},
        ]
    )
    assert (course.plan, course.run, course.sales, course.booked_fen, course.worked_us) == (plan, "ab12cd", 2, 0, 11)
    assert course.begun is not None and course.begun["number"] == 3


def test_amounts_follow_from_the_seed_alone() -> None:
    amounts = [Plan(1, 9).amount_fen(n) for n in range(1, 50)]
    assert amounts == [Plan(1, 9).amount_fen(n) for n in range(1, 50)]
    assert amounts != [Plan(2, 9).amount_fen(n) for n in range(1, 50)]
    assert Plan(1, 9, 10, 20).after(20) == ["void", "settle"] and Plan(1, 9, 0, 0).after(20) == []
