"""Payments by code as orders, in Chanjet's dialect (POS V2.0: 71 pay, 72 void, 73 query, 74 refund): none is reversed,
what has no answer is asked about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from harness.bench.fleet import TerminalSpec
from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.judges import judge
from harness.links.plan import FaultPlan

Json = Any
TILL = "terminal2"
CODE, OTHER = "134650783012345678", "2812345678901234"


@pytest.fixture(name="shop", scope="module")
def _shop() -> SimulatedBench:
    bench = SimulatedBench(World(terminals=(TerminalSpec(TILL, profile="smart", dialect="chanjet"),)), 3)
    for op in ("sign_in", "download_parameters", "download_public_keys", "download_aids"):
        assert operate(bench, op)["status"] == "done"
    return bench


@pytest.fixture(name="bench")
def _bench(shop: SimulatedBench) -> Iterator[SimulatedBench]:
    bench = shop.fork()
    yield bench
    bench.finish()


def operate(bench: SimulatedBench, op: str, **args: Json) -> Json:
    return bench.ask(TILL, "person", "operate", op=op, **args)


def scan(bench: SimulatedBench, amount_fen: int, code: str = CODE) -> Json:
    bench.ask(TILL, "person", "present", card=code, how="scan")
    return operate(bench, "sale_qr", amount_fen=amount_fen)


def fault(bench: SimulatedBench, stream: str, times: int) -> None:
    bench.set_faults("host", FaultPlan.from_specs([f"drop:stream={stream},times={times}"]), TILL)


def sent(bench: SimulatedBench) -> list[str]:
    told = (e for e in bench.events() if e.kind == "message" and e.party == TILL and e.data["dir"] == "out")
    return [event.data["kind"] for event in told]


def all_is_well(bench: SimulatedBench) -> None:
    bench.snapshot()
    assert not [verdict for verdict in judge(bench.events()) if verdict.ok is False]
    text = bench.finish().text()
    assert CODE not in text and OTHER not in text


def test_paid_voided_refunded_and_settled(bench: SimulatedBench) -> None:
    one, two = scan(bench, 500), scan(bench, 700, OTHER)
    assert (one["status"], two["status"]) == ("done", "done")
    assert operate(bench, "void", stan=one["stan"])["status"] == "done"
    assert operate(bench, "refund", stan=two["stan"], amount_fen=200)["status"] == "done"
    assert operate(bench, "void", stan=one["stan"])["cause"] == "already_voided"
    assert operate(bench, "refund", stan=two["stan"], amount_fen=501)["code"] == "64"
    assert sent(bench) == ["qr_scan", "qr_scan", "qr_void", "qr_refund", "qr_refund"]
    assert operate(bench, "query_order")["cause"] == "nothing_to_query"
    settled = operate(bench, "settle")
    assert (settled["status"], settled["balanced"], settled["amount_fen"]) == ("done", True, 1_200 - 700)
    all_is_well(bench)


@pytest.mark.parametrize(("stream", "status"), [("downstream", "done"), ("upstream", "declined")])
def test_a_lost_frame_is_asked_about_at_once(bench: SimulatedBench, stream: str, status: str) -> None:
    """The answer was lost: it is paid.  The request was lost: it is not, and never will be."""
    fault(bench, stream, 1)
    told = scan(bench, 500)
    assert (told["status"], told["cause"]) == (status, None if status == "done" else "order_not_paid")
    assert sent(bench) == ["qr_scan", "qr_inquiry"]
    assert operate(bench, "settle")["balanced"] is True
    all_is_well(bench)


def test_an_order_that_stays_open_is_asked_about_later(bench: SimulatedBench) -> None:
    bench.ask("host", "control", "cause", behaviour="no_answer", kinds=["qr_scan", "qr_inquiry"])
    told = scan(bench, 500)
    assert (told["status"], sent(bench)) == ("unknown", ["qr_scan"] + 3 * ["qr_inquiry"])
    assert scan(bench, 300, OTHER)["status"] == "unknown"
    assert operate(bench, "query_order", stan=told["stan"])["status"] == "unknown"
    bench.crash(TILL)
    bench.restart(TILL)
    bench.ask("host", "control", "heal")
    found = operate(bench, "query_order", stan=told["stan"])
    assert (found["status"], found["stan"], found["amount_fen"]) == ("done", told["stan"], 500)
    settled = operate(bench, "settle")
    assert (settled["balanced"], settled["amount_fen"]) == (True, 800), "the settlement asks about the other one"
    all_is_well(bench)


def test_a_request_that_comes_after_the_question_books_nothing(bench: SimulatedBench) -> None:
    """As `test_orders` says it of the host: here from a till that has told its customer that nothing was taken."""
    fault(bench, "upstream", 1)
    assert scan(bench, 500)["cause"] == "order_not_paid"
    assert scan(bench, 500)["status"] == "done", "the code was not used by the first"
    assert operate(bench, "settle")["amount_fen"] == 500
    all_is_well(bench)


@pytest.mark.parametrize("op", ["void", "refund"])
def test_taking_back_without_an_answer(bench: SimulatedBench, op: str) -> None:
    stan = scan(bench, 500)["stan"]
    fault(bench, "downstream", 1)
    assert operate(bench, op, stan=stan)["status"] == "done"
    assert operate(bench, "void", stan=stan)["status"] in ("refused", "declined")
    settled = operate(bench, "settle")
    assert (settled["balanced"], settled["debit_fen"], settled["credit_fen"]) == (True, 500, 500)
    all_is_well(bench)


@pytest.mark.parametrize("after", range(0, 26, 2))
def test_the_power_fails_before_each_effect(bench: SimulatedBench, after: int) -> None:
    bench.engine.crash_after(TILL, bench.engine.effects_of(TILL) + after, restart_after_us=1_000_000)
    bench.engine.submit(TILL, "person", "present", {"card": CODE, "how": "scan"})
    bench.settle()
    bench.engine.submit(TILL, "person", "operate", {"op": "sale_qr", "amount_fen": 500})
    bench.settle()
    bench.advance(120_000_000)
    bench.engine._crashes.clear()
    bench.restart(TILL)
    assert operate(bench, "query_order")["status"] in ("done", "declined", "refused")
    assert operate(bench, "settle")["balanced"] is True
    all_is_well(bench)
