"""Settlement (批结算): 0500, then the uploads in their order, then the end; its progress survives a power cut.

Order and codes: PAX and Topwise settlement; Chanjet POS V2.0 for F48.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from protocols.unionpay.message import Value
from protocols.unionpay.private import f48
from protocols.unionpay.private.f62_batch import IcDetail, build_ic_detail
from protocols.unionpay.private.layout import Context

from ...machine import Json, Record
from .. import requests
from ..desk import Desk
from ..hardware import storage
from ..outcome import Outcome, declined, done, no_answer, outcome
from ..slips import account_lines, codes_lines, settlement_lines
from ..state import Entry
from ..texts import BALANCED, UNBALANCED
from ..wants import NoReply, Order, Reply, Step
from . import advice, orders, reversal
from .codes import of_voucher
from .common import ask, failure
from .script import tell_result
from .session import sign_off

ROUNDS_DEFAULT = 3
"""Rounds of upload when parameter 23 was not downloaded."""
ACCEPTED = ("00", "94")
TOTALS_ANSWERED = ("", "00", "95")
"""F39 of a 0510 that is an answer, whatever the dialect (95: unbalanced); a refusal may return F48 as it was sent."""
AUTO_SIGN_OFF, RESEND_COUNT = "21", "23"
STRIPE, TC_BALANCED, TC_UNBALANCED, END_UNBALANCED, END_BALANCED = "201", "203", "205", "202", "207"

ONLINE, ADVISED = ("sale", "sale_qr", "completion"), ("refund", "completion_advice")
SETTLED = ONLINE + ADVISED
"""Kinds of entries whose details go up: those of requests, and those of advices (0220)."""

Upload = tuple[str, str, dict[int, Value], list[str]]
"""Kind, 60.3 ("" keeps the F60 that the fields have), fields, the STANs that it carries."""


def totals(desk: Desk, entries: list[Entry]) -> dict[str, int]:
    """Debit = sales, credit = refunds and voids (Chanjet POS V2.0); a voided sale and its void count on both sides."""
    debit = [e.amount_fen for e in entries if requests.named(desk, e.kind).is_debit]
    credit = [e.amount_fen for e in entries if requests.named(desk, e.kind).is_credit]
    return {"debit_fen": sum(debit), "debit_count": len(debit), "credit_fen": sum(credit), "credit_count": len(credit)}


def settle(desk: Desk, order: Order) -> Step[Outcome]:
    """The whole settlement, or the rest of one that was interrupted."""
    yield from tell_result(desk)
    last = yield from reversal.deliver(desk)
    if last is not None and desk.state.reversal is not None:
        status = "no_answer" if isinstance(last, NoReply) else "declined"
        return outcome(order.op, status, "pending_reversal", code=last.code if isinstance(last, Reply) else "")
    told = desk.state.advice
    last = yield from advice.deliver(desk)
    if last is not None and told is not None:
        status = "no_answer" if isinstance(last, NoReply) else "declined"
        return outcome(order.op, status, "pending_advice", code=last.code if isinstance(last, Reply) else "")
    storage.check(desk)
    if desk.state.settlement is None:
        yield from orders.ask_all(desk)
        batch, sums = desk.state.batch, totals(desk, desk.state.open_entries)
        desk.save({"kind": "settle_begin", "batch": batch, "totals": sums}, events=("settlement_begun",))
    progress = desk.state.settlement
    assert progress is not None
    if progress["stage"] == "totals":
        bad = yield from _totals(desk, order)
        if bad is not None:
            return bad
    return (yield from _upload_all(desk, order, progress))


def _totals(desk: Desk, order: Order) -> Step[Outcome | None]:
    progress = desk.state.settlement
    assert progress is not None
    record = f48.Settlement(f48.Totals(**progress["totals"]))
    extra: dict[int, Value] = {
        48: f48.build_f48(record, desk.dialect),
        49: requests.CURRENCY,
        63: requests.operator(desk),
    }
    extra |= requests.coded(desk, requests.named(desk, "settlement"), progress["batch"])
    answered = yield from ask(desk, "settlement", extra)
    if isinstance(answered, NoReply):
        return no_answer(order.op, answered, batch=progress["batch"])
    told = answered.message.get(48)
    reply = None if told is None else f48.parse_f48(told, desk.dialect, Context("0510", "00", "201"))
    if not isinstance(reply, f48.Settlement) or answered.code not in TOTALS_ANSWERED:
        events = ("settlement_abandoned",) if desk.state.signed_in else ("settlement_abandoned", "sign_in_required")
        desk.save({"kind": "settle_abandoned"}, events=events)
        return failure(order.op, answered) or declined(order.op, answered.code, "bad_reply")
    codes = reply.domestic.code + reply.foreign.code
    balanced = reply.balanced
    desk.save({"kind": "settle_answer", "codes": codes, "balanced": balanced}, events=("totals_answered",))
    desk.show(BALANCED if balanced else UNBALANCED)
    return None


def batch_upload(desk: Desk, order: Order) -> Step[Outcome]:
    """The uploads of a settlement that was interrupted."""
    progress = desk.state.settlement
    if progress is None:
        return (yield from _upload_nothing(desk, order))
    return (yield from _upload_all(desk, order, progress))


def _upload_all(desk: Desk, order: Order, progress: Mapping[str, Any]) -> Step[Outcome]:
    """The uploads that are still to be done, then the end.

    A message without a reply is skipped and comes again after the round, never at once.  `progress` stays in hand: when
    the storage loses it meanwhile, the host has closed the batch all the same, and hears of what is left as unbalanced.
    """
    balanced = bool(progress.get("balanced"))
    missing: NoReply | None = None
    for _ in range(_rounds(desk)):
        missing = None
        for upload in _uploads(desk, balanced, set(progress["uploaded"])):
            answered = yield from _upload(desk, upload, progress["batch"])
            if isinstance(answered, NoReply):
                missing = answered
            elif answered.code not in ACCEPTED:
                return declined(order.op, answered.code, batch=progress["batch"])
        if missing is None:
            break
    if missing is None:
        count = len(progress["uploaded"])
        net = END_BALANCED if balanced else END_UNBALANCED
        end: Upload = ("batch_end", net, {48: f48.build_f48(f48.BatchEnd(count), desk.dialect)}, [])
        for _ in range(_rounds(desk)):
            answered = yield from _upload(desk, end, progress["batch"])
            if isinstance(answered, Reply):
                return (yield from _closed(desk, order, answered, progress))
            missing = answered
    assert missing is not None
    return no_answer(order.op, missing, batch=progress["batch"])


def _rounds(desk: Desk) -> int:
    told = bytes.fromhex(desk.state.parameters.get(RESEND_COUNT, "")).decode("latin-1")
    return int(told) if told.isdigit() and int(told) else ROUNDS_DEFAULT


def _upload(desk: Desk, upload: Upload, batch: str) -> Step[Reply | NoReply]:
    name, net, fields, stans = upload
    kind = requests.named(desk, name)
    if net:
        fields = fields | requests.coded(desk, kind, batch, net)
    answered = yield from ask(desk, name, fields, stan=11 not in fields)
    if isinstance(answered, Reply) and answered.code in ACCEPTED and stans:
        desk.save({"kind": "uploaded", "stans": stans})
    return answered


def _uploads(desk: Desk, balanced: bool, uploaded: set[str]) -> Iterator[Upload]:
    """What is still to go up, in PAX's order.  A voided sale and its void cancel out and stay out."""
    entries = [
        e for e in desk.state.open_entries if e.status == "approved" and e.kind in SETTLED and e.stan not in uploaded
    ]
    if not balanced:
        stripe = [e for e in entries if not e.is_chip and e.kind in ONLINE]
        most = min(desk.dialect.batch_records_max, f48.MAX_DETAILS)
        for at in range(0, len(stripe), most):
            group = stripe[at : at + most]
            known = ((e, "" if e.supplied else e.pan) for e in group)
            detail = f48.BatchDetail(tuple(f48.BatchEntry("00", e.stan, pan, e.amount_fen) for e, pan in known))
            yield "batch_upload_magstripe", STRIPE, {48: f48.build_f48(detail, desk.dialect)}, [e.stan for e in group]
        for entry in (e for e in entries if e.kind in ADVISED):
            yield "batch_upload_advice", "", _advice(desk, entry), [entry.stan]
    for entry in (e for e in entries if e.is_chip and e.kind in ONLINE):
        yield "batch_upload_tc", TC_BALANCED if balanced else TC_UNBALANCED, _tc(entry), [entry.stan]


