"""Payments by the customer's code (被扫): the code is scanned instead of a card, and a voucher stands for the sale.

Topwise and Easy8583Ans terminals: 0200 with F22 032 (031 with a PIN) and the code as usage A3 of F59, no card; the
reply has the voucher (付款凭证码) as usage A4, which void and refund name.  The serial number's factor is the end of
the code.  Device (A2) and place (A5) stand in front of it.
"""

from __future__ import annotations

from protocols.unionpay.codes import is_code
from protocols.unionpay.message import Value
from protocols.unionpay.pin import MAX_PIN_DIGITS, MIN_PIN_DIGITS
from protocols.unionpay.private.f59 import F59, QR_CODE, VOUCHER, build_f59
from protocols.unionpay.private.subtags import Sub

from .. import requests
from ..desk import Desk
from ..outcome import Outcome, outcome, refused
from ..state import Entry
from ..texts import CAUSES, ENTER_PIN, PIN_WRONG, SHOW_CODE
from ..wants import CardRead, GaveUp, Keys, Order, Prompt, Step
from . import orders
from .presenting import unconfirmed, with_amount
from .transact import Deal, transact

SCANNED, SCANNED_WITH_PIN = "032", "031"
"""F22."""
FACTOR_DIGITS = 6
WRONG_PIN = "55"


def sale_qr(desk: Desk, order: Order) -> Step[Outcome]:
    """扫码消费; `payment_code` is one that the register has scanned."""
    asked = yield from with_amount(order)
    if isinstance(asked, GaveUp):
        return outcome(order.op, "cancelled", asked.why)
    amount = asked.amount_fen()
    if amount is None:
        return refused(order.op, "bad_request")
    cause = yield from unconfirmed(desk, asked, amount)
    if cause is not None:
        return outcome(order.op, "cancelled", cause, amount_fen=amount)
    code, asks_pin, cause = yield from _code(desk, order)
    if cause is not None:
        return outcome(order.op, "cancelled", cause, amount_fen=amount)
    pin = ""
    if asks_pin and not orders.in_use(desk):  # an order has no place for one: the wallet itself asks
        typed = yield from _pin(desk, again=False)
        if isinstance(typed, GaveUp):
            return outcome(order.op, "cancelled", typed.why, amount_fen=amount)
        pin = typed
    if orders.in_use(desk):
        return (yield from orders.pay(desk, order, amount, code, SCANNED))
    result = yield from transact(desk, _deal(desk, order, amount, code, pin))
    for _ in range(desk.dialect.pin_tries - 1):
        if result["code"] != WRONG_PIN:
            break
        typed = yield from _pin(desk, again=True)
        if isinstance(typed, GaveUp):
            break
        result = yield from transact(desk, _deal(desk, order, amount, code, typed))
    return result


def _code(desk: Desk, order: Order) -> Step[tuple[str, bool, str | None]]:
    """The code that pays and whether its wallet wants a PIN; or the cause why there is none.

    What is held out is a wallet by its name among the cards, or the digits themselves.
    """
    given = order.args.get("payment_code")
    if given is not None:
        return str(given), False, None if is_code(str(given)) else "unknown_card"
    read: CardRead | GaveUp = yield Prompt("card", SHOW_CODE)
    if isinstance(read, GaveUp):
        return "", False, read.why
    wallet = desk.settings.cards.get(read.card)
    code = wallet.pan if wallet else read.card
    if read.how != "scan" or read.misread or not is_code(code):
        desk.show(CAUSES["unknown_card"])
        return "", False, "unknown_card"
    return code, wallet is not None and wallet.asks_pin, None


def _pin(desk: Desk, again: bool) -> Step[str | GaveUp]:
    """What is typed; "" for ENTER alone."""
    while True:
        typed: Keys | GaveUp = yield Prompt("keys", PIN_WRONG if again else ENTER_PIN, secret=True)
        if isinstance(typed, GaveUp):
            return typed
        if not typed.typed or MIN_PIN_DIGITS <= len(typed.typed) <= MAX_PIN_DIGITS:
            return typed.typed


def _deal(desk: Desk, order: Order, amount: int, code: str, pin: str) -> Deal:
    kind, mode = requests.named(desk, "sale_qr"), SCANNED_WITH_PIN if pin else SCANNED
    fields: dict[int, Value] = {22: mode, **_with_device(desk, code[-FACTOR_DIGITS:], Sub(QR_CODE, code.encode()))}
    for number, value in (requests.code_pin_fields(desk, pin) if pin else {}).items():
        before = fields.get(number)
        fields[number] = before + value if isinstance(before, bytes) and isinstance(value, bytes) else value
    entry = Entry("", "", kind.name, amount, code, mode, source=order.source)
    return Deal(order.op, kind, amount, lambda stan: fields, entry, order.source)


def of_voucher(desk: Desk, entry: Entry) -> dict[int, Value]:
    """What a void or a refund of a payment by code names instead of the card."""
    factor = (entry.pan or entry.voucher)[-FACTOR_DIGITS:]
    return {22: SCANNED, **_with_device(desk, factor, Sub(VOUCHER, entry.voucher.encode("latin-1")))}


def refund_of_voucher(desk: Desk, order: Order, original: Entry, amount: int, more: dict[int, Value]) -> Deal:
    """退货 of a payment by code, by the voucher that stands on its slip.  `more`: F37, F61, F63."""
    fields = more | of_voucher(desk, original)
    entry = Entry("", "", "refund", amount, original.pan, SCANNED, source=order.source, voucher=original.voucher)
    return Deal(order.op, requests.named(desk, "refund"), amount, lambda stan: fields, entry, order.source)


def by_voucher(desk: Desk, voucher: str) -> Entry:
    """The payment that a voucher stands for; one of another terminal, or of a log that was cleared, is known by its
    voucher alone."""
    entries = (entry for entry in reversed(desk.state.entries) if entry.voucher == voucher and entry.kind == "sale_qr")
    return next(entries, Entry("000000", "000000", "sale_qr", 0, "", SCANNED, voucher=voucher))


def _with_device(desk: Desk, factor: str, usage: Sub) -> dict[int, Value]:
    """F59 with the usage, behind the device's own where both stand there."""
    fields = requests.device_field(desk, factor)
    form = "decimal-2" if desk.dialect.sn_length_base == "decimal-2" else "decimal-3"
    mine = build_f59(F59((usage,), form), desk.dialect)
    before = fields.get(59, b"")
    assert isinstance(before, bytes)
    return {**fields, 59: before + mine}
