"""Symptoms of a line that delays or damages what it carries: the recordings of both ends, side by side."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from protocols.text import Text

from ...machine import SECOND_US, side_of
from ...trace import Event
from ..story import Exchange, Story, field_of
from ..symptom import Symptom
from .network import LINE_LINKS

ONE_WAY_SLOW_US = 3 * SECOND_US
"""A mobile line takes tenths of a second, a bad one about a second; three belong to a line that is sick."""
REPLY_SLOW_US = 8 * SECOND_US
"""Both ways of such a line, and a host that takes its time."""


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
        left = bisect_right(sent, part.t_us)
        if "hex" not in part.data and left and part.t_us - sent[left - 1] > ONE_WAY_SLOW_US:
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
