"""Where card numbers, tracks, PIN blocks and keys stand in a message, and what a masked message looks like.

The messages keep their length and framing.  Test cards stay whole, with everything that belongs to them; keys never do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from protocols.errors import PosrigError
from protocols.mispos.dialect_a import tags as dialect_a
from protocols.mispos.dialect_b import message as mispos
from protocols.mispos.dialect_b.tags import CARD, CONTENT, ERROR_TEXT, PRINT
from protocols.tlv import Tlv, build_tlv, parse_tlv
from protocols.unionpay.codes import is_code
from protocols.unionpay.dialect import Dialect
from protocols.unionpay.message import Value, codec_for
from protocols.unionpay.private.f60 import net_code_of

from .digits import PAN_MAX_DIGITS, PAN_MIN_DIGITS, Numbers

KEY_REPLY_CODES = frozenset(("001", "003", "004", "005", "006", "011", "420", "960"))
"""F60.3 of 0810 whose F62 holds working keys or a TMK: sign-in, and the first installation of two acquirers."""

TMK_CODE, ACTIVATION_CODE = "350", "101"
TMK_TAGS = frozenset((0xDF21, 0xDF23))
"""TMK under the transport key, transport key under the RSA key."""
STATE_TAGS = range(0xDF8101, 0xDF8200)
"""Of the activation reply: states and dates, no keys."""

TRACK_TAGS = frozenset((0x57, 0x9F6B))
PAN_TAG, TRACK1_TAG = 0x5A, 0x56
DETAIL_MTIS = frozenset(("0320", "0330"))
DETAIL_HEAD, DETAIL_DIGITS, DETAIL_PAN_FROM, DETAIL_PAN_TO = 2, 40, 8, 28
"""F48 of a batch upload: count N2, records of 40 digits with the number in 20, zeros in front (Chanjet POS V2.0)."""

TEXT_FIELDS = (43, 46, 47, 56, 57, 58, 59, 62, 63)
PIN_FIELD_NUMBERS = (57, 59, 63)
MEMO, IDENTITY_CARD = 0x9F13, 0x9F94
CARD_TAGS = frozenset((CARD, dialect_a.CARD, dialect_a.BARCODE))
CONTENT_TAGS = frozenset((CONTENT, dialect_a.RESULTS))
"""Of both dialects of the Chinese register interface: card number or payment code, and what is tunnelled."""
_CODE = re.compile(r"A30?(1[6-9]|2[0-4])([0-9]{16,24})")
"""Usage A3 of F59: the customer's payment code of 16 to 24 digits, right behind those of its length."""


@dataclass(frozen=True, slots=True)
class Masked:
    """`fields`: what was replaced ("F2", "F62", "9F0B"); `fingerprints`: of the numbers that were."""

    payload: bytes
    fields: tuple[str, ...] = ()
    fingerprints: tuple[str, ...] = ()


def looks_like_key_reply(octets: bytes) -> bool:
    """True for octets that may be a damaged 0810: they are not shown even where no card number is in them."""
    return b"\x08\x10" in octets


def mask_host_message(payload: bytes, numbers: Numbers, dialects: Sequence[Dialect]) -> Masked | None:
    """A message of the host's link, TPDU included; None when no dialect can read it."""
    for dialect in dialects:
        codec = codec_for(dialect)
        try:
            message = codec.parse(payload)
            changes, hidden = masked_fields(message.mti, message.fields, numbers)
            if not changes:
                return Masked(payload)
            built = codec.build(replace(message, fields={**message.fields, **changes}))
        except PosrigError:
            continue
        if len(built) == len(payload):
            return swept(built, hidden, tuple(f"F{n}" for n in sorted(changes)), numbers)
    return None


def mask_register_message(payload: bytes, numbers: Numbers, dialects: Sequence[Dialect]) -> Masked | None:
    """The data of a register frame (dialect B), with what it tunnels; None when it cannot be read."""
    try:
        message = mispos.parse(payload)
    except PosrigError:
        return mask_host_message(payload, numbers, dialects)
    fields = dict(message.fields)
    touched: list[str] = []
    hidden: set[str] = set()
    for tag, value in message.fields.items():
        inner = mask_tag(tag, value, numbers, dialects, hidden)
        if inner.payload != value:
            fields[tag] = inner.payload
            touched += [f"{tag:04X}", *(f"{tag:04X}/{name}" for name in inner.fields)]
    if not touched and not hidden:
        return Masked(payload)
    try:
        built = mispos.build(mispos.MisposMessage(fields))
    except PosrigError:
        return None
    return swept(built, hidden, tuple(touched), numbers)


