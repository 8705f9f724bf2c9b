"""What is pending when something else happens to the terminal: a hold, the cut-over, another provider, a repair."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from harness.bench.fleet import HostSpec
from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.console.rig import Outcome, Rig
from harness.scenarios.load import load_steps
from harness.scenarios.steps import Stage
from harness.scenarios.worlds import first_variables

DAY_S = 24 * 3600
DOWNLOADS = ("download_parameters", "download_aids", "download_public_keys")


@pytest.fixture
def rig() -> Iterator[Rig]:
    shop = Rig(SimulatedBench(World(hosts=(HostSpec("host2"),)), 1))
    yield shop
    wrong = [f"{verdict.judge}: {verdict.what.en}" for verdict in shop.judge() if verdict.ok is False]
    shop.close()
    assert wrong == []


def lost_advice(shop: Rig) -> Outcome:
    """A completion advice that the host books and the terminal hears nothing of."""
    held = shop.preauth(5_000)
    shop.fault("drop:stream=downstream,frame=1")
    told = shop.terminal.operate("completion_advice", stan=held.stan, amount_fen=4_000)
    assert told.status == "unknown"
    shop.heal_line()
    return told


def lost_sale(shop: Rig) -> Outcome:
    shop.fault("drop:stream=downstream,frame=1")
    sold = shop.sale(300)
    assert sold.status == "unknown"
    shop.heal_line()
    return sold


def mid(shop: Rig) -> str:
    return str(shop.terminal.status()["mid"])


def entries(shop: Rig) -> list[tuple[str, int]]:
    books = shop.ask("terminal", "control", "snapshot")
    return [(entry["kind"], entry["amount_fen"]) for entry in books["entries"]]


@pytest.mark.parametrize("kind", ["suspended", "risk_fraud", "fees_owed", "service_closed", "licence", "cut_over"])
def test_an_advice_that_was_booked_stands_on_both_sides_under_a_hold(rig: Rig, kind: str) -> None:
    lost_advice(rig)
    subject = "all" if kind in ("service_closed", "licence", "cut_over") else f"merchant:{mid(rig)}"
    rig.ask("host", "control", "hold", kind=kind, subject=subject)
    assert not rig.sale(100).done, "a new sale is stopped"
    assert ("completion_advice", 4_000) in entries(rig)


def test_an_advice_waits_for_the_end_of_the_cut_over(rig: Rig) -> None:
    """90 (日切) says: later.  Nothing was booked, and nothing is forgotten."""
    held = rig.preauth(5_000)
    case = rig.ask("host", "control", "hold", kind="cut_over", subject="all")["case"]
    told = rig.terminal.operate("completion_advice", stan=held.stan, amount_fen=4_000)
    assert (told.status, told.code) == ("unknown", "90")
    rig.ask("host", "control", "release", case=case)
    assert rig.sale(100).done
    assert ("completion_advice", 4_000) in entries(rig)
    assert rig.settle().amount_fen == 4_100


def test_an_advice_is_told_again_on_the_next_day_and_booked_once(rig: Rig) -> None:
    lost_advice(rig)
    rig.wait(DAY_S)
    assert rig.sale(100).done
    assert ("completion_advice", 4_000) in entries(rig)
    assert rig.settle().amount_fen == 4_100


def change_provider(shop: Rig) -> None:
    stage = Stage(shop.bench, first_variables(shop.bench))
    stage.play(load_steps("change_provider").step, "change")
    assert stage.failures == []
    for op in DOWNLOADS:
        assert shop.terminal.operate(op).done


@pytest.mark.parametrize("lose", [lost_sale, lost_advice])
def test_what_is_pending_at_another_provider_goes_to_people_and_stops_nobody(
    rig: Rig, lose: Callable[[Rig], Outcome]
) -> None:
    sold = rig.sale(500)
    lost = lose(rig)
    change_provider(rig)
    assert rig.sale(20).done, "the new provider has nothing to do with it"
    books = rig.ask("terminal", "control", "snapshot")
    (former,) = books["accounts"]
    assert [item["stan"] for item in former["unresolved"]] == [lost.stan] and books["unresolved"] == []
    assert sold.stan in [entry["stan"] for entry in former["entries"]]
    assert [slip["stan"] for slip in rig.terminal.slips if slip["kind"] == "unresolved"] == [lost.stan]
    assert rig.settle().amount_fen == 20
    told = [e for e in rig.seen("host2", "message") if e.data["mti"] in ("0220", "0400")]
    assert told == [], "nothing of the former identity reaches the new provider"


def test_an_order_that_went_to_people_is_free_again_in_the_next_batch(rig: Rig) -> None:
    """A till may count its orders from 1 every day."""
    rig.fault("drop:stream=downstream,frame=1")
    assert rig.register.ask("sale", "debit", amount_fen=300, order="1").status == "unknown"
    rig.heal_line()
    assert rig.terminal.operate("mark_unresolved", password="12345678").done
    assert rig.register.ask("sale", "debit", amount_fen=300, order="1").status == "unknown"
    assert rig.settle().done and rig.sign_in().done
    assert rig.register.ask("sale", "debit", amount_fen=300, order="1").done


def test_an_advice_that_reaches_a_strange_host_is_not_forgotten(rig: Rig) -> None:
    """The address was changed too early: 03 there says nothing of what the own host has booked."""
    lost_advice(rig)
    rig.terminal.operate("parameter_menu", host_address="host2.posrig.test:8583")
    assert rig.terminal.operate("sale", "debit", amount_fen=100).cause == "pending_advice"
    rig.terminal.operate("parameter_menu", host_address="")
    assert rig.sign_in().done and rig.sale(100).done
    assert ("completion_advice", 4_000) in entries(rig)


@pytest.mark.parametrize("lose", [lost_sale, lost_advice])
@pytest.mark.parametrize("opened", [False, True])
def test_a_terminal_that_is_activated_again_brings_its_batch_to_an_end(
    rig: Rig, lose: Callable[[Rig], Outcome], opened: bool
) -> None:
    """Also when its case was opened: the keys are gone, the journal is not."""
    assert rig.sale(500).done
    lose(rig)
    if opened:
        rig.terminal.cause("tamper")
        rig.ask("terminal", "control", "service")
        assert rig.terminal.operate("self_test").done and rig.terminal.operate("connect").done
    number = rig.host.snapshot()["applications"][0]["application"]
    code = rig.host.portal("renew_code", application=number)["activation_code"]
    rig.sign_in()
    assert rig.terminal.operate("activate", code=code).done
    sn = rig.terminal.status()["sn"]
    rig.ask("terminal", "control", "inject_tmk", **rig.ask("host", "control", "issue_tmk", sn=sn))
    assert rig.sign_in().done
    assert [rig.terminal.operate(op).done for op in DOWNLOADS] == [True] * len(DOWNLOADS)
    assert rig.sale(20).done
    wanted = 520 + (4_000 if lose is lost_advice else 0)
    settled = rig.settle()
    assert (settled.amount_fen, settled.data["batch"]) == (wanted, "000001")
    assert sum(posting["net_fen"] for posting in rig.host.postings) == wanted


@pytest.mark.parametrize("kind", ["maintenance", "cut_over", "service_closed"])
def test_a_settlement_that_was_refused_is_made_when_the_host_serves_again(rig: Rig, kind: str) -> None:
    """The refusal returns F48 as it was sent: no answer to the totals, and nothing to upload after it."""
    assert rig.sale(500).done
    case = rig.ask("host", "control", "hold", kind=kind, subject="all")["case"]
    refused = rig.settle()
    assert (refused.status, refused.code) == ("declined", {"maintenance": "96", "cut_over": "90"}.get(kind, "58"))
    assert "batching" not in [event.data["to"] for event in rig.seen("terminal", "state")]
    rig.ask("host", "control", "release", case=case)
    assert rig.sale(20).done
    settled = rig.settle()
    assert (settled.status, settled.amount_fen) == ("done", 520)


def test_a_settlement_after_a_lost_session_too(rig: Rig) -> None:
    assert rig.sale(500).done
    rig.ask("host", "control", "upgrade", version="2", breaks=["session"])
    assert rig.settle().code == "77"
    assert rig.sign_in().done
    assert rig.settle().amount_fen == 500
