"""A run against a register that answers as it is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from harness.arguments import Takes
from harness.driver.operations import OPERATIONS
from harness.endurance.plan import Plan
from harness.endurance.session import IN_A_ROW_MAX, Session, Surroundings
from harness.stores.memory import MemoryStore

TEXT = {"zh": "文", "en": "words"}


class Scripted:
    """A register: `answers` by operation, in turn; then everything is done, with the next trace number."""

    operations: Mapping[str, Takes] = {op: row.takes for op, row in OPERATIONS.items()}

    def __init__(self, **answers: list[dict[str, Any]]) -> None:
        self.attached = True
        self.order_chars = 20
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._answers = answers
        self._stan = 0

    def do(self, op: str, **args: Any) -> Mapping[str, Any]:
        self.asked.append((op, args))
        told = self._answers.get(op)
        if told:
            return {"cause": None, "text": TEXT, **told.pop(0)}
        self._stan += 1
        return {"status": "done", "cause": None, "text": TEXT, "stan": f"{self._stan:06d}"}


def session(register: Scripted, count: int = 3, store: MemoryStore | None = None, **plan: int) -> Session:
    """A session with a clock that stands still."""
    around = Surroundings(now_us=lambda: 0, wait_s=lambda _: None)
    return Session(
        register, store or MemoryStore(), Plan(0, count, **{"void_every": 0, "settle_every": 0, **plan}), "run1", around
    )


def ops(register: Scripted) -> list[str]:
    return [op for op, _ in register.asked]


def test_what_stands_in_the_way_is_cleared_and_the_same_order_is_asked_again() -> None:
    register = Scripted(sale=[{"status": "refused", "cause": "not_signed_in"}])
    assert session(register, 1).work()
    assert ops(register) == ["sale", "sign_in", "sale"]
    assert register.asked[0][1] == register.asked[2][1]


def test_an_unknown_outcome_is_learned_and_not_sold_again() -> None:
    lost = {"status": "unknown", "cause": "register_timeout"}
    mine = {"status": "done", "stan": "000009", "of": {"op": "sale", "order": "run1-1-sale"}}
    register = Scripted(sale=[dict(lost)], last=[mine])
    run = session(register, 1)
    assert run.work()
    assert ops(register) == ["sale", "last"]
    assert (run.course.done[0].status, run.course.done[0].learned) == ("done", True)


@pytest.mark.parametrize("of", [{"op": "sale", "order": "run0-7-sale"}, None])
def test_a_newest_result_of_another_order_says_that_nothing_was_booked(of: dict[str, str] | None) -> None:
    lost = {"status": "unknown", "cause": "register_timeout"}
    before = {"status": "done", "stan": "000001"}
    register = Scripted(sale=[dict(before), dict(lost)], last=[{**before, "of": of}])
    run = session(register, 2)
    assert run.work()
    assert [one.cause for one in run.course.done] == [None, "not_booked"]
    assert run.course.failure is not None and run.course.failure["number"] == 2


def test_a_newest_result_that_may_be_an_earlier_operations_is_nobodys() -> None:
    """The first sale of a run, and one behind another whose outcome stayed unknown."""
    lost = {"status": "unknown", "cause": "register_timeout"}
    found = {"status": "done", "stan": "000007", "of": None}
    register = Scripted(sale=[dict(lost) for _ in range(2)], last=[dict(found) for _ in range(9)])
    run = session(register, 2)
    assert run.work()
    assert [one.status for one in run.course.done] == ["unknown", "unknown"]
    assert run.course.booked_fen == 0


def test_behind_a_sale_that_was_declined_the_newest_result_is_still_the_one_before() -> None:
    done = {"status": "done", "stan": "000001", "of": None}
    declined = {"status": "declined", "cause": "f39_51"}
    lost = {"status": "unknown", "cause": "register_timeout"}
    register = Scripted(sale=[done, *(dict(declined) for _ in range(4)), lost], last=[dict(done)])
    run = session(register, 6)
    assert run.work()
    assert run.course.done[-1].cause == "not_booked"


def test_a_terminal_that_tells_its_last_sale_alone_says_nothing_of_a_lost_void() -> None:
    of = {"op": "sale", "order": "x", "sales_only": True}
    sold = {"status": "done", "stan": "000001"}
    lost = {"status": "unknown", "cause": "register_timeout"}
    for voided, status, cause in ((False, "no_answer", "not_booked"), (True, "done", None)):
        newest = {**sold, "of": {**of, "voided": voided}}
        register = Scripted(sale=[dict(sold)], void=[dict(lost)], last=[newest])
        run = session(register, 1, void_every=1)
        assert run.work()
        assert (run.course.done[-1].status, run.course.done[-1].cause) == (status, cause)


def test_where_orders_are_short_two_runs_number_their_sales_differently() -> None:
    numbers = []
    for name in ("run1", "run2"):
        register = Scripted()
        register.order_chars = 6
        run = session(register, 3)
        run.course.run = name
        assert run.work()
        numbers.append([args["order"] for _, args in register.asked])
    assert all(len(order) == 6 for order in (*numbers[0], *numbers[1]))
    assert not {*numbers[0]} & {*numbers[1]} and len({*numbers[0]}) == 3


def test_a_killed_run_goes_on_and_asks_what_became_of_the_last_order() -> None:
    store = MemoryStore()
    plan = {**Plan(0, 3, 0, 0).record(), "run": "run1"}
    args = {"amount_fen": 5, "order": "run1-1-sale"}
    store.append([plan, {"kind": "begin", "number": 1, "op": "sale", "args": args, "amount_fen": 5, "at_us": 0}])
    register = Scripted(last=[{"status": "done", "stan": "000001", "of": {"op": "sale", "order": "run1-1-sale"}}])
    run = session(register, 3, store)
    assert run.work()
    assert ops(register) == ["last", "sale", "sale"]
    assert [one.number for one in run.course.done] == [1, 2, 3]
    assert [one.what for one in run.course.incidents] == ["resumed"]


def test_a_void_is_of_the_sale_before_it_and_comes_out_of_the_sum() -> None:
    register = Scripted()
    run = session(register, 2, void_every=2, settle_every=2)
    assert run.work()
    assert ops(register) == ["sale", "sale", "void", "settle"]
    assert register.asked[2][1]["stan"] == 2
    assert run.course.booked_fen == run.plan.amount_fen(1)


def test_too_many_failures_in_a_row_end_a_run() -> None:
    register = Scripted(sale=[{"status": "declined", "cause": "f39_51"} for _ in range(99)])
    run = session(register, 99)
    assert not run.work()
    assert len(run.course.done) == IN_A_ROW_MAX
