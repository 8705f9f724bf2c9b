"""BER-TLV as payment terminals use it (ISO/IEC 8825-1 as cut down by EMV Book 3, Annex B).

Tags of one to four octets, lengths in the short form or in the forms 81 and 82.  The loop must reach the
end of the data: a list that is cut off is an error, never a shorter list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

from .errors import DecodeError, EncodeError
from .text import Text

MAX_TAG_OCTETS = 4
"""EMV uses three at most; one more leaves room for private tags without letting a tag eat the data."""

MAX_ITEMS = 256
"""More items than any real list (the largest seen holds 25); a hostile value cannot make us grow further."""

_LENGTH_FORMS = {0x81: 1, 0x82: 2}
_CAPACITY = {0: 0x7F, 1: 0xFF, 2: 0xFFFF}
_CURE = Text(
    "请核对该字段的长度和每个标签的长度字节",
    "Check the length of the field and the length octets of every tag",
)


@dataclass(frozen=True, slots=True)
class Tlv:
    """One data object: `tag` as the number its octets spell (0x9F26), `value` raw octets.

    `length_octets` is 0 for the shortest length form; 1 or 2 keeps a longer form 81 / 82 that a sender chose,
    so that what was parsed is rebuilt to the same octets.
    """

    tag: int
    value: bytes
    length_octets: int = 0

    @property
    def tag_hex(self) -> str:
        """The tag in upper-case hex, `9F26`."""
        return tag_octets(self.tag).hex().upper()

    @property
    def constructed(self) -> bool:
        """True for a template, whose value is itself a list."""
        return is_template(self.tag)


def parse_tlv(data: bytes, path: str, start: int = 0, limit: int = MAX_ITEMS) -> tuple[Tlv, ...]:
    """Split `data` from octet `start` into its data objects, in order; templates are not opened.

    `path` names the place in errors.  Raises DecodeError (offset from the start of `data`) when a tag, a
    length or a value is cut off, for the indefinite form, for lengths above 82, and above `limit` objects.
    """
    items: list[Tlv] = []
    at = start
    while at < len(data):
        if len(items) == limit:
            _refuse(data, at, path, f"标签超过 {limit} 个", f"More than {limit} tags")
        item, at = parse_one_tlv(data, at, path)
        items.append(item)
    return tuple(items)


def is_template(tag: int) -> bool:
    """True where bit 6 of the first tag octet says that the value is itself a list."""
    return bool(tag_octets(tag)[0] & 0x20)


def build_tlv(items: Iterable[Tlv]) -> bytes:
    """The octets of a list of data objects.  Raises EncodeError for an illegal tag or too long a value."""
    return b"".join(_build_one(item) for item in items)


def find_tlv(items: Iterable[Tlv], tag: int) -> bytes | None:
    """Value of the first object with this tag, or None."""
    return next((item.value for item in items if item.tag == tag), None)


def parse_one_tlv(data: bytes, start: int, path: str) -> tuple[Tlv, int]:
    """The data object at octet `start` and the octet behind it.  Raises DecodeError as `parse_tlv`."""
    at = end_of_tag(data, start, path)
    tag = int.from_bytes(data[start:at], "big")
    if at == len(data):
        _refuse(data, at, _where(path, data, start, at), "缺少长度字节", "The length octet is missing")
    size, kept = data[at], 0
    behind = at + 1
    if size > 0x7F:
        size, kept, behind = _long_length(data, behind, _where(path, data, start, at))
    if behind + size > len(data):
        left = len(data) - behind
        where = _where(path, data, start, at)
        _refuse(data, behind, where, f"长度 {size}，只剩 {left} 字节", f"Length {size} but only {left} octets left")
    return Tlv(tag, data[behind : behind + size], kept), behind + size


def _long_length(data: bytes, at: int, where: str) -> tuple[int, int, int]:
    """The length behind a length octet above 7F: (size, octets to keep where there are more than needed, its end)."""
    form = data[at - 1]
    extra = _LENGTH_FORMS.get(form, 0)
    if not extra:
        _refuse(data, at - 1, where, f"不支持的长度字节 {form:02X}", f"Unsupported length octet {form:02X}")
    if at + extra > len(data):
        _refuse(data, at, where, "长度字节不完整", "The length octets are cut off")
    size = int.from_bytes(data[at : at + extra], "big")
    return size, (extra if extra != _shortest(size) else 0), at + extra


def _where(path: str, data: bytes, start: int, end: int) -> str:
    return f"{path}/{data[start:end].hex().upper()}"


def end_of_tag(data: bytes, start: int, path: str) -> int:
    """The octet behind the tag at octet `start`.  Raises DecodeError where it is cut off or too long."""
    at = start + 1
    if data[start] & 0x1F != 0x1F:
        return at
    while at < len(data) and at - start < MAX_TAG_OCTETS:
        at += 1
        if not data[at - 1] & 0x80:
            return at
    return _refuse(data, start, path, "标签不完整或过长", "The tag is cut off or too long")


def _shortest(size: int) -> int:
    return next(form for form, most in _CAPACITY.items() if size <= most)


def tag_octets(tag: int) -> bytes:
    """A tag's number as octets; none for a negative one."""
    return tag.to_bytes(max(1, (tag.bit_length() + 7) // 8), "big") if tag >= 0 else b""


def legal_tag(octets: bytes) -> bool:
    """True where the octets are one tag, no more."""
    if not 1 <= len(octets) <= MAX_TAG_OCTETS:
        return False
    if len(octets) == 1:
        return octets[0] & 0x1F != 0x1F
    return octets[0] & 0x1F == 0x1F and all(o & 0x80 for o in octets[1:-1]) and not octets[-1] & 0x80


def _build_one(item: Tlv) -> bytes:
    tag, size = tag_octets(item.tag), len(item.value)
    if not legal_tag(tag):
        raise EncodeError(
            Text("不是合法的 BER 标签", "Not a legal BER tag"),
            Text("请使用 1 至 4 字节的标签", "Use a tag of one to four octets whose continuation bits are right"),
            path="tlv",
            value=item.tag,
        )
    if item.length_octets not in _CAPACITY or size > _CAPACITY[item.length_octets or 2]:
        raise EncodeError(
            Text("数据长度与长度格式不符", "The value does not fit the length form"),
            Text("最多 65535 字节；长度格式只能是 0、1、2", "At most 65535 octets; the length form is 0, 1 or 2"),
            path=f"tlv/{tag.hex().upper()}",
            value=item.value,
        )
    form = item.length_octets or _shortest(size)
    length = bytes([0x80 + form]) + size.to_bytes(form, "big") if form else bytes([size])
    return tag + length + item.value


def _refuse(data: bytes, at: int, path: str, zh: str, en: str) -> NoReturn:
    raise DecodeError(Text(zh, en), _CURE, path=path, offset=at, raw=data[max(0, at - 16) : at + 16])
