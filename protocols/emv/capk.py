"""CA public keys (CAPK) as terminals download and check them (EMV Book 2 clause 11.2; UnionPay downloads 370 and 372).

The check sum is SHA-1 over RID, index, modulus and exponent.  UnionPay also hands out SM2 keys: of those posrig checks
that the point is on the curve (GB/T 32918.5), and authenticates nothing with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha1
from hmac import compare_digest
from typing import Literal

from ..errors import RemoteError
from ..text import Text
from ..tlv import Tlv, find_tlv
from .rsa import EXPONENTS, MODULUS_OCTETS_MAX, PublicKey

TAG_RID, TAG_INDEX, TAG_EXPIRY, TAG_KEY_ALGORITHM = 0x9F06, 0x9F22, 0xDF05, 0xDF07
TAG_MODULUS, TAG_EXPONENT, TAG_CHECK_SUM = 0xDF02, 0xDF04, 0xDF03
RSA_ALGORITHM = b"\x01"
RID_OCTETS, MODULUS_OCTETS_MIN, POINT_OCTETS = 5, 64, 64

Reason = Literal["missing", "rid", "modulus", "exponent", "check_sum", "algorithm", "point"]
REASONS: dict[Reason, Text] = {
    "missing": Text("缺少数据", "a data object is missing"),
    "rid": Text("RID 应为 5 字节，索引 1 字节", "RID has 5 octets, index one"),
    "modulus": Text("模长应为 64 至 248 字节，首位为 1", "the modulus has 64 to 248 octets, its first bit set"),
    "exponent": Text("指数不是 3 或 65537", "the exponent is not 3 or 65537"),
    "check_sum": Text("校验和（SHA-1）不符", "the check sum (SHA-1) differs"),
    "algorithm": Text("不是 RSA 公钥", "it is no RSA key"),
    "point": Text("SM2 公钥不在曲线上", "the SM2 key is no point of the curve"),
}

# SM2's recommended curve: y^2 = x^3 + ax + b modulo p, a = p - 3 (GB/T 32918.5).
_SM2_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_SM2_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93


class CapkError(RemoteError):
    """A CA public key that must not be used.  `reason`: the first check that failed; `name`: RID/index."""

    def __init__(self, name: str, reason: Reason) -> None:
        why = REASONS[reason]
        super().__init__(
            Text(f"根公钥（CAPK）{name} 无效: {why.zh}", f"CA public key {name} is invalid: {why.en}"),
            Text("请重新下载公钥，并请收单机构核对", "Download the keys again, and have the acquirer compare"),
        )
        self.name = name
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True)
class Capk:
    """A CA's RSA key: `rid` (5 octets) and `index` name it; `expiry` as downloaded (ASCII YYYYMMDD), "" for none."""

    rid: bytes
    index: int
    modulus: bytes
    exponent: int
    sha1: bytes
    expiry: str = ""

    @property
    def name(self) -> str:
        """`A000000333/80`."""
        return f"{self.rid.hex().upper()}/{self.index:02X}"

    @property
    def key(self) -> PublicKey:
        """The key itself."""
        return PublicKey(self.modulus, self.exponent)


def check_capk(capk: Capk) -> None:
    """Raises CapkError for a key that is no legal one or does not have its check sum."""
    if len(capk.rid) != RID_OCTETS or not 0 <= capk.index <= 0xFF:
        raise CapkError(capk.name, "rid")
    if not MODULUS_OCTETS_MIN <= len(capk.modulus) <= MODULUS_OCTETS_MAX or not capk.modulus[0] & 0x80:
        raise CapkError(capk.name, "modulus")
    if capk.exponent not in EXPONENTS:
        raise CapkError(capk.name, "exponent")
    if not compare_digest(check_sum(capk.rid, capk.index, capk.key), capk.sha1):
        raise CapkError(capk.name, "check_sum")


def check_sum(rid: bytes, index: int, key: PublicKey) -> bytes:
    """SHA-1 over RID, index, modulus and exponent, 20 octets."""
    return sha1(rid + bytes([index]) + key.modulus + key.exponent_octets).digest()


def read_capk(objects: Iterable[Tlv]) -> Capk:
    """A key as downloads deliver it (9F06, 9F22, DF05, DF02, DF04, DF03), checked.  Raises CapkError.

    The exponent's leading zeros (00000003 of some acquirers) are no part of it.
    """
    items = list(objects)
    rid, index = find_tlv(items, TAG_RID) or b"", find_tlv(items, TAG_INDEX) or b""
    name = f"{rid.hex().upper()}/{index.hex().upper()}"
    modulus, exponent = find_tlv(items, TAG_MODULUS), find_tlv(items, TAG_EXPONENT)
    if find_tlv(items, TAG_KEY_ALGORITHM) not in (None, RSA_ALGORITHM):
        raise CapkError(name, "algorithm")
    if not modulus or not exponent or len(index) != 1:
        raise CapkError(name, "missing")
    expiry = (find_tlv(items, TAG_EXPIRY) or b"").decode("ascii", "replace")
    check = find_tlv(items, TAG_CHECK_SUM) or b""
    capk = Capk(rid, index[0], modulus, int.from_bytes(exponent, "big"), check, expiry)
    check_capk(capk)
    return capk


def check_sm2_point(name: str, point: bytes) -> None:
    """Raises CapkError unless `point` (x and y, 32 octets each) is on SM2's curve.  `name`: RID/index."""
    x, y = int.from_bytes(point[:32], "big"), int.from_bytes(point[32:], "big")
    on_curve = (y * y - (x * x * x - 3 * x + _SM2_B)) % _SM2_P == 0
    if len(point) != POINT_OCTETS or max(x, y) >= _SM2_P or not on_curve:
        raise CapkError(name, "point")
