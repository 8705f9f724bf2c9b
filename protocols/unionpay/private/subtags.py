"""Lists of tags with a length, as F46, F47, F57 and F59 hold them.

The content is the same everywhere (UnionPay notice 21 of 2017); the form of the lengths is not: decimal with two
digits (one acquirer's F59), decimal with three (Topwise F59, Chanjet F57), hex with two characters (VFWZ F46),
binary with one-octet tags (CardInfoLink F47), BCD with two-octet tags (VFWZ F59).  One table drives both directions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from ...text import Text
from .layout import Row, chinese, is_digits, octets_of, refuse, reject, show

MAX_ITEMS = 64
"""Real lists hold eight at most."""


@dataclass(frozen=True, slots=True)
class Form:
    """How tag and length are written: octets of each, and how the length is spelt.

    Tags are characters where the length is (`decimal`, `hex`), plain octets shown in hex otherwise (`binary`, `bcd`).
    """

    tag_octets: int
    length_octets: int
    spelling: Literal["decimal", "hex", "binary", "bcd"]

    @property
    def most(self) -> int:
        """The longest value this form can announce."""
        return int({"decimal": 10, "hex": 16, "binary": 256, "bcd": 100}[self.spelling] ** self.length_octets) - 1

    @property
    def octet_tags(self) -> bool:
        """Tags are plain octets."""
        return self.spelling in ("binary", "bcd")


FORMS: Mapping[str, Form] = {
    "decimal-2": Form(2, 2, "decimal"),
    "decimal-3": Form(2, 3, "decimal"),
    "hex-2": Form(2, 2, "hex"),
    "binary": Form(1, 1, "binary"),
    "bcd-1": Form(2, 1, "bcd"),
}


@dataclass(frozen=True, slots=True)
class Sub:
    """One item: `tag` two characters (`A2`, `02`), hex where tags are octets (`05`, `EF01`); `value` its octets."""

    tag: str
    value: bytes


def parse_subs(value: bytes, form: Form, path: str) -> tuple[Sub, ...]:
    """Split `value` to its end.  Raises DecodeError when an item is cut off or its length is no number."""
    items: list[Sub] = []
    at = 0
    while at < len(value):
        body = at + form.tag_octets + form.length_octets
        size = _size(value[at + form.tag_octets : body], form)
        if size is None or body + size > len(value) or len(items) == MAX_ITEMS:
            refuse(path, value, "子标签不完整、长度不是数字或过多", "A sub-tag is cut off, its length is no number", at)
        tag = value[at : at + form.tag_octets]
        items.append(Sub(tag.hex().upper() if form.octet_tags else tag.decode("latin-1"), value[body : body + size]))
        at = body + size
    return tuple(items)


def build_subs(items: Iterable[Sub], form: Form, path: str) -> bytes:
    """The octets of the list.  Raises EncodeError for a tag of the wrong size or a value the form cannot announce."""
    return b"".join(_build(item, form, path) for item in items)


def find_sub(items: Iterable[Sub], tag: str) -> bytes | None:
    """Value of the first item with this tag, or None."""
    return next((item.value for item in items if item.tag == tag), None)


def rows_subs(items: Iterable[Sub], names: Mapping[str, Text], path: str) -> list[Row]:
    """One row per item; text that is not ASCII is shown as GBK."""
    rows: list[Row] = []
    for item in items:
        name = names.get(item.tag, Text(f"子标签 {item.tag}", f"Sub-tag {item.tag}"))
        shown = show(item.value)
        meaning = None
        if item.value and not item.value.isascii() and "\ufffd" not in chinese(item.value):
            text = chinese(item.value)
            meaning = Text(text, text) if text else None
        rows.append((f"{path}.{item.tag}", name, shown, meaning))
    return rows


def _size(octets: bytes, form: Form) -> int | None:
    if len(octets) != form.length_octets:
        return None
    if form.spelling == "binary":
        return int.from_bytes(octets, "big")
    text = octets.hex() if form.spelling == "bcd" else octets.decode("latin-1")
    if form.spelling == "hex":
        return int(text, 16) if all(c in _HEX for c in text) else None
    return int(text) if is_digits(text) else None


def _build(item: Sub, form: Form, path: str) -> bytes:
    where, size, width = f"{path}/{item.tag}", len(item.value), form.length_octets
    if size > form.most:
        reject(where, item.value, f"最多 {form.most} 字节", f"At most {form.most} octets")
    if len(item.tag) != form.tag_octets * (2 if form.octet_tags else 1):
        reject(where, item.tag, "标签长度不符", "The tag has the wrong size")
    if form.octet_tags:
        if any(c not in _HEX for c in item.tag):
            reject(where, item.tag, "标签应为十六进制", "The tag must be hex")
        length = size.to_bytes(width, "big") if form.spelling == "binary" else bytes.fromhex(f"{size:0{2 * width}d}")
        return bytes.fromhex(item.tag) + length + item.value
    number = f"{size:0{width}X}" if form.spelling == "hex" else f"{size:0{width}d}"
    return octets_of(item.tag) + number.encode("ascii") + item.value


_HEX = "0123456789ABCDEF"
