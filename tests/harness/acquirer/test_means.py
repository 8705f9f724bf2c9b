"""Fees by means of payment: the figures of the pricing reform of 2016, worked out by hand.

发改价格〔2016〕557 号: issuer, debit card 0.35 % and at most 13 yuan, credit card 0.45 %; network 0.0325 %, at most
3.25 yuan.  The acquirer's part (0.1 %, for debit cards at most 3.75 yuan), 0.38 % for codes and small taps: posrig's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.acquirer.money.fees import rate_fen, shipped_schedules
from tests.harness.acquirer.test_payment_codes import ALIPAY, UNIONPAY, WECHAT, back, pay

if TYPE_CHECKING:
    from collections.abc import Callable

    from protocols.unionpay.message import Message
    from tests.harness.acquirer.conftest import Bench, Pos

DEBIT, CREDIT, BUSINESS = "6225880000000019", "6222020000000000018", "6250880000000012"


@pytest.mark.parametrize(
    ("means", "yuan", "fen"),
    [
        ("debit", 100, 35 + 3 + 10),  # 0.35, 0.0325 and 0.10 yuan
        ("debit", 3714, 1300 + 121 + 371),  # 12.999, 1.207 and 3.714
        ("debit", 3715, 1300 + 121 + 372),  # 13.0025 is capped; 1.207 and 3.715
        ("debit", 10_000, 1300 + 325 + 375),  # 35, 3.25 and 10: two capped, the network's just reached
        ("debit", 1_000_000, 2000),
        ("credit", 100, 45 + 3 + 10),
        ("credit", 100_000, 45_000 + 325 + 10_000),
        ("small", 1000, 380),
        ("wechat", 100, 38),
        ("unionpay", 10_000, 3800),
    ],
)
def test_the_reforms_figures(means: str, yuan: int, fen: int) -> None:
    assert rate_fen(yuan * 100, shipped_schedules()["reform"].rate(means)) == fen


def card(pos: Pos, amount_fen: int, pan: str, mode: str = "052") -> Message:
    return pos.ask("0200", pos.sale_fields(amount_fen, pan=pan) | {22: mode}, mac=True)


def statement(bench: Bench, mid: str, **more: str) -> dict[str, dict[str, int]]:
    told = bench.ask("portal", "fee_statement", mid=mid, **more)
    names = ("sales_fen", "back_fen", "fee_fen", "net_fen")
    assert {name: sum(row[name] for row in told["rows"]) for name in names} == {n: told["total"][n] for n in names}
    return {row["means"]: row for row in told["rows"]}


@pytest.fixture(name="shop")
def _shop(make_bench: Callable[..., Bench], make_pos: Callable[..., Pos]) -> Pos:
    pos = make_pos(make_bench())
    pos.sign_in()
    pos.bench.ask("control", "contract", mid=pos.mid, prices="reform")
    return pos


def test_each_posting_costs_what_its_means_costs(shop: Pos) -> None:
    assert card(shop, 1_000_000, DEBIT).text(39) == "00"
    assert card(shop, 1_000_000, CREDIT).text(39) == "00"
    assert card(shop, 10_000, BUSINESS).text(39) == "00"
    assert card(shop, 100_000, DEBIT, "072").text(39) == "00"
    assert card(shop, 100_001, DEBIT, "072").text(39) == "00"  # one fen too much for a small tap: a debit card
    for code in (UNIONPAY, WECHAT, ALIPAY):
        assert pay(shop, code, 10_000).text(39) == "00"
    rows = statement(shop.bench, shop.mid)
    assert {means: row["fee_fen"] for means, row in rows.items()} == {
        "debit": 2000 + (350 + 33 + 100),
        "credit": (4500 + 325 + 1000) + (45 + 3 + 10),
        "small": 380,
        "unionpay": 38,
        "wechat": 38,
        "alipay": 38,
    }
    accounts = shop.bench.ask("control", "snapshot")["accounts"]
    assert accounts["fee_income"] == sum(row["fee_fen"] for row in rows.values())
    assert accounts[f"fee:code:{shop.mid}"] == -3 * 38
    assert sum(accounts.values()) == 0


def test_a_refund_under_the_cap_brings_back_what_the_rest_costs_less(shop: Pos) -> None:
    """20 yuan for a million fen; what is left, 300000 fen, costs 10.50 + 0.975 + 3.00."""
    sold = card(shop, 1_000_000, DEBIT)
    fields = shop.sale_fields(700_000, pan=DEBIT) | {3: "200000", 37: sold.text(37) or ""}
    fields |= {60: f"25{shop.batch}00050", 61: f"{shop.batch}{sold.text(11)}{sold.text(13)}"}
    assert shop.ask("0220", fields, mac=True).text(39) == "00"
    row = statement(shop.bench, shop.mid)["debit"]
    assert (row["sales_fen"], row["back_fen"], row["fee_fen"]) == (1_000_000, 700_000, 1050 + 98 + 300)
    assert row["net_fen"] == 300_000 - row["fee_fen"]


def test_what_is_taken_back_costs_nothing_whatever_is_agreed_since(shop: Pos) -> None:
    voucher = pay(shop, WECHAT, 10_000).octets(59) or b""
    sold = card(shop, 1_000_000, DEBIT)
    shop.bench.ask("control", "contract", mid=shop.mid)  # everybody's prices again
    assert back(shop, voucher, 10_000, "0200") == "00"
    fields = shop.sale_fields(1_000_000, pan=DEBIT) | {3: "200000", 37: sold.text(37) or "", 38: sold.text(38) or ""}
    fields |= {60: f"23{shop.batch}00050", 61: f"{shop.batch}{sold.text(11)}"}
    assert shop.ask("0200", fields, mac=True).text(39) == "00"
    accounts = shop.bench.ask("control", "snapshot")["accounts"]
    assert {name: fen for name, fen in accounts.items() if fen and name.startswith("fee")} == {}
    assert card(shop, 1_000_000, DEBIT).text(39) == "00"
    assert statement(shop.bench, shop.mid)["debit"]["fee_fen"] == 6_000, "document 002: 0.6 % for everybody"
    assert shop.bench.restarted().state == shop.bench.host.state


def test_a_reversed_sale_is_in_no_statement_and_a_day_has_its_own(shop: Pos) -> None:
    request = shop.sale_fields(5_000, pan=DEBIT)
    shop.ask("0200", request, mac=True)
    shop.reverse(request)
    assert statement(shop.bench, shop.mid) == {}
    pay(shop, ALIPAY, 5_000)
    assert statement(shop.bench, shop.mid, date="2026-03-02")["alipay"]["sales_fen"] == 5_000
    assert statement(shop.bench, shop.mid, date="2026-03-03") == {}
    assert not shop.bench.answer("portal", "fee_statement", mid="1" * 15).ok
    assert not shop.bench.answer("control", "contract", mid=shop.mid, prices="cheap").ok
