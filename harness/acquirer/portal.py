"""The merchant's side of the provider (进件, 查询进度, 补件, 绑定 ...), as the open platforms of acquirers offer it
over HTTP.

Every function takes the arguments of one request and gives its answer; what is illegal raises `Refused`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from protocols.text import Text

from . import holds, onboarding, registry
from .asks import Args, Refused, Value, text_of
from .state import Application, Terminal
from .turn import Turn


def _brief(application: Application) -> Value:
    return {"application": application.number, "state": application.state}


def apply(turn: Turn, args: Args) -> Value:
    """`{merchant: {name, licence, ...}, model, items, sn} -> {application, state}`; `sn` when the device is there
    already.
    """
    return _brief(onboarding.submit(turn, args))


def progress(turn: Turn, args: Args) -> Value:
    """Where the application stands.  Times in microseconds of the run, age in whole minutes since the application."""
    application = onboarding.find(turn, args)
    end = turn.now if application.decided_us is None else application.decided_us
    undecided = application.decided_us is None
    return {
        **_brief(application),
        "stage": turn.settings.stages[application.stage].name if application.state in onboarding.UNDECIDED else "",
        "age_minutes": (end - application.submitted_us) // 60_000_000,
        "promised_by_us": turn.told(application.promised_us),
        "late": undecided and application.state == "in_review" and turn.now > application.promised_us,
        "position": onboarding.position(turn, application),
        "reason": application.reason,
        "items": list(application.missing),
        "mid": application.mid,
        "tid": application.tid,
        "sn": application.sn,
        "activation_code": application.code,
        "code_expires_us": turn.told(application.code_expires_us),
        "parcel": application.parcel,
    }


def track(turn: Turn, args: Args) -> Value:
    """Where a parcel is."""
    number = text_of(turn, args, "parcel")
    parcel = turn.state.parcels.get(number)
    if parcel is None:
        raise Refused("no_parcel", Text(f"没有运单 {number}", f"there is no parcel {number}"))
    delivered = parcel.state == "delivered"
    place = {"zh": "已签收", "en": "delivered"} if delivered else {"zh": "运输途中", "en": "on its way"}
    return {"parcel": number, "state": parcel.state, "place": place, "due_us": turn.told(parcel.due_us)}


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
    """`{mid | sn}`: the merchant, its terminals, and why the last request of each was refused."""
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
            "terminals": [_terminal(turn, t) for t in found],
        }
    mid = text_of(turn, args, "mid")
    merchant = turn.state.merchants.get(mid)
    if merchant is None:
        raise Refused("merchant_unknown", Text(f"没有商户 {mid}", f"there is no merchant {mid}"))
    own = [_terminal(turn, t) for t in turn.state.terminals.values() if t.mid == mid]
    return {"mid": mid, "name": merchant.name, "status": merchant.status, "reason": merchant.reason, "terminals": own}


def renew_code(turn: Turn, args: Args) -> Value:
    """`{application} -> {application, state, activation_code, code_expires_us}`."""
    application = onboarding.renew_code(turn, args)
    expires = turn.told(application.code_expires_us)
    return {**_brief(application), "activation_code": application.code, "code_expires_us": expires}


def bind(turn: Turn, args: Args) -> Value:
    """`{application, sn} -> {application, sn, state: "bound"}`."""
    application = onboarding.bind(turn, args)
    return {"application": application.number, "sn": application.sn, "state": "bound"}


PORTAL: Mapping[str, Callable[[Turn, Args], Value]] = {
    "apply": apply,
    "progress": progress,
    "supply": lambda turn, args: _brief(onboarding.supply(turn, args)),
    "resubmit": lambda turn, args: _brief(onboarding.resubmit(turn, args)),
    "withdraw": lambda turn, args: _brief(onboarding.withdraw(turn, args)),
    "track": track,
    "renew_code": renew_code,
    "bind": bind,
    "unbind": lambda turn, args: {"sn": registry.unbind(turn, args), "state": "unbound"},
    "status": status,
}
