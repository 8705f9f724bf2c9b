"""Cards that are not posrig's, issued and played by a few lines of their own: keys of any length, lists that ask for
odd things, either format, data that must be passed over.  The kernel finds nothing wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha1
from random import Random
from typing import Any

import pytest

from harness.terminal.kernel import course
from harness.terminal.kernel.session import Session, Terms
from protocols.emv.flags import Tvr

from .driving import UNIONPAY, desk_with, run

AID = "A000000333010101"
PAN = "6212149876543210987"
ODA_BITS = Tvr.ODA_NOT_PERFORMED | Tvr.SDA_FAILED | Tvr.DDA_FAILED | Tvr.CDA_FAILED | Tvr.ICC_DATA_MISSING
CDOL1 = "9F02069F03069F1A0295055F2A029A039C019F3704"
CDOL2 = "8A02" + CDOL1


SMALL = [p for p in range(3, 2000, 2) if all(p % q for q in range(3, 45, 2) if q < p)]


@dataclass(frozen=True)
class Key:
    n: int
    d: int
    e: bytes
    size: int


def prime(rng: Random, bits: int, e: int) -> int:
    while True:
        found = rng.getrandbits(bits) | 3 << bits - 2 | 1
        if (found - 1) % e and all(found % p for p in SMALL) and pow(2, found - 1, found) == 1:
            return found


@lru_cache
def key(bits: int, e: int) -> Key:
    rng = Random(bits + e)
    p, q = prime(rng, bits // 2, e), prime(rng, bits // 2, e)
    return Key(p * q, pow(e, -1, (p - 1) * (q - 1)), e.to_bytes((e.bit_length() + 7) // 8, "big"), bits // 8)


def tlv(tag: str, value: bytes | str) -> bytes:
    octets = bytes.fromhex(value) if isinstance(value, str) else value
    size = len(octets)
    return bytes.fromhex(tag) + (bytes((size,)) if size < 128 else bytes((0x81, size))) + octets


def signed(by: Key, body: bytes, behind: bytes) -> bytes:
    """6A, body, SHA-1 of it and of what is not in it, BC (EMV Book 2 Annex A2.1)."""
    block = b"\x6a" + body + sha1(body + behind).digest() + b"\xbc"
    assert len(block) == by.size
    return pow(int.from_bytes(block, "big"), by.d, by.n).to_bytes(by.size, "big")


def certificate(by: Key, head: str, of: Key, behind: bytes = b"") -> tuple[bytes, bytes]:
    """A certificate and the remainder of the key that is in it (EMV Book 2 tables 2 and 11)."""
    start = bytes.fromhex(head) + b"\x01\x01" + bytes((of.size, len(of.e)))
    modulus, space = of.n.to_bytes(of.size, "big"), by.size - 22 - len(start)
    inside, rest = modulus[:space].ljust(space, b"\xbb"), modulus[space:]
    return signed(by, start + inside, rest + of.e + behind), rest


@dataclass
class Foreign:
    """`oda`: sda, dda, cda; `keys`: of CA, issuer and card; `pad`: 00 around the objects of the signed record."""

    oda: str
    keys: tuple[Key, Key, Key]
    pdol: str = ""
    cdol1: str = CDOL1
    format_77: bool = False
    pad: bytes = b""
    more: bytes = b""
    records: dict[tuple[int, int], bytes] = field(default_factory=dict)
    asked: dict[str, bytes] = field(default_factory=dict)
    inputs: bytes = b""

    def __post_init__(self) -> None:
        ca, issuer, card = self.keys
        self.aip = bytes(({"sda": 0x40, "dda": 0x20, "cda": 0x21}[self.oda] | 0x18, 0))
        objects = tlv("5A", PAN + "F") + tlv("5F24", "301231") + tlv("5F34", "01")
        objects += tlv("57", PAN + "D30122010000000000F") + tlv("8E", "00000000000000001F00") + tlv("9F4A", "82")
        static = self.pad + objects + self.more + self.pad
        chain, rest = certificate(ca, "02" + PAN[:8] + "1230000001", issuer)
        keys = tlv("8F", "E1") + (tlv("92", rest) if rest else b"") + tlv("9F32", issuer.e)
        parts = [static, tlv("90", chain), keys + tlv("8C", self.cdol1) + tlv("8D", CDOL2)]
        if self.oda == "sda":
            body = b"\x03\x01\xab\xcd"
            parts.append(tlv("93", signed(issuer, body.ljust(issuer.size - 22, b"\xbb"), static + self.aip)))
        else:
            own, rest = certificate(issuer, "04" + PAN.ljust(20, "F") + "1230000002", card, static + self.aip)
            parts += [tlv("9F46", own), (tlv("9F48", rest) if rest else b"") + tlv("9F47", card.e)]
        self.records = {(1, number): tlv("70", part) for number, part in enumerate(parts, 1)}
        assert max(map(len, self.records.values())) <= 256

    @property
    def capk(self) -> str:
        ca, rid = self.keys[0], bytes.fromhex(AID[:10])
        modulus = ca.n.to_bytes(ca.size, "big")
        told = tlv("9F06", rid) + tlv("9F22", "E1") + tlv("DF05", b"20301231") + tlv("DF02", modulus)
        return (told + tlv("DF04", ca.e) + tlv("DF03", sha1(rid + b"\xe1" + modulus + ca.e).digest())).hex()

    def __call__(self, command: bytes) -> bytes:
        data = command[5 : 5 + command[4]] if len(command) > 5 else b""
        told = self._answer(command[1], command[2], command[3], data)
        return b"\x6a\x82" if told is None else told + b"\x90\x00"

    def _answer(self, ins: int, p1: int, p2: int, data: bytes) -> bytes | None:
        match ins:
            case 0xA4 if data.hex().upper() == AID:
                pdol = tlv("9F38", self.pdol) if self.pdol else b""
                return tlv("6F", tlv("84", AID) + tlv("A5", tlv("50", b"FOREIGN") + pdol))
            case 0xA8:
                self.inputs = data[2:]
                afl = bytes((8, 1, len(self.records), 1))
                return tlv("77", tlv("82", self.aip) + tlv("94", afl)) if self.format_77 else tlv("80", self.aip + afl)
            case 0xB2:
                return self.records.get((p2 >> 3, p1))
            case 0x88:
                signature = self._dynamic(b"\x08" + bytes(8), data)
                return tlv("77", tlv("9F4B", signature)) if self.format_77 else tlv("80", signature)
            case 0xAE:
                return self._cryptogram(p1, data)
        return None

    def _dynamic(self, data: bytes, unpredictable: bytes) -> bytes:
        card = self.keys[2]
        return signed(card, (b"\x05\x01" + bytes((len(data),)) + data).ljust(card.size - 22, b"\xbb"), unpredictable)

    def _cryptogram(self, p1: int, data: bytes) -> bytes:
        self.inputs += data
        self.asked = split(self.cdol1, data)
        cid, ac, iad = b"\x80", bytes(range(8)), bytes.fromhex("07010103A0000001")
        if not p1 & 0x10:
            return tlv("80", cid + b"\x00\x01" + ac + iad)
        others = tlv("9F27", cid) + tlv("9F36", "0001") + tlv("9F10", iad)
        inside = b"\x08" + bytes(8) + cid + ac + sha1(self.inputs + others).digest()
        return tlv("77", others + tlv("9F4B", self._dynamic(inside, self.asked["9F37"])))


def split(dol: str, data: bytes) -> dict[str, bytes]:
    """Values by tag, of as many octets as the list says and no more."""
    listed, found, at = bytes.fromhex(dol), {}, 0
    while listed:
        size = 2 if listed[0] & 0x1F == 0x1F else 1
        found[listed[:size].hex().upper()] = data[at : at + listed[size]]
        at, listed = at + listed[size], listed[size + 1 :]
    assert at == len(data)
    return found


def read(card: Foreign) -> Session:
    desk = desk_with(UNIONPAY, public_keys=[card.capk])
    session, _ = run(course.begin(desk, Terms("insert", 12345, 0x00), "card"), card)
    run(course.decide(session), card, "1234", "1234")
    assert isinstance(session, Session)
    return session


SHORT = (key(1152, 3), key(1024, 3), key(768, 3))
LONG = (key(1408, 65537), key(1408, 65537), key(1280, 3))
LONGEST = (key(1984, 3), key(1984, 3), key(1024, 65537))


@pytest.mark.parametrize("keys", [SHORT, LONG, LONGEST], ids=["short", "long", "longest"])
@pytest.mark.parametrize("oda", ["sda", "dda", "cda"])
@pytest.mark.parametrize("format_77", [False, True], ids=["80", "77"])
def test_its_signatures_hold(oda: str, keys: tuple[Key, Key, Key], format_77: bool) -> None:
    session = read(Foreign(oda, keys, format_77=format_77, pdol="9F1A029F02069F3704" if format_77 else ""))
    assert session.tvr & ODA_BITS == Tvr.none()
    assert session.pan == PAN


@pytest.mark.parametrize(
    "odd",
    [
        {"pad": b"\0\0"},
        {"more": tlv("DF20", b"own") + tlv("C1", b"zz") + tlv("BF50", tlv("DF21", b"q"))},
        {"pdol": "9F4E7CDF0105"},
    ],
    ids=["padding", "proprietary", "long-pdol"],
)
def test_what_it_has_besides_is_passed_over(odd: dict[str, Any]) -> None:
    assert read(Foreign("dda", SHORT, **odd)).tvr & ODA_BITS == Tvr.none()


def test_a_list_may_ask_for_any_length() -> None:
    """EMV Book 3 clause 5.4: numbers are cut and filled on the left, the rest on the right; what is unknown is 00."""
    card = Foreign("dda", SHORT, cdol1="9F02079F1A0395065F2A019F3706DF7F03")
    session = read(card)
    unpredictable = session.data[0x9F37].hex().upper()
    assert {tag: value.hex().upper() for tag, value in card.asked.items()} == {
        "9F02": "00000000012345",
        "9F1A": "000156",
        "95": session.tvr.octets().hex().upper() + "00",
        "5F2A": "56",
        "9F37": unpredictable + "0000",
        "DF7F": "000000",
    }
