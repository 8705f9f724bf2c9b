"""F61: the original transaction (Q/CUP 009 F61; Chanjet POS V2.0 F61).  12 digits for a void, 16 for a refund."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...text import Text
from .layout import Part, Row, cut, digits_of, join, require_digits, rows_of

if TYPE_CHECKING:
    from ..dialect import Dialect

AUTH_MODES = {
    "00": Text("POS 授权", "POS authorisation"),
    "01": Text("电话授权", "telephone authorisation"),
    "02": Text("代授权", "stand-in authorisation"),
}
LAYOUT = (
    Part("batch", 6, "61.1", Text("原批次号", "Original batch number")),
    Part("stan", 6, "61.2", Text("原流水号", "Original STAN")),
    Part("date", 4, "61.3", Text("原交易日期 MMDD", "Original date MMDD")),
    Part("auth_mode", 2, "61.4", Text("原交易授权方式", "Original authorisation mode"), AUTH_MODES),
    Part("institution", 11, "61.5", Text("原授权机构代码", "Original authorising institution")),
    Part("rest", 31, "61.6", Text("其余", "Remainder")),
)
LENGTHS = frozenset((6, 12, 16, *range(18, 61)))
"""Whole sub-fields; the institution may be shorter than 11; 34 digits occur at a bill-payment host."""


@dataclass(frozen=True, slots=True)
class F61:
    """Digits; "" where the value does not reach.  `date` MMDD, zeros when unknown."""

    batch: str
    stan: str = ""
    date: str = ""
    auth_mode: str = ""
    institution: str = ""
    rest: str = ""


def parse_f61(value: str | bytes, dialect: Dialect) -> F61:
    """Split F61 by its length.  Raises DecodeError for non-digits and for a length that fits no form."""
    return F61(**cut(digits_of(value, "F61"), LAYOUT, "F61", LENGTHS))


def build_f61(record: F61, dialect: Dialect) -> str:
    """The digits of F61.  Raises EncodeError when a sub-field has the wrong length."""
    return require_digits(join(record, LAYOUT, "F61", LENGTHS), "F61")


def rows_f61(record: F61) -> list[Row]:
    """The sub-fields that are present."""
    return rows_of(record, LAYOUT)
