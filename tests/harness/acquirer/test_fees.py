"""Fees: the documents' rates to the fen, in accounts of their own, after any sequence of sales and what undoes them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.acquirer.money.fees import rate_fen, shipped_fees

if TYPE_CHECKING:
    from collections.abc import Callable

    from protocols.unionpay.message import Message, Value
    from tests.harness.acquirer.conftest import Bench, Pos

CARD_RATE, CODE_RATE = Decimal("0.006"), Decimal("0.0038")  # document 002: 费率 0.6 %, 扫码 0.38 %
CODE = b"A30196220485073630"
PAN = "6225880000000019"


def fen(amount_fen: int, rate: Decimal) -> int:
    """Half up per sale, as a person with a calculator would."""
    return int((amount_fen * rate).quantize(Decimal(1), ROUND_HALF_UP))


def accounts(bench: Bench) -> dict[str, int]:
    found: dict[str, int] = bench.ask("control", "snapshot")["accounts"]
    assert sum(found.values()) == 0
    return found


def scan_fields(
    pos: Pos, amount_fen: int, kind: str = "22", code: str = "000000", f59: bytes = b""
) -> dict[int, Value]:
    """A third party's QR sale, void or refund: F59 holds a fresh customer's code, or the voucher."""
    stan = pos.next_stan()
    fields: dict[int, Value] = {3: code, 4: f"{amount_fen:012d}", 11: stan, 22: "032", 25: "00", 49: "156"}
    return fields | {59: f59 or CODE + stan.encode(), 60: f"{kind}{pos.batch}00050"}


def test_the_schedule_is_the_documents() -> None:
    fees = shipped_fees()
    assert (fees.card_per_myriad, fees.code_per_myriad) == (60, 38)
    assert (fees.payout_fen, fees.data_min_fen, fees.data_max_fen) == (300, 3600, 9900)


def test_one_hundred_yuan_cost_60_fen_by_card_and_38_by_code(bench: Bench, pos: Pos) -> None:
    assert pos.sale(10_000).text(39) == "00"
    assert pos.ask("0200", scan_fields(pos, 10_000), mac=True).text(39) == "00"
    found = accounts(bench)
    assert found[f"fee:card:{pos.mid}"] == -60
    assert found[f"fee:code:{pos.mid}"] == -38
    assert found["fee_income"] == 98
    assert found[f"merchant:{pos.mid}"] == 20_000, "the payable account keeps whole amounts"
    assert bench.ask("portal", "invoices", mid=pos.mid)["owed"] == {"card_fen": 60, "code_fen": 38}


@pytest.mark.parametrize(("amount", "fee"), [(1, 0), (83, 0), (84, 1), (8_333, 50), (250, 2), (249, 1)])
def test_half_up(amount: int, fee: int) -> None:
    assert rate_fen(amount, shipped_fees().rate("debit")) == fee == fen(amount, CARD_RATE)


@given(st.integers(0, 10**12), st.sampled_from([("credit", CARD_RATE), ("alipay", CODE_RATE)]))
def test_integers_round_as_decimals_do(amount: int, rate: tuple[str, Decimal]) -> None:
    assert rate_fen(amount, shipped_fees().rate(rate[0])) == fen(amount, rate[1])


def test_partial_refunds_end_at_nothing(bench: Bench, pos: Pos) -> None:
    """84 fen cost one fen and 83 cost none: refunded in two parts, the fen comes back once."""
    shop = Shop(pos)
    shop.do("sale", 84, 0)
    shop.do("refund", 1, 0)
    assert accounts(bench)[f"fee:card:{pos.mid}"] == 0
    shop.do("refund", 83, 0)
    assert accounts(bench)[f"fee:card:{pos.mid}"] == 0


def test_a_voucher_brings_the_fee_of_a_code_back(bench: Bench, pos: Pos) -> None:
    told = pos.ask("0200", scan_fields(pos, 10_000), mac=True).octets(59) or b""
    assert pos.ask("0220", scan_fields(pos, 4_000, "25", "200000", told), mac=True).text(39) == "00"
    found = accounts(bench)
    assert found[f"fee:code:{pos.mid}"] == -fen(6_000, CODE_RATE)
    assert f"fee:card:{pos.mid}" not in found


OPS = st.lists(
    st.tuples(
        st.sampled_from(("sale", "scan", "void", "refund", "refund", "refund", "reverse", "undo_void")),
        st.integers(1, 400),
        st.integers(0, 2),
    ),
    max_size=14,
)


class Shop:
    """Does what it is told and keeps its own account of what each sale has left."""

    def __init__(self, pos: Pos) -> None:
        self.pos = pos
        self.sales: list[tuple[dict[int, Value], Message, Decimal]] = []
        self.left: list[int] = []
        self.voids: list[tuple[int, dict[int, Value]]] = []

    def do(self, op: str, amount: int, index: int) -> None:
        if op in ("sale", "scan"):
            fields = self.pos.sale_fields(amount, pan=PAN) if op == "sale" else scan_fields(self.pos, amount)
            reply = self.pos.ask("0200", fields, mac=True)
            assert reply.text(39) == "00"
            self.sales.append((fields, reply, CARD_RATE if op == "sale" else CODE_RATE))
            self.left.append(amount)
        elif op == "undo_void" and self.voids:
            at, fields = self.voids[index % len(self.voids)]
            self.pos.reverse(fields)
            self.left[at] = int(str(self.sales[at][0][4]))
            self.voids.remove((at, fields))
        elif self.sales and op != "undo_void":
            self.take_back(op, amount, index % len(self.sales))

    def take_back(self, op: str, amount: int, at: int) -> None:
        fields, reply, _ = self.sales[at]
        if op == "reverse":
            if self.pos.reverse(fields).text(39) == "00":
                self.left[at] = 0
            return
        of_code, whole = 59 in fields, int(str(fields[4]))
        voucher, part = reply.octets(59) or b"", whole if op == "void" else min(amount, whole)
        kind, mti = ("23", "0200") if op == "void" else ("25", "0220")
        asked = scan_fields(self.pos, part, kind, "200000", voucher) if of_code else self.pos.sale_fields(part, pan=PAN)
        if not of_code:
            asked |= {3: "200000", 37: reply.text(37) or "", 60: f"{kind}{self.pos.batch}00050"}
            asked[61] = f"{self.pos.batch}{reply.text(11)}" + (reply.text(13) or "" if op == "refund" else "")
        if self.pos.ask(mti, asked, mac=True).text(39) == "00":
            self.left[at] = 0 if op == "void" else self.left[at] - part
            if op == "void":
                self.voids.append((at, asked))


@given(OPS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_fees_add_up_to_the_fen(
    make_bench: Callable[..., Bench], make_pos: Callable[..., Pos], ops: list[tuple[str, int, int]]
) -> None:
    bench = make_bench()
    shop = Shop(make_pos(bench))
    shop.pos.sign_in()
    for op in ops:
        shop.do(*op)
        found = accounts(bench)
    wanted = {"card": 0, "code": 0}
    for (_, _, rate), left in zip(shop.sales, shop.left, strict=True):
        wanted["card" if rate == CARD_RATE else "code"] += fen(left, rate)
    found = accounts(bench)
    assert {kind: -found.get(f"fee:{kind}:{shop.pos.mid}", 0) for kind in wanted} == wanted
    assert found.get("fee_income", 0) == sum(wanted.values())
    assert found.get(f"merchant:{shop.pos.mid}", 0) == sum(shop.left)
    assert bench.restarted().state == bench.host.state
