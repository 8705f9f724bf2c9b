"""Applications (进件): the review with its stages and promised times, approval, and the parcel that follows.

    submitted -> in_review (documents -> risk -> bank_approval) -> approved -> parcel in_transit -> delivered
                    |                    ^
                    +-> incomplete ------+ supply          in_review -> rejected -> resubmit -> in_review
    in_review, incomplete, rejected -> withdrawn

Every application has its own time: one that is held back does not hold back the later ones.
"""

from __future__ import annotations

from protocols.text import Text

from . import behaviours
from .asks import Args, Refused, bad_argument, items_of, text_of
from .registry import bind_terminal
from .state import Application, State
from .turn import Turn

UNDECIDED = frozenset({"in_review", "incomplete"})
CODE_DIGITS = 12


def find(turn: Turn, args: Args) -> Application:
    """The application that `args` names.  Raises Refused."""
    number = text_of(turn, args, "application")
    found = turn.state.applications.get(number)
    if found is None:
        raise Refused("no_application", Text(f"没有进件 {number}", f"there is no application {number}"))
    return found


def wrong_state(application: Application) -> Refused:
    """The application is not where this request belongs."""
    state = application.state
    return Refused("wrong_state", Text(f"进件状态为 {state}", f"the application is {state}"))


def _change(turn: Turn, application: Application, why: str, **data: object) -> None:
    old = application.state
    turn.record("application_changed", application=application.number, **data)
    if application.state != old:
        turn.changed("application", application.number, old, application.state, why)


def submit(turn: Turn, args: Args) -> Application:
    """A new application; its review starts at once.  Raises Refused."""
    merchant = args.get("merchant")
    if not isinstance(merchant, dict) or len(merchant) > turn.settings.limits.items_per_application:
        raise bad_argument("merchant", "应为商户资料", "must be the merchant's particulars")
    for key in merchant:
        text_of(turn, merchant, key)
    text_of(turn, merchant, "name")
    if sum(a.state in UNDECIDED for a in turn.state.applications.values()) >= turn.settings.limits.open_applications:
        raise Refused("queue_full", Text("审核队列已满", "the review queue is full"))
    sn = text_of(turn, args, "sn", "")
    if sn:
        _free_device(turn, sn, "")
    number = f"A{len(turn.state.applications) + 1:06d}"
    stages = turn.settings.stages
    turn.record(
        "applied",
        number=number,
        merchant=dict(merchant),
        model=text_of(turn, args, "model", ""),
        items=items_of(turn, args, "items", turn.settings.required_items),
        submitted_us=turn.now,
        state="in_review",
        stage=0,
        due_us=turn.now + stages[0].promised_us,
        promised_us=turn.now + sum(stage.promised_us for stage in stages),
        code=_new_code(turn),
        sn=sn,
    )
    turn.changed("application", number, "", "submitted", "apply")
    turn.changed("application", number, "submitted", "in_review", stages[0].name)
    return turn.state.applications[number]


def _new_code(turn: Turn) -> str:
    taken = {application.code for application in turn.state.applications.values()}
    code = turn.digits("activation code", CODE_DIGITS)
    while code in taken:
        code = turn.digits("activation code", CODE_DIGITS)
    return code


def _due_us(state: State, application: Application) -> int | None:
    """When the current stage ends by itself; None while the application waits for somebody."""
    return behaviours.held_until(state, application) if application.state == "in_review" else None


def next_due_us(state: State) -> int | None:
    """The next time at which something happens by itself: a stage ends, a parcel arrives."""
    times = [_due_us(state, application) for application in state.applications.values()]
    times += [parcel.due_us for parcel in state.parcels.values() if parcel.state == "in_transit"]
    return min((time for time in times if time is not None), default=None)


def advance(turn: Turn) -> None:
    """Everything whose time has come: stages end, parcels arrive."""
    for application in turn.state.applications.values():
        due = _due_us(turn.state, application)
        while due is not None and due <= turn.now:
            _end_stage(turn, application, due)
            due = _due_us(turn.state, application)
    for parcel in turn.state.parcels.values():
        if parcel.state == "in_transit" and parcel.due_us <= turn.now:
            turn.record("parcel_delivered", number=parcel.number)
            turn.changed("parcel", parcel.number, "in_transit", "delivered", "delivery")


def _end_stage(turn: Turn, application: Application, ended_us: int) -> None:
    """The stage ended at `ended_us`, which may be long ago when the clock was advanced; the next one counts from
    there.
    """
    stages = turn.settings.stages
    missing = [item for item in turn.settings.required_items if item not in application.items]
    if missing:
        _change(turn, application, "items_missing", state="incomplete", missing=missing)
        return
    if application.stage + 1 < len(stages):
        stage = application.stage + 1
        _change(turn, application, "stage", stage=stage, due_us=ended_us + stages[stage].promised_us)
        turn.changed("review_stage", application.number, stages[stage - 1].name, stages[stage].name, "stage_done")
        return
    approve(turn, application, ended_us)


def approve(turn: Turn, application: Application, at_us: int) -> None:
    """Merchant and terminal numbers, activation code valid from now, the device on its way unless one is bound
    already.
    """
    mid, tid = _new_numbers(turn)
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
    parcel = ""
    if not application.sn:
        parcel = f"P{len(turn.state.parcels) + 1:06d}"
        due = at_us + turn.settings.shipping_us
        turn.record("parcel", number=parcel, application=application.number, sent_us=at_us, due_us=due)
        turn.changed("parcel", parcel, "", "in_transit", "dispatch")
    _change(
        turn,
        application,
        "approved",
        state="approved",
        decided_us=at_us,
        mid=mid,
        tid=tid,
        parcel=parcel,
        missing=[],
        reason="",
        code_expires_us=at_us + turn.settings.code_valid_us,
    )
    if application.sn:
        bind_terminal(turn, turn.state.terminals[f"{mid}/{tid}"], application.sn, application.model)


