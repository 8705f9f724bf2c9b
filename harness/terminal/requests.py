"""Builds requests as terminals of the family build them (PAX, Topwise), by the dialect.

The envelope and F64 are put on when the request leaves (`line`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from protocols.tlv import Tlv, build_tlv, parse_tlv
from protocols.unionpay.kinds import Kind, kind_named
from protocols.unionpay.message import Message, Value
from protocols.unionpay.pin import clear_block
from protocols.unionpay.private import f53, f59, serial
from protocols.unionpay.private.f60 import CODE_IN_F3
from protocols.unionpay.private.f61 import F61, build_f61
from protocols.unionpay.private.sm4_pin import put_sm4_pin
from protocols.unionpay.private.subtags import FORMS, Sub, build_subs

from .desk import Desk
from .kernel import field55
from .kernel.session import Session
from .settings import Card

CURRENCY = "156"
NO_TID, NO_MID = "0" * 8, "0" * 15
"""What a terminal that was never activated has to say when its gate is switched off."""
ENTRY_MODES = {"swipe": "02", "insert": "05", "tap": "07", "key": "01"}
CHIP = ("insert", "tap")
F60_DIGITS_MAX, F60_WITH_CODE = 17, 11


def f60(desk: Desk, kind: Kind, batch: str | None = None, net_code: str | None = None, condition: str = "0") -> str:
    """F60 in the dialect's usual length; management messages stop after 60.3.

    60.4: 2 stripe alone, 5 chip, too.  `condition` is 60.5.
    """
    net = net_code or (kind.management_codes[0] if kind.management_codes else "000")
    usual = desk.dialect.f60_digits
    if usual == 6:
        return batch or desk.state.batch
    type_code = kind.type_codes[0] if kind.type_codes else "00"
    digits = f"{type_code}{batch or desk.state.batch}{net}{_capability(desk)}{condition}"
    if kind.family in ("management", "settlement"):
        usual = min(usual, 11)
    return digits.ljust(F60_DIGITS_MAX, "0")[:usual]


def _capability(desk: Desk) -> str:
    return "5" if "insert" in desk.profile.reads else "2"


def entry_mode(desk: Desk, tender: Tender) -> str:
    """F22: how the card was read, and whether there is a PIN."""
    mode = desk.dialect.fallback_mode if tender.condition else ENTRY_MODES[tender.how]
    return mode + ("1" if tender.pin else "2")


def coded(desk: Desk, kind: Kind, batch: str | None = None, net_code: str | None = None) -> dict[int, Value]:
    """F60; and F3 with the management code where the dialect's F60 ends before it."""
    fields: dict[int, Value] = {60: f60(desk, kind, batch, net_code)}
    net = net_code or (kind.management_codes[0] if kind.management_codes else "")
    if net and kind.family in ("management", "settlement") and desk.dialect.f60_digits < F60_WITH_CODE:
        fields[3] = CODE_IN_F3 + net
    return fields


def head(desk: Desk, kind: Kind, stan: str = "") -> dict[int, Value]:
    """F3, F11, F25, F41, F42, F49, F60 of a request of this kind."""
    fields: dict[int, Value] = coded(desk, kind)
    if kind.name != "activation":  # which hands the two out
        fields |= {41: desk.state.tid or NO_TID, 42: desk.state.mid or NO_MID}
    if stan:
        fields[11] = stan
    if kind.processing_codes:
        fields[3] = kind.processing_codes[0]
    if kind.conditions:
        fields[25] = kind.conditions[0]
    if kind.family == "financial":
        fields[49] = CURRENCY
    return fields


def message(kind: Kind, fields: dict[int, Value]) -> Message:
    """The request; fields in ascending order."""
    return Message(kind.mti, dict(sorted(fields.items())))


def operator(desk: Desk) -> bytes:
    """F63.1: the operator number, three characters."""
    return desk.state.operator.ljust(3).encode("ascii")


@dataclass(frozen=True, slots=True)
class Tender:
    """What the customer gave: a card read in one way, perhaps a PIN; `pulled`: the chip card does not stay in.

    `condition`: F60.5 of a stripe that stands in for a chip, "" when it is none.  `session`: of a chip that was read
    through its link, which has what F55 consists of; None: the reader handed over what the list of cards says.
    """

    card: Card
    how: str
    pin: str = field(default="", repr=False)
    pulled: bool = False
    condition: str = ""
    session: Session | None = None


def tender_fields(desk: Desk, tender: Tender, kind: Kind, stan: str, amount_fen: int) -> dict[int, Value]:
    """F2, F14, F22, F23, F26, F35, F52, F53, F55 of a card transaction; F60 where its 60.5 has something to tell."""
    card, how = tender.card, tender.how
    fields: dict[int, Value] = {2: card.pan, 22: entry_mode(desk, tender)}
    if tender.condition:
        fields[60] = f60(desk, kind, condition=tender.condition)
    if card.expiry:
        fields[14] = card.expiry
    enciphered = False
    if how != "key" and card.track2:
        clear = desk.config.clear_track
        fields[35], enciphered = (card.track2, False) if clear else desk.vault.track2(desk.state, card.track2)
    if how in CHIP:
        chip = chip_data(desk, card, stan, amount_fen, kind) if tender.session is None else _of_chip(tender.session)
        fields |= {number: value for number, value in ((23, card.sequence), (55, chip)) if value}
    if tender.pin:
        fields.update(_pin_fields(desk, tender.pin, card.pan))
    if tender.pin or 35 in fields:
        fields[53] = _f53(desk, bool(tender.pin), enciphered)
    return fields


