"""Public key certificates of issuers and cards: recovering keys from them, and issuing them for test cards.

Layouts and the order of the checks: EMV Book 2 clauses 5.3, 6.3, 6.4 and 7.1.  A certificate is the private RSA
operation of the key above it over

    6A | format | holder, expiry MMYY, serial(3) | 01 01 | key and exponent length | key, left part | SHA-1(20) | BC

and what of the key found no room stands in a remainder beside it.  The optional lists of revoked certificates
(clause 5.1) are not kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha1
from hmac import compare_digest
from typing import Literal

from ..errors import EncodeError, RemoteError
from ..text import Text
from .rsa import EXPONENTS, MODULUS_OCTETS_MAX, PrivateKey, PublicKey

Kind = Literal["issuer", "icc", "pin", "ssad", "sdad"]
Reason = Literal[
    "missing", "length", "trailer", "header", "format", "hash_algorithm", "hash", "holder", "expiry", "algorithm",
    "remainder", "exponent", "tag_list", "dynamic_data", "transaction", "cryptogram",
]  # fmt: skip

KINDS: dict[Kind, Text] = {
    "issuer": Text("发卡行公钥证书（90）", "the issuer's public key certificate (90)"),
    "icc": Text("IC 卡公钥证书（9F46）", "the card's public key certificate (9F46)"),
    "pin": Text("PIN 加密公钥证书（9F2D）", "the card's PIN encipherment certificate (9F2D)"),
    "ssad": Text("静态签名（93）", "the signature over static data (93)"),
    "sdad": Text("动态签名（9F4B）", "the signature over dynamic data (9F4B)"),
}
REASONS: dict[Reason, Text] = {
    "missing": Text("卡片没有给出", "the card did not give it"),
    "length": Text("长度与上级公钥的模长不等", "its length is not that of the key above it"),
    "trailer": Text("恢复后末字节不是 BC（上级公钥不符，或数据损坏）", "not BC at its end (another key, or damaged)"),
    "header": Text("恢复后首字节不是 6A", "not 6A at its beginning"),
    "format": Text("格式字节不符", "another format octet"),
    "hash_algorithm": Text("哈希算法不是 01（SHA-1）", "the hash algorithm is not 01 (SHA-1)"),
    "hash": Text("哈希不符（静态数据、余项或指数与签发时不同）", "the hash differs: other data than were signed"),
    "holder": Text("发卡行标识或卡号与主账号不符", "issuer identifier or PAN are not those of the card's PAN"),
    "expiry": Text("已过期", "it has expired"),
    "algorithm": Text("公钥算法不是 01（RSA）", "the public key algorithm is not 01 (RSA)"),
    "remainder": Text("公钥余项缺失或长度不符", "the remainder of the key is missing or has a wrong length"),
    "exponent": Text("公钥指数不是 3 或 65537", "the exponent is not 3 or 65537"),
    "tag_list": Text("静态数据标签列表（9F4A）含 82 以外的标签", "the tag list (9F4A) has more than tag 82"),
    "dynamic_data": Text("IC 卡动态数据长度不符", "the length of the card's dynamic data is wrong"),
    "transaction": Text("交易数据哈希不符", "the hash of the transaction's data differs"),
    "cryptogram": Text("签名内的密文信息与应答不符", "cryptogram information inside and outside differ"),
}

ISSUER_OVERHEAD, ICC_OVERHEAD = 36, 42
"""Octets of a certificate that are not the key: EMV Book 2 tables 6 and 14."""
_FORMATS: dict[Kind, int] = {"issuer": 0x02, "icc": 0x04, "pin": 0x04, "ssad": 0x03, "sdad": 0x05}
HASH_OCTETS = 20
SERIAL_OCTETS = 3
_SHA1, _RSA, _FILL = 0x01, 0x01, b"\xbb"


class CertificateError(RemoteError):
    """A certificate or a signature of a card does not hold.  `kind`: which; `reason`: the first check that failed."""

    def __init__(self, kind: Kind, reason: Reason) -> None:
        what, why = KINDS[kind], REASONS[reason]
        super().__init__(
            Text(f"{what.zh}无效: {why.zh}", f"{what.en} does not hold: {why.en}"),
            Text("请核对根公钥（CAPK）、日期和卡片数据", "Check the CA public key, the date and the card's data"),
        )
        self.kind: Kind = kind
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate as card data: `certificate` (90, 9F46, 9F2D), `remainder` (92, 9F48, 9F2F) and `exponent`."""

    certificate: bytes
    remainder: bytes
    exponent: bytes


