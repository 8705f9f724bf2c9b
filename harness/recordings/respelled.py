"""A host's message spelled so that Wireshark's ISO 8583 dissector reads it.

That dissector knows one spelling of ISO 8583:1987: a length, the MTI, and no TPDU; digits right-aligned; track 2 and
private fields as text.  UnionPay packs them otherwise, and from the first such field on the dissector is lost.  Here
the same fields stand in the dissector's own spelling as Wireshark has it by default (4.0, `packet-iso8583.c`):
everything in characters, binary fields in hex digits, the length low octet first.  So no preference has to be set.
"""

from __future__ import annotations

from collections.abc import Mapping

from protocols.unionpay.decode import wire_text
from protocols.unionpay.dialect import Dialect
from protocols.unionpay.fields import field_table
from protocols.unionpay.message import Message

_ANS = ("ans", 999, 3)
WIDTHS: Mapping[int, tuple[str, int, int]] = {
    2: ("n", 19, 2),
    3: ("n", 6, 0),
    4: ("n", 12, 0),
    11: ("n", 6, 0),
    12: ("n", 6, 0),
    13: ("n", 4, 0),
    14: ("n", 4, 0),
    15: ("n", 4, 0),
    22: ("n", 3, 0),
    23: ("n", 3, 0),
    24: ("n", 3, 0),
    25: ("n", 2, 0),
    26: ("n", 2, 0),
    27: ("n", 1, 0),
    32: ("n", 11, 2),
    33: ("n", 11, 2),
    35: ("z", 37, 2),
    36: ("z", 104, 3),
    37: ("an", 12, 0),
    38: ("an", 6, 0),
    39: ("an", 2, 0),
    41: ("ans", 8, 0),
    42: ("ans", 15, 0),
    43: ("ans", 40, 0),
    44: ("ans", 25, 2),
    46: _ANS,
    47: _ANS,
    48: _ANS,
    49: ("ans", 3, 0),
    52: ("b", 16, 0),
    54: ("an", 120, 3),
    55: _ANS,
    56: _ANS,
    57: _ANS,
    58: _ANS,
    59: _ANS,
    60: _ANS,
    61: _ANS,
    62: _ANS,
    63: _ANS,
    64: ("b", 16, 0),
}
"""Format, characters (fixed, or at most), digits of the length in front.  What UnionPay made wider than ISO 8583:1987
(F53) is absent: the dissector has no room for it."""


def respelled(message: Message, dialect: Dialect) -> tuple[bytes, dict[str, str]]:
    """The octets for the dissector, length included, and the fields that it cannot hold ("53": "2600000000000000")."""
    table = field_table(dialect)
    kept: dict[int, str] = {}
    left_out: dict[str, str] = {}
    for number in sorted(message.fields):
        text = wire_text(table[number], message)
        if number in WIDTHS and _fits(text, *WIDTHS[number]):
            kept[number] = text
        else:
            left_out[str(number)] = text
    bitmap = sum(1 << (64 - number) for number in kept)
    body = f"{message.mti}{bitmap:016X}" + "".join(_spelled(text, WIDTHS[number][2]) for number, text in kept.items())
    octets = body.encode("ascii")
    return len(octets).to_bytes(2, "little") + octets, left_out


def _spelled(text: str, length_digits: int) -> str:
    return f"{len(text):0{length_digits}d}{text}" if length_digits else text


def _fits(text: str, form: str, most: int, length_digits: int) -> bool:
    if not text.isascii() or not text.isprintable() or not text or len(text) > most:
        return False
    if not length_digits and len(text) != most:
        return False
    return text.isdecimal() if form == "n" else text.isalnum() if form in ("an", "b") else True
