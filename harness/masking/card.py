"""Card numbers, tracks, PINs and names in what goes between a terminal and a chip card: whole APDUs, masked in place.

The published key of a CA recovers the card number out of the card's certificates (EMV Book 2 clause 6.4), so that they
are hidden as long as the session has shown no listed test card.

What a data object of the dictionary is needs no guessing: an amount or a label whose digits happen to fit a check digit
is no card number.  Guessed is only in what no list and no tag explains.
"""

from __future__ import annotations

from collections.abc import Sequence

from protocols.emv.apdu import parse_command
from protocols.emv.dialogue import Dialogue, nodes_of, values_of
from protocols.emv.tags import TAGS
from protocols.errors import PosrigError
from protocols.tlv import Tlv, build_tlv, is_template, parse_tlv

from .digits import PAN_MIN_DIGITS, Numbers
from .messages import Masked

LINK = "card"
VERIFY = 0x20
HEADER_OCTETS, STATUS_OCTETS = 5, 2
TS_DIRECT, TS_INVERSE = b"\x3b", b"\x3f"
PAN_TAG = 0x5A
TRACK_TAGS = (0x57, 0x9F6B)
"""Track 2 and its equivalents: card number, separator, the rest."""
CERTIFICATE_TAGS = (0x9F46, 0x9F2D)
"""The certified keys of the chip and of its PIN, which hold the card number."""
PERSON_TAGS = (0x56, 0x5F20, 0x5F53, 0x9F0B, 0x9F1F, 0x9F20, 0x9F61, 0x9F62)
"""Track 1, the holder's name and account, discretionary data, and number and kind of a PBOC card holder's papers."""
TEXT_FORMATS = ("a", "an", "ans")
GUESSED_FORMATS = ("var",)
FORMAT_1 = 0x80
DEPTH_MAX = 8


class CardTalk:
    """The conversation of one terminal with one card."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        self._known_test = False
        self._dialogue = Dialogue()
        self._asked = b""
        self._spoken = False
        """A command was sent: what the card says now is no ATR."""

    def masked(self, octets: bytes, *, command: bool) -> Masked | None:
        """One message as it may be shown; None when only its hash may be."""
        if command:
            return self._command(octets)
        if self._known_test:  # all that is left belongs to a test card
            return Masked(octets)
        if not self._spoken and octets[:1] in (TS_DIRECT, TS_INVERSE):
            return Masked(octets)  # the ATR
        self._dialogue.answered(self._asked, octets)
        data, status = octets[:-STATUS_OCTETS], octets[-STATUS_OCTETS:]
        touched: list[str] = []
        hidden: set[str] = set()
        if data[:1] == bytes((FORMAT_1,)) and nodes_of(self._asked, octets):
            return None if self._numbers.has_hidden(data) else Masked(octets)
        try:
            shown = self._list(data, touched, hidden, 0) if data else b""
        except PosrigError:
            return None if self._numbers.is_risky(octets) else Masked(octets)
        prints = tuple(sorted(map(self._numbers.fingerprint, hidden)))
        return Masked(shown + status, tuple(touched), prints)

    def _command(self, octets: bytes) -> Masked | None:
        self._asked = b""
        self._spoken = True
        if len(octets) > HEADER_OCTETS and octets[1] == VERIFY:
            return Masked(octets[:HEADER_OCTETS] + bytes(len(octets) - HEADER_OCTETS), ("PIN",))
        self._asked = octets
        if self._known_test:
            return Masked(octets)
        try:
            values = values_of(parse_command(octets), self._dialogue.dol(octets))
        except PosrigError:
            values = ()
        risky = [self._is_risky(tag, value) for tag, value in values] or [
            self._numbers.is_risky(octets[HEADER_OCTETS:])
        ]
        return None if any(risky) else Masked(octets)

    def _is_risky(self, tag: int, value: bytes) -> bool:
        """What is known to be something else holds no card number but by intent."""
        info = TAGS.get(tag)
        if (
            info is None
            or info.format in GUESSED_FORMATS
            or tag in (PAN_TAG, *TRACK_TAGS, *CERTIFICATE_TAGS, *PERSON_TAGS)
        ):
            return self._numbers.is_risky(value)
        if info.format in TEXT_FORMATS and self._numbers.is_risky_text(value):
            return True
        return self._numbers.has_hidden(value)

    def _list(self, data: bytes, touched: list[str], hidden: set[str], depth: int) -> bytes:
        """A list of data objects with its secrets replaced, octet for octet as long.  Raises PosrigError for what is no
        list."""
        items = parse_tlv(data, "R-APDU")
        if not self._known_test:  # in this record the number may stand behind what depends on it
            self._known_test = any(self._numbers.is_test(self._pan_of(item)) for item in items)
        shown: Sequence[Tlv] = [self._shown(item, touched, hidden, depth) for item in items]
        return build_tlv(shown)

    def _shown(self, item: Tlv, touched: list[str], hidden: set[str], depth: int) -> Tlv:
        if is_template(item.tag) and depth < DEPTH_MAX:
            value = self._list(item.value, touched, hidden, depth + 1)
        else:
            value = self._value(item, hidden)
        if value != item.value and not is_template(item.tag):
            touched.append(item.tag_hex)
        return Tlv(item.tag, value, item.length_octets)

    def _value(self, item: Tlv, hidden: set[str]) -> bytes:
        tag, value = item.tag, item.value
        if tag == PAN_TAG or tag in TRACK_TAGS:
            pan = self._pan_of(item)
            if self._numbers.is_test(pan):
                return value
            if len(pan) < PAN_MIN_DIGITS:
                return bytes(len(value))
            hidden.add(pan)
            rest = value.hex()[len(pan) :]
            kept = "".join(digit if digit in "df" else "0" for digit in rest)
            return bytes.fromhex(self._numbers.hide(pan) + kept)
        if tag in CERTIFICATE_TAGS or tag in PERSON_TAGS:
            return value if self._known_test else bytes(len(value))
        return bytes(len(value)) if not self._known_test and self._is_risky(tag, value) else value

    def _pan_of(self, item: Tlv) -> str:
        """The card number that an object holds, "" when it holds none."""
        digits = item.value.hex()
        if item.tag == PAN_TAG:
            return digits.rstrip("f")
        return digits.partition("d")[0] if item.tag in TRACK_TAGS else ""
