"""Remote download of the TMK: 0800 with 60.3 = 352 (RSA key), 350 (TMK), 351 (activate), and what F62 holds in each.

    352 reply    9F06 RID, 9F22 key index, DF02 modulus, DF04 exponent of the acquirer's RSA key
    350 request  9F06, 9F22, DF23 transport key under that RSA key, DF24 KCV of the transport key
    350 reply    DF21 TMK under the transport key, DF22 KCV of the TMK
    351          no F62

The transport key is 16 random octets that the terminal hands in; this module has no randomness.  Block under RSA:
`00 02`, FF up to the length of the modulus, `00`, key.
Source: PAX TransTmkDownload, CardInfoLink's Go client and Smart-POS.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Final

from ..ciphers import Algorithm, cipher_for, kcv
from ..errors import DecodeError, LocalError, RemoteError
from ..text import Text
from ..tlv import Tlv, build_tlv, find_tlv, parse_tlv
from .keys import KcvMismatch
from .private.f62_download import (
    PATH,
    TAG_EXPONENT,
    TAG_INDEX,
    TAG_MODULUS,
    TAG_RID,
    TAG_TMK,
    TAG_TMK_KCV,
    TAG_TRANSPORT,
    TAG_TRANSPORT_KCV,
)

TRANSPORT_KEY_OCTETS: Final = 16
MIN_MODULUS_OCTETS: Final = 64
MAX_MODULUS_OCTETS: Final = 512
# 65537 needs three; a peer must not be able to make us raise to a huge power.
MAX_EXPONENT_OCTETS: Final = 4


class TransportKeyError(RemoteError):
    """What stands under the RSA key is no transport key: another RSA key, or damaged."""


class RsaKeyError(LocalError):
    """An RSA key that we were given cannot be used."""


@dataclass(frozen=True, slots=True)
class RsaKey:
    """The acquirer's public RSA key as a 352 reply brings it.

    `rid` 5 octets, `index` 1 octet (both may be empty), `modulus` 64 to 512 octets, `exponent` 1 to 4, big-endian.
    """

    rid: bytes
    index: bytes
    modulus: bytes
    exponent: bytes


@dataclass(frozen=True, slots=True)
class RsaPrivateKey:
    """The host's half: modulus, and private exponent (never shown)."""

    modulus: int
    exponent: int = field(repr=False)


@dataclass(frozen=True, slots=True)
class TmkRequest:
    """F62 of a 350 request: which RSA key, the transport key under it (as long as the modulus), its KCV."""

    rid: bytes
    index: bytes
    sealed_key: bytes
    kcv: bytes


@dataclass(frozen=True, slots=True)
class TmkReply:
    """F62 of a 350 reply: the TMK under the transport key, and its KCV."""

    sealed_tmk: bytes
    kcv: bytes


def build_rsa_key(key: RsaKey) -> bytes:
    """F62 of a 352 reply.  Raises EncodeError when a value is too long for TLV."""
    return _build((TAG_RID, key.rid), (TAG_INDEX, key.index), (TAG_MODULUS, key.modulus), (TAG_EXPONENT, key.exponent))


def parse_rsa_key(f62: bytes) -> RsaKey:
    """The RSA key in the F62 of a 352 reply; tags beyond the four are passed over.

    Raises DecodeError when a tag is missing or the key is not 512 to 4096 bits with an odd exponent from 3.
    """
    items = parse_tlv(f62, PATH)
    modulus, exponent = (_need(items, tag, f62) for tag in (TAG_MODULUS, TAG_EXPONENT))
    if not MIN_MODULUS_OCTETS <= len(modulus) <= MAX_MODULUS_OCTETS or not modulus[-1] & 1 or not modulus[0]:
        raise _refuse(TAG_MODULUS, f62, Text("RSA 模数不合法", "the RSA modulus is not usable"))
    if not 1 <= len(exponent) <= MAX_EXPONENT_OCTETS or not exponent[-1] & 1 or int.from_bytes(exponent, "big") < 3:
        raise _refuse(TAG_EXPONENT, f62, Text("RSA 指数不合法", "the RSA exponent is not usable"))
    return RsaKey(_need(items, TAG_RID, f62), _need(items, TAG_INDEX, f62), modulus, exponent)


def build_tmk_request(request: TmkRequest) -> bytes:
    """F62 of a 350 request."""
    return _build(
        (TAG_RID, request.rid),
        (TAG_INDEX, request.index),
        (TAG_TRANSPORT, request.sealed_key),
        (TAG_TRANSPORT_KCV, request.kcv),
    )


def parse_tmk_request(f62: bytes) -> TmkRequest:
    """F62 of a 350 request.  Raises DecodeError when a tag is missing."""
    items = parse_tlv(f62, PATH)
    tags = (TAG_RID, TAG_INDEX, TAG_TRANSPORT, TAG_TRANSPORT_KCV)
    return TmkRequest(*(_need(items, tag, f62) for tag in tags))


