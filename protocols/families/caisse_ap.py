"""Caisse-AP (France, Concert V3 over TCP): texts of tag (2 letters), length (3 digits) and value, without any frame.

Source: odoo14-addon-l10n-fr-pos-caisse-ap-ip 14.0.1.4.0.  CZ comes first; the order of the rest is free.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from ..codec import Codec, Leaf, Refused, read_octets
from ..delimited import NOT_TEXT, TEXT_CURE, printable
from ..errors import EncodeError
from ..explained import Explained, Row
from ..framing import LIMIT_CURE, OVER_LIMIT, TIMED_OUT, Frame, Item, Noise
from ..text import Text

TAG_OCTETS, LENGTH_OCTETS = 2, 3
HEAD_OCTETS = TAG_OCTETS + LENGTH_OCTETS
VALUE_MAX = 999
LIMIT_OCTETS = 4096
"""posrig's choice."""
FIRST = "CZ"
FIRST_TAG = FIRST.encode("ascii")
NOT_HEAD = Text("不是标签加三位长度", "No tag with a length of three digits")
NOT_FIRST = Text("首个标签应为 CZ", "The first tag must be CZ")
TWICE = Text("标签 {tag} 出现两次", "Tag {tag} occurs twice")
CURE = Text("核对是否为 Caisse-AP", "Check that this is Caisse-AP")

TAGS: Mapping[str, Text] = {
    "CZ": Text("规程版本", "version of the protocol"),
    "CJ": Text("规程标识", "identification of the protocol"),
    "CA": Text("收银台号", "till"),
    "CB": Text("金额（分）", "amount in cents"),
    "CC": Text("支付方式", "means of payment"),
    "CD": Text("交易类型", "type of transaction"),
    "CE": Text("货币代码", "currency"),
    "AE": Text("结果", "result"),
    "AF": Text("失败原因", "reason"),
}
MEANINGS: Mapping[str, Mapping[str, Text]] = {
    "CD": {"0": Text("消费", "debit"), "1": Text("贷记", "credit")},
    "AE": {"10": Text("已完成", "done"), "01": Text("未完成", "not done")},
    "AF": {
        "04": Text("被拒绝", "refused"),
        "06": Text("已放弃", "abandoned"),
        "08": Text("输入超时", "nothing was entered in time"),
        "09": Text("格式错误", "format error"),
        "11": Text("操作员取消", "ended by the operator"),
    },
}
NO_NAME = Text("未列出的标签", "a tag that no table lists")
REQUEST, ANSWER = Text("请求", "request"), Text("应答", "answer")


class _Tags(Leaf):
    """Tag, length and value over and over until the data ends; parses to a dict in wire order."""

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> dict[str, str]:
        found: dict[str, str] = {}
        while head := stream.read(HEAD_OCTETS):
            at = stream.tell() - len(head)
            if not _is_head(head):
                raise Refused(NOT_HEAD, CURE, offset=at)
            tag = head[:TAG_OCTETS].decode("ascii")
            if not found and tag != FIRST:
                raise Refused(NOT_FIRST, CURE, offset=at).under(tag)
            if tag in found:
                raise Refused(TWICE.format(tag=tag), CURE, offset=at).under(tag)
            try:
                value = read_octets(stream, int(head[TAG_OCTETS:]))
            except Refused as refused:
                raise refused.under(tag) from None
            found[tag] = value.decode("latin-1")
        if not found:
            raise Refused(NOT_FIRST, CURE, offset=0)
        return found

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        if next(iter(obj), "") != FIRST:
            raise Refused(NOT_FIRST, CURE, value=obj)
        for tag, value in obj.items():
            octets = value.encode("latin-1", "replace")
            if octets.decode("latin-1") != value or not _is_head(f"{tag}000".encode("latin-1", "replace")):
                raise Refused(NOT_TEXT.format(value=value), TEXT_CURE, value=value).under(tag)
            if len(octets) > VALUE_MAX:
                what = OVER_LIMIT.format(length=len(octets), limit=VALUE_MAX)
                raise Refused(what, LIMIT_CURE, value=value).under(tag)
            stream.write(f"{tag}{len(octets):03d}".encode("ascii") + octets)
        return obj


