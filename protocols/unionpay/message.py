"""The message: a frozen dataclass, and the codec that turns it into octets and back, for a given dialect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import IO, Any

from ..codec import Codec, Leaf, Record, Refused
from ..errors import EncodeError
from ..fields import Bitmapped, Digits
from ..text import Text
from .dialect import Dialect
from .fields import leaves
from .header import HEADER_OCTETS, TPDU_OCTETS, Absent, Header, HeaderLeaf, Tpdu, TpduLeaf

CODECS_MAX = 64
"""Dialects whose codec is kept; more than anyone loads at once."""

MAC_OCTETS = 8

NO_MAC = Text("报文没有域 64", "The message has no F64")
NO_MAC_CURE = Text("先放入 8 字节占位的域 64，再计算 MAC", "Put 8 octets into F64 first, then compute the MAC")
NOT_MTI = Text("消息类型 {mti} 不以 0 开头", "Message type {mti} does not start with 0")
NOT_MTI_CURE = Text("检查报文起点：是否有 TPDU 或报文头", "Check where the message starts: is there a TPDU or a header")

Value = str | bytes


@dataclass(frozen=True, slots=True)
class Message:
    """One message.  `fields` maps field numbers (2 to 64) to values; the bitmap is derived from them.

    Formats: n `str` of digits; z `str` of digits, `D` and other upper-case nibbles; an / ans `str`, one character per
    octet; b and the private LLL fields `bytes`.  `pads` keeps pad nibbles that differ from the dialect's, so that what
    was parsed rebuilds to the same octets.
    """

    mti: str
    fields: Mapping[int, Value] = field(default_factory=dict)
    tpdu: Tpdu | None = None
    header: Header | None = None
    pads: Mapping[int, str] = field(default_factory=dict)

    def get(self, number: int) -> Value | None:
        """The value of a field, None when it is absent."""
        return self.fields.get(number)

    def text(self, number: int) -> str | None:
        """The value of a field as `str`; octets as latin-1.  None when it is absent."""
        value = self.fields.get(number)
        return value.decode("latin-1") if isinstance(value, bytes) else value

    def octets(self, number: int) -> bytes | None:
        """The value of a field as `bytes`; characters as latin-1.  None when it is absent."""
        value = self.fields.get(number)
        return value.encode("latin-1") if isinstance(value, str) else value

    def replacing(self, changes: Mapping[int, Value | None]) -> Message:
        """The same message with fields set, or removed where the value is None.  A changed field loses its kept pad."""
        fields = {n: v for n, v in self.fields.items() if n not in changes}
        fields.update((n, v) for n, v in changes.items() if v is not None)
        pads = {n: p for n, p in self.pads.items() if n not in changes}
        return replace(self, fields=dict(sorted(fields.items())), pads=pads)

    @property
    def bitmap(self) -> bytes:
        """The 8 octets that announce the fields."""
        return sum(1 << (64 - n) for n in self.fields).to_bytes(8, "big")


class MtiLeaf(Leaf):
    """MTI: 4 BCD digits; the version digit of this family is 0 (ISO 8583:1987)."""

    def __init__(self) -> None:
        super().__init__()
        self.digits: Digits = Digits(4)

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> str:
        mti: str = self.digits._parse(stream, context, path)
        if mti[0] != "0":
            raise Refused(NOT_MTI.format(mti=mti), NOT_MTI_CURE, offset=stream.tell() - 2)
        return mti

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        self.digits._build(obj, stream, context, path)
        if obj[0] != "0":
            raise Refused(NOT_MTI.format(mti=obj), NOT_MTI_CURE, value=obj)
        return obj


class MessageCodec:
    """Messages of one dialect.  Without a length prefix: that is the framer's."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        body = (("MTI", MtiLeaf()), ("", Bitmapped(leaves(dialect))))
        tpdu: Leaf = TpduLeaf() if dialect.has_tpdu else Absent("TPDU")
        header: Leaf = HeaderLeaf() if dialect.has_header else Absent("header")
        self._body = Codec(Record(*body))
        self._frame = Codec(Record(("TPDU", tpdu), ("header", header), *body))
        self.envelope_octets: int = TPDU_OCTETS * dialect.has_tpdu + HEADER_OCTETS * dialect.has_header

    def parse(self, data: bytes) -> Message:
        """TPDU + header + body, as the dialect has them.  Raises DecodeError; reads to the last octet."""
        (tpdu, header, mti, fields), pads = self._frame.parse(data)
        return Message(mti, fields, tpdu, header, pads)

    def build(self, message: Message) -> bytes:
        """TPDU + header + body.  Raises EncodeError; a TPDU or header that the dialect has not is one, too."""
        return self._frame.build((message.tpdu, message.header, message.mti, message.fields), message.pads)

    def parse_body(self, data: bytes) -> Message:
        """From the MTI on.  Raises DecodeError."""
        (mti, fields), pads = self._body.parse(data)
        return Message(mti, fields, None, None, pads)

    def build_body(self, message: Message) -> bytes:
        """From the MTI on; TPDU and header of the message are left out.  Raises EncodeError."""
        return self._body.build((message.mti, message.fields), message.pads)

    def mac_input(self, data: bytes) -> bytes:
        """MTI through F63, with bit 64 set, of a frame as `build` gives it.  Raises EncodeError when F64 is absent.

        Source: Chanjet POS V2.0, MAC section; the public samples were recomputed with it.
        """
        start = self.envelope_octets
        bitmap = data[start + 2 : start + 10]
        if len(bitmap) < 8 or not bitmap[7] & 1 or len(data) < start + 10 + MAC_OCTETS:
            raise EncodeError(NO_MAC, NO_MAC_CURE, path="F64", value=None)
        return data[start:-MAC_OCTETS]


@lru_cache(maxsize=CODECS_MAX)
def codec_for(dialect: Dialect) -> MessageCodec:
    """The codec of `dialect`, made once."""
    return MessageCodec(dialect)
