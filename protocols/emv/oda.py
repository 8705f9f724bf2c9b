"""Offline data authentication: what a card's signatures must cover, checked and made (EMV Book 2 clauses 5, 6 and 6.6).

SDA: the issuer signed the static data (tag 93).  DDA: the card signs the terminal's data (DDOL) in answer to INTERNAL
AUTHENTICATE (tag 9F4B).  CDA: the card's answer to GENERATE AC is signed.  `certificates` recovers the keys.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha1
from hmac import compare_digest

from . import certificates
from .certificates import CertificateError, Kind
from .rsa import PrivateKey, PublicKey

TAG_AIP = 0x82
_SHA1 = 0x01
_AC_OCTETS, _HASH_OCTETS = 8, certificates.HASH_OCTETS
_SDAD_OVERHEAD = 25
"""6A 05, hash algorithm and length in front, hash and BC behind: EMV Book 2 table 17."""


@dataclass(frozen=True, slots=True)
class Combined:
    """What a CDA signature says: the card's number (9F4C), cryptogram information (9F27) and cryptogram (9F26)."""

    number: bytes
    cid: int
    ac: bytes


def static_data(kind: Kind, records: Iterable[bytes], tag_list: bytes | None, aip: bytes) -> bytes:
    """What SSAD and ICC certificate cover: the records that the AFL names for it, then the AIP if tag 9F4A says so.

    `records`: in the order of the AFL, each as `records` gives it; `tag_list`: the value of 9F4A, None where the card
    has none.  Raises CertificateError ("tag_list") for a list with anything else than tag 82.
    """
    if tag_list not in (None, b"", bytes([TAG_AIP])):
        raise CertificateError(kind, "tag_list")
    return b"".join(records) + (aip if tag_list else b"")


def verify_sda(issuer: PublicKey, ssad: bytes, static: bytes) -> bytes:
    """The data authentication code (tag 9F45, 2 octets) of tag 93.  Raises CertificateError."""
    return certificates.recover("ssad", issuer, ssad, static)[3:5]


def verify_dda(icc: PublicKey, sdad: bytes, ddol_data: bytes) -> bytes:
    """The card's dynamic number (tag 9F4C) of tag 9F4B.  `ddol_data`: what was sent.  Raises CertificateError."""
    return _number(_dynamic_data(icc, sdad, ddol_data))


def verify_cda(icc: PublicKey, sdad: bytes, un: bytes, transaction: bytes, cid: int) -> Combined:
    """What the signature in the answer to GENERATE AC says.

    `un`: tag 9F37; `transaction`: the values of PDOL, of CDOL1 and, at the second GENERATE AC, of CDOL2 as they were
    sent, then tag, length and value of all that the card answered but 9F4B, in its order; `cid`: 9F27 of the answer.
    Raises CertificateError.
    """
    data = _dynamic_data(icc, sdad, un)
    number = _number(data)
    rest = data[1 + len(number) :]
    if len(rest) < 1 + _AC_OCTETS + _HASH_OCTETS:
        raise CertificateError("sdad", "dynamic_data")
    signed_cid, ac, digest = rest[0], rest[1:9], rest[9 : 9 + _HASH_OCTETS]
    if signed_cid != cid:
        raise CertificateError("sdad", "cryptogram")
    if not compare_digest(sha1(transaction).digest(), digest):
        raise CertificateError("sdad", "transaction")
    return Combined(number, signed_cid, ac)


def sign_sda(issuer: PrivateKey, dac: bytes, static: bytes) -> bytes:
    """Tag 93 of a test card.  `dac`: 2 octets."""
    return certificates.sign("ssad", issuer, bytes([_SHA1]) + dac, static)


def sign_dda(icc: PrivateKey, number: bytes, ddol_data: bytes) -> bytes:
    """Tag 9F4B, the answer to INTERNAL AUTHENTICATE.  `number`: 2 to 8 octets of the card's own choice."""
    return _sign(icc, bytes([len(number)]) + number, ddol_data)


def sign_cda(icc: PrivateKey, signed: Combined, un: bytes, transaction: bytes) -> bytes:
    """Tag 9F4B in the answer to GENERATE AC.  `un`, `transaction`: as `verify_cda`."""
    data = bytes([len(signed.number)]) + signed.number + bytes([signed.cid]) + signed.ac
    return _sign(icc, data + sha1(transaction).digest(), un)


def _sign(icc: PrivateKey, data: bytes, behind: bytes) -> bytes:
    return certificates.sign("sdad", icc, bytes([_SHA1, len(data)]) + data, behind)


def _dynamic_data(icc: PublicKey, sdad: bytes, behind: bytes) -> bytes:
    body = certificates.recover("sdad", icc, sdad, behind)
    size = body[3]
    if size > icc.octets - _SDAD_OVERHEAD:
        raise CertificateError("sdad", "dynamic_data")
    return body[4 : 4 + size]


def _number(data: bytes) -> bytes:
    """The card's dynamic number, which its length precedes (EMV Book 2 clause 6.5.1: 2 to 8 octets)."""
    if not data or not 2 <= data[0] <= 8 or len(data) <= data[0]:
        raise CertificateError("sdad", "dynamic_data")
    return data[1 : 1 + data[0]]
