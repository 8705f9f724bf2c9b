"""Issuer application data, tag 9F10: which key, which algorithm, and what the card found (CVR).

PBOC 3.0 (JR/T 0025 part 5, annex): length 07, key index, cryptogram version, CVR (length 03 and three octets),
algorithm; then the issuer's own data with a length.  Visa's format 0/1/3 begins with 06 and has the same CVR.  Other
schemes' layouts are kept as octets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..text import Text
from .bits import Bits

PBOC_LENGTH, VISA_LENGTH, CVR_LENGTH = 0x07, 0x06, 0x03
ALGORITHM_3DES, ALGORITHM_SM4 = 0x01, 0x04

ALGORITHM_NAMES = {ALGORITHM_3DES: Text("3DES", "3DES"), ALGORITHM_SM4: Text("SM4", "SM4")}
_AC_KINDS = (Text("AAC", "AAC"), Text("TC", "TC"), Text("ARQC", "ARQC"), Text("保留", "RFU"))
_SECOND_KINDS = (*_AC_KINDS[:2], Text("未请求", "not requested"), _AC_KINDS[3])
_FIRST = Text("第一次 GENERATE AC 返回 {kind}", "First GENERATE AC returned {kind}")
_SECOND = Text("第二次 GENERATE AC：{kind}", "Second GENERATE AC: {kind}")
_SCRIPTS = Text("上次交易收到 {count} 条发卡行脚本命令", "{count} issuer script commands received on last transaction")


class Cvr(Bits, octets=3):
    """Card verification results of PBOC and Visa, without their length octet.  What is no single bit: `cvr_rows`."""

    ISSUER_AUTHENTICATION_FAILED = 1, 0x08, "发卡行认证执行但失败", "Issuer Authentication performed and failed"
    OFFLINE_PIN_PERFORMED = 1, 0x04, "已执行脱机 PIN 验证", "Offline PIN verification performed"
    OFFLINE_PIN_FAILED = 1, 0x02, "脱机 PIN 验证失败", "Offline PIN verification failed"
    UNABLE_TO_GO_ONLINE = 1, 0x01, "不能联机", "Unable to go online"
    LAST_ONLINE_NOT_COMPLETED = 2, 0x80, "上次联机交易未完成", "Last online transaction not completed"
    PIN_TRIES_EXCEEDED = 2, 0x40, "PIN 尝试次数超限", "PIN Try Limit exceeded"
    VELOCITY_EXCEEDED = 2, 0x20, "超过频度检查计数", "Exceeded velocity checking counters"
    NEW_CARD = 2, 0x10, "新卡", "New card"
    LAST_ISSUER_AUTHENTICATION_FAILED = (
        2,
        0x08,
        "上次联机交易发卡行认证失败",
        "Issuer Authentication failure on last online transaction",
    )
    ISSUER_AUTHENTICATION_NOT_PERFORMED = (
        2,
        0x04,
        "联机授权后未执行发卡行认证",
        "Issuer Authentication not performed after online authorization",
    )
    BLOCKED_BY_PIN_TRIES = (
        2,
        0x02,
        "PIN 尝试次数超限导致应用锁定",
        "Application blocked by card because PIN Try Limit exceeded",
    )
    LAST_SDA_FAILED = (
        2,
        0x01,
        "上次交易脱机静态数据认证失败，交易被拒绝",
        "Offline static data authentication failed on last transaction and transaction declined offline",
    )
    LAST_SCRIPT_FAILED = (
        3,
        0x08,
        "上次交易发卡行脚本处理失败",
        "Issuer Script processing failed on last transaction",
    )
    LAST_DDA_FAILED = (
        3,
        0x04,
        "上次交易脱机动态数据认证失败，交易被拒绝",
        "Offline dynamic data authentication failed on last transaction and transaction declined offline",
    )
    DDA_PERFORMED = 3, 0x02, "已执行脱机动态数据认证", "Offline dynamic data authentication performed"
    PIN_NOT_RECEIVED = (
        3,
        0x01,
        "要求 PIN 验证，但卡片未收到",
        "PIN verification command not received for a PIN-expecting card",
    )


@dataclass(frozen=True, slots=True)
class IssuerData:
    """9F10 taken apart.  `algorithm`: PBOC's octet, None in Visa's layout.  `own`: what follows, with its length."""

    layout: Literal["pboc", "visa"]
    key_index: int
    version: int
    cvr: Cvr
    algorithm: int | None
    own: bytes

    @property
    def cvr_octets(self) -> bytes:
        """The CVR with its length octet, as it enters the cryptogram."""
        return bytes((CVR_LENGTH,)) + self.cvr.octets()

    def build(self) -> bytes:
        """The octets of 9F10."""
        length = PBOC_LENGTH if self.layout == "pboc" else VISA_LENGTH
        tail = b"" if self.algorithm is None else bytes((self.algorithm,))
        return bytes((length, self.key_index, self.version)) + self.cvr_octets + tail + self.own


def parse_issuer_data(data: bytes) -> IssuerData | None:
    """9F10 in the layout of PBOC or Visa; None where it is another one, which only its issuer can read."""
    if len(data) >= 8 and data[0] == PBOC_LENGTH and data[3] == CVR_LENGTH:
        return IssuerData("pboc", data[1], data[2], Cvr.of(data[4:7]), data[7], data[8:])
    if len(data) >= 7 and data[0] == VISA_LENGTH and data[3] == CVR_LENGTH:
        return IssuerData("visa", data[1], data[2], Cvr.of(data[4:7]), None, data[7:])
    return None


def cvr_rows(cvr: Cvr) -> tuple[tuple[str, Text], ...]:
    """What the card says of itself, each with its place (`2.5`: bit 5 of octet 2 behind the length octet)."""
    first, _, third = cvr.octets()
    named = Cvr.of(cvr.octets()) & _SINGLE_BITS
    rows = [
        ("1.8", _of_kind(_SECOND, _SECOND_KINDS[first >> 6])),
        ("1.6", _of_kind(_FIRST, _AC_KINDS[first >> 4 & 3])),
        *named.rows(),
    ]
    if third >> 4:
        rows.append(("3.8", _SCRIPTS.format(count=third >> 4)))
    return tuple(rows)


def _of_kind(sentence: Text, kind: Text) -> Text:
    return Text(sentence.zh.format(kind=kind.zh), sentence.en.format(kind=kind.en))


_SINGLE_BITS = Cvr.of(bytes.fromhex("0FFF0F"))
