"""F63: operator or card organisation, and remarks to print (Q/CUP 009 F63); SM4 PIN block of one acquirer (VFWZ)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...text import Text
from .layout import Part, Raw, Row, chinese, cut, join, octets_of, raw_rows, refuse, reject, rows_of

if TYPE_CHECKING:
    from ..dialect import Dialect

PATH = "F63"
MAX_OCTETS = 163
SM4_MARK = b"SM016"
SM4_OCTETS = 16

SCHEMES = {
    "CUP": Text("中国银联", "UnionPay"),
    "VIS": Text("维萨", "Visa"),
    "MCC": Text("万事达", "Mastercard"),
    "MAE": Text("万事顺", "Maestro"),
    "JCB": Text("吉士美", "JCB"),
    "DCC": Text("大来", "Diners Club"),
    "AMX": Text("美国运通", "American Express"),
}
LAYOUT = (
    Part("code", 3, "63.1", Text("操作员号或国际信用卡公司代码", "Operator number or card organisation"), SCHEMES),
    Part("issuer", 20, "63.2.1", Text("发卡方保留域", "Issuer's remark")),
    Part("scheme", 20, "63.2.2", Text("银联保留域", "Card organisation's remark")),
    Part("acquirer", 20, "63.2.3", Text("受理机构保留域", "Acquirer's remark")),
    Part("terminal", 60, "63.2.4", Text("POS 终端保留域", "Terminal's remark")),
    Part("rest", 40, "63.2.5", Text("其余", "Remainder")),
)
_LENGTHS = range(MAX_OCTETS + 1)


@dataclass(frozen=True, slots=True)
class F63:
    """One character per octet (latin-1), padded as on the wire; "" where the value does not reach.

    `code`: the operator in a request (`01 `), the card organisation in a reply (`CUP`).
    """

    code: str
    issuer: str = ""
    scheme: str = ""
    acquirer: str = ""
    terminal: str = ""
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Sm4Pin:
    """The 16-octet SM4 PIN block that one acquirer puts here."""

    block: bytes


def parse_f63(value: bytes, dialect: Dialect) -> F63 | Sm4Pin | Raw:
    """Split F63 by position; longer than `MAX_OCTETS` stays raw.  Raises DecodeError for a cut-off SM4 PIN block."""
    if value.startswith(SM4_MARK):
        block = value[len(SM4_MARK) :]
        if len(block) != SM4_OCTETS:
            refuse(PATH, value, "国密 PIN 应为 16 字节", "The SM4 PIN block has 16 octets", len(SM4_MARK))
        return Sm4Pin(block)
    if len(value) > MAX_OCTETS:
        return Raw(value)
    return F63(**cut(value.decode("latin-1"), LAYOUT, PATH, _LENGTHS))


def build_f63(record: F63 | Sm4Pin | Raw, dialect: Dialect) -> bytes:
    """The octets of F63.  Raises EncodeError when a part is too long or too short before another."""
    if isinstance(record, Raw):
        return octets_of(record.value)
    if isinstance(record, Sm4Pin):
        if len(record.block) != SM4_OCTETS:
            reject(PATH, record.block, "国密 PIN 应为 16 字节", "The SM4 PIN block has 16 octets")
        return SM4_MARK + record.block
    return octets_of(join(record, LAYOUT, PATH, _LENGTHS))


def rows_f63(record: F63 | Sm4Pin | Raw) -> list[Row]:
    """The parts that are present, remarks as GBK text."""
    if isinstance(record, Raw):
        return raw_rows(record, "63")
    if isinstance(record, Sm4Pin):
        return [("63.SM", Text("国密 PIN", "SM4 PIN block"), record.block.hex().upper(), None)]
    return [(path, name, chinese(octets_of(value)), meaning) for path, name, value, meaning in rows_of(record, LAYOUT)]
