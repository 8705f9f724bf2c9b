"""What terminal and card tell of a transaction that an issuer decides by: bits of the TVR (95) and of the CVR in 9F10.

TVR: EMV Book 3 annex C5.  CVR: PBOC 3.0 part 5, four octets with their length in front, the same as Visa's VIS 1.4;
Mastercard's is another and is not looked at.  Which of them an issuer refuses, and with which F39, is posrig's choice:
no public source has an issuer's table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from protocols.text import Text


@dataclass(frozen=True, slots=True)
class Finding:
    """One bit.  `octet` counts from 0; of a CVR behind its length octet.  `code`: F39 of an issuer who refuses it."""

    where: Literal["tvr", "cvr"]
    octet: int
    mask: int
    code: str
    text: Text


FINDINGS: Mapping[str, Finding] = {
    "oda_not_done": Finding("tvr", 0, 0x80, "59", Text("未进行脱机数据认证", "no offline data authentication")),
    "sda_failed": Finding("tvr", 0, 0x40, "59", Text("静态数据认证失败", "static data authentication failed")),
    "data_missing": Finding("tvr", 0, 0x20, "59", Text("卡片数据缺失", "data of the card are missing")),
    "exception_file": Finding("tvr", 0, 0x10, "62", Text("卡号在终端黑名单中", "the card is on the terminal's list")),
    "dda_failed": Finding("tvr", 0, 0x08, "59", Text("动态数据认证失败", "dynamic data authentication failed")),
    "cda_failed": Finding("tvr", 0, 0x04, "59", Text("复合数据认证失败", "combined data authentication failed")),
    "versions_differ": Finding("tvr", 1, 0x80, "05", Text("卡片与终端应用版本不同", "application versions differ")),
    "expired": Finding("tvr", 1, 0x40, "54", Text("应用已失效", "the application has expired")),
    "not_yet_effective": Finding("tvr", 1, 0x20, "05", Text("应用尚未生效", "the application is not yet effective")),
    "service_not_allowed": Finding(
        "tvr", 1, 0x10, "57", Text("卡片不允许该服务", "the card does not allow this service")
    ),
    "new_card": Finding("tvr", 1, 0x08, "05", Text("新卡", "new card")),
    "cvm_failed": Finding("tvr", 2, 0x80, "05", Text("持卡人验证失败", "cardholder verification failed")),
    "cvm_unknown": Finding("tvr", 2, 0x40, "05", Text("未知的持卡人验证方法", "unknown verification method")),
    "pin_tries_exceeded": Finding(
        "tvr", 2, 0x20, "75", Text("脱机密码次数超限", "the offline PIN's tries are used up")
    ),
    "pin_pad_broken": Finding(
        "tvr", 2, 0x10, "05", Text("要求密码但密码键盘不可用", "PIN wanted, no PIN pad that works")
    ),
    "pin_not_entered": Finding("tvr", 2, 0x08, "05", Text("要求密码但未输入", "PIN wanted, none entered")),
    "floor_limit": Finding("tvr", 3, 0x80, "61", Text("超过最低限额", "over the floor limit")),
    "lower_limit": Finding(
        "tvr", 3, 0x40, "05", Text("超过连续脱机下限", "over the lower limit of offline transactions")
    ),
    "upper_limit": Finding(
        "tvr", 3, 0x20, "05", Text("超过连续脱机上限", "over the upper limit of offline transactions")
    ),
    "forced_online": Finding("tvr", 3, 0x08, "05", Text("商户强制联机", "the merchant forced it online")),
    "default_tdol": Finding("tvr", 4, 0x80, "05", Text("使用了缺省 TDOL", "the default TDOL was used")),
    "issuer_authentication_failed": Finding(
        "cvr", 0, 0x08, "59", Text("本次发卡行认证失败", "issuer authentication failed in this transaction")
    ),
    "offline_pin_failed": Finding("cvr", 0, 0x02, "55", Text("脱机密码错", "the offline PIN was wrong")),
    "last_online_unfinished": Finding(
        "cvr", 1, 0x80, "05", Text("上次联机交易未完成", "the last online transaction was not finished")
    ),
    "card_pin_tries_exceeded": Finding(
        "cvr", 1, 0x40, "75", Text("卡片脱机密码已锁定", "the card's offline PIN is blocked")
    ),
    "velocity": Finding("cvr", 1, 0x20, "05", Text("超过卡片频度限制", "the card's counters are over their limits")),
    "card_new": Finding("cvr", 1, 0x10, "05", Text("卡片首次联机", "the card's first time online")),
    "last_issuer_authentication_failed": Finding(
        "cvr", 1, 0x08, "05", Text("上次发卡行认证失败", "issuer authentication failed last time")
    ),
    "last_sda_failed": Finding(
        "cvr", 1, 0x01, "05", Text("上次静态数据认证失败", "SDA failed last time, declined offline")
    ),
    "last_script_failed": Finding("cvr", 2, 0x08, "05", Text("上次发卡行脚本失败", "a script failed last time")),
    "last_dda_failed": Finding(
        "cvr", 2, 0x04, "05", Text("上次动态数据认证失败", "DDA failed last time, declined offline")
    ),
}
"""By name, in the order in which they are looked at: the first that is refused decides the code."""

DECLINED = (
    "sda_failed",
    "exception_file",
    "dda_failed",
    "cda_failed",
    "expired",
    "service_not_allowed",
    "cvm_failed",
    "pin_tries_exceeded",
)
"""Refused unless an issuer says otherwise.  An offline PIN that failed shows as `cvm_failed` where nothing took its
place in the list of methods."""
REVIEWED = (
    "data_missing",
    "not_yet_effective",
    "new_card",
    "cvm_unknown",
    "pin_pad_broken",
    "pin_not_entered",
    "lower_limit",
    "upper_limit",
    "default_tdol",
    "offline_pin_failed",
    "last_online_unfinished",
    "card_pin_tries_exceeded",
    "velocity",
    "last_issuer_authentication_failed",
    "last_sda_failed",
    "last_script_failed",
    "last_dda_failed",
)
"""Approved and noted."""
CVR_AT, CVR_OCTETS = 4, 3
"""9F10 of PBOC and VIS: length, DKI, CVN, length of the CVR (03), CVR."""


def found(tvr: bytes, iad: bytes) -> Iterator[str]:
    """Names of what is set in the TVR (5 octets) and in the CVR of `iad`, in the table's order."""
    cvr = iad[CVR_AT : CVR_AT + CVR_OCTETS] if iad[3:4] == b"\x03" else b""
    octets = {"tvr": tvr, "cvr": cvr}
    for name, row in FINDINGS.items():
        value = octets[row.where]
        if row.octet < len(value) and value[row.octet] & row.mask:
            yield name
