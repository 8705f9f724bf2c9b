"""F39: what every response code means, its category, what the terminal shows and what happens next.

Categories: A success, B failed and may be retried, C failed and not to be retried, D the operator acts, E system fault.
Sources: Chanjet POS V2.0 appendix D, its institution interface (CJI), CardInfoLink Smart-POS (same table), the newer
lists in PAX and Topwise terminals.  No source has a code B1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..text import Text

Category = Literal["A", "B", "C", "D", "E"]

CATEGORIES: dict[Category, Text] = {
    "A": Text("交易成功", "success"),
    "B": Text("交易失败，可重试", "failed, may be retried"),
    "C": Text("交易失败，不需要重试", "failed, not to be retried"),
    "D": Text("交易失败，终端操作员处理", "failed, the operator must act"),
    "E": Text("交易失败，系统故障", "failed, system fault"),
}

_ACTIONS: dict[Category, Text] = {
    "A": Text("打印凭条，记入批次", "Print the slip and book it in the batch"),
    "B": Text("显示原因，允许操作员重试", "Show the reason; the operator may try again"),
    "C": Text("显示原因，结束交易", "Show the reason and end the transaction"),
    "D": Text("显示原因，由操作员处理", "Show the reason; the operator must act"),
    "E": Text("显示原因，稍后再试", "Show the reason and try later"),
}

_SHOW_SUCCESS = Text("交易成功", "Approved")
_SHOW_FAILURE = Text("交易失败", "Transaction failed")
_SHOW_ISSUER = Text("交易失败，请联系发卡行", "Failed, ask the card issuer")
_SHOW_CAPTURE = Text("没收卡，请联系收单行", "Keep the card, call the acquirer")
_SHOW_SIGN_IN_AGAIN = Text("校验错，请重新签到", "Check failed, sign in again")
_SHOW_CONFIRM = Text("交易成功，请向资金到账行确认", "Approved, confirm with the receiving bank")
_SHOW_LATER = Text("交易失败，请稍后重试", "Failed, try again later")

_CAPTURE = Text("没收卡片并联系收单行", "Keep the card and call the acquirer")
_SIGN_IN = Text("操作员重新签到后再交易", "The operator signs in again, then repeats")
_REMINDER = Text("按成功处理，并打印提示", "Treat as success and print the warning")


@dataclass(frozen=True, slots=True)
class Response:
    """One value of F39.  `on_wire` is False for codes that terminals only show themselves and no host sends."""

    code: str
    meaning: Text
    category: Category
    action: Text
    display: Text
    on_wire: bool = True


def _row(
    code: str,
    zh: str,
    en: str,
    category: Category,
    display: Text | None = None,
    action: Text | None = None,
    on_wire: bool = True,
) -> Response:
    shown = display or (_SHOW_SUCCESS if category == "A" else Text(f"交易失败，{zh}", f"Failed: {en}"))
    return Response(code, Text(zh, en), category, action or _ACTIONS[category], shown, on_wire)


_STANDARD = (
    _row("00", "承兑或交易成功", "approved", "A", _SHOW_SUCCESS),
    _row("01", "查发卡行", "refer to the card issuer", "C", _SHOW_ISSUER),
    _row("02", "查发卡行的特殊条件", "refer to the card issuer, special condition", "C", _SHOW_ISSUER),
    _row("03", "无效商户", "invalid merchant", "C", Text("商户未登记", "Merchant not registered")),
    _row("04", "没收卡", "capture the card", "D", _SHOW_CAPTURE, _CAPTURE),
    _row("05", "不予承兑（新：持卡人认证失败）", "do not honour (newer: cardholder not verified)", "C", _SHOW_ISSUER),
    _row("06", "出错（也作冲正原因）", "error (also a reason for reversal)", "E", _SHOW_FAILURE),
    _row("07", "特殊条件下没收卡", "capture the card, special condition", "D", _SHOW_CAPTURE, _CAPTURE),
    _row("09", "请求正在处理中", "request in progress", "B", Text("交易失败，请重试", "Failed, try again")),
    _row(
        "10",
        "部分金额批准",
        "approved for a part of the amount",
        "A",
        Text("部分批准", "Partly approved"),
        Text("显示批准金额，其余另行支付", "Show the approved amount; the rest is paid otherwise"),
    ),
    _row("11", "重要人物批准（VIP）", "approved, VIP", "A", Text("成功，VIP 客户", "Approved, VIP customer")),
    _row("12", "无效交易", "invalid transaction", "C"),
    _row("13", "无效金额", "invalid amount", "B"),
    _row("14", "无效卡号", "invalid card number", "B"),
    _row("15", "无此发卡行", "no such issuer", "C", Text("此卡不能受理", "Card not accepted")),
    _row("19", "重新送入交易", "re-enter the transaction", "C", _SHOW_ISSUER),
    _row("20", "无效应答", "invalid response", "C", _SHOW_ISSUER),
    _row(
        "21",
        "不做任何处理（新：卡未初始化或睡眠卡）",
        "no action taken (newer: card not initialised)",
        "C",
        _SHOW_ISSUER,
    ),
    _row(
        "22",
        "怀疑操作有误，POS 状态与中心不符（新：超出交易允许天数）",
        "suspected malfunction, terminal state differs from the host's (newer: too many days ago)",
        "C",
        Text("操作有误，请重试", "Wrong operation, try again"),
        Text("可重新签到", "Signing in again may help"),
    ),
    _row("23", "不可接受的交易费", "unacceptable fee", "C"),
    _row(
        "25",
        "未能找到文件上记录（原交易）",
        "original transaction not found",
        "C",
        action=Text("结束交易；对冲正的应答按已冲正处理", "End it; as the answer to a reversal it closes the reversal"),
    ),
    _row("30", "格式错误", "format error", "C"),
    _row("31", "银联不支持的银行", "bank not supported", "C", Text("此卡不能受理", "Card not accepted")),
    _row("33", "过期的卡，没收", "expired card, capture", "D", _SHOW_CAPTURE, _CAPTURE),
    _row("34", "有作弊嫌疑，没收", "suspected fraud, capture", "D", _SHOW_CAPTURE, _CAPTURE),
    _row("35", "受卡方与安全保密部门联系，没收", "contact security, capture", "D", _SHOW_CAPTURE, _CAPTURE),
    _row("36", "受限制的卡，没收", "restricted card, capture", "D", _SHOW_CAPTURE, _CAPTURE),
    _row("37", "受卡方呼受理方安全保密部门，没收", "call acquirer security, capture", "D", _SHOW_CAPTURE, _CAPTURE),
    _row("38", "超过允许的 PIN 试输入，没收", "PIN tries exceeded, capture", "D", _SHOW_CAPTURE, _CAPTURE),
    _row("39", "无此信用卡账户", "no credit account", "C"),
    _row("40", "请求的功能尚不支持", "function not supported", "C"),
    _row("41", "挂失卡，没收", "lost card, capture", "D", _SHOW_CAPTURE, _CAPTURE),
    _row("42", "无此账户", "no such account", "B"),
    _row("43", "被窃卡，没收", "stolen card, capture", "D", _SHOW_CAPTURE, _CAPTURE),
    _row("44", "无此投资账户", "no investment account", "C"),
    _row("45", "不允许降级交易", "fallback not allowed", "C", Text("请使用芯片卡", "Use the chip")),
    _row("51", "余额不足", "insufficient funds", "C"),
    _row("52", "无此支票账户", "no cheque account", "C"),
    _row("53", "无此储蓄卡账户", "no savings account", "C"),
    _row("54", "过期的卡", "expired card", "C"),
    _row(
        "55",
        "不正确的 PIN",
        "wrong PIN",
        "C",
        Text("密码错", "Wrong PIN"),
        Text(
            "重新输入密码，最多三次，换新流水号",
            "Enter the PIN again, three times at most, each with a new trace number",
        ),
    ),
    _row("56", "无此卡记录（或优惠券不存在）", "no card record (or no such coupon)", "C"),
    _row("57", "不允许持卡人进行的交易", "not permitted to the cardholder", "C"),
    _row("58", "不允许终端进行的交易", "not permitted to the terminal", "C", Text("终端无效", "Terminal not valid")),
    _row("59", "有作弊嫌疑（新：卡片校验错）", "suspected fraud (newer: card check failed)", "C"),
    _row("60", "受卡方与安全保密部门联系", "contact acquirer security", "C"),
    _row("61", "超出取款金额限制", "amount limit exceeded", "C"),
    _row("62", "受限制的卡", "restricted card", "C"),
    _row("63", "违反安全保密规定", "security violation", "C"),
    _row("64", "原始金额不正确", "wrong original amount", "C"),
    _row("65", "超出取款次数限制", "count limit exceeded", "C"),
    _row("66", "受卡方呼受理方安全保密部门", "call acquirer security", "C"),
    _row("67", "捕捉（没收卡）", "hard capture", "C"),
    _row("68", "收到的回答太迟", "response received too late", "C", Text("交易超时，请重试", "Timed out, try again")),
    _row("75", "允许的输入 PIN 次数超限", "PIN tries exceeded", "C"),
    _row(
        "77",
        "需要向网络中心签到（未签到或批次不符）",
        "must sign in (not signed in, or batch number differs)",
        "D",
        Text("请向网络中心签到", "Sign in first"),
        _SIGN_IN,
    ),
    _row(
        "79",
        "脱机交易对账不平",
        "offline totals do not balance",
        "C",
        action=Text("终端重传脱机数据", "The terminal uploads the offline data again"),
    ),
    _row("89", "安全处理失败", "security processing failed", "C"),
    _row("90", "正在日终处理（日切）", "day cut-over in progress", "C", _SHOW_LATER),
    _row("91", "发卡行或网络中心不能操作", "issuer or network inoperative", "C", _SHOW_LATER),
    _row("92", "金融机构或中间网络找不到，线路故障", "no route to the institution", "C", _SHOW_LATER),
    _row("93", "交易违法，不能完成", "illegal transaction", "C"),
    _row(
        "94",
        "重复交易",
        "duplicate transaction",
        "C",
        action=Text(
            "结束交易；对批上送的应答按已接收处理", "End it; as the answer to a batch upload it counts as accepted"
        ),
    ),
    _row("95", "调节控制错", "reconciliation error", "C"),
    _row("96", "系统异常、失效（也作冲正原因）", "system malfunction (also a reason for reversal)", "C", _SHOW_LATER),
    _row(
        "97",
        "POS 终端号找不到",
        "terminal not found",
        "D",
        Text("终端未登记，请联系收单行", "Terminal not registered, call the acquirer"),
        Text("联系收单行登记或绑定终端", "Ask the acquirer to register or bind the terminal"),
    ),
    _row(
        "98",
        "收不到发卡行应答（也作冲正原因）",
        "no answer from the issuer (also a reason for reversal)",
        "E",
        _SHOW_LATER,
    ),
    _row("99", "PIN 格式错", "PIN format error", "B", _SHOW_SIGN_IN_AGAIN, _SIGN_IN),
    _row("A0", "MAC 校验错", "MAC check failed", "B", _SHOW_SIGN_IN_AGAIN, _SIGN_IN),
    _row("A1", "转账货币不一致", "transfer currencies differ", "C"),
    _row("A2", "有缺陷的成功（A2）", "success with a defect (A2)", "A", _SHOW_CONFIRM, _REMINDER),
    _row("A3", "转账行无此账户", "no such account at the transfer bank", "B"),
    _row("A4", "有缺陷的成功（A4）", "success with a defect (A4)", "A", _SHOW_CONFIRM, _REMINDER),
    _row("A5", "有缺陷的成功（A5）", "success with a defect (A5)", "A", _SHOW_CONFIRM, _REMINDER),
    _row("A6", "有缺陷的成功（A6）", "success with a defect (A6)", "A", _SHOW_CONFIRM, _REMINDER),
    # Topwise has category C here; the institution interface says B, and a key fault does pass after a new sign-in.
    _row("A7", "安全处理失败（密钥）", "security processing failed (key)", "B", _SHOW_SIGN_IN_AGAIN, _SIGN_IN),
)

# Chanjet's institution interface gives C3 to C8 and CB as a range (limits, least amount 1 yuan, completion above the
# authorisation) and does not explain Z0 and Z7 to Z9: those share one meaning here.
_LIMIT = (
    "金额规则不符（超限、低于 1 元或完成金额大于授权）",
    "amount rule broken (limit, below 1 yuan, or above authorised)",
)
_UNEXPLAINED = ("机构自定义的失败", "failure defined by the acquirer")

_ACQUIRER = (
    _row("C0", "不支持信用卡", "credit cards not supported", "C"),
    _row("C1", "终端未开通或已撤机", "terminal not opened or withdrawn", "C"),
    _row("C2", "商户未开通或已关闭", "merchant not opened or closed", "C"),
    *(_row(code, *_LIMIT, "C") for code in ("C3", "C4", "C5", "C6", "C7", "C8")),
    _row("C9", "原交易已撤销", "original already voided", "C"),
    _row("CA", "原交易已冲正", "original already reversed", "C"),
    _row("CB", *_LIMIT, "B"),
    _row("D5", "提现金额超额", "cash-out limit exceeded", "C"),
    _row("D6", "未开通", "not opened", "C"),
    _row("D7", "非 T0 交易时间", "outside the hours of same-day settlement", "C"),
    _row("Z0", *_UNEXPLAINED, "C"),
    _row("Z1", "请重试", "try again", "B", Text("交易失败，请重试", "Failed, try again")),
    _row("Z2", "退货已逾期", "refund too late", "C"),
    _row("Z3", "当日不允许退货", "no refund on the day of the sale", "C"),
    _row("Z4", "金额超限", "amount limit exceeded", "C"),
    _row("Z5", "只能撤销当日交易", "void only on the same day", "C"),
    _row("Z6", "请手工退货", "refund by hand", "D"),
    *(_row(code, *_UNEXPLAINED, "C") for code in ("Z7", "Z8", "Z9")),
    _row("ZA", "绑定电话异常", "bound phone number does not match", "D"),
    _row("ZB", "卡表中无此卡", "card not in the card table", "C"),
)

# PAX: each coupon code has an old and a new form.  56 is also "no card record", so the coupon reading is told there.
_COUPON = (
    _row("46", "优惠券已使用", "coupon already used", "C"),
    _row("M1", "优惠券已使用", "coupon already used", "C"),
    _row("M2", "优惠券不存在", "coupon does not exist", "C"),
    _row("76", "账户不可用", "account not usable", "C"),
    _row("81", "优惠券不符合使用规则", "coupon does not fit its rules", "C"),
    _row("M3", "优惠券不符合使用规则", "coupon does not fit its rules", "C"),
    _row("82", "活动已结束", "promotion has ended", "C"),
    _row("M4", "活动已结束", "promotion has ended", "C"),
    _row("83", "优惠券已过期", "coupon expired", "C"),
    _row("M5", "优惠券已过期", "coupon expired", "C"),
)

# Topwise shows these of its own accord; a host that sends one is at fault.
_TERMINAL_ONLY = tuple(
    _row(code, zh, en, "C", Text(zh, en[0].upper() + en[1:]), on_wire=False)
    for code, zh, en in (
        ("E1", "正在发起冲正交易", "reversal in progress"),
        ("E2", "交易失败", "transaction failed"),
        ("E3", "请求数据非法，交易失败", "illegal request data"),
        ("E4", "系统异常，请稍候重试", "system fault, try again later"),
        ("E5", "交易失败，IC 卡数据非法", "illegal chip data"),
        ("E6", "流水号产生错误，交易失败", "no trace number could be made"),
        ("E7", "报文发送失败，请重试", "sending failed, try again"),
        ("RS", "冲正成功", "reversal done"),
        ("RF", "冲正失败", "reversal failed"),
    )
)

RESPONSES: dict[str, Response] = {row.code: row for row in _STANDARD + _ACQUIRER + _COUPON + _TERMINAL_ONLY}


def response(code: str) -> Response:
    """The meaning of an F39.  A code not in the table is declined, shown as 交易失败 / transaction failed."""
    known = RESPONSES.get(code)
    return known or Response(code, Text("未知应答码", "unknown response code"), "C", _ACTIONS["C"], _SHOW_FAILURE)


def is_approval(code: str) -> bool:
    """Whether the transaction took place (category A: 00, 10, 11, A2, A4, A5, A6)."""
    return response(code).category == "A"
