"""From the box to the master key: self-test, connect, activate, load master key."""

from __future__ import annotations

from protocols.errors import PosrigError
from protocols.text import Text
from protocols.unionpay import activation
from protocols.unionpay.message import Value

from ...machine import Json
from ..desk import Desk
from ..hardware.parts import PARTS, failed_parts
from ..outcome import Outcome, declined, done, no_answer, refused
from ..software import install
from ..texts import CAUSES
from ..vault import combined
from ..wants import Answered, Dial, NoReply, Order, Reply, Step
from .common import ask
from .reversal import to_people

STATE_CAUSES: dict[str, str] = {
    "in_review": "review_pending",
    "incomplete": "application_incomplete",
    "queued": "queued",
    "already_activated": "already_activated",
    "unbound": "not_bound",
}
"""State names of the activation reply that have a cause of another name; the others are causes as they are."""


def self_test(desk: Desk, order: Order) -> Step[Outcome]:
    """Look at every part; no frame.  The Outcome names those that failed (`parts`)."""
    yield from ()
    failed = failed_parts(desk)
    desk.save({"kind": "self_tested"}, events=() if failed else ("self_test_passed",))
    if not failed:
        install.confirm(desk)
        return done(order.op)
    if desk.state.life_cycle == "tampered":
        return {**refused(order.op, "tampered"), "parts": failed}
    said, names = CAUSES["self_test_failed"], [PARTS[part].text for part in failed]
    zh, en = "、".join(name.zh for name in names), ", ".join(name.en for name in names)
    text = {"zh": f"{said.zh}：{zh}", "en": f"{said.en}: {en}"}
    return {**refused(order.op, "self_test_failed"), "text": text, "parts": failed}


def connect(desk: Desk, order: Order) -> Step[Outcome]:
    """Reach the host's port, or try another `address` over the same line; no frame."""
    address = str(order.args.get("address", ""))
    answered: Answered = yield Dial(address)
    if isinstance(answered, NoReply) and answered.why != "up":
        return no_answer(order.op, answered)
    if not address:
        desk.save(events=("host_reached",))
    return done(order.op)


def activate(desk: Desk, order: Order) -> Step[Outcome]:
    """0800 / 101 with serial number and activation code (posrig's own profile)."""
    code = str(order.args.get("code") or desk.settings.activation_code)
    factor = f"{desk.settings.rng.randrange(10**6):06d}"
    request = activation.ActivationRequest(
        desk.profile.device_type,
        desk.settings.serial,
        factor,
        desk.vault.serial_ciphertext(desk.settings.serial, factor),
        desk.version,
        code,
    )
    extra: dict[int, Value] = {59: activation.build_request(request, desk.dialect)}
    answered = yield from ask(desk, "activation", extra)
    if isinstance(answered, NoReply):
        return no_answer(order.op, answered)
    reply = answered.message
    tid, mid = reply.text(41), reply.text(42)
    if answered.code == "00" and tid and mid:
        name = (reply.octets(43) or b"").decode("gbk", "replace").strip()
        events = ("unbound", "activation_granted") if desk.state.disowned else ("activation_granted",)
        if (tid, mid) != (desk.state.tid, desk.state.mid):
            to_people(desk)  # whoever knew the former numbers is not asked any more, and the new ones mean another shop
        desk.save({"kind": "identity", "tid": tid, "mid": mid, "merchant_name": name}, events=events)
        return done(order.op)
    return _not_activated(desk, order, answered)


def _not_activated(desk: Desk, order: Order, answered: Reply) -> Outcome:
    told = answered.message.octets(62)
    state: activation.ActivationState | None = None
    if told:
        try:
            state = activation.parse_state(told, desk.dialect)
        except PosrigError as error:
            desk.note("noise", {"link": "host", "hex": told.hex().upper(), "reason": str(error)})
    if state is None:
        cause = "already_activated" if answered.code == "40" else ""
        return _worded(declined(order.op, answered.code, cause), answered)
    name = str(state.state)
    result = declined(order.op, answered.code, STATE_CAUSES.get(name, name))
    if isinstance(state.state, activation.State):
        words = state.state.text
        if isinstance(state.stage, activation.Stage):
            words = Text(f"{words.zh}：{state.stage.text.zh}", f"{words.en}: {state.stage.text.en}")
        result["text"] = {"zh": words.zh, "en": words.en}
    detail: dict[str, Json] = {
        "state": name,
        "stage": str(state.stage) if state.stage else "",
        "age_minutes": state.age_minutes,
        "items": list(state.item_codes),
        "case": state.case_number or "",
        "wanted_version": state.wanted_version or "",
        "valid_until": state.valid_until or "",
        "tries_left": state.tries_left,
    }
    return {**result, "detail": detail}


def _worded(result: Outcome, answered: Reply) -> Outcome:
    """The host's own words (F56, GBK) where it sent some."""
    words = (answered.message.octets(56) or b"").decode("gbk", "replace").strip()
    return {**result, "text": {"zh": words, "en": result["text"]["en"]}} if words else result


def load_master_key(desk: Desk, order: Order) -> Step[Outcome]:
    """The TMK from its components, as the key-loading room hands them over; checked by its KCV.  No frame."""
    yield from ()
    components, kcv = order.args.get("components"), str(order.args.get("kcv", ""))
    if not components:
        return refused(order.op, "no_components")
    try:
        tmk = combined(components, kcv, desk.dialect)
    except (PosrigError, ValueError, TypeError):
        return refused(order.op, "bad_request")
    if tmk is None:
        return refused(order.op, "kcv_mismatch")
    sealed = desk.vault.sealed(tmk)
    desk.save({"kind": "tmk", "tmk": sealed, "working_keys": "", "signed_in": False}, events=("tmk_loaded",))
    return done(order.op)


def unbind(desk: Desk, order: Order) -> Step[Outcome]:
    """Not the terminal's business: the portal does it."""
    yield from ()
    return refused(order.op, "portal_only")
