"""Character sets of texts (PA00P015 chapter 15).

The default is code page 437.  Display texts of the register use the 7-bit set with German umlauts.  A register may ask
for another with tag 14 in its registration; it counts only if the terminal's completion repeats it.  Some terminals
send ISO 8859-1 whatever was agreed.
"""

from __future__ import annotations

from typing import Literal, get_args

from ..errors import EncodeError
from ..text import Text

Charset = Literal["cp437", "zvt-7bit", "iso-8859-1", "iso-8859-2", "iso-8859-15", "utf-8", "ascii"]
CHARSETS: tuple[Charset, ...] = get_args(Charset)
"""By the names that a quirk may have."""

BY_TAG_14: dict[int, Charset] = {
    0x00: "ascii",
    0x01: "iso-8859-1",
    0x02: "iso-8859-2",
    0x0F: "iso-8859-15",
    0xFE: "utf-8",
    0xFF: "cp437",
}
"""Value of tag 14 to character set, those that posrig can speak."""

_UMLAUTS = dict(zip("[\\]{|}~", "ÄÖÜäöüß", strict=True))
_TO_UMLAUTS = str.maketrans(_UMLAUTS)
_FROM_UMLAUTS = str.maketrans({umlaut: ascii_ for ascii_, umlaut in _UMLAUTS.items()})

CANNOT = Text("{value!r} 不能用字符集 {charset} 表示", "{value!r} cannot be written in {charset}")
CANNOT_CURE = Text("改用该字符集中的字符", "Use characters of that set")


def decode_text(octets: bytes, charset: Charset = "cp437") -> str:
    """The text of `octets`, trailing NULs (of card names) cut off; what the set does not have shows as U+FFFD."""
    octets = octets.rstrip(b"\0")
    if charset == "zvt-7bit":
        # Octets above 7F are none of this set; code page 437 is what else a terminal may mean.
        return octets.decode("cp437").translate(_TO_UMLAUTS)
    return octets.decode(charset, errors="replace")


def encode_text(text: str, charset: Charset = "cp437") -> bytes:
    """`text` in `charset`.  Raises EncodeError for a character that it does not have."""
    try:
        if charset == "zvt-7bit":
            if any(character in text for character in _UMLAUTS):
                raise UnicodeEncodeError("ascii", text, 0, 1, "stands for an umlaut")
            return text.translate(_FROM_UMLAUTS).encode("ascii")
        return text.encode(charset)
    except UnicodeEncodeError:
        raise EncodeError(CANNOT.format(value=text, charset=charset), CANNOT_CURE, path="text", value=text) from None