def issuer_key(
    ca: PublicKey, certificate: bytes, remainder: bytes, exponent: bytes, pan: str, today: bytes
) -> PublicKey:
    """The issuer's public key out of tags 90, 92 and 9F32 (EMV Book 2 clause 5.3).

    `pan`: digits; `today`: the value of tag 9A, YYMMDD.  Raises CertificateError.
    """
    body = recover("issuer", ca, certificate, remainder + exponent)
    holder = body[2:6].hex().rstrip("f")
    if not (3 <= len(holder) <= 8 and pan.startswith(holder)):
        raise CertificateError("issuer", "holder")
    return _key_of("issuer", body, 6, remainder, exponent, today)


def icc_key(
    issuer: PublicKey, certificate: bytes, remainder: bytes, exponent: bytes, static_data: bytes, pan: str, today: bytes
) -> PublicKey:
    """The card's public key out of tags 9F46, 9F48 and 9F47 (clause 6.4).  `static_data`: of `oda.static_data`."""
    return _card_key("icc", issuer, (certificate, remainder, exponent), static_data, pan, today)


def pin_key(
    issuer: PublicKey, certificate: bytes, remainder: bytes, exponent: bytes, pan: str, today: bytes
) -> PublicKey:
    """The card's key for enciphered PINs out of tags 9F2D, 9F2F and 9F2E (clause 7.1); it covers no static data."""
    return _card_key("pin", issuer, (certificate, remainder, exponent), b"", pan, today)


def opened(kind: Kind, key: PublicKey, signed: bytes) -> tuple[bytes, bytes]:
    """(what was signed, from 6A to the octet before the hash; the hash), whose frame is checked and whose hash is not.

    Raises CertificateError.
    """
    if not signed:
        raise CertificateError(kind, "missing")
    if len(signed) != key.octets or len(signed) < ICC_OVERHEAD:
        raise CertificateError(kind, "length")
    plain = key.apply(signed)
    if plain[-1] != 0xBC:
        raise CertificateError(kind, "trailer")
    if plain[0] != 0x6A:
        raise CertificateError(kind, "header")
    if plain[1] != _FORMATS[kind]:
        raise CertificateError(kind, "format")
    return plain[: -HASH_OCTETS - 1], plain[-HASH_OCTETS - 1 : -1]


def recover(kind: Kind, key: PublicKey, signed: bytes, behind: bytes) -> bytes:
    """What was signed, from 6A to the octet before the hash.  `behind`: what the hash covers besides.

    Raises CertificateError.
    """
    body, digest = opened(kind, key, signed)
    if body[_HASH_ALGORITHM_AT[kind]] != _SHA1:
        raise CertificateError(kind, "hash_algorithm")
    if not compare_digest(sha1(body[1:] + behind).digest(), digest):
        raise CertificateError(kind, "hash")
    return body


_HASH_ALGORITHM_AT: dict[Kind, int] = {"issuer": 11, "icc": 17, "pin": 17, "ssad": 2, "sdad": 2}


def sign(kind: Kind, key: PrivateKey, body: bytes, behind: bytes) -> bytes:
    """The counterpart of `recover`: `body` from behind the format octet, filled with BB to the length of the key."""
    room = key.public.octets - HASH_OCTETS - 3 - len(body)
    if room < 0:
        raise EncodeError(
            Text("数据超过签名密钥的模长", "More data than the signing key has room for"),
            Text("改用更长的密钥", "Use a longer key"),
            path=kind,
            value=len(body),
        )
    covered = bytes([_FORMATS[kind]]) + body + _FILL * room
    return key.apply(b"\x6a" + covered + sha1(covered + behind).digest() + b"\xbc")


def issue_issuer(ca: PrivateKey, issuer: PublicKey, holder: str, expiry: str, serial: bytes) -> Issued:
    """A test issuer's certificate.  `holder`: the first 3 to 8 digits of PANs; `expiry`: MMYY; `serial`: 3 octets.

    Raises EncodeError for values that are none.
    """
    return _issue("issuer", ca, issuer, _digits(holder, 3, 8, 8), (expiry, serial), b"")


