"""Activation as a message on the wire: which F39 and which state each cause gets.

The profile is posrig's own (`protocols.unionpay.activation`); the codes follow what Chanjet's 60.3 = 101 and the
activation-code platforms answer: 03 no application, draft or rejected, D6 in review or incomplete, 09 queued,
97 unknown, unbound, on its way, lost or stolen, C1 withdrawn, C2 merchant closed or suspended, 58 code or model not
allowed, 40 second activation.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from harness.machine import MINUTE_US
from protocols.errors import DecodeError
from protocols.text import Text
from protocols.unionpay.activation import ActivationRequest, ActivationState, Stage, State, build_state, parse_request

from .. import holds
from ..boarding import drafts, teams
from ..books.applications import Application
from ..books.parcels import ON_ITS_WAY
from ..hold_kinds import HOLD_KINDS
from ..oversight import compliance, versions
from ..replies import Outcome
from ..state import Terminal
from ..turn import Turn
from ..wire import Request

CODES: dict[State, str] = {
    State.NO_APPLICATION: "03",
    State.DRAFT: "03",
    State.REJECTED: "03",
    State.IN_REVIEW: "D6",
    State.INCOMPLETE: "D6",
    State.QUEUED: "09",
    State.NOT_SHIPPED: "97",
    State.IN_TRANSIT: "97",
    State.UNKNOWN_SERIAL: "97",
    State.UNBOUND: "97",
    State.LOST: "97",
    State.STOLEN: "97",
    State.SUSPENDED: "C2",
    State.CLOSED: "C2",
    State.WITHDRAWN: "C1",
    State.MODEL_NOT_CERTIFIED: "58",
    State.MODEL_SUSPENDED: "58",
    State.UPDATE_REQUIRED: "58",
    State.CODE_WRONG: "58",
    State.CODE_EXPIRED: "58",
    State.CODE_USED: "58",
    State.LOCKED: "58",
    State.ALREADY_ACTIVATED: "40",
    State.ACTIVATED: "00",
}
CAUSES: dict[State, str] = {State.IN_REVIEW: "review_pending", State.UNBOUND: "not_bound", State.ACTIVATED: ""}
"""Stable causes; every other state is its own."""


def activate(turn: Turn, request: Request) -> Outcome:
    """0800 with 60.3 = 101."""
    try:
        asked = parse_request(request.message.octets(59) or b"", request.dialect)
    except DecodeError as error:
        return Outcome("30", "format_error", Text("域 59 错", error.what.en), "F59")
    compliance.learn(turn, asked.serial_number, asked.application_version)
    terminal = _bound_terminal(turn, asked)
    told = _decide(turn, request, asked, terminal)
    state = State(told.state)
    text = _words(turn, told, terminal)
    outcome = Outcome(CODES[state], CAUSES.get(state, state.value), text, "activation")
    if state is State.ACTIVATED:
        assert terminal is not None
        outcome.fields |= {41: terminal.tid, 42: terminal.mid}
    if request.dialect.activation_tlv:
        outcome.fields[62] = build_state(told, request.dialect)
    versions.ask_of(turn, turn.state.devices.get(asked.serial_number), outcome)
    outcome.fields[56] = text.zh.encode("gbk", "replace")[:60]
    return outcome


def _bound_terminal(turn: Turn, asked: ActivationRequest) -> Terminal | None:
    device = turn.state.devices.get(asked.serial_number)
    return turn.state.terminals.get(device.terminal) if device else None


def _application_of(turn: Turn, asked: ActivationRequest, terminal: Terminal | None) -> Application | None:
    """By the device's terminal, by the serial number that was announced, by the code."""
    if terminal is not None and terminal.application:
        return turn.state.applications[terminal.application]
    alive = [a for a in turn.state.applications.values() if a.state != "withdrawn"]
    by_sn = [a for a in alive if a.sn == asked.serial_number]
    by_code = [a for a in alive if asked.code and a.code == asked.code]
    return next(iter(by_sn + by_code), None)


def _decide(turn: Turn, request: Request, asked: ActivationRequest, terminal: Terminal | None) -> ActivationState:
    device = turn.state.devices.get(asked.serial_number)
    if device is not None and device.status in ("lost", "stolen"):
        return ActivationState(State(device.status))
    if terminal is not None:
        refused = _terminal_state(turn, request, asked, terminal)
        if refused is not None:
            return refused
    application = _application_of(turn, asked, terminal)
    if application is None:
        return ActivationState(State.UNBOUND if device is not None else State.NO_APPLICATION)
    if application.state != "approved":
        return _undecided(turn, application)
    if application.sn != asked.serial_number or terminal is None:
        known = device is not None or not application.sn
        return ActivationState(State.UNBOUND if known else State.UNKNOWN_SERIAL, case_number=application.number)
    on_its_way = _not_arrived(turn, application)
    if on_its_way is not None:
        return on_its_way
    refused = _code(turn, asked, application) or _queued(turn, application)
    return refused or _success(turn, request, terminal, application)


def _not_arrived(turn: Turn, application: Application) -> ActivationState | None:
    """A device that the warehouse packed for this merchant, and that was not handed over to him yet."""
    if teams.waits(turn, teams.DISPATCH, application.number):
        return _waits(turn, application, Stage.DISPATCH)
    parcel = turn.state.parcels.of_sn(application.sn)
    if parcel is None or parcel.state != ON_ITS_WAY:
        return None
    return ActivationState(State.IN_TRANSIT, Stage.DISPATCH, case_number=parcel.number)


