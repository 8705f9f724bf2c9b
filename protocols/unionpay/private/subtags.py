"""Lists of two-character tags with a length, as F46, F47, F57 and F59 hold them.

The content is the same everywhere (UnionPay notice 21 of 2017); the form of the lengths is not: decimal with two
digits (one acquirer's F59), decimal with three (Topwise F59, Chanjet F57), hex with two characters (VFWZ F46),
binary with one-octet tags (CardInfoLink F47).  One table drives both directions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ...text import Text
from .layout import Row, chinese, is_digits, refuse, reject, show

MAX_ITEMS = 64
"""Real lists hold eight at most."""


@dataclass(frozen=True, slots=True)
class Form:
    """How tag and length are written: octets of each, and the base of the length (10, 16, or 0 for binary)."""

    tag_octets: int
    length_octets: int
    base: int

    @property
    def most(self) -> int:
        """The longest value this form can announce."""
        return (256 if self.base == 0 else self.base) ** self.length_octets - 1


FORMS: Mapping[str, Form] = {
    "decimal-2": Form(2, 2, 10),
    "decimal-3": Form(2, 3, 10),
    "hex-2": Form(2, 2, 16),
    "binary": Form(1, 1, 0),
}


@dataclass(frozen=True, slots=True)
class Sub:
    """One item: `tag` two characters (`A2`, `02`; hex of the octet in the binary form), `value` its octets."""

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
        items.append(Sub(tag.hex().upper() if form.base == 0 else tag.decode("latin-1"), value[body : body + size]))
        at = body + size
    return tuple(items)


def build_subs(items: Iterable[Sub], form: Form, path: str) -> bytes:
    """The octets of the list.  Raises EncodeError for a tag of the wrong size or a value longer than the form allows."""
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
    if form.base == 0:
        return int.from_bytes(octets, "big")
    text = octets.decode("latin-1")
    if form.base == 16:
        return int(text, 16) if all(c in "0123456789ABCDEF" for c in text) else None
    return int(text) if is_digits(text) else None


def _build(item: Sub, form: Form, path: str) -> bytes:
    where, size = f"{path}/{item.tag}", len(item.value)
    if size > form.most:
        reject(where, item.value, f"最多 {form.most} 字节", f"At most {form.most} octets")
    if form.base == 0:
        if len(item.tag) != 2 or any(c not in "0123456789ABCDEF" for c in item.tag):
            reject(where, item.tag, "标签应为两位十六进制", "The tag must be two hex digits")
        return bytes.fromhex(item.tag) + size.to_bytes(form.length_octets, "big") + item.value
    tag = item.tag.encode("latin-1", "replace")
    if len(tag) != form.tag_octets:
        reject(where, item.tag, "标签应为两个字符", "The tag must have two characters")
    number = f"{size:0{form.length_octets}X}" if form.base == 16 else f"{size:0{form.length_octets}d}"
    return tag + number.encode("ascii") + item.value
