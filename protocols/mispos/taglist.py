"""The construct under both dialects: tag, length and value over and over until the data ends.

Tags are two octets with a fixed first one (9F or DF); BER's rule for longer tags does not hold here (DF90 is a whole
tag).  Lengths are two binary octets in dialect B, BER in dialect A.  What was parsed is rebuilt to the same octets: the
order, tags that come twice, and a length form that is longer than needed are kept.
"""

from __future__ import annotations

from typing import IO, Any

from construct import Int16ub

from ..codec import Leaf, LeafBase, Refused, read_octets
from ..text import Text
from ..tlv import Tlv

ITEMS_MAX = 512
"""A frame of 1024 octets has room for 341 empty tags; a hostile one cannot make us grow further."""

_NOT_TAG = Text("{tag:04X} 不是 {lead:02X} 标签", "{tag:04X} is no {lead:02X} tag")
_NOT_TAG_CURE = Text("对端可能使用另一种方言（9F 或 DF 标签）", "The peer may speak the other dialect (9F or DF tags)")
_MANY = Text("标签超过 {limit} 个", "More than {limit} tags")
_MANY_CURE = Text("检查报文是否损坏", "Look for a damaged message")
_FORM = Text("长度的首字节 {first:02X} 不是 BER 长度", "{first:02X} does not begin a BER length")
_FORM_CURE = Text("长度应为一个字节、81 nn 或 82 hh ll", "A length is one octet, 81 nn or 82 hh ll")
_LONG = Text("值有 {got} 字节，长度放不下", "A value of {got} octets does not fit its length")
_LONG_CURE = Text("缩短该值", "Shorten the value")

_BER_FORMS = {0x81: 1, 0x82: 2}


class BinaryLength(Leaf):
    """Two octets, high one first.  Parses to (length, 0)."""

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> tuple[int, int]:
        return int.from_bytes(read_octets(stream, 2), "big"), 0

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        length, _ = obj
        if length > 0xFFFF:
            raise Refused(_LONG.format(got=length), _LONG_CURE, value=length)
        Int16ub._build(length, stream, context, path)
        return obj


class BerLength(Leaf):
    """One octet below 128, else `81 nn` or `82 hh ll`.  Parses to (length, octets beyond the first where there are more
    than the length needs, else 0)."""

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> tuple[int, int]:
        at = stream.tell()
        first = read_octets(stream, 1)[0]
        if first < 0x80:
            return first, 0
        if first not in _BER_FORMS:
            raise Refused(_FORM.format(first=first), _FORM_CURE, offset=at)
        octets = _BER_FORMS[first]
        length = int.from_bytes(read_octets(stream, octets), "big")
        return length, octets if octets != _octets_for(length) else 0

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        length, kept = obj
        octets = max(kept, _octets_for(length))
        if octets > 2:
            raise Refused(_LONG.format(got=length), _LONG_CURE, value=length)
        if octets:
            stream.write(bytes((0x80 | octets,)))
        stream.write(length.to_bytes(octets or 1, "big"))
        return obj


def _octets_for(length: int) -> int:
    return 0 if length < 0x80 else (length.bit_length() + 7) // 8


class TagList(Leaf):
    """All tags of one list, in wire order; parses to a tuple of `Tlv`."""

    def __init__(self, lead: int, length: LeafBase) -> None:
        super().__init__()
        self._lead = lead
        self._length = length

    def _parse(self, stream: IO[bytes], context: Any, path: Any) -> tuple[Tlv, ...]:
        items: list[Tlv] = []
        while first := stream.read(1):
            at = stream.tell() - 1
            if len(items) == ITEMS_MAX:
                raise Refused(_MANY.format(limit=ITEMS_MAX), _MANY_CURE, offset=at)
            if first[0] != self._lead:
                tag = int.from_bytes(first + stream.read(1), "big")
                what = _NOT_TAG.format(tag=tag, lead=self._lead)
                raise Refused(what, _NOT_TAG_CURE, offset=at).under(f"{first.hex().upper()}..")
            name = f"{self._lead:02X}.."
            try:
                tag = first[0] << 8 | read_octets(stream, 1)[0]
                name = f"{tag:04X}"
                length, kept = self._length._parse(stream, context, path)
                items.append(Tlv(tag, read_octets(stream, length), kept))
            except Refused as refused:
                raise refused.under(name) from None
        return tuple(items)

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: Any) -> Any:
        for item in obj:
            name = f"{item.tag:04X}"
            if item.tag >> 8 != self._lead:
                what = _NOT_TAG.format(tag=item.tag, lead=self._lead)
                raise Refused(what, _NOT_TAG_CURE, value=item.tag).under(name)
            Int16ub._build(item.tag, stream, context, path)
            try:
                self._length._build((len(item.value), item.length_octets), stream, context, path)
            except Refused as refused:
                raise refused.under(name) from None
            stream.write(item.value)
        return obj
