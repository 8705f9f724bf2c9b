"""The completion advice (预授权完成通知, 0220): stored before it is sent, sent again until it is answered.

An advice is never reversed, so it must not be forgotten: until the host has answered it no other transaction and no
settlement begins.  It keeps its STAN, and the host books it once.  Sources: the notice transactions of PAX and Topwise
(stored, sent again before the next transaction); that it stops everything else is posrig's choice, as for a reversal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from protocols.unionpay.kinds import Kind
from protocols.unionpay.message import Message, Value
from protocols.unionpay.responses import is_approval, response

from ...machine import Record
from .. import requests
from ..desk import Desk
from ..state import Entry, entry_record
from ..wants import Answered, Exchange, NoReply, Step
from .booking import booked, hand_over
from .common import side_effects
from .session import signed_in_again

ADVICES = frozenset(("completion_advice",))
SENT_AGAIN = frozenset(("77", "90", "91", "96", "98", "A0"))
"""Answers that decide nothing: sign in, or try later."""


def advice_record(request: Message, kind: Kind, entry: Entry, batch: str, account: int) -> Record:
    """The record that makes the advice pending."""
    fields: dict[str, Any] = {str(n): value for n, value in request.fields.items() if isinstance(value, str)}
    octets = {str(n): value.hex() for n, value in request.fields.items() if isinstance(value, bytes)}
    told = {
        "stan": request.text(11),
        "batch": batch,
        "amount_fen": entry.amount_fen,
        "kind": kind.name,
        "account": account,
        "fields": fields,
        "octets": octets,
        "entry": asdict(entry),
    }
    return {"kind": "advice", "advice": told}


def decides(desk: Desk, answered: Answered) -> bool:
    """Whether this answer ends an advice: not that of a host to which this terminal is unknown."""
    if isinstance(answered, NoReply) or desk.state.disowned:
        return False
    return bool(answered.code) and answered.code not in SENT_AGAIN


def deliver(desk: Desk) -> Step[Answered | None]:
    """Send the pending advice once more, under the keys of its own account.  Returns None when it is decided (or there
    is none), else the answer."""
    pending = desk.state.advice
    if pending is None:
        return None
    before = desk.use(int(pending["account"]))
    yield from signed_in_again(desk)
    last = yield from _deliver(desk, pending)
    desk.use(before)
    return last


def _deliver(desk: Desk, pending: Mapping[str, Any]) -> Step[Answered | None]:
    kind = requests.named(desk, pending["kind"])
    fields: dict[int, Value] = {int(n): value for n, value in pending["fields"].items()}
    fields |= {int(n): bytes.fromhex(value) for n, value in pending["octets"].items()}
    request = requests.message(kind, fields)
    answered: Answered = yield Exchange(request, kind)
    if isinstance(answered, NoReply):
        return answered
    records, events = side_effects(desk, answered.message)
    if not decides(desk, answered):
        desk.save(*records, events=events)
        return answered
    entry = booked(desk, Entry(**pending["entry"]), request, answered.message, pending["batch"])
    approved = is_approval(answered.code)
    booking = [entry_record(entry)] if approved else []
    desk.save({"kind": "advice_cleared"}, *booking, *records, events=events)
    desk.show(response(answered.code).display)
    if approved:
        hand_over(desk, entry)
    return None
