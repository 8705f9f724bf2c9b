"""Keys of chip cards: from the issuer's master key to the card's, and from that to the key of one transaction.

ICC master keys: EMV Book 2 annex A1.4, option A and option B (SHA-1, for PANs above 16 digits).  PBOC and UnionPay use
option A for every PAN; under SM4 one block of both halves (PBOC 3.0 part 17; a published worked example agrees).
Session keys: EMV Book 2 annex A1.3 (common), EMV 4.1 Book 2 annex A1.3 (EMV2000 tree), Visa secure messaging, PBOC.

Every function takes and gives keys of 16 octets.  3DES ignores parity; keys get odd parity all the same, because PIN
blocks take octets of a key, except PBOC's session key, which is published without.
"""

from __future__ import annotations

from hashlib import sha1

from ..ciphers import Algorithm, Cipher
from ..errors import EncodeError
from ..text import Text

KEY_OCTETS = 16
PAN_DIGITS_MAX = 19
OPTION_A_PAN_DIGITS_MAX = 16
"""Longer PANs are what option B is for; up to here both options are the same."""

TREE_HEIGHT, TREE_BRANCHES = 8, 4
"""What EMV 4.1 Book 2 annex A1.3.2 recommends; 4 ** 8 keys are one for each ATC."""

_DECIMALISED = str.maketrans("abcdef", "012345")


def odd_parity(key: bytes) -> bytes:
    """`key` with the lowest bit of each octet set so that its number of ones is odd."""
    return bytes(octet ^ (octet.bit_count() & 1 ^ 1) for octet in key)


def icc_key_a(issuer_key: bytes, pan: str, psn: str | None = None) -> bytes:
    """The card's 3DES key by option A: the rightmost 16 digits of PAN and PSN, beside their inversion.

    `pan`: 1 to 19 digits; `psn`: two digits (tag 5F34), None counts as 00.  Raises EncodeError otherwise.
    """
    return _diversified(issuer_key, _option_a(pan, psn), "3des")


def icc_key_b(issuer_key: bytes, pan: str, psn: str | None = None) -> bytes:
    """The card's 3DES key by option B: PANs above 16 digits go through SHA-1 and decimalisation.  As `icc_key_a`."""
    digits = _digits(pan, psn)
    if len(pan) <= OPTION_A_PAN_DIGITS_MAX:
        return icc_key_a(issuer_key, pan, psn)
    digest = sha1(bytes.fromhex(digits.zfill(len(digits) + len(digits) % 2))).hexdigest()
    decimal = "".join(d for d in digest if d.isdigit())
    letters = "".join(d for d in digest if not d.isdigit()).translate(_DECIMALISED)
    return _diversified(issuer_key, bytes.fromhex((decimal + letters)[:16]), "3des")


def icc_key_sm4(issuer_key: bytes, pan: str, psn: str | None = None) -> bytes:
    """The card's SM4 key of PBOC 3.0: one block of option A's digits and their inversion.  As `icc_key_a`."""
    return _diversified(issuer_key, _option_a(pan, psn), "sm4")


def session_key_pboc(icc_key: bytes, atc: bytes, algorithm: Algorithm = "3des") -> bytes:
    """PBOC's session key of the transaction `atc` (2 octets): 00 x 6 and the ATC, beside 00 x 6 and its inversion.

    The same rule gives the keys of the cryptogram and of issuer scripts.
    """
    _sized("ATC", atc, 2)
    return Cipher(icc_key, algorithm).encrypt(bytes(6) + atc + bytes(6) + _inverted(atc))


def session_key_common(icc_key: bytes, diversifier: bytes) -> bytes:
    """EMV's common session key.  `diversifier`: 8 octets.

    ATC and six zeros for cryptograms; ATC, two zeros and the unpredictable number for Mastercard's proprietary (SKD)
    keys; the application cryptogram for issuer scripts.
    """
    _sized("R", diversifier, 8)
    halves = (diversifier[:2] + bytes([middle]) + diversifier[3:] for middle in (0xF0, 0x0F))
    return odd_parity(Cipher(icc_key, "3des").encrypt(b"".join(halves)))


def session_key_visa(icc_key: bytes, atc: bytes) -> bytes:
    """Visa's key for issuer scripts: the left half XOR the ATC (2 octets), the right one XOR its inversion."""
    _sized("ATC", atc, 2)
    return odd_parity(_xor(icc_key, bytes(6) + atc + bytes(6) + _inverted(atc)))


def session_key_tree(
    icc_key: bytes, atc: bytes, height: int = TREE_HEIGHT, branches: int = TREE_BRANCHES, iv: bytes = bytes(16)
) -> bytes:
    """EMV2000's session key: a walk down a tree of `height` levels with `branches` keys below each key.

    `iv`: 16 octets.  Raises EncodeError where the tree has fewer leaves than there are ATCs.
    """
    _sized("ATC", atc, 2)
    _sized("IV", iv, 16)
    if not (2 <= branches <= 256 and 1 <= height <= 16 and branches**height >= 0xFFFF):
        raise EncodeError(
            Text("密钥树层数或分支数不足", "The key tree has too few leaves"),
            Text("常用: 8 层 4 支，或 16 层 2 支", "Use height 8 with 4 branches, or height 16 with 2"),
            path="session key",
            value=(height, branches),
        )
    leaf = int.from_bytes(atc, "big")
    parent, grandparent = icc_key, iv
    for level in range(height - 1, 0, -1):
        parent, grandparent = _child(parent, grandparent, leaf // branches**level % branches), parent
    return odd_parity(_xor(_child(parent, grandparent, leaf % branches), grandparent))


def _child(parent: bytes, grandparent: bytes, branch: int) -> bytes:
    left = _xor(grandparent[:8], branch.to_bytes(8, "big"))
    right = _xor(grandparent[8:], (branch ^ 0xF0).to_bytes(8, "big"))
    return Cipher(parent, "3des").encrypt(left + right)


def _diversified(issuer_key: bytes, digits: bytes, algorithm: Algorithm) -> bytes:
    key = Cipher(issuer_key, algorithm).encrypt(digits + _inverted(digits))
    return key if algorithm == "sm4" else odd_parity(key)


def _option_a(pan: str, psn: str | None) -> bytes:
    return bytes.fromhex(_digits(pan, psn)[-16:].zfill(16))


def _digits(pan: str, psn: str | None) -> str:
    """PAN and PSN in one.  The error never shows the PAN."""
    psn = psn or "00"
    if not (pan.isascii() and pan.isdigit() and len(pan) <= PAN_DIGITS_MAX):
        raise _refused("5A", Text("主账号不是 1 至 19 位数字", "The PAN is not 1 to 19 digits"), len(pan))
    if not (psn.isascii() and psn.isdigit() and len(psn) == 2):
        raise _refused("5F34", Text("卡片序列号不是 2 位数字", "The PAN sequence number is not two digits"), len(psn))
    return pan + psn


def _sized(name: str, value: bytes, octets: int) -> None:
    if len(value) != octets:
        text = Text("{name} 应为 {octets} 字节", "{name} is {octets} octets").format(name=name, octets=octets)
        raise _refused(name, text, len(value))


def _refused(path: str, what: Text, value: object) -> EncodeError:
    return EncodeError(what, Text("请核对卡片数据", "Check the card's data"), path=path, value=value)


def _inverted(data: bytes) -> bytes:
    return bytes(octet ^ 0xFF for octet in data)


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
