"""Intermediate status (04 FF): what the terminal is at (PA00P015 chapter 12)."""

from __future__ import annotations

from ..text import Text

REMOVE_CARD = Text("请取出卡片", "please remove the card")
WATCH_PIN_PAD, WAITING_FOR_HOST, AUTO_REVERSAL, INSERT_CARD, TAKE_CARD, PLEASE_WAIT = 0x01, 0x04, 0x05, 0x0A, 0x0B, 0x0E
AUTO_END_OF_DAY, APPROVED, DECLINED, AUTO_DIAGNOSIS, AUTO_INITIALISATION = 0x0F, 0x1C, 0x1D, 0xC9, 0xCA
DIALLING, DIALLED, SEE_TEXT = 0xD2, 0xD3, 0xFF

_BASE_ROWS: tuple[tuple[int, str, str], ...] = (
    (0x00, "等待确认金额", "waiting for the amount to be confirmed"),
    (0x01, "请看密码键盘", "please watch the PIN pad"),
    (0x02, "请看密码键盘", "please watch the PIN pad"),
    (0x03, "不接受", "not accepted"),
    (0x04, "等待主机应答", "waiting for the host's answer"),
    (0x05, "正在自动冲正", "sending an automatic reversal"),
    (0x06, "正在补送交易", "sending stored bookings"),
    (0x07, "不允许使用此卡", "card not admitted"),
    (0x08, "未知的卡", "card unknown"),
    (0x09, "卡片已过期", "expired card"),
    (0x0A, "请插卡", "insert card"),
    (0x0B, "请取出卡片", "please remove the card"),
    (0x0C, "卡片不可读", "card not readable"),
    (0x0D, "处理错误", "processing error"),
    (0x0E, "请稍候", "please wait"),
    (0x0F, "正在自动日终结算", "beginning an automatic end of day"),
    (0x10, "无效卡", "invalid card"),
    (0x11, "显示余额", "balance display"),
    (0x12, "系统故障", "system malfunction"),
    (0x13, "不能支付", "payment not possible"),
    (0x14, "余额不足", "credit not sufficient"),
    (0x15, "密码错误", "incorrect PIN"),
    (0x16, "限额不足", "limit not sufficient"),
    (0x17, "请稍候", "please wait"),
    (0x18, "密码次数超限", "PIN try limit exceeded"),
    (0x19, "卡数据错误", "card data incorrect"),
    (0x1A, "服务模式", "service mode"),
    (0x1B, "已批准，请加油", "approved, please fill up"),
    (0x1C, "已批准，请取商品", "approved, please take the goods"),
    (0x1D, "已拒绝", "declined"),
)

_MORE_ROWS: tuple[tuple[int, str, str], ...] = (
    (0x26, "等待输入手机号", "waiting for the mobile number"),
    (0x27, "等待重输手机号", "waiting for the mobile number again"),
    (0x28, "选择币种，请稍候", "currency selection, please wait"),
    (0x29, "选择语言，请稍候", "language selection, please wait"),
    (0x2A, "圈存请插卡", "insert the card for loading"),
    (0x2B, "应急交易，请稍候", "emergency transaction, please wait"),
    (0x2C, "选择应用，请稍候", "application selection, please wait"),
    (0x68, "已检测到插卡", "card insertion detected"),
    (0x69, "请选择 DCC", "please select DCC"),
    (0xC7, "等待输入里程", "waiting for the mileage"),
    (0xC8, "等待收银员", "waiting for the cashier"),
    (0xC9, "正在自动诊断", "beginning an automatic diagnosis"),
    (0xCA, "正在自动初始化", "beginning an automatic initialisation"),
    (0xCB, "商户日志已满", "merchant journal full"),
    (0xCC, "不能借记通知，需要密码", "debit advice not possible, PIN required"),
    (0xD2, "正在拨号", "dialling up"),
    (0xD3, "拨号已接通", "dial-up connection made"),
    (0xE0, "等待选择应用", "waiting for the application selection"),
    (0xE1, "等待选择语言", "waiting for the language selection"),
    (0xE2, "请使用清洁卡", "please use the cleaning card"),
    (0xF1, "脱机", "offline"),
    (0xF2, "联机", "online"),
    (0xF3, "脱机交易", "offline transaction"),
    (0xFF, "见 TLV 24 中的文本", "see the text in TLV 24"),
)

_WITH_CARD = 0x40
_OWN_TEXT = frozenset((0x0A, 0x0B))
"""Insert card has no counterpart, remove card is its own."""

INTERMEDIATE: dict[int, Text] = {code: Text(zh, en) for code, zh, en in (*_BASE_ROWS, *_MORE_ROWS)}
INTERMEDIATE |= {
    _WITH_CARD + code: Text(f"{zh}，{REMOVE_CARD.zh}", f"{en}, {REMOVE_CARD.en}")
    for code, zh, en in (*_BASE_ROWS[1:], *_MORE_ROWS[:2])
    if code not in _OWN_TEXT
}
INTERMEDIATE[_WITH_CARD + 0x0B] = REMOVE_CARD
"""By octet.  41 to 5D say what 01 to 1D say and ask for the card, 66 and 67 what 26 and 27 say; 4A has no text."""

UNKNOWN_STATUS = Text("未知中间状态 {code:02X}", "unknown intermediate status {code:02X}")


def intermediate_text(code: int) -> Text:
    """What an intermediate status says."""
    return INTERMEDIATE.get(code) or UNKNOWN_STATUS.format(code=code)
