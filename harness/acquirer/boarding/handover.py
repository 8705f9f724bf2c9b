"""From the approval to the activated device: numbers, dispatch, binding, activation codes, replacement.

One device at a time belongs to an application: the one that the warehouse packed, that the merchant has already, or
that he binds when it comes.  A replacement has another serial number and the same merchant and terminal numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from protocols.text import Text

from ..asks import Args, Refused, Value, bad_argument, text_of
from ..books.applications import Application
from ..money import billing
from ..registry import REPORTS, bind_terminal, new_numbers, release_device
from ..turn import Turn
from . import accounts, parcels, teams
from .applications import UNDECIDED, change, check_device_free, find, new_code, wrong_state


def approve(turn: Turn, application: Application, at_us: int) -> None:
    """Merchant and terminal numbers, activation code valid from now, the device on its way unless one is bound
    already; a further account of a device that is there is opened on it.
    """
    further = turn.state.accounts.further(application.number)
    if further is not None:
        accounts.open_account(turn, application, further)
        numbers = {"mid": further.mid, "tid": further.tid}
        change(turn, application, "approved", state="approved", decided_us=at_us, missing=[], reason="", **numbers)
        return
    mid, tid = new_numbers(turn)
    turn.record("merchant", mid=mid, name=application.merchant["name"])
    turn.record(
        "terminal",
        mid=mid,
        tid=tid,
        sn="",
        dialect=turn.settings.default_dialect,
        batch=f"{turn.settings.first_batch:06d}",
        status="unbound",
        application=application.number,
        needs=["capks", "aids", "parameters"],
    )
    expires = at_us + turn.settings.code_valid_us
    change(
        turn,
        application,
        "approved",
        state="approved",
        decided_us=at_us,
        mid=mid,
        tid=tid,
        missing=[],
        disputed=[],
        reason="",
        code_expires_us=expires,
    )
    billing.approved(turn, application.number, mid, at_us)
    if application.sn:
        bind_terminal(turn, turn.state.terminals[f"{mid}/{tid}"], application.sn, application.model)
    elif not teams.enter(turn, teams.DISPATCH, application.number):
        dispatched(turn, application, at_us)


def dispatched(turn: Turn, application: Application, at_us: int) -> None:
    """The team of the warehouse sends the device."""
    parcel = parcels.send(turn, application.number, application.sn, at_us)
    change(turn, application, "dispatch", parcel=parcel)


def renew_code(turn: Turn, args: Args) -> Application:
    """A new activation code with a new term; also the way to activate a device again.  Raises Refused."""
    application = find(turn, args)
    if application.state != "approved":
        raise wrong_state(application)
    _renew(turn, application)
    terminal = turn.state.terminal(application.mid, application.tid)
    if terminal is not None and terminal.activated:
        turn.record("terminal_changed", terminal=terminal.key, activated=False, session="never")
    return application


def _renew(turn: Turn, application: Application) -> None:
    expires = turn.now + turn.settings.code_valid_us
    fresh = {"code": new_code(turn), "code_expires_us": expires, "code_uses": 0, "code_tries": 0, "cleared": False}
    change(turn, application, "renew_code", **fresh)


def bind(turn: Turn, args: Args) -> Application:
    """The merchant binds a device by its serial number; before the approval it is kept until then.  Raises Refused."""
    application = find(turn, args)
    if application.state not in UNDECIDED | {"approved"}:
        raise wrong_state(application)
    _bind(turn, application, _serial(turn, args))
    parcel = turn.state.parcels.all.get(application.parcel)
    if parcel is not None and parcel.state == "delivered" and not parcel.sn:
        parcels.pack(turn, parcel.number, application.sn)
    return application


def _serial(turn: Turn, args: Args) -> str:
    sn = text_of(turn, args, "sn")
    if not sn or not sn.isprintable():
        raise bad_argument("sn", "应为序列号", "must be a serial number")
    return sn


def _bind(turn: Turn, application: Application, sn: str) -> None:
    if application.sn == sn:
        return
    check_device_free(turn, sn, application.number)
    if application.sn:
        raise Refused("already_bound", Text("进件已绑定另一机具", "another device is bound to this application"))
    change(turn, application, "bind", sn=sn)
    terminal = turn.state.terminal(application.mid, application.tid)
    if terminal is not None:
        bind_terminal(turn, terminal, sn, application.model)


def pack(turn: Turn, args: Args) -> Value:
    """`{application, sn}`: the warehouse takes this device for the merchant, before it is sent or with the parcel that
    is on its way; it is bound from then on.  None of a lot that is recalled leaves the house.  Raises Refused.
    """
    application = find(turn, args)
    if application.state != "approved":
        raise wrong_state(application)
    sn = _serial(turn, args)
    if turn.state.lots.is_recalled(sn):
        raise Refused("recalled", Text("该机具所属批次已召回，不得发出", "the lot of this device is recalled"))
    _bind(turn, application, sn)
    parcel = turn.state.parcels.all.get(application.parcel)
    if parcel is not None and not parcel.sn:
        parcels.pack(turn, parcel.number, application.sn)
    return {"application": application.number, "sn": application.sn, "parcel": application.parcel}


def expedite(turn: Turn, args: Args) -> Value:
    """`{application}`: the merchant asks the provider to hurry; where he then waits.  Raises Refused."""
    application = find(turn, args)
    teams.expedite(turn, application.number)
    return {"application": application.number, "queue": teams.place(turn, application.number)}


def replacement(turn: Turn, args: Args) -> Value:
    """`{application, reason: lost | stolen | damaged | recalled}`: another device for the same merchant and terminal
    numbers.

    The old one is out of service from now on; a new activation code is issued.  A device counts as lost or stolen once
    it is reported, or its parcel is declared lost; as damaged by the merchant's word, as
    recalled once its lot is.  Raises Refused.
    """
    application = find(turn, args)
    if application.state != "approved":
        raise wrong_state(application)
    reason = text_of(turn, args, "reason")
    device = turn.state.devices.get(application.sn)
    parcel = turn.state.parcels.all.get(application.parcel)
    reported = device is not None and device.status in REPORTS
    if reason in REPORTS:
        if not reported and (parcel is None or parcel.state != "lost"):
            raise Refused("not_reported", Text("机具未挂失", "the device is not reported lost or stolen"))
    elif reason == "recalled":
        if device is None or not turn.state.lots.is_recalled(device.sn):
            raise Refused("not_recalled", Text("该机具所属批次未召回", "the lot of this device is not recalled"))
    elif reason != "damaged":
        raise bad_argument(
            "reason", "应为 lost、stolen、damaged 或 recalled", "must be lost, stolen, damaged or recalled"
        )
    elif device is None or reported:
        raise Refused("not_bound", Text("没有可更换的机具", "there is no device to replace"))
    if device is not None:
        release_device(turn, device, device.status if reported else "returned")
    _renew(turn, application)
    change(turn, application, "replacement", parcel="")
    if not teams.enter(turn, teams.DISPATCH, application.number):
        dispatched(turn, application, turn.now)
    return {"application": application.number, "parcel": application.parcel, "activation_code": application.code}


PORTAL: Mapping[str, Callable[[Turn, Args], Value]] = {"expedite": expedite, "replacement": replacement}
CONTROL: Mapping[str, Callable[[Turn, Args], Value]] = {"pack": pack}
