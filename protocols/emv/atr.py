"""Answer to reset (ISO/IEC 7816-3 clause 8; pseudo-ATR of contactless cards: PC/SC part 3, clause 3.1.3.2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import NoReturn

from ..errors import SHORT, SHORT_CURE, TRAILING, EncodeError, decode_error
from ..text import Text

DIRECT, INVERSE = 0x3B, 0x3F
OCTETS_MAX = 33
"""TS and at most 32 characters behind it."""
HISTORICAL_MAX = 15

FI: Mapping[int, tuple[int, int]] = {
    0: (372, 4_000_000), 1: (372, 5_000_000), 2: (558, 6_000_000), 3: (744, 8_000_000), 4: (1116, 12_000_000),
    5: (1488, 16_000_000), 6: (1860, 20_000_000), 9: (512, 5_000_000), 10: (768, 7_500_000), 11: (1024, 10_000_000),
    12: (1536, 15_000_000), 13: (2048, 20_000_000),
}  # fmt: skip
"""High nibble of TA1: clock conversion integer and highest clock in Hz (ISO/IEC 7816-3 table 7)."""
DI: Mapping[int, int] = {1: 1, 2: 2, 3: 4, 4: 8, 5: 16, 6: 32, 7: 64, 8: 12, 9: 20}
"""Low nibble of TA1: baud rate adjustment integer (ISO/IEC 7816-3 table 8)."""
CLASSES: Mapping[int, str] = {1: "A", 2: "B", 3: "AB", 4: "C", 6: "BC", 7: "ABC"}
"""Voltage classes of the first TA for T=15: A 5 V, B 3 V, C 1.8 V (ISO/IEC 7816-3 table 10)."""

_CURE = Text(
    "触点脏污、卡插反或芯片损坏时会读到乱码；擦拭卡片和卡座再试",
    "Dirty contacts, a card the wrong way round or a broken chip give garbage; wipe card and reader and try again",
)
_BAD_TS = Text("TS 应为 3B 或 3F", "TS is 3B or 3F")
_TOO_LONG = Text("ATR 最多 33 字节", "An ATR has at most 33 octets")
_BAD_TCK = Text("校验字节 TCK 不对，应为 {tck:02X}", "The check character TCK is wrong, it should be {tck:02X}")
_BAD_BUILD = Text("不能组成 ATR", "No ATR can be made of this")
_BUILD_CURE = Text(
    "各字节 0 至 FF，协议 0 至 15，历史字节最多 15 个，总长最多 33 字节",
    "Octets 0 to FF, protocols 0 to 15, at most 15 historical bytes, 33 octets in all",
)


@dataclass(frozen=True, slots=True)
class Group:
    """TAi, TBi, TCi, each None where absent, and the protocol T that the TD before them named (first group: None)."""

    ta: int | None = None
    tb: int | None = None
    tc: int | None = None
    protocol: int | None = None


@dataclass(frozen=True, slots=True)
class Atr:
    """An answer to reset.  `groups`: the interface characters, global ones first.  `tck`: None where there is none."""

    ts: int
    groups: tuple[Group, ...]
    historical: bytes
    tck: int | None

    @property
    def protocols(self) -> tuple[int, ...]:
        """What the card offers, in its order, each once; T=0 where it names none.  15 is no protocol and left out."""
        named = (group.protocol for group in self.groups[1:])
        return tuple(dict.fromkeys(p for p in named if p is not None and p != 15)) or (0,)

    @property
    def specific_mode(self) -> bool:
        """True where TA2 fixes the protocol; else a reader may choose (negotiable mode)."""
        return self.character("A", 2) is not None

    @property
    def fi(self) -> int | None:
        """Clock conversion integer F, clock cycles; None for a reserved value.  372 where TA1 is absent."""
        ta1 = self.character("A", 1)
        return 372 if ta1 is None else (FI[ta1 >> 4][0] if ta1 >> 4 in FI else None)

    @property
    def di(self) -> int | None:
        """Baud rate adjustment integer D; None for a reserved value.  1 where TA1 is absent."""
        ta1 = self.character("A", 1)
        return 1 if ta1 is None else DI.get(ta1 & 0x0F)

    @property
    def baud_max(self) -> int | None:
        """Bits per second at the highest clock that the card takes, as offered; None for reserved values."""
        ta1 = self.character("A", 1)
        frequency = FI.get((0x11 if ta1 is None else ta1) >> 4)
        return frequency[1] * self.di // self.fi if frequency and self.fi and self.di else None

    @property
    def voltage_classes(self) -> str:
        """`A`, `B`, `AB` ... as the card says; empty where it says nothing, which means A."""
        ta = self.first("A", 15)
        return "" if ta is None else CLASSES.get(ta & 0x3F, "")

    @property
    def contactless(self) -> bool:
        """True for the pseudo-ATR that a contactless reader makes up: `3B 8n 80 01`."""
        head = (Group(), Group(protocol=0), Group(protocol=1))
        return self.ts == DIRECT and self.groups == head

    def character(self, letter: str, index: int) -> int | None:
        """TA, TB or TC (`letter` A, B, C) number `index`, from 1; None where it is absent."""
        if index > len(self.groups):
            return None
        group = self.groups[index - 1]
        return {"A": group.ta, "B": group.tb, "C": group.tc}[letter]

    def first(self, letter: str, protocol: int) -> int | None:
        """The first TAi, TBi or TCi, i above 2, that is specific to `protocol`; None where there is none."""
        for index, group in enumerate(self.groups[2:], 3):
            if group.protocol == protocol:
                return self.character(letter, index)
        return None

    def build(self) -> bytes:
        """The octets.  TCK is computed where the protocols need one, whatever `tck` says.  Raises EncodeError."""
        return build_atr(self.groups, self.historical, self.ts)


def parse_atr(octets: bytes, path: str = "ATR") -> Atr:
    """The ATR that fills `octets`.

    Raises DecodeError that names the character and its offset: no TS, one that is cut off, a wrong TCK, octets left
    over, more than 33.  A protocol is never refused here: `emv_findings` judges.
    """
    if not octets or octets[0] not in (DIRECT, INVERSE):
        raise decode_error(_BAD_TS, _CURE, path=f"{path}/TS", offset=0, data=octets)
    if len(octets) > OCTETS_MAX:
        raise decode_error(_TOO_LONG, _CURE, path=path, offset=OCTETS_MAX, data=octets)
    count, groups, at = _groups(octets, path)
    if at + count > len(octets):
        _cut(octets, at, count, f"{path}/T1")
    historical = octets[at : at + count]
    at += count
    tck = None
    if _needs_tck(groups):
        if at == len(octets):
            _cut(octets, at, 1, f"{path}/TCK")
        tck = octets[at]
        expected = reduce(xor, octets[1:at])
        if tck != expected:
            raise decode_error(_BAD_TCK.format(tck=expected), _CURE, path=f"{path}/TCK", offset=at, data=octets)
        at += 1
    if at != len(octets):
        raise decode_error(TRAILING.format(left=len(octets) - at), _CURE, path="end", offset=at, data=octets)
    return Atr(octets[0], groups, historical, tck)


def build_atr(groups: tuple[Group, ...], historical: bytes = b"", ts: int = DIRECT) -> bytes:
    """The octets of an ATR: T0, TDi and TCK follow from the rest.  The first group has no protocol, the others do.

    Raises EncodeError for a value out of range.
    """
    octets = [ts]
    for at, group in enumerate(groups):
        behind = at + 1 < len(groups)
        characters = (group.ta, group.tb, group.tc)
        present = sum(1 << bit for bit, value in enumerate(characters) if value is not None) | (8 if behind else 0)
        low = len(historical) if at == 0 else group.protocol
        octets += [-1 if low is None or not 0 <= low <= 15 else present << 4 | low]
        octets += [value for value in characters if value is not None]
    octets += historical
    legal = groups and groups[0].protocol is None and ts in (DIRECT, INVERSE) and len(historical) <= HISTORICAL_MAX
    if not legal or len(octets) > OCTETS_MAX or not all(0 <= octet <= 0xFF for octet in octets):
        raise EncodeError(_BAD_BUILD, _BUILD_CURE, path="ATR", value=groups)
    if _needs_tck(groups):
        octets.append(reduce(xor, octets[1:]))
    return bytes(octets)


def contact_atr(protocol: int, historical: bytes = b"") -> bytes:
    """The basic ATR of an EMV card (Book 1 clause 8.2), T=0 or T=1: TB1, TC1 00; for T=1 IFSC 254, BWI 4, CWI 5."""
    head = Group(tb=0x00, tc=0x00)
    if protocol == 0:
        return build_atr((head,), historical)
    return build_atr((head, Group(protocol=1), Group(ta=0xFE, tb=0x45, protocol=1)), historical)


def contactless_atr(historical: bytes = b"") -> bytes:
    """What a contactless reader makes of a card's historical bytes (PC/SC part 3): `3B 8n 80 01 .. TCK`."""
    return build_atr((Group(), Group(protocol=0), Group(protocol=1)), historical)


