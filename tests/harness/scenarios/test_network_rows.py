"""What the rows of the network say in words and no step can say: exact times, and money at any rate of loss."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from harness.bench.simulated import LATENCY_US, SimulatedBench
from harness.bench.world import load_cards
from harness.cards import listed_pans
from harness.judges import judge
from harness.links.plan import FaultPlan
from harness.scenarios.load import load_steps
from harness.scenarios.steps import Stage
from harness.scenarios.worlds import first_variables

Json = Any
T1_US = 60_000_000
"""Wait for the host's reply in the standard dialect (Q/CUP 009: 60 seconds)."""


@pytest.fixture(name="shop")
def _shop() -> Iterator[SimulatedBench]:
    bench = SimulatedBench(seed=5)
    stage = Stage(bench, first_variables(bench))
    stage.play(load_steps("ready").step, "ready")
    assert stage.failures == []
    yield bench
    bench.finish()


def line(bench: SimulatedBench, *specs: str) -> None:
    bench.set_faults("host", FaultPlan.from_specs(specs) if specs else None)


def sale(bench: SimulatedBench, fen: int) -> Json:
    card = load_cards()["debit"]
    bench.ask("terminal", "person", "present", card="debit", how="insert", pin=card.pin)
    return bench.ask("terminal", "person", "operate", op="sale", amount_fen=fen)


def at(bench: SimulatedBench, begun: int, **where: Json) -> list[int]:
    """When the terminal's messages with these values went."""
    own = (e for e in bench.events()[begun:] if (e.party, e.kind) == ("terminal", "message"))
    return [e.t_us for e in own if all(e.data.get(key) == value for key, value in where.items())]


def test_the_time_out_counts_from_the_requests_last_octet_to_the_microsecond(shop: SimulatedBench) -> None:
    line(shop, "drop:stream=upstream,times=9")
    begun = len(shop.events())
    assert sale(shop, 100)["status"] == "unknown"
    (sent,) = at(shop, begun, mti="0200")
    closed = [
        e.t_us
        for e in shop.events()[begun:]
        if (e.party, e.kind) == ("terminal", "link") and e.data["what"] == "closed"
    ]
    assert [time - sent for time in closed] == [T1_US]


@pytest.mark.parametrize(("short_us", "status"), [(1, "done"), (-1, "unknown")])
def test_a_reply_a_microsecond_before_the_limit_counts_and_one_behind_it_does_not(
    shop: SimulatedBench, short_us: int, status: str
) -> None:
    ways_us = 2 * LATENCY_US["host"]
    shop.ask("terminal", "person", "operate", op="parameter_menu", reply_timeout_us=10_000_000 + ways_us + short_us)
    line(shop, "delay:stream=downstream,delay=10000")
    assert sale(shop, 100)["status"] == status
    shop.advance(30_000_000)
    booked = [p for p in shop.snapshot()["host"]["postings"] if p["amount_fen"] == 100]
    assert len(booked) == 1, "the host booked in time, whatever the terminal made of it"
    line(shop)
    shop.ask("terminal", "person", "operate", op="parameter_menu", reply_timeout_us=0)
    assert sale(shop, 200)["status"] == "done"
    (first,) = [p for p in shop.snapshot()["host"]["postings"] if p["amount_fen"] == 100 and p["kind"] == "sale"]
    assert first["net_fen"] == (100 if status == "done" else 0)


def test_a_reply_that_comes_while_the_next_one_is_awaited_is_dropped(shop: SimulatedBench) -> None:
    """It answers nothing that is being asked: another MTI, trace number or terminal."""
    line(shop, "duplicate:stream=downstream,delay=45", "latency:stream=upstream,latency=100,times=9")
    begun = len(shop.events())
    assert shop.ask("terminal", "person", "operate", op="download_aids")["status"] == "done"
    late = [e.data["reason"] for e in shop.events()[begun:] if (e.party, e.kind) == ("terminal", "noise")]
    assert late == ["no match"]


@pytest.mark.parametrize("loss", [5, 20, 50, 80, 95])
@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_is_lost_nothing_is_booked_twice_and_what_was_sold_is_booked(loss: int, seed: int) -> None:
    """Money first: the judges look at the whole of it, and each approved amount stands once in the host's ledger."""
    bench = SimulatedBench(seed=seed)
    stage = Stage(bench, first_variables(bench))
    stage.play(load_steps("ready").step, "ready")
    line(bench, f"unstable:loss={loss},correlation=40,disconnect=5,jitter=900,latency=900")
    ended = [sale(bench, 1000 + number)["status"] for number in range(12)]
    line(bench)
    assert sale(bench, 5000)["status"] == "done"
    postings = bench.snapshot()["host"]["postings"]
    kept = [p["amount_fen"] for p in postings if p["net_fen"] > 0]
    sold = [1000 + number for number, status in enumerate(ended) if status == "done"]
    assert sorted(kept) == [*sold, 5000]
    assert loss < 50 or len(sold) < 12, "a line that loses half of everything cannot serve everybody"
    assert [verdict for verdict in judge(bench.events(), listed_pans()) if verdict.ok is False] == []
    bench.finish()


@pytest.mark.parametrize("bit", range(16, 16 + 8 * 20, 7))
def test_no_bit_that_is_flipped_in_a_request_books_another_amount(shop: SimulatedBench, bit: int) -> None:
    """TPDU, header, MTI, bitmap and the first fields: refused, or not understood, or as if nothing had been flipped."""
    line(shop, f"flip:stream=upstream,bit={bit}")
    status = sale(shop, 4321)["status"]
    line(shop)
    assert sale(shop, 77)["status"] == "done"
    kept = [p["amount_fen"] for p in shop.snapshot()["host"]["postings"] if p["net_fen"] > 0]
    assert sorted(kept) == sorted([77, 4321] if status == "done" else [77])


@pytest.mark.parametrize("bit", range(16, 8 * 150, 53))
def test_no_bit_that_is_flipped_in_a_reply_leaves_the_two_books_apart(shop: SimulatedBench, bit: int) -> None:
    line(shop, f"flip:stream=downstream,bit={bit}")
    status = sale(shop, 4321)["status"]
    line(shop)
    assert sale(shop, 77)["status"] == "done"
    snapshot = shop.snapshot()
    kept = sorted(p["amount_fen"] for p in snapshot["host"]["postings"] if p["net_fen"] > 0)
    entries = sorted(e["amount_fen"] for e in snapshot["terminal"]["entries"] if e["status"] == "approved")
    assert kept == entries == ([77, 4321] if status == "done" else [77])
