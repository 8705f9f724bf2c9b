"""The bitmaps (PA00P015 chapter 13; 70 to 75 as Portalum.Zvt has them): number, format, name.

Their order in a message is free.  `packed` values are strings of nibbles, `text` and `octets` bytes, `octet` an int.
BMP 19 is a status byte in a completion, a payment type in a command and a card type in a card's data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..codec import LeafBase
from ..fields import Octets
from ..text import Text
from .leaves import Bcd, BitmapList, Container, LlVar, Octet

Shape = Literal["octet", "packed", "octets", "text", "container"]

TLV = 0x06
TIMEOUT, MAX_STATUS_INFOS, SERVICE_BYTE, AMOUNT = 0x01, 0x02, 0x03, 0x04
TRACE, TIME, DATE, EXPIRY, CARD_SEQUENCE = 0x0B, 0x0C, 0x0D, 0x0E, 0x17
STATUS_BYTE, PAN, TRACK2, TRACK3, RESULT_CODE, TID, VU_NUMBER, TRACK1 = 0x19, 0x22, 0x23, 0x24, 0x27, 0x29, 0x2A, 0x2D
ORIGINAL_TRACE, AID_ATTRIBUTE, ADDITIONAL_TEXT, CURRENCY, TOTALS = 0x37, 0x3B, 0x3C, 0x49, 0x60
RECEIPT, TURNOVER, CARD_TYPE, CARD_NAME, RESULT_CODE_AS, DATE_YYMMDD = 0x87, 0x88, 0x8A, 0x8B, 0xA0, 0xAA
CARD_BITMAPS = (PAN, TRACK2, TRACK3, TRACK1)
"""What holds a card's number."""
SECRET_BITMAPS = (0x3A, 0x3D, 0xD1)
"""CVV, password, PIN data: no record keeps them."""


@dataclass(frozen=True, slots=True)
class BitmapInfo:
    """`octets` 0: variable, with `length_digits` length octets in front (BER for the container)."""

    number: int
    name: Text
    shape: Shape
    octets: int
    length_digits: int = 0

    def leaf(self) -> LeafBase:
        """The construct of its value."""
        if self.shape == "container":
            return Container()
        if self.length_digits:
            return LlVar(self.length_digits, packed=self.shape == "packed")
        if self.shape == "octet":
            return Octet()
        return Bcd(self.octets) if self.shape == "packed" else Octets(self.octets)


_OCTET_ROWS: tuple[tuple[int, str, str], ...] = (
    (0x01, "超时", "time-out"),
    (0x02, "状态信息最多次数", "max. status informations"),
    (0x03, "服务字节", "service byte"),
    (0x05, "油枪号", "pump number"),
    (0x19, "状态字节/支付方式/卡类型", "status byte / payment type / card type"),
    (0x27, "结果码", "result code"),
    (0x8A, "卡种", "card type"),
    (0x8C, "网络卡种", "card type of the network"),
    (0xA0, "授权系统结果码", "result code of the authorisation system"),
    (0x72, "图像 MIME 类型", "MIME type of the image"),
    (0x73, "图像编码", "encoding of the image"),
    (0x74, "图像总块数", "chunks of the image"),
    (0x75, "图像块序号", "index of the chunk"),
    (0xD0, "算法密钥", "algorithm key"),
    (0xD2, "退卡方向", "card output direction"),
    (0xD3, "DUKPT 密钥标识", "DUKPT key identifier"),
    (0xE0, "最小输入长度", "min. input length"),
    (0xE9, "最大输入长度", "max. input length"),
    (0xEA, "回显方式", "echo"),
    (0xF0, "显示时长", "display duration"),
    (0xF9, "蜂鸣次数", "beeps"),
    (0xFA, "启用读卡器", "card reader activation"),
    (0xFB, "须按确认键", "confirmation by OK"),
    (0xFC, "对话控制", "dialog control"),
    (0xFD, "显示设备", "display device"),
)

_FIXED_ROWS: tuple[tuple[int, str, str, Shape, int], ...] = (
    (0x04, "金额", "amount", "packed", 6),
    (0x0B, "流水号", "trace number", "packed", 3),
    (0x0C, "时间", "time", "packed", 3),
    (0x0D, "日期 MMDD", "date MMDD", "packed", 2),
    (0x0E, "有效期 YYMM", "expiry YYMM", "packed", 2),
    (0x17, "卡序列号", "card sequence number", "packed", 2),
    (0x29, "终端号", "terminal id", "packed", 4),
    (0x2A, "商户合同号", "VU number", "text", 15),
    (0x37, "原流水号", "original trace number", "packed", 3),
    (0x3A, "CVV/CVC", "CVV/CVC", "packed", 2),
    (0x3B, "授权标识", "AID authorisation attribute", "octets", 8),
    (0x3D, "密码", "password", "packed", 3),
    (0x49, "币种", "currency code", "packed", 2),
    (0x70, "图像请求号", "request id of the image", "octets", 4),
    (0x71, "图像大小", "size of the image", "octets", 4),
    (0x87, "凭证号", "receipt number", "packed", 2),
    (0x88, "交易记录号", "turnover record number", "packed", 3),
    (0xAA, "日期 YYMMDD", "date YYMMDD", "packed", 3),
    (0xBA, "授权标识参数", "AID parameter", "octets", 5),
    (0xEB, "MAC", "MAC", "octets", 8),
)

_VARIABLE_ROWS: tuple[tuple[int, str, str, Shape, int], ...] = (
    (0x22, "卡号", "PAN", "packed", 2),
    (0x23, "二磁道", "track 2", "packed", 2),
    (0x24, "三磁道", "track 3", "packed", 3),
    (0x2D, "一磁道", "track 1", "text", 2),
    (0x2E, "芯片同步数据", "synchronous chip data", "octets", 3),
    (0x3C, "附加文本", "additional text", "text", 3),
    (0x60, "分项合计", "individual totals", "octets", 3),
    (0x8B, "卡名", "card name", "text", 2),
    (0x9A, "电子钱包数据", "Geldkarte payment record", "octets", 3),
    (0xA7, "芯片数据", "chip data", "octets", 2),
    (0xAF, "EF_ID 数据", "EF_ID data", "octets", 3),
    (0xD1, "卡偏移量/PIN 数据", "card offset / PIN data", "octets", 2),
    *((0xE0 + line, f"文本 2 第 {line} 行", f"text 2, line {line}", "text", 2) for line in range(1, 9)),
    *((0xF0 + line, f"文本 1 第 {line} 行", f"text 1, line {line}", "text", 2) for line in range(1, 9)),
)

BITMAPS: dict[int, BitmapInfo] = {
    **{n: BitmapInfo(n, Text(zh, en), "octet", 1) for n, zh, en in _OCTET_ROWS},
    **{n: BitmapInfo(n, Text(zh, en), shape, octets) for n, zh, en, shape, octets in _FIXED_ROWS},
    **{n: BitmapInfo(n, Text(zh, en), shape, 0, digits) for n, zh, en, shape, digits in _VARIABLE_ROWS},
    TLV: BitmapInfo(TLV, Text("TLV 容器", "TLV container"), "container", 0),
}
"""By number.  What is not listed cannot even be passed over, for nobody knows how long it is."""

BITMAP_LIST = BitmapList({number: info.leaf() for number, info in BITMAPS.items()})
"""The construct of the bitmaps of a message."""
