"""The tests that tell causes apart (`harness.diagnosis.probes`) as somebody at a counter can make them, in plain words.

Not among them: laying the recordings of both ends side by side, for which there is nobody here, and one more sale,
which nobody makes while money may be in doubt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from protocols.text import Text

NEXT_TESTS: Mapping[str, Text] = {
    "account_menu": Text(
        "在终端上选第二商户，看有没有这个菜单",
        "Choose the second account at the terminal, and see whether there is such a menu",
    ),
    "account_statement": Text(
        "把收银机流水和收单机构的对账单放在一起，看两个渠道能不能分开",
        "Lay the till's journal beside the acquirer's statement: can the two channels be told apart?",
    ),
    "bench_check": Text("补做外观检查和电气检查", "Make the visual and the electrical check"),
    "clean_and_test": Text(
        "每个读卡口用测试卡读十次，擦拭清洁后再读十次，比较失败次数",
        "Read a test card ten times with each reader, clean it, read ten times more, and compare the failures",
    ),
    "control_set": Text(
        "问收单机构：同机型的其他版本、其他机型是否正常",
        "Ask the acquirer whether other versions of this model, and other models, work",
    ),
    "display_test": Text(
        "先做键盘测试，再做显示屏测试，看数字是否清楚", "Test the keys, then the display: are its digits plain to read?"
    ),
    "echo_series": Text(
        "在终端菜单里连做十次联网测试，记下成功几次、每次多久",
        "Make ten network tests in a row in the terminal's menu: how many succeed, and how long does each take?",
    ),
    "keypad_test": Text(
        "做键盘测试，逐个按键，看哪些不灵", "Test the keys one by one, and see which ones are not good"
    ),
    "local_poll": Text(
        "看终端菜单里的状态和日志：防拆、断电、死机、未完成的冲正",
        "Look at status and log in the terminal's menu: tampering, power cuts, crashes, payments in doubt",
    ),
    "loss_report": Text(
        "问收单机构：这个序列号有没有挂失", "Ask the acquirer whether this serial number was reported lost or stolen"
    ),
    "lot_report": Text(
        "问收单机构：同一批次的机器有没有同样的故障",
        "Ask the acquirer whether other devices of this lot have the same fault",
    ),
    "missing_operation": Text(
        "补做缺少的那一步，再做一次检查：能过就是漏了这一步",
        "Carry out the step that is missing and check again: if it passes, that step was all",
    ),
    "neighbours": Text(
        "问邻近的商户：是否也同时停电或断网", "Ask the neighbours whether they lost power or network at the same moment"
    ),
    "notices": Text(
        "问收单机构：出故障时是否在维护，系统是否刚升级",
        "Ask the acquirer whether it was under maintenance then, or has just upgraded its system",
    ),
    "other_address": Text(
        "换一条网络（如手机热点）再签到：能通是原线路的问题，仍不通是终端设置或主机的问题",
        "Sign in over another network (a telephone's): if that works it is the line, else the settings or the host",
    ),
    "print_test": Text("打印一张测试页看字迹，再做自检", "Print a test page and look at it, then run the self-test"),
    "provider_status": Text(
        "用序列号问收单机构（平台或客服）：登记的是什么状态，什么原因（申请进度、停用、软件要求），案件号多少",
        "Ask the acquirer by serial number: which state it has there, why (application, suspension, software), and the "
        "case number",
    ),
    "quality_report": Text(
        "问收单机构：近期交易失败和响应慢的比例是否超标",
        "Ask the acquirer whether failures and slow answers were above their limits of late",
    ),
    "query_progress": Text(
        "用申请编号问收单机构：审核到哪一步，后来的申请是否已有结果",
        "Ask the acquirer by application number how far it is, and whether later ones are decided",
    ),
    "self_test": Text(
        "在终端上做自检，看部件和部件编号与上次记录是否相同",
        "Run the self-test: are the parts, and their numbers, those of the last record?",
    ),
    "track_parcel": Text(
        "用运单号或序列号查包裹：滞留、丢失、签收还是到货损坏",
        "Track the parcel: held, lost, delivered, or damaged on arrival?",
    ),
}


def next_test_of(rows: Sequence[str]) -> Text | None:
    """What would tell the rows of a tie apart; None for a single one, and where nobody here can find out."""
    if len(rows) < 2:
        return None
    from dataclasses import replace

    from harness.diagnosis.causes import CAUSES
    from harness.diagnosis.probes import best_probe

    tied = [cause for row in rows for cause in CAUSES if cause.row == row]
    name = best_probe([replace(cause, tests=tuple(one for one in cause.tests if one in NEXT_TESTS)) for cause in tied])
    return NEXT_TESTS[name] if name else None
