"""A register message taken apart for people and programs: what `posrig decode` shows of any of the small protocols."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from .codec import decode_error
from .delimited import BAD_PARITY, CUT_OFF, SEEMS_7E1
from .errors import DecodeError
from .framing import BAD_LRC, NO_ETX, NO_STX, TIMED_OUT, Control, Frame, Item, Noise
from .text import Text

T = TypeVar("T")
Row = tuple[str, Text, str, Text | None]
"""Path, name in both languages, value as text, meaning where the value has one."""

ONE_ONLY = Text("应为恰好一帧", "Exactly one frame is expected")
ONE_CURE = Text("逐帧给出", "Give one frame at a time")
FRAME_CURE = Text(
    "核对规程与成帧方式，或数据是否完整", "Check the protocol and its framing, and that all octets are there"
)
CUT_SHORT = Text("帧不完整", "The frame is not complete")
CONTROL_NAMES: Mapping[int, tuple[str, Text]] = {
    0x04: ("EOT", Text("结束本次会话", "ends the exchange")),
    0x05: ("ENQ", Text("请求发送", "asks to send")),
    0x06: ("ACK", Text("已收妥", "received well")),
    0x15: ("NAK", Text("未收妥，请重发", "not received well, send again")),
}
_PLACES: Mapping[Text, tuple[str, int | None]] = {
    NO_STX: ("STX", None),
    SEEMS_7E1: ("STX", None),
    BAD_LRC: ("LRC", 1),
    NO_ETX: ("ETX", 2),
    TIMED_OUT: ("ETX", 0),
    CUT_OFF: ("ETX", 0),
    BAD_PARITY: ("parity", None),
}
"""Place and distance from the end of the octets that could not be used; None: at their beginning."""


class Framer(Protocol):
    """As `framing.SerialFramer`."""

    def feed(self, data: bytes) -> list[Item]: ...

    def expire(self) -> list[Item]: ...

    def frame(self, payload: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Explained:
    """`kind`: what the message is, in a word (`sale`, `poll` ...).  `name`: the same for people.

    `frame`: facts of the frame around it (`lrc` as two hex digits ...).  `fields`: by the protocol's own names, text as
    it stood.  `rows`: the table.
    """

    kind: str
    name: Text
    fields: Mapping[str, Any]
    rows: tuple[Row, ...] = ()
    frame: Mapping[str, Any] = field(default_factory=dict)


def single(framer: Framer, data: bytes) -> Frame | Control:
    """The one frame or control octet that `data` is.  Raises DecodeError that says where it is wrong."""
    items = framer.feed(data) + framer.expire()
    if not items:
        raise decode_error(CUT_SHORT, ONE_CURE, path="frame", offset=0, data=data)
    first, rest = items[0], items[1:]
    if isinstance(first, Noise):
        path, from_end = _PLACES.get(first.reason, ("length", None))
        offset = 0 if from_end is None else max(0, len(first.data) - from_end)
        reason = CUT_SHORT if first.reason == TIMED_OUT else first.reason  # loose octets know no time
        raise decode_error(reason, FRAME_CURE, path=path, offset=offset, data=data)
    if rest:
        offset = 1 if isinstance(first, Control) else len(framer.frame(first.payload))
        raise decode_error(ONE_ONLY, ONE_CURE, path="end", offset=offset, data=data)
    return first


def within(parse: Callable[[bytes], T], payload: bytes, data: bytes, head_octets: int) -> T:
    """What `parse` makes of the payload of the frame `data`; errors count from the first octet of the frame."""
    try:
        return parse(payload)
    except DecodeError as error:
        offset = head_octets + error.offset
        raise decode_error(error.what, error.cure, path=error.path, offset=offset, data=data) from None


def explained_control(byte: int) -> Explained:
    """A lone control octet."""
    name, meaning = CONTROL_NAMES[byte]
    return Explained(name.lower(), meaning, {}, ((name, meaning, f"{byte:02X}", None),))
