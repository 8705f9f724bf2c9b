"""The words of reports, in both languages.  Identifiers that no table knows are shown as they are."""

from __future__ import annotations

from collections.abc import Mapping

from protocols.mispos.dialect_a.commands import COMMANDS
from protocols.mispos.dialect_b.tags import TYPE_NAMES, TransactionType
from protocols.text import Text
from protocols.unionpay.kinds import KINDS

from ..machine import side_of
from . import register_words, zvt_words
from .device_words import DEVICE_BEHAVIOURS

PARTIES: Mapping[str, Text] = {
    "register": Text("收银机", "Register"),
    "terminal": Text("终端", "Terminal"),
    "card": Text("卡片", "Card"),
    "link": Text("线路", "Link"),
    "host": Text("主机", "Host"),
    "bench": Text("测试台", "Bench"),
}

LANES_BY_EIGHTH: Mapping[int, Text] = {
    1: PARTIES["register"],
    2: Text("串口线", "cable"),
    3: PARTIES["terminal"],
    4: PARTIES["card"],
    5: PARTIES["link"],
    7: PARTIES["host"],
}
"""What stands at each eighth of a diagram's width."""

OPERATIONS: Mapping[str, Text] = {
    "self_test": Text("自检", "Self-test"),
    "connect": Text("联网", "Connect"),
    "activate": Text("激活", "Activate"),
    "load_master_key": Text("装载主密钥", "Load master key"),
    "sign_in": Text("签到", "Sign in"),
    "download_parameters": Text("下载参数", "Download parameters"),
    "download_aids": Text("下载 IC 卡参数", "Download AIDs"),
    "download_public_keys": Text("下载公钥", "Download public keys"),
    "sale": Text("消费", "Sale"),
    "sale_qr": Text("扫码消费", "Payment by code"),
    "void": Text("消费撤销", "Void"),
    "refund": Text("退货", "Refund"),
    "reversal": Text("冲正", "Reversal"),
    "settle": Text("批结算", "Settle"),
    "batch_upload": Text("批上送", "Batch upload"),
    "sign_off": Text("签退", "Sign off"),
    "update_software": Text("软件更新", "Update software"),
    "unbind": Text("解绑", "Unbind"),
    "balance": Text("余额查询", "Balance"),
    "echo": Text("回响测试", "Echo test"),
    "reprint": Text("重打印", "Reprint"),
    "last": Text("查询上笔", "Last result"),
    "send_reversal": Text("发送冲正", "Send reversal"),
    "mark_unresolved": Text("冲正转人工", "Mark unresolved"),
    "query_order": Text("扫码订单查询", "Query an order"),
    "operator_sign_on": Text("操作员签到", "Operator sign-on"),
    "operator_sign_off": Text("操作员签退", "Operator sign-off"),
    "set_password": Text("修改操作员密码", "Set password"),
    "parameter_menu": Text("参数设置", "Parameter menu"),
    "local_status": Text("本机状态", "Local status"),
    "backup": Text("备份", "Backup"),
    "restore": Text("恢复备份", "Restore a backup"),
    "host_list": Text("补录主机流水", "Take the host's list"),
    "print_test": Text("打印测试", "Print test"),
    "display_test": Text("显示屏测试", "Display test"),
    "keypad_test": Text("键盘测试", "Keypad test"),
    "preauth": Text("预授权", "Pre-authorisation"),
    "preauth_void": Text("预授权撤销", "Pre-authorisation void"),
    "completion": Text("预授权完成", "Completion"),
    "completion_advice": Text("预授权完成通知", "Completion advice"),
    "completion_void": Text("预授权完成撤销", "Completion void"),
    "download_master_key": Text("远程下载主密钥", "Download master key"),
    "download_contactless": Text("下载非接参数", "Download contactless"),
    "download_bins": Text("下载卡 BIN 表", "Download card BINs"),
    "bench_check": Text("人工检查", "Check by people"),
}

STATUSES: Mapping[str, Text] = {
    "done": Text("完成", "done"),
    "refused": Text("终端拒绝", "refused by the terminal"),
    "declined": Text("主机拒绝", "declined"),
    "no_answer": Text("无应答", "no answer"),
    "unknown": Text("结果未知", "outcome unknown"),
    "cancelled": Text("已取消", "cancelled"),
}

