"""F54: balances in groups of 20 characters, or the cumulative authorised amount (Q/CUP 009 F54)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...text import Text
from .layout import Part, Raw, Row, cut, is_digits, join, raw_rows, reject, rows_of

if TYPE_CHECKING:
    from ..dialect import Dialect

PATH = "F54"
GROUP = 20
MAX_GROUPS = 6
"""Two are the most seen; ISO 8583 allows six."""

LAYOUT = (
    Part("account_type", 2, "1", Text("账户类型", "Account type"), {
        "00": Text("默认账户", "default"),
        "10": Text("储蓄账户", "savings"),
        "20": Text("支票账户", "cheque"),
        "30": Text("信用卡账户", "credit"),
    }),
    Part("amount_type", 2, "2", Text("余额类型", "Amount type"), {
        "01": Text("账面余额", "ledger balance"),
        "02": Text("可用余额", "available balance"),
        "03": Text("总额度", "total limit"),
    }),
    Part("currency", 3, "3", Text("币种", "Currency"), {"156": Text("人民币", "CNY")}),
    Part("sign", 1, "4", Text("余额符号", "Sign"), {"C": Text("正", "credit"), "D": Text("负", "debit")}),
    Part("amount", 12, "5", Text("金额(分)", "Amount (fen)")),
)  # fmt: skip
_CUMULATIVE = "TA"


@dataclass(frozen=True, slots=True)
class Balance:
    """One group.  `sign` C or D, `amount` 12 digits of the minor unit (vendors' samples hold spaces at times)."""

    account_type: str
    amount_type: str
    currency: str
    sign: str
    amount: str

    @property
    def signed_fen(self) -> int | None:
        """The amount with its sign, or None when it is not made of digits."""
        return None if not is_digits(self.amount) else int(self.amount) * (-1 if self.sign == "D" else 1)


@dataclass(frozen=True, slots=True)
class Balances:
    """All groups in wire order."""

    groups: tuple[Balance, ...]


@dataclass(frozen=True, slots=True)
class CumulativeAmount:
    """`TA` + 12 digits: the amount authorised so far, in fen."""

    amount_fen: int


F54 = Balances | CumulativeAmount | Raw


def parse_f54(value: str, dialect: Dialect) -> F54:
    """Split F54.  A value of another form stays raw; nothing is an error."""
    if value.startswith(_CUMULATIVE) and len(value) == 14 and is_digits(value[2:]):
        return CumulativeAmount(int(value[2:]))
    if not value or len(value) % GROUP or len(value) > GROUP * MAX_GROUPS:
        return Raw(value)
    return Balances(
        tuple(Balance(**cut(value[at : at + GROUP], LAYOUT, PATH, (GROUP,))) for at in range(0, len(value), GROUP))
    )


def build_f54(record: F54, dialect: Dialect) -> str:
    """The characters of F54.  Raises EncodeError for a part of the wrong length."""
    if isinstance(record, Raw):
        return record.value if isinstance(record.value, str) else record.value.decode("latin-1")
    if isinstance(record, CumulativeAmount):
        if not 0 <= record.amount_fen < 10**12:
            reject(PATH, record.amount_fen, "金额应在 12 位以内", "The amount must fit 12 digits")
        return f"{_CUMULATIVE}{record.amount_fen:012d}"
    if not 1 <= len(record.groups) <= MAX_GROUPS:
        reject(PATH, len(record.groups), f"应为 1 至 {MAX_GROUPS} 组", f"Must have 1 to {MAX_GROUPS} groups")
    return "".join(join(group, LAYOUT, PATH, (GROUP,)) for group in record.groups)


def rows_f54(record: F54) -> list[Row]:
    """The parts of every group."""
    if isinstance(record, Raw):
        return raw_rows(record, "54")
    if isinstance(record, CumulativeAmount):
        return [("54.TA", Text("累计授权金额(分)", "Cumulative authorised amount (fen)"), str(record.amount_fen), None)]
    return [
        (f"54.{i}.{number}", name, value, meaning)
        for i, group in enumerate(record.groups, 1)
        for number, name, value, meaning in rows_of(group, LAYOUT)
    ]
