"""What the terminal says of itself at the end of a run, and when it is asked.  Everything derives from the records."""

from __future__ import annotations

from ..machine import Json
from .desk import Desk
from .state import Entry


def status(desk: Desk) -> dict[str, Json]:
    """Life cycle, session, reversal, batch."""
    state = desk.state
    return {
        "life_cycle": state.life_cycle,
        "session": "signed_in" if state.signed_in else "signed_off",
        "pending_reversal": _reversal(desk),
        "batch": state.batch,
        "open_entries": len(state.open_entries),
        "settling": None if state.settlement is None else state.settlement["stage"],
        "downloaded": sorted(state.downloaded),
        "sn": desk.settings.serial,
        "tid": state.tid,
        "mid": state.mid,
        "version": state.version or desk.settings.application_version,
    }


def snapshot(desk: Desk) -> dict[str, Json]:
    """The trace's `snapshot` of a terminal.

    A receipt counts once its entry is committed, printed or not: at the next boot it comes out.
    """
    state = desk.state
    return {
        "tid": state.tid,
        "mid": state.mid,
        "batch": state.batch,
        "next_stan": state.next_stan,
        "entries": [_entry(entry) for entry in state.entries],
        "receipts": [_receipt(entry) for entry in state.entries],
        "pending_reversal": _reversal(desk),
        "unresolved": list(state.unresolved),
        "settled": list(state.settled),
    }


def _entry(entry: Entry) -> dict[str, Json]:
    return {
        "stan": entry.stan,
        "batch": entry.batch,
        "kind": entry.kind,
        "amount_fen": entry.amount_fen,
        "status": entry.status,
        "rrn": entry.rrn,
    }


def _receipt(entry: Entry) -> dict[str, Json]:
    return {
        "stan": entry.stan,
        "batch": entry.batch,
        "kind": entry.kind,
        "amount_fen": entry.amount_fen,
        "copy": "merchant",
    }


def _reversal(desk: Desk) -> dict[str, Json] | None:
    pending = desk.state.reversal
    if pending is None:
        return None
    return {"stan": pending["stan"], "batch": pending["batch"], "amount_fen": pending["amount_fen"]}
