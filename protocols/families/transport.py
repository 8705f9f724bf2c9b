"""The "transport and presentation header" family of Latin America and Asia, in the frame of the Chinese register link.

Source: a public transit-reader driver (its codes 37, 38 and 43).  Integrators call it Hypercom's; no document by
Hypercom was found, so the name is not used here.  STX, BCD length, ETX and LRC: `framing.SerialFramer`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

from ..codec import Codec, Leaf, Record, Refused, read_octets
from ..delimited import Chars
from ..explained import Explained, Row, explained_control, single, within
from ..fields import Digits
from ..framing import SERIAL_OVERHEAD_OCTETS, Control, SerialFramer
from ..text import Text

FS = b"\x1c"
NO_FS = Text("字段之后缺少 FS", "No FS behind the field")
FS_CURE = Text("核对该字段的长度", "Check the length of the field")
FIELDS_MAX = 64
TOO_MANY = Text("字段多于 {limit} 个", "More than {limit} fields")
TRANSACTIONS: Mapping[str, Text] = {
    "37": Text("心跳", "heartbeat"),
    "38": Text("从管理系统下载", "download from the management system"),
    "43": Text("更新密钥", "update keys"),
}
"""Those that the source names."""
UNKNOWN = Text("未列出的交易", "a transaction that no table lists")
NAMES: Mapping[str, Text] = {
    "id": Text("传输标识", "transport id"),
    "destination": Text("目的地址", "destination"),
    "source": Text("源地址", "source"),
    "format": Text("格式版本", "format"),
    "direction": Text("请求 0，应答 1", "0 request, 1 response"),
    "txn": Text("交易代码", "transaction code"),
    "rsp": Text("响应码", "response code"),
    "more": Text("是否有后续报文", "more messages follow"),
}


class _Fields(Leaf):
    """Type of 2 characters, length of 2 octets BCD, value, FS; over and over until the data ends."""

    _type, _length = Chars(2), Digits(4)

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> tuple[tuple[str, bytes], ...]:
        found: list[tuple[str, bytes]] = []
        while stream.read(1):
            stream.seek(-1, 1)
            if len(found) >= FIELDS_MAX:
                raise Refused(TOO_MANY.format(limit=FIELDS_MAX), FS_CURE, offset=stream.tell())
            kind = self._type._parse(stream, context, path)
            try:
                value = read_octets(stream, int(self._length._parse(stream, context, path)))
                _read_fs(stream)
            except Refused as refused:
                raise refused.under(kind) from None
            found.append((kind, value))
        return tuple(found)

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        for kind, value in obj:
            self._type._build(kind, stream, context, path)
            self._length._build(f"{len(value):04d}", stream, context, path)
            stream.write(value + FS)
        return obj


class _Separator(Leaf):
    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> None:
        _read_fs(stream)

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        stream.write(FS)
        return obj


def _read_fs(stream: IO[bytes]) -> None:
    at = stream.tell()
    if read_octets(stream, 1) != FS:
        raise Refused(NO_FS, FS_CURE, offset=at)


_HEAD = (
    ("id", 2),
    ("destination", 4),
    ("source", 4),
    ("format", 1),
    ("direction", 1),
    ("txn", 2),
    ("rsp", 2),
    ("more", 1),
)
_CODEC = Codec(Record(*((name, Chars(count)) for name, count in _HEAD), ("FS", _Separator()), ("", _Fields())))


@dataclass(frozen=True, slots=True)
class TransportMessage:
    """Texts of fixed width, named as in `NAMES`; `fields`: (type of two characters, value) in wire order."""

    txn: str
    rsp: str = "00"
    direction: str = "0"
    more: str = "0"
    destination: str = "0000"
    source: str = "0000"
    id: str = "60"
    format: str = "1"
    fields: tuple[tuple[str, bytes], ...] = ()


def parse(payload: bytes) -> TransportMessage:
    """The message in a payload.  Raises DecodeError."""
    (*head, _, items), _ = _CODEC.parse(payload)
    return TransportMessage(**dict(zip((name for name, _ in _HEAD), head, strict=True)), fields=items)


def build(message: TransportMessage) -> bytes:
    """The payload of `message`.  Raises EncodeError."""
    head = tuple(getattr(message, name) for name, _ in _HEAD)
    return _CODEC.build((*head, None, message.fields), {})


def explain(data: bytes) -> Explained:
    """One frame.  Raises DecodeError."""
    item = single(SerialFramer(), data)
    if isinstance(item, Control):
        return explained_control(item.byte)
    message = within(parse, item.payload, data, 3)
    name = TRANSACTIONS.get(message.txn, UNKNOWN)
    fields: dict[str, Any] = {key: getattr(message, key) for key, _ in _HEAD}
    rows: list[Row] = [(key, NAMES[key], fields[key], name if key == "txn" else None) for key, _ in _HEAD]
    rows += [(f"  {kind}", Text("字段", "field"), value.decode("latin-1"), None) for kind, value in message.fields]
    fields["fields"] = [[kind, value.hex().upper()] for kind, value in message.fields]
    fields["bcd_length"] = len(data) - SERIAL_OVERHEAD_OCTETS
    return Explained(name.en, name, fields, tuple(rows), {"lrc": f"{data[-1]:02x}"})
