"""The terminal's way to our own host and back: nothing is sold with `--local-host` before the terminal has signed in
there.

A terminal that reaches its host through the register is led there by the cable's session.  Any other one is set to our
address, by the register where its protocol has that and somebody agrees, or by a person, and set back afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocols.errors import LinkError, LocalError
from protocols.text import Text

from ..device_facts import control, local_status
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
BATCH_SETTLED = "batch_was_settled"
"""Fact: somebody says that the open batch held no payment when the terminal was led to our own host."""
IS_SETTLED = Question(
    "payments.batch_settled",
    Text(
        "终端里还有没结算的收款吗？有就不能接测试主机，要先在它自己的主机上批结算",
        "Does the terminal hold payments that are not settled? Then they must be settled at its own host first.",
    ),
    {"no": Text("有，或不确定", "yes, or not sure"), "yes": Text("没有，批次是空的", "none, the batch is empty")},
)
"""Good faith would have the merchant's payments settled at a host that is none, so that the safe answer comes first."""
NOT_EMPTY = Text(
    "终端里有 {count} 笔收款还没结算，不能接测试主机：先在它自己的主机上批结算",
    "the terminal holds {count} payments that are not settled: settle them at its own host first",
)
NOT_SETTLED = Text(
    "不确定终端批次是空的，不能接测试主机：先在它自己的主机上批结算",
    "it is not certain that the terminal's batch is empty: settle at its own host first",
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
    if host is None:
        return None
    why = _merchants_payments(visit, host)
    if why is not None:
        return why
    if _signs_in_there(visit, host):
        return None
    if _set_by_cable(visit, host.address) and _signs_in_there(visit, host):
        return None
    if _set_by_hand(visit, host.address) and _signs_in_there(visit, host):
        return None
    return NOT_REACHED.format(address=host.address)


def _merchants_payments(visit: Visit, host: LocalHost) -> Text | None:
    """Why the terminal must not go to our own host: payments in its open batch that are not ours would be settled
    there, and never at the merchant's."""
    local = local_status(visit)
    if local is not None and "open_entries" in local:
        count = int(local["open_entries"])
        shown = (control(visit, "snapshot") or {}).get("entries") or []
        ours = {row.stan for row in host.booked(str(visit.facts.get("tid") or ""), str(visit.facts.get("mid") or ""))}
        others = [one for one in shown[len(shown) - count :] if str(one.get("stan")) not in ours]
        count = len(others) if len(shown) >= count else count
        return NOT_EMPTY.format(count=count) if count else None
    if visit.facts.get(BATCH_SETTLED):
        return None
    if not _agreed(visit, IS_SETTLED, host.address):
        return NOT_SETTLED
    visit.learn(**{BATCH_SETTLED: True})
    return None


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
