"""Sale, void, refund, balance: the transactions of a card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from protocols.unionpay.kinds import Kind
from protocols.unionpay.message import Value
from protocols.unionpay.pin import MAX_PIN_DIGITS, MIN_PIN_DIGITS

from .. import requests
from ..desk import Desk
from ..hardware import printer
from ..outcome import Outcome, done, outcome, refused
from ..requests import Tender
from ..settings import Card
from ..state import Entry
from ..texts import CAUSES, ENTER_PIN, PIN_WRONG, REMOVE_CARD, WITH_PEOPLE
from ..wants import GaveUp, Keys, Order, Prompt, Step
from . import chip, orders
from .codes import SCANNED, by_voucher, of_voucher, refund_of_voucher
from .lists import needs_no_pin
from .presenting import read_card, unconfirmed, with_amount
from .transact import Deal, transact

WRONG_PIN = "55"
MANUAL_MODE = "012"


def sale(desk: Desk, order: Order) -> Step[Outcome]:
    """消费."""
    asked = yield from with_amount(order)
    if isinstance(asked, GaveUp):
        return outcome(order.op, "cancelled", asked.why)
    amount = asked.amount_fen()
    if amount is None:
        return refused(order.op, "bad_request")
    return (yield from with_card(desk, asked, requests.named(desk, "sale"), amount))


def with_card(desk: Desk, order: Order, kind: Kind, amount: int) -> Step[Outcome]:
    """A transaction of the card that is presented now; a wrong PIN may be entered again."""
    cause = yield from unconfirmed(desk, order, amount)
    if cause is not None:
        return outcome(order.op, "cancelled", cause, amount_fen=amount)
    tender = yield from take_tender(desk, order, kind, amount)
    if isinstance(tender, str):
        return not_taken(order, tender, amount)
    result = yield from transact(desk, card_deal(desk, order, kind, tender, amount))
    for _ in range(desk.dialect.pin_tries - 1):
        if result["code"] != WRONG_PIN:
            break
        again: Keys | GaveUp = yield Prompt("keys", PIN_WRONG, secret=True)
        if isinstance(again, GaveUp):
            break
        tried = tender
        tender = yield from chip.again(desk, tried, again.typed)
        if isinstance(tender, str):
            return not_taken(order, tender, amount)
        result = yield from transact(desk, card_deal(desk, order, kind, tender, amount))
    if tender.how == "insert":
        desk.show(REMOVE_CARD)
    return result


def not_taken(order: Order, cause: str, amount: int = 0) -> Outcome:
    """There is no card to go on with: the terminal does not take it (this way), or the people gave up."""
    return outcome(order.op, "refused" if cause in chip.REFUSED else "cancelled", cause, amount_fen=amount)


def card_deal(desk: Desk, order: Order, kind: Kind, tender: Tender, amount: int) -> Deal:
    """The transaction of a card, and the entry it becomes."""
    card = tender.card

    def fields(stan: str) -> dict[int, Value]:
        given = requests.tender_fields(desk, tender, kind, stan, amount)
        device = requests.device_field(desk, card.pan[-6:])
        joined = {n: _octets(given.get(n, b"")) + _octets(value) for n, value in device.items()}
        return given | joined

    mode = requests.entry_mode(desk, tender)
    label = tender.session.label if tender.session is not None else ""
    entry = Entry(
        "",
        "",
        kind.name,
        amount,
        card.pan,
        mode,
        expiry=card.expiry,
        sequence=card.sequence,
        source=order.source,
        label=label,
    )
    pulled = tender.pulled and tender.how == "insert"
    return Deal(order.op, kind, amount, fields, entry, order.source, pulled, chip.finishing(tender.session))


def _octets(value: Value) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1")


def balance(desk: Desk, order: Order) -> Step[Outcome]:
    """余额查询; the balance is shown and stands in the Outcome as `balance_fen`."""
    kind = requests.named(desk, "balance")
    tender = yield from take_tender(desk, order, kind, 0)
    if isinstance(tender, str):
        return not_taken(order, tender)
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
    if original.voucher and orders.in_use(desk):
        return (yield from orders.take_back(desk, order, "void", original, original.amount_fen))
    fields: dict[int, Value] = {
        2: original.pan,
        22: MANUAL_MODE,
        61: requests.original(desk, original.batch, original.stan),
    }
    if original.voucher:
        fields = {61: fields[61], **of_voucher(desk, original)}
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
        SCANNED if original.voucher else MANUAL_MODE,
        expiry=original.expiry,
        original=stan,
        source=order.source,
        voucher=original.voucher,
    )
    return (
        yield from transact(desk, Deal(order.op, kind, original.amount_fen, lambda number: fields, entry, order.source))
    )


def _void_refusal(found: Entry | None) -> str | None:
    if found is None or found.kind not in ("sale", "sale_qr"):
        return "no_original"
    if found.settled:
        return "original_settled"
    if found.supplied and not found.voucher:
        return "no_card_data"
    return "already_voided" if found.status == "voided" else None


def any_pan(desk: Desk) -> str:
    """What a request without an original names when the gate is off."""
    return next((card.pan for card in desk.settings.cards.values()), "6212142000000000012")


def refund(desk: Desk, order: Order) -> Step[Outcome]:
    """退货: of an entry of this terminal (`stan`, `batch`), or of any sale named by `rrn`, `date` MMDD and its card, or
    by the `voucher` of a payment by code."""
    args = order.args
    amount = order.amount_fen()
    stan = order.stan()
    found = desk.state.entry(stan, args.get("batch")) if stan else None
    if found is None and args.get("voucher"):
        found = by_voucher(desk, str(args["voucher"]))
    rrn = str(args.get("rrn") or (found.rrn if found else ""))
    if amount is None and found is not None:
        amount = found.amount_fen or None
    if amount is None:
        return refused(order.op, "bad_request")
    if desk.settings.gate and not rrn and not (found and found.voucher):
        return refused(order.op, "no_original", amount_fen=amount)
    original = (found.batch, found.stan) if found else ("000000", "000000")
    date = str(args.get("date") or (found.date if found else "") or "0000")
    more: dict[int, Value] = {61: requests.original(desk, *original, date), 63: b"000"}
    if rrn:
        more[37] = rrn.ljust(12)
    if found is not None and found.voucher:
        if orders.in_use(desk):
            return (yield from orders.take_back(desk, order, "refund", found, amount))
        return (yield from transact(desk, refund_of_voucher(desk, order, found, amount, more)))
    if found is not None and not found.supplied:
        card = Card("original", found.pan, found.expiry, found.sequence)
        tender: Tender | str = Tender(card, "key")
    else:
        tender = yield from take_tender(desk, order, requests.named(desk, "refund"), amount, pin=False)
    if isinstance(tender, str):
        return not_taken(order, tender, amount)
    deal = card_deal(desk, order, requests.named(desk, "refund"), tender, amount)
    of_card = deal.fields
    return (yield from transact(desk, replace(deal, fields=lambda number: of_card(number) | more)))


def take_tender(desk: Desk, order: Order, kind: Kind, amount: int, pin: bool = True) -> Step[Tender | str]:
    """The card, and the PIN where one is asked for; or the cause why there is none.

    `pin` False: the card is only read; a chip gives no cryptogram then (the simplified course of UnionPay's terminals).
    """
    terms = chip.terms_of_kind(kind, amount, lambda pan: _is_small_tap(desk, order, "tap", pan, amount))
    read = yield from read_card(desk, chip.used_by(desk, terms))
    if isinstance(read, str):
        return read
    if read.session is not None:
        return (yield from chip.decided(desk, read)) if pin else chip.tender(read)
    card = desk.settings.cards.get(read.card)
    if card is None or read.how not in desk.profile.reads or read.how not in requests.ENTRY_MODES:  # a code is no card
        desk.show(CAUSES["unknown_card"])
        return "unknown_card"
    if not pin or not card.asks_pin or read.how == "key" or _is_small_tap(desk, order, read.how, card.pan, amount):
        return Tender(card, read.how, pulled=read.pulled, condition=read.condition)
    while True:
        typed: Keys | GaveUp = yield Prompt("keys", ENTER_PIN, secret=True)
        if isinstance(typed, GaveUp):
            return typed.why
        if not typed.typed or MIN_PIN_DIGITS <= len(typed.typed) <= MAX_PIN_DIGITS:  # ENTER alone: no PIN
            return Tender(card, read.how, typed.typed, read.pulled, read.condition)


def _is_small_tap(desk: Desk, order: Order, how: str, pan: str, amount: int) -> bool:
    return order.op == "sale" and how == "tap" and needs_no_pin(desk, pan, amount)


def reprint(desk: Desk, order: Order) -> Step[Outcome]:
    """Print the slip of `stan` again; without it what is due, and where nothing is, that of the last entry."""
    yield from ()
    number = desk.state.number
    if "stan" in order.args:
        found = desk.state.entry(order.stan() or "")
        wanted = [] if found is None else [(number, found)]
    else:
        wanted = printer.due_entries(desk) or [(number, entry) for entry in desk.state.entries[-1:]]
    reports = len(desk.state.device.due_slips)
    if not desk.profile.has_printer or not (wanted or reports):
        return refused(order.op, "nothing_to_print")
    whole = _reprinted(desk, wanted) and printer.due_reports(desk)
    desk.use(number)
    result = last_of(order.op, wanted[-1][1]) if wanted else done(order.op)
    return result if whole else {**result, **refused(order.op, "printer_fault")}


def last(desk: Desk, order: Order) -> Step[Outcome]:
    """The last entry of the batch, as its Outcome."""
    yield from ()
    entries = desk.state.entries
    return in_doubt(desk, order.op) or (
        last_of(order.op, entries[-1]) if entries else refused(order.op, "nothing_to_print")
    )


def in_doubt(desk: Desk, op: str) -> Outcome | None:
    """What is newer than every entry and with people: nobody can tell yet how the newest operation ended."""
    state = desk.state
    newest = max((int(entry.stan) for entry in state.open_entries), default=0)
    for item in reversed(state.unresolved):
        if item["batch"] == state.batch and int(item["stan"]) > newest:
            values = {name: item[name] for name in ("stan", "batch", "amount_fen")}
            return outcome(op, "unknown", "reversal_pending", text=WITH_PEOPLE, **values)
    return None


def last_of(op: str, entry: Entry) -> Outcome:
    """An entry as an Outcome."""
    return done(op, stan=entry.stan, batch=entry.batch, amount_fen=entry.amount_fen, rrn=entry.rrn)


def receipts_due(desk: Desk) -> None:
    """At boot: slips that were committed and did not come out are printed now, marked as a reprint."""
    printer.due_reports(desk)
    before = desk.state.number
    _reprinted(desk, printer.due_entries(desk))
    desk.use(before)


def _reprinted(desk: Desk, wanted: Sequence[tuple[int, Entry]]) -> bool:
    """Print these slips, each of its account, until one does not come out whole."""
    for number, entry in wanted:
        desk.use(number)
        if not desk.print_slip(entry, "reprint"):
            return False
    return True
