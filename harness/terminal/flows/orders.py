"""Payments by code as orders (扫码订单), in dialects that have order fields.

Chanjet POS V2.0: F3 710000 with the customer's code in F5, 720000 void, 740000 refund, 730000 query; F6 the host's
number of the order, F7 the merchant's.  There is no reversal: an order without an answer is asked about (730000), at
once and again before the settlement or when somebody wants to know (`query_order`).  Until the host has told it stands
among what people have to clarify, from before its request leaves, so that a power cut leaves it there.

posrig's choice: the merchant's number is TID, batch and trace number, which no two requests share.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from protocols.unionpay.message import Message, Value

from ...machine import Json
from .. import requests
from ..desk import Desk
from ..outcome import Outcome, done, outcome, refused
from ..slips import ORDER
from ..state import Entry, entry_record
from ..texts import CAUSES
from ..wants import NoReply, Order, Step
from .booking import booked, hand_over
from .common import ask
from .transact import Deal, transact

KINDS = {"sale_qr": "qr_scan", "void": "qr_void", "refund": "qr_refund"}
"""Operations to the kinds of their messages."""
ASKED_MAX = 3
"""So often the host is asked in a row."""
PAID, NO_ORDER = "00", "25"


def in_use(desk: Desk) -> bool:
    """Whether codes are paid as orders in the dialect that is spoken."""
    return desk.dialect.order_fields


def pay(desk: Desk, order: Order, amount: int, code: str, mode: str) -> Step[Outcome]:
    """扫码消费."""
    entry = Entry("", "", "sale_qr", amount, code, mode, source=order.source)
    return (yield from _carried_out(desk, order, entry, {5: code, 22: mode}))


def take_back(desk: Desk, order: Order, kind: str, original: Entry, amount: int) -> Step[Outcome]:
    """Void or refund (`kind`) of `original`, which the host's number of its order names."""
    named = original.stan if kind == "void" else ""
    entry = Entry("", "", kind, amount, original.pan, original.mode, original=named, source=order.source)
    entry = replace(entry, voucher=original.voucher)
    return (yield from _carried_out(desk, order, entry, {6: original.voucher, 22: original.mode}))


def _carried_out(desk: Desk, order: Order, entry: Entry, fields: dict[int, Value]) -> Step[Outcome]:
    def numbered(stan: str) -> dict[int, Value]:
        return {**fields, 7: number(desk, desk.state.batch, stan)}

    kept: dict[str, Json] = {"reason": ORDER, "op": order.op, "entry": asdict(replace(entry, pan=""))}
    kind = requests.named(desk, KINDS[entry.kind])
    result = yield from transact(
        desk, Deal(order.op, kind, entry.amount_fen, numbered, entry, order.source, doubt=kept)
    )
    if result["status"] != "unknown":
        return result
    item = _open_order(desk, str(result["stan"] or ""))
    told = None if item is None else (yield from _asked(desk, item))
    return told or {**result, "text": _words()}


def number(desk: Desk, batch: str, stan: str) -> str:
    """F7."""
    return f"{desk.state.tid}{batch}{stan}"


def query_order(desk: Desk, order: Order) -> Step[Outcome]:
    """扫码订单查询: what became of the newest order, or that of `stan`, whose answer was lost."""
    item = _open_order(desk, order.stan() or "")
    if item is None:
        return refused(order.op, "nothing_to_query")
    told = yield from _asked(desk, item)
    return {**(told or _unknown(item)), "op": order.op}


def ask_all(desk: Desk) -> Step[None]:
    """Before the settlement every open order is asked about once more."""
    for item in _open_orders(desk):
        if (yield from _asked(desk, item)) is None:
            return


def _open_orders(desk: Desk) -> list[dict[str, Any]]:
    """Those of the open batch: a settled one cannot take them in any more."""
    return [item for item in desk.state.unresolved if item["reason"] == ORDER and item["batch"] == desk.state.batch]


def _open_order(desk: Desk, stan: str) -> dict[str, Any] | None:
    found = (item for item in reversed(_open_orders(desk)) if stan in ("", item["stan"]))
    return next(found, None)


def _asked(desk: Desk, item: dict[str, Any]) -> Step[Outcome | None]:
    """Ask the host; the Outcome of the order, None while nobody knows."""
    values: dict[str, Json] = {name: item[name] for name in ("stan", "batch", "amount_fen")}
    for _ in range(ASKED_MAX):
        asked: dict[int, Value] = {7: number(desk, item["batch"], item["stan"])}
        answered = yield from ask(desk, "qr_inquiry", asked)
        if isinstance(answered, NoReply):
            continue
        settled = {"kind": "resolved", "stan": item["stan"], "batch": item["batch"]}
        if answered.code == NO_ORDER:
            desk.save(settled)
            return outcome(str(item["op"]), "declined", "order_not_paid", code=answered.code, **values)
        if answered.code != PAID:
            return None
        request = Message("0200", {11: item["stan"]})
        entry = booked(desk, Entry(**item["entry"]), request, answered.message, item["batch"])
        desk.save(settled, entry_record(entry))
        hand_over(desk, entry)
        return {**done(str(item["op"]), rrn=entry.rrn, **values), "code": PAID}
    return None


def _unknown(item: dict[str, Any]) -> Outcome:
    values: dict[str, Json] = {name: item[name] for name in ("stan", "batch", "amount_fen")}
    return outcome(str(item["op"]), "unknown", "order_open", **values)


def _words() -> dict[str, str]:
    text = CAUSES["order_open"]
    return {"zh": text.zh, "en": text.en}
