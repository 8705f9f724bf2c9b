"""What happens to everybody is no fault, seen from any side; what happens again is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from harness.bench.simulated import SimulatedBench
from harness.bench.world import World, load_cards
from harness.diagnosis import diagnose
from harness.links.plan import FaultPlan
from harness.machine import HOUR_US
from harness.scenarios.load import load_steps
from harness.scenarios.look import VIEWS
from harness.scenarios.steps import Stage
from harness.scenarios.worlds import first_variables

Json = Any
PIN = load_cards()["debit"].pin


@pytest.fixture(name="shop")
def _shop() -> Iterator[Stage]:
    bench = SimulatedBench(World(), 5)
    stage = Stage(bench, first_variables(bench))
    stage.play(load_steps("ready").step, "ready")
    yield stage
    bench.finish()


def sale(shop: Stage, fen: int, **person: Json) -> Json:
    shop.bench.ask("terminal", "person", "present", card="debit", how="insert", pin=PIN, **person)
    return shop.bench.ask("register", "person", "sale", amount_fen=fen)


def nothing_is_wrong(shop: Stage) -> bool:
    return all(diagnose(shop.bench.events(), view).first is None for view in VIEWS)


def test_a_card_that_is_pulled_once_is_everyday_and_twice_is_untrained_staff(shop: Stage) -> None:
    assert sale(shop, 510, pulled=True)["status"] != "done"
    assert sale(shop, 520)["status"] == "done"
    assert nothing_is_wrong(shop)
    sale(shop, 530, pulled=True)
    found = diagnose(shop.bench.events())
    assert found.group == ("C2",) and found.named == ()
    shop.bench.ask("terminal", "person", "operate", op="reader_test")
    assert diagnose(shop.bench.events()).named == ("C2",), "the reader is good: it was the person"


def test_a_chip_card_that_is_swiped_first_is_everyday(shop: Stage) -> None:
    shop.bench.ask("terminal", "person", "present", card="debit", how="swipe", pin=PIN)
    refused = shop.bench.ask("register", "person", "sale", amount_fen=540)
    assert (refused["status"], refused["cause"]) == ("refused", "use_chip")
    assert sale(shop, 540)["status"] == "done"
    assert nothing_is_wrong(shop)


def test_a_customer_who_goes_away_after_a_wrong_pin_is_everyday(shop: Stage) -> None:
    assert sale(shop, 510)["status"] == "done"
    shop.bench.ask("terminal", "person", "present", card="stripe", how="swipe", pin="999999")
    assert shop.bench.ask("register", "person", "sale", amount_fen=520)["cause"] == "f39_55"
    assert nothing_is_wrong(shop)


def act(shop: Stage, name: str) -> None:
    shop.bench.ask("terminal", "control", "maintain", act=name)


@pytest.mark.parametrize("profile", ["countertop", "portable"])
def test_a_day_with_all_that_happens_in_a_shop_is_no_fault(profile: str) -> None:
    """A card the wrong way round, a slip once more, a cancelled sale, a new roll, off and on, a charger, an update that
    was announced, a settlement with its uploads."""
    bench = SimulatedBench(World(profile=profile), 5)
    shop = Stage(bench, first_variables(bench))
    shop.play(load_steps("ready").step, "ready")
    done: list[Json] = []

    bench.ask("terminal", "person", "present", card="debit", how="insert", misread=True)
    done.append(sale(shop, 610))
    done.append(bench.ask("register", "person", "reprint"))
    bench.ask("terminal", "person", "press", keys="CANCEL")
    assert bench.ask("register", "person", "sale", amount_fen=620)["status"] == "cancelled"
    bench.ask("terminal", "control", "cause", behaviour="paper_out", after_lines=60)
    done.append(sale(shop, 630))
    assert any(event.kind == "part" and event.data["what"] == "paper_low" for event in bench.events())
    act(shop, "load_paper")
    act(shop, "switch_off")
    bench.advance(8 * HOUR_US)
    act(shop, "switch_on")
    done.append(sale(shop, 640))
    assert nothing_is_wrong(shop)
    if profile == "portable":
        act(shop, "unplug")
        bench.advance(9 * HOUR_US)
        act(shop, "plug_in")
        assert any(event.kind == "part" and event.data["what"] == "low" for event in bench.events())
    bench.ask("host", "control", "publish", model=shop.variables["model"], version="1.1.0")
    bench.ask("host", "control", "demand_version", wanted="1.1.0")
    done.append(bench.ask("register", "person", "sign_in"))
    done.append(bench.ask("terminal", "person", "operate", op="update_software"))
    done.append(bench.ask("register", "person", "sign_in"))
    done.append(sale(shop, 650))
    done.append(bench.ask("register", "person", "settle"))
    assert [answer["status"] for answer in done] == ["done"] * len(done)
    assert any(event.kind == "message" and event.data["kind"] == "batch_upload_tc" for event in bench.events())
    assert nothing_is_wrong(shop)
    bench.finish()


@pytest.mark.parametrize("op", ["last", "reprint"])
def test_to_ask_for_a_transaction_before_there_is_any_is_everyday(shop: Stage, op: str) -> None:
    """Whoever looks whether the register's cable works (the ladder's second rung) asks a new terminal for its last
    transaction."""
    assert shop.bench.ask("register", "person", op)["status"] == "refused"
    assert nothing_is_wrong(shop)


def test_no_money_and_a_void_are_everyday(shop: Stage) -> None:
    shop.bench.ask("host", "control", "cause", behaviour="decline", code="51", kinds=["sale"], count=1)
    assert sale(shop, 500)["code"] == "51"
    done = sale(shop, 700)
    assert shop.bench.ask("register", "person", "void", stan=done["stan"])["status"] == "done"
    assert nothing_is_wrong(shop)


@pytest.mark.parametrize(
    "fault",
    [
        "down:connection=1,times=1",
        "latency:stream=upstream,latency=900,jitter=100,times=1000",
        "latency:stream=downstream,latency=1500,times=1000",
        "duplicate:stream=downstream,frame=1",
        "duplicate:stream=upstream,frame=1",
    ],
)
def test_one_dial_that_is_repeated_a_slow_line_and_a_second_copy_are_everyday(shop: Stage, fault: str) -> None:
    shop.bench.set_faults("host", FaultPlan.from_specs([fault]))
    for fen in (800, 900, 1000):
        assert sale(shop, fen)["status"] == "done"
    assert nothing_is_wrong(shop)
