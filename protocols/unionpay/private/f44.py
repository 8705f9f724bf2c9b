"""F44: issuer and acquirer of the reply (Q/CUP 009 F44), or the wallet that paid (Chanjet POS V2.0, QR payments)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...text import Text
from .layout import Context, Part, Raw, Row, cut, join, raw_rows, rows_of

if TYPE_CHECKING:
    from ..dialect import Dialect

PATH = "F44"
WALLETS = {
    "002": Text("微信", "WeChat Pay"),
    "003": Text("支付宝", "Alipay"),
    "004": Text("银联", "UnionPay"),
}
LAYOUT = (
    Part("issuer", 11, "44.1", Text("发卡机构代码", "Issuer")),
    Part("acquirer", 11, "44.2", Text("收单机构代码", "Acquirer")),
    Part("rest", 3, "44.3", Text("其余", "Remainder")),
)
_LENGTHS = (22, 23, 24, 25)
_QR = "60"


@dataclass(frozen=True, slots=True)
class F44:
    """Two institution codes of 11 characters, space padded as on the wire."""

    issuer: str
    acquirer: str
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Wallet:
    """The wallet of a QR payment (F60.1 = 60): `code` 002, 003 or 004."""

    code: str


def parse_f44(value: str, dialect: Dialect, context: Context | None = None) -> F44 | Wallet | Raw:
    """Split F44.  A value of another length stays raw; nothing is an error."""
    if context is not None and context.type_code == _QR and value in WALLETS:
        return Wallet(value)
    return F44(**cut(value, LAYOUT, PATH, _LENGTHS)) if len(value) in _LENGTHS else Raw(value)


def build_f44(record: F44 | Wallet | Raw, dialect: Dialect) -> str:
    """The characters of F44.  Raises EncodeError for a code that is not 11 characters."""
    if isinstance(record, Raw):
        return record.value if isinstance(record.value, str) else record.value.decode("latin-1")
    return record.code if isinstance(record, Wallet) else join(record, LAYOUT, PATH, _LENGTHS)


def rows_f44(record: F44 | Wallet | Raw) -> list[Row]:
    """The parts."""
    if isinstance(record, Raw):
        return raw_rows(record, "44")
    if isinstance(record, Wallet):
        return [("44", Text("支付渠道", "Wallet"), record.code, WALLETS.get(record.code))]
    return rows_of(record, LAYOUT)
