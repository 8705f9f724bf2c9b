"""What the terminal says of itself at the end of a run, and when it is asked.  Everything derives from the records."""

from __future__ import annotations

from ..machine import Json
from .desk import Desk
from .hardware import battery, storage
from .hardware.parts import part_number
from .hardware.printer import due_stans
from .hardware.processor import log_entries, uptime_us
from .software import install
from .state import Account, Entry

CRASHES_SHOWN = 5
AUDIT_SHOWN = 20
"""Lines of the audit log that a status shows: the newest."""


def status(desk: Desk) -> dict[str, Json]:
    """Life cycle, session, reversal, batch, parts; of the keys, whether there are any."""
    state = desk.state
    own, *further = state.accounts
    return {
        **_standing(own),
        "pending_reversal": _reversal(desk),
        "downloaded": sorted(state.downloaded),
        "sn": desk.settings.serial,
        "accounts": [{"number": a.number, "listed": a.listed, **_standing(a)} for a in further],
        "version": desk.version,
        "software": install.shown(desk),
        "session_age_us": max(0, desk.now - state.session_since_us),
        "operator": state.people.on_duty,
        "protected": desk.config.protected,
        "locked": state.people.locked,
        "tamper": state.device.tamper,
        "storage": {"ok": state.storage_fault is None, "lost": storage.lost(state)},
        "keys": {"master": bool(state.tmk), "working": bool(own.working_keys)},
        "capabilities": _capabilities(desk),
        "parts": {part: part_number(desk, part) for part in desk.profile.parts},
        "due_slips": due_stans(desk),
        "audit": state.people.audit[-AUDIT_SHOWN:],
        **_running(desk),
    }


def _capabilities(desk: Desk) -> dict[str, Json]:
    """What the model can do, and which keys it is told to ask for."""
    profile = desk.profile
    able: dict[str, Json] = {"model": profile.model, "reads": list(profile.reads), "ciphers": list(profile.ciphers)}
    return {**able, "sign_in_code": desk.config.sign_in_code}


def _running(desk: Desk) -> dict[str, Json]:
    """How it has been running: the last start, the battery (percent, None where there is none), the crash log."""
    power = desk.state.device.power
    return {
        "uptime_us": uptime_us(desk),
        "own_time_us": desk.own_time_us,
        "reset_cause": desk.reset_cause,
        "battery": battery.percent(desk),
        "plugged": power.plugged,
        "off": power.off,
        "log_entries": log_entries(desk),
        "crashes": power.crashes[-CRASHES_SHOWN:],
    }


def snapshot(desk: Desk) -> dict[str, Json]:
    """The trace's `snapshot` of a terminal.

    The books of the terminal's own account, those of further and former ones (number 0) under `accounts` in the same
    shape.  A receipt counts once its entry is committed, printed or not: at the next boot it comes out.
    """
    pending = desk.state.reversal
    waits = 0 if pending is None else pending["account"]
    books = [_books(a, _reversal(desk) if a.number == waits else None) for a in desk.state.accounts]
    told = desk.state.advice
    for book in books:
        mine = told is not None and told["account"] == book["number"]
        book["pending_advice"] = {k: told[k] for k in ("stan", "batch", "amount_fen")} if told and mine else None
    books += [_books(account, None) for account in desk.state.former]
    return {**books[0], "accounts": books[1:]}


def _standing(account: Account) -> dict[str, Json]:
    return {
        "tid": account.tid,
        "mid": account.mid,
        "life_cycle": account.life_cycle,
        "session": "signed_in" if account.signed_in else "signed_off",
        "batch": account.batch,
        "open_entries": len(account.open_entries),
        "settling": None if account.settlement is None else account.settlement["stage"],
    }


def _books(account: Account, pending: dict[str, Json] | None) -> dict[str, Json]:
    return {
        "number": account.number,
        "tid": account.tid,
        "mid": account.mid,
        "batch": account.batch,
        "next_stan": account.next_stan,
        "entries": [_entry(entry) for entry in account.entries],
        "receipts": [_receipt(entry) for entry in account.entries],
        "pending_reversal": pending,
        "unresolved": list(account.unresolved),
        "settled": list(account.settled),
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