FAULTS: Mapping[str, Text] = {
    "noop": Text("无动作", "nothing"),
    "latency": Text("延迟", "latency"),
    "bandwidth": Text("限速", "slow line"),
    "slow_close": Text("迟关闭", "slow close"),
    "timeout": Text("停滞", "line goes silent"),
    "reset_peer": Text("连接重置", "reset"),
    "slicer": Text("切片", "cut into pieces"),
    "unplug": Text("插头松脱", "cable comes out"),
    "uart": Text("串口线路", "serial line"),
    "limit_data": Text("限量后断开", "cut after so many octets"),
    "down": Text("线路不通", "line down"),
    "dial_refused": Text("拒绝连接", "dial refused"),
    "dial_unreachable": Text("网络不可达", "network unreachable"),
    "dial_unresolved": Text("域名无法解析", "name not resolved"),
    "dial_timeout": Text("连接无应答", "dial unanswered"),
    "dial_no_line": Text("无线路", "no line"),
    "unstable": Text("线路不稳", "unstable line"),
    "drop": Text("丢帧", "frame dropped"),
    "delay": Text("帧延迟", "frame delayed"),
    "duplicate": Text("帧重复", "frame doubled"),
    "reorder": Text("帧乱序", "frames swapped"),
    "truncate": Text("帧截断", "frame cut short"),
    "flip": Text("位翻转", "bit flipped"),
    "cut": Text("断开", "cut"),
}

REASONS: Mapping[str, Text] = {
    "eof": Text("对端关闭", "closed by the peer"),
    "reset": Text("连接被重置", "connection reset"),
    "refused": Text("连接被拒绝", "connection refused"),
    "unreachable": Text("网络不可达", "network unreachable"),
    "name-not-found": Text("域名无法解析", "name not found"),
    "timeout": Text("连接超时", "connecting timed out"),
    "no-line": Text("线路不通", "no line"),
    "tls-unknown-ca": Text("TLS：CA 未知", "TLS: unknown CA"),
    "tls-expired": Text("TLS：证书过期", "TLS: certificate expired"),
    "tls-not-yet-valid": Text("TLS：证书未生效", "TLS: certificate not valid yet"),
    "tls-wrong-name": Text("TLS：证书名不符", "TLS: certificate for another name"),
    "tls-not-tls": Text("TLS：对端不用 TLS", "TLS: the peer speaks none"),
    "tls-handshake": Text("TLS：握手失败", "TLS: handshake failed"),
    "local": Text("本端关闭", "closed by this side"),
    "gone": Text("线路已断", "the line is gone"),
}

SLIPS: Mapping[str, Text] = {
    **{name: OPERATIONS[name] for name in ("sale", "sale_qr", "void", "refund")},
    **{name: OPERATIONS[name] for name in ("preauth", "preauth_void")},
    **{name: OPERATIONS[name] for name in ("completion", "completion_advice", "completion_void")},
    "settlement": Text("结算单", "Settlement report"),
    "unresolved": Text("未决冲正", "Unresolved reversal"),
    "test": Text("测试页", "Test page"),
}

CARDS: Mapping[str, Text] = {
    "presented": Text("出示卡", "card"),
    "misread": Text("卡未读出", "card not read"),
    "unnoticed": Text("出示卡，终端无反应", "card, no reaction"),
    "removed": Text("取卡", "card removed"),
    "swipe": Text("刷卡", "swipe"),
    "insert": Text("插卡", "insert"),
    "tap": Text("挥卡", "tap"),
    "key": Text("手输", "keyed in"),
}

READ_ERRORS = Text("出错 {errors} / {reads}", "{errors} errors in {reads}")
POWER_LOST = Text("掉电", "power lost")
POWER_BACK = Text("重新上电", "power back")

