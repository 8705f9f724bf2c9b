"""F55: chip data as BER-TLV (Q/CUP 009 F55; EMV Book 3 Annex A; Chanjet POS V2.0; PAX Android terminal)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...text import Text
from ...tlv import Tlv, build_tlv, find_tlv, parse_tlv
from .layout import Row

if TYPE_CHECKING:
    from ..dialect import Dialect

TAG_NAMES: Mapping[int, Text] = {
    0x5A: Text("主账号", "PAN"),
    0x5F24: Text("应用失效日期", "Application expiration date"),
    0x5F2A: Text("交易货币代码", "Transaction currency code"),
    0x5F34: Text("卡序列号", "PAN sequence number"),
    0x71: Text("发卡行脚本 1", "Issuer script template 1"),
    0x72: Text("发卡行脚本 2", "Issuer script template 2"),
    0x82: Text("应用交互特征", "Application interchange profile"),
    0x84: Text("专用文件名称", "DF name"),
    0x8A: Text("授权响应码", "Authorisation response code"),
    0x91: Text("发卡行认证数据", "Issuer authentication data"),
    0x95: Text("终端验证结果", "Terminal verification results"),
    0x9A: Text("交易日期", "Transaction date"),
    0x9B: Text("交易状态信息", "Transaction status information"),
    0x9C: Text("交易类型", "Transaction type"),
    0x9F02: Text("授权金额", "Amount, authorised"),
    0x9F03: Text("其它金额", "Amount, other"),
    0x9F06: Text("应用标识 / RID", "AID or RID"),
    0x9F08: Text("卡片应用版本号", "Application version number, card"),
    0x9F09: Text("终端应用版本号", "Application version number, terminal"),
    0x9F10: Text("发卡行应用数据", "Issuer application data"),
    0x9F1A: Text("终端国家代码", "Terminal country code"),
    0x9F1B: Text("终端最低限额", "Terminal floor limit"),
    0x9F1E: Text("接口设备序列号", "Interface device serial number"),
    0x9F22: Text("公钥索引", "CA public key index"),
    0x9F26: Text("应用密文", "Application cryptogram"),
    0x9F27: Text("密文信息数据", "Cryptogram information data"),
    0x9F33: Text("终端性能", "Terminal capabilities"),
    0x9F34: Text("持卡人验证方法结果", "Cardholder verification method results"),
    0x9F35: Text("终端类型", "Terminal type"),
    0x9F36: Text("应用交易计数器", "Application transaction counter"),
    0x9F37: Text("不可预知数", "Unpredictable number"),
    0x9F41: Text("交易序列计数器", "Transaction sequence counter"),
    0x9F63: Text("卡产品标识信息", "Card product identification"),
    0x9F74: Text("电子现金发卡行授权码", "Issuer authorisation code of electronic cash"),
    0x9F79: Text("电子现金余额", "Balance of electronic cash"),
    0x9F7B: Text("电子现金终端交易限额", "Terminal limit of electronic cash"),
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
    0xDF31: Text("发卡行脚本结果", "Issuer script results"),
    0xDF32: Text("芯片序列号", "Chip serial number"),
    0xDF33: Text("过程密钥", "Session key"),
    0xDF34: Text("终端读取时间", "Terminal read time"),
    0xDF51: Text("已装应用版本", "Installed application version"),
    0xDF52: Text("软件包内偏移", "Offset in the package"),
    0xDF53: Text("软件包标识", "Package identity"),
    0xDF54: Text("提供的应用版本", "Offered application version"),
    0xDF55: Text("软件包长度", "Length of the package"),
    0xDF56: Text("软件包数据块", "Block of the package"),
    0xDF57: Text("更新结果", "Result of the update"),
}
CRYPTOGRAM_KINDS = {0x00: Text("AAC 拒绝", "AAC, declined"), 0x40: Text("TC 脱机批准", "TC, approved offline"),
                    0x80: Text("ARQC 请求联机", "ARQC, online wanted")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class F55:
    """The data objects of F55 in wire order."""

    items: tuple[Tlv, ...]

    def get(self, tag: int) -> bytes | None:
        """Value of the first object with this tag, or None."""
        return find_tlv(self.items, tag)


def tag_name(tag: int) -> Text:
    """The name of a tag, or one that says it is unknown."""
    return TAG_NAMES.get(tag) or Text(f"标签 {tag:X}", f"Tag {tag:X}")


def parse_f55(value: bytes, dialect: Dialect) -> F55:
    """Split F55.  Raises DecodeError when an object is cut off."""
    return F55(parse_tlv(value, "F55"))


def build_f55(record: F55, dialect: Dialect) -> bytes:
    """The octets of F55.  Raises EncodeError for an illegal tag or too long a value."""
    return build_tlv(record.items)


def rows_f55(record: F55) -> list[Row]:
    """One row per data object; 9F27 and 8A are put into words."""
    rows: list[Row] = []
    for item in record.items:
        meaning = None
        if item.tag == 0x9F27 and item.value:
            meaning = CRYPTOGRAM_KINDS.get(item.value[0] & 0xC0)
        elif item.tag == 0x8A and item.value.isascii() and item.value.decode().isprintable() and item.value.strip():
            meaning = Text(item.value.decode(), item.value.decode())
        rows.append((f"55.{item.tag_hex}", tag_name(item.tag), item.value.hex().upper(), meaning))
    return rows
