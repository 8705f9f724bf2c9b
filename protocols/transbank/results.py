"""Response codes of Transbank's POS protocol and what they mean for the register.

Numbers: Transbank "POS Integrado", "Tabla de respuestas"; transbank-pos-sdk 1.0.1 for 80 and 83 to 87; the public
clients of "POS Autoservicio" for 90.  The causes at their side are posrig's choice: what a terminal of ours sends for
what has happened to it, and what a register of ours makes of a code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..text import Text

Status = Literal["done", "refused", "declined", "no_answer", "unknown", "cancelled"]

APPROVED, REJECTED, CANCELLED, NO_SALE, INITIALISED = "00", "01", "07", "11", "90"
LOAD_KEYS, UPDATE, NOT_CONFIGURED, MUST_CLOSE = "26", "27", "73", "77"
READ_CARD, CONFIRM_AMOUNT, PIN_ENTRY, TO_HOST = "78", "79", "81", "82"


@dataclass(frozen=True, slots=True)
class ResponseCode:
    """`code`: two digits.  `cause`: the Outcome's, "" for the code of an approval or an intermediate message."""

    code: str
    status: Status
    cause: str
    text: Text


_ROWS: tuple[tuple[str, Status, str, str, str], ...] = (
    ("00", "done", "", "成功", "Approved"),
    ("01", "declined", "declined", "被拒绝", "Rejected"),
    ("02", "no_answer", "no_answer", "主机无应答", "The host does not answer"),
    ("03", "no_answer", "no_connection", "连接失败", "The connection failed"),
    ("04", "refused", "already_voided", "原交易已撤销", "The sale is already voided"),
    ("05", "refused", "no_original", "无可撤销的交易", "There is no such sale to void"),
    ("06", "refused", "card_not_supported", "不支持该卡", "The card is not supported"),
    ("07", "cancelled", "cancelled", "已在终端上取消", "Cancelled at the terminal"),
    ("08", "refused", "debit_void", "借记交易不能撤销", "A debit sale cannot be voided"),
    ("09", "cancelled", "card_misread", "读卡失败", "The card cannot be read"),
    ("10", "refused", "amount_too_low", "金额低于下限", "The amount is below the minimum"),
    ("11", "refused", "no_sale", "没有消费", "There is no sale"),
    ("12", "refused", "not_supported", "不支持的交易", "The transaction is not supported"),
    ("13", "refused", "must_settle", "须先结算", "Close must be run first"),
    ("14", "no_answer", "no_line", "线路不通", "There is no line"),
    ("15", "refused", "no_parameters", "缺少参数文件，请下装", "A parameter file is missing"),
    ("16", "no_answer", "bad_reply", "主机应答格式错", "The host's answer is malformed"),
    ("17", "refused", "wrong_digits", "后四位不符", "The last four digits are wrong"),
    ("18", "refused", "wrong_order", "菜单无效", "Invalid menu"),
    ("19", "refused", "other_card", "不是同一张卡", "It is another card"),
    ("20", "declined", "invalid_card", "无效卡", "The card is invalid"),
    ("21", "refused", "void_not_allowed", "不允许撤销", "The void is not allowed"),
    ("22", "cancelled", "card_timeout", "等待超时", "Nothing was done at the terminal in time"),
    ("24", "refused", "printer_fault", "打印机缺纸", "The printer has no paper"),
    ("25", "refused", "wrong_date", "日期无效", "The date is invalid"),
    ("26", "refused", "not_signed_in", "须先下装密钥", "Keys must be loaded first"),
    ("27", "refused", "update_required", "须先更新", "The terminal must be updated first"),
    ("60", "refused", "bad_request", "分期数错误", "The number of shares is wrong"),
    ("61", "refused", "storage_fault", "组包错误", "The request could not be put together"),
    ("62", "refused", "pinpad_fault", "内置密码键盘故障", "The internal PIN pad has a fault"),
    ("65", "unknown", "reversal_pending", "无法处理主机应答", "The host's answer cannot be processed"),
    ("67", "refused", "batch_full", "消费笔数已满，须先结算", "The batch is full, close first"),
    ("68", "refused", "bad_request", "一般错误，金额输入失败", "The amounts could not be entered"),
    ("70", "refused", "bad_request", "小票号最多 6 位", "The ticket has more than 6 characters"),
    ("71", "refused", "bad_request", "打印字段长度错误", "The print field is too long"),
    ("72", "refused", "bad_request", "金额须大于 0", "The amount must be more than 0"),
    ("73", "refused", "not_activated", "终端号未配置", "The terminal id is not configured"),
    ("74", "refused", "must_settle", "须先结算", "Close must be run first"),
    ("75", "refused", "no_aids", "商户未配置卡种", "No cards are configured for the merchant"),
    ("76", "refused", "batch_full", "消费笔数已满，须先结算", "The batch is full, close first"),
    ("77", "refused", "must_settle", "须先结算", "Close must be run first"),
    ("78", "done", "", "等待刷卡", "Waiting for the card"),
    ("79", "done", "", "等待确认金额", "The amount is to be confirmed"),
    ("80", "done", "", "选择分期", "Shares are being chosen"),
    ("81", "done", "", "输入密码", "The PIN is being entered"),
    ("82", "done", "", "正在联系主机", "The transaction goes to the host"),
    ("83", "done", "", "选择贷记或借记", "Credit or debit is being chosen"),
    ("84", "done", "", "请用卡", "Use the card"),
    ("85", "done", "", "选择分期", "Shares are being chosen"),
    ("86", "done", "", "输入分期数", "Shares are being entered"),
    ("87", "done", "", "确认分期", "Shares are to be confirmed"),
    ("88", "refused", "bad_request", "分期数错误", "The number of shares is wrong"),
    ("90", "done", "", "初始化成功", "Initialised"),
    ("93", "declined", "declined", "被拒绝", "Declined"),
    ("94", "no_answer", "bad_reply", "无法处理应答", "The answer cannot be processed"),
    ("95", "refused", "printer_fault", "费率打印失败", "The rates cannot be printed"),
)

