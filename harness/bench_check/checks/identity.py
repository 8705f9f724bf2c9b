"""Which terminal this is: serial number, TID and MID, model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from protocols.text import Text

from ..device_facts import local_status
from ..model import Check, Finding, Question, failed, not_possible, passed
from ..visit import Visit
from .asking_terminal import ask_terminal, can_ask

ID = "identity"
SN_CHARS_MAX = 40
"""Of a serial number; UnionPay's notice 21 has 38 and a length before them."""
ASKED = ("identify", "status")
"""What protocols tell of themselves; some tell it in one of the two."""
LABEL = Question(
    "identity.sn",
    Text("终端的序列号（SN）是什么？", "What is the terminal's serial number (SN)?"),
    where=Text(
        "机身背面或电池仓的标签，或开机画面、“版本信息”菜单",
        "on the label at its back or under the battery, or in its version menu",
    ),
)
ASKING = Text("正在问终端是哪一台……", "asking the terminal who it is ...")
NOBODY_SAYS = Text(
    "不知道序列号：终端没有说，也没有人回答", "the serial number is not known: neither terminal nor person told it"
)
OTHER = Text("{found}，应为 {expected}", "{found}, expected {expected}")
REPLACED = Text("{who}；上次在这里的是 {before}，已换机", "{who}; at the last visit it was {before} that stood here")
NAMES: Mapping[str, Text] = {
    "sn": Text("序列号 {value}", "SN {value}"),
    "tid": Text("终端号 {value}", "TID {value}"),
    "mid": Text("商户号 {value}", "MID {value}"),
    "model": Text("机型 {value}", "model {value}"),
    "batch": Text("批次 {value}", "batch {value}"),
}
"""Facts in the order in which they are shown."""


COMPARED = ("sn", "tid", "mid")
"""What a round's list, the command line or an earlier part of the visit may say beforehand."""


def identify(visit: Visit) -> Finding:
    """Ask the terminal, then its control interface, then what was written down, then whoever is there."""
    visit.tell(ASKING)
    wanted = {**{name: str(visit.facts.get(name) or "") for name in COMPARED}}
    wanted["sn"] = clean_sn(wanted["sn"] or visit.settings.sn)
    told = _told(visit)
    other = next((name for name in COMPARED if wanted[name] and told.get(name, wanted[name]) != wanted[name]), None)
    if other is not None:
        visit.learn(**{"sn": "", **told})  # what was said beforehand is another one's
        return _other(visit, other, told[other], wanted[other])
    visit.recognised = any(wanted[name] and told.get(name) for name in COMPARED)
    before = clean_sn(visit.known_sn(told.get("tid", ""), told.get("mid", "")))
    sn = told.get("sn") or wanted["sn"] or before or _label(visit)
    visit.learn(**{**told, **({"sn": sn} if sn else {})})
    if not sn:
        return not_possible(ID, NOBODY_SAYS, **told)
    found = _words({**told, "sn": sn})
    if before and before != sn:
        found = Text(REPLACED.zh.format(who=found.zh, before=before), REPLACED.en.format(who=found.en, before=before))
        return passed(ID, found, replaced=before)
    return passed(ID, found)


def _other(visit: Visit, name: str, found: str, expected: str) -> Finding:
    shown = NAMES[name].format(value=found)
    words = Text(OTHER.zh.format(found=shown.zh, expected=expected), OTHER.en.format(found=shown.en, expected=expected))
    return failed(ID, "other_device", words, values={"found": shown.in_(visit.settings.lang), "expected": expected})


def _told(visit: Visit) -> dict[str, str]:
    """What the terminal tells of itself at the cable, and then at its control interface."""
    found: dict[str, str] = {}
    for op in ASKED:
        if can_ask(visit, op):
            outcome = ask_terminal(visit, op)
            more = {"sn": spelled(str(outcome["sn"]))} if visit.facts["protocol"] == "zvt" and outcome.get("sn") else {}
            _take(found, {**outcome, **more})
    local = local_status(visit) or {}
    capabilities = local.get("capabilities")
    _take(found, {**local, **(capabilities if isinstance(capabilities, Mapping) else {})})
    if local.get("version"):
        found.setdefault("software_version", str(local["version"]))
    return found


def _take(found: dict[str, str], told: Mapping[str, Any]) -> None:
    """What was told first stays."""
    for name in NAMES:
        value = clean_sn(told.get(name)) if name == "sn" else str(told.get(name) or "").strip()[:SN_CHARS_MAX]
        if value:
            found.setdefault(name, value)


def clean_sn(said: object) -> str:
    """A serial number as people compare it: capitals, no blanks."""
    text = re.sub(r"\s+", "", str(said or "")).upper()
    return "".join(sign for sign in text if sign.isprintable())[:SN_CHARS_MAX]


def spelled(sn: str) -> str:
    """ZVT has octets for a serial number (tag 1F42), which the Outcome tells in hexadecimal; where they are letters and
    digits, those are meant."""
    try:
        text = bytes.fromhex(sn).decode("ascii")
    except ValueError:
        return sn
    return text if text.replace("-", "").isalnum() else sn


def _label(visit: Visit) -> str:
    answer = visit.ask(LABEL)
    return clean_sn(answer[0]) if answer else ""


def _words(known: Mapping[str, str]) -> Text:
    told = [name.format(value=known[key]) for key, name in NAMES.items() if known.get(key)]
    return Text("，".join(one.zh for one in told), ", ".join(one.en for one in told))


IDENTITY = Check(
    ID,
    "bench",
    Text("终端身份", "which terminal"),
    Text(
        "序列号、终端号、商户号、机型；与上次和巡检单核对",
        "serial number, TID, MID and model, compared with the last visit and the round's list",
    ),
    identify,
    needs=("port",),
    questions=(LABEL,),
)
