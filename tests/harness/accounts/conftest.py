"""A shop with two merchant accounts on one terminal, both open and signed in; forked for every test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from harness.bench.base import AskRefused, BenchBroken
from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.cards import listed_pans
from harness.judges import Verdict, judge
from harness.links.plan import FaultPlan
from harness.machine import HOUR_US
from harness.scenarios.load import load_steps
from harness.scenarios.steps import Stage
from harness.scenarios.worlds import first_variables

Json = Any
PIN = "123456"


class Shop:
    """The bench and what people do at it.  `second` is the MID of the second account."""

    def __init__(self, bench: SimulatedBench, sn: str, first: str, second: str) -> None:
        self.bench, self.sn, self.first, self.second = bench, sn, first, second

    def portal(self, action: str, **args: Json) -> Json:
        return self.bench.ask("host", "portal", action, **args)

    def control(self, name: str, **args: Json) -> Json:
        return self.bench.ask("host", "control", name, **args)

    def operate(self, op: str, **args: Json) -> Json:
        return self.bench.ask("terminal", "person", "operate", op=op, **args)

    def sell(self, amount_fen: int, account: str = "", **args: Json) -> Json:
        """A sale at the register; "" is the terminal's own account."""
        self.card()
        named = {"account": account} if account else {}
        return self.bench.ask("register", "person", "sale", amount_fen=amount_fen, **named, **args)

    def card(self) -> None:
        self.bench.ask("terminal", "person", "present", card="debit", how="insert", pin=PIN)

    def settle(self, account: str = "") -> Json:
        return self.bench.ask("register", "person", "settle", **({"account": account} if account else {}))

    def line(self, *faults: str) -> None:
        self.bench.set_faults("host", FaultPlan.from_specs(faults) if faults else None)

    def books(self) -> dict[str, dict[str, int]]:
        """By MID: what the host booked, and what stands in the terminal's batch (voids and refunds as they count)."""
        sides = self.bench.snapshot()
        host: dict[str, int] = {}
        for posting in sides["host"]["postings"]:
            host[posting["mid"]] = host.get(posting["mid"], 0) + posting["net_fen"]
        terminal = sides["terminal"]
        mine = {b["mid"]: sum(e["amount_fen"] for e in b["entries"]) for b in (terminal, *terminal["accounts"])}
        return {
            "host": {mid: fen for mid, fen in host.items() if fen},
            "terminal": {m: f for m, f in mine.items() if f},
        }

    def verdicts(self) -> dict[str, Verdict]:
        self.bench.snapshot()
        return {verdict.judge: verdict for verdict in judge(self.bench.events(), listed_pans())}

    def all_is_well(self) -> None:
        wrong = [f"{v.judge}: {v.what.en}" for v in self.verdicts().values() if v.ok is False]
        assert not wrong, wrong


def _opened() -> Shop:
    bench = SimulatedBench(World(), 11)
    stage = Stage(bench, first_variables(bench))
    stage.play(load_steps("ready").step, "ready")
    stage.play(load_steps("ask_second_account").step, "second account")
    assert stage.failures == []
    bench.advance(25 * HOUR_US)
    shop = Shop(bench, stage.variables["sn"], stage.variables["mid"], stage.variables["mid2"])
    assert shop.operate("sign_in", account=2)["status"] == "done"
    return shop


@pytest.fixture(scope="session", name="opened")
def _once() -> Iterator[Shop]:
    shop = _opened()
    yield shop
    shop.bench.finish()


@pytest.fixture
def shop(opened: Shop) -> Iterator[Shop]:
    fork = opened.bench.fork()
    yield Shop(fork, opened.sn, opened.first, opened.second)
    fork.finish()


__all__ = ["AskRefused", "BenchBroken", "Shop"]
