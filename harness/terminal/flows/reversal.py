"""The reversal (冲正): written before the request leaves, sent before the next transaction, kept until it is accepted.

Rules: PAX `Transmit`, Chanjet POS V2.0; what the sources leave open is the dialect's (`reversal_*`).
"""

from __future__ import annotations

from typing import Any

from protocols.unionpay.kinds import Kind, kind_of
from protocols.unionpay.message import Message, Value

from ...machine import Record
from .. import requests
from ..desk import Desk
from ..outcome import Outcome, declined, done, no_answer, outcome, refused
from ..slips import ADVICE, account_lines, unresolved_lines
from ..texts import ENTER_PASSWORD, REVERSAL_FAILED, REVERSED, REVERSING
from ..wants import Answered, Exchange, GaveUp, Keys, NoReply, Order, Prompt, Reply, Step
from .common import side_effects
from .people import password_fits
from .session import signed_in_again

REASON_OTHER, REASON_CARD, REASON_NO_ANSWER, REASON_MAC = "06", "96", "98", "A0"
KEPT = (2, 3, 4, 11, 14, 22, 23, 25, 38, 41, 42, 49, 60, 61)
"""Fields of the request that its reversal repeats: no track, no PIN, no F37, no serial number (PAX)."""


def reversal_record(request: Message, kind: Kind, batch: str, source: str, account: int) -> Record:
    """The record that makes the reversal of `request` pending, reason "other" until more is known."""
    fields: dict[str, Any] = {str(n): value for n, value in request.fields.items() if n in KEPT}
    chip = request.octets(55)
    reversal = {
        "stan": request.text(11),
        "batch": batch,
        "kind": kind.name,
        "amount_fen": int(request.text(4) or "0"),
        "reason": REASON_OTHER,
        "fields": fields,
        "chip": requests.reversal_chip_data(chip).hex() if chip else "",
        "source": source,
        "account": account,
    }
    return {"kind": "reversal", "reversal": reversal}


def reversal_request(desk: Desk) -> tuple[Message, Kind]:
    """The 0400 of the pending reversal: same F3, F4, F11, F60 as the original, F39 = the reason."""
    pending = desk.state.reversal
    assert pending is not None
    fields: dict[int, Value] = {int(n): value for n, value in pending["fields"].items()}
    fields[39] = pending["reason"]
    if pending["chip"]:
        fields[55] = bytes.fromhex(pending["chip"])
    message = Message("0400", dict(sorted(fields.items())))
    kind = kind_of(message, desk.dialect)
    assert kind is not None
    return message, kind


def deliver(desk: Desk) -> Step[Answered | None]:
    """Send the pending reversal, `reversal_tries` times at most.  Returns None when the host accepted it (or there was
    none), else the last answer; then it stays pending.  It goes under the keys of its own account, whichever is in use.
    """
    if desk.state.reversal is None:
        return None
    before = desk.use(int(desk.state.reversal["account"]))
    yield from signed_in_again(desk)
    last = yield from _deliver(desk)
    desk.use(before)
    return last


def _deliver(desk: Desk) -> Step[Answered | None]:
    last: Answered | None = None
    for _ in range(desk.dialect.reversal_tries):
        pending = desk.state.reversal
        if pending is None:
            return None
        desk.show(REVERSING)
        message, kind = reversal_request(desk)
        answered: Answered = yield Exchange(message, kind)
        last = answered
        if isinstance(answered, Reply):
            records, events = side_effects(desk, answered.message)
            if answered.code in desk.dialect.reversal_accepted:
                desk.save({"kind": "reversal_cleared"}, *records, events=events)
                data = {
                    "machine": "reversal",
                    "subject": pending["stan"],
                    "from": "pending",
                    "to": "closed",
                    "why": answered.code,
                }
                desk.note("state", data)
                desk.show(REVERSED)
                return None
            desk.save(*records, events=events)
        elif answered.why == "bad_mac":
            break  # PAX: stop here, try again before the next transaction
    desk.show(REVERSAL_FAILED)
    if "give_up_silently" in desk.faults:
        desk.save({"kind": "reversal_cleared"})
        return None
    return last


def reverse(desk: Desk, order: Order) -> Step[Outcome]:
    """The operation "send the reversal now"."""
    pending = desk.state.reversal
    if pending is None:
        return (yield from _reverse_nothing(desk, order))
    values = {"stan": pending["stan"], "batch": pending["batch"], "amount_fen": pending["amount_fen"]}
    last = yield from deliver(desk)
    if last is None:
        return done(order.op, **values)
    if isinstance(last, NoReply):
        return no_answer(order.op, last, **values)
    return declined(order.op, last.code, "pending_reversal", **values)


def _reverse_nothing(desk: Desk, order: Order) -> Step[Outcome]:
    """Gate off: a 0400 for a transaction that this terminal knows nothing of, so that the host has to refuse."""
    kind = _sale_reversal(desk)
    stan = order.stan() or f"{max(1, desk.state.next_stan - 1):06d}"
    fields = requests.head(desk, kind, stan)
    fields |= {
        4: f"{order.amount_fen() or 0:012d}",
        22: "012",
        39: REASON_NO_ANSWER,
        49: requests.CURRENCY,
    }
    answered: Answered = yield Exchange(requests.message(kind, fields), kind)
    if isinstance(answered, NoReply):
        return no_answer(order.op, answered, stan=stan)
    if answered.code == "00":
        return done(order.op, stan=stan)
    return declined(order.op, answered.code, stan=stan)


def _sale_reversal(desk: Desk) -> Kind:
    sale = requests.named(desk, "sale")
    probe = Message("0400", {3: sale.processing_codes[0], 25: sale.conditions[0], 60: requests.f60(desk, sale)})
    kind = kind_of(probe, desk.dialect)
    assert kind is not None
    return kind


def mark_unresolved(desk: Desk, order: Order) -> Step[Outcome]:
    """Hand the pending reversal, or advice, to people: supervisor's password, slip, a line in the settlement report."""
    pending = desk.state.reversal or desk.state.advice
    if pending is None:
        return refused(order.op, "nothing_to_reverse")
    password = order.args.get("password")
    if password is None:
        typed: Keys | GaveUp = yield Prompt("keys", ENTER_PASSWORD, secret=True)
        if isinstance(typed, GaveUp):
            return outcome(order.op, "cancelled", typed.why)
        password = typed.typed
    if not any(o.level == "supervisor" and password_fits(desk, o, password) for o in desk.settings.operators):
        return refused(order.op, "wrong_password")
    to_people(desk)
    return done(order.op, stan=pending["stan"], batch=pending["batch"], amount_fen=pending["amount_fen"])


def to_people(desk: Desk) -> None:
    """The pending reversal, or advice, if there is one, becomes a line of its account's report and a slip."""
    pending = desk.state.reversal or desk.state.advice
    if pending is None:
        return
    before = desk.use(int(pending["account"]))
    item = {
        "stan": pending["stan"],
        "batch": pending["batch"],
        "amount_fen": pending["amount_fen"],
        "reason": pending.get("reason", ADVICE),
        "source": pending.get("source", ""),
    }
    desk.save({"kind": "unresolved", "item": item})
    lines = account_lines(desk.state) + unresolved_lines(item)
    desk.slip("unresolved", item["stan"], item["batch"], item["amount_fen"], "", "merchant", lines)
    desk.use(before)
