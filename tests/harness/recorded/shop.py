"""A shop that sells once, recorded, and the same shop with a player in the place of one of its parties."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from harness.bench.base import Bench
from harness.bench.fleet import RegisterSpec
from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.machine import Record
from harness.recordings.player import Player
from harness.recordings.reader import Reader
from harness.recordings.script import Role, script_of
from harness.recordings.sessions import Family, sessions_of
from harness.stores.memory import MemoryStore
from harness.terminal.settings import Identity
from harness.trace import Trace

TMK = "159D86C7C1F779EA29F77A6858E0DA2A"
MID, TID, SN = "898520154110004", "52010009", "SN00000001"
MERCHANT = [{"mid": MID, "name": "Test", "terminal": [{"tid": TID, "sn": SN, "tmk": TMK, "test_key": True}]}]
USUAL = "mispos-b"
OPENING = ("sign_in", "download_parameters", "download_public_keys", "download_aids")
SEED = 7
AMOUNT_FEN = 1234


@cache
def world(protocol: str = USUAL) -> World:
    """The shop's world; its register speaks `protocol`."""
    identity = Identity(TID, MID, bytes.fromhex(TMK), "Test")
    return World(identity=identity, terminal={"serial": SN}, register=RegisterSpec(protocol))


@cache
def opened(again: bool = False, protocol: str = USUAL) -> tuple[Mapping[str, tuple[Record, ...]], int, Trace]:
    """What the parties have made durable when the shop opens, the time, and how it came about.

    `again`: it signs in once more, so that keys and trace numbers are others.
    """
    bench = SimulatedBench(world(protocol), SEED)
    bench.ask("host", "control", "provision", merchant=MERCHANT)
    for op in (*OPENING, *(("sign_in",) if again else ())):
        assert bench.ask("terminal", "person", "operate", op=op)["status"] == "done"
    bench.settle()
    records = {party: tuple(store.load()) for party, store in bench.stores.items()}
    return records, bench.now_us, bench.trace


def shop(again: bool = False, protocol: str = USUAL, **machines: Player) -> SimulatedBench:
    """The shop, just opened, with players in the places of some parties."""
    records, now_us, _ = opened(again, protocol)
    stores = {party: MemoryStore() for party in records if party not in machines}
    for party, store in stores.items():
        store.append(records[party])
    factories = {party: (lambda player=player: player) for party, player in machines.items()}
    return SimulatedBench(world(protocol), SEED, factories, dict(stores), now_us)


def present(bench: Bench) -> None:
    bench.ask("terminal", "person", "present", card="debit", how="insert", pin="123456")


def sell(bench: Bench, amount_fen: int = AMOUNT_FEN) -> Mapping[str, Any]:
    """A sale that the register orders."""
    present(bench)
    return bench.ask("register", "person", "sale", amount_fen=amount_fen)


@cache
def recorded(protocol: str = USUAL) -> Trace:
    """One sale, ordered by the register."""
    bench = shop(protocol=protocol)
    assert sell(bench)["status"] == "done"
    bench.advance(1_000_000)
    return bench.finish()


def player(role: Role, family: Family, trace: Trace | None = None, *, joined: bool = False, **more: Any) -> Player:
    """One side of the recorded sale."""
    reader = Reader()
    parts = script_of(sessions_of((trace or recorded()).events), role, family, reader, joined)
    return Player(role, parts, reader, cable=joined, **more)
