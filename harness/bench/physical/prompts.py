"""What a person at the device is asked to do or to look at, and what he may answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from harness.terminal.settings import Card
from protocols.errors import PosrigError
from protocols.text import Text

DONE, NO, SKIP, ABORT = "done", "no", "skip", "abort"
ENDS = ("done", "declined", "refused", "no_answer", "cancelled", "unknown")
"""How an operation at the keypad may have ended; `done` is also "I have done it", and "I have seen it"."""
CHOICES: Mapping[str, Text] = {
    DONE: Text("完成 / 是", "done / yes"),
    NO: Text("否，没有看到", "no, it was not there"),
    "declined": Text("主机拒绝", "the host declined"),
    "refused": Text("终端拒绝", "the terminal refused"),
    "no_answer": Text("主机无应答", "the host did not answer"),
    "cancelled": Text("已取消", "cancelled"),
    "unknown": Text("结果不明", "the outcome is not known"),
    SKIP: Text("跳过：本场景记为未做", "skip: the row is not done"),
    ABORT: Text("中止整个运行", "abort the whole run"),
}
"""Every answer in words."""

SKIPPED = Text("{what}：跳过，未做", "{what}: skipped, not done")
SKIPPED_CURE = Text("有人在终端旁时再运行一次", "Run it again with somebody at the terminal")
ABORTED = Text("{what}：中止了运行", "{what}: the run was aborted")
ABORTED_CURE = Text("已结束的场景仍有效，其余重新运行", "Rows that have ended stand; run the others again")


@dataclass(frozen=True, slots=True)
class Prompt:
    """`id`: what answer files name, as `card`, `operate.connect`, `act.load_paper`, `look.display`.  `choices`: of
    CHOICES, the first is what an unattended run of good faith answers."""

    id: str
    words: Text
    choices: tuple[str, ...] = (DONE, SKIP, ABORT)


class Prompter(Protocol):
    """Whoever asks the person: a console, or a file of answers."""

    def ask(self, prompt: Prompt) -> str:
        """One of `prompt.choices`; `skip` when nobody answers in time."""
        ...


class NotDone(PosrigError):
    """A person skipped what only he can do: the row is neither passed nor failed."""

    def __init__(self, prompt: Prompt) -> None:
        super().__init__(_said(SKIPPED, prompt), SKIPPED_CURE)
        self.prompt = prompt


class Aborted(PosrigError):
    """A person ended the run."""

    def __init__(self, prompt: Prompt) -> None:
        super().__init__(_said(ABORTED, prompt), ABORTED_CURE)
        self.prompt = prompt


def _said(pattern: Text, prompt: Prompt) -> Text:
    return Text(pattern.zh.format(what=prompt.words.zh), pattern.en.format(what=prompt.words.en))


def answered(prompter: Prompter, prompt: Prompt) -> str:
    """What the person says.  Raises NotDone for a skip, Aborted for an abort."""
    said = prompter.ask(prompt)
    if said == SKIP:
        raise NotDone(prompt)
    if said == ABORT:
        raise Aborted(prompt)
    return said


WAYS: Mapping[str, Text] = {
    "swipe": Text("刷卡", "swipe it"),
    "insert": Text("插卡", "insert it"),
    "tap": Text("挥卡", "tap it"),
    "scan": Text("扫码", "scan its code"),
    "key": Text("手工输入卡号", "key in its number"),
}
OPERATIONS: Mapping[str, Text] = {
    "self_test": Text("自检", "the self-test"),
    "connect": Text("联网（连接测试）", "connect (the connection test)"),
    "activate": Text("激活", "activation"),
    "load_master_key": Text("装载主密钥", "loading the master key"),
    "sign_in": Text("签到", "sign-in"),
    "sign_off": Text("签退", "sign-off"),
    "settle": Text("批结算", "settlement"),
    "sale": Text("消费", "a sale"),
    "void": Text("撤销", "a void"),
    "refund": Text("退货", "a refund"),
    "echo": Text("回响测试", "the echo test"),
    "local_status": Text("查看本机状态", "looking at its status"),
    "parameter_menu": Text("设置菜单", "the parameter menu"),
    "update_software": Text("更新程序", "the software update"),
}
"""The menu's entries that have a plain name; others are named by their id."""


def card_prompt(name: str, card: Card, how: str, pin: str, pulled: bool) -> Prompt:
    """Hold a card ready, and present it when the terminal asks."""
    way = WAYS.get(how, Text(how, how))
    zh = f"请拿好测试卡 {name}（{_shown(card)}），终端提示时{way.zh}"
    en = f"Take the test card {name} ({_shown(card)}); when the terminal asks for it, {way.en}"
    if pin:
        zh, en = f"{zh}，密码 {pin}", f"{en}, PIN {pin}"
    if pulled:
        zh, en = f"{zh}；请求发出后立即拔卡", f"{en}; pull it out as soon as the request is under way"
    return Prompt("card", Text(zh, en))


def _shown(card: Card) -> str:
    return f"{card.pan[:6]}…{card.pan[-4:]}"


def operate_prompt(op: str, args: Mapping[str, object]) -> Prompt:
    """Carry out an operation at the terminal's own menu, and say how it ended."""
    name = OPERATIONS.get(op, Text(op, op))
    given = ", ".join(f"{key} = {value}" for key, value in args.items())
    zh = f"请在终端菜单上做：{name.zh}" + (f"（{given}）" if given else "") + "；结果如何？"
    en = f"At the terminal's menu, do: {name.en}" + (f" ({given})" if given else "") + "; how did it end?"
    return Prompt(f"operate.{op}", Text(zh, en), (*ENDS, SKIP, ABORT))