def _new_numbers(turn: Turn) -> tuple[str, str]:
    """A MID and a TID that nobody has."""
    taken = {terminal.tid for terminal in turn.state.terminals.values()}
    prefix, first = turn.settings.mid_prefix, turn.settings.first_tid
    n = len(turn.state.merchants) + 1
    while f"{prefix}{n:06d}" in turn.state.merchants or f"{first + n:08d}" in taken:
        n += 1
    return f"{prefix}{n:06d}", f"{first + n:08d}"


def review(turn: Turn, args: Args) -> Application:
    """A reviewer decides at once: `{application, decision: approve | reject | incomplete, reason, items}`. Raises
    Refused.
    """
    application = find(turn, args)
    if application.state not in UNDECIDED:
        raise wrong_state(application)
    decision = text_of(turn, args, "decision")
    reason = text_of(turn, args, "reason", "")
    if decision == "approve":
        approve(turn, application, turn.now)
    elif decision == "reject":
        _change(turn, application, "rejected", state="rejected", reason=reason, decided_us=turn.now)
    elif decision == "incomplete":
        missing = items_of(turn, args, "items", turn.settings.required_items)
        kept = [item for item in application.items if item not in missing]
        _change(turn, application, "items_missing", state="incomplete", missing=missing, items=kept, reason=reason)
    else:
        raise bad_argument("decision", "应为 approve、reject 或 incomplete", "must be approve, reject or incomplete")
    return application


def _resume(turn: Turn, application: Application, why: str, stage: int, items: list[str]) -> None:
    stages = turn.settings.stages
    rest = sum(one.promised_us for one in stages[stage:])
    _change(
        turn,
        application,
        why,
        state="in_review",
        stage=stage,
        items=items,
        missing=[],
        reason="",
        decided_us=None,
        due_us=turn.now + stages[stage].promised_us,
        promised_us=turn.now + rest,
    )


def supply(turn: Turn, args: Args) -> Application:
    """The merchant hands in items; once nothing is missing the review goes on where it stopped.  Raises Refused."""
    application = find(turn, args)
    if application.state not in UNDECIDED:
        raise wrong_state(application)
    items = list(dict.fromkeys([*application.items, *items_of(turn, args, "items", ())]))
    missing = [item for item in application.missing if item not in items]
    if application.state == "incomplete" and not missing:
        _resume(turn, application, "supplied", application.stage, items)
    else:
        _change(turn, application, "supplied", items=items, missing=missing)
    return application


def resubmit(turn: Turn, args: Args) -> Application:
    """A rejected application goes through the whole review again.  Raises Refused."""
    application = find(turn, args)
    if application.state != "rejected":
        raise wrong_state(application)
    items = list(dict.fromkeys([*application.items, *items_of(turn, args, "items", ())]))
    _resume(turn, application, "resubmitted", 0, items)
    return application


def withdraw(turn: Turn, args: Args) -> Application:
    """The merchant gives up.  Raises Refused once it is approved."""
    application = find(turn, args)
    if application.state not in UNDECIDED | {"rejected"}:
        raise wrong_state(application)
    _change(turn, application, "withdrawn", state="withdrawn", decided_us=turn.now)
    return application


def renew_code(turn: Turn, args: Args) -> Application:
    """A new activation code with a new term; also the way to activate a device again.  Raises Refused."""
    application = find(turn, args)
    if application.state != "approved":
        raise wrong_state(application)
    expires = turn.now + turn.settings.code_valid_us
    _change(turn, application, "renew_code", code=_new_code(turn), code_expires_us=expires, code_uses=0, code_tries=0)
    terminal = turn.state.terminal(application.mid, application.tid)
    if terminal is not None and terminal.activated:
        turn.record("terminal_changed", terminal=terminal.key, activated=False, session="never")
    return application


def bind(turn: Turn, args: Args) -> Application:
    """The merchant binds a device by its serial number; before the approval it is kept until then.  Raises Refused."""
    application = find(turn, args)
    if application.state not in UNDECIDED | {"approved"}:
        raise wrong_state(application)
    sn = text_of(turn, args, "sn")
    if not sn or not sn.isprintable():
        raise bad_argument("sn", "应为序列号", "must be a serial number")
    if application.sn == sn:
        return application
    _free_device(turn, sn, application.number)
    if application.sn:
        raise Refused("already_bound", Text("进件已绑定另一机具", "another device is bound to this application"))
    _change(turn, application, "bind", sn=sn)
    terminal = turn.state.terminal(application.mid, application.tid)
    if terminal is not None:
        bind_terminal(turn, terminal, sn, application.model)
    return application


def _free_device(turn: Turn, sn: str, application: str) -> None:
    device = turn.state.devices.get(sn)
    if device is not None and device.status in ("lost", "stolen"):
        raise Refused("device_reported", Text("机具已报失", "the device is reported lost or stolen"))
    claimed = any(
        a.sn == sn and a.number != application and a.state != "withdrawn" for a in turn.state.applications.values()
    )
    if claimed or (device is not None and device.terminal):
        raise Refused("bound_elsewhere", Text("机具已绑定其他终端", "the device is bound to another terminal"))


def position(turn: Turn, application: Application) -> int | None:
    """How many undecided applications came before it; None once it is decided."""
    if application.state != "in_review":
        return None
    before = [a for a in turn.state.applications.values() if a.number < application.number]
    return sum(a.state == "in_review" for a in before)
