"""Result codes and terminal status (PA00P015 chapters 10 and 11).

`RESULTS`: BMP 27, the octet of 06 1E and the second octet of 84 xx.  `STATUS`: the octet with which a status enquiry is
completed, each with what clears it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ..text import Text

OK = 0x00
NOT_REGISTERED, ABORTED, WRONG_CURRENCY, COMMUNICATION, NOT_POSSIBLE, KEY_MISSING = 0x6B, 0x6C, 0x6F, 0x7D, 0x83, 0x85
END_OF_DAY_NOT_POSSIBLE, PROTOCOL_ERROR, DIAL_UP, WAIT, PARTIAL_ISSUE = 0x77, 0x9A, 0x9B, 0x9C, 0x9D
RECEIVER_NOT_READY, NO_ANSWER, NO_CONNECTION, MEMORY_FULL, JOURNAL_FULL = 0xA0, 0xA1, 0xA3, 0xB1, 0xB2
ALREADY_REVERSED, REVERSAL_IMPOSSIBLE, PRE_AUTHORISATION_WRONG, PRE_AUTHORISATIONS_OPEN = 0xB4, 0xB5, 0xB7, 0xB8
LOCKED, MERCHANT_LOCKED, DIAGNOSIS_REQUIRED, CARD_PROFILE, PRINTER = 0xC0, 0xC1, 0xC2, 0xC4, 0xCC
CARD_INSERTED, OUT_OF_ORDER, REMOTE_MAINTENANCE, CARD_LEFT, ACTIVATION_REQUIRED = 0xDC, 0xDF, 0xE0, 0xE1, 0xE4
RECONCILIATION_REQUIRED, OPT_DATA, SYSTEM_ERROR = 0xF0, 0xF6, 0xFF
BAUD_RATE_CANNOT, BAUD_RATE_UNSUPPORTED = 0x7D, 0xFD
INITIALISATION_REQUIRED, DATE_WRONG, VOLTAGE, CARD_READER, SHUTTER = 0x51, 0x62, 0xBF, 0xE2, 0xE3


class Cure(Enum):
    """What clears a locked condition (chapter 11.1)."""

    NOTHING = Text("无需处理", "nothing to do")
    WAIT = Text("稍候再试", "wait and ask again")
    INITIALISE = Text("执行初始化（06 93）", "initialisation (06 93)")
    SET_TIME = Text("设置时间，或执行诊断（06 70）", "set the time, or diagnosis (06 70)")
    OPT_ACTION = Text("执行 OPT 操作（08 20）", "start an OPT action (08 20)")
    DIAGNOSE = Text("执行诊断（06 70）", "diagnosis (06 70)")
    END_OF_DAY = Text("执行日终结算（06 50）", "end of day (06 50)")
    READ_JOURNAL = Text("读取并删除日志文件（08 11、08 12）", "read and delete the journal file (08 11, 08 12)")
    UPDATE = Text("执行软件更新（08 10）", "software update (08 10)")
    ACTIVATE = Text("激活终端（08 13、06 1B 或 08 22）", "activate the terminal (08 13, 06 1B or 08 22)")
    CARD = Text("取出卡片", "remove the card")
    TECHNICIAN = Text("联系维修人员", "call the service technician")


@dataclass(frozen=True, slots=True)
class Status:
    """One terminal status.  `locks`: every command that does not clear it is answered with an abort."""

    code: int
    text: Text
    cure: Cure
    locks: bool


_STATUS_ROWS: tuple[tuple[int, str, str, Cure, bool], ...] = (
    (0x00, "终端就绪", "terminal ready", Cure.NOTHING, False),
    (0x51, "需要初始化", "initialisation required", Cure.INITIALISE, True),
    (0x62, "日期或时间错误", "date or time incorrect", Cure.SET_TIME, True),
    (0x65, "需要 OPT 操作", "OPT action required", Cure.OPT_ACTION, True),
    (0x9C, "请稍候（软件更新未完成等）", "please wait (software update still running, ...)", Cure.WAIT, True),
    (0x9D, "部分出货", "partial issue of goods", Cure.NOTHING, False),
    (0xB1, "存储已满", "memory full", Cure.END_OF_DAY, True),
    (0xB2, "商户日志已满", "merchant journal full", Cure.READ_JOURNAL, True),
    (0xBF, "电压过低", "voltage supply too low", Cure.TECHNICIAN, True),
    (0xC0, "卡锁定机构故障", "card locking mechanism defective", Cure.TECHNICIAN, True),
    (0xC1, "商户卡已锁定", "merchant card locked", Cure.DIAGNOSE, True),
    (0xC2, "需要诊断", "diagnosis required", Cure.DIAGNOSE, True),
    (0xC4, "卡配置无效，须装载新配置", "card profile invalid, new ones must be loaded", Cure.UPDATE, True),
    (0xCC, "打印机未就绪", "printer not ready", Cure.TECHNICIAN, False),
    (0xDC, "卡片已插入", "card inserted", Cure.CARD, False),
    (0xDF, "终端停用", "out of order", Cure.TECHNICIAN, True),
    (0xE0, "远程维护已启动", "remote maintenance activated", Cure.WAIT, True),
    (0xE1, "卡片未取出", "card not completely removed", Cure.CARD, False),
    (0xE2, "读卡器不响应", "card reader does not answer", Cure.TECHNICIAN, True),
    (0xE3, "卡槽挡板未关", "shutter closed or defective", Cure.TECHNICIAN, True),
    (0xE4, "需要激活终端", "terminal activation required", Cure.ACTIVATE, True),
    (0xF0, "需要结算对账", "reconciliation required", Cure.END_OF_DAY, True),
    (0xF6, "OPT 数据不可用", "OPT data not available", Cure.TECHNICIAN, True),
)

STATUS: dict[int, Status] = {row[0]: Status(row[0], Text(row[1], row[2]), row[3], row[4]) for row in _STATUS_ROWS}
"""By octet.  The specification sends E4 to the service technician; a technician activates with what `Cure.ACTIVATE`
names (CCV OPM-C60 manual)."""

_RESULT_ROWS: tuple[tuple[int, str, str], ...] = (
    (0x00, "成功", "no error"),
    (0x64, "卡片不可读（LRC/奇偶错误）", "card not readable (LRC or parity error)"),
    (0x65, "无卡数据", "card data not present (neither track nor chip data found)"),
    (0x66, "处理错误", "processing error"),
    (0x67, "该卡不允许此功能（会员卡）", "function not permitted for this card (ec or Maestro)"),
    (0x68, "该卡不允许此功能（信用卡、加油卡）", "function not permitted for this card (credit or tank card)"),
    (0x6A, "交易文件已满", "turnover file full"),
    (0x6B, "终端未注册", "function deactivated (PT not registered)"),
    (0x6C, "超时或按了取消键", "abort by time-out or abort key"),
    (0x6E, "卡片在黑名单中", "card in blocked list"),
    (0x6F, "币种错误", "wrong currency"),
    (0x71, "额度不足（芯片卡）", "credit not sufficient (chip card)"),
    (0x72, "芯片错误", "chip error"),
    (0x73, "卡数据错误", "card data incorrect"),
    (0x74, "DUKPT 密钥已用尽", "DUKPT engine exhausted"),
    (0x75, "文本未经认证", "text not authentic"),
    (0x76, "终端不在白名单", "PAN not in white list"),
    (0x77, "不能执行日终结算", "end of day batch not possible"),
    (0x78, "卡片已过期", "card expired"),
    (0x79, "卡片尚未生效", "card not yet valid"),
    (0x7A, "未知的卡", "card unknown"),
    (0x7B, "不允许降级：磁条（卡1）", "fallback to magnetic stripe for this card not possible"),
    (0x7C, "不允许降级：非芯片", "fallback to magnetic stripe not possible (used for non-chip cards)"),
    (0x7D, "通讯错误", "communication error"),
    (0x7E, "不允许降级", "fallback to magnetic stripe not possible, debit advice possible"),
    (0x83, "不支持该功能", "function not possible"),
    (0x85, "缺少密钥", "key missing"),
    (0x89, "密码键盘故障", "PIN pad defective"),
    (0x9A, "协议错误", "protocol error"),
    (0x9B, "拨号错误", "error in dial-up or communication fault"),
    (0x9C, "请稍候", "please wait"),
    (0x9D, "部分出货", "partial issue of goods"),
    (0xA0, "接收方未就绪", "receiver not ready"),
    (0xA1, "对端无应答", "remote station does not respond"),
    (0xA3, "无连接", "no connection"),
    (0xA4, "提交电子钱包数据失败", "submission of Geldkarte not possible"),
    (0xA5, "PCI 或 P2PE 限制", "function not allowed due to PCI DSS or P2PE rules"),
    (0xB1, "存储已满", "memory full"),
    (0xB2, "商户日志已满", "merchant journal full"),
    (0xB4, "已撤销", "already reversed"),
    (0xB5, "不能撤销", "reversal not possible"),
    (0xB7, "预授权有误（金额过大）", "pre-authorisation incorrect (amount too high) or amount wrong"),
    (0xB8, "预授权有误", "error pre-authorisation"),
    (0xBF, "电压过低", "voltage supply too low"),
    (0xC0, "卡锁定机构故障", "card locking mechanism defective"),
    (0xC1, "商户卡已锁定", "merchant card locked"),
    (0xC2, "需要诊断", "diagnosis required"),
    (0xC3, "超过最大金额", "maximum amount exceeded"),
    (0xC4, "卡配置无效，须装载新配置", "card profile invalid, new ones must be loaded"),
    (0xC5, "不支持的支付方式", "payment method not supported"),
    (0xC6, "不适用的币种", "currency not applicable"),
    (0xC8, "金额过小", "amount too small"),
    (0xC9, "最高交易额过小", "max. transaction amount too small"),
    (0xCB, "仅允许欧元", "function only allowed in EURO"),
    (0xCC, "打印机未就绪", "printer not ready"),
    (0xCD, "不能返现", "cashback not possible"),
    (0xD2, "该卡类不允许此功能", "function not permitted for service cards or bank customer cards"),
    (0xDC, "卡片已插入", "card inserted"),
    (0xDD, "弹卡错误", "error during card eject"),
    (0xDE, "插卡错误", "error during card insertion"),
    (0xDF, "终端停用", "out of order"),
    (0xE0, "远程维护已启动", "remote maintenance activated"),
    (0xE1, "卡片未取出", "card not completely removed"),
    (0xE2, "读卡器不响应", "card reader does not answer or is defective"),
    (0xE3, "卡槽挡板已关", "shutter closed"),
    (0xE4, "需要激活终端", "terminal activation required"),
    (0xE7, "商品组限制：至少一项", "min. one goods group not found"),
    (0xE8, "没有商品组", "no goods groups table loaded"),
    (0xE9, "受限代码不允许", "restriction code not permitted"),
    (0xEA, "该卡代码不允许", "card code not permitted"),
    (0xEB, "PIN 算法不支持", "PIN algorithm not supported"),
    (0xEC, "PIN 处理错误", "PIN processing not possible"),
    (0xED, "密码键盘错误", "PIN pad defective or not answering"),
    (0xF0, "有未完成的结算", "open end of day batch present"),
    (0xF1, "脱机交易错误", "error in offline handling"),
    (0xF5, "OPT 错误", "OPT error"),
    (0xF6, "OPT 数据不可用", "OPT data not available"),
    (0xFA, "清算错误", "error in transmission of offline transactions (clearing)"),
    (0xFB, "交易数据错误", "turnover data set defective"),
    (0xFC, "必要的设备不存在或故障", "necessary device not present or defective"),
    (0xFD, "不支持的波特率", "baud rate not supported"),
    (0xFE, "收银机未知", "register unknown"),
    (0xFF, "系统错误（见 1F16、1F17）", "system error (see tags 1F16 and 1F17)"),
)

RESULTS: dict[int, Text] = {code: Text(zh, en) for code, zh, en in _RESULT_ROWS}
"""Codes of the terminal itself.  01 to 63 (1 to 99) come from the host."""

FROM_HOST = Text("主机应答码 {code:02d}", "code {code:02d} of the host")
UNKNOWN_CODE = Text("未知代码 {code:02X}", "unknown code {code:02X}")


def result_text(code: int) -> Text:
    """What a result code says, 00 to FF."""
    if known := RESULTS.get(code):
        return known
    return (FROM_HOST if 1 <= code <= 0x63 else UNKNOWN_CODE).format(code=code)


def status_text(code: int) -> Text:
    """What a terminal status says, with what clears it."""
    known = STATUS.get(code)
    if known is None:
        return UNKNOWN_CODE.format(code=code)
    if known.cure is Cure.NOTHING:
        return known.text
    cure: Text = known.cure.value
    return Text(f"{known.text.zh}：{cure.zh}", f"{known.text.en}: {cure.en}")
