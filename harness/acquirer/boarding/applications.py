"""What all that deals with applications (进件) has in common: finding one, changing one, numbers and codes."""

from __future__ import annotations

from typing import Any

from protocols.text import Text

from ..asks import Args, Refused, bad_argument, items_of, text_of
from ..books.applications import Application
from ..oversight import risk
from ..turn import Turn
from . import accounts

UNDECIDED = frozenset({"in_review", "incomplete"})
OPEN = UNDECIDED | {"draft"}
CODE_DIGITS = 12


def find(turn: Turn, args: Args) -> Application:
    """The application that `args` names.  Raises Refused."""
    number = text_of(turn, args, "application")
    found = turn.state.applications.get(number)
    if found is None:
        raise Refused("no_application", Text(f"没有进件 {number}", f"there is no application {number}"))
    return found


def of_merchant(turn: Turn, mid: str) -> Application | None:
    """The application that made this merchant; None for one that was provisioned."""
    return next((one for one in turn.state.applications.values() if mid and one.mid == mid), None)


def wrong_state(application: Application) -> Refused:
    """The application is not where this request belongs."""
    state = application.state
    return Refused("wrong_state", Text(f"进件状态为 {state}", f"the application is {state}"))


def change(turn: Turn, application: Application, why: str, **data: object) -> None:
    """Record new values; a new state is noted with its reason."""
    old = application.state
    turn.record("application_changed", application=application.number, **data)
    if application.state != old:
        turn.changed("application", application.number, old, application.state, why)


def particulars(turn: Turn, args: Args, *, need_name: bool = True) -> dict[str, Any]:
    """The merchant's particulars in `args["merchant"]`: short texts by name.  Raises Refused."""
    given = args.get("merchant", {})
    if not isinstance(given, dict) or len(given) > turn.settings.limits.items_per_application:
        raise bad_argument("merchant", "应为商户资料", "must be the merchant's particulars")
    for key in given:
        text_of(turn, given, key)
    if need_name:
        text_of(turn, given, "name")
    return risk.without_pan(turn, given)


def create(turn: Turn, args: Args, state: str, merchant: dict[str, Any], items: list[str]) -> Application:
    """A new application that is not reviewed yet; `account_of` (a serial number) asks for a further account on a device
    that is there.  Raises Refused.
    """
    if sum(a.state in OPEN for a in turn.state.applications.values()) >= turn.settings.limits.open_applications:
        raise Refused("queue_full", Text("审核队列已满", "the review queue is full"))
    sn = text_of(turn, args, "sn", "")
    if sn:
        check_device_free(turn, sn, "")
    main = accounts.main_terminal(turn, args)
    number = f"A{len(turn.state.applications) + 1:06d}"
    turn.record(
        "applied",
        number=number,
        merchant=merchant,
        model=text_of(turn, args, "model", ""),
        items=items,
        submitted_us=turn.now,
        state=state,
        stage=0,
        due_us=None,
        promised_us=turn.now,
        code=new_code(turn),
        sn=sn,
    )
    turn.changed("application", number, "", state, "apply")
    if main is not None:
        accounts.reserve(turn, turn.state.applications[number], main)
    return turn.state.applications[number]


def more_items(turn: Turn, application: Application, args: Args) -> list[str]:
    """The application's items and those that are handed in now.  Raises Refused."""
    found = list(dict.fromkeys([*application.items, *items_of(turn, args, "items", ())]))
    if len(found) > turn.settings.limits.items_per_application:
        raise bad_argument("items", "资料过多", "too many items")
    return found


def new_code(turn: Turn) -> str:
    """An activation code that nobody has."""
    taken = {application.code for application in turn.state.applications.values()}
    code = turn.digits("activation code", CODE_DIGITS)
    while code in taken:
        code = turn.digits("activation code", CODE_DIGITS)
    return code


def check_device_free(turn: Turn, sn: str, application: str) -> None:
    """Whether the device may be bound to this application.  Raises Refused."""
    device = turn.state.devices.get(sn)
    if device is not None and device.status in ("lost", "stolen"):
        raise Refused("device_reported", Text("机具已报失", "the device is reported lost or stolen"))
    claimed = any(
        a.sn == sn and a.number != application and a.state != "withdrawn" for a in turn.state.applications.values()
    )
    if claimed or (device is not None and device.terminal):
        raise Refused("bound_elsewhere", Text("机具已绑定其他终端", "the device is bound to another terminal"))
