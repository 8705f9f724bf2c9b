"""How the host can be made to misbehave: a table of named behaviours, each with its settings.

They are durable like everything else the host knows, so that a host that is killed goes on misbehaving until it is
healed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from protocols.text import Text
from protocols.unionpay.message import Message

from .asks import Args, Refused, Value, bad_argument
from .boarding import parcels, teams
from .books.applications import Application
from .money.issuer_scripts import begin_script
from .state import State
from .turn import Turn
from .wire import Request

ANSWER = {"kinds": list, "tid": str, "count": int}
"""Settings of everything that concerns answers: names of kinds (none: all), one terminal, how many times (none:
until healed).
"""


@dataclass(frozen=True)
class BehaviourKind:
    """One row: what it does, its settings with their types, and which of them must be given."""

    text: Text
    settings: Mapping[str, type]
    required: tuple[str, ...] = ()
    begin: Callable[[Turn, Value], None] = lambda turn, settings: None
    """What happens when it starts; raises Refused for settings that make no sense."""
    end: Callable[[Turn, Value], None] = lambda turn, settings: None
    """What happens just before it is healed."""


def _resume_reviews(turn: Turn, settings: Value) -> None:
    """A stage that was held past its time ends when it is let go, not in the past."""
    for application in turn.state.applications.values():
        due = application.due_us
        if application.state == "in_review" and due is not None and due < turn.now:
            turn.record("application_changed", application=application.number, due_us=turn.now)


BEHAVIOURS: Mapping[str, BehaviourKind] = {
    "review_held": BehaviourKind(
        Text("审核被搁置", "the review of this application, or of this merchant's, does not go on"),
        {"application": str, "merchant": str, "until_us": int},
        end=_resume_reviews,
    ),
    "backlog": BehaviourKind(
        Text("积压", "a team takes up `per_day` (1), behind `ahead` (0) others: review, dispatch or activation"),
        {"queue": str, "per_day": int, "ahead": int},
        ("queue",),
        teams.begin_backlog,
        teams.end_backlog,
    ),
    "parcel_held": BehaviourKind(
        Text("包裹滞留", "the carrier does not move this parcel (none named: any)"),
        {"parcel": str},
        end=parcels.let_go,
    ),
    "no_multi_merchant": BehaviourKind(
        Text("服务商不支持多商户", "the provider has no multi-merchant function: further accounts are answered 40"), {}
    ),
    "enabling_forgotten": BehaviourKind(
        Text("漏开终端上的商户", "an approved further account is not enabled on its terminal"), {}
    ),
    "no_fallback": BehaviourKind(
        Text("主机不接受降级交易", "the host takes no stripe in place of a chip: fallback is answered 45"), {}
    ),
    "chip_demanded": BehaviourKind(
        Text("主机要求芯片交易", "the host takes no stripe of a card that has a chip, whatever the terminal reads: 45"),
        {},
    ),
    "arqc_unchecked": BehaviourKind(Text("主机不校验 ARQC", "the host checks no cryptogram and no counter"), ANSWER),
    "arqc_refused": BehaviourKind(
        Text("主机发卡行密钥错", "the host's issuer keys are wrong: every cryptogram is refused"), ANSWER
    ),
    "issuer_refuses": BehaviourKind(
        Text("发卡行拒绝芯片卡", "the issuer of this name (none: each) refuses its cards, with `code` (05)"),
        {**ANSWER, "issuer": str, "code": str},
    ),
    "wrong_arpc": BehaviourKind(Text("ARPC 错", "the ARPC of the answer is wrong"), ANSWER),
    "script": BehaviourKind(
        Text("下发发卡行脚本", "issuer scripts to the card `pan` (none: each): `commands` in `template` 71 or 72 (72)"),
        {**ANSWER, "pan": str, "commands": list, "template": int},
        ("commands",),
        begin_script,
    ),
    "wrong_script_mac": BehaviourKind(Text("发卡行脚本 MAC 错", "MACs of issuer scripts are wrong"), ANSWER),
    "no_arpc": BehaviourKind(Text("应答无 ARPC", "the answer has no issuer authentication data"), ANSWER),
    "no_answer": BehaviourKind(Text("处理但不应答", "processed, but not answered"), ANSWER),
    "answer_late": BehaviourKind(Text("应答延迟", "the answer is late"), {**ANSWER, "delay_us": int}, ("delay_us",)),
    "wrong_mac": BehaviourKind(Text("应答 MAC 错", "F64 of the answer is wrong"), ANSWER),
    "stale_trace": BehaviourKind(Text("应答流水号错", "F11 of the answer is that of the request before"), ANSWER),
    "duplicate_answer": BehaviourKind(Text("应答重复", "the answer comes twice"), ANSWER),
    "decline": BehaviourKind(
        Text("拒绝", "declined with this code, nothing booked"), {**ANSWER, "code": str}, ("code",)
    ),
    "sign_in_required": BehaviourKind(Text("要求重新签到", "header requirement 3 in every answer"), ANSWER),
}


def cause(turn: Turn, args: Args) -> Value:
    """Start a behaviour: `{behaviour, ...settings}`.  Raises Refused."""
    name = args.get("behaviour")
    row = BEHAVIOURS.get(name) if isinstance(name, str) else None
    if row is None:
        known = ", ".join(BEHAVIOURS)
        raise Refused(
            "unknown_behaviour", Text(f"未知行为 {name}；可用: {known}", f"unknown behaviour {name}; known: {known}")
        )
    settings: Value = {key: value for key, value in args.items() if key != "behaviour" and value is not None}
    for key, value in settings.items():
        wanted = row.settings.get(key)
        if wanted is None:
            raise bad_argument(key, f"可用: {', '.join(row.settings)}", f"known settings: {', '.join(row.settings)}")
        if not isinstance(value, wanted) or isinstance(value, bool) or (isinstance(value, int) and value < 0):
            raise bad_argument(key, f"类型应为 {wanted.__name__}", f"must be a {wanted.__name__}")
    for key in row.required:
        if key not in settings:
            raise bad_argument(key, "必须给出", "must be given")
    if "until_us" in settings:
        settings["until_us"] += turn.shift_us
    row.begin(turn, settings)
    turn.record("setting", behaviour=name, settings=settings, left=settings.get("count"))
    return {"behaviour": name}


def heal(turn: Turn, args: Args) -> Value:
    """End a behaviour; without a name, all of them."""
    name = args.get("behaviour")
    for one in [name] if name is not None else list(turn.state.behaviours):
        if one in turn.state.behaviours:
            BEHAVIOURS[one].end(turn, turn.state.behaviours[one].settings)
            turn.record("setting_cleared", behaviour=one)
    return {"behaviour": name}


def held_until(state: State, application: Application) -> int | None:
    """When the current stage of the application ends, None while it is held without end."""
    held = state.behaviours.get("review_held")
    if held is None or application.due_us is None:
        return application.due_us
    number, merchant = held.settings.get("application"), held.settings.get("merchant")
    names = (application.merchant.get("name"), application.mid or None)
    if (number is not None and number != application.number) or (merchant is not None and merchant not in names):
        return application.due_us
    until = held.settings.get("until_us")
    return None if until is None else max(application.due_us, until)


def takes(turn: Turn, name: str, request: Request) -> Value | None:
    """The settings of an active behaviour that concerns this request, which uses it up by one; None otherwise."""
    behaviour = turn.state.behaviours.get(name)
    if behaviour is None or behaviour.left == 0:
        return None
    settings = behaviour.settings
    kinds = settings.get("kinds") or [request.name]
    if request.name not in kinds or settings.get("tid", request.text(41)) != request.text(41):
        return None
    if behaviour.left is not None:
        turn.record("setting_used", behaviour=name)
    return settings


def spoil(turn: Turn, request: Request, reply: Message) -> Message:
    """The reply with what was asked to be wrong in it."""
    mac = reply.octets(64)
    stan = reply.text(11)
    if stan is not None and takes(turn, "stale_trace", request) is not None:
        reply = reply.replacing({11: f"{(int(stan) - 2) % 999_999 + 1:06d}"})
    if mac is not None and takes(turn, "wrong_mac", request) is not None:
        # A hex digit stays a hex digit, so that only the value is wrong and not its form.
        other = b"0" if mac[:1] != b"0" else b"1"
        reply = reply.replacing({64: other + mac[1:]})
    return reply
