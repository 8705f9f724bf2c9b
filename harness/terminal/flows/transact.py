"""The engine of every online transaction.

Order of effects, so that a power cut at any point loses no money: the reversal (or the advice) is durable before the
line is dialled; entry and cleared reversal become durable together; only then the slip is printed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from protocols.text import Text
from protocols.unionpay.kinds import Kind
from protocols.unionpay.message import Message, Value
from protocols.unionpay.responses import is_approval, response

from ...machine import Json, Record
from .. import requests
from ..desk import Desk
from ..hardware.processor import own_time, reach
from ..outcome import Outcome, cause_of, declined, done, no_answer, outcome, refused
from ..slips import REFUND
from ..state import Entry, entry_record
from ..texts import CAUSES, REFUND_UNRESOLVED
from ..wants import Answered, Confirm, Confirmed, Exchange, NoReply, Order, PowerOff, Reply, Step
from . import advice, reversal
from .booking import booked, hand_over
from .chip import ChipEnd, Finish
from .common import side_effects
from .script import notice_record, script_record, tell_result
from .session import serve, sign_in

REASONS: Mapping[str, str] = {
    "bad_mac": reversal.REASON_MAC,
    "not_sent": reversal.REASON_OTHER,
    "unreadable": reversal.REASON_OTHER,
}
"""Why the reversal is there (F39 of the 0400) when no reply came that is one; else there was no answer at all."""
CARD_GONE = ("card_removed", reversal.REASON_CARD)
NOT_TAKEN = ("not_taken", reversal.REASON_OTHER)
"""An approval that is taken back: the Outcome's cause, and why the reversal is there."""


@dataclass(frozen=True, slots=True)
class Deal:
    """One transaction before it has a STAN.

    `fields` gives what depends on the STAN; `entry` what it becomes when approved (None: nothing is booked).
    """

    op: str
    kind: Kind
    amount_fen: int
    fields: Callable[[str], dict[int, Value]]
    entry: Entry | None
    source: str = ""
    pulled: bool = False
    """The chip card is gone when the answer comes: an approval cannot be completed (second GENERATE AC)."""
    finish: Finish | None = None
    """Tells a card that was read through its link how it ended, and hears what it says; None where there is none."""
    doubt: Mapping[str, Json] = field(default_factory=dict)
    """What stands beside it among what people have to clarify, where it cannot be reversed."""


def clear_the_way(desk: Desk, deal: Deal) -> Step[Outcome | None]:
    """What goes before an online transaction: a script result, a reversal, an advice, then what the host asked for in a
    header.

    Order: PAX `Transmit`; script before reversal: Chanjet POS V2.0.  An Outcome stops the transaction.
    """
    yield from tell_result(desk)
    last = yield from reversal.deliver(desk)
    if last is not None and desk.state.reversal is not None:
        pending = desk.state.reversal
        code = last.code if isinstance(last, Reply) else ""
        status = "no_answer" if isinstance(last, NoReply) else "declined"
        stopped = outcome(deal.op, status, "pending_reversal", code=code, amount_fen=deal.amount_fen)
        return {**stopped, "pending_stan": pending["stan"]}
    told = desk.state.advice
    last = yield from advice.deliver(desk)
    if last is not None and told is not None:
        code = last.code if isinstance(last, Reply) else ""
        status = "no_answer" if isinstance(last, NoReply) else "declined"
        stopped = outcome(deal.op, status, "pending_advice", code=code, amount_fen=deal.amount_fen)
        return {**stopped, "pending_stan": told["stan"]}
    stop = yield from serve(desk)
    if stop is not None:
        return {**stop, "op": deal.op}
    if desk.settings.gate and desk.state.number > 1 and not desk.state.signed_in:
        first = yield from sign_in(desk, Order("sign_in"))
        if first["status"] != "done":
            return {**first, "op": deal.op, "amount_fen": deal.amount_fen or None}
    if desk.settings.gate and not desk.state.signed_in:  # a header or a 77 on the way ended the session
        return refused(deal.op, "not_signed_in", amount_fen=deal.amount_fen)
    return None


