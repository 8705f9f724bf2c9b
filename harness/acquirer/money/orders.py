"""Payments by code as orders (扫码订单), in dialects that have order fields.

Chanjet POS V2.0: F3 710000 the customer's code in F5, 720000 void, 740000 refund, 730000 query; F60.1 = 60; F6 the
host's number of the order, F7 the merchant's; F44 of the reply the wallet (002, 003, 004).  A code that the merchant
shows (700000) is not offered.  Nothing is ever reversed: after a lost answer the terminal asks about its order.

posrig's choice where that text is silent: every request has a merchant's number of its own (F7), void and refund name
their original by the host's (F6), a number is used once (94), and one that is asked about before it came is closed, so
that a request that comes late cannot book what the terminal has given up.
"""

from __future__ import annotations

from collections.abc import Mapping

from protocols.unionpay.codes import wallet_of
from protocols.unionpay.message import Value

from ..replies import Outcome, refuse
from ..turn import Turn
from ..wire import Request
from . import vouchers
from .ledger import Posting

SALE, VOID, REFUND, INQUIRY = "qr_scan", "qr_void", "qr_refund", "qr_inquiry"
OPERATIONS: Mapping[str, str] = {SALE: "sale_qr", VOID: "void", REFUND: "refund"}
"""Kinds of orders to what they are booked as."""
NUMBER_MAX = 64


def number(request: Request) -> str:
    """The merchant's number of this order, "" where it has none."""
    return request.text(7).strip()[:NUMBER_MAX]


def unfit(turn: Turn, request: Request) -> Outcome | None:
    """Why an order, or a question about one, cannot be taken; None when it can."""
    if request.name not in (*OPERATIONS, INQUIRY):
        return None
    if not number(request):
        return refuse("30", "format_error", "order", "缺少商户订单号", "F7 has no order number of the merchant")
    if request.name != INQUIRY and _name(request) in turn.state.orders.all:
        return refuse("94", "order_used", "order", "商户订单号已使用", "the merchant's order number was used before")
    return None


def inquire(turn: Turn, request: Request) -> Outcome:
    """扫码订单查询: 00 and the amount for what was booked and stands, 25 for everything else."""
    key = turn.state.orders.all.get(_name(request))
    if key is None:
        turn.record("order", order=_name(request), key="")
    if not key:
        return refuse("25", "no_order", "order", "订单不存在，已关闭", "there is no such order; it is closed now")
    posting = turn.state.ledger.postings[key]
    told = {4: f"{posting.amount_fen:012d}", 37: posting.rrn}
    return Outcome(fields={**told, **_told(request, posting)})


def booked(turn: Turn, request: Request, posting: Posting) -> dict[int, Value]:
    """An order was booked: its number is used from now on.  What the reply tells of it."""
    if request.name not in OPERATIONS:
        return {}
    turn.record("order", order=_name(request), key=posting.key)
    return _told(request, posting)


def _name(request: Request) -> str:
    return f"{request.text(42)}/{number(request)}"


def _told(request: Request, posting: Posting) -> dict[int, Value]:
    wallet = wallet_of(vouchers.qr_code(request))
    fields: dict[int, Value] = {6: vouchers.voucher_of(posting.date, posting.rrn), 7: number(request)}
    return {**fields, 44: wallet.number} if wallet else fields
