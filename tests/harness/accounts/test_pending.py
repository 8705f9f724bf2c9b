"""What is pending in a second account is brought to its end, also when its session or the account itself has ended."""

from __future__ import annotations

from typing import Any

import pytest

from harness.machine import DAY_US, HOUR_US

from .conftest import AskRefused, Shop

Json = Any


def lose(shop: Shop, amount_fen: int) -> None:
    """A sale of the second account that the host books and the terminal never hears of."""
    shop.line("drop:stream=downstream,frame=1")
    assert shop.sell(amount_fen, shop.second)["status"] == "unknown"
    shop.line()


def sign_off_unheard(shop: Shop) -> None:
    """The second account's session ends at both ends while its reversal is pending, as it does at the close of day."""
    assert shop.operate("sign_off", account=2)["status"] == "done"


@pytest.mark.parametrize("who", ["first", "second"])
def test_a_reversal_behind_a_sign_off_goes_out_by_itself(shop: Shop, who: str) -> None:
    """Nobody at the till knows of the second account's session; the reversal stops every sale of both accounts."""
    lose(shop, 300)
    sign_off_unheard(shop)
    sold = shop.sell(1_000, getattr(shop, who))
    assert sold["status"] == "done", sold
    assert shop.books()["host"] == {getattr(shop, who): 1_000}
    shop.all_is_well()


def test_the_same_when_the_host_has_forgotten_the_session(shop: Shop) -> None:
    lose(shop, 300)
    shop.control("upgrade", version="2", breaks=["session"])
    for _ in range(3):
        if shop.sell(1_000)["status"] == "done":
            break
        shop.operate("sign_in")
    assert shop.books()["host"] == {shop.first: 1_000}
    shop.all_is_well()


def test_a_settlement_behind_a_sign_off_goes_on_too(shop: Shop) -> None:
    lose(shop, 300)
    sign_off_unheard(shop)
    shop.operate("sign_in")
    assert shop.settle()["status"] == "done"


def test_an_account_that_is_switched_off_can_still_reverse_and_settle(shop: Shop) -> None:
    assert shop.sell(500, shop.second)["status"] == "done"
    lose(shop, 300)
    shop.control("enable_account", mid=shop.second, enabled=False)
    assert shop.sell(1_000)["status"] == "done", "the reversal of the other account goes first"
    assert shop.sell(20, shop.second)["code"] == "58"
    assert shop.settle(shop.second)["amount_fen"] == 500
    assert shop.books()["host"] == {shop.first: 1_000, shop.second: 500}
    shop.all_is_well()


def test_also_when_its_session_had_ended_by_then(shop: Shop) -> None:
    assert shop.sell(500, shop.second)["status"] == "done"
    sign_off_unheard(shop)
    shop.control("enable_account", mid=shop.second, enabled=False)
    assert shop.operate("sign_in", account=2)["status"] == "done"
    assert shop.settle(shop.second)["amount_fen"] == 500
    shop.all_is_well()


@pytest.mark.parametrize("delete", [True, False])
def test_a_terminal_does_not_leave_with_an_open_batch_of_its_second_account(shop: Shop, delete: bool) -> None:
    shop.sell(300, shop.second)
    with pytest.raises(AskRefused, match="deregister"):
        shop.control("deregister", sn=shop.sn, delete=delete)
    shop.settle(shop.second)
    assert shop.control("deregister", sn=shop.sn, delete=delete)["sn"] == shop.sn


def test_a_power_cut_at_every_effect_of_that_way_back(opened: Shop) -> None:
    """The sign-in of the second account, its reversal, the sale of the first: nothing is lost or booked twice."""
    start = Shop(opened.bench.fork(), opened.sn, opened.first, opened.second)
    lose(start, 300)
    sign_off_unheard(start)
    for party in ("terminal", "host"):
        for point in range(1, 80):
            shop = Shop(start.bench.fork(), opened.sn, opened.first, opened.second)
            shop.operate("sign_in")
            shop.bench.crash(party, point=str(point))
            try:
                first = shop.sell(1_000)
            except AskRefused:
                first = {"status": "cut"}
            if shop.bench.engine.machine(party) is not None:
                assert point > 5
                break
            shop.bench.restart(party)
            assert shop.sell(50)["status"] == "done" or shop.sell(50)["status"] == "done", (party, point)
            books = shop.books()
            assert books["host"] == books["terminal"], (party, point)
            assert books["host"][shop.first] in ((1_050,) if first["status"] == "done" else (50, 1_050)), (party, point)
            assert shop.second not in books["host"], (party, point)
            shop.all_is_well()
            shop.bench.finish()
        else:
            pytest.fail("it has more effects than were cut")
    start.bench.finish()


def test_one_account_that_cannot_be_settled_keeps_no_other_from_it(shop: Shop) -> None:
    shop.sell(1_000)
    shop.sell(300, shop.second)
    tid = shop.bench.ask("terminal", "control", "status")["tid"]
    shop.control("cause", behaviour="decline", kinds=["settlement"], tid=tid, code="96")
    assert shop.operate("parameter_menu", auto_settle_us=DAY_US)["status"] == "done"
    shop.bench.advance(DAY_US + 3 * HOUR_US)
    first, second = (books["settled"] for books in accounts(shop))
    assert (first, [batch["debit_fen"] for batch in second]) == ([], [300])
    shop.control("heal")
    shop.bench.advance(2 * HOUR_US)
    assert [batch["debit_fen"] for batch in accounts(shop)[0]["settled"]] == [1_000]
    shop.all_is_well()


def accounts(shop: Shop) -> list[Json]:
    terminal = shop.bench.snapshot()["terminal"]
    return [terminal, *terminal["accounts"]]


def test_one_reprint_brings_what_is_due_in_every_account(shop: Shop) -> None:
    shop.bench.ask("terminal", "control", "cause", behaviour="paper_out")
    sold = [shop.sell(300, shop.second), shop.sell(1_000)]
    shop.bench.ask("terminal", "control", "maintain", act="load_paper")
    assert shop.operate("reprint")["status"] == "done"
    slips = [e.data for e in shop.bench.events() if e.kind == "slip" and e.data["kind"] == "sale"]
    assert {(slip["stan"], slip["amount_fen"]) for slip in slips} == {(one["stan"], one["amount_fen"]) for one in sold}
    mids = [next(mid for mid in (shop.first, shop.second) if mid in str(slip["lines"])) for slip in slips]
    assert sorted(mids) == sorted((shop.first, shop.second))
