"""A device is lost or breaks in the middle of a batch, and another one takes its place under the same numbers.

The new device counts its trace numbers from 1, so sooner or later it uses those of the old one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from harness.bench.fleet import TerminalSpec
from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.console.rig import Rig
from harness.links.plan import FaultPlan

DAY_S = 24 * 3600
OTHER = "terminal2"
OPENING = ("sign_in", "download_parameters", "download_aids", "download_public_keys")


@pytest.fixture
def rig() -> Iterator[Rig]:
    shop = Rig(SimulatedBench(World(terminals=(TerminalSpec(OTHER, live=False),)), 1))
    yield shop
    wrong = [f"{verdict.judge}: {verdict.what.en}" for verdict in shop.judge() if verdict.ok is False]
    shop.close()
    assert wrong == []


def operate(shop: Rig, op: str, card: str = "", **args: Any) -> Any:
    """At the new device."""
    if card:
        shop.ask(OTHER, "person", "present", card=card, how="insert", pin="123456")
    return shop.ask(OTHER, "person", "operate", op=op, **args)


def replace(shop: Rig, reason: str, days: int) -> None:
    """The other device is bound, activated, keyed and signed in."""
    old, new = (shop.ask(party, "control", "status")["sn"] for party in ("terminal", OTHER))
    number = shop.host.snapshot()["applications"][0]["application"]
    if reason == "stolen":
        shop.host.portal("report", sn=old, status=reason)
    code = shop.host.portal("replacement", application=number, reason=reason)["activation_code"]
    shop.wait(days * DAY_S)
    shop.host.portal("bind", application=number, sn=new)
    for op in ("self_test", "connect"):
        operate(shop, op)
    assert operate(shop, "activate", code=code)["status"] == "done"
    shop.ask(OTHER, "control", "inject_tmk", **shop.ask("host", "control", "issue_tmk", sn=new))
    assert [operate(shop, op)["status"] for op in OPENING] == ["done"] * len(OPENING)


def count_up_to(shop: Rig, stan: str) -> None:
    """Until the next request of the new device has this trace number."""
    while (now := shop.ask(OTHER, "control", "snapshot")["next_stan"]) < int(stan):
        operate(shop, "echo")
    assert now == int(stan), "it is past that number"


@pytest.mark.parametrize("days", [0, 3])
@pytest.mark.parametrize("reason", ["stolen", "damaged"])
def test_the_same_card_and_amount_under_an_old_trace_number_is_a_sale_of_its_own(
    rig: Rig, reason: str, days: int
) -> None:
    first = rig.sale(500)
    rig.sale(700)
    replace(rig, reason, days)
    count_up_to(rig, first.stan)
    again = operate(rig, "sale", "debit", amount_fen=500)
    assert (again["status"], again["stan"]) == ("done", first.stan)
    assert sorted(posting["net_fen"] for posting in rig.host.postings) == [500, 500, 700]
    settled = operate(rig, "settle")
    assert (settled["status"], settled["amount_fen"], settled["balanced"]) == ("done", 500, True)
    assert rig.host.snapshot()["unresolved"] == []


def test_its_reversal_takes_back_nothing_of_the_old_device(rig: Rig) -> None:
    first = rig.sale(500)
    replace(rig, "stolen", 1)
    count_up_to(rig, first.stan)
    rig.bench.set_faults("host", FaultPlan.from_specs(["drop:stream=upstream,frame=1"]), OTHER)
    assert operate(rig, "sale", "debit", amount_fen=500)["status"] == "unknown"
    rig.bench.set_faults("host", None, OTHER)
    assert operate(rig, "reversal")["status"] == "done"
    assert [posting["net_fen"] for posting in rig.host.postings] == [500]


def test_a_refusal_of_the_old_device_is_not_repeated_to_the_new_one(rig: Rig) -> None:
    rig.host.cause("decline", code="05", kinds=["sale"])
    first = rig.sale(500)
    rig.host.heal("decline")
    assert first.code == "05"
    declined = rig.sale(10**11)
    assert declined.code == "51"
    replace(rig, "damaged", 0)
    count_up_to(rig, declined.stan)
    assert operate(rig, "sale", "debit", amount_fen=400)["status"] == "done"


def test_a_device_that_only_moves_in_keeps_the_batch(rig: Rig) -> None:
    """Nothing was asked for in the batch: there is nothing to close."""
    replace(rig, "damaged", 0)
    assert operate(rig, "sale", "debit", amount_fen=400)["batch"] == "000001"
