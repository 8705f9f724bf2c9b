"""F58: electronic purse of PBOC 1.0 (usages RQ, RP, TA; Q/CUP 009 F58), or an order's title (Chanjet POS V2.0)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...text import Text
from .layout import Raw, Row, chinese, octets_of, raw_rows, reject, show

if TYPE_CHECKING:
    from ..dialect import Dialect

PATH = "F58"
MAX_OCTETS = 100

USAGES = {
    "RQ": Text("电子钱包请求数据", "Purse data of a request"),
    "RP": Text("电子钱包应答数据", "Purse data of a reply"),
    "TA": Text("电子钱包交易认证数据", "Purse data that proves the transaction"),
}


@dataclass(frozen=True, slots=True)
class Purse:
    """`usage` RQ, RP or TA; `content` what follows, not published in more detail, unchanged."""

    usage: str
    content: bytes


@dataclass(frozen=True, slots=True)
class OrderTitle:
    """The title of an order in GBK, in dialects that have order payments."""

    octets: bytes

    @property
    def title(self) -> str:
        """The title as text."""
        return chinese(self.octets)


F58 = Purse | OrderTitle | Raw


def parse_f58(value: bytes, dialect: Dialect) -> F58:
    """Tell the usage.  Anything else stays raw; nothing is an error."""
    usage = value[:2].decode("latin-1")
    if dialect.order_fields:
        return OrderTitle(value)
    return Purse(usage, value[2:]) if usage in USAGES and len(value) <= MAX_OCTETS else Raw(value)


def build_f58(record: F58, dialect: Dialect) -> bytes:
    """The octets of F58.  Raises EncodeError for an unknown usage."""
    if isinstance(record, Raw):
        return octets_of(record.value)
    if isinstance(record, OrderTitle):
        return record.octets
    if record.usage not in USAGES or len(record.content) > MAX_OCTETS - 2:
        reject(PATH, record, "用法应为 RQ、RP 或 TA，内容最多 98 字节", "RQ, RP or TA, and at most 98 octets")
    return record.usage.encode("ascii") + record.content


def rows_f58(record: F58) -> list[Row]:
    """The usage or the title."""
    if isinstance(record, Raw):
        return raw_rows(record, "58")
    if isinstance(record, OrderTitle):
        return [("58", Text("订单标题", "Order title"), record.title, None)]
    return [(f"58.{record.usage}", USAGES[record.usage], show(record.content), None)]
