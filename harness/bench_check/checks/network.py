"""The way to the provider's host: from this computer, and from the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from protocols.text import Text

from ..device_facts import operate
from ..faults.answers import host_fault
from ..faults.network import BY_CAUSE, BY_REASON
from ..model import Check, Figure, Finding, Question, failed, not_possible, passed
from ..visit import Visit
from .signing_in import sign_in

if TYPE_CHECKING:
    from harness.machine import Json

HERE, TERMINAL = "network_here", "network_terminal"
CONNECT_MS_MAX = 1000.0
"""Within a country a connection stands in a tenth of a second; a second is what people begin to wait for, on a line
that carries every payment in three steps (posrig's choice)."""
REACHED = "host_reached"
"""The fact: whether the host was reached, by terminal or computer; the terminal has the last word."""

NOT_ASKED = Text("没有指明主机（--host），不从电脑上测", "no host was named (--host): not tried from this computer")
DIALLING = Text("正在从电脑连接主机……", "connecting to the host from this computer ...")
CONNECT = Text("连接主机用时", "time to connect")
THERE = Text("电脑连得上主机", "this computer reaches the host")
OTHER_CA = Text(
    "电脑连得上主机；证书由电脑不认识的机构签发，终端有自己的证书，不算错",
    "this computer reaches the host; it does not know who signed the certificate, which the terminal may know",
)
OFFLINE = Text("电脑没有网络", "this computer is in no network")
TRIED = Text("终端连得上主机", "the terminal reaches the host")
ANSWERED = Text("终端连得上主机；主机答：{text}", "the terminal reaches the host, which says: {text}")
NOT_TRIED = Text("终端没有去连接主机：{text}", "the terminal did not dial its host: {text}")
NOBODY = Text("终端的规程不能测网络，也没有人回答", "the protocol has no test of the line, and nobody answered")
SAID_GOOD = Text("按终端的提示，联网正常", "its own test of the line was good, as the person there says")
SAID_BAD = Text("按终端的提示，联网失败", "its own test of the line failed, as the person there says")
MENU = Question(
    "network.terminal",
    Text(
        "请在终端菜单里做“联网测试”或“签到”，结果如何？",
        "Use the terminal's menu: test of the line, or sign-in. What does it say?",
    ),
    {
        "good": Text("成功", "it succeeds"),
        "refused": Text("连上了，但主机拒绝", "it gets through, and the host refuses"),
        "bad": Text("连不上、超时、无网络", "no connection, no answer, or no network"),
        "none": Text("没有这个菜单", "there is no such menu"),
    },
)


def try_from_here(visit: Visit) -> Finding:
    """Name, connection and TLS of `settings.host`."""
    from harness.links.reaching import has_network, reach
    from harness.terminal.texts import LINK_REASONS

    host = visit.settings.host
    if not host:
        return not_possible(HERE, NOT_ASKED)
    visit.tell(DIALLING)
    found = reach(host, tls=visit.settings.tls)
    if found.reason in ("", "tls-unknown-ca"):
        visit.learn(**{REACHED: True})
        figure = Figure("host_connect", CONNECT, found.took_ms, "ms", high=CONNECT_MS_MAX)
        if not figure.good:
            return failed(HERE, "here_slow", THERE, figure, values={"ms": f"{found.took_ms:g}"})
        return passed(HERE, OTHER_CA if found.reason else THERE, figure)
    visit.learn(**{REACHED: False})
    if found.reason in ("name-not-found", "unreachable") and not has_network():
        return failed(HERE, "here_offline", OFFLINE)
    reason = LINK_REASONS.get(found.reason, LINK_REASONS["unreachable"])
    values = {"host": host, "reason": reason.in_(visit.settings.lang)}
    return failed(HERE, BY_REASON.get(found.reason, "here_certificate"), reason, values=values)


def try_from_terminal(visit: Visit) -> Finding:
    """What the terminal's own way to its host is like: by its sign-in, its menu, or a person who uses the menu."""
    outcome = sign_in(visit)
    if outcome is None or not _dialled(outcome):
        outcome = operate(visit, "connect") or outcome
    if outcome is None:
        return _said(visit)
    text = Text(str(outcome["text"]["zh"]), str(outcome["text"]["en"]))
    if not _dialled(outcome):
        return not_possible(TERMINAL, Text(NOT_TRIED.zh.format(text=text.zh), NOT_TRIED.en.format(text=text.en)))
    fault = _line_fault(visit, outcome)
    if fault is not None:
        visit.learn(**{REACHED: False})
        return failed(
            TERMINAL, fault, text, values={"reason": text.in_(visit.settings.lang)}, detail={"cause": outcome["cause"]}
        )
    visit.learn(**{REACHED: True})
    if outcome["status"] == "done":
        return passed(TERMINAL, TRIED)
    return passed(TERMINAL, Text(ANSWERED.zh.format(text=text.zh), ANSWERED.en.format(text=text.en)))


def _dialled(outcome: Mapping[str, Any]) -> bool:
    """Whether it came to a dial: a terminal that refuses by itself says nothing of its line."""
    return str(outcome["status"]) != "refused"


def _line_fault(visit: Visit, outcome: Mapping[str, Json]) -> str | None:
    """The fault of the way to the host, None where the host was heard."""
    if outcome["status"] in ("done", "declined"):
        return None
    fault = host_fault(outcome) or "host_silent"
    if fault != "host_unreachable":
        return fault
    cause = str(outcome.get("cause") or "")
    here = visit.findings.get(HERE)
    if cause in BY_CAUSE:
        return BY_CAUSE[cause]
    if here is not None and (here.fault, cause) == ("here_refused", "connection_refused"):
        return "host_refuses"
    if here is None or here.verdict == "not_possible" or here.fault == "here_offline":
        return fault
    return "line_or_host" if here.verdict == "fail" and here.fault != "here_slow" else "terminal_line"


def _said(visit: Visit) -> Finding:
    answer = visit.ask(MENU)
    if not answer or answer[0] == "none":
        return not_possible(TERMINAL, NOBODY)
    visit.learn(**{REACHED: answer[0] != "bad"})
    if answer[0] == "bad":
        return failed(TERMINAL, "terminal_offline_said", SAID_BAD)
    return passed(TERMINAL, SAID_GOOD)


NETWORK_CHECKS = (
    Check(
        HERE,
        "network",
        Text("电脑到主机", "from this computer to the host"),
        Text(
            "查主机名、连接、证书；不发送任何数据",
            "looks for the host's name, connects, looks at its certificate; nothing is sent",
        ),
        try_from_here,
        required=False,
    ),
    Check(
        TERMINAL,
        "network",
        Text("终端到主机", "from the terminal to the host"),
        Text(
            "请终端签到或测试联网，看连不连得上主机",
            "has the terminal sign in or test its line: does it get through to its host",
        ),
        try_from_terminal,
        questions=(MENU,),
    ),
)