def _is_head(head: bytes) -> bool:
    tag, length = head[:TAG_OCTETS], head[TAG_OCTETS:]
    return len(head) == HEAD_OCTETS and printable(tag) and tag.isalnum() and length.isdigit()


_CODEC = Codec(_Tags())


@dataclass(frozen=True, slots=True)
class CaisseMessage:
    """`tags`: values by tag in wire order, CZ first."""

    tags: Mapping[str, str] = field(default_factory=dict)


class CaisseFramer:
    """Messages of a TCP stream.  Nothing ends one: the next CZ does, or the silence behind it (`expire`)."""

    def __init__(self, limit_octets: int = LIMIT_OCTETS) -> None:
        self.limit_octets = limit_octets
        self._buffer = bytearray()

    @property
    def idle(self) -> bool:
        """True between messages.  While False, silence must lead to `expire()`."""
        return not self._buffer

    @property
    def pending_octets(self) -> int:
        """Octets of a message that may go on."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Item]:
        """What the octets complete, in order.  What is no tag loses the place in the stream: fatal `Noise`."""
        self._buffer += data
        items: list[Item] = []
        while self._buffer:
            end = self._walk()
            if end and self._buffer[end : end + TAG_OCTETS] == FIRST_TAG:
                items.append(Frame(self._take(end)))
            elif self._is_lost(end):
                items.append(Noise(self._take(len(self._buffer)), NOT_HEAD, fatal=True))
            else:
                break
        return items

    def expire(self) -> list[Item]:
        """No more octets came: what is there is a whole message, or noise."""
        items = self.feed(b"")
        if self._buffer:
            whole = self._walk() == len(self._buffer)
            rest = self._take(len(self._buffer))
            items.append(Frame(rest) if whole else Noise(rest, TIMED_OUT))
        return items

    def frame(self, payload: bytes) -> bytes:
        """A message is sent as it is.  Raises EncodeError."""
        if not 0 < len(payload) <= self.limit_octets:
            what = OVER_LIMIT.format(length=len(payload), limit=self.limit_octets)
            raise EncodeError(what, LIMIT_CURE, path="length", value=len(payload))
        return payload

    def _walk(self) -> int:
        """The octets of whole tags from the beginning to the next CZ, to what is no tag, or to the end of what came."""
        buffer, at = self._buffer, 0
        while at < len(buffer) and not (at and buffer[at : at + TAG_OCTETS] == FIRST_TAG):
            head = bytes(buffer[at : at + HEAD_OCTETS])
            if not _is_head(head) or at + HEAD_OCTETS + int(head[TAG_OCTETS:]) > len(buffer):
                break
            at += HEAD_OCTETS + int(head[TAG_OCTETS:])
        return at

    def _is_lost(self, end: int) -> bool:
        """Behind the tags that are whole, something stands that is none, or no CZ stands in front of them."""
        head = bytes(self._buffer[end : end + HEAD_OCTETS])
        begins = FIRST_TAG.startswith(self._buffer[:TAG_OCTETS])
        return not begins or len(self._buffer) > self.limit_octets or (len(head) == HEAD_OCTETS and not _is_head(head))

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken


def parse(payload: bytes) -> CaisseMessage:
    """The message in `payload`.  Raises DecodeError."""
    tags, _ = _CODEC.parse(payload)
    return CaisseMessage(tags)


def build(message: CaisseMessage) -> bytes:
    """The octets of `message`.  Raises EncodeError."""
    return _CODEC.build(dict(message.tags), {})


def explain(data: bytes) -> Explained:
    """One message.  Raises DecodeError."""
    tags = parse(data).tags
    rows: list[Row] = [
        (tag, TAGS.get(tag, NO_NAME), value, MEANINGS.get(tag, {}).get(value)) for tag, value in tags.items()
    ]
    name = ANSWER if "AE" in tags else REQUEST
    return Explained(name.en, name, dict(tags), tuple(rows))
