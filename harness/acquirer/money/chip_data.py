"""F55 of a request as the host reads it, and whether it says the same as the fields beside it.

Order and unknown objects do not matter, templates are opened.  What is there must be whole: an object that is cut off,
a length that the tag does not have, a value that contradicts an ISO field are told with their place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from protocols.emv.tree import parse_tree, walk
from protocols.errors import DecodeError
from protocols.text import Text

from ..wire import Request

PAN, TRACK2, EXPIRY, CURRENCY, PSN, AIP, TVR, DATE, TYPE = 0x5A, 0x57, 0x5F24, 0x5F2A, 0x5F34, 0x82, 0x95, 0x9A, 0x9C
AMOUNT, OTHER, IAD, COUNTRY, AC, CID, CVM, ATC, UN = (
    0x9F02, 0x9F03, 0x9F10, 0x9F1A, 0x9F26, 0x9F27, 0x9F34, 0x9F36, 0x9F37,
)  # fmt: skip
SCRIPT_RESULT = 0xDF31
LENGTHS: Mapping[int, int] = {
    CURRENCY: 2, PSN: 1, AIP: 2, TVR: 5, DATE: 3, TYPE: 1, AMOUNT: 6, OTHER: 6, COUNTRY: 2, AC: 8, CID: 1, CVM: 3,
    ATC: 2, UN: 4,
}  # fmt: skip
"""Octets of the objects that are looked at (EMV Book 3 annex A)."""
NEEDED = (AC, IAD, UN, ATC, TVR, DATE, TYPE, AMOUNT, CURRENCY, AIP, COUNTRY)
"""Without these no cryptogram can be checked; 9F03 counts as zero where it is missing."""
IAD_MIN, IAD_MAX = 7, 32
CREDIT_TYPE, CREDITS = "2", frozenset({"void", "refund", "completion_void", "preauth_void", "bill_payment_void"})
"""9C is the first two digits of the processing code: 2x takes back, everything else does not (ISO 8583)."""
ONLINE_PIN = 0x02
Kind = Literal["AAC", "TC", "ARQC", "RFU"]
KINDS: Mapping[int, Kind] = {0x00: "AAC", 0x40: "TC", 0x80: "ARQC"}


@dataclass(frozen=True)
class ChipData:
    """The data objects of F55, the first of each tag."""

    values: Mapping[int, bytes]

    @property
    def kind(self) -> Kind:
        """What 9F26 is by 9F27; an ARQC where nothing says."""
        return KINDS.get(self.values[CID][0] & 0xC0, "RFU") if CID in self.values else "ARQC"

    @property
    def atc(self) -> int:
        """The application transaction counter; -1 where it is missing."""
        return int.from_bytes(self.values[ATC], "big") if ATC in self.values else -1

    @property
    def missing(self) -> list[str]:
        """Tags, in hex, without which no cryptogram can be checked."""
        return [f"{tag:02X}" for tag in NEEDED if tag not in self.values]

    @property
    def dki(self) -> int:
        """The derivation key index of 9F10: behind length and, in Visa's formats 1 and 3, CVN."""
        iad = self.values[IAD]
        return iad[2] if iad[0] == 0x1F else iad[1] if iad[0] in (6, 7) else iad[0]


@dataclass(frozen=True)
class Wrong:
    """What is wrong with F55: the place as errors spell it, and why."""

    place: str
    text: Text


def read(octets: bytes) -> ChipData | Wrong:
    """The objects of F55, or what is wrong with it."""
    try:
        nodes = parse_tree(octets, "F55")
    except DecodeError as error:
        return Wrong(error.path or "F55", error.what)
    values: dict[int, bytes] = {}
    for node in walk(nodes):
        values.setdefault(node.tag, node.value)
    for tag, value in values.items():
        wanted = LENGTHS.get(tag, len(value))
        if len(value) != wanted:
            return _wrong(tag, f"长度 {len(value)}，应为 {wanted}", f"{len(value)} octets instead of {wanted}")
    if IAD in values and not IAD_MIN <= len(values[IAD]) <= IAD_MAX:
        return _wrong(IAD, f"长度应为 {IAD_MIN} 至 {IAD_MAX}", f"must have {IAD_MIN} to {IAD_MAX} octets")
    for tag in (AMOUNT, DATE, PSN):
        if not values.get(tag, b"\0").hex().isdecimal():
            return _wrong(tag, "不是数字", "holds other than digits")
    return ChipData(values)


def contradiction(request: Request, chip: ChipData) -> Wrong | None:
    """The first object that does not say what the field beside it says; fields that are missing say nothing."""
    for tag, field, told, wanted in _pairs(request, chip):
        if told != wanted:
            return _wrong(tag, f"与{field}不符", f"is not what {field} says")
    return None


def psn_of(request: Request, chip: ChipData) -> str:
    """The PAN sequence number, two digits: 5F34, else F23, else 00."""
    told = chip.values[PSN].hex() if PSN in chip.values else request.text(23)[-2:]
    return told if len(told) == 2 and told.isdecimal() else "00"


def online_pin(chip: ChipData) -> bool | None:
    """Whether 9F34 says that the PIN was to be checked online; None where it says nothing."""
    return chip.values[CVM][0] & 0x3F == ONLINE_PIN if CVM in chip.values else None


def _pairs(request: Request, chip: ChipData) -> Iterator[tuple[int, str, str, str]]:
    """Tag, name of the field, what the tag says, what the field says."""
    values = {tag: value.hex() for tag, value in chip.values.items()}
    if AMOUNT in values and request.text(4) and request.name != "balance":
        yield AMOUNT, "F4", values[AMOUNT], request.text(4)
    if CURRENCY in values and request.text(49).isdecimal():
        yield CURRENCY, "F49", values[CURRENCY], request.text(49).zfill(4)
    if DATE in values and request.text(13):
        yield DATE, "F13", values[DATE][2:], request.text(13)
    if PSN in values and request.text(23):
        yield PSN, "F23", values[PSN].zfill(3), request.text(23)
    if PAN in values:
        yield PAN, "F2", values[PAN].rstrip("f"), request.pan
    if TRACK2 in values:
        track = values[TRACK2].upper().rstrip("F")
        yield TRACK2, "F2", track.partition("D")[0], request.pan
        if request.clear_track2:
            yield TRACK2, "F35", track, request.clear_track2.replace("=", "D").rstrip("F")
    if EXPIRY in values and request.text(14):
        yield EXPIRY, "F14", values[EXPIRY][:4], request.text(14)
    if TYPE in values and (values[TYPE][0] == CREDIT_TYPE) and request.name not in CREDITS:
        yield TYPE, "F3", values[TYPE], request.text(3)[:2]


def _wrong(tag: int, zh: str, en: str) -> Wrong:
    return Wrong(f"F55/{tag:02X}", Text(f"F55/{tag:02X} {zh}", f"F55/{tag:02X} {en}"))