def mask_tag(tag: int, value: bytes, numbers: Numbers, dialects: Sequence[Dialect], hidden: set[str]) -> Masked:
    """The value of one tag of the register interface; card numbers that were hidden are added to `hidden`."""
    if tag in CARD_TAGS:
        pan = value.decode("latin-1")
        if pan.isdecimal() and not numbers.is_test(pan):
            hidden.add(pan)
            return Masked(numbers.hide(pan).encode("latin-1"))
        return Masked(value)
    if tag in (PRINT, MEMO, ERROR_TEXT):
        return Masked(numbers.hide_text(value.decode("latin-1")).encode("latin-1"))
    if tag == IDENTITY_CARD:
        return Masked(b"0" * len(value))
    return mask_tunnelled(value, numbers, dialects) if tag in CONTENT_TAGS and value else Masked(value)


def mask_tunnelled(value: bytes, numbers: Numbers, dialects: Sequence[Dialect]) -> Masked:
    """Octets that a register carries between terminal and host, with a length in front or without."""
    head = value[:2] if int.from_bytes(value[:2], "big") == len(value) - 2 else b""
    inner = mask_host_message(value[len(head) :], numbers, dialects)
    if inner is not None:
        return replace(inner, payload=head + inner.payload)
    # Neither a message nor harmless: not even a part of it is shown.
    unreadable = numbers.is_risky(value) or looks_like_key_reply(value)
    return Masked(bytes(len(value)) if unreadable else value)


def swept(built: bytes, hidden: set[str], fields: tuple[str, ...], numbers: Numbers) -> Masked:
    """No hidden number is left anywhere in the message, packed or as text."""
    text = built.hex().upper()
    for pan in hidden:
        new = numbers.replacement(pan)
        text = text.replace(pan, new).replace(pan.encode().hex().upper(), new.encode().hex().upper())
    return Masked(bytes.fromhex(text), fields, tuple(sorted(map(numbers.fingerprint, hidden))))


def masked_fields(mti: str, fields: Mapping[int, Value], numbers: Numbers) -> tuple[dict[int, Value], set[str]]:
    """The fields of a message that must change, with what takes their place, and the card numbers that were hidden."""
    changes: dict[int, Value] = {}
    hidden: set[str] = set()
    pans = _numbers_of(fields)
    real = {pan for pan in pans if not numbers.is_test(pan)}
    for pan in real:
        hidden.add(pan)
        numbers.hide(pan)
    if isinstance(pan2 := fields.get(2), str) and pan2 in real:
        changes[2] = numbers.replacement(pan2)
    if real or not pans:
        _mask_card_data(fields, changes, numbers, hidden)
    if isinstance(f48 := fields.get(48), str):
        changes[48] = _mask_details(f48, numbers, hidden) if mti in DETAIL_MTIS else f48
    elif f48:  # text in one dialect, and then it may be anything
        details = _mask_details(f48.decode("latin-1"), numbers, hidden) if mti in DETAIL_MTIS else ""
        changes[48] = _hide_in(details.encode("latin-1") or f48, numbers)
    if isinstance(f5 := fields.get(5), str) and is_code(f5) and not numbers.is_test(f5):
        hidden.add(f5)  # the customer's code of an order (Chanjet POS V2.0)
        changes[5] = numbers.hide(f5)
    if isinstance(f59 := fields.get(59), bytes):
        hidden |= hide_codes(f59.decode("latin-1"), numbers)
    if isinstance(f62 := fields.get(62), bytes):
        changes[62] = _mask_keys(mti, _net_code(fields), f62)
    for number in TEXT_FIELDS:
        value = changes.get(number, fields.get(number))
        if value:
            changes[number] = _hide_in(value, numbers)
    return {n: v for n, v in changes.items() if v != fields[n]}, hidden


def hide_codes(f59: str, numbers: Numbers) -> set[str]:
    """The payment codes of F59 that are no test cards; they are hidden wherever they stand from now on."""
    found = {digits[: int(length)] for length, digits in _CODE.findall(f59)}
    codes = {code for code in found if not numbers.is_test(code)}
    for code in codes:
        numbers.hide(code)
    return codes


def _numbers_of(fields: Mapping[int, Value]) -> set[str]:
    """The card numbers that a message names, in F2, F35, F36 and F55."""
    found: set[str] = set()
    if isinstance(pan := fields.get(2), str):
        found.add(pan)
    if isinstance(track := fields.get(35), str):
        found.add(track.partition("D")[0])
    if isinstance(track := fields.get(36), str):
        found.add(track.partition("D")[0][2:])  # two digits of format code stand in front
    for item in _chip_items(fields.get(55)):
        if item.tag == PAN_TAG:
            found.add(item.value.hex().upper().rstrip("F"))
        elif item.tag in TRACK_TAGS:
            found.add(item.value.hex().upper().partition("D")[0])
    return {pan for pan in found if pan.isdecimal() and PAN_MIN_DIGITS <= len(pan) <= PAN_MAX_DIGITS}


