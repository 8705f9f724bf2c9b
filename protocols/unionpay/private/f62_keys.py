"""F62 of a sign-in: the request's serial number, the reply's working keys.

Sources: Q/CUP 009 sign-in; Chanjet POS V2.0 (25-octet blocks); PAX Android terminal (24, 40, 60); BestPay POS host
(SM4, 60 octets).  The layouts of 44, 56 and 84 octets that some programs accept are not published; they stay raw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...text import Text
from .layout import Row, is_digits, octets_of, refuse, reject

PATH = "F62"
MARK = b"Sequence No"
MAX_SERIAL = 99 - 4
"""The length has two decimal digits and counts the four characters of the licence."""

KIND_NAMES = {
    "TMK": Text("主密钥", "Terminal master key"),
    "PIK": Text("PIN 密钥", "PIN key"),
    "MAK": Text("MAC 密钥", "MAC key"),
    "TDK": Text("磁道密钥", "Track key"),
}
LAYOUTS: Mapping[int, tuple[tuple[str, int], ...]] = {
    24: (("PIK", 8), ("MAK", 8)),
    40: (("PIK", 16), ("MAK", 16)),
    60: (("PIK", 16), ("MAK", 16), ("TDK", 16)),
}
"""Total octets -> key kind and octets of its cipher text (filler included); each is followed by a check value."""

KCV_OCTETS = 4
BLOCK_ATTRIBUTES = {0: "TMK", 1: "MAK", 2: "PIK", 3: "TDK"}
"""Chanjet POS V2.0: attribute octet in front of every block."""
BLOCK_OCTETS, BLOCK_KEY_OCTETS, BLOCK_KCV_OCTETS, MAX_BLOCKS = 25, 16, 8, 4
_FILLER = bytes(8)


@dataclass(frozen=True, slots=True)
class SignInRequest:
    """`licence` the four characters of the network licence number (入网许可证号), `serial` the device's SN."""

    licence: str
    serial: str


@dataclass(frozen=True, slots=True)
class KeySlot:
    """One working key: `kind` PIK, MAK, TDK or TMK; `cipher` 8 or 16 octets under the TMK; `kcv` 4 or 8 octets.

    `filler`: the eight zero octets behind a single-length MAK, else empty.
    """

    kind: str
    cipher: bytes
    kcv: bytes
    filler: bytes = b""


@dataclass(frozen=True, slots=True)
class WorkingKeys:
    """The keys of a sign-in reply in wire order; `blocks` True for the form of 25 octets per key."""

    slots: tuple[KeySlot, ...]
    blocks: bool = False

    def slot(self, kind: str) -> KeySlot | None:
        """The first key of this kind, or None."""
        return next((slot for slot in self.slots if slot.kind == kind), None)


def parse_sign_in_request(value: bytes) -> SignInRequest:
    """`Sequence No` + two digits + licence + SN.  Raises DecodeError when length and content disagree."""
    body = value[len(MARK) + 2 :]
    size = value[len(MARK) : len(MARK) + 2].decode("latin-1")
    if not value.startswith(MARK) or not is_digits(size) or int(size) != len(body) or len(body) < 4:
        refuse(PATH, value, "Sequence No 的长度与内容不符", "Sequence No: length and content disagree", len(MARK))
    text = body.decode("latin-1")
    return SignInRequest(text[:4], text[4:])


def build_sign_in_request(record: SignInRequest) -> bytes:
    """The octets of the request.  Raises EncodeError for a licence of other than 4 or an SN above `MAX_SERIAL`."""
    if len(record.licence) != 4 or len(record.serial) > MAX_SERIAL:
        reject(PATH, record, "入网许可证号 4 位，序列号最多 95 位", "The licence has 4 characters, the SN at most 95")
    body = octets_of(record.licence + record.serial)
    return MARK + b"%02d" % len(body) + body


