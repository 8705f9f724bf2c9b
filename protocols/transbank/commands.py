"""The commands of Transbank's POS protocol and what their texts mean.

Sources: Transbank "POS Integrado" (requests, answers, lengths); "POS Autoservicio" and its public clients for what
differs at an unattended terminal (0070, 0080, a voucher wanted in 0200, 0250, 0500).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from ..text import Text
from .message import TransbankMessage

Side = Literal["register", "terminal"]

AMOUNT_MAX = 999_999_999
"""Nine digits of pesos; the currency has no decimals, posrig counts its minor unit."""
AMOUNT_MIN = 50
"""What the public client asks at least ("Monto menor al mínimo permitido" below it)."""
TICKET_MAX = 6
SELF_SERVICE_TICKET_MAX = 20
"""Characters of the ticket at an attended terminal, and since version 4.9 at an unattended one."""

NAMES: Mapping[str, Text] = {
    "amount": Text("金额", "amount"),
    "ticket": Text("小票号", "ticket"),
    "reserved": Text("保留", "reserved"),
    "reserved2": Text("保留", "reserved"),
    "voucher_wanted": Text("要求签购单", "voucher wanted"),
    "status_wanted": Text("要求中间状态", "intermediate messages wanted"),
    "to_register": Text("明细送收银机", "details to the register"),
    "operation": Text("操作号", "operation number"),
    "commerce": Text("商户号", "commerce code"),
    "child_commerce": Text("子商户号", "commerce code of the provider"),
    "code": Text("响应码", "response code"),
    "terminal": Text("终端号", "terminal id"),
    "authorisation": Text("授权码", "authorisation code"),
    "shares_number": Text("分期数", "number of shares"),
    "shares_amount": Text("每期金额", "amount of a share"),
    "shares_type": Text("分期类型", "kind of shares"),
    "shares_text": Text("分期说明", "the shares in words"),
    "last4": Text("卡号后四位", "last four digits"),
    "card_type": Text("卡类型", "card type"),
    "accounting_date": Text("记账日期", "accounting date"),
    "card_number": Text("账号或卡号", "account or card number"),
    "brand": Text("卡品牌", "card brand"),
    "date": Text("交易日期 DDMMYYYY", "date DDMMYYYY"),
    "time": Text("交易时间 HHMMSS", "time HHMMSS"),
    "employee": Text("员工号", "employee"),
    "tip": Text("小费", "tip"),
    "filler": Text("保留", "filler"),
    "voucher": Text("签购单", "voucher"),
    "change": Text("找零", "change"),
    "count": Text("笔数", "transactions"),
    "total": Text("合计金额", "total"),
}
"""Every name that a layout has."""

_BOOKED = (
    "code commerce terminal ticket authorisation amount shares_number shares_amount last4 operation card_type "
    "accounting_date card_number brand date time employee tip"
)
_DETAIL = (
    "code commerce terminal ticket authorisation amount last4 operation card_type accounting_date card_number brand "
    "date time employee tip shares_amount shares_number"
)
_KEYS = "code commerce terminal"


@dataclass(frozen=True, slots=True)
class Layout:
    """One message: `names` of its texts in their order, and whether a separator stands behind the last one."""

    command: str
    side: Side
    text: Text
    names: tuple[str, ...] = ()
    trailing: bool = False
    answer: str = ""
    """The command of the answer to a request; "" where an ACK is all."""


_ROWS: tuple[tuple[str, Side, str, str, str, bool, str], ...] = (
    ("0070", "register", "初始化", "initialise", "", False, ""),
    ("0080", "register", "查询初始化结果", "ask how the initialisation ended", "", False, "1080"),
    ("0100", "register", "轮询", "poll", "", False, ""),
    ("0200", "register", "消费", "sale", "amount ticket reserved reserved2 status_wanted", True, "0210"),
    ("0250", "register", "查询上笔消费", "last sale", "voucher_wanted", False, "0260"),
    ("0260", "register", "消费明细", "details of sales", "to_register", True, "0261"),
    (
        "0270",
        "register",
        "多商户消费",
        "multicode sale",
        "amount ticket reserved reserved2 status_wanted child_commerce",
        True,
        "0271",
    ),
    ("0280", "register", "查询上笔多商户消费", "last multicode sale", "voucher_wanted", False, "0281"),
    ("0290", "register", "多商户消费明细", "details of multicode sales", "to_register", True, "0291"),
    ("0300", "register", "退出联机模式", "return to normal mode", "", False, ""),
    ("0500", "register", "日终结算", "close", "voucher_wanted", True, "0510"),
    ("0700", "register", "查询合计", "totals", "reserved", True, "0710"),
    ("0800", "register", "下装密钥", "load keys", "", False, "0810"),
    ("1200", "register", "消费撤销", "void", "operation", True, "1210"),
    ("0210", "terminal", "消费结果", "sale, answer", _BOOKED, True, ""),
    ("0260", "terminal", "上笔消费结果", "last sale, answer", _BOOKED, True, ""),
    ("0261", "terminal", "一笔明细", "one sale of the details", _DETAIL, True, ""),
    (
        "0271",
        "terminal",
        "多商户消费结果",
        "multicode sale, answer",
        f"{_BOOKED} filler change child_commerce",
        True,
        "",
    ),
    (
        "0281",
        "terminal",
        "上笔多商户消费结果",
        "last multicode sale, answer",
        f"{_BOOKED} voucher change child_commerce",
        True,
        "",
    ),
    (
        "0291",
        "terminal",
        "一笔多商户明细",
        "one sale of the multicode details",
        f"{_DETAIL} change child_commerce",
        True,
        "",
    ),
    ("0510", "terminal", "结算结果", "close, answer", _KEYS, True, ""),
    ("0710", "terminal", "合计", "totals, answer", "code count total", False, ""),
    ("0810", "terminal", "下装密钥结果", "load keys, answer", _KEYS, True, ""),
    ("0900", "terminal", "中间状态", "intermediate message", "code", True, ""),
    ("1080", "terminal", "初始化结果", "initialisation, answer", "code date time", True, ""),
    ("1210", "terminal", "消费撤销结果", "void, answer", f"{_KEYS} authorisation operation", True, ""),
)

REQUESTS: Mapping[str, Layout] = {
    row[0]: Layout(row[0], row[1], Text(row[2], row[3]), tuple(row[4].split()), row[5], row[6])
    for row in _ROWS
    if row[1] == "register"
}
ANSWERS: Mapping[str, Layout] = {
    row[0]: Layout(row[0], row[1], Text(row[2], row[3]), tuple(row[4].split()), row[5], row[6])
    for row in _ROWS
    if row[1] == "terminal"
}
"""By command.  0260 is both: a register asks for details with it, a terminal answers 0250 with it."""

_UNATTENDED = (
    "code commerce terminal ticket authorisation amount last4 operation card_type accounting_date card_number brand "
    "date time"
)
_SHARES = "voucher shares_type shares_number shares_amount shares_text"
_SELF_SERVICE: tuple[tuple[str, str], ...] = (
    ("0200", "amount ticket voucher_wanted status_wanted"),
    ("0250", "voucher_wanted"),
    ("0270", "amount ticket voucher_wanted status_wanted child_commerce"),
    ("0500", "voucher_wanted"),
    ("1200", ""),
    ("0210", f"{_UNATTENDED} {_SHARES}"),
    ("0260", f"{_UNATTENDED} {_SHARES}"),
    ("0271", f"{_UNATTENDED} child_commerce {_SHARES}"),
    ("0510", f"{_KEYS} voucher"),
)
"""At an unattended terminal: other texts in another order, and no separator behind the last one."""


def _of_self_service(table: Mapping[str, Layout]) -> Mapping[str, Layout]:
    other = {command: tuple(names.split()) for command, names in _SELF_SERVICE}
    # 0260 stands there as an answer; the details that a register asks for with it are none of an unattended terminal's.
    return {
        command: replace(layout, names=other[command], trailing=False)
        if command in other and (command != "0260" or layout.side == "terminal")
        else layout
        for command, layout in table.items()
    }


SELF_SERVICE_REQUESTS: Mapping[str, Layout] = _of_self_service(REQUESTS)
SELF_SERVICE_ANSWERS: Mapping[str, Layout] = _of_self_service(ANSWERS)

POLL, SALE, LAST_SALE, DETAILS, NORMAL_MODE = "0100", "0200", "0250", "0260", "0300"
CLOSE, TOTALS, LOAD_KEYS, VOID, INTERMEDIATE = "0500", "0700", "0800", "1200", "0900"
MULTICODE_SALE, INITIALISE, INITIALISED = "0270", "0070", "0080"

UNATTENDED_CARD_TYPE_AT = 8
CARD_TYPES: Mapping[str, Text] = {"CR": Text("贷记", "credit"), "DB": Text("借记", "debit")}
BRANDS: Mapping[str, Text] = {
    code: Text(name, name)
    for code, name in (
        ("VI", "VISA"),
        ("MC", "MASTERCARD"),
        ("CA", "CABAL"),
        ("CR", "CREDENCIAL"),
        ("AX", "AMEX"),
        ("CE", "CERRADA"),
        ("DC", "DINNERS"),
        ("TP", "PRESTO"),
        ("MG", "MAGNA"),
        ("TM", "MAS (CENCOSUD)"),
        ("RP", "RIPLEY"),
        ("EX", "EXTRA"),
        ("TC", "CMR"),
        ("DB", "REDCOMPRA"),
    )
}


def layout_of(message: TransbankMessage, self_service: bool | None = None) -> Layout | None:
    """What a message is; None for a command that no table has.  `self_service` None: told by its texts.

    0260 with a text that could be a response code (two digits) is the answer to 0250.
    """
    command = message.command
    is_answer = command not in REQUESTS or (command in ANSWERS and len(message.text(0)) > 1)
    unattended = _is_unattended(message, is_answer) if self_service is None else self_service
    if is_answer:
        return (SELF_SERVICE_ANSWERS if unattended else ANSWERS).get(command)
    return (SELF_SERVICE_REQUESTS if unattended else REQUESTS).get(command)


def _is_unattended(message: TransbankMessage, is_answer: bool) -> bool:
    """Only an unattended terminal's answer has the card's type as its ninth text; its requests have fewer texts."""
    command = message.command
    if is_answer:
        told_voucher = command == "0510" and len(message.fields) > len(_KEYS.split()) and bool(message.fields[3])
        return message.text(UNATTENDED_CARD_TYPE_AT) in CARD_TYPES or told_voucher
    layout = SELF_SERVICE_REQUESTS[command]
    return layout != REQUESTS[command] and len(message.fields) == len(layout.names)


def named(message: TransbankMessage, self_service: bool | None = None) -> dict[str, str]:
    """The texts of a message by name; those that no table has by their place (`text7`), counted from 1, unless
    empty."""
    layout = layout_of(message, self_service)
    names = layout.names if layout else ()
    shown = {name: message.text(place) for place, name in enumerate(names) if place < len(message.fields)}
    unnamed = enumerate(message.fields[len(names) :], len(names) + 1)
    return shown | {f"text{place}": text for place, text in unnamed if text}
