"""A hotel's days: amounts held, completed up to 115 %, voided, expired; by register and at the menu."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.bench.open import KINDS, open_bench
from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.console.rig import Outcome, Rig

DAY_S = 24 * 3600


@pytest.fixture
def rig() -> Iterator[Rig]:
    shop = Rig(SimulatedBench(World(), 1))
    yield shop
    wrong = [verdict for verdict in shop.judge() if verdict.ok is False]
    shop.close()
    assert wrong == []


def payable_fen(shop: Rig) -> int:
    """What the host owes the merchant for sales, before fees."""
    return sum(int(posting["net_fen"]) for posting in shop.host.postings)


def held(shop: Rig) -> list[tuple[int, str]]:
    return [(row["amount_fen"], row["state"]) for row in shop.host.snapshot()["preauths"]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_hotels_days(kind: str) -> None:
    """Held today, settled, completed tomorrow: a pre-authorisation outlives its batch; its slip comes out twice."""
    shop = Rig(open_bench(kind, World(), 1))
    one, two, three = (shop.preauth(fen) for fen in (50_000, 20_000, 30_000))
    assert all(outcome.done for outcome in (one, two, three))
    assert payable_fen(shop) == 0
    copies = [slip["copy"] for slip in shop.terminal.slips if slip["stan"] == one.stan]
    assert copies == ["merchant", "customer"]
    assert shop.preauth_void(two).done
    assert shop.settle().amount_fen in (None, 0)
    shop.wait(DAY_S)
    assert shop.sign_in().done
    done = shop.complete(one, 57_500)
    assert (done.status, done.amount_fen) == ("done", 57_500)
    assert shop.terminal.operate("completion_advice", stan=three.stan, amount_fen=25_000).done
    assert payable_fen(shop) == 82_500
    assert shop.completion_void(done).done
    again = shop.complete(one, 40_000)
    assert again.done and payable_fen(shop) == 65_000
    assert held(shop) == [(50_000, "completed"), (20_000, "voided"), (30_000, "completed")]
    settled = shop.settle()
    assert settled.done and settled.amount_fen == 65_000
    verdicts = {verdict.judge: verdict.ok for verdict in shop.judge()}
    assert {
        name: verdicts[name] for name in ("I1", "I2", "I3", "C1", "I4", "I5", "I6", "I7", "I8", "I9")
    } == dict.fromkeys(("I1", "I2", "I3", "C1", "I4", "I5", "I6", "I7", "I8", "I9"), True)
    shop.close()


def test_what_the_terminal_refuses_itself(rig: Rig) -> None:
    first, sale = rig.preauth(1000), rig.sale(500)
    assert rig.complete(first).done
    before = len(rig.seen("terminal", "message"))
    refused: dict[str, Outcome] = {
        "already_completed": rig.terminal.operate("completion", stan=first.stan),
        "no_original": rig.terminal.operate("preauth_void", stan=sale.stan),
        "bad_request": rig.terminal.operate("preauth", amount_fen=0),
    }
    assert {name: (outcome.status, outcome.cause) for name, outcome in refused.items()} == {
        name: ("refused", name) for name in refused
    }
    assert rig.terminal.operate("completion_void", stan=sale.stan).cause == "no_original"
    assert len(rig.seen("terminal", "message")) == before, "no frame left"


def test_the_host_refuses_more_than_115_percent_and_what_is_too_old(rig: Rig) -> None:
    first = rig.preauth(10_000)
    assert rig.complete(first, 11_501).code == "64"
    rig.wait(30 * DAY_S)
    assert rig.complete(first, 10_000).code == "25"
    assert held(rig) == [(10_000, "expired")]


def test_an_unanswered_pre_authorisation_holds_nothing(rig: Rig) -> None:
    rig.fault("drop:stream=downstream,frame=1")
    lost = rig.preauth(5000)
    assert lost.status == "unknown" and held(rig) == [(5000, "open")]
    rig.heal_line()
    assert rig.sale(100).done, "its reversal went first"
    assert held(rig) == [(5000, "reversed")]


def test_a_completion_of_a_pre_authorisation_made_elsewhere(rig: Rig) -> None:
    """By authorisation code, date and card, as on the guest's slip."""
    first = rig.preauth(5000)
    fields = next(e.data["fields"] for e in rig.seen("terminal", "message") if e.data["mti"] == "0110")
    done = rig.terminal.operate("completion", "debit", auth=fields["38"], date=fields["13"], amount_fen=4000)
    assert done.done and done.stan != first.stan
    assert held(rig) == [(5000, "completed")] and payable_fen(rig) == 4000


def test_the_register_asks_twice_for_one_order(rig: Rig) -> None:
    one = rig.register.ask("preauth", "debit", amount_fen=700, order="A1")
    two = rig.register.ask("preauth", "debit", amount_fen=700, order="A1")
    assert (one.stan, two.stan) == (one.stan, one.stan) and held(rig) == [(700, "open")]


@pytest.mark.parametrize("stream", ["upstream", "downstream"])
def test_an_advice_is_sent_until_it_is_answered_and_booked_once(rig: Rig, stream: str) -> None:
    first = rig.preauth(5000)
    rig.fault(f"drop:stream={stream},frame=1", f"drop:stream={stream},frame=2")
    told = rig.terminal.operate("completion_advice", stan=first.stan, amount_fen=4000)
    assert (told.status, told.text.en) == ("unknown", "An advice is not delivered, no transaction is possible")
    stopped = rig.terminal.operate("sale", "debit", amount_fen=100)
    assert (stopped.status, stopped.cause, stopped.data["pending_stan"]) == ("no_answer", "pending_advice", told.stan)
    rig.terminal.cut_power()
    rig.heal_line()
    assert rig.sale(100).done, "the advice went first"
    sent = [e.data["fields"]["11"] for e in rig.seen("terminal", "message") if e.data["mti"] == "0220"]
    assert sent == [told.stan] * 3
    assert held(rig) == [(5000, "completed")] and payable_fen(rig) == 4100
    assert [slip["copy"] for slip in rig.terminal.slips if slip["stan"] == told.stan] == ["merchant", "customer"]
    assert rig.settle().amount_fen == 4100


def test_an_advice_that_nobody_answers_is_handed_to_people(rig: Rig) -> None:
    first = rig.preauth(5000)
    rig.fault("drop:stream=downstream,frame=1", "drop:stream=downstream,frame=2")
    assert rig.terminal.operate("completion_advice", stan=first.stan).status == "unknown"
    assert rig.settle().status != "done", "no settlement without it"
    rig.heal_line()
    assert rig.terminal.operate("mark_unresolved", password="12345678").done
    assert rig.settle().done
    (listed,) = rig.host.snapshot()["unresolved"]
    assert listed["amount_fen"] == 5000


def test_an_advice_that_the_host_declines_is_over(rig: Rig) -> None:
    first = rig.preauth(5000)
    assert rig.terminal.operate("completion_advice", stan=first.stan, amount_fen=5751).code == "64"
    assert rig.sale(100).done and held(rig) == [(5000, "open")]
