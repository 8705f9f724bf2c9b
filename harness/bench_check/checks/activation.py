"""How far the terminal is on its way to the first payment, and what stands in the way.

Asked in turn: the cable (a sign-in), the terminal's control interface, the provider's portal, and then whoever stands
at the counter.  What the portal knows of the reason counts more than what the terminal knows of the step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from protocols.errors import LinkError
from protocols.text import Text

from ..ladder import (
    ORDER,
    STEPS,
    Ladder,
    Obstacle,
    climb_by_outcome,
    climb_by_person,
    climb_by_status,
    values_for,
    words_of,
)
from ..model import Check, Finding, Question, failed, not_possible, passed
from ..portal import FAILED_FACT, ask_portal
from ..provider import climb_by_portal, climb_by_progress
from ..reader.words import filled
from ..visit import Visit
from .asking_terminal import TerminalLost, ask_terminal, can_ask
from .signing_in import OPERATE_S, has_cable, sign_in

ID = "activation"
SHOWN = Question(
    "activation.shown",
    Text("终端屏幕上显示什么？", "What does the terminal's screen say?"),
    {
        "ready": Text("可以收款（待机画面）", "it can take payments (its idle screen)"),
        "sign_in": Text("要求签到", "it asks to be signed in"),
        "activate": Text("要求激活，或输入激活码", "it asks to be activated, or for an activation code"),
        "master_key": Text("提示没有密钥，或密钥错误", "it says that keys are missing or wrong"),
        "parameters": Text("要求下载参数", "it asks to download parameters"),
        "suspended": Text("提示已停用，或要联系收单机构", "it says that it is suspended, or to call the acquirer"),
        "update": Text("要求更新软件", "it asks for a software update"),
        "other": Text("其他", "something else"),
    },
    where=Text("终端待机时的屏幕", "the screen while nothing is under way"),
)
CODE = Question(
    "activation.code",
    Text(
        "激活码是多少？输入后立即激活；回车 = 不激活",
        "What is the activation code? It is used at once; Enter: do not activate.",
    ),
    where=Text("开户通知短信，或收单机构的门户", "the acquirer's message when the account was opened, or its portal"),
)
APPLICATION = Question(
    "activation.application",
    Text("开户申请的编号是多少？没有就回车", "What is the number of the application? Enter if there is none."),
    where=Text("提交申请时的回执", "the receipt of the application"),
)
NUMBER_MAX = 40

ALL_DONE = Text("没有发现缺哪一步：{steps}", "no step is found missing: {steps}")
STOPPED_AT = Text("缺第 {n} 步“{step}”", "step {n}, “{step}”, is missing")
AND = Text("{found}；{steps}", "{found}; {steps}")
NOBODY_KNOWS = Text(
    "终端不能从这里签到，也没有人看它的屏幕",
    "the terminal cannot be signed in from here, and nobody looked at its screen",
)
ACTIVATING = Text("正在激活……", "Activating ...")


def check_activation(visit: Visit) -> Finding:
    """The first step that is missing, why, and who must act."""
    ladder = _climbed(visit)
    if _wants_code(ladder) and _activate(visit, ladder):
        visit.facts.pop("sign_in", None)
        ladder = _climbed(visit)
    missing = ladder.first_missing
    visit.learn(first_missing=missing or "")
    detail = {"steps": ladder.told()}
    if FAILED_FACT in visit.facts:
        detail["portal"] = visit.facts[FAILED_FACT]
    if ladder.obstacle is not None and missing is not None:
        return _with_portal(visit, _failed(visit, ladder, ladder.obstacle, missing, detail))
    if ladder.steps["signed_in"] != "done":
        return _with_portal(visit, not_possible(ID, NOBODY_KNOWS, **detail))
    return _with_portal(visit, passed(ID, filled(ALL_DONE, steps=words_of(ladder, "done", "unknown")), **detail))


def _with_portal(visit: Visit, finding: Finding) -> Finding:
    """What could not be learned from the portal is said, for it may have known the reason."""
    why = visit.facts.get(FAILED_FACT)
    if not why:
        return finding
    return replace(finding, found=filled(AND, found=finding.found, steps=Text(why["zh"], why["en"])))


def _failed(visit: Visit, ladder: Ladder, obstacle: Obstacle, missing: str, detail: Mapping[str, Any]) -> Finding:
    """The fault that stands in the way of the first missing step: a key that is missing now and was there before is one
    that was lost."""
    fault, values = obstacle.fault, dict(obstacle.values)
    if fault == "key_missing" and (last := _last_signed_in(visit)):
        fault, values = "key_lost", {"date": Text(last, last)}
    line = visit.findings.get("network_terminal")
    if missing == "connected" and line is not None and line.verdict == "fail":
        return failed(ID, line.fault, line.found, values=line.values, detail=detail)  # one fault, told once
    found = filled(STOPPED_AT, n=ORDER.index(missing) + 1, step=STEPS[missing])
    if "done" in ladder.steps.values():
        found = filled(AND, found=found, steps=words_of(ladder, "done"))
    return failed(ID, fault, found, values=values_for(fault, values, visit.settings.lang), detail=detail)


def _last_signed_in(visit: Visit) -> str:
    """The day of the newest earlier visit at which this terminal signed in, "" for none."""
    for record in visit.earlier:
        for one in record.get("checks") or ():
            if one.get("id") == "keys" and one.get("verdict") == "pass":
                return str(record.get("started") or "")[:10]
    return ""


def _climbed(visit: Visit) -> Ladder:
    """What all sources say together."""
    ladder = Ladder()
    outcome = sign_in_outcome(visit)
    if outcome is not None:
        climb_by_outcome(ladder, outcome)
    status = status_of(visit)
    if status is not None:
        visit.learn(life_cycle=str(status.get("life_cycle") or ""))
        climb_by_status(ladder, status)
    _ask_provider(visit, ladder)
    if status is None and ladder.obstacle is None and ladder.steps["released"] != "done":
        # A terminal that is suspended, or must be updated, signs in all the same and says so on its screen alone.
        answer = visit.ask(SHOWN)
        if answer:
            climb_by_person(ladder, answer[0])
    return ladder


def sign_in_outcome(visit: Visit) -> Mapping[str, Any] | None:
    """The sign-in's Outcome; None where nobody can be asked for one.  Raises TerminalLost."""
    try:
        outcome = sign_in(visit)
    except TerminalLost:
        raise
    except LinkError:  # the control interface: a bench's, not the terminal's
        return None
    return None if outcome is None or outcome.get("cause") == "not_in_protocol" else outcome


