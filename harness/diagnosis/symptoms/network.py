"""Symptoms of the way to the host: dials that fail, a line that loses, delays or damages what it carries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from protocols.text import Text

from ...machine import SECOND_US, side_of
from ...trace import Event
from ..story import Exchange, Story, field_of
from ..symptom import Symptom

Json = Any
LINE_LINKS = ("host", "backup", "tunnel")
LINE_SETTINGS = frozenset(
    ("host_address", "backup_address", "backup_line", "apn", "ca", "server_name", "own_certificate")
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
ONE_WAY_SLOW_US = 3 * SECOND_US
"""A mobile line takes tenths of a second, a bad one about a second; three belong to a line that is sick."""
REPLY_SLOW_US = 8 * SECOND_US
"""Both ways of such a line, and a host that takes its time."""
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


def _octets_came(story: Story, exchange: Exchange, until: int) -> bool:
    """Whether anything at all came in on the line before the terminal went on."""
    kinds = ("bytes", "noise")
    return any(
        e.data.get("dir", "in") == "in" and e.data.get("link") in LINE_LINKS and e.party == exchange.party
        for kind in kinds
        for e in story.of(kind)
        if exchange.request.seq < e.seq < until
    )


def _lost(story: Story) -> list[tuple[Exchange, bool]]:
    """Every request of the terminals that are over, with whether it was lost without an octet of an answer."""
    found = []
    ends: dict[str, list[int]] = {}
    for event in story.of("link"):
        if event.data.get("what") == "closed" and event.data.get("link") in LINE_LINKS:
            ends.setdefault(event.party, []).append(event.seq)
    for exchange in story.exchanges("terminal"):
        until = next((seq for seq in ends.get(exchange.party, ()) if seq > exchange.request.seq), None)
        if exchange.reply is None and until is not None:
            found.append((exchange, not _octets_came(story, exchange, until)))
        elif exchange.reply is not None:
            found.append((exchange, False))
    return found


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


# time


def _pairs(story: Story) -> Iterator[tuple[Exchange, Exchange]]:
    """The same request at the terminal and at the host: both recordings are needed.  Of one that was repeated the last
    that had left by then is the one that arrived."""
    left: dict[tuple[str, ...], list[Exchange]] = {}
    for exchange in story.exchanges("terminal"):
        left.setdefault(_key(exchange), []).append(exchange)
    for other in story.exchanges("host"):
        before = [x for x in left.get(_key(other), ()) if x.request.t_us <= other.request.t_us]
        if before:
            yield before[-1], other


def _key(exchange: Exchange) -> tuple[str, ...]:
    request = exchange.request
    return (str(request.data["mti"]), *(field_of(request, number) for number in (11, 41, 60)))


def _line_slow(story: Story) -> list[int]:
    """Four time stamps: it left, it arrived; the answer left, it arrived.  What lies between two ends is the line."""
    found = []
    for mine, other in _pairs(story):
        ways = [other.request.t_us - mine.request.t_us]
        if mine.reply is not None and other.reply is not None:
            ways.append(mine.reply.t_us - other.reply.t_us)
        if max(ways) > ONE_WAY_SLOW_US:
            found.append(mine.request.seq)
    return found + _trickling(story)


def _trickling(story: Story) -> list[int]:
    """Parts of a frame that arrive long after it left."""
    sent = [e.t_us for e in _frames(story, "terminal", "out")]
    found = []
    for part in _frames(story, "host", "in"):
        before = [at for at in sent if at <= part.t_us]
        if "hex" not in part.data and before and part.t_us - before[-1] > ONE_WAY_SLOW_US:
            found.append(part.seq)
    return found


def _answers_slow(story: Story) -> list[int]:
    """From the request's last octet to the reply, as the terminal has it."""
    answered = (x for x in story.exchanges("terminal") if x.reply is not None)
    return [x.request.seq for x in answered if x.reply and x.reply.t_us - x.request.t_us > REPLY_SLOW_US]


# damage


def _frames(story: Story, side: str, direction: str) -> Iterator[Event]:
    for event in story.of("bytes", side):
        link = str(event.data.get("link"))
        on_line = link in LINE_LINKS if side == "terminal" else link[:1] == "c" and link[1:].isdigit()
        if on_line and event.data.get("dir") == direction:
            yield event


