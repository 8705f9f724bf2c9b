"""The TLV container of BMP 06 (PA00P015 chapter 13): BER tags and lengths, templates opened.

Bit 6 of the first tag octet says constructed, with one trap: vendors' private tags have the bit set but hold plain
octets (FF40 and FF41 of a host address).  A template is therefore opened only where its value is a list to the last
octet, and never for those tags.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..errors import DecodeError, EncodeError
from ..text import Text
from ..tlv import Tlv, build_tlv, parse_tlv

PRIMITIVE_TAGS = frozenset((0xFF40, 0xFF41))
"""Private tags that hold plain octets in spite of their constructed bit."""

ITEMS_MAX = 4_096
"""A text block has two objects a line; no receipt has 2,000 lines."""

DEPTH_MAX = 8
"""Deeper templates stay octets; the deepest seen are three levels."""

TOO_DEEP = Text("TLV 嵌套超过 {limit} 层", "TLV is nested deeper than {limit} levels")
TOO_DEEP_CURE = Text("减少嵌套", "Nest less")


@dataclass(frozen=True, slots=True)
class ZvtTlv:
    """One data object: `value` octets, or the objects of a template.

    `length_octets` keeps a longer length form (81, 82) than needed, as `protocols.tlv.Tlv` does.
    """

    tag: int
    value: bytes | tuple[ZvtTlv, ...] = b""
    length_octets: int = 0

    @property
    def octets(self) -> bytes:
        """The value as octets; a template's as they go out.  Raises EncodeError."""
        return self.value if isinstance(self.value, bytes) else build_container(self.value)

    @property
    def children(self) -> tuple[ZvtTlv, ...]:
        """The objects of a template; () for plain octets."""
        return () if isinstance(self.value, bytes) else self.value

    @property
    def tag_hex(self) -> str:
        """The tag in upper-case hex, `1F10`."""
        return Tlv(self.tag, b"").tag_hex


def parse_container(data: bytes, path: str = "06") -> tuple[ZvtTlv, ...]:
    """The objects in the value of BMP 06, templates opened.  Raises DecodeError, its offset counted in `data`."""
    return _opened(parse_tlv(data, path, limit=ITEMS_MAX), 1)


def _opened(items: Sequence[Tlv], depth: int) -> tuple[ZvtTlv, ...]:
    return tuple(ZvtTlv(item.tag, _value_of(item, depth), item.length_octets) for item in items)


def _value_of(item: Tlv, depth: int) -> bytes | tuple[ZvtTlv, ...]:
    # An empty template stays b"": nothing tells it from an empty value.
    if not item.constructed or item.tag in PRIMITIVE_TAGS or depth >= DEPTH_MAX or not item.value:
        return item.value
    try:
        inner = parse_tlv(item.value, item.tag_hex, limit=ITEMS_MAX)
    except DecodeError:
        return item.value
    return _opened(inner, depth + 1)


def build_container(items: Iterable[ZvtTlv], depth: int = 1) -> bytes:
    """The octets of a list of objects.  Raises EncodeError for an illegal tag, length or depth."""
    if depth > DEPTH_MAX:
        raise EncodeError(TOO_DEEP.format(limit=DEPTH_MAX), TOO_DEEP_CURE, path="06", value=depth)
    return build_tlv(
        Tlv(
            item.tag,
            item.value if isinstance(item.value, bytes) else build_container(item.value, depth + 1),
            item.length_octets,
        )
        for item in items
    )


def find(items: Iterable[ZvtTlv], *tags: int) -> ZvtTlv | None:
    """The first object at the end of a way of tags: `find(tlv, 0x60, 0x43)` is the AID in the first application."""
    if not tags:
        return None
    for item in items:
        if item.tag == tags[0]:
            if len(tags) == 1:
                return item
            if (inner := find(item.children, *tags[1:])) is not None:
                return inner
    return None