def issue_icc(issuer: PrivateKey, icc: PublicKey, pan: str, expiry: str, serial: bytes, static_data: bytes) -> Issued:
    """A test card's certificate over its key and its static data.  As `issue_issuer`."""
    return _issue("icc", issuer, icc, _digits(pan, 8, 19, 20), (expiry, serial), static_data)


def issue_pin(issuer: PrivateKey, key: PublicKey, pan: str, expiry: str, serial: bytes) -> Issued:
    """A test card's certificate over its key for enciphered PINs.  As `issue_issuer`."""
    return _issue("pin", issuer, key, _digits(pan, 8, 19, 20), (expiry, serial), b"")


def _card_key(
    kind: Kind, issuer: PublicKey, tags: tuple[bytes, bytes, bytes], static_data: bytes, pan: str, today: bytes
) -> PublicKey:
    certificate, remainder, exponent = tags
    body = recover(kind, issuer, certificate, remainder + exponent + static_data)
    if body[2:12].hex().rstrip("f") != pan:
        raise CertificateError(kind, "holder")
    return _key_of(kind, body, 12, remainder, exponent, today)


def _key_of(kind: Kind, body: bytes, at: int, remainder: bytes, exponent: bytes, today: bytes) -> PublicKey:
    """The key in a recovered certificate whose expiry date stands at `at`; the checks from the date on."""
    month, year = body[at : at + 2].hex()[:2], body[at : at + 2].hex()[2:]
    if not "01" <= month <= "12" or (_century(year), month) < (_century(today.hex()[:2]), today.hex()[2:4]):
        raise CertificateError(kind, "expiry")
    algorithm, octets, exponent_octets = body[at + 6 : at + 9]
    if algorithm != _RSA:
        raise CertificateError(kind, "algorithm")
    left = body[at + 9 :]
    if not ICC_OVERHEAD <= octets <= MODULUS_OCTETS_MAX or len(remainder) != max(0, octets - len(left)):
        raise CertificateError(kind, "remainder")
    if len(exponent) != exponent_octets or int.from_bytes(exponent, "big") not in EXPONENTS:
        raise CertificateError(kind, "exponent")
    return PublicKey(left[:octets] + remainder, int.from_bytes(exponent, "big"))


def _century(year: str) -> str:
    """YYYY of YY: from 50 on it is the last century (EMV Book 4 clause 6.7.3)."""
    return ("19" if year >= "50" else "20") + year


def _issue(
    kind: Kind, above: PrivateKey, key: PublicKey, holder: bytes, dated: tuple[str, bytes], static_data: bytes
) -> Issued:
    expiry, serial = dated
    if len(serial) != SERIAL_OCTETS:
        raise _unfit("serial", len(serial))
    size = bytes([_SHA1, _RSA, key.octets, len(key.exponent_octets)])
    room = above.public.octets - (ISSUER_OVERHEAD if kind == "issuer" else ICC_OVERHEAD)
    left, remainder = key.modulus[:room], key.modulus[room:]
    body = holder + _digits(expiry, 4, 4, 4) + serial + size + left
    signed = sign(kind, above, body, remainder + key.exponent_octets + static_data)
    return Issued(signed, remainder, key.exponent_octets)


def _digits(text: str, least: int, most: int, places: int) -> bytes:
    """Digits with F behind them up to `places` nibbles.  An error shows how many there are and not which."""
    if not (text.isascii() and text.isdigit() and least <= len(text) <= most):
        raise _unfit("digits", len(text))
    return bytes.fromhex(text.ljust(places, "F"))


def _unfit(path: str, value: object) -> EncodeError:
    return EncodeError(
        Text("证书数据长度不符或不是数字", "Data for a certificate are no digits or have a wrong length"),
        Text(
            "发卡行标识 3 至 8 位，卡号 8 至 19 位，有效期 MMYY，序列号 3 字节",
            "3 to 8 digits of issuer, 8 to 19 of PAN, expiry MMYY, 3 octets of serial number",
        ),
        path=path,
        value=value,
    )
