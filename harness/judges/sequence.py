"""I4, I5 and I8: what may leave, and be printed, while a transaction is undecided; trace numbers that only grow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..machine import Json
from ..trace import Event
from .verdict import REPRINT, SLIPS_OF_HOLDS, SLIPS_OF_MONEY, Verdict, failed, messages, not_judged, passed

REVERSAL_CLOSED_BY = ("00", "12", "25")
FINANCIAL = ("0100", "0200", "0220")
ADVICE = "0220"
"""Sent again with its own trace number until it is answered."""
TAKEN_OVER = ("unresolved", "storage_mended")
"""Records with which people took a reversal over: by itself, or with all that a storage had lost."""
STAN_WRAP = 999_999


def judge_sequence(events: Sequence[Event]) -> list[Verdict]:
    """Verdicts I4, I5, I8 from the terminal's own messages and slips."""
    if next(messages(events, "terminal"), None) is None:
        lacks = ("记录中没有终端报文", "the recording has no messages of the terminal")
        return [not_judged(name, *lacks) for name in ("I4", "I5", "I8")]
    return [_nothing_leaves_while_pending(events), _no_late_receipt(events), _stan_grows(events)]


def _field(event: Event, number: int) -> str:
    fields: Mapping[str, Json] = event.data["fields"]
    return str(fields.get(str(number), ""))


def _batch(event: Event) -> str:
    return _field(event, 60)[2:8]


def _nothing_leaves_while_pending(events: Sequence[Event]) -> Verdict:
    """Once a reversal is pending, sent or found at a start, nothing financial may leave until its 0410 was accepted or
    a person marked it unresolved."""
    pending: dict[str, int] = {}
    wrong: list[Event] = []
    for event in events:
        if event.party != "terminal":
            continue
        if event.kind == "slip" and event.data.get("kind") == "unresolved":
            pending.pop(str(event.data.get("stan")), None)
        if event.kind == "persist" and any(kind in TAKEN_OVER for kind in event.data.get("kinds", ())):
            pending.clear()  # there may be no paper for the slip; a terminal has one reversal at a time
        if event.kind == "boot" and event.data.get("pending_reversal"):
            pending[str(event.data["pending_reversal"]["stan"])] = event.seq
        if event.kind != "message" or not event.data.get("mti"):
            continue
        mti, stan = event.data["mti"], _field(event, 11)
        if event.data["dir"] == "out" and mti == "0400":
            pending[stan] = event.seq
        elif event.data["dir"] == "in" and mti == "0410" and _field(event, 39) in REVERSAL_CLOSED_BY:
            if event.data.get("mac") != "bad":
                pending.pop(stan, None)
        elif event.data["dir"] == "out" and mti in FINANCIAL and pending:
            wrong.append(event)
    if not wrong:
        return passed("I4", "冲正未完成时没有金融交易发出", "no financial request left while a reversal was pending")
    names = [_field(event, 11) for event in wrong]
    text = ", ".join(names)
    zh, en = f"冲正未完成时发出了交易：流水号 {text}", f"left while a reversal was pending: STAN {text}"
    return failed("I4", zh, en, names, [event.seq for event in wrong])


def _no_late_receipt(events: Sequence[Event]) -> Verdict:
    """A slip of money stands on an approval that was committed; such a trace number is never reversed.

    So neither a slip after the 0400 (the approval came too late) nor one before it (printed before the commit).
    """
    mine = [event for event in events if event.party == "terminal"]
    reversed_keys = {
        (_field(event, 41), _field(event, 11), _batch(event))
        for event in mine
        if event.kind == "message" and event.data.get("mti") == "0400" and event.data["dir"] == "out"
    }
    wrong = [event for event in mine if _receipt_key(event) in reversed_keys]
    if not wrong:
        return passed("I5", "没有签购单来自已冲正的交易", "no receipt of a transaction that was reversed")
    names = [str(event.data["stan"]) for event in wrong]
    text = ", ".join(names)
    zh, en = f"已冲正的交易打印了签购单：流水号 {text}", f"reversed, and yet there is a receipt: STAN {text}"
    return failed("I5", zh, en, names, [event.seq for event in wrong])


def _receipt_key(event: Event) -> tuple[str, str, str] | None:
    if (
        event.kind != "slip"
        or event.data.get("kind") not in SLIPS_OF_MONEY + SLIPS_OF_HOLDS
        or event.data["copy"] == REPRINT
        or event.data.get("complete") is False  # it tore off: nobody has a receipt
    ):
        return None
    return str(event.data["tid"]), str(event.data["stan"]), str(event.data["batch"])


def _stan_grows(events: Sequence[Event]) -> Verdict:
    last: dict[tuple[str, str], int] = {}
    wrong: list[Event] = []
    for event in messages(events, "terminal"):
        if event.data["dir"] != "out" or event.data["mti"] not in FINANCIAL:
            continue
        key, stan = (_field(event, 41), _batch(event)), int(_field(event, 11) or 0)
        before = last.get(key)
        again = stan == before and event.data["mti"] == ADVICE
        if before is not None and stan <= before and before != STAN_WRAP and not again:
            wrong.append(event)
        last[key] = stan
    if not wrong:
        return passed("I8", "流水号严格递增", "trace numbers strictly increase")
    names = [_field(event, 11) for event in wrong]
    text = ", ".join(names)
    return failed(
        "I8", f"流水号重复或倒退：{text}", f"trace number repeated or fell back: {text}", names, [e.seq for e in wrong]
    )
