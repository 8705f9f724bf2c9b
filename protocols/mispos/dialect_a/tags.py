"""Tags of dialect A, as the public register program hehe02921/qqq (IngPosCom.cpp) builds and reads them.

A tag may be written otherwise in a result (inside DF06) than in a request: the amount is BCD when it is asked for and
text when it is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ...text import Text

ValueForm = Literal["bcd", "ascii", "gbk", "binary", "tags"]
"""`bcd`: digits, two in an octet (letters of other nibbles are kept).  `tags`: a list of tags, or an 8583 message."""


@dataclass(frozen=True, slots=True)
class TagInfo:
    """What a tag holds: `form` at the outer level, `told` inside DF06."""

    tag: int
    name: Text
    form: ValueForm
    told: ValueForm


PACKET, COMMAND, AMOUNT, RANDOM, HOST, RESULTS, RESULT = 0xDF01, 0xDF02, 0xDF03, 0xDF04, 0xDF05, 0xDF06, 0xDF07
FIXED_1, FIXED_2, TRACE, TIME, SIGN_IN_NEEDED, CARD_KIND = 0xDF08, 0xDF09, 0xDF0A, 0xDF0B, 0xDF0C, 0xDF0D
INVOICE, BATCH, TID, MID = 0xDF10, 0xDF11, 0xDF12, 0xDF13
AUTH, DATE, ORIGINAL_INVOICE, ORIGINAL_TRACE = 0xDF16, 0xDF17, 0xDF18, 0xDF19
RRN, RESULT_AUTH, RESULT_DATE, RESULT_TIME, CARD, EXPIRY = 0xDF1A, 0xDF1B, 0xDF1C, 0xDF1D, 0xDF1E, 0xDF1F
MORE, DEBIT_SUM, DEBIT_COUNT, CREDIT_SUM, CREDIT_COUNT = 0xDF24, 0xDF25, 0xDF26, 0xDF27, 0xDF28
CARD_NAME, ENTRY_MODE, MERCHANT_EN, MERCHANT_ZH = 0xDF2C, 0xDF2F, 0xDF44, 0xDF45
DESK, OPERATOR, PAY_ORDER, BARCODE, OLD_PAY_ORDER, ORDER = 0xDF46, 0xDF47, 0xDF69, 0xDF6A, 0xDF90, 0xDFBE
BALANCE, HOST_ADDRESS, HOST_PORT, PRINT = 0xDFD1, 0xDFD2, 0xDFD3, 0xDFD4
"""The last four are assigned by posrig and unproven: no public source shows where dialect A carries them."""

_ROWS: tuple[tuple[int, str, str, ValueForm], ...] = (
    (PACKET, "包类型", "packet type", "bcd"),
    (COMMAND, "交易代码", "transaction code", "bcd"),
    (AMOUNT, "交易金额", "amount", "bcd"),
    (RANDOM, "随机数", "random number", "bcd"),
    (HOST, "主机标志", "host id", "bcd"),
    (RESULTS, "数据包", "data packet", "tags"),
    (RESULT, "应答码", "result", "bcd"),
    (FIXED_1, "固定值 5555", "fixed value 5555", "bcd"),
    (FIXED_2, "固定值 3004", "fixed value 3004", "bcd"),
    (TRACE, "流水号", "trace number", "bcd"),
    (TIME, "原交易时间", "original time", "bcd"),
    (SIGN_IN_NEEDED, "需要签到", "sign-in needed", "bcd"),
    (CARD_KIND, "卡类标志", "card flag", "ascii"),
    (INVOICE, "票据号", "invoice number", "bcd"),
    (BATCH, "批次号", "batch number", "ascii"),
    (TID, "终端号", "TID", "ascii"),
    (MID, "商户号", "MID", "ascii"),
    (AUTH, "原授权码", "original authorisation code", "ascii"),
    (DATE, "原交易日期", "original date", "bcd"),
    (ORIGINAL_INVOICE, "原票据号", "original invoice number", "bcd"),
    (ORIGINAL_TRACE, "原流水号", "original trace number", "bcd"),
    (RRN, "系统参考号", "retrieval reference number", "ascii"),
    (RESULT_AUTH, "授权码", "authorisation code", "ascii"),
    (RESULT_DATE, "交易日期", "date", "ascii"),
    (RESULT_TIME, "交易时间", "time", "ascii"),
    (CARD, "卡号", "card number", "ascii"),
    (EXPIRY, "卡有效期", "card expiry", "ascii"),
    (0xDF20, "小费金额", "tip amount", "bcd"),
    (0xDF21, "卡类型", "card type", "binary"),
    (0xDF22, "发卡行", "issuer", "ascii"),
    (MORE, "后续包标志", "more packets follow", "bcd"),
    (DEBIT_SUM, "借记金额", "debit total", "bcd"),
    (DEBIT_COUNT, "借记笔数", "debit count", "bcd"),
    (CREDIT_SUM, "贷记金额", "credit total", "bcd"),
    (CREDIT_COUNT, "贷记笔数", "credit count", "bcd"),
    (CARD_NAME, "卡名称", "card name", "gbk"),
    (ENTRY_MODE, "输入方式", "entry mode", "bcd"),
    (0xDF30, "应用标识", "AID", "binary"),
    (0xDF31, "应用首选名称", "application preferred name", "ascii"),
    (0xDF32, "应用标签", "application label", "ascii"),
    (0xDF33, "交易证书", "transaction certificate", "binary"),
    (0xDF34, "TVR", "TVR", "binary"),
    (0xDF35, "TSI", "TSI", "binary"),
    (0xDF36, "持卡人验证结果", "CVM results", "binary"),
    (0xDF3D, "ATC", "ATC", "binary"),
    (0xDF3E, "持卡人姓名", "cardholder name", "gbk"),
    (MERCHANT_EN, "商户英文名称", "merchant name in English", "ascii"),
    (MERCHANT_ZH, "商户中文名称", "merchant name in Chinese", "gbk"),
    (DESK, "款台号", "desk", "ascii"),
    (OPERATOR, "操作员", "operator", "ascii"),
    (0xDF66, "域 56 数据", "F56 data", "binary"),
    (PAY_ORDER, "付款凭证号", "payment order number", "ascii"),
    (BARCODE, "付款码", "barcode", "ascii"),
    (0xDF70, "域 44 数据", "F44 data", "ascii"),
    (0xDF76, "不可预知数", "unpredictable number", "binary"),
    (0xDF77, "AIP", "AIP", "binary"),
    (0xDF78, "TVR（第二处）", "TVR (second place)", "binary"),
    (0xDF87, "支付方式", "means of payment", "ascii"),
    (0xDF8F, "剩余条数", "entries left", "bcd"),
    (OLD_PAY_ORDER, "原付款凭证号", "original payment order number", "ascii"),
    (ORDER, "商户订单号", "merchant order number", "ascii"),
    (BALANCE, "余额", "balance", "bcd"),
    (HOST_ADDRESS, "主机地址", "host address", "ascii"),
    (HOST_PORT, "主机端口", "host port", "ascii"),
    (PRINT, "打印内容", "print content", "gbk"),
)
_TOLD: dict[int, ValueForm] = {AMOUNT: "ascii"}

TAGS: dict[int, TagInfo] = {tag: TagInfo(tag, Text(zh, en), form, _TOLD.get(tag, form)) for tag, zh, en, form in _ROWS}
"""Tags with a known meaning.  Others are carried as raw octets."""

PACKET_TYPES: dict[str, Text] = {
    "00": Text("普通包", "request"),
    "01": Text("8583 透传包", "8583 pass-through"),
    "02": Text("结果包", "result"),
}
"""DF01.  02 is what terminals put into results (a public capture); results with 00 were seen, too."""

NORMAL, PASS_THROUGH, TOLD = PACKET_TYPES
HOST_IDS = ("01", "02", "03", "04")
"""DF05 of a pass-through packet: which of the hosts that the register's settings list."""
