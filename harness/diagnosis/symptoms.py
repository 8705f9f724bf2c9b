"""The table of symptoms: what somebody at one side could observe, and how it is found in the visible events.

A symptom knows neither scenarios nor what was injected; `causes.py` says what it speaks for and against.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from protocols.errors import DecodeError
from protocols.text import Text
from protocols.unionpay.activation import ActivationState, State, parse_state
from protocols.unionpay.dialect import CUP

from ..trace import Event
from .story import Exchange, Story, field_of

Json = Any


@dataclass(frozen=True, slots=True)
class Observation:
    """A symptom that was found: the events that show it (sequence numbers)."""

    symptom: str
    events: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Symptom:
    """`find` returns the sequence numbers of the events that show it, none when it is absent."""

    id: str
    text: Text
    find: Callable[[Story], list[int]]


ORDER_CAUSES = frozenset(
    (
        "not_self_tested",
        "not_connected",
        "not_activated",
        "already_activated",
        "no_tmk",
        "not_signed_in",
        "no_parameters",
        "no_aids",
        "no_public_keys",
        "batch_upload_pending",
        "nothing_to_reverse",
        "not_settling",
        "no_original",
        "original_settled",
        "already_voided",
        "wrong_order",
    )
)
"""What a terminal says when an operation comes before the one it needs."""

UNDECIDED = ("no_answer", "unknown")
LOST_ON_THE_WAY = ("no_answer", "reversed", "reversal_pending", "connection_lost", "register_timeout")
REVERSAL_FOR_NO_ANSWER = "98"
APPROVED = ("00", "10", "11", "A2", "A4", "A5", "A6")


def _both(story: Story) -> list[Exchange]:
    """The host line from wherever it was seen; the terminal's view first, for only it knows that a reply never came."""
    return story.exchanges("terminal") or story.exchanges("host")


def _activation_state(exchange: Exchange) -> ActivationState | None:
    if exchange.kind != "activation" or exchange.reply is None:
        return None
    wire = field_of(exchange.reply, 62)
    try:
        return parse_state(bytes.fromhex(wire), CUP)
    except (ValueError, DecodeError):
        return None


def _activation_says(*states: State) -> Callable[[Story], list[int]]:
    def find(story: Story) -> list[int]:
        found = []
        for party in ("terminal", "host"):
            for exchange in story.exchanges(party):
                said = _activation_state(exchange)
                if said is not None and said.state in states and exchange.reply is not None:
                    found.append(exchange.reply.seq)
        return found

    return find


def _activation_declined_pending(story: Story) -> list[int]:
    """F39 = D6 to an activation, with or without the TLV; the register sees it as the result of an operation."""
    told = [e.seq for e, outcome in story.outcomes() if outcome.get("op") == "activate" and outcome.get("code") == "D6"]
    return told + [x.reply.seq for x in _both(story) if x.kind == "activation" and x.code == "D6" and x.reply]


def _review_late(story: Story) -> list[int]:
    return [e.seq for e, a in story.portal("progress") if a.get("late") is True and a.get("state") == "in_review"]


def _later_application_decided(story: Story) -> list[int]:
    """An application that came later is approved or rejected while an earlier one still waits."""
    begun = [str(answer.get("application")) for _, answer in story.portal("apply")]
    last: dict[str, tuple[Event, str]] = {}
    for event, answer in story.portal("progress"):
        name = str(event.data["request"].get("application"))
        last[name] = (event, str(answer.get("state")))
        waiting = [n for n, (_, state) in last.items() if state == "in_review" and n in begun]
        for name, (later, state) in last.items():
            decided = state in ("approved", "rejected", "open") and name in begun
            if decided and any(begun.index(n) < begun.index(name) for n in waiting):
                return [later.seq]
    return []


def _refused_locally(story: Story) -> list[int]:
    return [e.seq for e, o in story.outcomes() if o.get("status") == "refused" and o.get("cause") in ORDER_CAUSES]


def _refused_without_session(story: Story) -> list[int]:
    """F39 = 77 to a terminal that has no sign-in with 00 since its last sign-off or settlement."""
    found, signed_in = [], False
    for exchange in _both(story):
        if exchange.kind == "sign_in":
            signed_in = exchange.code == "00"
        elif exchange.code == "77" and not signed_in and exchange.reply:
            found.append(exchange.reply.seq)
        if exchange.kind in ("sign_off", "settlement") and exchange.reply is not None and exchange.code in ("00", ""):
            signed_in = False
    return found


def _second_activation(story: Story) -> list[int]:
    states = _activation_says(State.ALREADY_ACTIVATED)(story)
    return states or [x.reply.seq for x in _both(story) if x.kind == "activation" and x.code == "40" and x.reply]


def _original_missing(story: Story) -> list[int]:
    """25 to a void or refund: there is no such sale in the open batch."""
    return [x.reply.seq for x in _both(story) if x.kind in ("void", "refund") and x.code == "25" and x.reply]


def _unknown_terminal_before_activation(story: Story) -> list[int]:
    """97 to a terminal that was never activated, or that the merchant has unbound."""
    activated = False
    found = []
    for exchange in _both(story):
        if exchange.kind == "activation" and exchange.code == "00":
            activated = True
        elif exchange.code == "97" and not activated and exchange.reply:
            found.append(exchange.reply.seq)
    return found


