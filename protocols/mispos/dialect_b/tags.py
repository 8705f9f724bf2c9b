"""Tags and transaction types of dialect B (9F tags), as gsccs/mispos-client uses them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from ...text import Text

ValueForm = Literal["binary", "ascii", "gbk"]


class TransactionType(IntEnum):
    """Value of tag 9F01, one octet."""

    SIGN_IN = 1
    SALE = 2
    VOID = 3
    REFUND = 4
    PRE_AUTHORISATION = 6
    PRE_AUTHORISATION_VOID = 7
    PRE_AUTHORISATION_COMPLETION = 8
    PRE_AUTHORISATION_COMPLETION_VOID = 9
    SETTLE = 14
    LAST_RESULT = 15
    REPRINT = 16
    DATA_SEND = 17
    BALANCE = 18
    SET_UP = 21
    SET_COMMUNICATION = 22
    DOWNLOAD_KEYS = 48
    DOWNLOAD_PARAMETERS = 49
    FIND_PORT = 127
    SET_PARAMETERS = 128
    SET_KEYS = 129
    SET_IC_PARAMETERS = 130


TYPE_NAMES: dict[TransactionType, Text] = {
    TransactionType.SIGN_IN: Text("签到", "sign-in"),
    TransactionType.SALE: Text("消费", "sale"),
    TransactionType.VOID: Text("消费撤销", "void"),
    TransactionType.REFUND: Text("退货", "refund"),
    TransactionType.PRE_AUTHORISATION: Text("预授权", "pre-authorisation"),
    TransactionType.PRE_AUTHORISATION_VOID: Text("预授权撤销", "pre-authorisation void"),
    TransactionType.PRE_AUTHORISATION_COMPLETION: Text("预授权完成", "pre-authorisation completion"),
    TransactionType.PRE_AUTHORISATION_COMPLETION_VOID: Text("预授权完成撤销", "pre-authorisation completion void"),
    TransactionType.SETTLE: Text("批结算", "settlement"),
    TransactionType.LAST_RESULT: Text("查询上笔交易", "last result"),
    TransactionType.REPRINT: Text("重打印", "reprint"),
    TransactionType.DATA_SEND: Text("数据透传", "tunnelled data"),
    TransactionType.BALANCE: Text("余额查询", "balance"),
    TransactionType.SET_UP: Text("终端设置", "set-up"),
    TransactionType.SET_COMMUNICATION: Text("通讯设置", "set communication"),
    TransactionType.DOWNLOAD_KEYS: Text("联机下载密钥", "download keys"),
    TransactionType.DOWNLOAD_PARAMETERS: Text("下载参数", "download parameters"),
    TransactionType.FIND_PORT: Text("查找端口", "find port"),
    TransactionType.SET_PARAMETERS: Text("设置参数", "set parameters"),
    TransactionType.SET_KEYS: Text("设置密钥", "set keys"),
    TransactionType.SET_IC_PARAMETERS: Text("设置IC卡参数", "set IC parameters"),
}


@dataclass(frozen=True, slots=True)
class TagInfo:
    """What a tag of dialect B holds."""

    tag: int
    name: Text
    form: ValueForm


_ROWS: tuple[tuple[int, str, str, ValueForm], ...] = (
    (0x9F00, "应用名称", "application name", "ascii"),
    (0x9F01, "交易类型", "transaction type", "binary"),
    (0x9F02, "交易金额", "amount", "ascii"),
    (0x9F03, "商户名称", "merchant name", "gbk"),
    (0x9F04, "商户号", "MID", "ascii"),
    (0x9F05, "终端号", "TID", "ascii"),
    (0x9F06, "操作员", "operator", "ascii"),
    (0x9F07, "收单行号", "acquirer", "ascii"),
    (0x9F08, "发卡行号", "issuer", "ascii"),
    (0x9F09, "发卡行名称", "issuer name", "gbk"),
    (0x9F0A, "受理中心号", "processing centre", "ascii"),
    (0x9F0B, "卡号", "card number", "ascii"),
    (0x9F0C, "刷卡方式", "entry mode", "ascii"),
    (0x9F0D, "批次号", "batch number", "ascii"),
    (0x9F0E, "流水号", "STAN", "ascii"),
    (0x9F0F, "授权码", "authorisation code", "ascii"),
    (0x9F10, "参考号", "retrieval reference number", "ascii"),
    (0x9F11, "交易日期", "date", "ascii"),
    (0x9F12, "交易时间", "time", "ascii"),
    (0x9F13, "备注", "memo", "gbk"),
    (0x9F14, "结果码", "result code", "ascii"),
    (0x9F15, "透传数据", "tunnelled content", "binary"),
    (0x9F16, "主机地址", "host address", "ascii"),
    (0x9F17, "主机端口", "host port", "ascii"),
    (0x9F18, "超时秒数", "time limit in seconds", "ascii"),
    (0x9F19, "错误说明", "error text", "gbk"),
    (0x9F1A, "校验信息", "check data", "binary"),
    (0x9F1B, "卡有效期", "card expiry", "ascii"),
    (0x9F1C, "小费", "tip", "ascii"),
    (0x9F1D, "合计", "total", "ascii"),
    (0x9F1E, "门店号", "store", "ascii"),
    (0x9F1F, "收银台号", "till", "ascii"),
    (0x9F20, "原流水号", "original STAN", "ascii"),
    (0x9F23, "余额", "balance", "ascii"),
    (0x9F24, "TVR", "TVR", "ascii"),
    (0x9F25, "TSI", "TSI", "ascii"),
    (0x9F26, "应用标识", "AID", "ascii"),
    (0x9F27, "ATC", "ATC", "ascii"),
    (0x9F28, "应用标签", "application label", "gbk"),
    (0x9F29, "应用首选名称", "application preferred name", "gbk"),
    (0x9F2A, "交易证书", "transaction certificate", "ascii"),
    (0x9F52, "打印内容", "print content", "gbk"),
    (0x9F91, "缴费单号", "bill number", "ascii"),
    (0x9F92, "缴费科目", "bill item", "gbk"),
    (0x9F93, "客户姓名", "customer name", "gbk"),
    (0x9F94, "身份证号", "identity card number", "ascii"),
    (0x9F95, "业务编号", "business number", "ascii"),
    (0x9FFF, "收银流水号", "register order number", "ascii"),
)

TAGS: dict[int, TagInfo] = {tag: TagInfo(tag, Text(zh, en), form) for tag, zh, en, form in _ROWS}
"""Tags with a known meaning; others are carried as raw octets.  The public client reads chip data (9F24 to 9F2A) as
text, which is taken to be hex."""

TYPE, AMOUNT, RESULT, CONTENT, ERROR_TEXT = 0x9F01, 0x9F02, 0x9F14, 0x9F15, 0x9F19
MID, TID, OPERATOR, CARD, BATCH, STAN, AUTH, RRN = 0x9F04, 0x9F05, 0x9F06, 0x9F0B, 0x9F0D, 0x9F0E, 0x9F0F, 0x9F10
APPLICATION, DATE, TIME, ADDRESS, PORT, TIME_LIMIT = 0x9F00, 0x9F11, 0x9F12, 0x9F16, 0x9F17, 0x9F18
TILL, ORIGINAL_STAN, BALANCE, PRINT, ORDER = 0x9F1F, 0x9F20, 0x9F23, 0x9F52, 0x9FFF

MANAGER = "MANAGER"
"""9F00 of the public client's search for the port: type 7 of this application is no pre-authorisation void."""
