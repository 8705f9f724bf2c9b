"""The merchant's side of the provider (进件, 查询进度, 补件, 绑定 ...), as the open platforms of acquirers offer it
over HTTP.

Every function takes the arguments of one request and gives its answer; what is illegal raises `Refused`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from protocols.text import Text

from . import holds, registry
from .asks import Args, Refused, Value, text_of
from .boarding import accounts, companies, drafts, handover, onboarding, parcels, teams
from .boarding.applications import UNDECIDED, find
from .books.applications import Application
from .money import batches, billing, pauses, statement
from .oversight import appeals, idle, losses, lots, notices, quality, risk, versions
from .state import Terminal
from .turn import Turn


def _brief(application: Application) -> Value:
    return {"application": application.number, "state": application.state}


def apply(turn: Turn, args: Args) -> Value:
    """`{merchant: {name, licence, ...}, model, items, sn} -> {application, state}`; `sn` when the device is there
    already, `account_of` (a serial number) for a further account on a device that is in use.
    """
    return _brief(onboarding.submit(turn, args))


def progress(turn: Turn, args: Args) -> Value:
    """Where the application stands.  Times in microseconds of the run, age in whole minutes since the application, and
    until what was promised (for whoever does not know this run's clock; negative: it is past).

    `missing` items are in `items`, untrue ones in `disputed`; `queue` says which team it waits for (`teams.place`),
    `draft` how far it is filled in (`drafts.shown`), `shipping` where its parcel is (`parcels.track`); each None where
    there is none.  `holds`: those on the merchant.
    """
    application = find(turn, args)
    end = turn.now if application.decided_us is None else application.decided_us
    undecided = application.decided_us is None
    shipped = turn.state.parcels.all.get(application.parcel)
    return {
        **_brief(application),
        "stage": turn.settings.stages[application.stage].name if application.state in UNDECIDED else "",
        "age_minutes": (end - application.submitted_us) // 60_000_000,
        "promised_by_us": turn.told(application.promised_us),
        "promised_in_minutes": (application.promised_us - turn.now) // 60_000_000 if undecided else None,
        "late": undecided and application.state == "in_review" and turn.now > application.promised_us,
        "position": onboarding.position(turn, application),
        "reason": application.reason,
        "items": list(application.missing),
        "disputed": list(application.disputed),
        "queue": teams.place(turn, application.number),
        "draft": drafts.shown(turn, application) if application.state == "draft" else None,
        "mid": application.mid,
        "tid": application.tid,
        "sn": application.sn,
        "account_of": accounts.device_of(turn.state, application.number),
        "activation_code": "" if application.code_expires_us is None else application.code,
        "code_expires_us": turn.told(application.code_expires_us),
        "code_expired": _code_expired(turn, application),
        "tries_left": max(0, turn.settings.limits.code_tries - application.code_tries),
        "parcel": application.parcel,
        "holds": [holds.shown(turn, one) for one in holds.in_force(turn, (f"merchant:{application.mid}",))],
        "shipping": parcels.shown(turn, shipped) if shipped is not None else None,
    }


def _code_expired(turn: Turn, application: Application) -> bool:
    """Whether an activation code ended without having been used."""
    expires = application.code_expires_us
    return expires is not None and turn.now >= expires and not application.code_uses


def _terminal(turn: Turn, terminal: Terminal) -> Value:
    return {
        "mid": terminal.mid,
        "tid": terminal.tid,
        "sn": terminal.sn,
        "status": terminal.status,
        "activated": terminal.activated,
        "session": terminal.session,
        "batch": terminal.batch,
        "last_refusal": turn.state.refusals.get(terminal.key),
        "holds": [holds.shown(turn, one) for one in holds.in_force(turn, holds.subjects_of(turn, terminal))],
    }


def status(turn: Turn, args: Args) -> Value:
    """`{mid | sn}`: the merchant, its terminals, why the last request of each was refused, and (by `sn`) when the
    device last signed in.
    """
    if "sn" in args:
        sn = text_of(turn, args, "sn")
        device = turn.state.devices.get(sn)
        if device is None:
            waiting = [a for a in turn.state.applications.values() if a.sn == sn]
            if not waiting:
                raise Refused("sn_unknown", Text(f"序列号 {sn} 未入库", f"serial number {sn} is not registered"))
            return {"sn": sn, "status": "reserved", "application": waiting[-1].number, "terminals": []}
        found = [turn.state.terminals[device.terminal]] if device.terminal else []
        return {
            "sn": sn,
            "status": device.status,
            "model": device.model,
            "version": device.version,
            "update": versions.shown(turn, device),
            "signed_in_us": turn.told(device.signed_in_us),
            "parcel": parcels.shown(turn, parcel) if (parcel := turn.state.parcels.of_sn(sn)) else None,
            "terminals": [_terminal(turn, t) for t in found],
            "accounts": [row for t in found for row in accounts.rows(turn, t)],
        }
    mid = text_of(turn, args, "mid")
    merchant = turn.state.merchants.get(mid)
    if merchant is None:
        raise Refused("merchant_unknown", Text(f"没有商户 {mid}", f"there is no merchant {mid}"))
    own = [_terminal(turn, t) for t in turn.state.terminals.values() if t.mid == mid]
    return {"mid": mid, "name": merchant.name, "status": merchant.status, "reason": merchant.reason, "terminals": own}


def renew_code(turn: Turn, args: Args) -> Value:
    """`{application} -> {application, state, activation_code, code_expires_us}`."""
    application = handover.renew_code(turn, args)
    expires = turn.told(application.code_expires_us)
    return {**_brief(application), "activation_code": application.code, "code_expires_us": expires}


def bind(turn: Turn, args: Args) -> Value:
    """`{application, sn} -> {application, sn, state: "bound"}`."""
    application = handover.bind(turn, args)
    return {"application": application.number, "sn": application.sn, "state": "bound"}


def unbind(turn: Turn, args: Args) -> Value:
    """`{sn} -> {sn, state: "unbound"}`; refused while the batch is not settled."""
    return {"sn": registry.unbind(turn, args), "state": "unbound"}


def resubmit(turn: Turn, args: Args) -> Value:
    """`{application, items, merchant} -> {application, state}`: a rejected one, with more items or true particulars."""
    return _brief(onboarding.resubmit(turn, args))


def withdraw(turn: Turn, args: Args) -> Value:
    """`{application} -> {application, state}`: the merchant gives up; not once it is approved."""
    return _brief(onboarding.withdraw(turn, args))


def supply(turn: Turn, args: Args) -> Value:
    """`{application | mid, items, merchant}`: to a review, or (by the merchant's number, or once the application is
    approved) to a re-check.
    """
    mid = text_of(turn, args, "mid", "")
    if not mid and (application := find(turn, args)).state == "approved":
        mid = application.mid
    return companies.supply(turn, mid, args) if mid else _brief(onboarding.supply(turn, args))


PORTAL: Mapping[str, Callable[[Turn, Args], Value]] = {
    "apply": apply,
    "progress": progress,
    "supply": supply,
    "resubmit": resubmit,
    "withdraw": withdraw,
    "renew_code": renew_code,
    "bind": bind,
    "unbind": unbind,
    "status": status,
    "raise_limit": risk.raise_limit,
    **billing.PORTAL,
    **appeals.PORTAL,
    **pauses.PORTAL,
    **batches.PORTAL,
    **statement.PORTAL,
    **accounts.PORTAL,
    **losses.PORTAL,
    **lots.PORTAL,
    **versions.PORTAL,
    **quality.PORTAL,
    **notices.PORTAL,
    **drafts.PORTAL,
    **handover.PORTAL,
    **parcels.PORTAL,
    **idle.PORTAL,
}
