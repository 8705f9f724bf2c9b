"""The idle report (catalogue, row C4): who was not signed in, or not settled, for days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.machine import DAY_US, SECOND_US

from .conftest import MID, TID

if TYPE_CHECKING:
    from tests.harness.acquirer.conftest import Bench, Pos

OTHER = "52010010"


def named(bench: Bench) -> dict[str, Any]:
    return {row["tid"]: row for row in bench.ask("portal", "idle", mid=MID)["terminals"]}


def test_nobody_is_named_before_the_limit(bench: Bench, pos: Pos) -> None:
    pos.sale(700)
    bench.wait(2 * DAY_US - SECOND_US)
    assert named(bench) == {}


def test_a_terminal_without_a_sign_in_is_named_with_its_days(bench: Bench, pos: Pos) -> None:
    bench.wait(5 * DAY_US)
    found = named(bench)
    assert (found[TID]["why"], found[TID]["days"]) == (["unsigned"], 5)
    assert OTHER in found, "it never signed in since it was provisioned"


def test_an_open_batch_is_named_until_it_is_settled(bench: Bench, pos: Pos) -> None:
    pos.sale(700)
    bench.wait(3 * DAY_US)
    assert named(bench)[TID]["why"] == ["unsigned", "unsettled"]
    pos.sign_in()
    assert TID not in named(bench), "somebody was there"
    bench.wait(3 * DAY_US)
    pos.settle((700, 1))
    assert TID not in named(bench)
    bench.wait(3 * DAY_US)
    assert named(bench)[TID]["why"] == ["unsigned"]


def test_a_sale_does_not_replace_the_daily_sign_in(bench: Bench, pos: Pos) -> None:
    for _ in range(4):
        bench.wait(DAY_US)
        pos.sale(100)
    assert named(bench)[TID]["why"] == ["unsigned", "unsettled"]


def test_it_outlives_a_restart_and_control_asks_it_for_all(bench: Bench, pos: Pos) -> None:
    bench.wait(3 * DAY_US)
    before = bench.ask("control", "idle")
    bench.host = bench.restarted()
    assert bench.ask("control", "idle") == before
    assert {row["tid"] for row in before["terminals"]} == {TID, OTHER}


def test_a_merchant_that_is_none(bench: Bench) -> None:
    assert "merchant" in bench.answer("portal", "idle", mid="1").value["error"]["en"]
