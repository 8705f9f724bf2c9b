"""Sale, void, refund, balance: the transactions of a card.

Order of effects, so that a power cut at any point loses no money: the reversal is durable before the line is dialled;
entry and cleared reversal become durable together; only then the slip is printed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from protocols.text import Text
from protocols.unionpay.kinds import Kind
from protocols.unionpay.message import Message, Value
from protocols.unionpay.pin import MAX_PIN_DIGITS, MIN_PIN_DIGITS
from protocols.unionpay.responses import is_approval, response

from ...machine import Json, Record
from .. import requests
from ..desk import Desk
from ..outcome import Outcome, cause_of, declined, done, no_answer, outcome, refused
from ..requests import Tender
from ..settings import Card
from ..state import Entry, entry_record
from ..texts import CAUSES, ENTER_PIN, PIN_WRONG, REMOVE_CARD, SETTLE_SOON
from ..wants import Answered, Exchange, GaveUp, Keys, NoReply, Order, Prompt, Reply, Step
from . import reversal
from .common import side_effects
from .lists import needs_no_pin
from .presenting import read_card, unconfirmed
from .script import script_record, tell_result
from .session import serve, sign_in

WRONG_PIN = "55"
REASONS: Mapping[str, str] = {
    "bad_mac": reversal.REASON_MAC,
    "not_sent": reversal.REASON_OTHER,
    "unreadable": reversal.REASON_OTHER,
}
"""Why the reversal is there (F39 of the 0400) when no reply came that is one; else there was no answer at all."""
MANUAL_MODE = "012"


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


def sale(desk: Desk, order: Order) -> Step[Outcome]:
    """消费."""
    amount = order.amount_fen()
    if amount is None:
        return refused(order.op, "bad_request")
    return (yield from with_card(desk, order, requests.named(desk, "sale"), amount))


def with_card(desk: Desk, order: Order, kind: Kind, amount: int) -> Step[Outcome]:
    """A transaction of the card that is presented now; a wrong PIN may be entered again."""
    cause = yield from unconfirmed(desk, order, amount)
    if cause is not None:
        return outcome(order.op, "cancelled", cause, amount_fen=amount)
    tender = yield from take_tender(desk, order, amount)
    if isinstance(tender, str):
        return outcome(order.op, "cancelled", tender, amount_fen=amount)
    result = yield from transact(desk, card_deal(desk, order, kind, tender, amount))
    for _ in range(desk.dialect.pin_tries - 1):
        if result["code"] != WRONG_PIN:
            break
        again: Keys | GaveUp = yield Prompt("keys", PIN_WRONG, secret=True)
        if isinstance(again, GaveUp):
            break
        tender = replace(tender, pin=again.typed)
        result = yield from transact(desk, card_deal(desk, order, kind, tender, amount))
    if tender.how == "insert":
        desk.show(REMOVE_CARD)
    return result


def card_deal(desk: Desk, order: Order, kind: Kind, tender: Tender, amount: int) -> Deal:
    """The transaction of a card, and the entry it becomes."""
    card = tender.card

    def fields(stan: str) -> dict[int, Value]:
        given = requests.tender_fields(desk, tender, kind, stan, amount)
        device = requests.device_field(desk, card.pan[-6:])
        joined = {n: _octets(given.get(n, b"")) + _octets(value) for n, value in device.items()}
        return given | joined

    mode = requests.ENTRY_MODES[tender.how] + ("1" if tender.pin else "2")
    entry = Entry(
        "", "", kind.name, amount, card.pan, mode, expiry=card.expiry, sequence=card.sequence, source=order.source
    )
    pulled = tender.pulled and tender.how == "insert"
    return Deal(order.op, kind, amount, fields, entry, order.source, pulled)


def _octets(value: Value) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1")


def balance(desk: Desk, order: Order) -> Step[Outcome]:
    """余额查询; the balance is shown and stands in the Outcome as `balance_fen`."""
    tender = yield from take_tender(desk, order, 0)
    if isinstance(tender, str):
        return outcome(order.op, "cancelled", tender)
    kind = requests.named(desk, "balance")
    deal = replace(card_deal(desk, order, kind, tender, 0), entry=None)
    return (yield from transact(desk, deal))


def void(desk: Desk, order: Order) -> Step[Outcome]:
    """消费撤销 of an entry of the open batch, found by its STAN."""
    stan = order.stan()
    if stan is None:
        stan = "000000"
    found = desk.state.entry(stan)
    if desk.settings.gate:
        cause = _void_refusal(found)
        if cause:
            return refused(order.op, cause, stan=stan)
    kind = requests.named(desk, "void")
    if found is None:
        found = Entry(stan, desk.state.batch, "sale", order.amount_fen() or 0, any_pan(desk), MANUAL_MODE)
    original = found
    fields: dict[int, Value] = {
        2: original.pan,
        22: MANUAL_MODE,
        61: requests.original(desk, original.batch, original.stan),
    }
    if original.expiry:
        fields[14] = original.expiry
    if original.rrn:
        fields[37] = original.rrn
    if original.auth:
        fields[38] = original.auth
    entry = Entry(
        "",
        "",
        "void",
        original.amount_fen,
        original.pan,
        MANUAL_MODE,
        expiry=original.expiry,
        original=stan,
        source=order.source,
    )
    return (
        yield from transact(desk, Deal(order.op, kind, original.amount_fen, lambda number: fields, entry, order.source))
    )


def _void_refusal(found: Entry | None) -> str | None:
    if found is None or found.kind != "sale":
        return "no_original"
    if found.settled:
        return "original_settled"
    return "already_voided" if found.status == "voided" else None


def any_pan(desk: Desk) -> str:
    """What a request without an original names when the gate is off."""
    return next((card.pan for card in desk.settings.cards.values()), "6212142000000000012")


def refund(desk: Desk, order: Order) -> Step[Outcome]:
    """退货: of an entry of this terminal (`stan`, `batch`), or of any sale named by `rrn`, `date` MMDD and its card."""
    args = order.args
    amount = order.amount_fen()
    stan = order.stan()
    found = desk.state.entry(stan, args.get("batch")) if stan else None
    rrn = str(args.get("rrn") or (found.rrn if found else ""))
    if amount is None and found is not None:
        amount = found.amount_fen
    if amount is None:
        return refused(order.op, "bad_request")
    if desk.settings.gate and not rrn:
        return refused(order.op, "no_original", amount_fen=amount)
    if found is not None:
        card = Card("original", found.pan, found.expiry, found.sequence)
        tender: Tender | str = Tender(card, "key")
    else:
        tender = yield from take_tender(desk, order, 0, pin=False)
    if isinstance(tender, str):
        return outcome(order.op, "cancelled", tender, amount_fen=amount)
    deal = card_deal(desk, order, requests.named(desk, "refund"), tender, amount)
    original = (found.batch, found.stan) if found else ("000000", "000000")
    date = str(args.get("date") or (found.date if found else "") or "0000")
    more: dict[int, Value] = {61: requests.original(desk, *original, date), 63: b"000"}
    if rrn:
        more[37] = rrn.ljust(12)
    of_card = deal.fields
    return (yield from transact(desk, replace(deal, fields=lambda number: of_card(number) | more)))


def take_tender(desk: Desk, order: Order, amount: int, pin: bool = True) -> Step[Tender | str]:
    """The card, and the PIN where one is asked for; or the cause why there is none."""
    read = yield from read_card(desk)
    if isinstance(read, str):
        return read
    card = desk.settings.cards.get(read.card)
    if card is None or read.how not in desk.profile.reads:
        desk.show(CAUSES["unknown_card"])
        return "unknown_card"
    if not pin or not card.asks_pin or read.how == "key" or _is_small_tap(desk, order, read.how, card.pan, amount):
        return Tender(card, read.how, pulled=read.pulled)
    while True:
        typed: Keys | GaveUp = yield Prompt("keys", ENTER_PIN, secret=True)
        if isinstance(typed, GaveUp):
            return typed.why
        if not typed.typed or MIN_PIN_DIGITS <= len(typed.typed) <= MAX_PIN_DIGITS:  # ENTER alone: no PIN
            return Tender(card, read.how, typed.typed, read.pulled)


def _is_small_tap(desk: Desk, order: Order, how: str, pan: str, amount: int) -> bool:
    return order.op == "sale" and how == "tap" and needs_no_pin(desk, pan, amount)


# the engine of every transaction


def clear_the_way(desk: Desk, deal: Deal) -> Step[Outcome | None]:
    """What goes before an online transaction: a script result, a reversal, then what the host asked for in a header.

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
    stop = yield from clear_the_way(desk, deal)
    if stop is not None:
        return stop
    stan, moved = desk.next_stan()
    batch = desk.state.batch
    fields = requests.head(desk, deal.kind, stan) | deal.fields(stan)
    if deal.amount_fen:
        fields[4] = f"{deal.amount_fen:012d}"
    request = requests.message(deal.kind, fields)
    pending: list[Record] = []
    if deal.kind.raises_reversal:
        pending.append(reversal.reversal_record(request, deal.kind, batch, deal.source, desk.state.number))
    if "reversal_after_send" in desk.faults:
        desk.late = tuple(pending)
        pending = []
    desk.save(moved, *pending)
    answered: Answered = yield Exchange(request, deal.kind)
    if isinstance(answered, NoReply):
        return _unanswered(desk, deal, answered, stan, batch)
    if deal.pulled and is_approval(answered.code):
        return (yield from _card_gone(desk, deal, answered, stan, batch))
    return _answered(desk, deal, answered, request, batch)


