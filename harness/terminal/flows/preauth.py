"""Pre-authorisation (预授权), its void, completion as request and as advice, completion void.

A pre-authorisation stays in the journal beyond the settlement of its batch, so that it can be completed days later; it
counts in no totals.  One that this terminal does not have is named by its authorisation code, date and card.
Sources: Chanjet POS V2.0 and PAX (F3, F25, F60.1, F38 and F61; which of them are reversed); two slips: PAX.
"""

from __future__ import annotations

from dataclasses import replace

from protocols.unionpay.message import Value

from .. import requests
from ..desk import Desk
from ..outcome import Outcome, refused
from ..requests import Tender
from ..settings import Card
from ..state import Entry
from ..wants import Order, Step
from .sales import MANUAL_MODE, any_pan, card_deal, not_taken, take_tender, with_card
from .transact import Deal, transact

FOREIGN = "000000"
"""F61.1 and F61.2 of a pre-authorisation that is not in this terminal's journal."""


def preauth(desk: Desk, order: Order) -> Step[Outcome]:
    """预授权: `amount_fen` is held on the card."""
    amount = order.amount_fen()
    if amount is None:
        return refused(order.op, "bad_request")
    return (yield from with_card(desk, order, requests.named(desk, "preauth"), amount))


def preauth_void(desk: Desk, order: Order) -> Step[Outcome]:
    """预授权撤销, of the whole amount: `stan` and perhaps `batch` of an entry, or `auth`, `date` MMDD, `amount_fen`."""
    return (yield from _ended(desk, order, "preauth_void"))


def completion(desk: Desk, order: Order) -> Step[Outcome]:
    """预授权完成(请求): `amount_fen`, else the amount that was held; what it names as in `preauth_void`."""
    return (yield from _ended(desk, order, "completion"))


def completion_advice(desk: Desk, order: Order) -> Step[Outcome]:
    """预授权完成(通知): a 0220, which is never reversed; the rest as `completion`."""
    return (yield from _ended(desk, order, "completion_advice"))


def completion_void(desk: Desk, order: Order) -> Step[Outcome]:
    """预授权完成撤销 of a completion (not an advice) of the open batch, found by its `stan`."""
    yield from ()
    stan = order.stan() or FOREIGN
    found = desk.state.entry(stan)
    if desk.settings.gate:
        cause = _refusal(found, "completion")
        if cause is None and found is not None and found.settled:
            cause = "original_settled"
        if cause is not None:
            return refused(order.op, cause, stan=stan)
    if found is None:  # gate off: the host has to refuse
        found = Entry(stan, desk.state.batch, "completion", order.amount_fen() or 1, any_pan(desk), MANUAL_MODE)
    return (yield from _refer(desk, order, "completion_void", found, found.amount_fen))


def _refusal(found: Entry | None, kind: str) -> str | None:
    if found is None or found.kind != kind:
        return "no_original"
    if found.supplied:
        return "no_card_data"
    return {"voided": "already_voided", "completed": "already_completed"}.get(found.status)


def _ended(desk: Desk, order: Order, name: str) -> Step[Outcome]:
    """A pre-authorisation ends: by a void or a completion."""
    args = order.args
    auth = str(args.get("auth") or "")
    stan = order.stan()
    found = desk.state.entry(stan, args.get("batch")) if stan else None
    if found is None and auth:
        return (yield from _foreign(desk, order, name, auth))
    if desk.settings.gate:
        cause = _refusal(found, "preauth")
        if cause is not None:
            return refused(order.op, cause, stan=stan or "")
    if found is None:  # gate off: the host has to refuse
        amount = order.amount_fen() or 1
        found = Entry(stan or FOREIGN, desk.state.batch, "preauth", amount, any_pan(desk), MANUAL_MODE)
    if name == "preauth_void" or "amount_fen" not in args:
        return (yield from _refer(desk, order, name, found, found.amount_fen))
    given = order.amount_fen()
    if given is None:
        return refused(order.op, "bad_request")
    return (yield from _refer(desk, order, name, found, given))


def _refer(desk: Desk, order: Order, name: str, found: Entry, amount: int) -> Step[Outcome]:
    """A transaction that names an entry of the journal; the card need not be there any more."""
    kind = requests.named(desk, name)
    fields: dict[int, Value] = {
        2: found.pan,
        22: MANUAL_MODE,
        61: requests.original(desk, found.batch, found.stan, found.date or "0000"),
    }
    for number, value in ((14, found.expiry), (37, found.rrn), (38, found.auth)):
        if value:
            fields[number] = value
    entry = Entry(
        "",
        "",
        name,
        amount,
        found.pan,
        MANUAL_MODE,
        expiry=found.expiry,
        original=found.stan,
        original_batch=found.batch,
        source=order.source,
    )
    return (yield from transact(desk, Deal(order.op, kind, amount, lambda stan: fields, entry, order.source)))


def _foreign(desk: Desk, order: Order, name: str, auth: str) -> Step[Outcome]:
    """Of a pre-authorisation of another terminal of the merchant: the card is needed, for nothing here knows it."""
    amount = order.amount_fen()
    if amount is None or len(auth) != 6:
        return refused(order.op, "bad_request")
    tender = yield from take_tender(desk, order, requests.named(desk, name), amount, pin=False)
    if isinstance(tender, str):
        return not_taken(order, tender, amount)
    typed = Tender(Card("typed", tender.card.pan, tender.card.expiry, tender.card.sequence), "key")
    deal = card_deal(desk, order, requests.named(desk, name), typed, amount)
    date = str(order.args.get("date") or "0000")
    more: dict[int, Value] = {38: auth, 61: requests.original(desk, FOREIGN, FOREIGN, date)}
    of_card = deal.fields
    return (yield from transact(desk, replace(deal, fields=lambda number: of_card(number) | more)))