def _is_financial(exchange: Exchange) -> bool:
    return str(exchange.request.data["mti"]) in ("0100", "0200", "0220")


def _no_answer(story: Story) -> list[int]:
    """A financial request left the terminal and no reply that belongs to it came in."""
    return [x.request.seq for x in story.exchanges("terminal") if _is_financial(x) and x.reply is None]


def _reversal_for_no_answer(story: Story) -> list[int]:
    reversals = [x.request for x in _both(story) if _is_reversal(x)]
    return [request.seq for request in reversals if field_of(request, 39) == REVERSAL_FOR_NO_ANSWER]


def _is_reversal(exchange: Exchange) -> bool:
    return str(exchange.request.data["mti"]) == "0400"


def _undecided(story: Story) -> list[int]:
    """The cashier was told that there was no answer, or that the outcome is unknown."""
    ends = story.outcomes()
    return [e.seq for e, o in ends if o.get("status") in UNDECIDED and o.get("cause") in LOST_ON_THE_WAY]


def _financial_ids(story: Story, party: str) -> Mapping[tuple[str, str, str], Exchange]:
    found = {}
    for x in story.exchanges(party):
        if _is_financial(x):
            found[(field_of(x.request, 41), field_of(x.request, 60)[2:8], field_of(x.request, 11))] = x
    return found


def _request_never_arrived(story: Story) -> list[int]:
    """Both ends are visible: the terminal put a request out that the host never took in."""
    if next(story.of("bytes", "host"), None) is None and not story.exchanges("host"):
        return []
    arrived = _financial_ids(story, "host")
    return [
        x.request.seq for key, x in _financial_ids(story, "terminal").items() if x.reply is None and key not in arrived
    ]


def _reply_never_arrived(story: Story) -> list[int]:
    """Both ends are visible: the host answered, and the terminal took no reply in."""
    answered = _financial_ids(story, "host")
    found = []
    for key, x in _financial_ids(story, "terminal").items():
        other = answered.get(key)
        if x.reply is None and other is not None and other.reply is not None:
            found.append(other.reply.seq)
    return found


def _answered_later(story: Story) -> list[int]:
    """After the loss the same line carried an exchange again: it was not down for good."""
    lost = _no_answer(story)
    if not lost:
        return []
    return [x.reply.seq for x in story.exchanges("terminal") if x.reply and x.request.seq > lost[0]][:1]


SYMPTOMS: tuple[Symptom, ...] = (
    Symptom(
        "activation_in_review",
        Text("激活被拒：审核中，并给出环节与已等时间", "Activation refused: under review, with stage and age"),
        _activation_says(State.IN_REVIEW),
    ),
    Symptom(
        "activation_d6",
        Text("激活应答码 D6（未开通）", "Activation answered D6 (not opened)"),
        _activation_declined_pending,
    ),
    Symptom(
        "review_late",
        Text("进度查询：审核已超过承诺时间", "Progress query: the review is past its promised time"),
        _review_late,
    ),
    Symptom(
        "later_decided",
        Text("后提交的申请已有结果，先提交的仍在审核", "A later application is decided, the earlier one still waits"),
        _later_application_decided,
    ),
    Symptom(
        "refused_locally",
        Text(
            "终端未发报文即拒绝，缺少前一步操作",
            "The terminal refused without sending: an earlier operation is missing",
        ),
        _refused_locally,
    ),
    Symptom(
        "no_session_77",
        Text("主机答 77，而终端没有有效签到", "The host answers 77 and the terminal has no valid sign-in"),
        _refused_without_session,
    ),
    Symptom(
        "second_activation",
        Text("已激活的终端再次激活", "A second activation of an activated terminal"),
        _second_activation,
    ),
    Symptom(
        "original_missing",
        Text("撤销或退货找不到原交易（25）", "Void or refund without an original (25)"),
        _original_missing,
    ),
    Symptom(
        "unknown_97",
        Text("未激活的终端被主机答 97", "The host answers 97 to a terminal that was not activated"),
        _unknown_terminal_before_activation,
    ),
    Symptom("no_answer", Text("金融请求已发出，无应答", "A financial request left and no reply came"), _no_answer),
    Symptom(
        "reversal_98",
        Text("发出冲正，原因 98（无应答）", "A reversal with reason 98 (no answer)"),
        _reversal_for_no_answer,
    ),
    Symptom(
        "undecided",
        Text("收银员被告知无应答或结果未知", "The cashier was told: no answer, or outcome unknown"),
        _undecided,
    ),
    Symptom(
        "request_lost",
        Text("终端发出的请求没有到达主机", "The request left the terminal and never reached the host"),
        _request_never_arrived,
    ),
    Symptom(
        "reply_lost",
        Text("主机已应答，终端没有收到", "The host answered, the terminal took nothing in"),
        _reply_never_arrived,
    ),
    Symptom(
        "line_carried_again",
        Text("之后同一线路又有应答", "Afterwards the same line carried a reply again"),
        _answered_later,
    ),
)
"""In the order in which a report shows them."""


def observe(story: Story) -> tuple[Observation, ...]:
    """All symptoms of the table that are there."""
    found = ((symptom, symptom.find(story)) for symptom in SYMPTOMS)
    return tuple(Observation(symptom.id, tuple(dict.fromkeys(events))) for symptom, events in found if events)
