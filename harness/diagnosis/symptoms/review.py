"""Symptoms of an application and its review: what the portal says, and what an activation is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from protocols.errors import DecodeError
from protocols.text import Text
from protocols.unionpay.activation import ActivationState, State, parse_state
from protocols.unionpay.dialect import CUP

from ...machine import DAY_US
from ...trace import Event
from ..story import Exchange, Story, field_of
from ..symptom import Symptom, both_ends

Answer = Mapping[str, Any]
Find = Callable[[Story], list[int]]


class Told(NamedTuple):
    """What an activation was told, as the wire or the terminal's own result showed it (event `seq`)."""

    seq: int
    state: str
    items: tuple[str, ...] = ()


def _activation_state(exchange: Exchange) -> ActivationState | None:
    if exchange.kind != "activation" or exchange.reply is None:
        return None
    wire = field_of(exchange.reply, 62)
    try:
        return parse_state(bytes.fromhex(wire), CUP)
    except (ValueError, DecodeError):
        return None


def told_to_activations(story: Story) -> tuple[Told, ...]:
    """The states that activations were answered with, where the dialect tells them (F62)."""
    return story.once(_told)


def _told(story: Story) -> tuple[Told, ...]:
    return tuple(_each_told(story))


def _each_told(story: Story) -> Iterator[Told]:
    for party in ("terminal", "host"):
        for exchange in story.exchanges(party):
            said = _activation_state(exchange)
            if said is not None and exchange.reply is not None:
                yield Told(exchange.reply.seq, str(said.state), said.item_codes)
    for event, outcome in story.outcomes():
        detail = outcome.get("detail")
        if outcome.get("op") == "activate" and isinstance(detail, Mapping):
            yield Told(event.seq, str(detail.get("state")), tuple(map(str, detail.get("items") or ())))


def activation_says(*states: State, wanted: Callable[[Told], bool] = lambda told: True) -> Find:
    """Activations that were told one of `states`."""
    return lambda story: [told.seq for told in told_to_activations(story) if told.state in states and wanted(told)]


def progress_says(wanted: Callable[[Answer], bool]) -> Find:
    """Progress queries whose answer is like that."""
    return lambda story: [event.seq for event, answer in story.portal("progress") if _own(answer) and wanted(answer)]


def _own(answer: Answer) -> bool:
    """About a merchant of his own; a further account on a terminal that sells has symptoms of its own (`accounts`)."""
    return not answer.get("account_of")


def held_for(kind: str) -> Find:
    """Status queries that list a hold of this kind on the merchant, his terminal or device."""

    def holds(answer: Answer) -> Iterator[Answer]:
        for terminal in answer.get("terminals") or ():
            yield from terminal.get("holds") or ()

    return lambda story: [e.seq for e, a in story.portal("status") if any(h.get("kind") == kind for h in holds(a))]


def activation_answered(code: str) -> Find:
    """F39 of an activation, with or without the TLV; the register sees it as the result of an operation."""

    def find(story: Story) -> list[int]:
        ends = story.outcomes()
        told = [e.seq for e, outcome in ends if outcome.get("op") == "activate" and outcome.get("code") == code]
        return told + [x.reply.seq for x in both_ends(story) if x.kind == "activation" and x.code == code and x.reply]

    return find


def _later_application_decided(story: Story) -> list[int]:
    """A later application is approved or rejected while an earlier one, seen on the same day, still waits."""
    begun = [str(answer.get("application")) for _, answer in story.portal("apply")]
    last: dict[str, tuple[Event, str]] = {}
    for event, answer in story.portal("progress"):
        name = str(event.data["request"].get("application"))
        last = {n: seen for n, seen in last.items() if event.t_us - seen[0].t_us < DAY_US}
        last[name] = (event, str(answer.get("state")))
        waiting = [n for n, (_, state) in last.items() if state == "in_review" and n in begun]
        for name, (later, state) in last.items():
            decided = state in ("approved", "rejected", "open") and name in begun
            if decided and any(begun.index(n) < begun.index(name) for n in waiting):
                return [later.seq]
    return []


def _congested(answer: Answer) -> bool:
    """It waits for a team longer than promised, or those ahead of it do, and nobody who came later was taken up.

    One without a position does not wait for its turn: something else holds it.
    """
    queue = answer.get("queue")
    queue = queue if isinstance(queue, Mapping) and queue.get("position") is not None else None
    late = queue is not None and bool(queue.get("late") or queue.get("ahead_late"))
    return late and queue is not None and not queue.get("overtaken")


