"""Payments by the customer's code (被扫): the code is scanned instead of a card, and a voucher stands for the sale.

Topwise and Easy8583Ans terminals: 0200 with F22 032 and the 19 digits of the code as usage A3 of F59, no card; the
reply has the voucher (付款凭证码) as usage A4, which void and refund name.  The serial number's factor is the end of
the code.
"""

from __future__ import annotations

from protocols.unionpay.message import Value
from protocols.unionpay.private.f59 import F59, QR_CODE, VOUCHER, build_f59
from protocols.unionpay.private.subtags import Sub

from .. import requests
from ..desk import Desk
from ..outcome import Outcome, outcome, refused
from ..state import Entry
from ..texts import CAUSES, SHOW_CODE
from ..wants import CardRead, GaveUp, Order, Prompt, Step
from .presenting import unconfirmed, with_amount
from .transact import Deal, transact

SCANNED = "032"
"""F22: scanned, no PIN."""
FACTOR_DIGITS = 6


def sale_qr(desk: Desk, order: Order) -> Step[Outcome]:
    """扫码消费."""
    asked = yield from with_amount(order)
    if isinstance(asked, GaveUp):
        return outcome(order.op, "cancelled", asked.why)
    amount = asked.amount_fen()
    if amount is None:
        return refused(order.op, "bad_request")
    cause = yield from unconfirmed(desk, asked, amount)
    if cause is not None:
        return outcome(order.op, "cancelled", cause, amount_fen=amount)
    read: CardRead | GaveUp = yield Prompt("card", SHOW_CODE)
    if isinstance(read, GaveUp):
        return outcome(order.op, "cancelled", read.why, amount_fen=amount)
    wallet = desk.settings.cards.get(read.card)
    if wallet is None or read.how != "scan" or read.misread:
        desk.show(CAUSES["unknown_card"])
        return outcome(order.op, "cancelled", "unknown_card", amount_fen=amount)
    code, kind = wallet.pan, requests.named(desk, "sale_qr")
    fields: dict[int, Value] = {22: SCANNED, **_with_device(desk, code[-FACTOR_DIGITS:], Sub(QR_CODE, code.encode()))}
    entry = Entry("", "", kind.name, amount, code, SCANNED, source=order.source)
    return (yield from transact(desk, Deal(order.op, kind, amount, lambda stan: fields, entry, order.source)))


def of_voucher(desk: Desk, entry: Entry) -> dict[int, Value]:
    """What a void or a refund of a payment by code names instead of the card."""
    return {22: SCANNED, **_with_device(desk, entry.pan[-FACTOR_DIGITS:], Sub(VOUCHER, entry.voucher.encode()))}


def _with_device(desk: Desk, factor: str, usage: Sub) -> dict[int, Value]:
    """F59 with the usage, behind the device's own where both stand there."""
    fields = requests.device_field(desk, factor)
    form = "decimal-2" if desk.dialect.sn_length_base == "decimal-2" else "decimal-3"
    mine = build_f59(F59((usage,), form), desk.dialect)
    before = fields.get(59, b"")
    assert isinstance(before, bytes)
    return {**fields, 59: before + mine}
