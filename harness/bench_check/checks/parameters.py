"""What the terminal has downloaded: parameters, the list of card applications (AIDs), the card schemes' public keys.

A register interface tells nothing of them, and a download takes a minute and changes what the terminal has; so it is
made only where somebody says yes, and `--yes` says no (posrig's choice).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from protocols.text import Text

from ..faults.answers import host_fault
from ..faults.outcomes import fault_of
from ..ladder import DOWNLOADED, ORDER, STEPS, values_for, values_of
from ..model import Check, Figure, Finding, Question, failed, not_possible, passed
from ..reader.words import filled
from ..visit import Visit
from .activation import status_of
from .asking_terminal import ask_terminal, can_ask
from .signing_in import has_cable

ID = "parameters"
DOWNLOAD = Question(
    "parameters.download",
    Text(
        "参数在这里看不到；要不要让终端现在重新下载一次（约一分钟）？",
        "Parameters cannot be looked at from here; shall the terminal download them again now (about a minute)?",
    ),
    {"no": Text("不下载", "no"), "yes": Text("下载", "yes")},
)
COUNTS: Mapping[str, tuple[Question, Text]] = {
    "aids": (
        Question(
            "parameters.aids",
            Text("终端里有多少个 IC 卡应用（AID）？", "How many card applications (AIDs) does the terminal have?"),
            unit="AID",
            where=Text("终端菜单：参数查询、打印参数", "its menu: show or print parameters"),
        ),
        Text("IC 卡应用数", "card applications"),
    ),
    "public_keys": (
        Question(
            "parameters.public_keys",
            Text("终端里有多少个公钥？", "How many public keys does the terminal have?"),
            unit="CAPK",
            where=Text("终端菜单：参数查询、打印参数", "its menu: show or print parameters"),
        ),
        Text("公钥数", "public keys"),
    ),
}
"""What `expected` names in the settings file, and who says how many there are."""
FAULT_OF = {"parameters": "no_parameters", "aids": "no_aids", "public_keys": "no_public_keys"}
DOWNLOADING = Text("正在让终端下载参数……", "Having the terminal download its parameters ...")
ALL_THERE = Text("参数、IC 卡参数、公钥都已下载", "parameters, chip-card parameters and public keys are all there")
FRESH = Text("刚刚重新下载成功", "downloaded again just now")
NOT_SEEN = Text("在这里看不到，也没有要求下载", "cannot be looked at from here, and no download was asked for")
NOT_YET = Text("要先完成“{step}”", "“{step}” has to be done first")
LACKS = Text("没有下载：{steps}", "not downloaded: {steps}")
FEWER = Text("{name} {found} 个，应为 {wanted} 个", "{name}: {found}, should be {wanted}")


def check_parameters(visit: Visit) -> Finding:
    """What is there, what is missing; a download where a person agrees."""
    missing = str(visit.facts.get("first_missing") or "")
    if missing and ORDER.index(missing) < ORDER.index("parameters"):
        return not_possible(ID, filled(NOT_YET, step=STEPS[missing]))
    lacking = _lacking(visit)
    if lacking == []:
        return _counted(visit, ALL_THERE)
    outcome = _downloaded(visit)
    if outcome is None:
        lacking = _lacking(visit)
        if not lacking:
            return _counted(visit, FRESH)
    elif outcome:
        return _not_downloaded(visit, outcome)
    if lacking is None:
        return not_possible(ID, NOT_SEEN)
    names = [STEPS[step] for step in lacking]
    steps = Text("、".join(one.zh for one in names), ", ".join(one.en for one in names))
    return failed(ID, FAULT_OF[lacking[0]], filled(LACKS, steps=steps))


def _lacking(visit: Visit) -> list[str] | None:
    """What was not downloaded, by the terminal's own status; None where it tells nothing."""
    status = status_of(visit)
    if status is None or "downloaded" not in status:
        return None
    return [step for step in DOWNLOADED if step not in status["downloaded"]]


def _downloaded(visit: Visit) -> Mapping[str, Any] | None:
    """None: the terminal has downloaded all; {}: nobody wanted that, or it cannot be asked; else why it has not."""
    if not has_cable(visit) or not can_ask(visit, "download") or list(visit.ask(DOWNLOAD) or ()) != ["yes"]:
        return {}
    visit.tell(DOWNLOADING)
    outcome = ask_terminal(visit, "download")
    return None if outcome["status"] == "done" else outcome


def _not_downloaded(visit: Visit, outcome: Mapping[str, Any]) -> Finding:
    told = values_of(outcome)
    fault = fault_of(outcome) or host_fault(outcome) or "too_few_parameters"
    return failed(ID, fault, told["what"], values=values_for(fault, told, visit.settings.lang))


def _counted(visit: Visit, found: Text) -> Finding:
    """As many as the settings file expects, where it expects any."""
    figures, wrong = [], []
    for key, (question, name) in COUNTS.items():
        wanted = visit.settings.expected.get(key)
        if not isinstance(wanted, int) or wanted < 1:
            continue
        answer = visit.ask(question)
        if not answer:
            continue
        figure = Figure(key, name, float(answer[0]), low=float(wanted))
        figures.append(figure)
        if not figure.good:
            wrong.append(filled(FEWER, name=name, found=f"{figure.value:g}", wanted=wanted))
    if wrong:
        what = Text("；".join(one.zh for one in wrong), "; ".join(one.en for one in wrong))
        values = values_for("too_few_parameters", {"what": what}, visit.settings.lang)
        return failed(ID, "too_few_parameters", what, *figures, values=values)
    return passed(ID, found, *figures)


PARAMETERS = Check(
    ID,
    "activation",
    Text("参数与公钥", "parameters and public keys"),
    Text(
        "看参数、IC 卡参数、公钥是否齐全", "looks whether parameters, chip-card parameters and public keys are complete"
    ),
    check_parameters,
    required=False,
    questions=(DOWNLOAD, *(question for question, _ in COUNTS.values())),
)
