"""F53: security control information, 16 digits (Q/CUP 009 F53; PAX and Topwise terminals for SM4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...text import Text
from .layout import Part, Row, cut, digits_of, join, require_digits, rows_of

if TYPE_CHECKING:
    from ..dialect import Dialect

PATH = "F53"
LAYOUT = (
    Part("pin_format", 1, "53.1", Text("PIN 格式", "PIN format"), {
        "0": Text("无 PIN", "no PIN"),
        "1": Text("ANSI X9.8，不带主账号", "ANSI X9.8 without PAN"),
        "2": Text("ANSI X9.8，带主账号", "ANSI X9.8 with PAN"),
    }),
    Part("cipher", 1, "53.2", Text("加密方法", "Cipher"), {
        "0": Text("单倍长 DES", "single-length DES"),
        "3": Text("国密 SM4", "SM4"),
        "4": Text("国密 SM4", "SM4"),
        "6": Text("双倍长 3DES", "double-length 3DES"),
    }),
    Part("track", 1, "53.3", Text("磁道加密标志", "Track encryption"), {
        "0": Text("磁道不加密", "track in clear"),
        "1": Text("磁道加密", "track enciphered"),
    }),
    Part("reserved", 13, "53.4", Text("保留", "Reserved")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class F53:
    """`pin_format` 0 none, 1 without PAN, 2 with PAN; `cipher` 0 DES, 6 3DES, 3 or 4 SM4; `track` 1 = enciphered."""

    pin_format: str
    cipher: str
    track: str = "0"
    reserved: str = "0" * 13


def parse_f53(value: str | bytes, dialect: Dialect) -> F53:
    """Split the 16 digits.  Raises DecodeError for anything else."""
    return F53(**cut(digits_of(value, PATH), LAYOUT, PATH, (16,)))


def build_f53(record: F53, dialect: Dialect) -> str:
    """The 16 digits.  Raises EncodeError for a sub-field of the wrong length."""
    return require_digits(join(record, LAYOUT, PATH, (16,)), PATH)


def rows_f53(record: F53) -> list[Row]:
    """The sub-fields."""
    return rows_of(record, LAYOUT)
