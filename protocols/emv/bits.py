"""Octets whose bits have names: base of the tables in `flags` and `issuer_data`.

A table is a flag class and the only place where its names stand: `Tvr.NEW_CARD in tvr`, `tvr | Tvr.NEW_CARD`,
`tvr & ~Tvr.NEW_CARD`, `Tvr["NEW_CARD"]`, `Tvr.of(octets)`, `tvr.octets()`, `tvr.texts()`.
Bits without a name are kept.
"""

from __future__ import annotations

from enum import IntFlag
from typing import ClassVar, Self

from ..errors import decode_error
from ..text import Text

MAX_OCTETS = 8
"""Longer than any table."""
_ALL = (1 << 8 * MAX_OCTETS) - 1

_SIZE = Text("应为 {need} 字节，实有 {left} 字节", "{need} octets are wanted, {left} are there")
_CURE = Text("请核对该数据对象的长度", "Check the length of this data object")
_RESERVED = Text("保留位 {place}", "RFU bit {place}")


class Bits(IntFlag):
    """Base of the tables: `class Tvr(Bits, octets=5)`.  A member is octet (from 1), mask in it, names.

    As a number a value stands at the left of MAX_OCTETS octets, so that a member needs no table length; use `octets()`.
    """

    OCTETS: ClassVar[int]
    text: Text

    def __new__(cls, octet: int, mask: int, zh: str, en: str) -> Self:
        """One named bit."""
        value = mask << 8 * (MAX_OCTETS - octet)
        member = int.__new__(cls, value)
        member._value_ = value
        member.text = Text(zh, en)
        return member

    def __init_subclass__(cls, octets: int, **more: object) -> None:
        """`octets`: how long the value is, 1 to MAX_OCTETS."""
        super().__init_subclass__(**more)
        cls.OCTETS = octets

    @classmethod
    def of(cls, octets: bytes) -> Self:
        """The value of `octets`.  Raises DecodeError where they are not OCTETS long."""
        if len(octets) != cls.OCTETS:
            what = _SIZE.format(need=cls.OCTETS, left=len(octets))
            offset = min(cls.OCTETS, len(octets))
            raise decode_error(what, _CURE, path=cls.__name__, offset=offset, data=octets)
        return cls(int.from_bytes(octets.ljust(MAX_OCTETS, b"\x00"), "big"))  # type: ignore[call-arg]  # a value, not a row

    @classmethod
    def none(cls) -> Self:
        """No bit set."""
        return cls.of(bytes(cls.OCTETS))

    @classmethod
    def _missing_(cls, value: object) -> object:
        """`~flag` is all other bits of MAX_OCTETS: enum's own would drop a nameless one left of the first name."""
        return super()._missing_(value & _ALL if isinstance(value, int) else value)

    def octets(self) -> bytes:
        """The value as octets."""
        return int(self).to_bytes(MAX_OCTETS, "big")[: self.OCTETS]

    def rows(self) -> tuple[tuple[str, Text], ...]:
        """The bits that are set, highest first: place (`1.8` is bit 8 of octet 1) and name."""
        names = {int(member): member.text for member in type(self)}
        rows = []
        for at in range(8 * self.OCTETS):
            bit = 1 << (8 * MAX_OCTETS - 1 - at)
            if int(self) & bit:
                place = f"{at // 8 + 1}.{8 - at % 8}"
                rows.append((place, names.get(bit) or _RESERVED.format(place=place)))
        return tuple(rows)

    def texts(self) -> tuple[Text, ...]:
        """The names of the bits that are set, highest first."""
        return tuple(text for _, text in self.rows())
