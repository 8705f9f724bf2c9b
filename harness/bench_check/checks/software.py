"""The terminal's software version, against what the shop should have and what the provider demands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from protocols.text import Text

from ..faults.outcomes import fault_of
from ..model import Check, Finding, Question, failed, not_possible, passed
from ..visit import Visit
from .device_report import STATUS
from .signing_in import SIGN_IN

ID, ACTIVATION = "software", "activation"
OLD, VULNERABLE = "old_software", "vulnerable_software"
VERSION_CHARS_MAX = 40
EXPECTED = "software_version"
"""In the settings file's `expected`, and the fact."""

SHOWN = Question(
    "software.version",
    Text("终端的软件版本是什么？", "What is the terminal's software version?"),
    where=Text("菜单里的“版本信息”或开机画面", "“version” in its menu, or the screen while it starts"),
)
DEMAND = Question(
    "software.demand",
    Text("终端提示过要更新软件吗？", "Has the terminal said that it must be updated?"),
    {"no": Text("没有", "no"), "yes": Text("有", "yes")},
    where=Text("签到后、收款时的提示", "after it signs in, or when a payment is begun"),
)
NOBODY = Text("终端没有说版本，也没有人看", "the terminal does not tell its version, and nobody looked")
IS = Text("版本 {version}", "version {version}")
IS_WANTED = Text("版本 {version}，与要求一致", "version {version}, as it should be")
IS_NEWER = Text("版本 {version}，比要求的 {wanted} 新", "version {version}, newer than the {wanted} that is wanted")
IS_OLD = Text("版本 {version}，要求 {wanted}", "version {version}, but {wanted} is wanted")
NOTHING_DEMANDED = Text("没有更新要求", "no update is demanded")
DEMANDED = Text("主机要求先更新软件", "the host demands an update first")


def check_software(visit: Visit) -> Finding:
    """The version as terminal, control interface or person tell it.  What the host demands shows in the terminal's own
    refusals; where the cable tells none of them before a payment is begun, a person may have seen it."""
    wanted = wanted_version(visit)
    told = [fault_of(visit.facts.get(fact) or {}) for fact in (SIGN_IN, STATUS)]
    ladder = visit.findings.get(ACTIVATION)
    known = next((fault for fault in (ladder and ladder.fault, *told) if fault in (OLD, VULNERABLE)), None)
    if known is not None:
        return failed(ID, known, DEMANDED)
    version = str(visit.facts.get(EXPECTED) or "") or (_version(visit) if wanted else "")
    if wanted and version:
        if is_older(version, wanted) or _update(visit).get("required"):
            fault = VULNERABLE if _update(visit).get("why") == "vulnerable" else OLD
            return failed(ID, fault, IS_OLD.format(version=version, wanted=wanted))
        return passed(ID, (IS_WANTED if version == wanted else IS_NEWER).format(version=version, wanted=wanted))
    said = visit.ask(DEMAND)
    if said is None or wanted:
        return not_possible(ID, NOBODY) if not version else passed(ID, IS.format(version=version))
    if list(said) == ["yes"]:
        return failed(ID, OLD, DEMANDED)
    return passed(ID, IS.format(version=version) if version else NOTHING_DEMANDED)


def wanted_version(visit: Visit) -> str:
    """The version that the settings file or the provider's portal wants, "" for none."""
    return str(visit.settings.expected.get(EXPECTED) or _update(visit).get("wanted") or "")


def _update(visit: Visit) -> Mapping[str, Any]:
    """What the provider's portal says of an update."""
    portal: Mapping[str, Any] = visit.facts.get("portal") or {}
    return (portal.get("status") or {}).get("update") or {}


def is_older(version: str, wanted: str) -> bool:
    """Compared number by number, so that 1.10 is newer than 1.9; versions of which one has no number at all, or that
    have the same numbers in another spelling, are older unless they are the same text."""
    have, need = ([int(number) for number in re.findall(r"[0-9]+", text)] for text in (version, wanted))
    if not have or not need or have == need:
        return version.strip().lower() != wanted.strip().lower()
    return have < need


def _version(visit: Visit) -> str:
    said = visit.ask(SHOWN)
    version = said[0].strip()[:VERSION_CHARS_MAX] if said else ""
    if version:
        visit.learn(**{EXPECTED: version})
    return version


SOFTWARE = Check(
    ID,
    "activation",
    Text("软件版本", "software version"),
    Text("终端软件版本，与要求的版本比较", "the version of its software against the one that is wanted"),
    check_software,
    questions=(SHOWN, DEMAND),
)
