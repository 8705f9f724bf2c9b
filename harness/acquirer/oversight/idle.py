"""The idle report: terminals in use that nobody signs in or settles, so that somebody goes and looks (巡检).

A terminal is *unsigned* when it did not sign in for too long, and *unsettled* when besides that its batch has entries;
both count from its last sign-in, sign-off or settlement.  The limits are posrig's choice: the acquirers' manuals want
a sign-in and a settlement every day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harness.machine import DAY_US, MINUTE_US
from protocols.text import Text

from ..asks import Args, Refused, Value, bad_argument, text_of
from ..state import Terminal
from ..turn import Turn

SILENT_MINUTES = 60
"""posrig's choice: a shop that is open sells something within the hour."""


def report(turn: Turn, args: Args) -> Value:
    """`{mid} -> {terminals: [{mid, tid, sn, why: [...], days, since_us, batch}]}`; without `mid` of all merchants."""
    mid = text_of(turn, args, "mid", "")
    if mid and mid not in turn.state.merchants:
        raise Refused("merchant_unknown", Text(f"没有商户 {mid}", f"there is no merchant {mid}"))
    found = [_row(turn, terminal) for terminal in turn.state.terminals.values() if mid in ("", terminal.mid)]
    return {"terminals": [row for row in found if row is not None]}


def _row(turn: Turn, terminal: Terminal) -> dict[str, Any] | None:
    age = turn.now - terminal.idle_since_us
    settings = turn.settings
    why = []
    if age >= settings.idle_unsigned_us:
        why.append("unsigned")
    if any(turn.state.ledger.totals(terminal.mid, terminal.tid, terminal.batch)) and age >= settings.idle_unsettled_us:
        why.append("unsettled")
    if not why or not terminal.activated or terminal.status != "open":
        return None
    return {
        "mid": terminal.mid,
        "tid": terminal.tid,
        "sn": terminal.sn,
        "why": why,
        "days": age // DAY_US,
        "since_us": turn.told(terminal.idle_since_us),
        "batch": terminal.batch,
    }


def silent(turn: Turn, args: Args) -> Value:
    """`{minutes} -> {terminals: [{mid, tid, sn, since_us}]}`: terminals that sold in their open batch and have not sold
    for so long.  Many of them since the same moment are no slack hour.
    """
    minutes = args.get("minutes", SILENT_MINUTES)
    if not isinstance(minutes, int) or isinstance(minutes, bool) or not 1 <= minutes <= DAY_US // MINUTE_US:
        raise bad_argument("minutes", "应为 1 至 1440 的整数", "must be a whole number from 1 to 1440")
    rows = []
    for terminal in turn.state.terminals.values():
        last = next(reversed(turn.state.ledger.of_batch(terminal.mid, terminal.tid, terminal.batch)), None)
        if last is not None and turn.now - last.at_us >= minutes * MINUTE_US:
            since_us = turn.told(last.at_us)
            rows.append({"mid": terminal.mid, "tid": terminal.tid, "sn": terminal.sn, "since_us": since_us})
    return {"terminals": rows}


PORTAL: Mapping[str, Callable[[Turn, Args], Value]] = {"idle": report, "silent": silent}
CONTROL = PORTAL
