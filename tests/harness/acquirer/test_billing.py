"""Contracts, invoices, dunning, payment, deposits, payouts: the documents' sums, books that balance at every event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.acquirer.money.ledger import Ledger, UnbalancedEntries
from harness.machine import DAY_US, Closed, Opened, Wake

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.harness.acquirer.conftest import Bench, Pos


def wait(bench: Bench, days: int) -> None:
    """Time passes as a shell lets it pass: the host is woken when something is due."""
    end = bench.now + days * DAY_US
    while (due := bench.host.deadline) is not None and due <= end:
        bench.now = max(bench.now, due)
        bench.feed(Wake())
    bench.now = end
    bench.feed(Closed("c1", "eof"))
    bench.feed(Opened("c1"))


def invoices(bench: Bench, mid: str) -> dict[str, Any]:
    return bench.ask("portal", "invoices", mid=mid)


def kinds_on_hold(bench: Bench, mid: str) -> list[str]:
    terminal = bench.ask("portal", "status", mid=mid)["terminals"][0]
    return [hold["kind"] for hold in terminal["holds"]]


def balanced(bench: Bench) -> dict[str, int]:
    accounts: dict[str, int] = bench.ask("control", "snapshot")["accounts"]
    assert sum(accounts.values()) == 0
    return accounts


def test_without_a_contract_nobody_is_billed(bench: Bench, pos: Pos) -> None:
    pos.sale(10_000)
    wait(bench, 400)
    assert invoices(bench, pos.mid) == {"mid": pos.mid, "owed": {"card_fen": 60}, "open": [], "paid": []}


def test_the_months_fees_are_invoiced_warned_held_and_paid(bench: Bench, pos: Pos) -> None:
    pos.sale(10_000)
    bench.ask("control", "contract", mid=pos.mid)
    wait(bench, 29)
    assert invoices(bench, pos.mid)["open"] == []
    wait(bench, 1)
    (invoice,) = invoices(bench, pos.mid)["open"]
    assert (invoice["lines"], invoice["sum_fen"], invoice["state"]) == ({"card_fen": 60}, 60, "issued")
    assert invoice["due_us"] - invoice["issued_us"] == 7 * DAY_US
    wait(bench, 7)
    assert invoices(bench, pos.mid)["open"][0]["state"] == "warned"
    assert kinds_on_hold(bench, pos.mid) == [], "a warning stops nobody"
    wait(bench, 7)
    assert pos.sale(100).text(39) == "03"
    assert kinds_on_hold(bench, pos.mid) == ["fees_owed"]
    assert not bench.answer("portal", "pay", mid=pos.mid, amount_fen=59).ok
    paid = bench.ask("portal", "pay", mid=pos.mid)
    assert (paid["paid_fen"], len(paid["released"])) == (60, 1)
    assert pos.sale(100).text(39) == "00"
    assert bench.answer("portal", "pay", mid=pos.mid).value["cause"] == "already_paid"
    assert balanced(bench)["bank"] == -60
    assert invoices(bench, pos.mid)["owed"] == {"card_fen": 1}, "of the second sale"


def test_rent_and_data_fee_are_invoiced_in_advance(bench: Bench, pos: Pos) -> None:
    bench.ask("control", "contract", mid=pos.mid, rent_fen=3_000, data_fen=9_900)
    (first,) = invoices(bench, pos.mid)["open"]
    assert first["lines"] == {"data_fen": 9_900, "rent_fen": 3_000}
    wait(bench, 365)
    lines = [one["lines"] for one in invoices(bench, pos.mid)["open"]]
    assert sum(one.get("rent_fen", 0) for one in lines) == 3_000 * 13  # the first one, and one each thirty days
    assert sum(one.get("data_fen", 0) for one in lines) == 9_900 * 2  # the second year begins


@pytest.mark.parametrize("data_fen", [3_599, 9_901])
def test_a_data_fee_is_36_to_99_yuan_a_year(bench: Bench, pos: Pos, data_fen: int) -> None:
    assert not bench.answer("control", "contract", mid=pos.mid, data_fen=data_fen).ok


def test_one_invoice_of_two_is_paid(bench: Bench, pos: Pos) -> None:
    bench.ask("control", "contract", mid=pos.mid, rent_fen=3_000)
    wait(bench, 50)
    first, second = invoices(bench, pos.mid)["open"]
    assert kinds_on_hold(bench, pos.mid) == ["fees_owed"]
    hold = bench.ask("portal", "status", mid=pos.mid)["terminals"][0]["holds"][0]
    assert (hold["sum_fen"], hold["invoices"]) == (6_000, [first["invoice"], second["invoice"]])
    assert bench.ask("portal", "pay", mid=pos.mid, invoice=first["invoice"], amount_fen=3_000)["released"] == []
    hold = bench.ask("portal", "status", mid=pos.mid)["terminals"][0]["holds"][0]
    assert hold["sum_fen"] == 3_000, "what is left"
    bench.ask("portal", "pay", mid=pos.mid)
    assert kinds_on_hold(bench, pos.mid) == []


def test_a_host_that_was_down_makes_up_for_what_it_missed(make_bench: Callable[..., Bench]) -> None:
    """Woken on time, or once after a year: the same invoices with the same dates."""
    on_time, late = make_bench(), make_bench()
    mid = next(iter(on_time.host.state.merchants))
    for bench in (on_time, late):
        bench.ask("control", "contract", mid=mid, rent_fen=3_000, data_fen=3_600)
        items = ["licence", "identity", "account"]
        number = bench.ask("portal", "apply", merchant={"name": "m"}, model="", items=items)["application"]
        bench.ask("control", "contract", application=number, rent_fen=1_000)
    wait(on_time, 400)
    late.now += 400 * DAY_US
    late.host = late.restarted()
    late.feed(Wake())
    assert late.host.state.billing == on_time.host.state.billing
    assert late.host.state.ledger.accounts == on_time.host.state.ledger.accounts


def test_a_deposit_holds_the_dispatch_and_nothing_else(bench: Bench) -> None:
    items = ["licence", "identity", "account"]
    number = bench.ask("portal", "apply", merchant={"name": "m"}, model="", items=items)["application"]
    bench.ask("control", "contract", application=number, deposit_fen=29_900)
    wait(bench, 9)
    progress = bench.ask("portal", "progress", application=number)
    assert (progress["state"], progress["parcel"]) == ("approved", "")
    assert [hold["kind"] for hold in progress["holds"]] == ["deposit_unpaid"]
    assert bench.ask("portal", "pay", mid=progress["mid"])["paid_fen"] == 29_900
    wait(bench, 1)
    assert bench.ask("portal", "progress", application=number)["parcel"] != ""
    accounts = balanced(bench)
    assert accounts[f"deposit:{progress['mid']}"] == 29_900, "it stays the merchant's: no income"
    assert "fee_income" not in accounts


def test_an_instant_payout_costs_3_yuan_and_happens_once(bench: Bench, pos: Pos) -> None:
    pos.sale(10_000)
    for _ in range(2):
        answer = bench.ask("portal", "instant_payout", mid=pos.mid, amount_fen=6_000, order="P1")
        assert (answer["amount_fen"], answer["available_fen"]) == (6_000, 4_000)
    assert (
        bench.answer("portal", "instant_payout", mid=pos.mid, amount_fen=5_000, order="P1").value["cause"]
        == "order_used"
    )
    assert (
        bench.answer("portal", "instant_payout", mid=pos.mid, amount_fen=4_001, order="P2").value["cause"]
        == "insufficient"
    )
    assert not bench.answer("portal", "instant_payout", mid=pos.mid, amount_fen=1, order="").ok
    accounts = balanced(bench)
    assert (accounts[f"merchant:{pos.mid}"], accounts["bank"], accounts[f"fee:payout:{pos.mid}"]) == (
        4_000,
        6_000,
        -300,
    )
    assert bench.ask("portal", "payouts", mid=pos.mid)["orders"] == {"P1": 6_000}


def test_entries_that_do_not_balance_are_never_booked() -> None:
    ledger = Ledger()
    with pytest.raises(UnbalancedEntries):
        ledger.move([("a", 1)])
    assert ledger.accounts == {}


DOINGS = st.lists(
    st.one_of(
        st.tuples(st.just("sale"), st.integers(1, 9_000)),
        st.tuples(st.just("wait"), st.integers(0, 45)),
        st.tuples(st.just("contract"), st.sampled_from((0, 1, 3_000))),
        st.tuples(st.just("pay"), st.just(0)),
        st.tuples(st.just("payout"), st.integers(1, 9_000)),
    ),
    max_size=12,
)


@given(DOINGS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_books_balance_and_tell_what_is_owed(
    make_bench: Callable[..., Bench], make_pos: Callable[..., Pos], doings: list[tuple[str, int]]
) -> None:
    bench = make_bench()
    pos = make_pos(bench)
    pos.sign_in()
    sold = paid_out = paid = 0
    for number, (what, value) in enumerate(doings):
        if what == "sale":
            fields = pos.sale_fields(value, pan="6225880000000019")
            sold += value if pos.ask("0200", fields, mac=True).text(39) == "00" else 0
        elif what == "wait":
            wait(bench, value)
        elif what == "contract":
            bench.ask("control", "contract", mid=pos.mid, rent_fen=value)
        elif what == "pay":
            answer = bench.answer("portal", "pay", mid=pos.mid)
            paid += answer.value["paid_fen"] if answer.ok else 0
            assert kinds_on_hold(bench, pos.mid) == []
        else:
            answer = bench.answer("portal", "instant_payout", mid=pos.mid, amount_fen=value, order=f"P{number}")
            paid_out += value if answer.ok else 0
        accounts = balanced(bench)
        told = invoices(bench, pos.mid)
        assert accounts.get(f"merchant:{pos.mid}", 0) == sold - paid_out >= 0
        assert accounts.get("bank", 0) == paid_out - paid
        assert sum(told["owed"].values()) == accounts.get("fee_income", 0) - paid
        assert sum(one["sum_fen"] for one in told["open"]) <= sum(told["owed"].values())
    assert bench.restarted().state == bench.host.state
