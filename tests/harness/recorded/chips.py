"""A shop that sells once to a chip card, recorded."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.recordings.sessions import Session, sessions_of
from harness.trace import Trace

from . import shop


@cache
def recorded(seed: int = shop.SEED, how: str = "insert") -> Trace:
    """One sale to the chip of the card `debit`, behind the opening of the shop."""
    return sold(SimulatedBench(world(), seed), how)


def world() -> World:
    """The shop's world with chips in it."""
    return replace(shop.world(), card="chip")


def sold(bench: SimulatedBench, how: str = "insert", card: str = "debit") -> Trace:
    """The shop opens, sells once and closes."""
    bench.ask("host", "control", "provision", merchant=shop.MERCHANT)
    for op in shop.OPENING:
        assert bench.ask("terminal", "person", "operate", op=op)["status"] == "done"
    bench.ask("terminal", "person", "present", card=card, how=how, pin="123456")
    assert bench.ask("register", "person", "sale", amount_fen=shop.AMOUNT_FEN)["status"] == "done"
    bench.advance(1_000_000)
    return bench.finish()


def session(trace: Trace, side: str = "terminal") -> Session:
    """The conversation with the card, at one of its ends."""
    return next(one for one in sessions_of(trace.events) if (one.side, one.family) == (side, "card"))
