"""What can go wrong with the test sale, its void and the settlement.  Money first: what may still be booked is said
loudest."""

from __future__ import annotations

from protocols.text import Text

from ..model import Fault

MONEY = (
    Fault(
        "void_failed",
        Text(
            "测试消费 {yuan} 元没有撤销掉，这笔钱还在账上（流水号 {stan}；{reason}）",
            "the test sale of {yuan} yuan could not be taken back and is still booked (trace number {stan}; {reason})",
        ),
        "technician",
        False,
        Text(
            "马上在终端上做消费撤销，流水号 {stan}；撤不掉就请收单机构退款，留好签购单",
            "Void it at the terminal now, trace number {stan}; else have the acquirer refund it, and keep the slip",
        ),
    ),
    Fault(
        "sale_in_doubt",
        Text(
            "测试消费 {yuan} 元结果不明（流水号 {stan}），可能已入账",
            "nobody knows how the test sale of {yuan} yuan ended (trace number {stan}): it may be booked",
        ),
        "technician",
        False,
        Text(
            "不要再刷一次：先让终端签到，再查最近一笔；已入账就撤销它，查不清就报收单机构",
            "Do not sell again: sign in, look at the newest payment, void it if it is booked; else tell the acquirer",
        ),
        rows=("F5", "F3", "G3"),
    ),
    Fault(
        "void_in_doubt",
        Text(
            "测试消费 {yuan} 元的撤销结果不明（流水号 {stan}）",
            "nobody knows whether the test sale of {yuan} yuan was taken back (trace number {stan})",
        ),
        "technician",
        False,
        Text(
            "先让终端签到，再看最近一笔是不是撤销；不是就再撤销一次，查不清就报收单机构",
            "Sign in and see whether the newest payment is the void; if not void it once more, else tell the acquirer",
        ),
        rows=("F5", "F3", "G3"),
    ),
    Fault(
        "other_amount",
        Text("终端入账的金额是 {booked} 元，要求的是 {yuan} 元", "the terminal booked {booked} yuan, not {yuan}"),
        "repair_shop",
        False,
        Text(
            "停止收款；检查键盘并核对签购单，送修",
            "Stop taking payments, compare the slips, and have the keypad looked at",
        ),
        rows=("D5", "C2"),
    ),
    Fault(
        "books_differ",
        Text("主机账上与终端不一致：{what}", "the host's books are not the terminal's: {what}"),
        "acquirer",
        False,
        Text(
            "不要再做交易；把本记录交给收单机构对账",
            "Make no more payments; hand this record to the acquirer to compare the books",
        ),
        rows=("F5", "E6"),
    ),
    Fault(
        "sale_failed",
        Text("测试消费没有做成（{what}），没有入账", "the test sale was not made ({what}); nothing was booked"),
        "technician",
        True,
        Text("按终端屏幕的提示处理，再做一次检查", "Do what the terminal's screen says and run the check again"),
    ),
    Fault(
        "settlement_failed",
        Text("批结算没有做成（{what}）", "the settlement was not made ({what})"),
        "technician",
        True,
        Text(
            "连通网络后在终端上再做一次批结算，对好结算单",
            "Get the network going, settle again at the terminal and compare its totals slip",
        ),
        rows=("F5", "G3"),
    ),
    Fault(
        "settlement_in_doubt",
        Text("批结算结果不明", "nobody knows whether the batch was settled"),
        "technician",
        True,
        Text(
            "在终端上再做一次批结算，它会接着做完；等它打出结算单",
            "Settle once more at the terminal, it goes on where it was; wait for its totals slip",
        ),
        rows=("F5", "G3"),
    ),
)