def _groups(octets: bytes, path: str) -> tuple[int, tuple[Group, ...], int]:
    """Number of historical bytes, the groups, and where the historical bytes begin."""
    if len(octets) < 2:
        _cut(octets, 1, 1, f"{path}/T0")
    present, count = octets[1] >> 4, octets[1] & 0x0F
    protocol: int | None = None
    groups: list[Group] = []
    at = 2
    while True:
        values: dict[str, int] = {}
        for bit, letter in enumerate("ABCD"):
            if present & 1 << bit:
                if at == len(octets):
                    _cut(octets, at, 1, f"{path}/T{letter}{len(groups) + 1}")
                values[letter] = octets[at]
                at += 1
        groups.append(Group(values.get("A"), values.get("B"), values.get("C"), protocol))
        if "D" not in values:
            return count, tuple(groups), at
        present, protocol = values["D"] >> 4, values["D"] & 0x0F


def _needs_tck(groups: tuple[Group, ...]) -> bool:
    """ISO/IEC 7816-3 clause 8.2.5: no TCK where T=0 alone is named, or nothing."""
    return any(group.protocol != 0 for group in groups[1:])


def _cut(octets: bytes, at: int, need: int, path: str) -> NoReturn:
    what = SHORT.format(need=need, left=len(octets) - at)
    raise decode_error(what, SHORT_CURE, path=path, offset=len(octets), data=octets)