def build_tmk_reply(reply: TmkReply) -> bytes:
    """F62 of a 350 reply."""
    return _build((TAG_TMK, reply.sealed_tmk), (TAG_TMK_KCV, reply.kcv))


def parse_tmk_reply(f62: bytes) -> TmkReply:
    """F62 of a 350 reply.  Raises DecodeError when a tag is missing."""
    items = parse_tlv(f62, PATH)
    return TmkReply(_need(items, TAG_TMK, f62), _need(items, TAG_TMK_KCV, f62))


def request_tmk(rsa: RsaKey, transport_key: bytes, algorithm: Algorithm = "3des") -> TmkRequest:
    """The terminal's request: `transport_key` (16 octets, random, handed in) under `rsa`, with its KCV.

    Raises RsaKeyError when the key does not have 16 octets or does not fit the modulus.
    """
    room = len(rsa.modulus) - 3 - len(transport_key)
    if len(transport_key) != TRANSPORT_KEY_OCTETS or len(rsa.modulus) < MIN_MODULUS_OCTETS:
        raise RsaKeyError(
            Text(
                "{n} 字节的传输密钥放不进 {m} 字节的 RSA 模数", "a transport key of {n} octets does not fit {m}"
            ).format(n=len(transport_key), m=len(rsa.modulus)),
            Text("传输密钥应为 16 字节", "Use 16 octets under a modulus of 64 octets or more"),
        )
    block = b"\x00\x02" + b"\xff" * room + b"\x00" + transport_key
    sealed = _power(block, int.from_bytes(rsa.exponent, "big"), int.from_bytes(rsa.modulus, "big"))
    return TmkRequest(rsa.rid, rsa.index, sealed, kcv(transport_key, algorithm))


def open_transport_key(request: TmkRequest, private: RsaPrivateKey, algorithm: Algorithm = "3des") -> bytes:
    """The transport key in a 350 request, its KCV checked.  Any non-zero padding is accepted, as PKCS #1 has it.

    Raises TransportKeyError when the block is none, KcvMismatch when the check value is wrong.
    """
    if len(request.sealed_key) != -(-private.modulus.bit_length() // 8):
        raise _no_transport_key("DF23 长度与 RSA 模数不符", "DF23 is not as long as the RSA modulus")
    block = _power(request.sealed_key, private.exponent, private.modulus)
    head, key = block[:-TRANSPORT_KEY_OCTETS], block[-TRANSPORT_KEY_OCTETS:]
    padding = head[2:-1]
    if head[:2] != b"\x00\x02" or head[-1:] != b"\x00" or 0 in padding:
        raise _no_transport_key("DF23 解密后不是传输密钥", "DF23 does not decrypt to a transport key")
    if not compare_digest(kcv(key, algorithm, len(request.kcv)), request.kcv) or not request.kcv:
        raise KcvMismatch("transport key")
    return key


def seal_tmk(tmk: bytes, transport_key: bytes, algorithm: Algorithm = "3des") -> TmkReply:
    """The host's reply: `tmk` under `transport_key`, with its KCV."""
    return TmkReply(cipher_for(transport_key, algorithm).encrypt(tmk), kcv(tmk, algorithm))


def open_tmk(reply: TmkReply, transport_key: bytes, algorithm: Algorithm = "3des") -> bytes:
    """The TMK in a 350 reply, 16 octets, its KCV checked.  Raises TransportKeyError or KcvMismatch."""
    if len(reply.sealed_tmk) != 16:
        raise _no_transport_key("DF21 不是 16 字节", "DF21 is not 16 octets")
    tmk = cipher_for(transport_key, algorithm).decrypt(reply.sealed_tmk)
    if not compare_digest(kcv(tmk, algorithm, len(reply.kcv)), reply.kcv) or not reply.kcv:
        raise KcvMismatch("TMK")
    return tmk


def _power(block: bytes, exponent: int, modulus: int) -> bytes:
    # Plain modular power on test keys: this rig guards no secret against a stop-watch.
    value = int.from_bytes(block, "big")
    if value >= modulus:
        raise _no_transport_key("RSA 数据大于模数", "the RSA data is larger than the modulus")
    return pow(value, exponent, modulus).to_bytes(-(-modulus.bit_length() // 8), "big")


def _build(*values: tuple[int, bytes]) -> bytes:
    return build_tlv(Tlv(tag, value) for tag, value in values)


def _need(items: tuple[Tlv, ...], tag: int, f62: bytes) -> bytes:
    value = find_tlv(items, tag)
    if value is None:
        raise _refuse(tag, f62, Text("缺少标签", "the tag is missing"))
    return value


def _refuse(tag: int, f62: bytes, what: Text) -> DecodeError:
    cure = Text("请核对主密钥下载报文的域 62", "Compare F62 of the TMK download")
    return DecodeError(what, cure, path=f"{PATH}/{tag:04X}", offset=0, raw=f62[:16])


def _no_transport_key(zh: str, en: str) -> TransportKeyError:
    return TransportKeyError(
        Text(zh, en), Text("请重新下载 RSA 公钥（352）再申请主密钥", "Download the RSA key (352) again")
    )