def status_of(visit: Visit) -> Mapping[str, Any] | None:
    """What the terminal's control interface says of it; None where there is none, or it does not answer."""
    try:
        service = visit.service()
        answer = None if service is None else service.ask("control", "status")
    except LinkError:
        return None
    if answer is None or not answer[0]:
        return None
    status = answer[1]
    visit.learn(**{name: str(status[name]) for name in ("sn", "tid", "mid") if status.get(name)})
    return status


def _ask_provider(visit: Visit, ladder: Ladder) -> None:
    """The portal: by serial number, by merchant number, by application, until it knows something."""
    status = _portal_status(visit)
    if status is None:
        return
    number = str(status.get("application") or visit.facts.get("application") or "")
    if not number and (status.get("cause") or not status.get("terminals")) and ladder.steps["signed_in"] != "done":
        answer = visit.ask(APPLICATION)
        number = str(answer[0])[:NUMBER_MAX].strip() if answer else ""
    progress = ask_portal(visit, "progress", application=number) if number else None
    if progress is not None:
        visit.learn(application=number)
        climb_by_progress(ladder, progress)
    if progress is None or progress.get("cause") or not status.get("cause"):  # an approved applicant may be suspended
        climb_by_portal(ladder, status)
    visit.learn(portal={"status": status, "progress": progress or {}})


def _portal_status(visit: Visit) -> Mapping[str, Any] | None:
    status = None
    for name in ("sn", "mid"):
        known = str(visit.facts.get(name) or (visit.settings.sn if name == "sn" else ""))
        if known:
            status = ask_portal(visit, "status", **{name: known})
            if status is not None and not status.get("cause"):
                return status
    return status


def _wants_code(ladder: Ladder) -> bool:
    return ladder.obstacle is not None and ladder.obstacle.fault == "not_activated"


def _activate(visit: Visit, ladder: Ladder) -> bool:
    """Activate with the code that a person types; whether that was done.  Why it was not is on the ladder then."""
    by_cable = has_cable(visit) and can_ask(visit, "activate")
    service = visit.service()
    if not by_cable and service is None:
        return False
    answer = visit.ask(CODE)
    code = str(answer[0]).strip()[:NUMBER_MAX] if answer else ""
    if not code:
        return False
    visit.tell(ACTIVATING)
    if by_cable:
        outcome = ask_terminal(visit, "activate", code=code)
    else:
        assert service is not None
        legal, outcome = service.ask("person", "operate", {"op": "activate", "code": code}, OPERATE_S)
        if not legal:
            return False
    if outcome["status"] == "done":
        return True
    ladder.obstacle = None
    climb_by_outcome(ladder, outcome)
    return False


ACTIVATION = Check(
    ID,
    "activation",
    Text("激活进度", "activation, step by step"),
    Text(
        "从通电自检到收单机构放行，逐步看终端走到哪一步，缺哪一步，为什么",
        "looks how far the terminal is from its self-test to the acquirer's release, what is missing and why",
    ),
    check_activation,
    questions=(SHOWN, CODE, APPLICATION),
)
