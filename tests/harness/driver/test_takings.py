"""Takings without a card: durable at the register, closed by what was counted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.driver.driver import Driver
from harness.driver.takings import MEANS
from harness.machine import Answer, Ask, Note, Persist, Record


def asked(driver: Driver, name: str, **args: Any) -> tuple[Answer, list[Record], list[Note]]:
    effects = driver.handle(Ask("person", name, args, 7), 5)
    (answer,) = [effect for effect in effects if isinstance(effect, Answer)]
    records = [record for effect in effects if isinstance(effect, Persist) for record in effect.records]
    return answer, records, [effect for effect in effects if isinstance(effect, Note)]


@given(st.lists(st.tuples(st.sampled_from(MEANS), st.integers(1, 10**9)), max_size=20), st.integers(-500, 500))
def test_what_was_taken_is_what_is_reconciled_also_after_a_restart(taken: list[tuple[str, int]], over: int) -> None:
    driver, durable = Driver(), []
    for means, fen in taken:
        answer, records, notes = asked(driver, "takings", amount_fen=fen, means=means)
        assert answer.ok and answer.value["status"] == "done"
        assert [note.kind for note in notes] == ["takings"]
        durable += records
    again = Driver()
    again.start(durable, 0)
    cash, qr = (sum(fen for means, fen in taken if means == wanted) for wanted in MEANS)
    counted = max(0, cash + over)
    value = asked(again, "reconcile", cash_fen=counted, qr_fen=qr)[0].value
    assert (value["cash_fen"], value["qr_fen"], value["difference_fen"]) == (cash, qr, counted - cash)
    assert value["cause"] == (None if counted == cash else "difference")
    assert asked(again, "reconcile")[0].value["amount_fen"] == 0


def test_one_over_and_one_short_do_not_cancel_out() -> None:
    driver = Driver()
    for means in MEANS:
        asked(driver, "takings", amount_fen=100, means=means)
    value = asked(driver, "reconcile", cash_fen=90, qr_fen=110)[0].value
    assert (value["difference_fen"], value["cause"]) == (0, "difference")


@pytest.mark.parametrize(
    "args", [{}, {"amount_fen": 0, "means": "cash"}, {"amount_fen": 5}, {"amount_fen": 5, "means": "card"}]
)
def test_what_is_no_taking_is_refused_and_leaves_nothing(args: dict[str, Any]) -> None:
    driver = Driver()
    answer, records, notes = asked(driver, "takings", **args)
    assert not answer.ok and "takings" in answer.value["error"]["en"]
    assert records == [] and notes == []


def test_takings_are_possible_while_the_terminal_is_asked() -> None:
    driver = Driver()
    driver.handle(Ask("person", "sale", {"amount_fen": 100}, 1), 0)
    assert asked(driver, "takings", amount_fen=100, means="cash")[0].ok