CODES: Mapping[str, ResponseCode] = {
    row[0]: ResponseCode(row[0], row[1], row[2], Text(row[3], row[4])) for row in _ROWS
}
"""By code."""
INTERMEDIATE = tuple(code for code in CODES if "78" <= code <= "87")
"""What 0900 tells while an operation goes on."""

BY_CAUSE: Mapping[str, str] = {
    # Several codes mean the same; the ones that a terminal sends for a cause come last here and win.
    **{code.cause: code.code for code in reversed(list(CODES.values())) if code.cause},
    "not_signed_in": "26",
    "no_tmk": "26",
    "mac_error": "26",
    "pin_error": "26",
    "bad_keys": "26",
    "not_activated": "73",
    "not_bound": "73",
    "suspended": "73",
    "tampered": "26",
    "update_required": "27",
    "no_parameters": "27",
    "no_public_keys": "27",
    "must_settle": "77",
    "batch_full": "67",
    "batch_upload_pending": "74",
    "original_settled": "05",
    "no_original": "05",
    "bad_request": "68",
    "busy": "18",
    "wrong_order": "18",
    "card_removed": "09",
    "use_chip": "09",
    "pending_reversal": "65",
    **dict.fromkeys(("connection_refused", "network_unreachable", "name_not_found", "connect_timeout"), "03"),
    **dict.fromkeys(("connect_reset", "tls_unknown_ca", "tls_expired", "tls_not_yet_valid", "tls_wrong_name"), "03"),
    **dict.fromkeys(("tls_not_tls", "tls_handshake"), "03"),
    "bad_reply_mac": "94",
}
"""The code that a terminal sends for a cause of its own."""
BY_STATUS: Mapping[str, str] = {
    "done": "00",
    "declined": "01",
    "no_answer": "02",
    "unknown": "65",
    "cancelled": "07",
    "refused": "12",
}
"""For a cause that no code tells."""


NEVER_SENT = ("03", "14")
"""The codes of a request that has not left the terminal."""


def code_for(status: str, cause: str | None) -> str:
    """The response code for what became of an operation."""
    told = BY_CAUSE.get(cause or "", BY_STATUS.get(status, REJECTED))
    if status in ("done", "unknown") and told not in NEVER_SENT:
        return BY_STATUS[status]
    return told
