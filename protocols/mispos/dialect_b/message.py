"""Messages of the register interface, dialect B: tags of 2 octets (9Fxx), lengths of 2 octets binary, text GBK.

Source: gsccs/mispos-client, CommDataManager.java.  The frame around the data is `protocols.framing.SerialFramer`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...codec import Codec, decode_error
from ...errors import EncodeError
from ...text import Text
from ...tlv import Tlv
from ..taglist import BinaryLength, TagList
from .tags import TAGS, TYPE, TransactionType

DATA_OCTETS_MAX = 1024
"""The largest frame data seen; registers cut off what is longer."""

HEAD_OCTETS = 4
"""Of a tag and its length."""

_TWICE = Text("标签 {tag:04X} 出现两次", "Tag {tag:04X} occurs twice")
_TWICE_CURE = Text("每个标签在一个报文中只能出现一次", "A tag may occur once in a message")
_NO_TYPE = Text(
    "缺少交易类型标签 9F01，或其长度不是 1 字节", "Tag 9F01 (transaction type) is missing or is not one octet"
)
_NO_TYPE_CURE = Text("对端可能使用方言 A（DF 标签）", "The peer may speak dialect A (DF tags)")
_TEXT = Text("{value!r} 不能用 {form} 表示", "{value!r} cannot be written in {form}")
_TEXT_CURE = Text("使用该编码能表示的字符", "Use characters of that encoding")
_LONG = Text("数据 {got} 字节，超过上限 {limit}", "{got} octets of data, beyond the limit of {limit}")
_LONG_CURE = Text("缩短打印内容或分包发送", "Shorten the print content or send it in parts")


_CODEC = Codec(TagList(0x9F, BinaryLength()))


@dataclass(frozen=True, slots=True)
class MisposMessage:
    """One message.  `fields` maps tag numbers (0x9F02) to raw octets, in wire order, 9F01 included."""

    fields: Mapping[int, bytes] = field(default_factory=dict)

    @property
    def type(self) -> int:
        """Transaction type, 0 to 255; `TransactionType` names the known ones."""
        return self.fields[TYPE][0]

    @property
    def type_name(self) -> str:
        """`SALE` and so on, or `type 99`."""
        known = self.type in TransactionType._value2member_map_
        return TransactionType(self.type).name if known else f"type {self.type}"

    @property
    def kind(self) -> str:
        """What it is, in a word: `sale`, `data_send`."""
        return self.type_name.lower()

    def shown(self) -> dict[str, str]:
        """All values as text, by tag; what is binary, or of an unknown tag, as hex."""
        return {
            f"{tag:04X}": value.hex().upper() if tag not in TAGS or TAGS[tag].form == "binary" else self.text(tag)
            for tag, value in self.fields.items()
        }

    def text(self, tag: int) -> str:
        """The tag's value as text (GBK, which holds ASCII), "" when absent; other octets show as U+FFFD."""
        return self.fields.get(tag, b"").decode("gbk", errors="replace")

    def octets(self, tag: int) -> bytes:
        """The tag's raw value, b"" when absent."""
        return self.fields.get(tag, b"")


def message(kind: TransactionType | int, values: Mapping[int, str | bytes] | None = None) -> MisposMessage:
    """A message of type `kind`; text values are written in GBK.  Raises EncodeError for text GBK does not have."""
    fields: dict[int, bytes] = {TYPE: bytes([kind])}
    for tag, value in (values or {}).items():
        fields[tag] = _encode(tag, value) if isinstance(value, str) else value
    return MisposMessage(fields)


def _encode(tag: int, value: str) -> bytes:
    form = TAGS[tag].form if tag in TAGS else "gbk"
    encoding = "ascii" if form == "ascii" else "gbk"
    try:
        return value.encode(encoding)
    except UnicodeEncodeError:
        raise EncodeError(
            _TEXT.format(value=value, form=encoding), _TEXT_CURE, path=f"{tag:04X}", value=value
        ) from None


def parse(data: bytes) -> MisposMessage:
    """The message in the data of one frame.  Raises DecodeError: cut off, a tag twice, no 9F01."""
    items, _ = _CODEC.parse(data)
    fields: dict[int, bytes] = {}
    at = 0
    for item in items:
        if item.tag in fields:
            what = _TWICE.format(tag=item.tag)
            raise decode_error(what, _TWICE_CURE, path=item.tag_hex, offset=at, data=data)
        fields[item.tag] = item.value
        at += HEAD_OCTETS + len(item.value)
    if len(fields.get(TYPE, b"")) != 1:
        raise decode_error(_NO_TYPE, _NO_TYPE_CURE, path="9F01", offset=0, data=data)
    return MisposMessage(fields)


def build(msg: MisposMessage) -> bytes:
    """Frame data of `msg`.  Raises EncodeError when it is longer than `DATA_OCTETS_MAX`."""
    data = _CODEC.build(tuple(Tlv(tag, value) for tag, value in msg.fields.items()), {})
    if len(data) > DATA_OCTETS_MAX:
        what = _LONG.format(got=len(data), limit=DATA_OCTETS_MAX)
        raise EncodeError(what, _LONG_CURE, path="data", value=len(data))
    return data


def without_length(content: bytes) -> bytes:
    """Tunnelled content (9F15) without the two octets of its length, where whoever sent it has put them in front."""
    return content[2:] if int.from_bytes(content[:2], "big") == len(content) - 2 else content
