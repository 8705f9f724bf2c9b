"""Card numbers, tracks, PINs and names in what goes between a terminal and a chip card: whole APDUs, masked in place.

The published key of a CA recovers the card number out of the card's certificates (EMV Book 2 clause 6.4), so that they
are hidden as long as the session has shown no listed test card.
"""

from __future__ import annotations

from collections.abc import Sequence

from protocols.errors import PosrigError
from protocols.tlv import Tlv, build_tlv, is_template, parse_tlv

from .digits import PAN_MIN_DIGITS, Numbers
from .messages import Masked

LINK = "card"
VERIFY, PLAIN_PIN = 0x20, 0x80
HEADER_OCTETS, STATUS_OCTETS = 5, 2
TS_DIRECT, TS_INVERSE = 0x3B, 0x3F
PAN_TAG = 0x5A
TRACK_TAGS = (0x57, 0x9F6B)
"""Track 2 and its equivalents: card number, separator, the rest."""
CERTIFICATE_TAGS = (0x9F46, 0x9F2D)
"""The certified keys of the chip and of its PIN, which hold the card number."""
PERSON_TAGS = (0x56, 0x5F20, 0x9F0B, 0x9F1F, 0x9F20, 0x9F61, 0x9F62)
"""Track 1, the holder's name, discretionary data, and the number and kind of a PBOC card holder's papers."""
WRAPPED_MIN, WRAPPED_MAX = 0x70, 0x77
DEPTH_MAX = 8


class CardTalk:
    """The conversation of one terminal with one card."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        self._known_test = False

    def masked(self, octets: bytes, *, command: bool) -> Masked | None:
        """One message as it may be shown; None when only its hash may be."""
        if command:
            return self._command(octets)
        if self._known_test:  # all that is left belongs to a test card
            return Masked(octets)
        if octets[:1] and octets[0] in (TS_DIRECT, TS_INVERSE):
            return Masked(octets)  # the ATR
        data, status = octets[:-STATUS_OCTETS], octets[-STATUS_OCTETS:]
        touched: list[str] = []
        hidden: set[str] = set()
        try:
            shown = self._list(data, touched, hidden, 0) if data else b""
        except PosrigError:
            return None if self._numbers.is_risky(octets) else Masked(octets)
        prints = tuple(sorted(map(self._numbers.fingerprint, hidden)))
        return Masked(shown + status, tuple(touched), prints)

    def _command(self, octets: bytes) -> Masked | None:
        if len(octets) > HEADER_OCTETS and octets[1] == VERIFY and octets[3] == PLAIN_PIN:
            return Masked(octets[:HEADER_OCTETS] + bytes(len(octets) - HEADER_OCTETS), ("PIN",))
        if self._known_test:
            return Masked(octets)
        return None if self._numbers.is_risky(octets[HEADER_OCTETS:]) else Masked(octets)

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
        return bytes(len(value)) if self._numbers.is_risky(value) and not self._known_test else value

    def _pan_of(self, item: Tlv) -> str:
        """The card number that an object holds, "" when it holds none."""
        digits = item.value.hex()
        if item.tag == PAN_TAG:
            return digits.rstrip("f")
        return digits.partition("d")[0] if item.tag in TRACK_TAGS else ""
