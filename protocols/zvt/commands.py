"""Control fields: names, and what stands before the bitmaps (PA00P015 chapters 2 to 4).

A layout is a list of forms, each a row of named positional values.  The first form with which the data reads to the
last octet is meant; when building, the names of the values tell which.  What a completion (06 0F) looks like depends on
the command that it completes, so its forms are chosen by the pending command.
"""

from __future__ import annotations

from ..codec import LeafBase
from ..text import Text
from .leaves import Bcd, Line, LlVar, MaybeCurrency, Octet, Rest

REGISTRATION, AUTHORISATION, LOG_OFF = 0x0600, 0x0601, 0x0602
COMPLETION, RESET, PRINT_CONFIGURATION, SET_TERMINAL_ID, ABORT = 0x060F, 0x0618, 0x061A, 0x061B, 0x061E
REPEAT_RECEIPT, PRE_AUTHORISATION, PARTIAL_REVERSAL, BOOK_TOTAL, PRE_AUTHORISATION_REVERSAL = (
    0x0620, 0x0622, 0x0623, 0x0624, 0x0625,
)  # fmt: skip
REVERSAL, REFUND, END_OF_DAY, DIAGNOSIS, INITIALISATION = 0x0630, 0x0631, 0x0650, 0x0670, 0x0693
SEND_TURNOVER_TOTALS, PRINT_TURNOVER_RECEIPTS = 0x0610, 0x0612
ABORT_COMMAND, READ_CARD, PRINT_LINE, PRINT_TEXT_BLOCK = 0x06B0, 0x06C0, 0x06D1, 0x06D3
DIAL_UP, TRANSMIT, RECEIVE, HANG_UP, TRANSPARENT = 0x06D8, 0x06D9, 0x06DA, 0x06DB, 0x06DD
DISPLAY_TEXT, DISPLAY_TEXT_KEY, DISPLAY_TEXT_NUMBER, PIN_VERIFICATION = 0x06E0, 0x06E1, 0x06E2, 0x06E3
SET_DATE_TIME, STATUS_INFORMATION, INTERMEDIATE_STATUS, STATUS_ENQUIRY = 0x0401, 0x040F, 0x04FF, 0x0501
SERVICE_MODE, SOFTWARE_UPDATE, READ_FILE, DELETE_FILE = 0x0801, 0x0810, 0x0811, 0x0812
CHANGE_CONFIGURATION, WRITE_FILE = 0x0813, 0x0814
OPT_ACTION, OPT_TIME, OPT_PRE_INITIALISATION, OPT_OUTPUT, OPT_OUT_OF_ORDER = 0x0820, 0x0821, 0x0822, 0x0823, 0x0824
CHANGE_BAUD_RATE, ACTIVATE_CARD_READER = 0x0840, 0x0850
POSITIVE, NEGATIVE_CLASS = 0x8000, 0x84

BAUD_RATES = {0: 9600, 1: 19200, 6: 57600, 7: 115200}
"""Rate octet of 08 40 to bit/s."""

Forms = tuple[tuple[tuple[str, LeafBase], ...], ...]
"""Forms in the order in which they are tried; each is followed by bitmaps unless it ends in `Rest`."""

_PASSWORD = ("password", Bcd(3))
_NONE: Forms = ((),)
_ANY: Forms = ((), (("data", Rest()),))
_WITH_PASSWORD: Forms = ((_PASSWORD,),)
_MAYBE_PASSWORD: Forms = ((), (_PASSWORD,))
_LINK: Forms = ((("timeout_s", Octet()), ("data", Rest())),)

STATUS_ENQUIRY_COMPLETION: Forms = (
    (("version", LlVar(3)), ("status", Octet())),
    (("status", Octet()),),
    (),
)
COMPLETION_GUESS: Forms = ((), *STATUS_ENQUIRY_COMPLETION[:2])
"""Without the command that is completed: bitmaps where they read to the end, else a status."""

