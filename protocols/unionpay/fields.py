"""The field table: number, name, format, length (Chanjet POS V2.0; ISO 8583:1987 for F24, F33, F54)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..codec import Leaf
from ..fields import Chars, Digits, Octets, VarChars, VarDigits, VarOctets
from ..text import Text
from .dialect import Dialect

Format = Literal["n", "z", "an", "ans", "b"]
Align = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One row of the field table.

    `length` is the fixed length or the largest one: digits for n and z, octets for the rest.  `length_octets` is 0
    (fixed), 1 (LL) or 2 (LLL).  `raw` marks the private fields whose value is `bytes` though they are called ans.
    `count_octets`: the length of a digit field counts octets.
    """

    number: int
    name: Text
    format: Format
    length: int
    length_octets: int = 0
    align: Align = "right"
    raw: bool = False
    count_octets: bool = False

    def leaf(self, pad: str = "0") -> Leaf:
        """The construct of this field."""
        if self.format in ("n", "z"):
            if self.length_octets:
                return VarDigits(self.length_octets, self.length, pad, self.format == "z", self.count_octets)
            return Digits(self.length, self.align, pad)
        if self.format == "b" or self.raw:
            return VarOctets(self.length_octets, self.length) if self.length_octets else Octets(self.length)
        return VarChars(self.length_octets, self.length) if self.length_octets else Chars(self.length)


def _row(
    number: int, zh: str, en: str, form: Format, length: int, ll: int = 0, align: Align = "right", raw: bool = False
) -> FieldSpec:
    return FieldSpec(number, Text(zh, en), form, length, ll, align, raw)


LL, LLL = 1, 2
PRIVATE_OCTETS_MAX = 999
"""What three length digits can say.  Real acquirers exceed the specification's 255, 512, 163 (signature images)."""

STANDARD: tuple[FieldSpec, ...] = (
    _row(2, "主账号", "primary account number", "n", 19, LL),
    _row(3, "交易处理码", "processing code", "n", 6),
    _row(4, "交易金额", "amount", "n", 12),
    _row(11, "受卡方系统跟踪号", "system trace audit number", "n", 6),
    _row(12, "受卡方所在地时间", "local time", "n", 6),
    _row(13, "受卡方所在地日期", "local date", "n", 4),
    _row(14, "卡有效期", "expiry date", "n", 4),
    _row(15, "清算日期", "settlement date", "n", 4),
    _row(22, "服务点输入方式码", "point-of-service entry mode", "n", 3, align="left"),
    _row(23, "卡序列号", "card sequence number", "n", 3),
    _row(24, "网络国际标识", "network international identifier", "n", 3),
    _row(25, "服务点条件码", "point-of-service condition code", "n", 2),
    _row(26, "服务点 PIN 获取码", "PIN capture code", "n", 2),
    _row(27, "借贷记标识", "debit or credit card", "n", 1),
    _row(32, "受理方标识码", "acquiring institution", "n", 11, LL),
    _row(33, "发送方标识码", "forwarding institution", "n", 11, LL),
    _row(35, "第二磁道数据", "track 2", "z", 37, LL),
    _row(36, "第三磁道数据", "track 3", "z", 104, LLL),
    _row(37, "检索参考号", "retrieval reference number", "an", 12),
    _row(38, "授权标识应答码", "authorisation code", "an", 6),
    _row(39, "应答码", "response code", "an", 2),
    _row(41, "受卡机终端标识码", "terminal identification", "ans", 8),
    _row(42, "受卡方标识码", "merchant identification", "ans", 15),
    _row(43, "商户名称", "merchant name", "ans", 40),
    _row(44, "附加响应数据", "additional response data", "an", 25, LL),
    _row(46, "自定义域 46", "private field 46", "ans", PRIVATE_OCTETS_MAX, LLL, raw=True),
    _row(47, "自定义域 47", "private field 47", "ans", PRIVATE_OCTETS_MAX, LLL, raw=True),
    _row(48, "附加数据-私有", "additional private data", "n", 322, LLL),
    _row(49, "交易货币代码", "currency code", "an", 3),
    _row(52, "个人标识码数据", "PIN block", "b", 8),
    _row(53, "安全控制信息", "security control information", "n", 16),
    _row(54, "附加金额", "additional amounts", "an", 120, LLL),
    _row(55, "IC 卡数据域", "IC card data", "b", PRIVATE_OCTETS_MAX, LLL),
    _row(56, "应答信息", "response text", "ans", PRIVATE_OCTETS_MAX, LLL, raw=True),
    _row(57, "自定义域 57", "private field 57", "ans", PRIVATE_OCTETS_MAX, LLL, raw=True),
    _row(58, "PBOC 电子钱包", "PBOC electronic purse", "ans", PRIVATE_OCTETS_MAX, LLL, raw=True),
    _row(59, "自定义域 59", "private field 59", "ans", PRIVATE_OCTETS_MAX, LLL, raw=True),
    _row(60, "自定义域 60", "private field 60", "n", 99, LLL),
    _row(61, "原始信息", "original data", "n", 99, LLL),
    _row(62, "自定义域 62", "private field 62", "b", PRIVATE_OCTETS_MAX, LLL),
    _row(63, "自定义域 63", "private field 63", "ans", PRIVATE_OCTETS_MAX, LLL, raw=True),
    _row(64, "报文鉴别码", "message authentication code", "b", 8),
)

ORDER_FIELDS: tuple[FieldSpec, ...] = (
    _row(5, "支付链接", "payment url", "ans", PRIVATE_OCTETS_MAX, LLL),
    _row(6, "订单号", "order number", "ans", 99, LL),
    _row(7, "商户订单号", "merchant order number", "ans", 99, LL),
)
"""Chanjet's order payments only."""


def _adapted(spec: FieldSpec, dialect: Dialect) -> FieldSpec:
    if spec.number == 22:
        return FieldSpec(22, spec.name, "n", 3, 0, dialect.f22_align)
    if spec.number == 48 and dialect.f48_form == "ans":
        return FieldSpec(48, spec.name, "ans", PRIVATE_OCTETS_MAX, LLL, raw=True)
    if spec.number in (60, 61) and dialect.f60_form == "ans":
        return FieldSpec(spec.number, spec.name, "ans", 99, LLL)
    if spec.number == 61 and dialect.f61_count == "octets":
        return FieldSpec(61, spec.name, "n", 98, LLL, count_octets=True)
    if spec.number == 62 and dialect.f60_form == "ans":
        return FieldSpec(62, spec.name, "ans", PRIVATE_OCTETS_MAX, LLL, raw=True)
    return spec


def field_table(dialect: Dialect) -> dict[int, FieldSpec]:
    """The rows of `dialect` by field number."""
    rows = STANDARD + (ORDER_FIELDS if dialect.order_fields else ())
    return {spec.number: _adapted(spec, dialect) for spec in sorted(rows, key=lambda spec: spec.number)}


def leaves(dialect: Dialect) -> dict[int, Leaf]:
    """The constructs of `dialect` by field number."""
    return {n: spec.leaf(dialect.track_pad if n in (35, 36) else "0") for n, spec in field_table(dialect).items()}
