"""F62 of an IC batch detail and of a cardholder check (Q/CUP 009 F62 usages 5, 6, 7; Chanjet POS V2.0 F62 usage 24)."""

from __future__ import annotations

from dataclasses import dataclass

from ...text import Text
from .layout import Part, Row, chinese, cut, digits_of, join, octets_of, require_digits, rows_of

PATH = "F62"
CLASSES = {"00": Text("内卡", "domestic card"), "01": Text("外卡", "foreign card")}
USAGES = {
    "51": Text("圈存确认", "load confirmation"),
    "61": Text("IC 卡成功交易明细", "successful chip transaction"),
    "71": Text("IC 卡通知", "failed chip transaction"),
}
CODES = {
    "00": Text("成功", "approved"),
    "11": Text("脱机失败", "offline, failed"),
    "13": Text("不能联机", "could not go online"),
    "05": Text("ARPC 错", "ARPC error"),
}
CRYPTOGRAMS = {"1": Text("AAC", "AAC"), "2": Text("ARPC", "ARPC")}
LAYOUT = (
    Part("usage", 2, "62.1", Text("用法和笔数", "Usage and count"), USAGES),
    Part("card_class", 2, "62.2", Text("卡类别", "Card class"), CLASSES),
    Part("code", 2, "62.3", Text("应答或失败代码", "Response or failure code"), CODES),
    Part("amount", 12, "62.4", Text("金额(分)", "Amount (fen)")),
    Part("currency", 3, "62.5", Text("币种", "Currency")),
    Part("cryptogram", 1, "62.6", Text("密文类型", "Cryptogram type"), CRYPTOGRAMS),
    Part("arpc_result", 1, "62.7", Text("ARPC 认证结果", "ARPC result"), {"2": Text("失败", "failed")}),
)
LENGTHS = (21, 23)
HOLDER_LAYOUT = (
    Part("id_type", 2, "62.1", Text("证件类型", "Document type")),
    Part("id_number", 18, "62.2", Text("证件号码", "Document number")),
    Part("phone", 11, "62.3", Text("手机号", "Mobile number")),
    Part("name", 30, "62.4", Text("姓名", "Name")),
)
HOLDER_OCTETS = 61


@dataclass(frozen=True, slots=True)
class IcDetail:
    """Digits of one chip transaction; `usage` 61 successful, 71 failed (with the last two sub-fields), 51 load.

    `amount` 12 digits of fen, `currency` "156".
    """

    usage: str
    card_class: str
    code: str
    amount: str
    currency: str
    cryptogram: str = ""
    arpc_result: str = ""


@dataclass(frozen=True, slots=True)
class CardholderCheck:
    """Identity of a cardholder, one character per octet, space padded to 2, 18, 11 and 30."""

    id_type: str
    id_number: str
    phone: str
    name: str


def parse_ic_detail(value: bytes) -> IcDetail:
    """21 or 23 digits.  Raises DecodeError for anything else."""
    return IcDetail(**cut(digits_of(value, PATH), LAYOUT, PATH, LENGTHS))


def build_ic_detail(record: IcDetail) -> bytes:
    """The octets of the detail.  Raises EncodeError for a sub-field of the wrong length."""
    return require_digits(join(record, LAYOUT, PATH, LENGTHS), PATH).encode("ascii")


def parse_cardholder(value: bytes) -> CardholderCheck:
    """61 octets.  Raises DecodeError for another length."""
    return CardholderCheck(**cut(value.decode("latin-1"), HOLDER_LAYOUT, PATH, (HOLDER_OCTETS,)))


def build_cardholder(record: CardholderCheck) -> bytes:
    """The octets of the check.  Raises EncodeError for a sub-field of the wrong length."""
    return octets_of(join(record, HOLDER_LAYOUT, PATH, (HOLDER_OCTETS,)))


def rows_batch(record: IcDetail | CardholderCheck) -> list[Row]:
    """The sub-fields that are present; names are GBK."""
    if isinstance(record, IcDetail):
        return rows_of(record, LAYOUT)
    return [(path, name, chinese(octets_of(v)), meaning) for path, name, v, meaning in rows_of(record, HOLDER_LAYOUT)]
