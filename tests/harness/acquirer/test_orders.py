"""Payments by code as orders (Chanjet POS V2.0): F3 71, 72, 73, 74; F5 the code, F6 and F7 numbers, F44 the wallet."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.fixtures import load_dialect
from tests.harness.acquirer.test_payment_codes import ALIPAY, TMK, UNIONPAY, WECHAT

if TYPE_CHECKING:
    from collections.abc import Callable

    from protocols.unionpay.message import Message, Value
    from tests.harness.acquirer.conftest import Bench, Pos

ORDERS = replace(load_dialect("cup"), name="orders", order_fields=True)
"""The standard dialect with order fields: what differs in Chanjet's otherwise is tested where it belongs."""


@pytest.fixture(name="shop")
def _shop(make_bench: Callable[..., Bench], make_pos: Callable[..., Pos]) -> Pos:
    bench = make_bench(dialects={"cup": load_dialect("cup"), "cup-cbc": load_dialect("cup-cbc"), "orders": ORDERS})
    till = {"tid": "52010020", "sn": "SN20", "tmk": TMK, "test_key": True, "dialect": "orders"}
    bench.ask("control", "provision", merchant=[{"mid": "898520154110020", "name": "shop", "terminal": [till]}])
    pos = make_pos(bench, dialect=ORDERS, tid="52010020", mid="898520154110020")
    assert pos.sign_in().text(39) == "00"
    return pos


def order(pos: Pos, code: str, number: str, amount_fen: int = 0, stan: str = "", **more: str) -> Message:
    fields: dict[int, Value] = {3: code, 11: stan or pos.next_stan(), 25: "00", 49: "156", 60: f"60{pos.batch}000"}
    if amount_fen:
        fields[4] = f"{amount_fen:012d}"
    named = {"scanned": 5, "original": 6}
    fields |= {7: number, **{named[name]: value for name, value in more.items()}}
    return pos.ask("0200", fields, mac=True)


@pytest.mark.parametrize(("code", "wallet"), [(WECHAT, "002"), (ALIPAY, "003"), (UNIONPAY, "004")])
def test_an_order_is_paid_asked_about_voided_and_its_number_is_used(shop: Pos, code: str, wallet: str) -> None:
    paid = order(shop, "710000", "A1", 500, scanned=code)
    assert (paid.text(39), paid.text(44), paid.text(7)) == ("00", wallet, "A1")
    assert order(shop, "710000", "A1", 500, scanned="13" + "7" * 16).text(39) == "94"
    assert order(shop, "710000", "A2", 500, scanned=code).text(39) == "94", "the code was used"
    told = order(shop, "730000", "A1")
    assert (told.text(39), told.text(4), told.text(6)) == ("00", f"{500:012d}", paid.text(6))
    assert order(shop, "720000", "A3", 499, original=paid.text(6) or "").text(39) == "64"
    assert order(shop, "720000", "A4", 500, original=paid.text(6) or "").text(39) == "00"
    assert order(shop, "740000", "A5", 1, original=paid.text(6) or "").text(39) == "25"
    assert shop.bench.ask("control", "snapshot")["accounts"][f"merchant:{shop.mid}"] == 0


def test_refunds_in_parts(shop: Pos) -> None:
    paid = order(shop, "710000", "A1", 500, scanned=WECHAT).text(6) or ""
    answers = [order(shop, "740000", f"R{n}", fen, original=paid).text(39) for n, fen in enumerate((200, 301, 300))]
    assert answers == ["00", "64", "00"]
    assert order(shop, "740000", "R9", 1, original="9" * 20).text(39) == "25"
    assert shop.settle((500, 1), (500, 2)).text(48) is not None


def test_an_order_that_was_asked_about_before_it_came_is_closed(shop: Pos) -> None:
    """The terminal has told its customer that nothing was paid."""
    assert order(shop, "730000", "A1").text(39) == "25"
    assert order(shop, "710000", "A1", 500, scanned=WECHAT).text(39) == "94"
    assert order(shop, "730000", "A1").text(39) == "25"
    assert order(shop, "710000", "A2", 500, scanned=WECHAT).text(39) == "00", "the code was not used by it"
    assert shop.bench.restarted().state == shop.bench.host.state


def test_a_repetition_gets_the_same_answer(shop: Pos) -> None:
    one, two = (order(shop, "710000", "A1", 500, stan="000077", scanned=WECHAT) for _ in range(2))
    assert one.fields == two.fields
    assert shop.bench.ask("control", "snapshot")["accounts"][f"merchant:{shop.mid}"] == 500


def test_what_is_missing_and_what_is_not_offered(shop: Pos) -> None:
    assert order(shop, "710000", " ", 500, scanned=WECHAT).text(39) == "30"
    assert order(shop, "710000", "A1", 500).text(39) == "30", "no code"
    assert order(shop, "700000", "A2", 500).text(39) == "40"
