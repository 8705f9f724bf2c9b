"""How a terminal comes up: from its storage, from a provisioning, or in a life-cycle state that was asked for."""

from __future__ import annotations

from collections.abc import Sequence

from protocols.errors import LocalError
from protocols.text import Text

from ..machine import Record
from .desk import FORCED, Desk
from .flows.sales import receipts_due
from .hardware import battery, storage
from .lifecycle import STATES
from .software import install
from .state import State, apply

NO_STATE = Text("没有生命周期状态 {name}", "There is no life-cycle state {name}")
NO_STATE_CURE = Text("可用：{names}", "Use one of: {names}")
NEEDS_IDENTITY = Text("状态 {name} 需要终端的身份和主密钥", "State {name} needs an identity and a TMK")
NEEDS_IDENTITY_CURE = Text("用 --terminal 给出", "Give them with --terminal")

BARE = ("unboxed", "self_tested", "connected", "tampered")
"""States that a terminal without an identity may be in."""
WITH_DOWNLOADS = ("ready", "must_settle", "settling", "batching", "must_sign_in", "signed_off", "suspended")
"""States of a terminal that was in use: it has fetched what it needs to sell."""
POWER_FAIL = "power_fail"
"""Reset cause of a start that nobody announced by a record `reset`."""
SESSIONS = ("signed_in", "ready")
"""No storage holds a session that no host gave: these begin keyed, and a sign-in leads there."""


def boot(desk: Desk, records: Sequence[Record]) -> None:
    """Fold the records; when there are none, begin as the settings say; then print what is due.  A terminal that was
    switched off stays dark.

    A pending reversal is not sent here: it goes before the next transaction.
    """
    desk.state = State()
    for record in records:
        apply(desk.state, record)
    desk.speak()
    desk.up_since_us = desk.now
    if desk.state.device.power.off:
        return
    pending = desk.state.reversal
    shown = None if pending is None else {k: pending[k] for k in ("stan", "batch", "amount_fen")}
    cause = (desk.state.device.reset or POWER_FAIL) if records else "first_start"
    desk.reset_cause = cause
    charged = battery.percent(desk)
    desk.note("boot", {"reset_cause": cause, "records": len(records), "pending_reversal": shown, "battery": charged})
    if desk.state.device.reset:
        desk.save({"kind": "reset", "cause": ""})
    battery.woken(desk)
    if not records:
        _begin(desk)
    install.boot(desk)
    _sessions_fit(desk)
    storage.check(desk)
    receipts_due(desk)


def _sessions_fit(desk: Desk) -> None:
    """Working keys that this application cannot read are none: another dialect came with it, so that a sign-in has to
    bring new ones.  Whatever is pending waits for that."""
    before = desk.state.number
    for account in tuple(desk.state.accounts):
        if account.working_keys and desk.state.tmk and not desk.vault.reads(desk.state.tmk, account.working_keys):
            desk.use(account.number)
            ended: Record = {"kind": "session", "signed_in": False, "working_keys": ""}
            changed: Record = {"kind": "session_changed", "session_since_us": desk.now}
            desk.save(ended, changed, events=("sign_in_required",))
    desk.use(before)


def _begin(desk: Desk) -> None:
    settings = desk.settings
    identity = settings.identity
    start_at = settings.start_at or ("keyed" if identity else "unboxed")
    if start_at not in STATES:
        raise LocalError(NO_STATE.format(name=start_at), NO_STATE_CURE.format(names=", ".join(STATES)))
    if identity is None and start_at not in BARE:
        raise LocalError(NEEDS_IDENTITY.format(name=start_at), NEEDS_IDENTITY_CURE)
    records: list[Record] = []
    if identity is not None and start_at not in BARE:
        named: Record = {
            "kind": "identity",
            "tid": identity.tid,
            "mid": identity.mid,
            "merchant_name": identity.merchant_name,
        }
        records.append(named)
        if start_at != "activated":
            sealed = desk.vault.sealed(identity.tmk)
            records.append({"kind": "tmk", "tmk": sealed, "working_keys": "", "signed_in": False})
    if start_at in WITH_DOWNLOADS:
        kernel = {"aids": list(settings.aids), "public_keys": list(settings.public_keys)}
        items: dict[str, object] = {"parameters": {}, **kernel}
        records += [{"kind": "downloaded", "what": what, "items": items[what]} for what in FORCED]
    if start_at in ("settling", "batching"):
        nothing = {"debit_fen": 0, "debit_count": 0, "credit_fen": 0, "credit_count": 0}
        records.append({"kind": "settle_begin", "batch": desk.state.batch, "totals": nothing})
    if start_at == "batching":
        records.append({"kind": "settle_answer", "codes": "22", "balanced": False})
    if records or start_at != "unboxed":
        label = "keyed" if start_at in SESSIONS else start_at
        desk.save(*records, {"kind": "life_cycle", "life_cycle": label})