def _chip_items(value: Value | None) -> tuple[Tlv, ...]:
    try:
        return parse_tlv(value, "F55") if isinstance(value, bytes) else ()
    except PosrigError:
        return ()


def _mask_card_data(fields: Mapping[int, Value], changes: dict[int, Value], numbers: Numbers, hidden: set[str]) -> None:
    """Tracks, PIN blocks and chip data of a card that is not listed."""
    if isinstance(track := fields.get(35), str):
        changes[35] = _mask_track(track, numbers)
    if isinstance(track := fields.get(36), str):
        changes[36] = "".join("0" if c.isdecimal() else c for c in track)
    if 52 in fields:
        changes[52] = bytes(len(fields[52]))
        if fields[52] == bytes(8):  # SM4: the block stands in a private field, F52 is zeros
            for number in PIN_FIELD_NUMBERS:
                if isinstance(value := fields.get(number), bytes):
                    changes[number] = bytes(len(value))
    if isinstance(chip := fields.get(55), bytes):
        items = _chip_items(chip)
        changes[55] = build_tlv(_mask_chip(i, numbers) for i in items) if items else bytes(len(chip))


def _mask_chip(item: Tlv, numbers: Numbers) -> Tlv:
    if item.tag == TRACK1_TAG:
        return replace(item, value=bytes(len(item.value)))
    if item.tag != PAN_TAG and item.tag not in TRACK_TAGS:
        return item
    digits = item.value.hex().upper()
    pads = len(digits) - len(digits.rstrip("F"))
    return replace(item, value=bytes.fromhex(_mask_track(digits.rstrip("F"), numbers) + "F" * pads))


def _mask_track(track: str, numbers: Numbers) -> str:
    """Number, separator, and zeros for the digits behind."""
    pan, separator, rest = track.partition("D")
    if not pan.isdecimal() or len(pan) < PAN_MIN_DIGITS:
        return "".join("0" if c != "D" else c for c in track)
    return numbers.hide(pan) + separator + "".join("0" if c != "D" else c for c in rest)


def _mask_details(f48: str, numbers: Numbers, hidden: set[str]) -> str:
    if (len(f48) - DETAIL_HEAD) % DETAIL_DIGITS or not f48.isdecimal():
        return f48
    out = f48[:DETAIL_HEAD]
    for start in range(DETAIL_HEAD, len(f48), DETAIL_DIGITS):
        record = f48[start : start + DETAIL_DIGITS]
        field = record[DETAIL_PAN_FROM:DETAIL_PAN_TO]
        pan = field.lstrip("0")
        if pan and not numbers.is_test(pan):
            hidden.add(pan)
            record = record[:DETAIL_PAN_FROM] + numbers.hide(pan).zfill(len(field)) + record[DETAIL_PAN_TO:]
        out += record
    return out


def _net_code(fields: Mapping[int, Value]) -> str:
    f60 = fields.get(60, "")
    text = f60.decode("latin-1") if isinstance(f60, bytes) else f60
    f3 = fields.get(3)
    return net_code_of(text, f3 if isinstance(f3, str) else None)


def _mask_keys(mti: str, net_code: str, f62: bytes) -> bytes:
    """F62 without keys: zeros in their place."""
    if mti not in ("0800", "0810"):
        return f62
    if mti == "0810" and (net_code in KEY_REPLY_CODES or not net_code):  # without a code nobody knows what it is
        return bytes(len(f62))
    if net_code not in (TMK_CODE, ACTIVATION_CODE):
        return f62
    try:
        items = parse_tlv(f62, "F62")
    except PosrigError:
        return bytes(len(f62)) if mti == "0810" else f62
    if net_code == ACTIVATION_CODE:
        return f62 if all(item.tag in STATE_TAGS for item in items) or mti == "0800" else bytes(len(f62))
    return build_tlv(replace(i, value=bytes(len(i.value))) if i.tag in TMK_TAGS else i for i in items)


def _hide_in(value: Value, numbers: Numbers) -> Value:
    if isinstance(value, str):
        return numbers.hide_text(value, any_issuer=False)
    return numbers.hide_text(value.decode("latin-1"), any_issuer=False).encode("latin-1")
