"""Two accounts on one terminal: nothing of one ever lands in the other, whatever fails."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.bench.base import AskRefused

from .conftest import Shop

Json = Any
T1_MS = 60_000
FAULTS = ("drop:", f"delay:delay={T1_MS + 5_000},", "duplicate:", "flip:bit=1000000,")
PLACES = [(f"stream={stream}", f"frame={frame}") for stream in ("upstream", "downstream") for frame in (1, 2, 3)]


def messages(shop: Shop, mti: str, way: str = "out") -> list[Json]:
    events = shop.bench.events()
    found = (e.data for e in events if e.kind == "message" and e.party == "terminal" and e.data.get("mti") == mti)
    return [data for data in found if data["dir"] == way]


def test_each_sale_lands_in_the_account_that_was_chosen(shop: Shop) -> None:
    assert shop.sell(1_000)["status"] == "done"
    assert shop.sell(300, shop.second)["status"] == "done"
    shop.bench.ask("terminal", "person", "press", keys="2 ENTER")
    shop.card()
    assert shop.operate("sale", amount_fen=70)["status"] == "done", "at the keypad's menu"
    assert shop.books()["host"] == {shop.first: 1_000, shop.second: 370}
    assert shop.books()["terminal"] == {shop.first: 1_000, shop.second: 370}
    assert {data["fields"]["42"] for data in messages(shop, "0200")} == {shop.first, shop.second}
    slips = [e.data for e in shop.bench.events() if e.kind == "slip" and e.data["kind"] == "sale"]
    assert [any(shop.second in line["en"] for line in slip["lines"]) for slip in slips] == [False, True, True]
    shop.all_is_well()
    assert shop.verdicts()["I10"].ok


def test_each_account_is_settled_by_itself(shop: Shop) -> None:
    """Totals by F48, checked by the host: 0510 says balanced for each, and the batches move one by one."""
    shop.sell(1_000)
    shop.sell(300, shop.second)
    assert shop.settle(shop.second)["amount_fen"] == 300
    assert shop.sell(50)["status"] == "done", "account one goes on in its batch"
    assert shop.settle()["amount_fen"] == 1_050
    asked = {data["fields"]["42"]: data["fields"]["48"][:30] for data in messages(shop, "0500")}
    assert asked == {shop.second: f"{300:012d}001{0:012d}000", shop.first: f"{1_050:012d}002{0:012d}000"}
    assert {data["fields"]["48"][30] for data in messages(shop, "0510", "in")} == {"1"}
    shop.all_is_well()
    reports = [e.data["lines"] for e in shop.bench.events() if e.kind == "slip" and e.data["kind"] == "settlement"]
    assert [lines[1]["en"] for lines in reports] == [f"MID {shop.second}", f"MID {shop.first}"]
    rows = shop.portal("statement", sn=shop.sn)["accounts"]
    assert [(row["mid"], row["sales_fen"]) for row in rows] == [(shop.first, 1_050), (shop.second, 300)]


def test_fees_are_each_accounts_own(shop: Shop) -> None:
    """0.6 % of 100.00 and of 30.00 (documents 000, 001), in the accounts of each merchant number."""
    shop.sell(10_000)
    shop.sell(3_000, shop.second)
    fees = {name: fen for name, fen in shop.bench.snapshot()["host"]["accounts"].items() if name.startswith("fee:")}
    assert fees == {f"fee:card:{shop.first}": -60, f"fee:card:{shop.second}": -18}


def test_a_reversal_handed_to_people_stays_with_its_account(shop: Shop) -> None:
    shop.line("drop:stream=downstream,times=100")
    lost = shop.sell(300, shop.second)
    shop.line("down:times=100")
    marked = shop.operate("mark_unresolved", password="12345678")
    assert (marked["status"], marked["stan"]) == ("done", lost["stan"])
    shop.line()
    assert shop.sell(1_000)["status"] == "done"
    own, further = _accounts(shop)
    assert (own["unresolved"], [item["stan"] for item in further["unresolved"]]) == ([], [lost["stan"]])
    assert shop.settle()["amount_fen"] == 1_000
    shop.settle(shop.second)
    shop.all_is_well()


def test_void_and_refund_stay_in_their_account(shop: Shop) -> None:
    first = shop.sell(1_000)
    second = shop.sell(300, shop.second)
    voided = shop.bench.ask("register", "person", "void", stan=second["stan"], account=shop.second)
    assert voided["status"] == "done"
    assert shop.operate("refund", stan=first["stan"], amount_fen=400, account=1)["status"] == "done"
    assert shop.books()["host"] == {shop.first: 600}
    shop.all_is_well()


def test_one_pending_reversal_stops_both_accounts(shop: Shop) -> None:
    shop.line("drop:stream=downstream,times=100")
    lost = shop.sell(300, shop.second)
    assert lost["status"] == "unknown"
    before = len(messages(shop, "0200"))
    assert shop.sell(1_000)["status"] != "done"
    assert len(messages(shop, "0200")) == before, "no sale leaves while a reversal of the other account is pending"
    assert {data["fields"]["42"] for data in messages(shop, "0400")} == {shop.second}
    shop.line()
    assert shop.sell(1_000)["status"] == "done"
    assert messages(shop, "0410", "in")[-1]["mac"] == "good", "under the keys of its own account"
    assert shop.books()["host"] == {shop.first: 1_000}
    shop.all_is_well()


@pytest.mark.parametrize("fault", FAULTS)
def test_no_cross_posting_under_any_fault_of_the_line(opened: Shop, fault: str) -> None:
    for place in PLACES:
        fork = Shop(opened.bench.fork(), opened.sn, opened.first, opened.second)
        fork.line(fault + ",".join(place))
        done = {fork.first: 0, fork.second: 0}
        for account, amount in ((fork.second, 300), (fork.first, 1_000)):
            done[account] += amount if fork.sell(amount, account)["status"] == "done" else 0
        fork.line()
        for account, amount in ((fork.second, 7), (fork.first, 11)):
            for _ in range(3):  # a bad MAC may have ended a session
                if fork.sell(amount, account)["status"] == "done":
                    done[account] += amount
                    break
                fork.operate("sign_in", account=account)
        assert fork.books()["host"] == done, (fault, place)
        assert fork.settle(fork.second)["amount_fen"] == done[fork.second]
        assert fork.settle()["amount_fen"] == done[fork.first]
        fork.all_is_well()
        fork.bench.finish()


def test_a_power_cut_at_every_effect_of_a_sale_of_the_second_account(opened: Shop) -> None:
    for point in range(1, 40):
        fork = Shop(opened.bench.fork(), opened.sn, opened.first, opened.second)
        fork.sell(1_000)
        fork.bench.crash("terminal", point=str(point))
        try:
            fork.sell(300, fork.second)
        except AskRefused:
            pass
        if fork.bench.engine.machine("terminal") is not None:  # the sale has fewer effects: nothing was cut
            break
        fork.bench.restart("terminal")
        again = fork.sell(50)
        assert again["status"] == "done", (point, again)
        books = fork.books()
        assert books["host"][fork.first] == 1_050, point
        assert books["host"].get(fork.second, 0) in (0, 300), point
        assert books["host"] == books["terminal"], point
        fork.all_is_well()
        fork.bench.finish()
    else:
        pytest.fail("the sale has more effects than were cut")
    assert point > 10


@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(("sale", "sale", "void", "settle", "drop", "heal", "crash")),
            st.integers(1, 2),
            st.integers(1, 999),
        ),
        max_size=9,
    )
)
def test_any_day_with_two_accounts(opened: Shop, day: list[tuple[str, int, int]]) -> None:
    """Books of host, terminal and receipts agree account by account, and the sums are those of what was told."""
    shop = Shop(opened.bench.fork(), opened.sn, opened.first, opened.second)
    mids = {1: shop.first, 2: shop.second}
    for what, number, amount in day:
        mid = mids[number]
        if what == "sale":
            shop.sell(amount, mid)
        elif what == "void":
            entries = next(b["entries"] for b in _accounts(shop) if b["mid"] == mid)
            if entries:
                shop.bench.ask("register", "person", "void", stan=entries[-1]["stan"], account=mid)
        elif what == "settle":
            if shop.settle(mid)["status"] == "done":
                shop.operate("sign_in", account=number)
        elif what == "crash":
            shop.bench.crash("terminal")
            shop.bench.restart("terminal")
        else:
            shop.line(*(["drop:stream=downstream,times=100"] if what == "drop" else []))
    shop.line()
    for number, mid in mids.items():
        if shop.sell(1, mid)["status"] != "done":  # a settlement that was cut off goes first
            shop.settle(mid)
            shop.operate("sign_in", account=number)
            assert shop.sell(1, mid)["status"] == "done"
    shop.all_is_well()
    shop.bench.finish()


def _accounts(shop: Shop) -> list[Json]:
    terminal = shop.bench.snapshot()["terminal"]
    return [terminal, *terminal["accounts"]]
