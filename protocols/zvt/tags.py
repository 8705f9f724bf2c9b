"""Tags of the TLV container (PA00P015 chapter 13 and the captures of public implementations): number, form, name.

Tags are looked up by number alone: none is used for two things in the same place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..text import Text

TagForm = Literal["text", "octets", "number", "packed", "ascii", "template"]

TEXT_LINE, LINE_ATTRIBUTE, COMMAND, CHARACTER_SET, LANGUAGE = 0x07, 0x09, 0x0A, 0x14, 0x15
DISPLAY_COLUMNS, LINE_WIDTH, APDU_LENGTH_MAX, DIAGNOSIS_TYPE, FILE_ID = 0x10, 0x12, 0x1A, 0x1B, 0x1D
DISPLAY_TEXTS, PRINT_TEXTS, PERMITTED_COMMANDS, CHARACTER_SETS, LANGUAGES, FILE = 0x24, 0x25, 0x26, 0x27, 0x28, 0x2D
PAYMENT, DATE_TIME, AID, APPLICATION, UID = 0x2F, 0x34, 0x43, 0x60, 0x4C
FILE_SIZE, RECEIPT_PARAMETER, RECEIPT_TYPE, CARDHOLDER_AUTHENTICATION = 0x1F00, 0x1F04, 0x1F07, 0x1F10
ONLINE, CARD_TECHNOLOGY, EXTENDED_CODE, EXTENDED_TEXT = 0x1F11, 0x1F12, 0x1F16, 0x1F17
DOUBLE_BOOKING, RECEIPT_INFORMATION, TERMINAL_STATE, SEQUENCE_ID = 0x1F1F, 0x1F37, 0x1F55, 0x1F73
DEVICE, DEVICE_NAME, SOFTWARE_VERSION, SERIAL_NUMBER, DEVICE_STATE, TERMINAL_ID = (
    0xE4, 0x1F40, 0x1F41, 0x1F42, 0x1F43, 0x1F44,
)  # fmt: skip
DATE, TIME, DEVICE_PASSWORD, HOST_ADDRESS = 0x1F0E, 0x1F0F, 0xFF40, 0xFF41

END_OF_RECEIPT = 0x81
"""Line attribute of what ends a receipt."""
MERCHANT_RECEIPT, CUSTOMER_RECEIPT, ADMINISTRATION_RECEIPT = 1, 2, 3
STATE_READY, STATE_INITIALISATION_FAILED, STATE_ACTIVATION = b"\x00\x00", b"\x02\x00", b"\x40\x00"


@dataclass(frozen=True, slots=True)
class TagInfo:
    """What a tag holds."""

    tag: int
    name: Text
    form: TagForm


_ROWS: tuple[tuple[int, str, str, TagForm], ...] = (
    (0x07, "文本行", "text line", "text"),
    (0x09, "行属性", "line attribute", "octets"),
    (0x0A, "命令", "command", "octets"),
    (0x10, "显示屏行列数", "size of the display", "packed"),
    (0x11, "打印列数", "columns of the printer", "packed"),
    (0x12, "每行字符数", "characters per line", "number"),
    (0x14, "字符集", "character set", "octets"),
    (0x15, "语言", "language", "ascii"),
    (0x1A, "APDU 最大长度", "maximum length of an APDU", "number"),
    (0x1B, "诊断类型", "kind of diagnosis", "number"),
    (0x1C, "文件数据", "file data", "octets"),
    (0x1D, "文件号", "file id", "octets"),
    (0x1E, "起始位置", "start position", "number"),
    (0x23, "文本行组", "text lines", "template"),
    (0x24, "显示文本", "display texts", "template"),
    (0x25, "打印文本", "print texts", "template"),
    (0x26, "允许的命令", "permitted commands", "template"),
    (0x27, "支持的字符集", "supported character sets", "template"),
    (0x28, "支持的语言", "supported languages", "template"),
    (0x2D, "文件", "file", "template"),
    (0x2F, "支付方式信息", "information on the payment", "template"),
    (0x34, "日期时间", "date and time", "template"),
    (0x40, "EMV 配置", "EMV configuration", "octets"),
    (0x41, "ZVT 卡类型号", "ZVT card type id", "octets"),
    (0x43, "应用标识 AID", "application id (AID)", "octets"),
    (0x44, "应用首选名称", "preferred name of the application", "ascii"),
    (0x46, "持卡人凭证 EMV 数据", "EMV data for the customer's receipt", "text"),
    (0x47, "商户凭证 EMV 数据", "EMV data for the merchant's receipt", "text"),
    (0x4C, "卡片 UID", "UID of the card", "octets"),
    (0x60, "应用", "application", "template"),
    (0x62, "应用清单", "list of applications", "template"),
    (0x1F00, "文件大小", "size of the file", "number"),
    (0x1F04, "凭证参数", "receipt parameter", "octets"),
    (0x1F05, "交易凭证参数", "transaction receipt parameter", "octets"),
    (0x1F07, "凭证类型", "receipt type", "number"),
    (0x1F0E, "日期", "date", "packed"),
    (0x1F0F, "时间", "time", "packed"),
    (0x1F10, "持卡人验证方式", "cardholder authentication", "octets"),
    (0x1F11, "联机标志", "online", "octets"),
    (0x1F12, "卡片介质", "card technology", "octets"),
    (0x1F15, "读卡参数", "read card options", "octets"),
    (0x1F16, "扩展错误码", "extended error code", "octets"),
    (0x1F17, "扩展错误说明", "extended error text", "text"),
    (0x1F1F, "防重复入账", "double-booking protection", "octets"),
    (0x1F2B, "交易流水号", "trace number", "packed"),
    (0x1F37, "凭证信息", "receipt information", "octets"),
    (0x1F40, "设备名称", "name of the device", "ascii"),
    (0x1F41, "软件版本", "software version", "ascii"),
    (0x1F42, "设备序列号", "serial number of the device", "octets"),
    (0x1F43, "设备状态", "state of the device", "octets"),
    (0x1F44, "终端号", "terminal id", "packed"),
    (0x1F45, "ATS", "ATS", "octets"),
    (0x1F4C, "卡类型", "type of card", "octets"),
    (0x1F4D, "卡子类型", "sub-type of card", "octets"),
    (0x1F4F, "ATQA", "ATQA", "octets"),
    (0x1F50, "SAK", "SAK", "octets"),
    (0x1F55, "终端状态", "state of the terminal", "octets"),
    (0x1F62, "BMP 60 前缀", "prefix of BMP 60", "ascii"),
    (0x1F63, "BMP 60 数据", "data of BMP 60", "ascii"),
    (0x1F73, "报文序号", "message sequence id", "packed"),
    (0xE4, "设备信息", "information on the device", "template"),
    (0xE9, "BMP 60 附加数据", "additional data of BMP 60", "template"),
    (0xFF40, "配置密码", "password of the configuration", "packed"),
    (0xFF41, "主机地址", "address of the host", "octets"),
)

TAGS: dict[int, TagInfo] = {tag: TagInfo(tag, Text(zh, en), form) for tag, zh, en, form in _ROWS}
"""Tags with a known meaning; others are shown as octets."""

UNKNOWN_TAG = Text("未知标签", "unknown tag")

_MEANINGS: dict[int, dict[bytes, Text]] = {
    0x1B: {
        b"\x01": Text("线路诊断", "line"),
        b"\x02": Text("扩展诊断", "extended"),
        b"\x03": Text("配置诊断", "configuration"),
        b"\x04": Text("EMV 配置诊断", "EMV configuration"),
        b"\x05": Text("ep2 配置诊断", "ep2 configuration"),
    },
    0x14: {
        b"\x00": Text("7 位 ASCII", "7-bit ASCII"),
        b"\x01": Text("ISO 8859-1", "ISO 8859-1"),
        b"\x02": Text("ISO 8859-2", "ISO 8859-2"),
        b"\x0f": Text("ISO 8859-15", "ISO 8859-15"),
        b"\xfe": Text("UTF-8", "UTF-8"),
        b"\xff": Text("CP437", "CP437"),
    },
    0x1F07: {
        b"\x01": Text("商户存根", "merchant's receipt"),
        b"\x02": Text("持卡人存根", "customer's receipt"),
        b"\x03": Text("管理凭证", "administration receipt"),
    },
    0x1F10: {
        b"\x00": Text("未验证", "none"),
        b"\x01": Text("签名", "signature"),
        b"\x02": Text("联机密码", "online PIN"),
        b"\x03": Text("脱机加密密码", "offline PIN, enciphered"),
        b"\x04": Text("脱机明文密码", "offline PIN, plain"),
        b"\x05": Text("签名和脱机加密密码", "signature and offline PIN, enciphered"),
        b"\x06": Text("签名和脱机明文密码", "signature and offline PIN, plain"),
        b"\x07": Text("签名和联机密码", "signature and online PIN"),
    },
    0x1F11: {b"\x00": Text("脱机", "offline"), b"\x01": Text("联机", "online")},
    0x1F12: {
        b"\x00": Text("磁条", "magnetic stripe"),
        b"\x01": Text("芯片", "chip"),
        b"\x02": Text("非接", "NFC"),
    },
    0x1F55: {
        STATE_READY: Text("就绪", "ready"),
        STATE_INITIALISATION_FAILED: Text("初始化失败", "initialisation failed"),
        STATE_ACTIVATION: Text("需要激活（Inbetriebnahme erforderlich）", "activation required"),
    },
}


def tag_name(tag: int) -> Text:
    """What a tag is called."""
    return TAGS[tag].name if tag in TAGS else UNKNOWN_TAG


def tag_meaning(tag: int, octets: bytes) -> Text | None:
    """What a value of a tag means, where the value is a code."""
    return _MEANINGS.get(tag, {}).get(octets)
