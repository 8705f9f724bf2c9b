"""F48: settlement totals, batch detail, batch end, tip (Q/CUP 009 F48; Chanjet POS V2.0 F48).

The usage follows from the message, not from the value: 0500 / 0510 totals, 0320 with 201 detail, 0320 with
202 or 207 the end, 0220 with F60.1 = 34 the tip.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...text import Text
from .layout import Context, Part, Raw, Row, cut, digits_of, raw_rows, refuse, reject

if TYPE_CHECKING:
    from ..dialect import Dialect

PATH = "F48"
MAX_DETAILS = 8
"""Entries per batch message that the specification allows."""

CODES = {
    "0": Text("请求或未对账", "request, or not compared"),
    "1": Text("对账平", "balanced"),
    "2": Text("对账不平", "not balanced"),
    "3": Text("对账出错", "error"),
}
SCHEMES = {"00": Text("内卡", "domestic card"), "01": Text("外卡", "foreign card")}
TOTALS_LAYOUT = (
    Part("debit_fen", 12, "1", Text("借记总金额(分)", "Debit total (fen)")),
    Part("debit_count", 3, "2", Text("借记总笔数", "Debit count")),
    Part("credit_fen", 12, "3", Text("贷记总金额(分)", "Credit total (fen)")),
    Part("credit_count", 3, "4", Text("贷记总笔数", "Credit count")),
    Part("code", 1, "5", Text("对账应答代码", "Settlement result"), CODES),
)
DETAIL_LAYOUT = (
    Part("scheme", 2, "1", Text("卡类别", "Card scheme"), SCHEMES),
    Part("stan", 6, "2", Text("流水号", "STAN")),
    Part("pan", 20, "3", Text("卡号", "PAN")),
    Part("amount_fen", 12, "4", Text("金额(分)", "Amount (fen)")),
)
_GROUP = 31
_ENTRY = 40


@dataclass(frozen=True, slots=True)
class Totals:
    """Totals of one card scheme.  Amounts in fen (0 to 999999999999), counts 0 to 999.

    `code`: "0" in a request; in a reply "1" balanced, "2" not balanced, "3" error.
    """

    debit_fen: int = 0
    debit_count: int = 0
    credit_fen: int = 0
    credit_count: int = 0
    code: str = "0"


@dataclass(frozen=True, slots=True)
class Settlement:
    """The 62 digits of 0500 and 0510; the result codes stand at index 30 and 61."""

    domestic: Totals
    foreign: Totals = Totals()

    @property
    def balanced(self) -> bool:
        """Neither part is told to be unbalanced or in error; a foreign code of 0 occurs and is no complaint."""
        return self.domestic.code == "1" and self.foreign.code in ("0", "1")


@dataclass(frozen=True, slots=True)
class BatchEntry:
    """One magnetic-stripe transaction: `scheme` 00 domestic / 01 foreign, `pan` without its padding of zeros."""

    scheme: str
    stan: str
    pan: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class BatchDetail:
    """A 0320 with F60.3 = 201: up to `MAX_DETAILS` entries."""

    entries: tuple[BatchEntry, ...]


@dataclass(frozen=True, slots=True)
class BatchEnd:
    """A 0320 with F60.3 = 202 or 207: how many transactions were uploaded (0 to 9999)."""

    count: int


@dataclass(frozen=True, slots=True)
class Tip:
    """A 0220 with F60.1 = 34: the tip in fen."""

    amount_fen: int


F48 = Settlement | BatchDetail | BatchEnd | Tip | Raw


def parse_f48(value: str | bytes, dialect: Dialect, context: Context) -> F48:
    """Read F48 by the usage that `context` selects; any other use stays raw.

    Raises DecodeError when the value does not have the form of its usage.
    """
    if context.mti in ("0500", "0510"):
        return _parse_settlement(digits_of(value, PATH))
    if context.mti in ("0320", "0330") and context.net_code == "201":
        return _parse_detail(digits_of(value, PATH))
    if context.mti in ("0320", "0330") and context.net_code in ("202", "207"):
        return BatchEnd(_fixed(digits_of(value, PATH), 4))
    if context.mti in ("0220", "0230") and context.type_code == "34":
        return Tip(_fixed(digits_of(value, PATH), 12))
    return Raw(value)


def build_f48(record: F48, dialect: Dialect) -> str | bytes:
    """The value of F48: digits, or octets where the dialect makes F48 alphanumeric.  Raises EncodeError."""
    if isinstance(record, Raw):
        return record.value
    text = _digits(record)
    return text.encode("ascii") if dialect.f48_form == "ans" else text


def rows_f48(record: F48) -> list[Row]:
    """The sub-fields, `48.1.2` for the second of the first group or entry."""
    if isinstance(record, Raw):
        return raw_rows(record, "48")
    if isinstance(record, BatchEnd):
        return [("48", Text("批上送总笔数", "Transactions uploaded"), str(record.count), None)]
    if isinstance(record, Tip):
        return [("48", Text("小费金额(分)", "Tip (fen)"), str(record.amount_fen), None)]
    groups: tuple[tuple[object, tuple[Part, ...], Text], ...]
    if isinstance(record, Settlement):
        groups = (
            (record.domestic, TOTALS_LAYOUT, Text("内卡", "domestic")),
            (record.foreign, TOTALS_LAYOUT, Text("外卡", "foreign")),
        )
    else:
        groups = tuple(
            (entry, DETAIL_LAYOUT, Text(f"第 {i} 笔", f"entry {i}")) for i, entry in enumerate(record.entries, 1)
        )
    rows: list[Row] = []
    for i, (group, parts, label) in enumerate(groups, 1):
        for part in parts:
            shown = str(getattr(group, part.key))
            name = Text(f"{label.zh} {part.name.zh}", f"{part.name.en}, {label.en}")
            rows.append((f"48.{i}.{part.number}", name, shown, part.meanings.get(shown)))
    return rows


def _parse_settlement(text: str) -> Settlement:
    if len(text) != 2 * _GROUP:
        refuse(PATH, text, f"结算数据应为 62 位，收到 {len(text)} 位", f"Must have 62 digits, not {len(text)}")
    return Settlement(_totals(text[:_GROUP]), _totals(text[_GROUP:]))


def _totals(text: str) -> Totals:
    got = cut(text, TOTALS_LAYOUT, PATH, (_GROUP,))
    return Totals(
        int(got["debit_fen"]), int(got["debit_count"]), int(got["credit_fen"]), int(got["credit_count"]), got["code"]
    )


def _parse_detail(text: str) -> BatchDetail:
    count = int(text[:2])
    if len(text) != 2 + count * _ENTRY or count > MAX_DETAILS:
        refuse(
            PATH,
            text,
            f"批上送笔数 {text[:2]} 与长度 {len(text)} 不符，每次最多 {MAX_DETAILS} 笔",
            f"Count {text[:2]} and length {len(text)} do not agree, or more than {MAX_DETAILS} entries",
        )
    return BatchDetail(tuple(_entry(text[at : at + _ENTRY]) for at in range(2, len(text), _ENTRY)))


def _entry(text: str) -> BatchEntry:
    got = cut(text, DETAIL_LAYOUT, PATH, (_ENTRY,))
    return BatchEntry(got["scheme"], got["stan"], got["pan"].lstrip("0"), int(got["amount_fen"]))


def _fixed(text: str, size: int) -> int:
    if len(text) != size:
        refuse(PATH, text, f"应为 {size} 位数字，收到 {len(text)} 位", f"Must have {size} digits, not {len(text)}")
    return int(text)


def _digits(record: Settlement | BatchDetail | BatchEnd | Tip) -> str:
    if isinstance(record, Settlement):
        return _pad(record.domestic, TOTALS_LAYOUT) + _pad(record.foreign, TOTALS_LAYOUT)
    if isinstance(record, BatchEnd):
        return _number(record.count, 4, "48")
    if isinstance(record, Tip):
        return _number(record.amount_fen, 12, "48")
    if len(record.entries) > MAX_DETAILS:
        reject(PATH, len(record.entries), f"每次最多 {MAX_DETAILS} 笔", f"At most {MAX_DETAILS} entries")
    return f"{len(record.entries):02d}" + "".join(_pad(entry, DETAIL_LAYOUT) for entry in record.entries)


def _pad(record: object, parts: tuple[Part, ...]) -> str:
    return "".join(_number(getattr(record, part.key), part.size, f"48.{part.number}") for part in parts)


def _number(value: int | str, size: int, number: str) -> str:
    """Right-aligned, zeros on the left: the one rule of every numeric sub-field of F48."""
    text = str(value).zfill(size)
    if len(text) != size or not (text.isascii() and text.isdigit()):
        reject(f"{PATH}/{number}", value, f"应为最多 {size} 位数字", f"Must be at most {size} digits")
    return text