JUDGES: Mapping[str, Text] = {
    "I1": Text("账实相符", "Books agree"),
    "I2": Text("至多一次", "At most once"),
    "I3": Text("净额不为负", "Never below zero"),
    "C1": Text("资金守恒", "Money is conserved"),
    "I4": Text("冲正优先", "Reversal first"),
    "I5": Text("无迟到凭证", "No late receipt"),
    "I6": Text("结算相符", "Totals agree"),
    "I7": Text("批次只进一", "Batch moves once"),
    "I8": Text("流水号递增", "STAN grows"),
    "I9": Text("不泄密", "No secret leaks"),
    "I10": Text("商户不串账", "Every transaction in the account chosen"),
}

CAUSES: Mapping[str, Text] = {
    "repeated": Text("重复的请求", "a repeated request"),
    "totals_differ": Text("总计不符", "the totals differ"),
}
"""Why a host refused, where it says no more."""

MOMENT = Text("第 {day} 天 {clock}", "day {day:>2} {clock}")
REVERSAL = Text("冲正", "reversal")
OCTETS = Text("{count} 字节", "{count} octets")
LOST = Text("丢失", "lost")
LEFT_NOT = Text("未能发出：连接已断", "not sent: the link was gone")
DAMAGED = Text("到达时已损坏", "arrived damaged")
IN_PART = Text("只到 {count} 字节", "only {count} octets arrived")
AGAIN = Text("再次到达", "arrives again")
UNSEEN = Text("对端未记录", "other end not recorded")
HELD = Text("途中滞留", "held on the way")
ARRIVES = Text("滞后到达", "arrives late")
MAC_BAD = Text("MAC 错误", "MAC wrong")
NOISE = Text("无法识别的数据", "not understood")
STARTS = Text("启动", "starts")
PENDING = Text("有待发冲正", "a reversal is pending")
INJECTED = Text("注入", "injected")
HEALED = Text("恢复正常", "healed")
PRINTS = Text("打印", "prints")
CUT_SHORT = Text("未印完", "cut short")
TEST_FAILS = Text("自检不合格", "self-test fails")
BY_HAND = Text("动手", "by hand")
NOT_LEGIBLE = Text("字迹不清", "the print cannot be read")
IMAGE = Text("对比度 {contrast} %，空白列 {blank}", "contrast {contrast} %, {blank} blank columns")
KEYS = Text("按键", "keys")
REFUSES = Text("拒绝", "refuses")
ENDS_HERE = Text("记录到此为止", "The recording ends here")


BEHAVIOURS: Mapping[str, Text] = {
    "review_held": Text("审核被搁置", "the review is held"),
    "backlog": Text("积压", "a team has a backlog"),
    "parcel_held": Text("包裹滞留", "the parcel is held"),
    "no_multi_merchant": Text("服务商不支持多商户", "the provider has no multi-merchant function"),
    "enabling_forgotten": Text("漏开终端上的商户", "an approved account is not enabled on its terminal"),
    "no_fallback": Text("主机不允许降级交易", "the host allows no fallback"),
    "chip_demanded": Text("主机要求芯片交易", "the host demands the chip"),
    "arqc_unchecked": Text("主机不校验 ARQC", "the host checks no cryptogram"),
    "arqc_refused": Text("主机发卡行密钥错", "the host's issuer keys are wrong"),
    "issuer_refuses": Text("发卡行拒绝芯片卡", "the issuer refuses its cards"),
    "wrong_arpc": Text("ARPC 错", "the answer has a wrong ARPC"),
    "script": Text("下发发卡行脚本", "an issuer script is sent"),
    "wrong_script_mac": Text("发卡行脚本 MAC 错", "an issuer script has a wrong MAC"),
    "no_arpc": Text("应答无 ARPC", "the answer has no ARPC"),
    "no_answer": Text("处理但不应答", "processed, but not answered"),
    "answer_late": Text("应答延迟", "the answer is late"),
    "wrong_mac": Text("应答 MAC 错", "the answer has a wrong MAC"),
    "stale_trace": Text("应答流水号错", "the answer has an old trace number"),
    "duplicate_answer": Text("应答重复", "the answer comes twice"),
    "decline": Text("一律拒绝", "declined"),
    "sign_in_required": Text("要求重新签到", "sign-in is demanded"),
    "no_network": Text("收银机没有网络", "the register has no network"),
    "truncates": Text("收银机截短透传数据", "the register cuts tunnelled data short"),
    "wrong_prefix": Text("收银机的长度格式不对", "the register's length prefix is not the host's"),
    "wrong_random": Text("透传应答的随机数不对", "the pass-through reply has another random number"),
    "late_reply": Text("收银机交回应答太晚", "the register hands the reply over too late"),
    **DEVICE_BEHAVIOURS,
}
"""What host, register and terminal can be made to do; a test holds this against the machines' tables."""

