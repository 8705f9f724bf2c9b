"""Symptoms of an application and its review: what the portal says, and what an activation is told."""

from __future__ import annotations

from collections.abc import Callable

from protocols.errors import DecodeError
from protocols.text import Text
from protocols.unionpay.activation import ActivationState, State, parse_state
from protocols.unionpay.dialect import CUP

from ...trace import Event
from ..story import Exchange, Story, field_of
from ..symptom import Symptom, both_ends


def _activation_state(exchange: Exchange) -> ActivationState | None:
    if exchange.kind != "activation" or exchange.reply is None:
        return None
    wire = field_of(exchange.reply, 62)
    try:
        return parse_state(bytes.fromhex(wire), CUP)
    except (ValueError, DecodeError):
        return None


def activation_says(*states: State) -> Callable[[Story], list[int]]:
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
    return told + [x.reply.seq for x in both_ends(story) if x.kind == "activation" and x.code == "D6" and x.reply]


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


SYMPTOMS: tuple[Symptom, ...] = (
    Symptom(
        "activation_in_review",
        Text("激活被拒：审核中，并给出环节与已等时间", "Activation refused: under review, with stage and age"),
        activation_says(State.IN_REVIEW),
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
)
