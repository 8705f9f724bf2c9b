"""Suspended merchants: what the portal says separates what F39 = 03 cannot, and two causes at once are named both."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.diagnosis import diagnose
from harness.machine import DAY_US
from harness.scenarios.load import load_steps
from harness.scenarios.steps import Stage
from harness.scenarios.worlds import first_variables
from harness.trace import Event, Who


@pytest.fixture(name="shop")
def _shop() -> Iterator[Stage]:
    bench = SimulatedBench(World(), 5)
    stage = Stage(bench, first_variables(bench))
    stage.play(load_steps("ready").step, "ready")
    yield stage
    bench.finish()


def sale(shop: Stage, fen: int = 500) -> str:
    shop.bench.ask("terminal", "person", "present", card="credit", how="insert")
    return str(shop.bench.ask("register", "person", "sale", amount_fen=fen)["code"])


def named(shop: Stage, view: Who = "all") -> tuple[str, ...]:
    events: list[Event] = list(shop.bench.events())
    return diagnose(events, view).named


def test_arrears_and_a_risk_rule_at_once_are_named_both(shop: Stage) -> None:
    bench, mid = shop.bench, shop.variables["mid"]
    bench.ask("host", "control", "contract", mid=mid, rent_fen=3_000)
    bench.advance(15 * DAY_US)
    assert sale(shop) == "03"
    assert named(shop) == ("H6",)
    bench.ask("host", "control", "hold", kind="risk_fraud", subject=f"merchant:{mid}", facts={"rule": "R301"})
    assert named(shop) == ("H3", "H6")
    assert named(shop, "register") == (), "nobody has asked at the portal yet"
    assert {"H3", "H6"} <= set(diagnose(list(bench.events()), "terminal").group)
    bench.ask("host", "portal", "status", sn=shop.variables["sn"])
    assert named(shop, "register") == ("H3", "H6")


def test_to_pay_what_is_owed_does_not_end_what_a_rule_began(shop: Stage) -> None:
    bench, mid = shop.bench, shop.variables["mid"]
    bench.ask("host", "control", "contract", mid=mid, rent_fen=3_000)
    bench.ask("host", "control", "hold", kind="risk_check", subject=f"merchant:{mid}", facts={"check": "K1"})
    bench.advance(15 * DAY_US)
    bench.ask("host", "portal", "pay", mid=mid)
    assert sale(shop) == "03"
    assert named(shop) == ("H6", "H8")


def test_a_reminder_that_is_paid_in_time_is_no_outage(shop: Stage) -> None:
    bench, mid = shop.bench, shop.variables["mid"]
    bench.ask("host", "control", "contract", mid=mid, rent_fen=3_000)
    bench.advance(8 * DAY_US)
    assert bench.ask("host", "portal", "invoices", mid=mid)["open"][0]["state"] == "warned"
    bench.ask("host", "portal", "pay", mid=mid)
    assert sale(shop) == "00"
    assert named(shop) == ()


def test_appeals_and_payments_that_are_seen_alone_prove_nothing(shop: Stage) -> None:
    """The portal's ordinary business is no fault: invoices, a payout, a status query of a merchant in good standing."""
    bench, mid = shop.bench, shop.variables["mid"]
    assert sale(shop, 10_000) == "00"
    bench.ask("host", "portal", "invoices", mid=mid)
    bench.ask("host", "portal", "instant_payout", mid=mid, amount_fen=5_000, order="1")
    bench.ask("host", "portal", "status", sn=shop.variables["sn"])
    assert diagnose(list(bench.events())).first is None
