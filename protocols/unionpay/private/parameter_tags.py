"""Names of the DF tags in what a terminal downloads: CAPKs, AID parameters, keys, applications (F62, F55 of 0820).

Between card and terminal the same tags mean other things: there `protocols.emv.tags` names them.  All other tags
mean the same in both.  Sources: Q/CUP 009 (IC card parameters), UnionPay's notes on remote key download; DF51 to
DF57 are posrig's own.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...emv.meanings import joined, meanings_of
from ...emv.tags import tag_name
from ...text import Text

PARAMETER_TAGS: Mapping[int, Text] = {
    0xDF01: Text("应用选择指示符", "Application selection indicator"),
    0xDF02: Text("公钥模", "CA public key modulus"),
    0xDF03: Text("公钥校验值", "CA public key check sum"),
    0xDF04: Text("公钥指数", "CA public key exponent"),
    0xDF05: Text("公钥有效期", "CA public key expiry"),
    0xDF06: Text("公钥哈希算法标识", "CA public key hash algorithm"),
    0xDF07: Text("公钥算法标识", "CA public key algorithm"),
    0xDF11: Text("TAC 缺省", "TAC default"),
    0xDF12: Text("TAC 联机", "TAC online"),
    0xDF13: Text("TAC 拒绝", "TAC denial"),
    0xDF14: Text("缺省 DDOL", "Default DDOL"),
    0xDF15: Text("偏置随机选择阈值", "Threshold for biased random selection"),
    0xDF16: Text("偏置随机选择最大目标百分数", "Maximum target percentage for biased random selection"),
    0xDF17: Text("随机选择目标百分数", "Target percentage for random selection"),
    0xDF18: Text("终端联机 PIN 支持能力", "Online PIN capability"),
    0xDF19: Text("非接脱机最低限额", "Contactless offline floor limit"),
    0xDF20: Text("非接交易限额", "Contactless transaction limit"),
    0xDF21: Text("非接 CVM 限额 / TMK 密文", "Contactless CVM limit, or enciphered TMK"),
    0xDF22: Text("TMK 校验值", "TMK check value"),
    0xDF23: Text("传输密钥密文", "Enciphered transport key"),
    0xDF24: Text("传输密钥校验值", "Transport key check value"),
    0xDF51: Text("已装应用版本", "Installed application version"),
    0xDF52: Text("软件包内偏移", "Offset in the package"),
    0xDF53: Text("软件包标识", "Package identity"),
    0xDF54: Text("提供的应用版本", "Offered application version"),
    0xDF55: Text("软件包长度", "Length of the package"),
    0xDF56: Text("软件包数据块", "Block of the package"),
    0xDF57: Text("更新结果", "Result of the update"),
}
_READ_AS: Mapping[int, int] = {0xDF11: 0x95, 0xDF12: 0x95, 0xDF13: 0x95, 0xDF14: 0x9F49}
"""Tags whose value is formed as that of another one: action codes as the TVR, the default DDOL as the DDOL."""


def parameter_name(tag: int) -> Text:
    """The name of a tag in a download, or one that says it is unknown."""
    return PARAMETER_TAGS.get(tag) or tag_name(tag)


def parameter_meaning(tag: int, value: bytes) -> Text | None:
    """What a value in a download says, in one line; None where octets are all there is to say."""
    if tag in PARAMETER_TAGS and tag not in _READ_AS:
        return None
    return joined(meanings_of(_READ_AS.get(tag, tag), value))
