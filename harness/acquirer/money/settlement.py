"""Settlement: totals compared, batch moved once, detail upload taken in.

0510 tells the result in F48 (1 balanced, 2 not) and has no F39 unless the dialect says so.  What the host booked
and the terminal does not upload in an unbalanced batch goes to the list of the unresolved.
"""

from __future__ import annotations

from dataclasses import replace

from protocols.errors import DecodeError
from protocols.text import Text
from protocols.unionpay.message import Value
from protocols.unionpay.private.f48 import BatchDetail, BatchEnd, Settlement, Totals, build_f48, parse_f48
from protocols.unionpay.private.layout import Context

from ..replies import Outcome, reference
from ..state import Settled
from ..turn import Turn
from ..wire import Request
from . import chip_reports
from .financial import COMPLETION_VOIDS, VOIDS
from .ledger import Posting

ENDED_UNBALANCED = "202"
VOIDING = VOIDS | COMPLETION_VOIDS


def _context(request: Request) -> Context:
    return Context(request.message.mti, request.f60.type_code, request.net_code)


def _format_error(zh: str, en: str) -> Outcome:
    return Outcome("30", "format_error", Text(zh, en), "F48")


def settle(turn: Turn, request: Request) -> Outcome:
    """0500.  A batch is settled once; a repetition gets the stored answer."""
    terminal = request.terminal
    assert terminal is not None
    stored = terminal.settled.get(request.f60.batch)
    if stored is not None:
        fields: dict[int, Value] = {int(number): value for number, value in stored.answer.items()}
        if request.dialect.f48_form == "ans":
            fields[48] = stored.answer["48"].encode("latin-1")
        outcome = Outcome(cause="repeated", check="store", fields=fields, stored=True)
        return _with_code(request, outcome, stored.balanced)
    value = request.message.get(48)
    if value is None:
        return _format_error("缺少域 48", "F48 is missing")
    try:
        claimed = parse_f48(value, request.dialect, _context(request))
    except DecodeError as error:
        return _format_error("域 48 错", error.what.en)
    if not isinstance(claimed, Settlement):
        return _format_error("域 48 错", "F48 holds no totals")
    own = turn.state.ledger.totals(terminal.mid, terminal.tid, request.f60.batch)
    told = _sums(claimed)
    balanced = own == told
    answer = Settlement(Totals(*own, "1"), replace(claimed.foreign, code="1"))
    if not balanced:
        answer = Settlement(Totals(*own, "2"), Totals(0, 0, 0, 0, "1"))
    host_fields: dict[int, Value] = {37: reference(turn), 48: build_f48(answer, request.dialect)}
    kept = {str(n): v.decode("latin-1") if isinstance(v, bytes) else v for n, v in host_fields.items()}
    turn.record(
        "settled",
        terminal=terminal.key,
        batch=request.f60.batch,
        totals=list(own),
        told=list(told),
        balanced=balanced,
        answer=kept,
        at_us=turn.now,
    )
    why = "balanced" if balanced else "totals_differ"
    turn.changed("batch", terminal.key, request.f60.batch, terminal.batch, why)
    return _with_code(
        request, Outcome(cause="" if balanced else "totals_differ", check="totals", fields=host_fields), balanced
    )


def _sums(claimed: Settlement) -> tuple[int, int, int, int]:
    """Domestic and foreign added up: the host books both alike."""
    one, two = claimed.domestic, claimed.foreign
    return (
        one.debit_fen + two.debit_fen,
        one.debit_count + two.debit_count,
        one.credit_fen + two.credit_fen,
        one.credit_count + two.credit_count,
    )


def _with_code(request: Request, outcome: Outcome, balanced: bool) -> Outcome:
    form = request.dialect.f39_in_settlement
    outcome.without_f39 = form == "absent"
    if form == "95-unbalanced" and not balanced:
        outcome.code = "95"
    return outcome


def upload(turn: Turn, request: Request) -> Outcome:
    """0320 of any kind.  Taken in again and again without harm; refused when the batch was not settled."""
    terminal = request.terminal
    assert terminal is not None
    settled = terminal.settled.get(request.f60.batch)
    if settled is None:
        text = Text("该批次未结算", "this batch was not settled")
        return Outcome("12", "not_settling", text, "batch upload")
    if request.name == "batch_end":
        return _end(turn, request, settled)
    entries: dict[str, int] = {}
    value = request.message.get(48)
    if request.name == "batch_upload_magstripe":
        try:
            detail = parse_f48(value or "", request.dialect, _context(request))
        except DecodeError as error:
            return _format_error("域 48 错", error.what.en)
        if not isinstance(detail, BatchDetail):
            return _format_error("域 48 错", "F48 holds no batch detail")
        entries = {entry.stan: entry.amount_fen for entry in detail.entries}
    elif request.text(11):
        chip_reports.uploaded(turn, request)
        entries = {request.text(11): int(request.text(4) or "0")}
    new = {stan: fen for stan, fen in entries.items() if stan not in settled.uploaded}
    if new and not settled.ended:
        turn.record("uploaded", terminal=terminal.key, batch=settled.batch, entries=new)
    return Outcome()


def _is_missing(turn: Turn, settled: Settled, posting: Posting) -> bool:
    """Booked here, and the terminal did not tell of it.  A transaction and its void cancel out, and terminals upload
    neither (PAX): of the two only a void whose original was uploaded is missing."""
    if posting.reversed or posting.voided or posting.stan in settled.uploaded:
        return False
    if posting.operation in VOIDING:
        return turn.state.ledger.postings[posting.original].stan in settled.uploaded
    return True


def _end(turn: Turn, request: Request, settled: Settled) -> Outcome:
    terminal = request.terminal
    assert terminal is not None
    try:
        end = parse_f48(request.message.get(48) or "", request.dialect, _context(request))
    except DecodeError as error:
        return _format_error("域 48 错", error.what.en)
    if not isinstance(end, BatchEnd):
        return _format_error("域 48 错", "F48 holds no count")
    if settled.ended:
        return Outcome(cause="repeated", check="store", stored=True)
    missing = []
    if request.net_code == ENDED_UNBALANCED:
        missing = [
            {
                "stan": p.stan,
                "tid": p.tid,
                "mid": p.mid,
                "batch": p.batch,
                "amount_fen": p.amount_fen,
                "why": "not_uploaded",
            }
            for p in turn.state.ledger.of_batch(terminal.mid, terminal.tid, settled.batch)
            if _is_missing(turn, settled, p)
        ]
    turn.record("upload_ended", terminal=terminal.key, batch=settled.batch, count=end.count, unresolved=missing)
    turn.changed("batch_upload", terminal.key, "open", "ended", request.net_code)
    return Outcome()
