"""What the single characters of Concert V2 / Telium E+ mean.

Sources: PayXpert "Concert V2 - Legacy"; the constants of pyTeliumManager 2.4.2.  Causes are posrig's choice.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..text import Text

DONE, REFUSED, UNKNOWN = "0", "7", "9"

STATUSES: Mapping[str, Text] = {
    DONE: Text("成功", "Done"),
    REFUSED: Text("未受理", "Not done"),
    UNKNOWN: Text("结果未知", "The outcome is unknown"),
}
"""Position 3 of an answer.  9 is also what an answer at once (A011) carries, before anybody knows."""
TYPES: Mapping[str, Text] = {
    "0": Text("消费", "debit"),
    "1": Text("贷记", "credit"),
    "2": Text("退货", "refund"),
    "4": Text("自动", "automatic"),
}
MODES: Mapping[str, Text] = {
    code: Text(zh, en)
    for code, zh, en in (
        ("0", "其他", "other"),
        ("1", "银行卡", "card"),
        ("2", "American Express", "American Express"),
        ("3", "Cetelem", "Cetelem"),
        ("5", "Cofinoga", "Cofinoga"),
        ("6", "Diners", "Diners"),
        ("8", "Franfinance", "Franfinance"),
        ("9", "JCB", "JCB"),
        ("A", "Accord", "Accord"),
        ("C", "支票", "cheque"),
        ("F", "Fintrax", "Fintrax"),
        ("O", "Moneo", "Moneo"),
        ("U", "银联", "UnionPay"),
    )
}
DELAYS: Mapping[str, Text] = {
    "A010": Text("交易结束后应答", "answer when the transaction has ended"),
    "A011": Text("立即应答，不含结果", "answer at once, without the outcome"),
}
AUTHORISATIONS: Mapping[str, Text] = {
    "B010": Text("由终端决定是否联机", "the terminal decides whether to go online"),
    "B011": Text("强制联机", "online authorisation is forced"),
}
ANSWERS: Mapping[str, Text] = {
    "0": Text("不含卡数据", "without card data"),
    "1": Text("含卡数据", "with card data"),
}
NAMES: Mapping[str, Text] = {
    "pos": Text("收银台号", "till"),
    "status": Text("结果", "status"),
    "amount": Text("金额", "amount"),
    "answer": Text("应答形式", "form of the answer"),
    "mode": Text("支付方式", "means of payment"),
    "type": Text("交易类型", "type of transaction"),
    "report": Text("卡数据", "card data"),
    "currency": Text("货币代码", "currency"),
    "private": Text("收银机数据", "the register's data"),
    "delay": Text("应答时机", "when to answer"),
    "authorisation": Text("授权方式", "authorisation"),
}
MEANINGS: Mapping[str, Mapping[str, Text]] = {
    "status": STATUSES,
    "type": TYPES,
    "mode": MODES,
    "delay": DELAYS,
    "authorisation": AUTHORISATIONS,
    "answer": ANSWERS,
}
"""By name of the value."""

LEARN_AT_TERMINAL = Text(
    "该规程没有查询上笔结果的命令：请查看终端的交易记录或结算单",
    "The protocol has no command for the last result: look at the terminal's journal or its settlement",
)
"""How to learn an outcome that the wire did not tell."""
