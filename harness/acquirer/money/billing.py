"""Billing (账单): contracts, invoices, dunning, payment; deposits; instant payouts.

Whoever has no contract here is never billed: what he owes is set off against his takings, as with most merchants.  A
contract means invoices: usage (card, code, payout fees) at the end of each month, rent and data fee at the beginning
of their month and year.  An invoice that is not paid when it is due is followed by a warning, and that by a hold with
the sum owed; payment ends the hold at once.  A deposit is asked for before anything is dispatched.

    issued --due--> warned --grace--> held          any of them -> paid; of a deposit also cancelled

Terms of payment are posrig's choice; sums and rates are those of the documents (`fixtures/fees`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harness.machine import DAY_US
from protocols.text import Text

from .. import holds
from ..asks import Args, Refused, Value, bad_argument, text_of
from ..books.billing import Contract, Invoice
from ..state import State
from ..turn import Turn
from . import fees
from .ledger import Entry, merchant_account

MONTH_US = 30 * DAY_US
YEAR_US = 365 * DAY_US
PERIODS_US: Mapping[str, int] = {"usage": MONTH_US, "rent": MONTH_US, "data": YEAR_US}
PAYABLE_US = 7 * DAY_US
"""From the invoice to the day when it is due."""
GRACE_US = 7 * DAY_US
"""From the warning to the hold."""
DEPOSIT = "deposit"
BANK = "bank"
SHOWN_MAX = 50
"""So many invoices or payouts an answer lists, the newest."""


def _journal(turn: Turn, why: str, entries: list[Entry]) -> None:
    if entries:
        turn.record("journal", why=why, entries=entries)


# contracts


def schedule_of(turn: Turn, mid: str) -> fees.FeeSchedule:
    """What this merchant pays: the schedule that his contract names, else everybody's."""
    one = turn.state.billing.contracts.get(mid)
    return turn.settings.schedules[one.prices] if one and one.prices else turn.settings.fees


def _terms(turn: Turn, args: Args) -> dict[str, Any]:
    prices = text_of(turn, args, "prices", "")
    if prices and prices not in turn.settings.schedules:
        known = ", ".join(turn.settings.schedules)
        raise bad_argument("prices", f"可用: {known}", f"known: {known}")
    schedule = turn.settings.schedules[prices] if prices else turn.settings.fees
    names = ("rent_fen", "data_fen", "deposit_fen")
    found: dict[str, Any] = {name: args.get(name, 0) for name in names}
    for name, fen in found.items():
        if type(fen) is not int or not 0 <= fen <= turn.settings.limits.sale_fen:
            raise bad_argument(name, "应为金额（分）", "must be an amount in fen")
    data = found["data_fen"]
    if data and not schedule.data_min_fen <= data <= schedule.data_max_fen:
        low, high = schedule.data_min_fen, schedule.data_max_fen
        raise bad_argument("data_fen", f"年流量费为 {low} 至 {high} 分", f"a year costs {low} to {high} fen")
    return {**found, "prices": prices}


def contract(turn: Turn, args: Args) -> Value:
    """`{application | mid, rent_fen, data_fen, deposit_fen, prices}`: from now on this merchant is billed, and pays the
    `prices` of that schedule (`fees.NAMES`; none: everybody's).

    Of an application that is not approved yet it becomes the contract at the approval.  A new one takes the place of
    the old one.  Raises Refused.
    """
    terms = _terms(turn, args)
    if "application" in args:
        number = text_of(turn, args, "application")
        application = turn.state.applications.get(number)
        if application is None:
            raise Refused("no_application", Text(f"没有进件 {number}", f"there is no application {number}"))
        if not application.mid:
            turn.record("contract_offer", application=number, **terms)
            return {"application": number, "mid": ""}
        mid = application.mid
    else:
        mid = _merchant(turn, args)
    _begin(turn, mid, terms, turn.now)
    return {"application": args.get("application", ""), "mid": mid}


def approved(turn: Turn, application: str, mid: str, at_us: int) -> None:
    """The application became a merchant at `at_us`: what was agreed holds from then on.  Comes before the dispatch."""
    terms = turn.state.billing.offers.get(application)
    if terms is not None:
        _begin(turn, mid, terms, at_us)


def _begin(turn: Turn, mid: str, terms: Mapping[str, Any], at_us: int) -> None:
    old = turn.state.billing.contracts.get(mid)
    next_us = {"usage": at_us + MONTH_US}
    next_us |= {kind: at_us for kind in ("rent", "data") if terms[f"{kind}_fen"]}
    if old is not None:  # what is paid in advance is not charged again
        next_us |= {kind: due for kind, due in old.next_us.items() if kind in next_us and kind != "usage"}
    kept = {name: terms[name] for name in ("rent_fen", "data_fen", "prices")}
    turn.record("contract", mid=mid, next_us=next_us, **kept)
    more = terms["deposit_fen"] - sum(one.lines.get(DEPOSIT, 0) for one in turn.state.billing.of(mid))
    if more > 0:
        _issue(turn, mid, {DEPOSIT: more}, at_us, dunned=False)
        unpaid = [one for one in turn.state.billing.unpaid_of(mid) if DEPOSIT in one.lines]
        owed, numbers = sum(one.sum_fen for one in unpaid), [one.number for one in unpaid]
        holds.hold(turn, "deposit_unpaid", f"merchant:{mid}", sum_fen=owed, invoices=numbers)
    advance(turn)