def _is(state: str) -> Callable[[Answer], bool]:
    return lambda answer: answer.get("state") == state


SYMPTOMS: tuple[Symptom, ...] = (
    Symptom(
        "activation_in_review",
        Text("激活被拒：审核中，并给出环节与已等时间", "Activation refused: under review, with stage and age"),
        activation_says(State.IN_REVIEW),
    ),
    Symptom(
        "activation_d6",
        Text("激活应答码 D6（未开通）", "Activation answered D6 (not opened)"),
        activation_answered("D6"),
    ),
    Symptom(
        "activation_03",
        Text("激活应答码 03（商户无效）", "Activation answered 03 (no valid merchant)"),
        activation_answered("03"),
    ),
    Symptom(
        "review_late",
        Text("进度查询：审核已超过承诺时间", "Progress query: the review is past its promised time"),
        progress_says(lambda answer: answer.get("late") is True and answer.get("state") == "in_review"),
    ),
    Symptom(
        "later_decided",
        Text("后提交的申请已有结果，先提交的仍在审核", "A later application is decided, the earlier one still waits"),
        _later_application_decided,
    ),
    Symptom(
        "activation_rejected",
        Text("激活被拒：审核未通过，未指明资料", "Activation refused: rejected by the review, no item named"),
        activation_says(State.REJECTED, wanted=lambda told: not told.items),
    ),
    Symptom(
        "review_rejected",
        Text("进度查询：审核未通过，有原因，资料均属实", "Progress query: rejected with a reason, no item untrue"),
        progress_says(lambda answer: answer.get("state") == "rejected" and not answer.get("disputed")),
    ),
    Symptom(
        "activation_disputed",
        Text("激活被拒：审核未通过，指明不实的资料", "Activation refused: rejected, the untrue item is named"),
        activation_says(State.REJECTED, wanted=lambda told: bool(told.items)),
    ),
    Symptom(
        "documents_disputed",
        Text("进度查询：指明的资料与工商登记不符", "Progress query: the item named disagrees with the register"),
        progress_says(lambda answer: bool(answer.get("disputed"))),
    ),
    Symptom(
        "recheck_disputed",
        Text("状态查询：因资料不实暂停，指明资料", "Status query: on hold for untrue documents, the item named"),
        held_for("false_documents"),
    ),
    Symptom(
        "activation_incomplete",
        Text("激活被拒：资料不齐全，指明缺少的资料", "Activation refused: documents missing, each named"),
        activation_says(State.INCOMPLETE),
    ),
    Symptom(
        "items_missing",
        Text("进度查询：缺少的资料逐项列出", "Progress query: the missing items are listed"),
        progress_says(_is("incomplete")),
    ),
    Symptom(
        "recheck_missing",
        Text("状态查询：因资料不齐全暂停，逐项列出", "Status query: on hold for missing documents, each named"),
        held_for("incomplete"),
    ),
    Symptom(
        "activation_queued",
        Text("激活被拒：排队处理中，并给出位置", "Activation refused: queued at the provider, with its position"),
        activation_says(State.QUEUED),
    ),
    Symptom(
        "activation_09",
        Text("激活应答码 09（处理中）", "Activation answered 09 (in process)"),
        activation_answered("09"),
    ),
    Symptom(
        "team_congested",
        Text(
            "进度查询：在队列中超时，前面的也都超时，后来的申请也未先办",
            "Progress query: late in a queue, those ahead are late too, nobody behind is taken up",
        ),
        progress_says(_congested),
    ),
    Symptom(
        "activation_draft",
        Text("激活被拒：申请仍是草稿，未提交", "Activation refused: the application is a draft"),
        activation_says(State.DRAFT),
    ),
    Symptom(
        "draft_left",
        Text(
            "进度查询：草稿，有编号、最后完成的步骤和有效期", "Progress query: a draft, its last step and expiry date"
        ),
        progress_says(_is("draft")),
    ),
    Symptom(
        "activation_unknown",
        Text("激活被拒：没有进件记录", "Activation refused: no application on record"),
        activation_says(State.NO_APPLICATION),
    ),
    Symptom(
        "no_record",
        Text("状态查询：该序列号没有任何记录", "Status query: nothing is on record for the serial number"),
        lambda story: [event.seq for event, answer in story.portal("status") if answer.get("cause") == "sn_unknown"],
    ),
)