def _queued(turn: Turn, application: Application) -> ActivationState | None:
    """The activation team lets one after the other pass; whoever asks with a good code is in its queue."""
    number = application.number
    if teams.waits(turn, "activation", number) or (not application.cleared and teams.enter(turn, "activation", number)):
        return _waits(turn, application, Stage.ACTIVATION)
    return None


def _waits(turn: Turn, application: Application, stage: Stage) -> ActivationState:
    """Queued; DF8104 tells the position (posrig's choice), 1 being the next one."""
    place = teams.place(turn, application.number) or {}
    position = place.get("position")
    items = () if position is None else (f"position:{position}",)
    state = State.NOT_SHIPPED if position is None else State.QUEUED
    return ActivationState(state, stage, _age_minutes(turn, application), items, application.number)


def _terminal_state(
    turn: Turn, request: Request, asked: ActivationRequest, terminal: Terminal
) -> ActivationState | None:
    if terminal.activated:
        application = turn.state.applications.get(terminal.application)
        same_code = application is not None and application.code == asked.code
        if same_code and terminal.activation_stan == request.text(11):
            return ActivationState(State.ACTIVATED)  # the same request again: its answer was lost
        return ActivationState(State.ALREADY_ACTIVATED)
    merchant = turn.state.merchants[terminal.mid]
    if merchant.status != "open":
        return ActivationState(State(merchant.status))
    for held in holds.in_force(turn, holds.subjects_of(turn, terminal)):
        told = HOLD_KINDS[held.kind].activation
        if told is not None:
            items = tuple(held.facts.get("items", ()))
            stage = Stage.RECHECK if held.stage == "recheck" else None
            wanted = held.facts.get("wanted") or None
            return ActivationState(told, stage, item_codes=items, case_number=held.case, wanted_version=wanted)
    return ActivationState(State.WITHDRAWN) if terminal.status == "withdrawn" else None


def _age_minutes(turn: Turn, application: Application) -> int:
    return min(99_999_999, (turn.now - application.submitted_us) // MINUTE_US)


def _undecided(turn: Turn, application: Application) -> ActivationState:
    age = _age_minutes(turn, application)
    if application.state == "withdrawn":
        return ActivationState(State.NO_APPLICATION)
    if application.state == "rejected":
        return ActivationState(State.REJECTED, None, age, tuple(application.disputed), application.number)
    if application.state == "draft":
        draft = drafts.shown(turn, application)
        until = _stamp(turn, turn.state.drafts.all[application.number].expires_us)
        wanted = tuple(draft["wanted"]["items"])
        return ActivationState(State.DRAFT, Stage.SUBMITTED, age, wanted, application.number, valid_until=until)
    if teams.waits(turn, "review", application.number):
        return _waits(turn, application, Stage.DOCUMENTS)
    stage = Stage(turn.settings.stages[application.stage].name)
    items = tuple(application.missing)
    return ActivationState(State(application.state), stage, age, items, application.number)


def _stamp(turn: Turn, time_us: int) -> str:
    at = datetime.fromisoformat(turn.state.epoch) + timedelta(microseconds=time_us)
    return at.strftime("%Y%m%d%H%M")


def _code(turn: Turn, asked: ActivationRequest, application: Application) -> ActivationState | None:
    """What is wrong with the activation code; None when it is good.  Only a wrong code consumes a try."""
    limit = turn.settings.limits.code_tries
    left = max(0, limit - application.code_tries)
    expires = application.code_expires_us
    number = application.number
    if left == 0:
        return ActivationState(State.LOCKED, case_number=number, tries_left=0)
    if asked.code != application.code:
        turn.record("application_changed", application=number, code_tries=application.code_tries + 1)
        state = State.CODE_WRONG if left > 1 else State.LOCKED
        return ActivationState(state, case_number=number, tries_left=left - 1)
    if expires is not None and turn.now >= expires:
        return ActivationState(
            State.CODE_EXPIRED, case_number=number, valid_until=_stamp(turn, expires), tries_left=left
        )
    if application.code_uses:
        return ActivationState(State.CODE_USED, case_number=number, tries_left=left)
    return None


def _success(turn: Turn, request: Request, terminal: Terminal, application: Application) -> ActivationState:
    turn.record(
        "application_changed", application=application.number, code_uses=application.code_uses + 1, cleared=False
    )
    turn.record(
        "terminal_changed",
        terminal=terminal.key,
        activated=True,
        activation_stan=request.text(11),
        idle_since_us=turn.now,
        dialect=request.dialect.name,
        session="never",
    )
    turn.changed("device", terminal.sn, "bound", "activated", "activation")
    return ActivationState(State.ACTIVATED)


def _words(turn: Turn, told: ActivationState, terminal: Terminal | None) -> Text:
    state = State(told.state)
    text = state.text
    merchant = turn.state.merchants.get(terminal.mid) if terminal else None
    reason = merchant.reason if merchant is not None and state is State.CLOSED else ""
    if state is State.SUSPENDED and told.case_number in turn.state.holds.all:
        reason = HOLD_KINDS[turn.state.holds.all[told.case_number].kind].text.zh
    if state is State.REJECTED and told.case_number:
        reason = turn.state.applications[told.case_number].reason
    return Text(f"{text.zh}: {reason}", f"{text.en}: {reason}") if reason else text
