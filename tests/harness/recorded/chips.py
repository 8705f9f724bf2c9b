"""A shop that sells once to a chip card, recorded."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.card.card import Card
from harness.card.profile import Chip
from harness.card.settings import CardSettings
from harness.machine import Machine, Record
from harness.recordings.sessions import Session, sessions_of
from harness.stores.memory import MemoryStore
from harness.trace import Trace

from . import shop

CARD = "debit"
PIN = "123456"


@cache
def world() -> World:
    """The shop's world with chips in it."""
    return replace(shop.world(), card="chip")


@cache
def opened() -> tuple[Mapping[str, tuple[Record, ...]], int]:
    """What host, terminal and register have made durable when the shop opens, and the time."""
    bench = SimulatedBench(world(), shop.SEED)
    bench.ask("host", "control", "provision", merchant=shop.MERCHANT)
    for op in shop.OPENING:
        assert bench.ask("terminal", "person", "operate", op=op)["status"] == "done"
    bench.settle()
    return {party: tuple(store.load()) for party, store in bench.stores.items()}, bench.now_us


def bench(cards: Callable[[], Machine] | None = None) -> SimulatedBench:
    """The shop, just opened; `cards`: the machine in the place of the cards."""
    records, now_us = opened()
    stores = {party: MemoryStore() for party in records}
    for party, store in stores.items():
        store.append(records[party])
    return SimulatedBench(world(), shop.SEED, {} if cards is None else {"card": cards}, dict(stores), now_us)


def with_chip(chip: Chip) -> SimulatedBench:
    """The shop, where the card `debit` has another chip."""
    return bench(lambda: Card(CardSettings(random.Random(shop.SEED), {CARD: chip})))


def sell(at: SimulatedBench, how: str = "insert", pin: str = PIN) -> Mapping[str, Any]:
    """One sale that the register orders."""
    at.ask("terminal", "person", "present", card=CARD, how=how, pin=pin)
    answer: Mapping[str, Any] = at.ask("register", "person", "sale", amount_fen=shop.AMOUNT_FEN)
    at.advance(1_000_000)
    return answer


@cache
def recorded(how: str = "insert") -> Trace:
    """One sale to the chip of the card `debit`."""
    shop_ = bench()
    assert sell(shop_, how)["status"] == "done"
    return shop_.finish()


def session(trace: Trace, side: str = "terminal") -> Session:
    """The conversation with the card, at one of its ends."""
    return next(one for one in sessions_of(trace.events) if (one.side, one.family) == (side, "card"))
