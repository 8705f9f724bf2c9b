"""F60: what the message is, its batch, and the terminal's abilities (Q/CUP 009 F60; Chanjet POS V2.0 F60).

Parsed by its length: 8, 11, 13, 14, 16 and 17 digits are all in use, 6 (the batch number alone) in the older dialect.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...text import Text
from .layout import Part, Row, cut, digits_of, join, require_digits, rows_of

if TYPE_CHECKING:
    from ..dialect import Dialect

CAPABILITIES = {
    "0": Text("读取能力不明", "unknown"),
    "2": Text("磁条", "magnetic stripe"),
    "5": Text("IC 卡和磁条", "chip and magnetic stripe"),
    "6": Text("非接触及 IC 卡和磁条", "contactless, chip and magnetic stripe"),
}
IC_CONDITIONS = {
    "0": Text("未使用或后续交易", "not used, or more follow"),
    "1": Text("上一笔不是 IC 卡或 IC 卡成功", "previous transaction was no chip, or chip and successful"),
    "2": Text("上一笔是 IC 卡但失败", "previous transaction was chip and failed"),
}
PARTIAL = {
    "0": Text("不支持部分承兑", "partial approval not supported"),
    "1": Text("支持部分承兑", "partial approval supported"),
}

LAYOUT = (
    Part("type_code", 2, "60.1", Text("消息类型码", "Message type code")),
    Part("batch", 6, "60.2", Text("批次号", "Batch number")),
    Part("net_code", 3, "60.3", Text("网络管理信息码", "Network management code")),
    Part("capability", 1, "60.4", Text("终端读取能力", "Terminal read capability"), CAPABILITIES),
    Part("ic_condition", 1, "60.5", Text("IC 卡条件代码", "Chip condition code"), IC_CONDITIONS),
    Part("partial", 1, "60.6", Text("部分承兑标志", "Partial approval flag"), PARTIAL),
    Part("account_type", 3, "60.7", Text("账户类型", "Account type")),
    Part("rest", 13, "60.8", Text("其余", "Remainder")),
)
CODE_IN_F3 = "990"
_WITH_NET_CODE = 11
"""F60 has 60.3 from this length on."""

LENGTHS = frozenset((6, 8, 11, 12, 13, 14, 15, 16, *range(17, 31)))
"""Whole sub-fields, and 60.7 / 60.8 cut short as real senders do (16 digits: a two-digit 60.7)."""


@dataclass(frozen=True, slots=True)
class F60:
    """Sub-fields as digits; "" where the value does not reach.  `batch` holds 6 digits, `net_code` 3."""

    type_code: str
    batch: str
    net_code: str = ""
    capability: str = ""
    ic_condition: str = ""
    partial: str = ""
    account_type: str = ""
    rest: str = ""


def parse_f60(value: str | bytes, dialect: Dialect) -> F60:
    """Split F60 by its length.  Raises DecodeError for non-digits and for a length that fits no form."""
    text = digits_of(value, "F60")
    if len(text) == _BATCH_ONLY:
        return F60(type_code="", batch=text)
    return F60(**cut(text, LAYOUT, "F60", LENGTHS))


def build_f60(record: F60, dialect: Dialect) -> str:
    """The digits of F60.  Raises EncodeError when a sub-field has the wrong length."""
    if not record.type_code and record == F60("", record.batch) and len(record.batch) == _BATCH_ONLY:
        return require_digits(record.batch, "F60")
    lengths = LENGTHS - {_BATCH_ONLY}
    return require_digits(join(record, LAYOUT, "F60", lengths), "F60")


def net_code_of(f60: str, f3: str | None) -> str:
    """60.3 of the digits of F60.  Where F60 ends before it, the last three digits of an F3 that begins with 990: no
    source says how such an acquirer tells its 0800s apart, so this is posrig's choice.  "" where there is neither."""
    if len(f60) >= _WITH_NET_CODE:
        return f60[_WITH_NET_CODE - 3 : _WITH_NET_CODE]
    return f3[3:] if f3 is not None and len(f3) == 6 and f3.startswith(CODE_IN_F3) else ""


def rows_f60(record: F60) -> list[Row]:
    """The sub-fields that are present."""
    return rows_of(record, LAYOUT)


_BATCH_ONLY = 6