def transact(desk: Desk, deal: Deal) -> Step[Outcome]:
    """One online transaction from its STAN to its slip."""
    reach(desk, "card_read")
    desk.own_time_us = 0
    yield from own_time(desk)
    stop = yield from clear_the_way(desk, deal)
    if stop is not None:
        if deal.finish is not None:
            yield from deal.finish(None)
        return stop
    stan, moved = desk.next_stan()
    batch = desk.state.batch
    fields = requests.head(desk, deal.kind, stan) | deal.fields(stan)
    if deal.amount_fen:
        fields[4] = f"{deal.amount_fen:012d}"
    request = requests.message(deal.kind, fields)
    if desk.config.whole_card:
        desk.audit("card", op=deal.op, pan=request.text(2) or "")
    pending: list[Record] = []
    if deal.kind.raises_reversal:
        pending.append(reversal.reversal_record(request, deal.kind, batch, deal.source, desk.state.number))
    elif deal.entry is not None and deal.kind.name in advice.ADVICES:
        pending.append(advice.advice_record(request, deal.kind, deal.entry, batch, desk.state.number))
    elif deal.entry is not None:
        pending.append(_in_doubt(deal, stan, batch))
    if "reversal_after_send" in desk.faults:
        desk.late = tuple(pending)
        pending = []
    desk.save(moved, *pending)
    reach(desk, "before_send")
    if deal.pulled and deal.finish is not None:
        yield PowerOff()
    answered: Answered = yield Exchange(request, deal.kind)
    end = None if deal.finish is None else (yield from deal.finish(answered))
    if end is not None and end.notice and isinstance(answered, Reply):
        desk.save(*notice_record(request, answered.message, batch, desk.state.number, end.notice))
    if isinstance(answered, NoReply):
        return _unanswered(desk, deal, answered, stan, batch)
    reach(desk, "before_commit")
    if is_approval(answered.code) and deal.entry is not None and deal.kind.raises_reversal:
        against = _cards_answer(deal, end)
        if against is not None:
            return (yield from _taken_back(desk, deal, answered, stan, batch, against, end))
        confirmed: Confirmed = yield Confirm(_booked(desk, deal.entry, request, answered.message, batch, end))
        if not confirmed.taken:
            return (yield from _taken_back(desk, deal, answered, stan, batch, NOT_TAKEN, end))
    result = _answered(desk, deal, answered, request, batch, end)
    yield from own_time(desk)
    return result


def _in_doubt(deal: Deal, stan: str, batch: str) -> Record:
    """A refund is never reversed, nor is an order: from the moment at which its request may go out until the host has
    answered it, it stands among what people have to clarify.  A power cut leaves it there."""
    item = {"stan": stan, "batch": batch, "amount_fen": deal.amount_fen, "reason": REFUND, "source": deal.source}
    return {"kind": "unresolved", "item": {**item, **deal.doubt}}


def _cards_answer(deal: Deal, end: ChipEnd | None) -> tuple[str, str] | None:
    """Why an approval cannot stand at the card, and the reversal's reason; None where it can."""
    if end is None:
        return CARD_GONE if deal.pulled else None
    return (end.cause, reversal.REASON_CARD) if end.cause else None


def _booked(desk: Desk, entry: Entry, request: Message, reply: Message, batch: str, end: ChipEnd | None) -> Entry:
    """As `booked`; of a chip with the TC that it gave in the end."""
    made = booked(desk, entry, request, reply, batch)
    return made if end is None else replace(made, chip=end.chip, tsi=end.tsi)


def _taken_back(
    desk: Desk, deal: Deal, answered: Reply, stan: str, batch: str, why: tuple[str, str], end: ChipEnd | None
) -> Step[Outcome]:
    """Approved, but it cannot stand: the chip card declines or was pulled out, or the register did not take the result.
    Nothing is booked here, and the host is told at once.  `why`: cause, and the reversal's reason."""
    cause, reason = why
    desk.late = ()
    records, events = side_effects(desk, answered.message)
    if why == CARD_GONE:
        desk.note("card", {"what": "removed", "how": "insert", "pan": ""}, shown=True)
    reasoned: Record = {"kind": "reversal_reason", "reason": reason}
    desk.save({**reasoned, "chip": end.reversal} if end is not None else reasoned, *records, events=events)
    yield from reversal.deliver(desk)
    values: dict[str, Json] = {"stan": stan, "batch": batch, "amount_fen": deal.amount_fen}
    if desk.state.reversal is not None:
        return outcome(deal.op, "unknown", cause, text=CAUSES["reversal_pending"], **values)
    return outcome(deal.op, "cancelled", cause, **values)


