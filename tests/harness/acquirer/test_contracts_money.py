"""What a contract costs when it is changed and when it ends: nothing twice, nothing afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from harness.machine import DAY_US, Wake

from .conftest import SN, Bench, Pos


def account(bench: Bench, name: str) -> int:
    accounts = bench.ask("control", "snapshot")["accounts"]
    assert sum(accounts.values()) == 0
    return int(accounts.get(name, 0))


def open_lines(bench: Bench, mid: str) -> list[dict[str, int]]:
    return [invoice["lines"] for invoice in bench.ask("portal", "invoices", mid=mid)["open"]]


def kinds(bench: Bench, mid: str) -> list[str]:
    terminal: dict[str, Any] = bench.ask("portal", "status", mid=mid)["terminals"][0]
    return [hold["kind"] for hold in terminal["holds"]]


def test_a_contract_that_is_changed_asks_for_nothing_twice(bench: Bench, pos: Pos) -> None:
    terms = {"rent_fen": 3_000, "data_fen": 9_900, "deposit_fen": 20_000}
    bench.ask("control", "contract", mid=pos.mid, **terms)
    bench.ask("portal", "pay", mid=pos.mid)
    bench.wait(10 * DAY_US)
    bench.ask("control", "contract", mid=pos.mid, **terms)
    assert open_lines(bench, pos.mid) == []
    bench.wait(20 * DAY_US)
    assert open_lines(bench, pos.mid) == [{"rent_fen": 3_000}], "the next month's"


def test_a_higher_deposit_asks_for_the_difference_and_waits_for_all_of_it(bench: Bench, pos: Pos) -> None:
    for deposit in (20_000, 30_000, 10_000):
        bench.ask("control", "contract", mid=pos.mid, deposit_fen=deposit)
    assert open_lines(bench, pos.mid) == [{"deposit_fen": 20_000}, {"deposit_fen": 10_000}]
    assert kinds(bench, pos.mid) == ["deposit_unpaid"]
    newest = bench.ask("portal", "invoices", mid=pos.mid)["open"][-1]["invoice"]
    bench.ask("portal", "pay", mid=pos.mid, invoice=newest)
    assert kinds(bench, pos.mid) == ["deposit_unpaid"], "20,000 are still open"
    bench.ask("portal", "pay", mid=pos.mid)
    assert kinds(bench, pos.mid) == [] and account(bench, f"deposit:{pos.mid}") == 30_000


def test_whoever_left_gets_a_last_invoice_and_his_deposit(bench: Bench, pos: Pos) -> None:
    bench.ask("control", "contract", mid=pos.mid, rent_fen=3_000, deposit_fen=20_000)
    bench.ask("portal", "pay", mid=pos.mid)
    pos.sale(10_000)
    pos.settle((10_000, 1))
    bench.ask("control", "deregister", sn=SN)
    assert open_lines(bench, pos.mid) == [], "another terminal of his is still there"
    bench.ask("control", "deregister", sn="SN2", delete=True)
    assert open_lines(bench, pos.mid) == [{"card_fen": 60}], "0.6 %"
    bench.wait(400 * DAY_US)
    assert open_lines(bench, pos.mid) == [{"card_fen": 60}]
    assert account(bench, f"deposit:{pos.mid}") == 0
    assert account(bench, f"merchant:{pos.mid}") == 30_000
    assert bench.restarted().state == bench.host.state


def test_a_deposit_that_was_never_paid_ends_with_the_contract(bench: Bench, pos: Pos) -> None:
    bench.ask("control", "contract", mid=pos.mid, deposit_fen=20_000)
    for sn in (SN, "SN2"):
        bench.ask("control", "deregister", sn=sn)
    assert open_lines(bench, pos.mid) == [] and kinds(bench, pos.mid) == []
    assert account(bench, "bank") == 0


def busy(days: int, every_day: bool) -> Bench:
    """A merchant with a contract and an appeal, an applicant, two windows; then `days` pass, in steps or at once."""
    bench = Bench.made()
    pos = Pos(bench)
    pos.sign_in()
    pos.sale(10_000)
    bench.ask("control", "contract", mid=pos.mid, rent_fen=3_000, data_fen=9_900)
    case = bench.ask("control", "hold", kind="risk_check", subject=f"merchant:{pos.mid}")["case"]
    bench.ask("portal", "appeal", case=case)
    merchant = {"name": "second", "licence": "L-2"}
    asked = bench.ask("portal", "apply", merchant=merchant, items=["licence", "identity", "account"], model="M")
    bench.ask("control", "contract", application=asked["application"], rent_fen=3_000, deposit_fen=100)
    for kind, day in (("maintenance", 5), ("cut_over", 7)):
        bench.ask("control", "announce", kind=kind, from_us=day * DAY_US, until_us=(day + 1) * DAY_US)
    end = bench.now + days * DAY_US
    while every_day and (due := bench.host.deadline) is not None and due <= end:
        bench.now = max(bench.now, due)
        bench.feed(Wake())
    bench.now = end
    bench.feed(Wake())
    return bench


@pytest.mark.parametrize("days", [1, 6, 40, 400])
def test_a_host_that_was_down_makes_up_for_all_that_it_missed(days: int) -> None:
    """Months in one go lead to the same books as day by day, and to the same state after a restart."""
    step_by_step, at_once = busy(days, True), busy(days, False)
    one, two = step_by_step.host.state, at_once.host.state
    assert one.ledger.accounts == two.ledger.accounts and one.ledger.total_fen() == 0
    assert one.billing == two.billing
    holds = [sorted((h.kind, h.subject, h.released_us is None) for h in s.holds.all.values()) for s in (one, two)]
    assert holds[0] == holds[1]
    assert [a.state for a in one.applications.values()] == [a.state for a in two.applications.values()]
    assert [a.state for a in one.appeals.all.values()] == [a.state for a in two.appeals.all.values()]
    assert at_once.restarted().state == two
