"""The cable is pulled at every frame of a sale and put back: ledger = batch = receipts, and `last` tells what came of
it."""

from __future__ import annotations

from functools import cache

import pytest

from harness.links.faulty import FaultPlan

from .till import Till

LONG_US = 500_000_000
"""Longer than any wait of either side."""


def fresh(protocol: str, profile: str, quirks: tuple[str, ...]) -> Till:
    till = Till(protocol, quirks, profile=profile)
    till.do("status")
    return till


@cache
def moments_ms(protocol: str, profile: str, quirks: tuple[str, ...]) -> tuple[int, ...]:
    """When octets are on the cable during a sale, and just behind."""
    till = fresh(protocol, profile, quirks)
    seen, began_us = len(till.bench.events()), till.bench.now_us
    till.sell(1_00)
    cable = [e for e in till.bench.events()[seen:] if e.kind == "bytes" and e.data["link"] in ("register", "terminal")]
    at = {(event.t_us - began_us) // 1000 for event in cable}
    return tuple(sorted({max(1, ms + behind) for ms in at for behind in (0, 1)}))


@pytest.mark.parametrize("profile", ["tethered", "countertop"])
@pytest.mark.parametrize(
    ("protocol", "quirks"),
    [("mispos-a", ()), ("mispos-b", ()), ("mispos-a", ("boc-ingenico",)), ("mispos-b", ("allinpay",))],
)
def test_at_every_frame_of_a_sale(protocol: str, quirks: tuple[str, ...], profile: str) -> None:
    moments = moments_ms(protocol, profile, quirks)
    assert len(moments) >= 5
    for ms in moments:
        till = fresh(protocol, profile, quirks)
        till.bench.set_faults("register", FaultPlan.from_specs([f"unplug:after={ms},away=2000"], "test"))
        outcome = till.sell(1_00)
        till.bench.set_faults("register", None)
        till.bench.advance(LONG_US)
        last = till.do("last")
        assert till.do("settle")["status"] == "done"
        till.check()
        kept = sum(till.posted())
        assert kept == (1_00 if last["status"] == "done" else 0)
        assert outcome["status"] == "unknown" or (outcome["status"] == "done") is (kept == 1_00)
