"""Card-BIN lists: how the entries of one part are divided (60.3 = 390, 396, 398).

No source publishes it; posrig's choice: each entry is two digits of length and so many digits of BIN, 4 to 12 of them.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import DecodeError, EncodeError
from ..text import Text

PATH = "F62"
BIN_MIN_DIGITS, BIN_MAX_DIGITS = 4, 12
WRONG = Text("卡 BIN 列表不完整或有误", "The list of card BINs is cut off or wrong")
CURE = Text("每项为两位长度加卡 BIN 数字", "An entry is two digits of length, then the digits of the BIN")


def join_bins(bins: Iterable[str]) -> bytes:
    """The octets of `bins`, 4 to 12 digits each.  Raises EncodeError."""
    out = []
    for one in bins:
        if not BIN_MIN_DIGITS <= len(one) <= BIN_MAX_DIGITS or not (one.isascii() and one.isdigit()):
            raise EncodeError(WRONG, CURE, path=PATH, value=one)
        out.append(f"{len(one):02d}{one}")
    return "".join(out).encode("ascii")


def split_bins(value: bytes) -> tuple[str, ...]:
    """The entries in wire order.  Raises DecodeError when one is cut off, or is no BIN."""
    text = value.decode("latin-1")
    bins: list[str] = []
    at = 0
    while at < len(text):
        size = text[at : at + 2]
        legal = len(size) == 2 and size.isascii() and size.isdigit() and BIN_MIN_DIGITS <= int(size) <= BIN_MAX_DIGITS
        one = text[at + 2 : at + 2 + int(size)] if legal else ""
        if not legal or len(one) != int(size) or not (one.isascii() and one.isdigit()):
            raise DecodeError(WRONG, CURE, path=PATH, offset=at, raw=value[at : at + 16])
        bins.append(one)
        at += 2 + int(size)
    return tuple(bins)


def holds(bins: Iterable[str], pan: str) -> bool:
    """Whether the card number begins with one of `bins`."""
    return any(pan.startswith(one) for one in bins)
