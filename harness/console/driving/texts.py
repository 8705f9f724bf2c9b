"""What `posrig drive` says."""

from __future__ import annotations

from collections.abc import Mapping

from protocols.text import Text

STATUSES: Mapping[str, Text] = {
    "done": Text("成功", "done"),
    "refused": Text("终端拒绝", "refused by the terminal"),
    "declined": Text("主机拒绝", "declined by the host"),
    "cancelled": Text("已取消", "cancelled"),
    "no_answer": Text("无应答", "no answer"),
    "unknown": Text("结果未知", "outcome unknown"),
}
"""By status of the Outcome."""
REFUSED_HERE = Text("未发送", "not sent")
"""A refusal of the driver's own."""

NEXT: Mapping[str, Text] = {
    "refused": Text(
        "终端没有执行，未入账；按终端所说处理后重试",
        "The terminal did not carry it out and nothing is booked: do what it says, then try again",
    ),
    "declined": Text(
        "主机作了决定，未入账；换卡或按应答码处理（posrig guide）",
        "The host decided and nothing is booked: another card, or what the code asks for (posrig guide)",
    ),
    "cancelled": Text("未入账；可以重试", "Nothing is booked; it may be tried again"),
    "no_answer": Text(
        "终端没有收到主机的应答，未入账；检查终端到主机的网络",
        "The terminal got no answer from the host and nothing is booked: check its way to the host",
    ),
    "unknown": Text(
        "没有人知道是否入账：不要重做，先用 {last} 查询",
        "Nobody knows whether it is booked: do not repeat it, ask first: {last}",
    ),
}
"""What to do, by status."""
NEXT_NO_LAST = Text(
    "没有人知道是否入账，该规程也不能查询：不要重做，先在终端上核对签购单与流水",
    "Nobody knows whether it is booked, and the protocol cannot ask: do not repeat it, look at the terminal's slips "
    "and journal first",
)
"""After an unknown outcome, where the protocol has no `last`."""
NEXT_ASKING = Text(
    "终端没有应答：检查线缆、电源、端口、规程与速率（posrig ports），然后重试",
    "The terminal does not answer: check cable, power, port, protocol and rate (posrig ports), then try again",
)
"""After a question that books nothing stayed without an answer."""
NEXT_BY_CAUSE: Mapping[str, Text] = {
    "not_signed_in": Text("先签到：{sign_in}", "Sign in first: {sign_in}"),
    "no_tmk": Text("先下装密钥：{load_keys}", "Load its keys first: {load_keys}"),
    "not_activated": Text("先激活：{activate}", "Activate it first: {activate}"),
    "must_settle": Text("先结算：{settle}", "Settle first: {settle}"),
    "no_parameters": Text("先下载参数：{download}", "Download its parameters first: {download}"),
    "no_aids": Text("先下载参数：{download}", "Download its parameters first: {download}"),
    "no_public_keys": Text("先下载参数：{download}", "Download its parameters first: {download}"),
    "not_in_protocol": Text("{protocol} 有这些操作：{operations}", "{protocol} has these operations: {operations}"),
    "nothing_to_abort": Text(
        "操作进行中按 Ctrl-C 即中止它", "Ctrl-C while an operation is under way ends it at the terminal"
    ),
    "not_booked": Text("可以重做", "It may be asked for again"),
    "busy": Text("等终端空闲后重试", "Wait until the terminal is idle, then try again"),
}
"""What to do, by cause, where that is clearer."""

FIELDS: Mapping[str, Text] = {
    "amount_fen": Text("金额", "amount"),
    "code": Text("应答码", "code"),
    "cause": Text("原因", "cause"),
    "stan": Text("流水号", "trace number"),
    "batch": Text("批次号", "batch"),
    "rrn": Text("参考号", "reference (RRN)"),
    "balance_fen": Text("余额", "balance"),
    "receipt": Text("签购单号", "receipt number"),
    "order": Text("订单号", "order"),
    "tid": Text("终端号", "terminal id (TID)"),
    "mid": Text("商户号", "merchant id (MID)"),
    "sn": Text("序列号", "serial number"),
    "model": Text("型号", "model"),
    "version": Text("版本", "version"),
    "terminal_status": Text("终端状态码", "terminal's status code"),
    "signed_in": Text("已签到", "signed in"),
    "address": Text("主机地址", "host address"),
    "printed": Text("打印内容", "printed"),
}
"""The fields of Outcomes that are shown where they are not empty; further ones under their own names."""
YES_NO = {True: Text("是", "yes"), False: Text("否", "no")}

HEAD = Text("终端 {port}，规程 {protocol}", "terminal at {port}, protocol {protocol}")
TOOK = Text("{status}（{seconds} 秒）", "{status} ({seconds} s)")
OF_ORDER = Text("该结果属于订单 {of}", "This is the result of order {of}")
OTHER_ORDER = Text(
    "该结果属于订单 {of}，不是 {asked}：{asked} 不是终端的最近一笔",
    "This is the result of order {of}, not of {asked}: {asked} is not what the terminal did last",
)
NEXT_STEP = Text("下一步：{what}", "next: {what}")
UNDER_WAY = Text("{op}  {seconds} 秒  {what}  Ctrl-C 中止", "{op}  {seconds} s  {what}  Ctrl-C aborts")
GONE = Text("端口消失，等待同一设备回来", "the port is gone; waiting for the same device")
BACK = Text("设备已回来：{port}", "the device is back: {port}")
DIALS = Text("终端经本机连接主机 {address}", "the terminal's host traffic goes through here to {address}")
ABORTING = Text(
    "正在请终端中止；再按一次 Ctrl-C 即不再等待",
    "the terminal is asked to abort; Ctrl-C again leaves without waiting",
)
CANNOT_ABORT = Text(
    "该规程不能中止：请在终端上按“取消”；再按一次 Ctrl-C 即不再等待",
    "the protocol has no abort: press CANCEL at the terminal; Ctrl-C again leaves without waiting",
)
CANNOT_REACH = Text(
    "端口不在，中止传不到终端；再按一次 Ctrl-C 即不再等待",
    "the port is gone and the terminal cannot be told; Ctrl-C again leaves without waiting",
)
LEFT = Text("不再等待，结果未知", "left without waiting; the outcome is not known")
LEARNING = Text("查询终端的最近一笔 ...", "asking the terminal for its newest result ...")
NOT_RUN = Text("未执行：{orders}", "not carried out: {orders}")
ASKED = Text("{protocol} {line}：没有应答", "{protocol} {line}: no answer")
ASKED_HEARD = Text("{protocol} {line}：听不懂（{count} 字节）", "{protocol} {line}: not understood ({count} octets)")
