"""The provider's list of terminals that sold today and have fallen silent."""

from __future__ import annotations

from typing import Any

import pytest

from harness.bench.base import AskRefused
from harness.bench.fleet import TerminalSpec
from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.machine import MINUTE_US

Json = Any
LIVE = ("terminal2", "terminal3")


@pytest.fixture(name="bench")
def _bench() -> SimulatedBench:
    bench = SimulatedBench(World(terminals=tuple(TerminalSpec(name) for name in LIVE)), 3)
    for op in ("sign_in", "download_parameters", "download_public_keys", "download_aids"):
        bench.ask_each(LIVE, "person", "operate", op=op)
    return bench


def sell(bench: SimulatedBench, terminal: str) -> None:
    bench.ask(terminal, "person", "present", card="debit", how="insert", pin="123456")
    assert bench.ask(terminal, "person", "operate", op="sale", amount_fen=700)["status"] == "done"


def silent(bench: SimulatedBench, minutes: int) -> list[str]:
    answer: Json = bench.ask("host", "portal", "silent", minutes=minutes)
    return [row["tid"] for row in answer["terminals"]]


def test_who_sold_and_sells_no_more_is_listed_until_the_next_sale_or_the_settlement(bench: SimulatedBench) -> None:
    tids = {name: bench.ask(name, "control", "status")["tid"] for name in LIVE}
    assert silent(bench, 1) == [], "nobody has sold anything"
    sell(bench, "terminal2")
    sold_us = bench.now_us
    bench.advance(10 * MINUTE_US)
    sell(bench, "terminal3")
    assert silent(bench, 5) == [tids["terminal2"]]
    assert silent(bench, 11) == []
    bench.advance(10 * MINUTE_US)
    assert silent(bench, 5) == [tids["terminal2"], tids["terminal3"]]
    row = bench.ask("host", "portal", "silent", minutes=5)["terminals"][0]
    assert abs(row["since_us"] - sold_us) < 1_000_000
    sell(bench, "terminal2")
    assert silent(bench, 5) == [tids["terminal3"]]
    assert bench.ask("terminal3", "person", "operate", op="settle")["status"] == "done"
    assert silent(bench, 5) == []


@pytest.mark.parametrize("minutes", [0, 1441, "60", True])
def test_minutes_are_a_number_within_a_day(bench: SimulatedBench, minutes: Json) -> None:
    with pytest.raises(AskRefused, match="1440"):
        bench.ask("host", "portal", "silent", minutes=minutes)