def keys_prompt(keys: str) -> Prompt:
    """Type something when the terminal asks."""
    return Prompt("keys", Text(f"终端提示时依次按键：{keys}", f"When the terminal asks, press: {keys}"))


HAND_CAUSES: Mapping[str, Text] = {
    "paper_out": Text("取出打印纸，合上纸仓盖", "take the paper roll out and close its lid"),
    "ribbon_worn": Text("换上用旧的色带", "put a worn ribbon in"),
}
"""What is wrong with a device by a person's hand, and can be put right by one; every other defect takes a device that
is broken, or a program that is steered."""
ACT_WORDS: Mapping[str, Text] = {
    "load_paper": Text("装上新的打印纸", "put a new paper roll in"),
    "clear_jam": Text("清除卡纸", "clear the paper jam"),
    "cool_down": Text("让打印机冷却", "let the printer cool down"),
    "load_ribbon": Text("换上新色带", "put a new ribbon in"),
    "clean": Text("擦拭终端，清洁读卡器与键盘", "wipe the terminal, clean its readers and keypad"),
    "unplug": Text("拔掉电源", "unplug its power supply"),
    "plug_in": Text("接上电源", "plug its power supply in"),
    "switch_off": Text("关机", "switch it off"),
    "switch_on": Text("开机，等它就绪", "switch it on and wait until it is ready"),
    "open_case": Text("打开机壳", "open its case"),
    "close_case": Text("合上机壳", "close its case"),
    "replace_part": Text("由维修人员更换部件", "have service exchange a part"),
    "swap_part": Text("私自更换部件", "exchange a part without service"),
    "service": Text("由维修人员开壳修理（全部密钥擦除）", "have service open and repair it (every key goes)"),
}
ALL_DIALS = 100
"""A dial fault that strikes so often means: until it is healed.  A listener cannot count."""
NETWORK: Mapping[str, Text] = {
    "dial_unreachable": Text(
        "使终端的网络到不了主机（如在路由器上去掉路由）",
        "make the host unreachable for the terminal's network (a route taken out)",
    ),
    "dial_unresolved": Text("使终端的域名服务器不认识主机", "make the terminal's name server not know the host"),
    "dial_no_line": Text("拔掉终端的网线或取出 SIM 卡", "pull the terminal's network cable, or take its SIM card out"),
}
"""Dial faults that lie on the device's own side of the network."""


DELIVER = Prompt(
    "deliver",
    Text(
        "请把终端恢复出厂：没有密钥、账目与设置，主机地址指向本台",
        "Please bring the terminal back to its delivered state: no keys, no books, no settings but the address of this "
        "bench's host",
    ),
)
"""Before each row that begins with a device in its box."""


def act_prompt(act: str, args: Mapping[str, object]) -> Prompt:
    """Do something to the device."""
    words, given = ACT_WORDS[act], ", ".join(f"{key} = {value}" for key, value in args.items())
    more = f" ({given})" if given else ""
    return Prompt(f"act.{act}", Text(f"请{words.zh}{more}", f"Please {words.en}{more}"))


def cause_prompt(behaviour: str) -> Prompt:
    """Make something be wrong with the device."""
    words = HAND_CAUSES[behaviour]
    return Prompt(f"cause.{behaviour}", Text(f"请{words.zh}", f"Please {words.en}"))


def network_prompt(fault: str, healed: bool) -> Prompt:
    """Take the terminal's network away, or put it back."""
    words = NETWORK[fault]
    if healed:
        return Prompt(
            f"network.{fault}.back", Text("请把终端的网络恢复原状", "Please put the terminal's network right again")
        )
    return Prompt(f"network.{fault}", Text(f"请{words.zh}", f"Please {words.en}"))


def cable_prompt(out: bool) -> Prompt:
    """Pull the register's cable, or put it back."""
    if out:
        return Prompt(
            "cable.out", Text("现在拔下收银机与终端之间的线", "Now pull the cable between register and terminal")
        )
    return Prompt(
        "cable.in", Text("现在插回收银机与终端之间的线", "Now plug the cable between register and terminal in")
    )


def power_prompt(on: bool) -> Prompt:
    """Take the device's power away, or give it back."""
    if on:
        return Prompt(
            "power.on", Text("恢复终端的供电，等它就绪", "Give the terminal its power back and wait until it is ready")
        )
    return Prompt("power.off", Text("断开终端的供电（含电池）", "Take the terminal's power away (its battery, too)"))


def look_prompt(kind: str, where: Mapping[str, object], never: bool) -> Prompt:
    """Say whether something was to be seen at the device."""
    given = ", ".join(f"{key} = {value}" for key, value in where.items())
    zh = f"终端上是否{'始终没有' if never else ''}出现过：{LOOKS[kind].zh}（{given}）？"
    en = f"Did the terminal {'never ' if never else ''}show: {LOOKS[kind].en} ({given})?"
    return Prompt(f"look.{kind}", Text(zh, en), (DONE, NO, SKIP, ABORT))


LOOKS: Mapping[str, Text] = {
    "display": Text("显示", "on its display"),
    "slip": Text("打印出的签购单", "a slip that it printed"),
}
"""Kinds of events that a person sees at the device."""
