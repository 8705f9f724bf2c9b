"""Symptoms of the way to the host: dials that fail, and a line that loses what it carries (`line` has the rest)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from protocols.text import Text

from ...machine import side_of
from ...trace import Event
from ..story import Exchange, Story, field_of
from ..symptom import Symptom

Json = Any
LINE_LINKS = ("host", "backup", "tunnel")
LINE_SETTINGS = frozenset(
    ("host_address", "backup_address", "backup_line", "apn", "dns", "ca", "server_name", "own_certificate")
)
"""Names of the parameter menu that decide where the terminal dials, and whom it trusts there."""
NOT_DIALLED = frozenset(
    (
        "connection_refused",
        "network_unreachable",
        "name_not_found",
        "connect_timeout",
        "no_line",
        "connect_reset",
        "no_connection",
    )
)
TLS = "tls_"
FAILED = ("no_answer", "unknown")
SCATTERED_MIN = 3
"""So many losses, and so many successes between them, are no accident."""


def is_unreached(outcome: Mapping[str, Json]) -> bool:
    """The operation ended because nothing could be dialled."""
    cause = str(outcome.get("cause") or "")
    return cause in NOT_DIALLED or cause.startswith(TLS)


def _ended_with(*causes: str) -> Callable[[Story], list[int]]:
    return lambda story: [e.seq for e, outcome in story.outcomes() if outcome.get("cause") in causes]


def _tls_refused(story: Story) -> list[int]:
    return [e.seq for e, outcome in story.outcomes() if str(outcome.get("cause") or "").startswith(TLS)]


# what tells line, settings and host apart


def _settings_changed(story: Story) -> list[int]:
    """The log of the menu: the way to the host was changed, and since then the terminal has not reached it."""
    changed: dict[str, int] = {}
    found = []
    for event in story.events:
        if event.kind == "audit" and event.data.get("what") == "configured":
            if LINE_SETTINGS & set(event.data.get("names", ())):
                changed[event.party] = event.seq
        elif event.kind == "operation" and event.data.get("phase") == "end":
            outcome = event.data.get("outcome") or {}
            if event.party in changed and is_unreached(outcome):
                found.append(changed[event.party])
            elif outcome.get("status") in ("done", "declined") and event.data.get("op") != "parameter_menu":
                changed.pop(event.party, None)
    return found


def _connects(story: Story) -> Iterator[tuple[Event, str, Mapping[str, Json]]]:
    """The end of each `connect`, with the other address that was tried ("" for the host's)."""
    address: dict[str, str] = {}
    for event in story.of("operation"):
        if event.data.get("op") != "connect":
            continue
        if event.data.get("phase") == "begin":
            address[event.party] = str((event.data.get("args") or {}).get("address") or "")
        else:
            yield event, address.get(event.party, ""), event.data.get("outcome") or {}


def _other_address(works: bool) -> Callable[[Story], list[int]]:
    """After the host was not reached, another address over the same line was tried."""

    def find(story: Story) -> list[int]:
        failed = [e.seq for e, outcome in story.outcomes() if is_unreached(outcome)]
        tried = [(e, o) for e, address, o in _connects(story) if address and failed and e.seq > failed[0]]
        return [e.seq for e, o in tried if (o.get("status") == "done" if works else is_unreached(o))]

    return find


def _refused_alone(story: Story) -> list[int]:
    """Refused here, while the same host answers another terminal: until this one gets through again."""
    refused = [e for e, outcome in story.outcomes() if outcome.get("cause") == "connection_refused"]
    parties = {event.party for event in refused if side_of(event.party) == "terminal"}
    if len(parties) != 1:
        return []
    here = parties.pop()
    served = [x.reply for x in story.exchanges("terminal") if x.reply is not None]
    again = [reply.seq for reply in served if reply.party == here and reply.seq > refused[0].seq]
    until = min(again, default=1 << 62)
    others = [reply for reply in served if reply.party != here and refused[0].seq < reply.seq < until]
    return [event.seq for event in refused if others and event.party == here]


# losses


def _incoming(story: Story) -> dict[str, list[int]]:
    """By terminal, when anything at all came in on its line."""
    found: dict[str, list[int]] = {}
    for event in story.events:
        here = event.kind in ("bytes", "noise") and event.data.get("dir", "in") == "in"
        if here and event.data.get("link") in LINE_LINKS:
            found.setdefault(event.party, []).append(event.seq)
    return found


def _lost(story: Story) -> list[tuple[Exchange, bool]]:
    """Every request of the terminals that is over, with whether it was lost without an octet of an answer."""
    ends: dict[str, list[int]] = {}
    for event in story.of("link"):
        if event.data.get("what") == "closed" and event.data.get("link") in LINE_LINKS:
            ends.setdefault(event.party, []).append(event.seq)
    incoming = _incoming(story)
    found = []
    for exchange in story.exchanges("terminal"):
        begun = exchange.request.seq
        if exchange.reply is not None:
            found.append((exchange, False))
        elif (until := _first_after(ends.get(exchange.party, ()), begun)) is not None:
            came = _first_after(incoming.get(exchange.party, ()), begun)
            found.append((exchange, came is None or came > until))
    return found


def _first_after(numbers: Sequence[int], number: int) -> int | None:
    """Of ascending numbers the first one above `number`."""
    at = bisect_right(numbers, number)
    return numbers[at] if at < len(numbers) else None


def _losses_scattered(story: Story) -> list[int]:
    """Some requests are answered, others not, also reversals: the line fails now and then."""
    seen = _lost(story)
    lost = [number for number, (_, is_lost) in enumerate(seen) if is_lost]
    if len(lost) < SCATTERED_MIN:
        return []
    between = seen[lost[0] : lost[-1]]
    answered = [x for x, _ in between if x.reply is not None]
    reversals = [number for number in lost if str(seen[number][0].request.data["mti"]) == "0400"]
    if len(answered) < SCATTERED_MIN or not reversals:
        return []
    return [seen[number][0].request.seq for number in lost]


def _outcomes_mixed(story: Story) -> list[int]:
    """Of many operations some end without an answer and others are done, by turns."""
    ends = [(e, o.get("status") in FAILED and not is_unreached(o)) for e, o in story.outcomes() if _is_online(o)]
    failed = [number for number, (_, bad) in enumerate(ends) if bad]
    if len(failed) < SCATTERED_MIN:
        return []
    between = ends[failed[0] : failed[-1]]
    good = sum(not bad for _, bad in between)
    return [ends[number][0].seq for number in failed] if good >= SCATTERED_MIN else []


def _is_online(outcome: Mapping[str, Json]) -> bool:
    return outcome.get("op") in ("sale", "echo", "balance", "sign_in") and outcome.get("status") in (*FAILED, "done")


def _reversals_repeated(story: Story) -> list[int]:
    """The same reversal came in more than once: its answers did not arrive."""
    found: dict[tuple[str, ...], list[int]] = {}
    for exchange in story.exchanges("host"):
        if exchange.request.data["mti"] == "0400":
            key = tuple(field_of(exchange.request, number) for number in (11, 41, 60))
            found.setdefault(key, []).append(exchange.request.seq)
    return [seq for events in found.values() if len(events) > 1 for seq in events]


SYMPTOMS: tuple[Symptom, ...] = (
    Symptom("no_route", Text("网络不可达", "The network is unreachable"), _ended_with("network_unreachable")),
    Symptom(
        "name_unknown", Text("主机域名无法解析", "The host's name cannot be resolved"), _ended_with("name_not_found")
    ),
    Symptom("dial_unanswered", Text("连接超时，无人应答", "Dialling is not answered"), _ended_with("connect_timeout")),
    Symptom("no_line", Text("线路未能建立", "No line comes up"), _ended_with("no_line")),
    Symptom("tls_refused", Text("TLS 握手或证书检查未通过", "TLS handshake or certificate check failed"), _tls_refused),
    Symptom(
        "settings_changed",
        Text(
            "改过通讯设置，此后连不上主机", "The settings of the line were changed, and since then no host is reached"
        ),
        _settings_changed,
    ),
    Symptom(
        "other_address_fails",
        Text("同一线路上另一个地址也连不上", "Another address over the same line fails, too"),
        _other_address(works=False),
    ),
    Symptom(
        "other_address_works",
        Text("同一线路上另一个地址能连通", "Another address over the same line works"),
        _other_address(works=True),
    ),
    Symptom(
        "refused_alone",
        Text("只有这台终端被拒，同一主机照常服务别的终端", "Refused here alone: the same host serves another terminal"),
        _refused_alone,
    ),
    Symptom(
        "losses_scattered",
        Text("时通时断：有的请求有应答，有的连同冲正都丢了", "Now and then requests are lost, reversals too"),
        _losses_scattered,
    ),
    Symptom(
        "outcomes_mixed",
        Text("多笔操作中成功与无应答交替", "Of many operations some are done and some are not answered, by turns"),
        _outcomes_mixed,
    ),
    Symptom(
        "reversals_repeated",
        Text("同一冲正多次到达主机", "The same reversal reaches the host more than once"),
        _reversals_repeated,
    ),
)