def _card_gone(desk: Desk, deal: Deal, answered: Reply, stan: str, batch: str) -> Step[Outcome]:
    """Approved, but the chip card was pulled out: nothing is booked here, and the host is told at once (reason 96)."""
    desk.late = ()
    records, events = side_effects(desk, answered.message)
    desk.note("card", {"what": "removed", "how": "insert", "pan": ""}, shown=True)
    desk.save({"kind": "reversal_reason", "reason": reversal.REASON_CARD}, *records, events=events)
    yield from reversal.deliver(desk)
    values: dict[str, Json] = {"stan": stan, "batch": batch, "amount_fen": deal.amount_fen}
    if desk.state.reversal is not None:
        return outcome(deal.op, "unknown", "card_removed", text=CAUSES["reversal_pending"], **values)
    return outcome(deal.op, "cancelled", "card_removed", **values)


def _unanswered(desk: Desk, deal: Deal, answered: NoReply, stan: str, batch: str) -> Outcome:
    desk.late = ()
    values: dict[str, Json] = {"stan": stan, "batch": batch, "amount_fen": deal.amount_fen}
    if not deal.kind.raises_reversal:
        return no_answer(deal.op, answered, **values)
    unsent = answered.why == "not_sent" and not desk.dialect.reversal_after_send_failure
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


