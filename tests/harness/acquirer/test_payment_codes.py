"""Payment codes at the host: whose they are, that each pays once and not for ever, and what a voucher is good for.

Digits and ranges: the public merchant documents of WeChat Pay (18, 10 to 15), Alipay (16 to 24, 25 to 30) and UnionPay
C2B (19, 62).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.acquirer.settings import CardAccount
from protocols.unionpay.codes import WALLETS, is_code, wallet_of
from protocols.unionpay.pin import encrypt

if TYPE_CHECKING:
    from collections.abc import Callable

    from protocols.unionpay.message import Message, Value
    from tests.harness.acquirer.conftest import Bench, Pos

TMK = "159D86C7C1F779EA29F77A6858E0DA2A"  # moehuster/test_union_pay, a published test key
UNIONPAY, WECHAT, ALIPAY = "6220485073630469936", "134650783012345678", "2812345678901234"


def paying(pos: Pos, code: str, amount_fen: int = 100) -> dict[int, Value]:
    told = f"A3{len(code):03d}{code}".encode()
    fields: dict[int, Value] = {3: "000000", 4: f"{amount_fen:012d}", 11: pos.next_stan(), 22: "032", 25: "00"}
    return fields | {49: "156", 59: told, 60: f"22{pos.batch}00050"}


def pay(pos: Pos, code: str, amount_fen: int = 100) -> Message:
    return pos.ask("0200", paying(pos, code, amount_fen), mac=True)


def back(pos: Pos, voucher: bytes, amount_fen: int, mti: str = "0220") -> str | None:
    kind = "25" if mti == "0220" else "23"
    fields = paying(pos, UNIONPAY, amount_fen) | {3: "200000", 59: voucher, 60: f"{kind}{pos.batch}00050"}
    return pos.ask(mti, fields, mac=True).text(39)


@pytest.mark.parametrize(
    ("code", "wallet"),
    [
        (UNIONPAY, "unionpay"),
        ("1" * 18, "wechat"),
        ("15" + "9" * 16, "wechat"),
        (WECHAT, "wechat"),
        ("25" + "0" * 14, "alipay"),
        ("30" + "0" * 22, "alipay"),
        (ALIPAY, "alipay"),
        ("16" + "0" * 16, None),
        ("13" + "0" * 17, None),
        ("62" + "0" * 16, None),
        ("31" + "0" * 16, None),
        ("24" + "0" * 16, None),
        ("28" + "0" * 13, None),
        ("28" + "0" * 23, None),
        ("２８" + "0" * 16, None),
        ("", None),
    ],
)
def test_whose_code_it_is(code: str, wallet: str | None) -> None:
    found = wallet_of(code)
    assert (found.name if found else None) == wallet


@given(st.text("0123456789", min_size=0, max_size=30))
def test_a_code_fits_one_wallet_at_most(code: str) -> None:
    fits = [name for name, wallet in WALLETS.items() if is_code(code) and wallet.has(code)]
    assert len(fits) <= 1


@pytest.mark.parametrize("code", [UNIONPAY, WECHAT, ALIPAY, "30" + "1" * 22])
def test_every_wallets_code_pays_once(bench: Bench, pos: Pos, code: str) -> None:
    assert pay(pos, code).text(39) == "00"
    assert pay(pos, code).text(39) == "94"
    assert bench.ask("control", "snapshot")["accounts"][f"merchant:{pos.mid}"] == 100


@pytest.mark.parametrize(("code", "told"), [("1" * 15, "14"), ("62x0485073630469936", "14"), ("99" + "0" * 17, "15")])
def test_what_is_no_code_and_what_is_nobodys(pos: Pos, code: str, told: str) -> None:
    assert pay(pos, code).text(39) == told


def test_a_code_is_used_although_its_payment_was_taken_back(bench: Bench, pos: Pos) -> None:
    request = paying(pos, WECHAT)
    assert pos.ask("0200", request, mac=True).text(39) == "00"
    assert pos.reverse(request).text(39) == "00"
    assert pay(pos, WECHAT).text(39) == "94"
    assert bench.restarted().state == bench.host.state


def test_a_declined_code_may_pay_after_all(pos: Pos) -> None:
    assert pay(pos, ALIPAY, 10**10).text(39) == "51"
    assert pay(pos, ALIPAY, 1).text(39) == "00"


@pytest.mark.parametrize("wallet", ["unionpay", "wechat", "alipay"])
def test_a_code_ends_when_its_wallet_said(bench: Bench, pos: Pos, wallet: str) -> None:
    shown = bench.ask("control", "show_code", wallet=wallet, valid_us=60_000_000)
    found = wallet_of(shown["code"])
    assert found is not None and found.name == wallet
    bench.now = shown["valid_until_us"]
    assert pay(pos, shown["code"]).text(39) == "54"
    again = bench.ask("control", "show_code", wallet=wallet)
    assert again["code"] != shown["code"]
    assert pay(pos, again["code"]).text(39) == "00"
    assert not bench.answer("control", "show_code", wallet="cash").ok
    assert not bench.answer("control", "show_code", valid_us=-1).ok


def test_a_test_code_that_the_issuer_lists_pays_again_and_again(
    make_bench: Callable[..., Bench], make_pos: Callable[..., Pos]
) -> None:
    bench = make_bench(cards={UNIONPAY: CardAccount(balance_fen=250)}, any_card=None)
    pos = make_pos(bench)
    pos.sign_in()
    assert [pay(pos, UNIONPAY).text(39) for _ in range(3)] == ["00", "00", "51"]
    assert pay(pos, WECHAT).text(39) == "14", "no account behind it"


def test_a_pin_goes_with_the_code_and_without_a_card_number(
    make_bench: Callable[..., Bench], make_pos: Callable[..., Pos]
) -> None:
    bench = make_bench(cards={UNIONPAY: CardAccount(balance_fen=1_000, pin="123456")})
    pos = make_pos(bench)
    pos.sign_in()
    assert pos.keys is not None
    for digits, told in (("123456", "00"), ("654321", "55")):
        block = encrypt(digits, None, pos.keys.pik)
        fields = paying(pos, UNIONPAY) | {22: "031", 26: "06", 52: block, 53: "1600000000000000"}
        assert pos.ask("0200", fields, mac=True).text(39) == told


def test_refunds_in_parts_and_no_more_than_the_sale(pos: Pos) -> None:
    voucher = pay(pos, WECHAT, 1_000).octets(59) or b""
    assert [back(pos, voucher, fen) for fen in (300, 300, 401, 400, 1)] == ["00", "00", "64", "00", "64"]
    assert back(pos, voucher, 1_000, "0200") == "25", "what was refunded is not voided"


def test_a_void_is_of_the_open_batch_and_a_refund_of_any(pos: Pos) -> None:
    voucher = pay(pos, WECHAT, 1_000).octets(59) or b""
    batch = pos.batch
    pos.settle((1_000, 1))
    pos.sign_in()
    assert pos.batch != batch
    assert back(pos, voucher, 1_000, "0200") == "25"
    assert back(pos, voucher, 1_000) == "00"


def test_a_voucher_is_its_merchants(bench: Bench, pos: Pos, make_pos: Callable[..., Pos]) -> None:
    """Another till of the same shop refunds it; another merchant finds nothing."""
    for mid, tid in (("898520154110099", "52010099"), (pos.mid, "52010011")):
        till = {"tid": tid, "sn": f"SN{tid}", "tmk": TMK, "test_key": True}
        bench.ask("control", "provision", merchant=[{"mid": mid, "name": "测试商户", "terminal": [till]}])
    voucher = pay(pos, WECHAT, 1_000).octets(59) or b""
    stranger = make_pos(bench, tid="52010099", mid="898520154110099")
    colleague = make_pos(bench, tid="52010011")
    for one in (stranger, colleague):
        assert one.sign_in().text(39) == "00"
    assert back(stranger, voucher, 1_000) == "25"
    assert back(colleague, voucher, 600) == "00"
    assert back(pos, voucher, 500) == "64"