_ROWS: tuple[tuple[int, str, str, Forms], ...] = (
    (SET_DATE_TIME, "设置收银机日期时间", "set date and time", _NONE),
    (STATUS_INFORMATION, "状态信息", "status information", _NONE),
    (
        INTERMEDIATE_STATUS,
        "中间状态",
        "intermediate status",
        ((("status", Octet()), ("timeout_min", Bcd(1))), (("status", Octet()),)),
    ),
    (STATUS_ENQUIRY, "状态查询", "status enquiry", ((), (_PASSWORD,))),
    (
        REGISTRATION,
        "注册",
        "registration",
        ((_PASSWORD, ("config", Octet()), ("currency", MaybeCurrency())), (_PASSWORD, ("config", Octet()))),
    ),
    (AUTHORISATION, "消费", "authorisation", _NONE),
    (LOG_OFF, "注销", "log-off", _NONE),
    (COMPLETION, "完成", "completion", COMPLETION_GUESS),
    (SEND_TURNOVER_TOTALS, "查询交易合计", "send turnover totals", _WITH_PASSWORD),
    (PRINT_TURNOVER_RECEIPTS, "打印交易明细", "print turnover receipts", _WITH_PASSWORD),
    (RESET, "复位终端", "reset terminal", _MAYBE_PASSWORD),
    (PRINT_CONFIGURATION, "打印系统配置", "print system configuration", _MAYBE_PASSWORD),
    (SET_TERMINAL_ID, "设置终端号", "set terminal id", _WITH_PASSWORD),
    (
        ABORT,
        "中止",
        "abort",
        ((("code", Octet()),), (("code", Octet()), ("currency", Bcd(2))), ()),
    ),
    (REPEAT_RECEIPT, "重打凭证", "repeat receipt", _MAYBE_PASSWORD),
    (PRE_AUTHORISATION, "预授权", "pre-authorisation", _NONE),
    (PARTIAL_REVERSAL, "预授权部分撤销/入账", "partial reversal of a pre-authorisation", _NONE),
    (BOOK_TOTAL, "预授权全额入账", "book total of a pre-authorisation", _NONE),
    (PRE_AUTHORISATION_REVERSAL, "预授权撤销", "pre-authorisation reversal", _NONE),
    (REVERSAL, "撤销", "reversal", _MAYBE_PASSWORD),
    (REFUND, "退货", "refund", _MAYBE_PASSWORD),
    (END_OF_DAY, "日终结算", "end of day", _WITH_PASSWORD),
    (DIAGNOSIS, "诊断", "diagnosis", _NONE),
    (INITIALISATION, "初始化", "initialisation", _WITH_PASSWORD),
    (ABORT_COMMAND, "中止命令", "abort command", _NONE),
    (READ_CARD, "读卡", "read card", ((("timeout_s", Octet()),), ())),
    (PRINT_LINE, "打印行", "print line", ((("attribute", Octet()), ("text", Line())),)),
    (PRINT_TEXT_BLOCK, "打印文本块", "print text block", _NONE),
    (DIAL_UP, "拨号", "dial-up", _LINK),
    (TRANSMIT, "发送数据", "transmit data", _LINK),
    (RECEIVE, "接收数据", "receive data", ((("timeout_s", Octet()),),)),
    (HANG_UP, "挂断", "hang-up", _NONE),
    (TRANSPARENT, "透明模式", "transparent mode", _LINK),
    (DISPLAY_TEXT, "显示文本", "display text", _NONE),
    (DISPLAY_TEXT_KEY, "显示文本并等待按键", "display text with key input", _NONE),
    (DISPLAY_TEXT_NUMBER, "显示文本并输入数字", "display text with numeric input", _NONE),
    (PIN_VERIFICATION, "PIN 校验", "PIN verification", _ANY),
    (SERVICE_MODE, "服务模式", "activate service mode", _ANY),
    (SOFTWARE_UPDATE, "软件更新", "software update", _MAYBE_PASSWORD),
    (READ_FILE, "读文件", "read file", _MAYBE_PASSWORD),
    (DELETE_FILE, "删除文件", "delete file", _MAYBE_PASSWORD),
    (CHANGE_CONFIGURATION, "修改配置", "change configuration", _MAYBE_PASSWORD),
    (WRITE_FILE, "写文件", "write file", _MAYBE_PASSWORD),
    (OPT_ACTION, "OPT 操作", "OPT action", _ANY),
    (OPT_TIME, "OPT 时间", "OPT point in time", _ANY),
    (OPT_PRE_INITIALISATION, "OPT 预初始化", "OPT pre-initialisation", _ANY),
    (OPT_OUTPUT, "OPT 数据输出", "OPT output", _ANY),
    (OPT_OUT_OF_ORDER, "OPT 停用", "OPT out of order", _ANY),
    (CHANGE_BAUD_RATE, "修改波特率", "change baud rate", ((("rate", Octet()),),)),
    (ACTIVATE_CARD_READER, "启用读卡器", "activate card reader", ((("activation", Octet()),), ())),
)

LAYOUTS: dict[int, Forms] = {row[0]: row[3] for row in _ROWS}
"""By control field.

The layouts of 06 D8 to 06 DD are posrig's choice: no source at hand gives them.  `data` of 06 D8 is the address in
ASCII (`host:port`, or nothing for the register's choice), else octets as they are on the connection.  The register
answers 06 D8 when the connection stands (84 9B when it does not), 06 DA and 06 DD with 80 00 and what came from the
host (84 A1: nothing in time, 84 A3: no connection), so an answer may take as long as `timeout_s` says, and T3 longer.
"""

NAMES: dict[int, Text] = {row[0]: Text(row[1], row[2]) for row in _ROWS}
"""By control field."""

POSITIVE_NAME = Text("肯定应答", "positive answer")
NEGATIVE_NAME = Text("否定应答 {code:02X}", "negative answer {code:02X}")
UNKNOWN_NAME = Text("未知命令 {control:04X}", "unknown command {control:04X}")


def is_answer(control: int) -> bool:
    """True for 80 xx and 84 xx."""
    return control >> 8 in (POSITIVE >> 8, NEGATIVE_CLASS)


def name_of(control: int) -> Text:
    """What a control field is called."""
    if control >> 8 == POSITIVE >> 8 or control == NEGATIVE_CLASS << 8:
        return POSITIVE_NAME
    if control >> 8 == NEGATIVE_CLASS:
        return NEGATIVE_NAME.format(code=control & 0xFF)
    return NAMES.get(control) or UNKNOWN_NAME.format(control=control)


def forms_of(control: int, pending: int = 0) -> Forms:
    """The forms that the data of `control` may have; `pending`: the command that is being answered, 0 when unknown."""
    if control == COMPLETION and pending:
        return STATUS_ENQUIRY_COMPLETION if pending == STATUS_ENQUIRY else _NONE
    if control == POSITIVE and pending in (RECEIVE, TRANSPARENT):
        return ((("data", Rest()),),)
    return LAYOUTS.get(control, _ANY)
