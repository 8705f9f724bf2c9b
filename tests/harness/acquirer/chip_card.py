"""A chip card's arithmetic in a few lines, written from the published rules and without `protocols.emv`.

PBOC 3DES and SM4 (the two worked examples of `emv.json` agree, see test_chip_vectors), EMV option A.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

AC_INPUT = ("9F02", "9F03", "9F1A", "95", "5F2A", "9A", "9C", "9F37", "82", "9F36")


def _ecb(algorithm: TripleDES | SM4, data: bytes) -> bytes:
    encryptor = Cipher(algorithm, modes.ECB()).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def _inverted(data: bytes) -> bytes:
    return bytes(octet ^ 0xFF for octet in data)


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def encrypt(key: bytes, data: bytes, gm: bool = False) -> bytes:
    """ECB of whole blocks under a key of 16 octets."""
    return _ecb(SM4(key) if gm else TripleDES(key + key[:8]), data)


def mac(key: bytes, data: bytes, gm: bool = False) -> bytes:
    """8 octets: ISO 9797-1 algorithm 3 with padding 80, under SM4 the left half of the CBC-MAC."""
    size = 16 if gm else 8
    padded = data + b"\x80"
    padded += bytes(-len(padded) % size)
    chain = bytes(size)
    last = len(padded) - size
    for at in range(0, last, size):
        block = _xor(chain, padded[at : at + size])
        chain = _ecb(SM4(key) if gm else TripleDES(key[:8] * 3), block)
    return encrypt(key, _xor(chain, padded[last:]), gm)[:8]


@dataclass
class ChipCard:
    """`imk`: the issuer's key; a card of its own counts its transactions in `atc`."""

    pan: str
    psn: str = "01"
    imk: str = "0123456789ABCDEFFEDCBA9876543210"
    imk_smi: str = "FEDCBA98765432100123456789ABCDEF"
    gm: bool = False
    iad: str = "07010103A00000010A010000000000"
    atc: int = 0
    tags: dict[str, str] = field(default_factory=dict)

    def _session_key(self, imk: str, atc: bytes) -> bytes:
        y = bytes.fromhex((self.pan + self.psn)[-16:].rjust(16, "0"))
        master = encrypt(bytes.fromhex(imk), y + _inverted(y), self.gm)
        return encrypt(master, bytes(6) + atc + bytes(6) + _inverted(atc), self.gm)

    def ac(self, values: Mapping[str, str]) -> str:
        """The cryptogram over these objects."""
        data = "".join(values[tag] for tag in AC_INPUT) + values["9F10"][6:14]
        key = self._session_key(self.imk, bytes.fromhex(values["9F36"]))
        return mac(key, bytes.fromhex(data), self.gm).hex().upper()

    def arpc(self, ac: str, atc: str, arc: str) -> str:
        """What the issuer answers to `ac` with the code `arc` of two characters."""
        block = _xor(bytes.fromhex(ac), arc.encode("ascii") + bytes(6))
        key = self._session_key(self.imk, bytes.fromhex(atc))
        return encrypt(key, block.ljust(16 if self.gm else 8, b"\0"), self.gm)[:8].hex().upper()

    def script_mac(self, command: bytes, ac: str, atc: str) -> bytes:
        """The MAC of a PBOC script command, whose last four octets it is: over header, ATC, AC and data."""
        key = self._session_key(self.imk_smi, bytes.fromhex(atc))
        return mac(key, command[:5] + bytes.fromhex(atc + ac) + command[5:-4], self.gm)[:4]

    def values(self, amount_fen: int, **changes: str) -> dict[str, str]:
        """The data objects of an online transaction, in the order of most terminals; `changes`: t9F34="..."."""
        self.atc += 1
        values = {
            "9F27": "80", "9F10": self.iad, "9F37": "1E78EEBC", "9F36": f"{self.atc:04X}", "95": "0080008000",
            "9A": "260302", "9C": "00", "9F02": f"{amount_fen:012d}", "5F2A": "0156", "82": "7C00", "9F1A": "0156",
            "9F03": "000000000000", "9F33": "E0E1C8", "9F34": "1F0302", "9F35": "22", "84": "A000000333010101",
            **self.tags, **{name.removeprefix("t"): value for name, value in changes.items()},
        }  # fmt: skip
        return {"9F26": self.ac(values), **values}


def f55(values: Mapping[str, str]) -> bytes:
    """BER-TLV of short objects."""
    return b"".join(bytes.fromhex(f"{tag}{len(value) // 2:02X}{value}") for tag, value in values.items())


def objects(octets: bytes) -> dict[str, str]:
    """What `f55` made, split again; one level."""
    found: dict[str, str] = {}
    at = 0
    while at < len(octets):
        size = 2 if octets[at] & 0x1F == 0x1F else 1
        tag, length = octets[at : at + size].hex().upper(), octets[at + size]
        at += size + 1
        if length == 0x81:
            length, at = octets[at], at + 1
        found[tag] = octets[at : at + length].hex().upper()
        at += length
    return found