def _advice(desk: Desk, entry: Entry) -> dict[int, Value]:
    """The original 0220 as 0320, without F64 (Topwise `PackBatchUpNotice`)."""
    kind = requests.named(desk, entry.kind)
    fields: dict[int, Value] = requests.head(desk, kind, entry.stan) | {60: requests.f60(desk, kind, entry.batch)}
    fields[4] = f"{entry.amount_fen:012d}"
    if entry.voucher:
        fields |= of_voucher(desk, entry)
    elif not entry.supplied:
        fields |= {2: entry.pan, 22: entry.mode}
    if entry.rrn:
        fields[37] = entry.rrn.ljust(12)
    if entry.expiry:
        fields[14] = entry.expiry
    return fields


def _tc(entry: Entry) -> dict[int, Value]:
    detail = IcDetail("61", "00", "00", f"{entry.amount_fen:012d}", requests.CURRENCY)
    sequence: dict[int, Value] = {23: entry.sequence} if entry.sequence else {}
    return sequence | {
        2: entry.pan,
        4: f"{entry.amount_fen:012d}",
        11: entry.stan,
        22: entry.mode,
        55: bytes.fromhex(entry.chip),
        62: build_ic_detail(detail),
    }


def _closed(desk: Desk, order: Order, answered: Reply, progress: Mapping[str, Any]) -> Step[Outcome]:
    if answered.code not in ACCEPTED:
        return declined(order.op, answered.code, batch=progress["batch"])
    sums: dict[str, Json] = progress["totals"]
    batch: dict[str, Json] = {"batch": progress["batch"], **sums, "balanced": bool(progress.get("balanced"))}
    unresolved = [item for item in desk.state.unresolved if item["batch"] == progress["batch"]]
    by_code = codes_lines(desk.state.open_entries)
    changed: Record = {"kind": "session_changed", "session_since_us": desk.now}
    desk.save({"kind": "settled", "batch": batch}, changed, events=("settlement_done",))
    amount = batch["debit_fen"] - batch["credit_fen"]
    lines = account_lines(desk.state) + settlement_lines(batch, unresolved) + by_code
    desk.slip("settlement", "", batch["batch"], amount, "", "merchant", lines)
    if desk.state.parameters.get(AUTO_SIGN_OFF) == b"1".hex():
        yield from sign_off(desk, Order("sign_off"))
    return {**done(order.op, batch=batch["batch"], amount_fen=amount), **batch}


def _upload_nothing(desk: Desk, order: Order) -> Step[Outcome]:
    """Gate off: a batch end without a settlement, so that the host has to refuse."""
    fields: dict[int, Value] = {48: f48.build_f48(f48.BatchEnd(0), desk.dialect)}
    answered = yield from _upload(desk, ("batch_end", END_BALANCED, fields, []), desk.state.batch)
    return failure(order.op, answered) or done(order.op, batch=desk.state.batch)
