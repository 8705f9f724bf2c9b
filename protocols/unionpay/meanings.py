"""What the values of a message mean, in words: one list of rows per field.

F3, F22, F25, F27 and F49 by the tables of Chanjet POS V2.0; F39 and the private fields by their own modules.
"""

from __future__ import annotations

from ..text import Text
from . import kinds, responses
from .dialect import Dialect
from .message import Message, Value
from .private.f60 import CODE_IN_F3
from .private.layout import Context, Row, chinese
from .private.lookup import context_of, explain

ENTRY_MODES: dict[str, Text] = {
    "00": Text("未指明", "not specified"),
    "01": Text("手工输入", "keyed in"),
    "02": Text("磁条读入", "magnetic stripe"),
    "03": Text("扫码", "scanned code"),
    "04": Text("扫码（部分方言）", "scanned code (some dialects)"),
    "05": Text("接触式 IC 卡", "contact chip"),
    "07": Text("非接触 IC 卡", "contactless chip"),
    "80": Text("降级交易（磁条）", "fallback to magnetic stripe"),
    "90": Text("磁条完整读入", "full magnetic stripe"),
    "91": Text("非接触磁条", "contactless magnetic stripe"),
    "92": Text("电话", "telephone"),
    "95": Text("IC 卡数据不可靠", "chip, data unreliable"),
    "96": Text("移动支付", "mobile"),
    "98": Text("非接触电子现金", "contactless electronic cash"),
}
"""F22, first two digits."""

PIN_ENTRY: dict[str, Text] = {
    "0": Text("PIN 未指明", "PIN not specified"),
    "1": Text("可输入 PIN", "PIN possible"),
    "2": Text("无 PIN", "no PIN"),
}
"""F22, third digit."""

CONDITIONS: dict[str, Text] = {
    "00": Text("正常", "normal"),
    "06": Text("预授权", "pre-authorisation"),
    "08": Text("邮购电话订购", "mail or telephone order"),
    "18": Text("邮购电话预授权", "mail or telephone pre-authorisation"),
    "28": Text("代收", "recurring collection"),
    "60": Text("追加预授权", "incremental authorisation"),
    "64": Text("分期付款", "instalments"),
    "65": Text("积分", "points"),
    "66": Text("磁条账户充值", "account load from magnetic stripe"),
    "67": Text("预约消费", "booked sale"),
    "81": Text("缴费", "bill payment"),
    "87": Text("缴费", "bill payment"),
    "91": Text("圈存", "load"),
}
"""F25."""

ACCOUNTS: dict[str, Text] = {
    "10": Text("储蓄账户", "savings account"),
    "20": Text("支票账户", "cheque account"),
    "30": Text("信用卡账户", "credit account"),
    "40": Text("通用账户", "universal account"),
}
"""F3, digits 3 and 4, where they are no part of the transaction's own code."""

CARDS: dict[str, Text] = {"0": Text("借记卡", "debit card"), "1": Text("贷记卡", "credit card")}
"""F27."""

FAMILIES: dict[str, Text] = {
    "0": Text("管理或查询类", "management or inquiry"),
    "1": Text("授权类", "authorisation"),
    "2": Text("金融类", "financial"),
    "3": Text("脱机类", "offline"),
    "4": Text("电子钱包类", "electronic purse"),
    "5": Text("其他", "other"),
    "6": Text("扫码类", "QR code"),
}
"""F60.1, first digit."""

RENMINBI = Text("人民币", "Chinese yuan")
PARTS = {22: Text("输入方式", "entry mode"), 220: Text("PIN 能力", "PIN capability")}


def kind_title(message: Message, dialect: Dialect) -> Text | None:
    """The name of this kind of message, None when the table of kinds has no such combination."""
    kind = kinds.kind_of(message, dialect)
    return kind.title if kind else None


def rows_of_field(number: int, message: Message, dialect: Dialect) -> list[Row]:
    """(path, name, value, meaning or None) for the parts of one field; empty where the value says it all."""
    value = message.fields[number]
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    match number:
        case 3:
            return _account(text)
        case 22:
            mode, pin = text[:2], text[2:]
            return [
                ("22.1", PARTS[22], mode, ENTRY_MODES.get(mode)),
                ("22.2", PARTS[220], pin, PIN_ENTRY.get(pin)),
            ]
        case 25:
            return _coded("25", Text("条件", "condition"), text, CONDITIONS.get(text))
        case 27:
            return _coded("27", Text("卡种", "card"), text, CARDS.get(text))
        case 39:
            return _response(text, is_reply=Context(message.mti).is_reply)
        case 43:
            return _merchant(text)
        case 49:
            return _coded("49", Text("货币", "currency"), text, RENMINBI if text == "156" else None)
        case 4:
            return _amount(text)
        case _:
            rows = explain(number, value, context_of(message.mti, _values(message), dialect), dialect)
            return [(p, n, v, FAMILIES.get(v[0]) if p == "60.1" else m) for p, n, v, m in rows]


def _values(message: Message) -> dict[int, Value]:
    return dict(message.fields)


def _coded(path: str, name: Text, value: str, meaning: Text | None) -> list[Row]:
    return [(path, name, value, meaning)] if meaning else []


def _amount(text: str) -> list[Row]:
    yuan = f"{int(text) // 100}.{int(text) % 100:02}"
    return [("4", Text("金额", "amount"), text, Text(f"{yuan} 元", f"{yuan} yuan"))]


def _account(code: str) -> list[Row]:
    if any(code in kind.processing_codes for kind in kinds.KINDS):
        return []
    if code.startswith(CODE_IN_F3):
        return [("3", Text("网络管理信息码", "network management code"), code[3:], None)]
    return _coded("3", Text("账户类型", "account type"), code[2:4], ACCOUNTS.get(code[2:4]))


def _merchant(name: str) -> list[Row]:
    octets = name.encode("latin-1")
    shown = chinese(octets)
    return [] if octets.isascii() or "\ufffd" in shown else [("43", Text("名称", "name"), shown, None)]


def _response(code: str, is_reply: bool) -> list[Row]:
    answer = responses.response(code)
    if not is_reply:  # a reversal, or a batch upload of a failed transaction
        return [("39", Text("原因", "reason"), code, answer.meaning)]
    return [
        ("39", Text("含义", "meaning"), code, answer.meaning),
        ("39", Text("终端显示", "what the terminal shows"), code, answer.display),
        ("39", Text("终端处理", "what the terminal does"), answer.category, answer.action),
    ]