def ended(turn: Turn, mid: str) -> None:
    """The merchant leaves: a last invoice for what was used, nothing more after it, and his deposit is his again."""
    one = turn.state.billing.contracts.get(mid)
    if one is None:
        return
    _charge(turn, one, ["usage"], turn.now)
    turn.record("contract_ended", mid=mid)
    deposit = turn.state.ledger.accounts.get(_payable(DEPOSIT, mid), 0)
    _journal(turn, "deposit", [(_payable(DEPOSIT, mid), -deposit), (merchant_account(mid), deposit)] if deposit else [])
    for invoice in turn.state.billing.unpaid_of(mid):
        if DEPOSIT in invoice.lines:
            _change(turn, invoice, "cancelled", None)
    _release(turn, mid, "contract ended")


# what happens by itself


def next_due_us(state: State) -> int | None:
    """When the next charge, warning or hold is due."""
    book = state.billing
    times = [time for one in book.contracts.values() for time in one.next_us.values()]
    times += [due for number in book.unpaid if (due := book.invoices[number].next_us) is not None]
    return min(times, default=None)


def advance(turn: Turn) -> None:
    """Everything that is due, in the order of its time, as if each had been done on its day."""
    while (due := next_due_us(turn.state)) is not None and due <= turn.now:
        book = turn.state.billing
        for one in book.contracts.values():
            kinds = [kind for kind, time in one.next_us.items() if time == due]
            if kinds:
                _charge(turn, one, kinds, due)
        for number in tuple(book.unpaid):
            if book.invoices[number].next_us == due:
                _dun(turn, book.invoices[number], due)


def _charge(turn: Turn, one: Contract, kinds: list[str], at_us: int) -> None:
    sums = {"rent": one.rent_fen, "data": one.data_fen}
    for kind in kinds:
        _journal(turn, kind, fees.charge(kind, one.mid, sums.get(kind, 0)))
    turn.record("charged", mid=one.mid, next_us={kind: at_us + PERIODS_US[kind] for kind in kinds})
    lines = fees.owed_fen(turn.state.ledger, one.mid)
    for invoice in turn.state.billing.unpaid_of(one.mid):
        for kind, fen in invoice.lines.items():
            lines[kind] = lines.get(kind, 0) - fen
    lines = {kind: lines[kind] for kind in fees.KINDS if lines.get(kind)}
    if "usage" not in kinds:
        lines = {kind: fen for kind, fen in lines.items() if kind in kinds}
    if sum(lines.values()) > 0:
        _issue(turn, one.mid, lines, at_us)


def _issue(turn: Turn, mid: str, lines: dict[str, int], at_us: int, dunned: bool = True) -> Invoice:
    number = f"F{len(turn.state.billing.invoices) + 1:06d}"
    due = at_us + PAYABLE_US
    next_us = due if dunned else None
    turn.record("invoice", number=number, mid=mid, lines=lines, issued_us=at_us, due_us=due, next_us=next_us)
    turn.changed("invoice", number, "", "issued", mid)
    return turn.state.billing.invoices[number]


def _dun(turn: Turn, invoice: Invoice, at_us: int) -> None:
    if invoice.state == "issued":
        _change(turn, invoice, "warned", at_us + GRACE_US)
        return
    _change(turn, invoice, "held", None)
    late = [one for one in turn.state.billing.unpaid_of(invoice.mid) if one.state in ("warned", "held")]
    owed, numbers = sum(one.sum_fen for one in late), [one.number for one in late]
    holds.hold(turn, "fees_owed", f"merchant:{invoice.mid}", sum_fen=owed, invoices=numbers)


def _change(turn: Turn, invoice: Invoice, state: str, next_us: int | None) -> None:
    turn.changed("invoice", invoice.number, invoice.state, state, invoice.mid)
    turn.record("invoice_changed", number=invoice.number, state=state, next_us=next_us)


# the merchant's side


def _merchant(turn: Turn, args: Args) -> str:
    mid = text_of(turn, args, "mid")
    if mid not in turn.state.merchants:
        raise Refused("merchant_unknown", Text(f"没有商户 {mid}", f"there is no merchant {mid}"))
    return mid


def _shown(turn: Turn, invoice: Invoice) -> Value:
    return {
        "invoice": invoice.number,
        "state": invoice.state,
        "lines": {f"{kind}_fen": fen for kind, fen in invoice.lines.items()},
        "sum_fen": invoice.sum_fen,
        "issued_us": turn.told(invoice.issued_us),
        "due_us": turn.told(invoice.due_us),
    }


