"""A till: register, cable, a terminal without a line of its own, and the host, all simulated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from harness.bench.fleet import RegisterSpec
from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.cards import listed_pans
from harness.judges import judge
from harness.machine import Record
from harness.stores.memory import MemoryStore
from harness.terminal.settings import Identity

TMK = "159D86C7C1F779EA29F77A6858E0DA2A"
MID, TID, SN = "898520154110004", "52010009", "SN00000001"
MERCHANT = [{"mid": MID, "name": "Test", "terminal": [{"tid": TID, "sn": SN, "tmk": TMK, "test_key": True}]}]
WORLD = World(identity=Identity(TID, MID, bytes.fromhex(TMK), "Test"), terminal={"serial": SN}, profile="tethered")
JUDGED = ("I1", "I2", "I3", "C1", "I4", "I5", "I8", "I6", "I7", "I9")


@cache
def ready_records() -> Mapping[str, tuple[Record, ...]]:
    """What host and terminal have made durable when the till opens, except for the sign-in: that comes by cable."""
    bench = SimulatedBench(replace(WORLD, profile="countertop"), seed=7)
    bench.ask("host", "control", "provision", merchant=MERCHANT)
    for op in ("sign_in", "download_parameters", "download_public_keys", "download_aids"):
        assert bench.ask("terminal", "person", "operate", op=op)["status"] == "done"
    return {party: tuple(bench.stores[party].load()) for party in ("host", "terminal")}


class Till:
    """`do` asks the register, with a card at hand where one is needed."""

    def __init__(self, protocol: str = "mispos-a", quirks: tuple[str, ...] = (), **changes: Any) -> None:
        stores = {"host": MemoryStore(), "terminal": MemoryStore()}
        for party, store in stores.items():
            for record in ready_records()[party]:
                store.append((record,))
        world = replace(WORLD, register=RegisterSpec(protocol, "serial", quirks), **changes)
        self.bench = SimulatedBench(world, 7, {}, stores)

    def do(self, op: str, **args: Any) -> Mapping[str, Any]:
        """One operation of the register; its Outcome."""
        return self.bench.ask("register", "person", op, **args)

    def sell(self, amount_fen: int, op: str = "sale", **args: Any) -> Mapping[str, Any]:
        """What needs a card and an amount."""
        self.card()
        return self.do(op, amount_fen=amount_fen, **args)

    def card(self) -> None:
        self.bench.ask("terminal", "person", "present", card="debit", how="insert", pin="123456")

    def cause(self, behaviour: str, **settings: int) -> None:
        self.bench.ask("register", "control", "cause", behaviour=behaviour, **settings)

    def heal(self, behaviour: str) -> None:
        self.bench.ask("register", "control", "heal", behaviour=behaviour)

    def seen(self, party: str, kind: str, /, **where: Any) -> list[Mapping[str, Any]]:
        """The data of events that have these values."""
        return [
            event.data
            for event in self.bench.events()
            if event.party == party and event.kind == kind and where.items() <= event.data.items()
        ]

    def check(self) -> None:
        """All judges agree: ledger = batch = receipts, nothing twice, nothing lost, no secret in the trace."""
        self.bench.settle()
        self.bench.snapshot()
        verdicts = {v.judge: v for v in judge(self.bench.events(), listed_pans())}
        assert [f"{name}: {verdicts[name].what.en}" for name in JUDGED if verdicts[name].ok is not True] == []

    def posted(self) -> list[int]:
        """What the merchant kept of each posting, in fen."""
        postings = self.bench.snapshot()["host"]["postings"]
        return [posting["net_fen"] for posting in postings]
