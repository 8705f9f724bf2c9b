"""F55: chip data as BER-TLV (Q/CUP 009 F55; EMV Book 3 Annex A; Chanjet POS V2.0; PAX Android terminal)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...emv.meanings import joined, meanings_of
from ...emv.tags import tag_name
from ...tlv import Tlv, build_tlv, find_tlv, parse_tlv
from .layout import Row

if TYPE_CHECKING:
    from ..dialect import Dialect


@dataclass(frozen=True, slots=True)
class F55:
    """The data objects of F55 in wire order."""

    items: tuple[Tlv, ...]

    def get(self, tag: int) -> bytes | None:
        """Value of the first object with this tag, or None."""
        return find_tlv(self.items, tag)


def parse_f55(value: bytes, dialect: Dialect) -> F55:
    """Split F55.  Raises DecodeError when an object is cut off."""
    return F55(parse_tlv(value, "F55"))


def build_f55(record: F55, dialect: Dialect) -> bytes:
    """The octets of F55.  Raises EncodeError for an illegal tag or too long a value."""
    return build_tlv(record.items)


def rows_f55(record: F55) -> list[Row]:
    """One row per data object, with what its value says."""
    return [
        (f"55.{item.tag_hex}", tag_name(item.tag), item.value.hex().upper(), joined(meanings_of(item.tag, item.value)))
        for item in record.items
    ]
