"""Data object lists: what a card wants to be told (EMV Book 3 clause 5.4): PDOL, CDOL1, CDOL2, DDOL, TDOL, log formats.

A list holds tags and lengths; the values go to the card one after the other, without tags.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..errors import SHORT, SHORT_CURE, EncodeError, decode_error
from ..text import Text
from ..tlv import end_of_tag, is_template, legal_tag, tag_octets
from .tags import format_of

MAX_ENTRIES = 126
"""A list has at most 252 octets, an entry at least two."""

_TOO_MANY = Text("数据对象超过 {limit} 个", "More than {limit} data objects")
_BAD_LENGTH = Text("长度字节 {length:02X} 大于 FC", "Length octet {length:02X} is above FC")
_BAD_CURE = Text("DOL 由标签和一字节长度组成", "A DOL consists of tags, each with one length octet")
_NO_ENTRY = Text("不是合法的 DOL 项", "Not a legal entry of a DOL")
_NO_ENTRY_CURE = Text("标签 1 至 4 字节，长度 0 至 252", "A tag of one to four octets, a length of 0 to 252")
_LENGTH_MAX = 0xFC


@dataclass(frozen=True, slots=True)
class DolEntry:
    """A tag and how many octets of it are wanted (0 to 252)."""

    tag: int
    length: int


def parse_dol(data: bytes, path: str = "DOL") -> tuple[DolEntry, ...]:
    """The entries in order.  Raises DecodeError for a tag or a length that is cut off, and for a length above 252."""
    entries: list[DolEntry] = []
    at = 0
    while at < len(data):
        if len(entries) == MAX_ENTRIES:
            raise decode_error(_TOO_MANY.format(limit=MAX_ENTRIES), _BAD_CURE, path=path, offset=at, data=data)
        end = end_of_tag(data, at, path)
        where = f"{path}/{data[at:end].hex().upper()}"
        if end == len(data):
            raise decode_error(SHORT.format(need=1, left=0), SHORT_CURE, path=where, offset=end, data=data)
        if data[end] > _LENGTH_MAX:
            raise decode_error(_BAD_LENGTH.format(length=data[end]), _BAD_CURE, path=where, offset=end, data=data)
        entries.append(DolEntry(int.from_bytes(data[at:end], "big"), data[end]))
        at = end + 1
    return tuple(entries)


def build_dol(entries: Iterable[DolEntry]) -> bytes:
    """The octets of a list.  Raises EncodeError for an illegal tag or length."""
    parts = []
    for entry in entries:
        tag = tag_octets(entry.tag)
        if not legal_tag(tag) or not 0 <= entry.length <= _LENGTH_MAX:
            raise EncodeError(_NO_ENTRY, _NO_ENTRY_CURE, path="DOL", value=entry)
        parts.append(tag + bytes((entry.length,)))
    return b"".join(parts)


def dol_length(entries: Iterable[DolEntry]) -> int:
    """How many octets the values have."""
    return sum(entry.length for entry in entries)


def fill_dol(entries: Iterable[DolEntry], values: Mapping[int, bytes]) -> bytes:
    """The values that a list asks for, one after the other.

    A value that is missing, or a template, is zeros.  One of another length is cut or filled up (`fit`).
    """
    return b"".join(fit(entry.tag, values.get(entry.tag), entry.length) for entry in entries)


def fit(tag: int, value: bytes | None, length: int) -> bytes:
    """`value` brought to `length` octets.

    n is cut, and filled up with 00, on the left; cn is cut, and filled up with FF, on the right; all others are cut,
    and filled up with 00, on the right.
    """
    if value is None or is_template(tag):
        return bytes(length)
    match format_of(tag):
        case "n":
            return value[-length:].rjust(length, b"\x00") if length else b""
        case "cn":
            return value[:length].ljust(length, b"\xff")
        case _:
            return value[:length].ljust(length, b"\x00")


def split_dol(entries: Iterable[DolEntry], data: bytes, path: str = "DOL") -> dict[int, bytes]:
    """The values by tag out of `data` that a terminal filled in: what the card, or who reads a log, sees.

    A tag that the list names twice keeps its first value.  Raises DecodeError where `data` has not the
    length that the list says.
    """
    entries = tuple(entries)
    need = dol_length(entries)
    if len(data) != need:
        what = Text(f"应为 {need} 字节，实有 {len(data)} 字节", f"{need} octets are wanted, {len(data)} are there")
        raise decode_error(what, _BAD_CURE, path=path, offset=min(need, len(data)), data=data)
    values: dict[int, bytes] = {}
    at = 0
    for entry in entries:
        values.setdefault(entry.tag, data[at : at + entry.length])
        at += entry.length
    return values
