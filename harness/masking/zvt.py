"""What a masked ZVT message looks like: card numbers, tracks, passwords and tunnelled host messages hidden, its length
kept.  A terminal masks most digits of a number itself, with nibble E; such a number stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from protocols.errors import PosrigError
from protocols.unionpay.dialect import Dialect
from protocols.zvt.bitmaps import BITMAPS, CARD_BITMAPS, SECRET_BITMAPS, TRACK1
from protocols.zvt.message import Bitmap, Value, ZvtMessage, build, parse
from protocols.zvt.tags import DEVICE_PASSWORD, TAGS
from protocols.zvt.tlv import ZvtTlv

from .digits import PAN_MIN_DIGITS, Numbers
from .messages import PAN_TAG, TRACK1_TAG, TRACK_TAGS, Masked, mask_tunnelled


def mask_zvt(payload: bytes, numbers: Numbers, dialects: Sequence[Dialect]) -> Masked | None:
    """One bare APDU, None when it cannot be read."""
    try:
        msg = parse(payload)
    except PosrigError:
        return None
    masking = _Masking(numbers, dialects)
    shown = masking.message(msg)
    if not masking.touched:
        return Masked(payload)
    fingerprints = tuple(sorted(map(numbers.fingerprint, masking.hidden)))
    return Masked(build(shown), tuple(dict.fromkeys(masking.touched)), fingerprints)


class _Masking:
    """One message on its way; `touched` and `hidden` say what was done."""

    def __init__(self, numbers: Numbers, dialects: Sequence[Dialect]) -> None:
        self.numbers = numbers
        self.dialects = dialects
        self.touched: list[str] = []
        self.hidden: set[str] = set()

    def message(self, msg: ZvtMessage) -> ZvtMessage:
        values = {name: self._noted(name, value, self._positional(name, value)) for name, value in msg.values.items()}
        return replace(msg, values=values, bitmaps=tuple(map(self._bitmap, msg.bitmaps)))

    def _noted(self, name: str, old: Value, new: Value) -> Value:
        if new != old:
            self.touched.append(name)
        return new

    def _positional(self, name: str, value: Value) -> Value:
        if name == "password" and isinstance(value, str):
            return "0" * len(value)
        if not isinstance(value, bytes):
            return value
        if name == "data":
            return mask_tunnelled(value, self.numbers, self.dialects).payload
        return self._text(value)

    def _bitmap(self, bitmap: Bitmap) -> Bitmap:
        name = f"{bitmap.number:02X}"
        if isinstance(bitmap.value, tuple):
            return replace(bitmap, value=tuple(self._object(item, name) for item in bitmap.value))
        return replace(bitmap, value=self._noted(name, bitmap.value, self._plain(bitmap.number, bitmap.value)))

    def _plain(self, number: int, value: Value) -> Value:
        if number in SECRET_BITMAPS and not isinstance(value, int):
            return "0" * len(value) if isinstance(value, str) else bytes(len(value))
        if isinstance(value, str):
            return self._track(value) if number in CARD_BITMAPS else value
        if not isinstance(value, bytes):
            return value
        if number == TRACK1:
            return self._track_1(value)
        return self._text(value) if BITMAPS[number].shape == "text" else self._octets(value)

    def _object(self, item: ZvtTlv, path: str) -> ZvtTlv:
        here = f"{path}/{item.tag_hex}"
        if not isinstance(item.value, bytes):
            return replace(item, value=tuple(self._object(inner, here) for inner in item.value))
        new = self._tagged(item.tag, item.value)
        if new != item.value:
            self.touched.append(here)
        return replace(item, value=new)

    def _tagged(self, tag: int, octets: bytes) -> bytes:
        if tag == PAN_TAG or tag in TRACK_TAGS:
            return bytes.fromhex(self._track(octets.hex().upper()))
        if tag == TRACK1_TAG:
            return self._track_1(octets)
        if tag == DEVICE_PASSWORD:
            return bytes(len(octets))
        form = TAGS[tag].form if tag in TAGS else ""
        if form in ("text", "ascii"):
            return self._text(octets)
        return octets if form else self._octets(octets)

    def _track(self, nibbles: str) -> str:
        """Number, separator, and zeros for the digits behind.  A masked number says nothing; what follows it would."""
        body = nibbles.rstrip("F")
        pan, separator, rest = body.partition("D")
        kept = self._pan(pan) + separator + ("0" * len(rest) if not self.numbers.is_test(pan) else rest)
        return kept + "F" * (len(nibbles) - len(body))

    def _pan(self, pan: str) -> str:
        if not pan.isdecimal() or self.numbers.is_test(pan):
            return pan
        if len(pan) < PAN_MIN_DIGITS:
            return pan
        self.hidden.add(pan)
        return self.numbers.hide(pan)

    def _track_1(self, octets: bytes) -> bytes:
        """Digits of a card that is not listed become zeros."""
        text = octets.decode("latin-1")
        if any(pan in text for pan in self.numbers.test_pans):
            return octets
        return "".join("0" if c.isascii() and c.isdigit() else c for c in text).encode("latin-1")

    def _text(self, octets: bytes) -> bytes:
        return self.numbers.hide_text(octets.decode("latin-1"), any_issuer=False).encode("latin-1")

    def _octets(self, octets: bytes) -> bytes:
        """What nobody can read is shown only where no card number can be in it."""
        return bytes(len(octets)) if self.numbers.is_risky(octets) else octets
