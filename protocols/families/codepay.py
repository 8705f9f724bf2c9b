"""CodePay / PayCloud / WiseCashier over USB serial: 55AA, type, ack, id, length, data, XOR of type to data, CC33.

Source: CodePay "Serial communication protocol" (PayCloud Africa publishes the same).  Its offsets of check octet and
end are one too high; its own examples show where they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from construct import GreedyBytes, Int8ub, Int16ub, Prefixed

from ..codec import Codec, Record
from ..errors import EncodeError
from ..explained import Explained, Row, single, within
from ..framing import BAD_LRC, LIMIT_CURE, OVER_LIMIT, Control, Frame, Item, ScanningFramer, lrc
from ..text import Text

START, END = b"\x55\xaa", b"\xcc\x33"
LIMIT_OCTETS = 1024
"""Of a whole frame."""
AROUND_OCTETS = len(START) + 1 + len(END)
HEAD_OCTETS = 5
"""Type, ack, id and length."""
NO_START = Text("55 之后不是 AA", "No AA behind the 55")
NO_END = Text("长度所指之处没有 CC33", "No CC33 where the length says")
TYPES: Mapping[int, Text] = {
    0: Text("数据", "data"),
    1: Text("握手", "handshake"),
    2: Text("握手确认", "handshake confirmed"),
}
HEARTBEAT = Text("心跳", "heartbeat")
UNKNOWN = Text("未知类型", "a type that no table lists")
_CODEC = Codec(
    Record(("type", Int8ub), ("ack", Int8ub), ("id", Int8ub), ("data", Prefixed(Int16ub, GreedyBytes))),
)


@dataclass(frozen=True, slots=True)
class CodepayMessage:
    """`type` of `TYPES`; `ack`: id of the last good packet, 0 for none; `id`: 1 to 255, 0 where there is no data."""

    type: int
    ack: int = 0
    id: int = 0
    data: bytes = b""


class CodepayFramer(ScanningFramer):
    """A frame's payload is what its check octet covers: type to data."""

    marks: frozenset[int] = frozenset(START[:1])
    controls: frozenset[int] = frozenset()

    def __init__(self) -> None:
        super().__init__(LIMIT_OCTETS - AROUND_OCTETS)

    def frame(self, payload: bytes) -> bytes:
        """The frame of `payload`.  Raises EncodeError."""
        if not HEAD_OCTETS <= len(payload) <= self.limit_octets:
            what = OVER_LIMIT.format(length=len(payload), limit=self.limit_octets)
            raise EncodeError(what, LIMIT_CURE, path="length", value=len(payload))
        return START + payload + bytes((lrc(payload),)) + END

    def _item(self, at: int, size: int) -> Item:
        return Frame(bytes(self._buffer[at + len(START) : at + size - 1 - len(END)]))

    def _candidate(self, at: int) -> tuple[int, Text | None]:
        buffer = self._buffer
        if buffer[at : at + 2] != START:
            return 0, NO_START if len(buffer) > at + 1 else None
        head = at + len(START)
        if len(buffer) < head + HEAD_OCTETS:
            return 0, None
        length = HEAD_OCTETS + int.from_bytes(buffer[head + 3 : head + HEAD_OCTETS], "big")
        if length > self.limit_octets:
            return 0, OVER_LIMIT.format(length=length, limit=self.limit_octets)
        end = at + length + AROUND_OCTETS
        if len(buffer) < end:
            return 0, None
        if buffer[end - 2 : end] != END:
            return 0, NO_END
        if lrc(buffer[head : head + length]) != buffer[end - 3]:
            return 0, BAD_LRC
        return end - at, None


def parse(payload: bytes) -> CodepayMessage:
    """The message in a payload.  Raises DecodeError."""
    (kind, ack, number, data), _ = _CODEC.parse(payload)
    return CodepayMessage(kind, ack, number, bytes(data))


def build(message: CodepayMessage) -> bytes:
    """The payload of `message`.  Raises EncodeError."""
    return _CODEC.build((message.type, message.ack, message.id, message.data), {})


def explain(data: bytes) -> Explained:
    """One frame.  Raises DecodeError."""
    item = single(CodepayFramer(), data)
    assert not isinstance(item, Control)  # there are none in this protocol
    message = within(parse, item.payload, data, len(START))
    name = HEARTBEAT if message.type == 0 and not message.data else TYPES.get(message.type, UNKNOWN)
    rows: list[Row] = [
        ("type", Text("类型", "type"), str(message.type), name),
        ("ack", Text("已收妥的报文号", "last good packet"), str(message.ack), None),
        ("id", Text("报文号", "packet number"), str(message.id), None),
        ("length", Text("数据长度", "length of data"), str(len(message.data)), None),
        ("data", Text("数据", "data"), message.data.decode("utf-8", "replace"), None),
    ]
    fields = {"type": message.type, "ack": message.ack, "id": message.id, "length": len(message.data)}
    fields_and_data = {**fields, "data": message.data.hex().upper()}
    return Explained(name.en, name, fields_and_data, tuple(rows), {"check": f"{data[-3]:02x}"})
