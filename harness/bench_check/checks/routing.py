"""The terminal's way to our own host and back: nothing is sold with `--local-host` before the terminal has signed in
there.

A terminal that reaches its host through the register is led there by the cable's session.  Any other one is set to our
address, by the register where its protocol has that and somebody agrees, or by a person, and set back afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocols.errors import LinkError, LocalError
from protocols.text import Text

from ..model import Question
from ..reader.words import filled
from ..visit import Visit
from .asking_terminal import ask_terminal, can_ask
from .signing_in import has_cable, sign_in_anew

if TYPE_CHECKING:
    from ..local_host import LocalHost

BEFORE = "host_address_before"
"""Fact: the host's address that the terminal had before it was set to ours, "" once it has it again."""
BY_HAND = "host_address_by_hand"
"""Fact: a person has set the terminal to our address."""
LOCAL_TERMINAL = "local_terminal"
"""Fact: which terminal of the provisioning file signed in at our host ({tid, mid})."""
YES_NO = {"yes": Text("是", "yes"), "no": Text("否", "no")}
MAY_SET = Question(
    "payments.set_address",
    Text(
        "把终端的主机地址临时改为 {address}，做完再改回，可以吗？",
        "May the terminal's host address be set to {address} for the test, and back afterwards?",
    ),
    YES_NO,
)
SET_BY_HAND = Question(
    "payments.address_set",
    Text(
        "请在终端菜单“通讯设置”里把主机地址改为 {address}，改好了吗？",
        "Please set the host address to {address} in the terminal's communication menu. Is it done?",
    ),
    {"yes": Text("改好了", "it is done"), "no": Text("不改", "leave it as it is")},
)
NOT_REACHED = Text(
    "终端没有连到本机的测试主机 {address}，所以不做交易（真主机上的钱不能动）",
    "the terminal does not reach the test host at {address}, so no money is moved (its real host is left alone)",
)
SET_BACK_FAILED = Text(
    "注意：终端的主机地址没能改回，请在菜单里改回 {address}",
    "mind: the terminal's host address could not be set back; set it to {address} in its menu",
)
SET_BACK_BY_HAND = Text(
    "别忘了在终端菜单里把主机地址改回去，再签到", "remember to set the host address back in its menu, and to sign in"
)


def reach_local_host(visit: Visit) -> Text | None:
    """See to it that the terminal talks to our own host; None when it does, or when there is none, else why not."""
    host = visit.local_host()
    if host is None or _signs_in_there(visit, host):
        return None
    if _set_by_cable(visit, host.address) and _signs_in_there(visit, host):
        return None
    if _set_by_hand(visit, host.address) and _signs_in_there(visit, host):
        return None
    return NOT_REACHED.format(address=host.address)


def route_back(visit: Visit) -> Text | None:
    """Give the terminal the address back that it had; what a person still has to do about it, None: nothing."""
    address = str(visit.facts.get(BEFORE) or "")
    if address:
        if ask_terminal(visit, "set_communication", address=address)["status"] != "done":
            return SET_BACK_FAILED.format(address=address)
        visit.learn(**{BEFORE: ""})
        sign_in_anew(visit)
    return SET_BACK_BY_HAND if visit.facts.get(BY_HAND) else None


def still_to_do(visit: Visit) -> Text | None:
    """What a person has to do where the terminal still points at our own host, None: nothing."""
    address = str(visit.facts.get(BEFORE) or "")
    if address:
        return SET_BACK_FAILED.format(address=address)
    return SET_BACK_BY_HAND if visit.facts.get(BY_HAND) else None


def lead_back(visit: Visit) -> None:
    """At the end of a visit, whatever became of its checks: the terminal gets its own host back, where it can still be
    asked.  What remains is told by `still_to_do`."""
    if not visit.facts.get(BEFORE) or not has_cable(visit) or "port" not in visit.findings:
        return
    if visit.findings["port"].verdict != "pass" or any(one.fault == "other_device" for one in visit.findings.values()):
        return
    try:
        route_back(visit)
    except (LinkError, LocalError):
        visit.hang_up()


def _signs_in_there(visit: Visit, host: LocalHost) -> bool:
    """Sign in, and see whether our host has heard of it."""
    before = host.sign_ins()
    outcome = sign_in_anew(visit)
    if outcome is None or outcome["status"] != "done":
        return False
    fresh = [one for one, at_us in host.sign_ins().items() if at_us != before.get(one)]
    if fresh:
        mid, tid = fresh[0]
        visit.learn(**{LOCAL_TERMINAL: {"tid": tid, "mid": mid}})
    return bool(fresh)


def _set_by_cable(visit: Visit, address: str) -> bool:
    if not can_ask(visit, "set_communication"):
        return False
    known = str(ask_terminal(visit, "status").get("address") or "")
    if not known or known == address:  # what cannot be set back is left alone
        return False
    if not _agreed(visit, MAY_SET, address):
        return False
    visit.learn(**{BEFORE: visit.facts.get(BEFORE) or known})  # behind an interruption `known` may be ours of before
    return bool(ask_terminal(visit, "set_communication", address=address)["status"] == "done")


def _set_by_hand(visit: Visit, address: str) -> bool:
    if not _agreed(visit, SET_BY_HAND, address):
        return False
    visit.learn(**{BY_HAND: True})
    return True


def _agreed(visit: Visit, question: Question, address: str) -> bool:
    from dataclasses import replace

    answer = visit.ask(replace(question, words=filled(question.words, address=address)))
    return answer is not None and list(answer) == ["yes"]