def code_pin_fields(desk: Desk, pin: str) -> dict[int, Value]:
    """F26, F52, F53 of a payment by code: there is no card number that the PIN block could be made with."""
    fields = _pin_fields(desk, pin, None)
    record = f53.F53("1", _pin_cipher(desk))
    return {**fields, 53: f53.build_f53(record, desk.dialect)} if fields else {}


def _of_chip(session: Session) -> bytes:
    """F55 of a chip that was asked for a cryptogram; none where only its data were read (refund, simplified)."""
    return field55.request(session) if 0x9F26 in session.data else b""


def _pin_fields(desk: Desk, pin: str, pan: str | None) -> dict[int, Value]:
    block = desk.vault.pin_block(desk.state, pin, pan)
    if desk.config.clear_pin:
        block = clear_block(pin, pan, desk.dialect.key_algorithm)
    if block is None:
        return {}
    fields: dict[int, Value] = {26: desk.dialect.pin_capture_code, 52: block}
    if len(block) == 16:  # SM4: F52 stays zeros, the block stands in a private field
        fields[52] = bytes(8)
        fields[desk.dialect.sm4_pin_field] = put_sm4_pin(block, None, desk.dialect)
    return fields


def _f53(desk: Desk, has_pin: bool, enciphered: bool) -> str:
    record = f53.F53("2" if has_pin else "0", _pin_cipher(desk), "1" if enciphered else "0")
    return f53.build_f53(record, desk.dialect)


def _pin_cipher(desk: Desk) -> str:
    return desk.dialect.f53_sm4_digit if desk.dialect.key_algorithm == "sm4" else "6"


def chip_data(desk: Desk, card: Card, stan: str, amount_fen: int, kind: Kind) -> bytes:
    """F55 of an online request.  The cryptogram is random: this terminal has no real card in its reader."""
    state, rng = desk.state, desk.settings.rng
    own = {item.tag: item.value for item in parse_tlv(bytes.fromhex(card.issuer_data), f"card {card.name}")}
    date = f"{desk.settings.year % 100:02d}{state.date}"
    refund = kind.processing_codes[0].startswith("20")
    values: dict[int, bytes] = {
        0x9F26: rng.randbytes(8),
        0x9F27: b"\x80",
        0x9F10: bytes.fromhex("07010103A0A802010A010000000000000000"),
        0x9F37: rng.randbytes(4),
        0x9F36: int(stan).to_bytes(3, "big")[1:],
        0x95: bytes.fromhex("008004E000"),
        0x9A: bytes.fromhex(date),
        0x9C: b"\x20" if refund else b"\x00",
        0x9F02: bytes.fromhex(f"{amount_fen:012d}"),
        0x5F2A: b"\x01\x56",
        0x82: b"\x7c\x00",
        0x9F1A: b"\x01\x56",
        0x9F03: bytes(6),
        0x9F33: bytes.fromhex("E0F8C8"),
        0x9F34: bytes.fromhex("020300"),
        0x9F35: b"\x22",
        0x9F1E: desk.settings.serial.encode("ascii")[-8:].rjust(8, b"0"),
        0x84: bytes.fromhex("A000000333010101"),
        0x9F09: bytes.fromhex("0020"),
        0x9F41: bytes.fromhex(f"{int(stan):08d}"),
    }
    values.update((tag, value) for tag, value in own.items() if tag not in (0x9F26, 0x9F37))
    return build_tlv([Tlv(tag, value) for tag, value in values.items()])


def reversal_chip_data(f55: bytes) -> bytes:
    """F55 of a reversal: 95 9F1E 9F10 9F36 of the original (Chanjet POS V2.0)."""
    kept = (0x95, 0x9F1E, 0x9F10, 0x9F36)
    return build_tlv([item for item in parse_tlv(f55, "F55") if item.tag in kept])


def device_field(desk: Desk, factor: str) -> dict[int, Value]:
    """Serial number and its ciphertext where the dialect wants them (UnionPay notice 21)."""
    profile, settings, dialect = desk.profile, desk.settings, desk.dialect
    info = serial.DeviceInfo(
        profile.device_type,
        settings.serial,
        factor,
        desk.vault.serial_ciphertext(settings.serial, factor),
        desk.version.ljust(8)[:8],
    )
    field = dialect.sn_field
    if field == 59:
        form = "decimal-2" if dialect.sn_length_base == "decimal-2" else "decimal-3"
        usages = (f59.device_usage(info, form), *_location(desk, form))
        return {59: f59.build_f59(f59.F59(usages, form), dialect)}
    prefix = "A2" if field == 57 else "PI"
    record = serial.SerialField(prefix, serial.device_subs(info, field), dialect.sn_length_base)
    return {field: serial.build_serial(field, record, dialect)}


def _location(desk: Desk, form: str) -> tuple[Sub, ...]:
    """Usage A5 (Topwise: longitude, latitude, coordinate system) where the terminal is told to send its place."""
    longitude, _, latitude = desk.config.location.partition(",")
    if not latitude:
        return ()
    parts = [Sub("01", longitude.encode("ascii")), Sub("02", latitude.encode("ascii")), Sub("05", b"GCJ02")]
    return (Sub(f59.LOCATION, build_subs(parts, FORMS[form], "F59/A5")),)


def original(desk: Desk, batch: str, stan: str, date: str = "") -> str:
    """F61: the original transaction."""
    return build_f61(F61(batch, stan, date), desk.dialect)


def named(desk: Desk, name: str) -> Kind:
    """The kind of that name in this dialect."""
    return kind_named(name, desk.dialect)