def _unanswered(desk: Desk, deal: Deal, answered: NoReply, stan: str, batch: str) -> Outcome:
    desk.late = ()
    values: dict[str, Json] = {"stan": stan, "batch": batch, "amount_fen": deal.amount_fen}
    if desk.state.advice is not None:
        return outcome(deal.op, "unknown", cause_of(answered), text=CAUSES["pending_advice"], **values)
    unsent = answered.why == "not_sent" and not desk.dialect.reversal_after_send_failure
    if not deal.kind.raises_reversal:
        if deal.entry is not None and not unsent:
            return outcome(deal.op, "unknown", cause_of(answered), text=REFUND_UNRESOLVED, **values)
        if deal.entry is not None:
            desk.save({"kind": "resolved", "stan": stan, "batch": batch})
        return no_answer(deal.op, answered, **values)
    if unsent or answered.why == "mismatch":
        desk.save({"kind": "reversal_cleared"})
        return no_answer(deal.op, answered, **values)
    reason = REASONS.get(answered.why, reversal.REASON_NO_ANSWER)
    if reason != reversal.REASON_OTHER:
        desk.save({"kind": "reversal_reason", "reason": reason})
    cause, text = cause_of(answered), CAUSES["reversal_pending"]
    if answered.why == "not_sent":
        why = CAUSES[cause]
        text = Text(f"{why.zh}；{text.zh}", f"{why.en}; {text.en}")
    return outcome(deal.op, "unknown", cause, text=text, **values)


def _answered(desk: Desk, deal: Deal, answered: Reply, request: Message, batch: str, end: ChipEnd | None) -> Outcome:
    reply, code = answered.message, answered.code
    stan = request.text(11) or ""
    records, events = side_effects(desk, reply)
    values: dict[str, Json] = {"stan": stan, "batch": batch, "amount_fen": deal.amount_fen}
    if not code and deal.kind.raises_reversal:  # no result in it: it proves nothing about the money
        desk.save(*records, events=events)
        return outcome(deal.op, "unknown", "bad_reply", text=CAUSES["reversal_pending"], **values)
    if deal.kind.raises_reversal:
        records.append({"kind": "reversal_cleared"})
    elif deal.entry is not None and desk.state.advice is None:
        if not code:  # no result in it: it proves nothing about the money
            desk.save(*records, events=events)
            return outcome(deal.op, "unknown", "bad_reply", text=REFUND_UNRESOLVED, **values)
        records.append({"kind": "resolved", "stan": stan, "batch": batch})
    if desk.state.advice is not None:
        if not advice.decides(desk, answered):
            desk.save(*records, events=events)
            return outcome(deal.op, "unknown", "bad_reply", code=code, text=CAUSES["pending_advice"], **values)
        records.append({"kind": "advice_cleared"})
    if not is_approval(code):
        desk.save(*records, events=events)
        return declined(deal.op, code, **values)
    if end is None:
        records += script_record(request, reply, batch, desk.state.number)
    elif end.cause:  # nothing is booked of such a kind (balance), so that nothing has to be taken back
        desk.save(*records, events=events)
        return declined(deal.op, code, end.cause, **values)
    entry = None if deal.entry is None else _booked(desk, deal.entry, request, reply, batch, end)
    if entry is not None:
        records.append(entry_record(entry))
        if "slip_before_commit" in desk.faults:
            desk.print_slip(replace(entry, printed=True), "merchant")
    desk.save(*records, events=events)
    hand_over(desk, entry)
    result = done(deal.op, rrn=(reply.text(37) or "").strip(), text=response(code).display, **values)
    result["code"] = code
    shown = balance_fen(reply) if deal.kind.name == "balance" else None
    return result if shown is None else {**result, "balance_fen": shown}


def balance_fen(reply: Message) -> int | None:
    """The available balance in F54 (20 characters per group: account, type, currency, sign, amount)."""
    value = reply.text(54) or ""
    for at in range(0, len(value) - 19, 20):
        group = value[at : at + 20]
        if group[2:4] == "02" and group[8:].isdigit():
            return int(group[8:]) * (-1 if group[7] == "D" else 1)
    return None
