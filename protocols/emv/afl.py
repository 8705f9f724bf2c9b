"""Application file locator, tag 94: which records a terminal reads (EMV Book 3 clause 10.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..errors import DecodeError, EncodeError, decode_error
from ..text import Text

ENTRY_OCTETS = 4
OCTETS_MAX = 252
SFI_MAX = 30
SFI_EMV_MAX = 10
"""Up to here files are EMV's own: records in template 70; 11 to 20 are the scheme's, 21 to 30 the issuer's."""

_CURE = Text("卡片个人化有误，请发卡行检查 AFL", "The card is personalised wrongly; have the issuer check the AFL")
_LENGTH = Text("AFL 应为 4 的倍数，最多 252 字节", "An AFL has a multiple of 4 octets, at most 252")
_BAD_ENTRY = Text(
    "AFL 项不合法：SFI {sfi}，记录 {first} 至 {last}，认证 {signed} 条",
    "Illegal AFL entry: SFI {sfi}, records {first} to {last}, {signed} of them signed",
)
_BUILD_CURE = Text(
    "SFI 1 至 30，首记录 1 起，末记录不小于首记录，认证条数不超过记录数",
    "SFI 1 to 30, first record from 1, last not below it, no more signed than there are",
)


@dataclass(frozen=True, slots=True)
class AflEntry:
    """Records `first` to `last` (1 to 255) of the file `sfi` (1 to 30); the first `signed` of them enter ODA."""

    sfi: int
    first: int
    last: int
    signed: int = 0

    @property
    def legal(self) -> bool:
        """True where the four numbers are in range and fit each other."""
        if not 1 <= self.sfi <= SFI_MAX or not 1 <= self.first <= self.last <= 0xFF:
            return False
        return 0 <= self.signed <= self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class RecordAt:
    """One record to read; `signed`: its octets enter offline data authentication."""

    sfi: int
    record: int
    signed: bool


def parse_afl(data: bytes, path: str = "94") -> tuple[AflEntry, ...]:
    """The entries in order; none for an empty AFL, which a contactless card may send.

    Raises DecodeError for a length that is no multiple of 4 or above 252, and for an entry that EMV calls illegal:
    SFI 0 or 31, the three low bits of its octet set, record 0, last below first, more signed than there are.
    """
    if len(data) % ENTRY_OCTETS or len(data) > OCTETS_MAX:
        at = min(OCTETS_MAX, len(data) - len(data) % ENTRY_OCTETS)
        raise decode_error(_LENGTH, _CURE, path=path, offset=at, data=data)
    return tuple(_entry(data, at, path) for at in range(0, len(data), ENTRY_OCTETS))


def build_afl(entries: Iterable[AflEntry]) -> bytes:
    """The octets.  Raises EncodeError for an illegal entry."""
    parts = []
    for entry in entries:
        if not entry.legal:
            raise EncodeError(_illegal(entry), _BUILD_CURE, path="94", value=entry)
        parts.append(bytes((entry.sfi << 3, entry.first, entry.last, entry.signed)))
    return b"".join(parts)


def records_of(entries: Iterable[AflEntry]) -> Iterator[RecordAt]:
    """Every record to read, in order."""
    for entry in entries:
        for record in range(entry.first, entry.last + 1):
            yield RecordAt(entry.sfi, record, record < entry.first + entry.signed)


def _entry(data: bytes, at: int, path: str) -> AflEntry:
    octet, first, last, signed = data[at : at + ENTRY_OCTETS]
    entry = AflEntry(octet >> 3, first, last, signed)
    if octet & 0x07 or not entry.legal:
        raise _refused(entry, path, at, data)
    return entry


def _illegal(entry: AflEntry) -> Text:
    return _BAD_ENTRY.format(sfi=entry.sfi, first=entry.first, last=entry.last, signed=entry.signed)


def _refused(entry: AflEntry, path: str, at: int, data: bytes) -> DecodeError:
    return decode_error(_illegal(entry), _CURE, path=path, offset=at, data=data)