def _octets_differ(story: Story) -> list[int]:
    """What came in at one end of the line was never put in at the other, octet for octet."""
    found = []
    for sender, receiver in (("terminal", "host"), ("host", "terminal")):
        sent = [e.data for e in _frames(story, sender, "out")]
        if not sent:
            continue
        whole = sorted({str(data["hex"]) for data in sent if "hex" in data}, key=len, reverse=True)
        hashed = {data.get("hash") for data in sent} - {None}
        lengths = {int(data.get("length") or len(str(data.get("hex"))) // 2) for data in sent}
        trickled = set(_trickling(story))
        for stream in _streams(story, receiver):
            if "hex" in stream[0].data:
                found += [] if _is_made_of("".join(e.data["hex"] for e in stream), whole) else [e.seq for e in stream]
                continue
            (event,) = stream
            if event.data.get("hash") in hashed or event.seq in trickled:
                continue  # nobody can read it, and it is what was put in; or the rest was still on its way
            if int(event.data.get("length") or 0) in lengths or _waited_for_more(story, event):
                found.append(event.seq)
    return found


def _streams(story: Story, side: str) -> list[list[Event]]:
    """What came in on each connection: readable pieces that follow each other in one list, others by themselves."""
    found: list[list[Event]] = []
    open_: dict[tuple[str, str], list[Event]] = {}
    pieces = {event.seq for event in _frames(story, side, "in")}
    for event in story.events:
        key = (event.party, str(event.data.get("link")))
        if event.seq not in pieces:
            if event.kind == "link":
                open_.pop(key, None)
            continue
        readable = "hex" in event.data
        if not readable or key not in open_:
            open_.pop(key, None)
            found.append([])
            if readable:
                open_[key] = found[-1]
        open_.get(key, found[-1]).append(event)
    return found


def _is_made_of(octets: str, frames: Sequence[str]) -> bool:
    """`octets` is nothing but frames of the list, the longest first, in whatever order and number."""
    while octets:
        frame = next((one for one in frames if one and octets.startswith(one)), None)
        if frame is None:
            return False
        octets = octets[len(frame) :]
    return True


def _waited_for_more(story: Story, part: Event) -> bool:
    """The rest of the frame never came although the connection stood: until the terminal gave up."""
    closed = (e for e in story.of("link") if e.seq > part.seq and e.data.get("what") == "closed")
    own = next((e for e in closed if side_of(e.party) == "terminal" and e.data.get("link") in LINE_LINKS), None)
    return own is not None and own.data.get("reason") == "local"


def _reply_noise(story: Story) -> list[int]:
    """Octets came in that are no reply to anything that was asked, and no second copy of a reply either."""
    strange = {e.seq for e in story.of("noise", "terminal") if e.data.get("link") in LINE_LINKS}
    strange |= {e.seq for e in story.of("message", "terminal") if e.data.get("kind") == "unmatched"}
    found: list[int] = []
    came: dict[str, list[str]] = {}
    for event in story.events:
        if event.seq in strange:
            frames = came.get(event.party, [])
            found += [] if frames and frames[-1] in frames[:-1] else [event.seq]
        elif event.kind == "bytes" and event.data.get("dir") == "in" and event.data.get("link") in LINE_LINKS:
            came.setdefault(event.party, []).append(str(event.data.get("hex") or event.seq))
    return found


def _noise_at_host(story: Story) -> list[int]:
    """Octets came in that are no message."""
    unread = [e.seq for e in _frames(story, "host", "in") if "hex" not in e.data]
    return unread + [e.seq for e in story.of("noise", "host")]


SYMPTOMS: tuple[Symptom, ...] = (
    Symptom("no_route", Text("网络不可达", "The network is unreachable"), _ended_with("network_unreachable")),
    Symptom(
        "name_unknown", Text("主机域名无法解析", "The host's name cannot be resolved"), _ended_with("name_not_found")
    ),
    Symptom("dial_unanswered", Text("连接超时，无人应答", "Dialling is not answered"), _ended_with("connect_timeout")),
    Symptom("no_line", Text("线路根本不起", "No line comes up"), _ended_with("no_line")),
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
    Symptom(
        "line_slow",
        Text("两端时间对照：报文在线路上走了数秒", "Time stamps of both ends: a message is seconds on the line"),
        _line_slow,
    ),
    Symptom(
        "answers_slow",
        Text("应答很慢", "Replies take long"),
        _answers_slow,
    ),
    Symptom(
        "octets_differ",
        Text("两端字节不一致：报文在线路上受损", "The octets differ between the two ends: damaged on the line"),
        _octets_differ,
    ),
    Symptom(
        "reply_noise",
        Text("收到不属于任何请求的字节", "Octets came in that answer nothing that was asked"),
        _reply_noise,
    ),
    Symptom(
        "noise_at_host",
        Text("主机收到不成报文的字节", "The host took in octets that are no message"),
        _noise_at_host,
    ),
)
