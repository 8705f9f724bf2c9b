"""Orders of a register that come again: the stored result, never a second sale."""

from __future__ import annotations

from ..desk import Desk
from ..flows.accounts import asked_for
from ..flows.sales import last_of
from ..outcome import Outcome, outcome, refused
from ..wants import Order

MONEY = ("sale", "sale_qr", "void", "refund", "preauth", "preauth_void", "completion", "completion_void")
"""Operations whose order number the terminal keeps with what it books."""


def known_result(desk: Desk, order: Order) -> Outcome | None:
    """The stored result of an order that was asked for before; None when it is new (or was declined)."""
    if not order.source:
        return None
    state = desk.state
    for account in state.accounts:
        pending = state.reversal if state.reversal and state.reversal["account"] == account.number else {}
        left = [item for item in account.unresolved if item["batch"] == account.batch]
        for item in (pending, *left):
            if item.get("source") == order.source:
                desk.use(account.number)
                values = {name: item[name] for name in ("stan", "batch", "amount_fen")}
                return outcome(order.op, "unknown", "reversal_pending", **values)
    account, entry = state.by_source(order.source)
    if entry is None or (entry.settled and entry is not account.entries[-1]):
        return None  # a till may count from 1 again after a settlement; only its newest order is asked for again
    if account.number != asked_for(desk, order):
        return refused(order.op, "bad_request")
    desk.use(account.number)
    if entry.kind != order.op or order.args.get("amount_fen", entry.amount_fen) != entry.amount_fen:
        return refused(order.op, "bad_request")
    return last_of(order.op, entry)