def parse_working_keys(value: bytes) -> WorkingKeys | None:
    """The keys of a sign-in reply, or None for a length whose layout is not known (the terminal refuses those).

    A 25-octet form needs a known attribute in front of every block.
    """
    layout = LAYOUTS.get(len(value))
    if layout:
        return WorkingKeys(_parse_slots(value, layout))
    blocks = [value[at : at + BLOCK_OCTETS] for at in range(0, len(value), BLOCK_OCTETS)]
    if not 1 <= len(blocks) <= MAX_BLOCKS or len(blocks[-1]) != BLOCK_OCTETS:
        return None
    if any(block[0] not in BLOCK_ATTRIBUTES for block in blocks):
        return None
    key_end = 1 + BLOCK_KEY_OCTETS
    return WorkingKeys(tuple(KeySlot(BLOCK_ATTRIBUTES[b[0]], b[1:key_end], b[key_end:]) for b in blocks), blocks=True)


def build_working_keys(record: WorkingKeys) -> bytes:
    """The octets of the keys.  Raises EncodeError when order or lengths fit no layout."""
    if record.blocks:
        if not 1 <= len(record.slots) <= MAX_BLOCKS:
            reject(PATH, record, f"密钥块应为 1 至 {MAX_BLOCKS} 个", f"Must have 1 to {MAX_BLOCKS} key blocks")
        return b"".join(_build_block(slot) for slot in record.slots)
    octets = b"".join(slot.cipher + slot.filler + slot.kcv for slot in record.slots)
    wanted = LAYOUTS.get(len(octets))
    got = tuple((slot.kind, len(slot.cipher + slot.filler)) for slot in record.slots)
    if got != wanted or any(len(slot.kcv) != KCV_OCTETS for slot in record.slots):
        reject(PATH, got, "密钥顺序或长度不符合 24、40、60 字节格式", "No form of 24, 40 or 60 octets")
    return octets


def rows_sign_in(record: SignInRequest) -> list[Row]:
    """Licence and serial number."""
    return [
        ("62.licence", Text("入网许可证号", "Network licence number"), record.licence, None),
        ("62.serial", Text("设备序列号", "Device serial number"), record.serial, None),
    ]


def rows_keys(record: WorkingKeys) -> list[Row]:
    """Cipher text and check value of every key (both are safe to show: the keys stay under the TMK)."""
    rows: list[Row] = []
    for slot in record.slots:
        name = KIND_NAMES[slot.kind]
        length = Text("单倍长，8 字节填充", "single length, 8 octets of filler") if slot.filler else None
        rows.append((f"62.{slot.kind}", Text(name.zh + "密文", name.en + ", enciphered"), _hex(slot.cipher), length))
        rows.append((f"62.{slot.kind}.kcv", Text(name.zh + "校验值", name.en + ", KCV"), _hex(slot.kcv), None))
    return rows


def _parse_slots(value: bytes, layout: tuple[tuple[str, int], ...]) -> tuple[KeySlot, ...]:
    slots, at = [], 0
    for kind, size in layout:
        cipher, kcv = value[at : at + size], value[at + size : at + size + KCV_OCTETS]
        filler = _FILLER if kind == "MAK" and size == 16 and cipher.endswith(_FILLER) else b""
        slots.append(KeySlot(kind, cipher[: size - len(filler)], kcv, filler))
        at += size + KCV_OCTETS
    return tuple(slots)


def _build_block(slot: KeySlot) -> bytes:
    attribute = next((a for a, kind in BLOCK_ATTRIBUTES.items() if kind == slot.kind), None)
    if attribute is None or (len(slot.cipher), len(slot.kcv), slot.filler) != (16, 8, b""):
        reject(PATH, slot, "密钥块应为 16 字节密文加 8 字节校验值", "A block holds 16 octets and a KCV of 8")
    return bytes([attribute]) + slot.cipher + slot.kcv


def _hex(value: bytes) -> str:
    return value.hex().upper()