COLON, SEMICOLON, COMMA = Text("：", ": "), Text("；", "; "), Text("、", ", ")
"""Between a name and what is said of it; between sentences; between things that are listed."""


def same(text: str) -> Text:
    """What reads the same in both languages; "-" for nothing."""
    return Text(text, text) if text.strip() else Text("-", "-")


def joined(*parts: Text | str | None, by: Text | str = " · ") -> Text:
    """The parts that there are, one behind the other."""
    texts = [part if isinstance(part, Text) else same(part) for part in parts if part]
    zh, en = (by.zh, by.en) if isinstance(by, Text) else (by, by)
    return Text(zh.join(t.zh for t in texts), en.join(t.en for t in texts)) if texts else same("")


def word(table: Mapping[str, Text], key: object) -> Text:
    """The word for `key`, or `key` itself."""
    return table.get(str(key)) or same(str(key).replace("_", " "))


def party(name: str) -> Text:
    """`terminal2` to 终端2 / Terminal 2."""
    side = side_of(name)
    number = name.removeprefix(side)
    return joined(word(PARTIES, side), number, by=" ") if number else word(PARTIES, side)


def of_json(value: object) -> Text | None:
    """`{zh, en}` of an event as Text; None for anything else."""
    if isinstance(value, Mapping):
        zh, en = str(value.get("zh") or ""), str(value.get("en") or "")
        if (zh or en).strip():
            return Text(zh if zh.strip() else en, en if en.strip() else zh)
    return None


def kind_title(name: str, mti: str) -> Text:
    """The name of a message: of the host line where it has an MTI, else of the register's cable."""
    if not mti:
        known = TransactionType.__members__.get(name.upper())
        if known is None and name in COMMANDS:
            return COMMANDS[name].text
        if known is None and name in register_words.TITLES:
            return register_words.TITLES[name]
        if known is None and (title := zvt_words.title(name)) is not None:
            return title
        return TYPE_NAMES[known] if known is not None else same(name.replace("_", " "))
    if name == "reversal":
        return REVERSAL
    return _TITLES.get(name) or same(name.replace("_", " "))


_TITLES: dict[str, Text] = {kind.name: kind.title for kind in reversed(KINDS)}


def yuan(fen: int) -> str:
    """`¥12.34`."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}¥{fen // 100}.{fen % 100:02d}"


def clock(at_us: int) -> str:
    """Virtual time since the beginning of the run: `3d 00:00:01.250`, with as many decimals as say something."""
    seconds, us = divmod(max(at_us, 0), 1_000_000)
    minutes, s = divmod(seconds, 60)
    hours, m = divmod(minutes, 60)
    days, h = divmod(hours, 24)
    return (f"{days}d " if days else "") + f"{h:02d}:{m:02d}:{s:02d}.{us // 1000:03d}"


def span(us: int) -> Text:
    """A length of time in its two largest units: `3 d 2 h`."""
    left = us // 1_000_000
    parts: list[tuple[int, str, str]] = []
    for size, zh, en in ((86_400, "天", "d"), (3_600, "小时", "h"), (60, "分", "min"), (1, "秒", "s")):
        count, left = divmod(left, size)
        if count:
            parts.append((count, zh, en))
    parts = parts[:2] or [(0, "秒", "s")]
    return Text(" ".join(f"{n} {zh}" for n, zh, _ in parts), " ".join(f"{n} {en}" for n, _, en in parts))


def moment(at_us: int) -> Text:
    """Virtual day and time: `day  4 00:00:01`; the run begins on day 1."""
    seconds = max(at_us, 0) // 1_000_000
    clock = f"{seconds // 3600 % 24:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return MOMENT.format(day=seconds // 86_400 + 1, clock=clock)