def invoices(turn: Turn, args: Args) -> Value:
    """`{mid} -> {owed: {KIND_fen}, open: [...], paid: [...]}`.

    `owed` counts what is not invoiced yet, too; an invoice tells its lines, and in `state` whether a warning was given.
    """
    mid = _merchant(turn, args)
    book = turn.state.billing
    paid = [one for one in book.of(mid) if one.state == "paid"]
    return {
        "mid": mid,
        "owed": {f"{kind}_fen": fen for kind, fen in fees.owed_fen(turn.state.ledger, mid).items()},
        "open": [_shown(turn, one) for one in book.unpaid_of(mid)[-SHOWN_MAX:]],
        "paid": [_shown(turn, one) for one in paid[-SHOWN_MAX:]],
    }


def pay(turn: Turn, args: Args) -> Value:
    """`{mid, invoice, amount_fen}`: one invoice, or all that are open; `amount_fen`, where given, is the sum.

    A hold ends at once when nothing that led to it is open.  Raises Refused.
    """
    mid = _merchant(turn, args)
    book = turn.state.billing
    number = text_of(turn, args, "invoice", "")
    if number and (number not in book.invoices or book.invoices[number].mid != mid):
        raise Refused("no_invoice", Text(f"没有账单 {number}", f"there is no invoice {number}"))
    paid = [one for one in book.unpaid_of(mid) if number in ("", one.number)]
    if not paid:
        raise Refused("already_paid", Text("没有未付账单", "there is nothing to pay"))
    total = sum(one.sum_fen for one in paid)
    if args.get("amount_fen", total) != total:
        raise Refused("amount_differs", Text(f"应付 {total} 分", f"{total} fen are to be paid"))
    for one in paid:
        entries = [(_payable(kind, mid), fen) for kind, fen in one.lines.items()]
        _journal(turn, "payment", [*entries, (BANK, -one.sum_fen)])
        _change(turn, one, "paid", None)
    return {"mid": mid, "paid_fen": total, "invoices": [one.number for one in paid], "released": _release(turn, mid)}


def _payable(kind: str, mid: str) -> str:
    return f"deposit:{mid}" if kind == DEPOSIT else fees.account(kind, mid)


def _release(turn: Turn, mid: str, why: str = "paid") -> list[str]:
    """End the holds whose invoices are all settled; their cases.  The others tell what is left."""
    left = {one.number: one.sum_fen for one in turn.state.billing.unpaid_of(mid)}
    ended = []
    for one in holds.in_force(turn, (f"merchant:{mid}",)):
        if one.kind not in ("fees_owed", "deposit_unpaid"):
            continue
        rest = [number for number in one.facts["invoices"] if number in left]
        if rest:
            holds.hold(turn, one.kind, one.subject, sum_fen=sum(left[number] for number in rest), invoices=rest)
        else:
            holds.release(turn, one.case, why)
            ended.append(one.case)
    return ended


def instant_payout(turn: Turn, args: Args) -> Value:
    """`{mid, amount_fen, order}`: takings at once instead of the next day (即时到账), for a fee each.

    `order` is the merchant's own number: the same order again is the same payout.  Raises Refused.
    """
    mid, order, fen = _merchant(turn, args), text_of(turn, args, "order"), args.get("amount_fen")
    known = turn.state.billing.payouts.get(f"{mid}/{order}")
    available = turn.state.ledger.accounts.get(merchant_account(mid), 0)
    if type(fen) is not int or fen <= 0 or not order:
        raise bad_argument("amount_fen", "须有正金额（分）与订单号", "a positive amount in fen and an order number")
    if known is None:
        if fen > available:
            raise Refused("insufficient", Text(f"可提现 {available} 分", f"{available} fen are available"))
        turn.record("payout", mid=mid, order=order, amount_fen=fen)
        _journal(turn, "payout", [(merchant_account(mid), -fen), (BANK, fen)])
        _journal(turn, "payout fee", fees.charge("payout", mid, turn.settings.fees.payout_fen))
        available -= fen
    elif known != fen:
        raise Refused("order_used", Text(f"订单 {order} 金额不同", f"order {order} was of another amount"))
    return {"mid": mid, "order": order, "amount_fen": fen, "available_fen": available}


def payouts(turn: Turn, args: Args) -> Value:
    """`{mid} -> {available_fen, orders: {ORDER: fen}}`."""
    mid = _merchant(turn, args)
    own = [(key.partition("/")[2], fen) for key, fen in turn.state.billing.payouts.items() if key.startswith(f"{mid}/")]
    available = turn.state.ledger.accounts.get(merchant_account(mid), 0)
    return {"mid": mid, "available_fen": available, "orders": dict(own[-SHOWN_MAX:])}


PORTAL: Mapping[str, Callable[[Turn, Args], dict[str, Any]]] = {
    "invoices": invoices,
    "pay": pay,
    "instant_payout": instant_payout,
    "payouts": payouts,
}
CONTROL: Mapping[str, Callable[[Turn, Args], dict[str, Any]]] = {"contract": contract}
