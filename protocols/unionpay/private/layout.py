"""What the private sub-structures share: positional layouts, raw values, context, rows of an explanation.

A positional record is declared once as a tuple of `Part`s; cutting, joining and explaining all walk that tuple.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from ...errors import DecodeError, EncodeError
from ...text import Text

Row = tuple[str, Text, str, Text | None]
"""One line of an explanation: path (`60.2`), name, value as text, meaning where the value has one."""

_CURE = Text("请核对该域的长度和子域划分", "Check the length of the field and how it splits into sub-fields")
_BUILD_CURE = Text("请按该子域的长度和字符集给值", "Give a value of the length and characters this sub-field has")
_UNKNOWN = Text("未知用法，按原样保留", "Unknown usage, kept as it is")


@dataclass(frozen=True, slots=True)
class Raw:
    """A sub-usage that posrig does not know: kept as it came and rebuilt unchanged."""

    value: str | bytes


@dataclass(frozen=True, slots=True)
class Context:
    """What selects a usage of F44, F48 and F62: the MTI, F60.1 and F60.3 (all digits, empty when unknown)."""

    mti: str = ""
    type_code: str = ""
    net_code: str = ""

    @property
    def is_reply(self) -> bool:
        """True for a message of the host (third digit of the MTI is odd)."""
        return len(self.mti) == 4 and self.mti[2] in "13579"


@dataclass(frozen=True, slots=True)
class Part:
    """One sub-field: attribute `key` of the record, `size` in characters, printed `number` (`60.1`)."""

    key: str
    size: int
    number: str
    name: Text
    meanings: Mapping[str, Text] = field(default_factory=dict)


def cut(value: str, parts: Sequence[Part], path: str, lengths: Collection[int]) -> dict[str, str]:
    """Slice `value` into the parts; a part the value does not reach is empty.

    Raises DecodeError when the length is not one of `lengths` (characters).
    """
    if len(value) not in lengths:
        refuse(
            path,
            value,
            f"长度 {len(value)} 不符合该域的任何格式",
            f"Length {len(value)} fits no form of this field",
        )
    out, at = {}, 0
    for part in parts:
        out[part.key] = value[at : at + part.size]
        at += part.size
    return out


def join(record: object, parts: Sequence[Part], path: str, lengths: Collection[int]) -> str:
    """Concatenate the parts of `record`: the inverse of `cut`.

    Only the last part that is present may be shorter than its size.  Raises EncodeError otherwise.
    """
    values = [str(getattr(record, part.key)) for part in parts]
    last = max((i for i, value in enumerate(values) if value), default=-1)
    for i, (part, value) in enumerate(zip(parts, values, strict=True)):
        if len(value) > part.size or (i < last and len(value) != part.size):
            reject(f"{path}/{part.number}", value, f"应为 {part.size} 位", f"Must have {part.size} characters")
    whole = "".join(values)
    if len(whole) not in lengths:
        reject(path, whole, f"总长度 {len(whole)} 不合规定", f"No form of this field has length {len(whole)}")
    return whole


def rows_of(record: object, parts: Sequence[Part]) -> list[Row]:
    """One row per part that is present."""
    out: list[Row] = []
    for part in parts:
        value = str(getattr(record, part.key))
        if value:
            out.append((part.number, part.name, value, part.meanings.get(value)))
    return out


def raw_rows(record: Raw, path: str) -> list[Row]:
    """The one row of an unknown usage; octets that are Chinese text are read out in the meaning."""
    text = _chinese_text(record.value)
    meaning = Text(f"{_UNKNOWN.zh}：{text}", f"{_UNKNOWN.en}: {text}") if text else _UNKNOWN
    return [(path, Text("原始数据", "Raw data"), show(record.value), meaning)]


def show(value: str | bytes) -> str:
    """Text where every octet is printable ASCII, upper-case hex otherwise."""
    octets = value if isinstance(value, bytes) else value.encode("latin-1", "replace")
    if octets and all(0x20 <= o < 0x7F for o in octets):
        return octets.decode("ascii")
    return octets.hex().upper()


def chinese(value: bytes) -> str:
    """GBK text for people; octets that are no GBK show as replacement characters."""
    return value.decode("gbk", "replace").strip()


def _chinese_text(value: str | bytes) -> str | None:
    """The text of `value` if it is GBK to the last octet, printable and not ASCII alone; ciphertext hardly ever is."""
    octets = value if isinstance(value, bytes) else value.encode("latin-1", "replace")
    try:
        text = octets.decode("gbk")
    except UnicodeDecodeError:
        return None
    return text.strip() if text.isprintable() and not text.isascii() else None


def digits_of(value: str | bytes, path: str) -> str:
    """`value` as a string of digits; octets are read as ASCII.  Raises DecodeError for anything else."""
    text = value if isinstance(value, str) else value.decode("latin-1")
    if not is_digits(text):
        refuse(path, value, "含有非数字字符", "Contains characters that are not digits")
    return text


def is_digits(text: str) -> bool:
    """True for one or more ASCII digits (`str.isdigit` alone also takes other scripts)."""
    return text.isascii() and text.isdigit()


def octets_of(value: str | bytes) -> bytes:
    """`value` as octets, one per character; Chinese must be GBK octets already.  Raises EncodeError otherwise."""
    if isinstance(value, bytes):
        return value
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        reject("text", value, "含有不能按字节表示的字符，中文请先转为 GBK", "Holds a character that is no octet")


def require_digits(text: str, path: str) -> str:
    """`text` unchanged if it is digits; EncodeError otherwise."""
    if not is_digits(text):
        reject(path, text, "必须是数字", "Must be digits")
    return text


def refuse(path: str, value: str | bytes, zh: str, en: str, offset: int = 0) -> NoReturn:
    """Raise DecodeError; `offset` counts octets (characters) from the start of the field's value."""
    octets = value if isinstance(value, bytes) else value.encode("latin-1", "replace")
    raw = octets[max(0, offset - 16) : offset + 16]
    raise DecodeError(Text(zh, en), _CURE, path=path, offset=offset, raw=raw)


def reject(path: str, value: object, zh: str, en: str) -> NoReturn:
    """Raise EncodeError."""
    raise EncodeError(Text(zh, en), _BUILD_CURE, path=path, value=value)
