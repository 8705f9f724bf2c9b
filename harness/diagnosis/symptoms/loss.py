"""Symptoms of a request or a reply that was lost, and of where on the way that happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from protocols.text import Text

from ...machine import side_of
from ...trace import Event
from ..story import FINANCIAL, Exchange, Story, field_of
from ..symptom import Symptom, both_ends

UNDECIDED = ("no_answer", "unknown")
LOST_ON_THE_WAY = ("no_answer", "reversed", "reversal_pending", "connection_lost", "register_timeout")
REVERSAL_FOR_NO_ANSWER = "98"
NEVER_HAD_IT = "25"

Key = tuple[str, str, str]
"""Terminal id, batch, trace number."""


def _key(request: Event) -> Key:
    return field_of(request, 41), field_of(request, 60)[2:8], field_of(request, 11)


def _mti(exchange: Exchange) -> str:
    return str(exchange.request.data["mti"])


def _financial(story: Story, party: str) -> Mapping[Key, Exchange]:
    return {_key(x.request): x for x in story.exchanges(party) if _mti(x) in FINANCIAL}


def _unanswered(story: Story) -> list[Exchange]:
    """Financial requests of the terminal that got no reply although it has done with them: a recording that ends
    while the terminal still waits tells nothing, and one that started anew meanwhile waited for nothing."""
    return story.once(_left_open)


def _left_open(story: Story) -> list[Exchange]:
    waits_on = {e.party: e.seq for e in story.events if side_of(e.party) == "terminal" and _goes_on(e)}
    lost = (x for x in story.exchanges("terminal") if _mti(x) in FINANCIAL and x.reply is None)
    starts = {party: [e.seq for e in story.of("boot", party)] for party in story.terminals}
    over = [x for x in lost if x.request.seq < waits_on.get(x.party, 0)]
    return [x for x in over if not _started_anew(story, x, starts[x.party])]


def _started_anew(story: Story, lost: Exchange, starts: Sequence[int]) -> bool:
    """The terminal started again before it had done with the request."""
    start = next((seq for seq in starts if seq > lost.request.seq), None)
    if start is None:
        return False
    own = (e.seq for e in story.events if e.party == lost.party and e.seq > lost.request.seq and _goes_on(e))
    return start < next(own, start + 1)


def _goes_on(event: Event) -> bool:
    """The end of an operation, or a later message out."""
    if event.kind == "operation":
        return event.data.get("phase") == "end"
    return event.kind == "message" and event.data.get("dir") == "out" and bool(event.data.get("mti"))


def _reversals(story: Story) -> list[Exchange]:
    """Reversals for want of an answer (F39 = 98).

    Not those whose original was answered in time, or that the host calls impossible: they tell of a person who asked
    for a reversal of nothing.
    """
    answered = {key for key, x in _financial(story, "terminal").items() if x.reply is not None}
    all_98 = (x for x in both_ends(story) if _mti(x) == "0400" and field_of(x.request, 39) == REVERSAL_FOR_NO_ANSWER)
    mine = [x for x in all_98 if _key(x.request) not in answered]
    declined = {str(o.get("stan")) for _, o in story.outcomes() if _is_reversal_declined(o)}
    return [x for x in mine if field_of(x.request, 11) not in declined]


def _is_reversal_declined(outcome: Mapping[str, object]) -> bool:
    return outcome.get("op") in ("reversal", "send_reversal") and outcome.get("status") == "declined"


def _no_answer(story: Story) -> list[int]:
    """A financial request left the terminal and no reply that belongs to it came in."""
    return [x.request.seq for x in _unanswered(story)]


def _reversal_for_no_answer(story: Story) -> list[int]:
    return [x.request.seq for x in _reversals(story)]


def _undecided(story: Story) -> list[int]:
    """The cashier was told that there was no answer, or that the outcome is unknown."""
    ends = story.outcomes()
    return [e.seq for e, o in ends if o.get("status") in UNDECIDED and o.get("cause") in LOST_ON_THE_WAY]


def _host_is_visible(story: Story) -> bool:
    return next(story.of("bytes", "host"), None) is not None or bool(story.exchanges("host"))


def _request_lost(story: Story) -> list[int]:
    """Both ends are visible: the terminal put a request out that the host never took in.

    A host that hung up before it read anything has lost nothing on the way.
    """
    if not _host_is_visible(story):
        return []
    arrived = _financial(story, "host")
    lost = [x.request for x in _unanswered(story) if _key(x.request) not in arrived]
    return [request.seq for request in lost if not _hung_up(story, request)]


def _hung_up(story: Story, request: Event) -> bool:
    """The host closed a connection of that moment itself, without an octet read from it."""
    own = [e for e in story.of("link", request.party) if e.data.get("link") != "register"]
    dialled = max((e.seq for e in own if e.seq < request.seq and e.data.get("what") == "dial"), default=0)
    ended = min((e.seq for e in own if e.seq > request.seq and e.data.get("what") == "closed"), default=0)
    while_open = [e for e in story.events if dialled < e.seq <= ended and side_of(e.party) == "host"]
    read = {e.data.get("link") for e in while_open if e.kind == "bytes"}
    shut = [e for e in while_open if e.kind == "link" and e.data.get("reason") == "local"]
    return any(e.data.get("link") not in read for e in shut)


def _reply_lost(story: Story) -> list[int]:
    """Both ends are visible: the host answered, and the terminal took no reply in."""
    answered = _financial(story, "host")
    others = (answered.get(_key(x.request)) for x in _unanswered(story) if not _came_in(story, x.request))
    return [other.reply.seq for other in others if other is not None and other.reply is not None]


def _came_in(story: Story, request: Event) -> bool:
    """A whole frame came in after the request, and the terminal could make nothing of it."""
    later = (e for e in story.events if e.party == request.party and e.seq > request.seq)
    for event in later:
        if _goes_on(event):
            return False
        if event.kind == "noise" and event.data.get("link") != "register":
            return True
    return False


def _reply_cut(story: Story) -> list[int]:
    """A part of a reply came in and the connection was gone: octets that never became a frame."""
    waits = {x.request.seq for x in _unanswered(story)}
    found: list[int] = []
    waiting: set[str] = set()
    for event in story.events:
        if side_of(event.party) != "terminal":
            continue
        if event.seq in waits:
            waiting.add(event.party)
        elif _goes_on(event):
            waiting.discard(event.party)
        elif event.party in waiting and event.kind == "bytes" and _is_part(event):
            found.append(event.seq)
    return found


def _is_part(event: Event) -> bool:
    """A trace keeps length and hash of octets that stayed incomplete, and nothing else."""
    return event.data.get("link") == "host" and event.data.get("dir") == "in" and "hex" not in event.data


def _reversal_answered(*codes: str) -> Callable[[Story], list[int]]:
    def find(story: Story) -> list[int]:
        return [x.reply.seq for x in _reversals(story) if x.reply is not None and x.code in codes]

    return find


def _answered_later(story: Story) -> list[int]:
    """After the loss the same line carried an exchange again: it was not down for good."""
    lost = _unanswered(story)
    if not lost:
        return []
    first = lost[0].request
    later = (x for x in story.exchanges("terminal") if x.party == first.party and x.request.seq > first.seq)
    return [x.reply.seq for x in later if x.reply][:1]


SYMPTOMS: tuple[Symptom, ...] = (
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
        Text("请求丢失：终端已发出，没有到达主机", "Request lost: it left the terminal and never reached the host"),
        _request_lost,
    ),
    Symptom(
        "reply_lost",
        Text("应答丢失：主机已应答，终端没有收到", "Reply lost: the host answered, the terminal took nothing in"),
        _reply_lost,
    ),
    Symptom(
        "reply_cut",
        Text("应答只到了一部分，连接随即中断", "Only a part of the reply came, and the connection was gone"),
        _reply_cut,
    ),
    Symptom(
        "reversal_25",
        Text("冲正答 25：主机从未收到原交易（请求丢失）", "Reversal answered 25: the host never had the request"),
        _reversal_answered(NEVER_HAD_IT),
    ),
    Symptom(
        "reversal_00",
        Text("冲正答 00：主机已入账（丢的是应答）", "Reversal answered 00: the host had booked, the reply was lost"),
        _reversal_answered("00"),
    ),
    Symptom(
        "line_carried_again",
        Text("之后同一线路又有应答", "Afterwards the same line carried a reply again"),
        _answered_later,
    ),
)