def _answered(desk: Desk, deal: Deal, answered: Reply, request: Message, batch: str) -> Outcome:
    reply, code = answered.message, answered.code
    stan = request.text(11) or ""
    records, events = side_effects(desk, reply)
    values: dict[str, Json] = {"stan": stan, "batch": batch, "amount_fen": deal.amount_fen}
    if not code and deal.kind.raises_reversal:  # no result in it: it proves nothing about the money
        desk.save(*records, events=events)
        return outcome(deal.op, "unknown", "bad_reply", text=CAUSES["reversal_pending"], **values)
    if deal.kind.raises_reversal:
        records.append({"kind": "reversal_cleared"})
    if not is_approval(code):
        desk.save(*records, events=events)
        return declined(deal.op, code, **values)
    entry = None if deal.entry is None else _booked(deal.entry, request, reply, batch)
    records += script_record(request, reply, batch, desk.state.number)
    if entry is not None:
        records.append(entry_record(entry))
        if "slip_before_commit" in desk.faults:
            desk.print_slip(replace(entry, printed=True), "merchant")
    desk.save(*records, events=events)
    _hand_over(desk, entry)
    result = done(deal.op, rrn=(reply.text(37) or "").strip(), text=response(code).display, **values)
    result["code"] = code
    shown = balance_fen(reply) if deal.kind.name == "balance" else None
    return result if shown is None else {**result, "balance_fen": shown}


def _booked(entry: Entry, request: Message, reply: Message, batch: str) -> Entry:
    chip = request.octets(55)
    return replace(
        entry,
        stan=request.text(11) or "",
        batch=batch,
        rrn=(reply.text(37) or "").strip(),
        auth=(reply.text(38) or "").strip(),
        date=reply.text(13) or "",
        time=reply.text(12) or "",
        chip=chip.hex().upper() if chip else "",
    )


def _hand_over(desk: Desk, entry: Entry | None) -> None:
    """The slip, after the commit."""
    if entry is not None:
        desk.print_slip(entry, "merchant")
        if len(desk.state.open_entries) >= desk.profile.batch_warning_count:
            desk.show(SETTLE_SOON)


def balance_fen(reply: Message) -> int | None:
    """The available balance in F54 (20 characters per group: account, type, currency, sign, amount)."""
    value = reply.text(54) or ""
    for at in range(0, len(value) - 19, 20):
        group = value[at : at + 20]
        if group[2:4] == "02" and group[8:].isdigit():
            return int(group[8:]) * (-1 if group[7] == "D" else 1)
    return None


def reprint(desk: Desk, order: Order) -> Step[Outcome]:
    """Print the slip of the last entry, or of `stan`, again."""
    yield from ()
    entries = desk.state.entries
    wanted = desk.state.entry(order.stan() or "") if "stan" in order.args else (entries[-1] if entries else None)
    if wanted is None:
        return refused(order.op, "nothing_to_print")
    desk.print_slip(wanted, "reprint")
    return last_of(order.op, wanted)


def last(desk: Desk, order: Order) -> Step[Outcome]:
    """The last entry of the batch, as its Outcome."""
    yield from ()
    entries = desk.state.entries
    return last_of(order.op, entries[-1]) if entries else refused(order.op, "nothing_to_print")


def last_of(op: str, entry: Entry) -> Outcome:
    """An entry as an Outcome."""
    return done(op, stan=entry.stan, batch=entry.batch, amount_fen=entry.amount_fen, rrn=entry.rrn)


def receipts_due(desk: Desk) -> None:
    """At boot: slips that were committed and did not come out are printed now, marked as a reprint."""
    for account in tuple(desk.state.accounts):
        due = [entry for entry in account.entries if not entry.printed and not entry.settled]
        if due:
            desk.use(account.number)
        for entry in due:
            desk.print_slip(entry, "reprint")
