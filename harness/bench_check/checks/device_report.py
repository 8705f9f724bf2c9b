"""What is known of the terminal's parts: asked once, read by every check of a part.

In turn: what the terminal says at the cable by itself; its control interface, which starts the self-test and the tests
in which somebody looks; a person, in two questions.  ZVT's self-test is not asked for: its diagnosis (06 70) looks at
the line to the host and says nothing of parts, so the status (05 01) is asked, which names the gravest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from protocols.text import Text

from ..device_facts import local_status, operate, press_keys
from ..faults.outcomes import fault_of
from ..model import Question
from ..visit import Visit
from .asking_terminal import ask_terminal, can_ask
from .signing_in import has_cable

REPORT = "device_report"
"""The fact: {source, bad: {part: what is wrong, "" where that is not said}, wrong: [tests that somebody failed it in],
ids: {part: number} (empty: not known which parts there are), battery: percent or None}."""
STATUS = "status"
"""The fact: the Outcome of the status, as the terminal told it at the cable."""
CABLE, CONTROL, PERSON = "cable", "control", "person"
KEYS_PRESSED = "1 2 3 4 5 6 7 8 9 0 ENTER CANCEL CLEAR"
"""Every key once, in the order in which a keypad test asks for them."""
OTHER = "other"
READERS = ("magnetic_reader", "chip_reader", "contactless_reader")

PARTS: Mapping[str, Text] = {
    "printer": Text("打印机", "printer"),
    "display": Text("显示屏", "display"),
    "keypad": Text("键盘", "keys"),
    "magnetic_reader": Text("刷卡槽（磁条）", "swipe slot (magnetic stripe)"),
    "chip_reader": Text("插卡口（芯片）", "chip slot"),
    "contactless_reader": Text("挥卡感应区", "tap reader (contactless)"),
    "clock": Text("时钟", "clock"),
    "storage": Text("存储", "storage"),
    "battery": Text("电池", "battery"),
    "tamper": Text("防拆（安全）", "tamper protection (security)"),
    OTHER: Text("其他部件，或没有说是哪个", "another part, or it does not say which"),
}
TESTS: Mapping[str, Text] = {
    "no_print": Text("打不出测试页", "the test page does not come out"),
    "print": Text("测试页字迹淡、有白线或空白", "the test page is faint, has white lines, or is blank"),
    "glass": Text("屏幕有看不清、花屏或不亮的地方", "parts of the display are dark, garbled or cannot be read"),
    "keys": Text("有按键按了没反应、连键或按错", "a key does nothing, comes twice or is another key"),
    "battery_low": Text("显示电量低", "it shows that its battery is low"),
    "battery_worn": Text("充满电也用不久", "a full battery does not last"),
}
SELF_TEST = Question(
    "device.self_test",
    Text(
        "请在终端上做一次自检，它报告哪些部件不好？",
        "Start the self-test at the terminal. Which parts does it report bad?",
    ),
    PARTS,
    several=True,
    where=Text(
        "功能菜单 → 系统管理 → 自检（各机型名称略有不同）", "menu, system or service, self-test (names differ by model)"
    ),
)
LOOK = Question(
    "device.tests",
    Text(
        "打一张测试页，看屏幕，把每个键按一遍：哪些不对？",
        "Print a test page, look at the display, press every key: what is not right?",
    ),
    TESTS,
    several=True,
    where=Text("自检菜单里的打印测试、屏幕测试、键盘测试", "print test, display test and key test in the same menu"),
)
PRINTER = Question(
    "device.printer",
    Text("打印机怎么了？", "What is wrong with the printer?"),
    {
        "paper_out": Text("没有纸", "no paper"),
        "paper_jam": Text("卡纸", "paper is jammed"),
        "printer_overheated": Text("过热", "too hot"),
        "part_failed": Text("有纸也打不出", "it has paper and does not print"),
    },
)
PART_OF_FAULT: Mapping[str, str] = {
    "printer_stopped": "printer",
    "battery_low": "battery",
    "tampered": "tamper",
    "reader_mute": "chip_reader",
    "reader_dirty": "chip_reader",
    "storage_fault": "storage",
    "keypad_bad": "keypad",
    "self_test_failed": OTHER,
    "wrong_part": OTHER,
}
"""The part that a terminal means when it names one as the reason why it does not work."""
ZVT_CLOCK = "62"
"""Terminal status: date or time incorrect."""
TESTING = Text("终端正在自检……", "The terminal tests its parts ...")


def device_report(visit: Visit) -> Mapping[str, Any] | None:
    """What is known of the parts; None: nobody tells.  Raises TerminalLost when the cable is lost meanwhile."""
    if REPORT not in visit.facts:
        found = _made(visit)
        if found is not None:
            _note(visit, found)
            known = visit.facts.get("parts") or {}
            visit.learn(**{REPORT: found, "parts": {**known, **_parts_of(found)}})
    return visit.facts.get(REPORT)


def _made(visit: Visit) -> dict[str, Any] | None:
    bad = _at_cable(visit)
    found = _by_control(visit) or _by_person(visit)
    if found is None:
        return None if not bad else _report(CABLE, bad)
    return {**found, "bad": {**bad, **found["bad"]}}


def _report(source: str, bad: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"source": source, "bad": bad, "wrong": [], "ids": {}, "battery": None, **more}


def _at_cable(visit: Visit) -> dict[str, str]:
    """What the terminal says of itself when it is asked how it is."""
    if not has_cable(visit) or not can_ask(visit, "status"):
        return {}
    outcome = ask_terminal(visit, "status")
    visit.learn(**{STATUS: dict(outcome)})
    if outcome.get("terminal_status") == ZVT_CLOCK:
        return {"clock": ""}
    part = PART_OF_FAULT.get(fault_of(outcome) or "")
    return {} if part is None else {part: ""}


def _by_control(visit: Visit) -> dict[str, Any] | None:
    if not visit.settings.service:
        return None
    visit.tell(TESTING)
    outcome = operate(visit, "self_test")
    if outcome is None or outcome["status"] not in ("done", "refused"):
        return None
    bad = {part if part in PARTS else OTHER: "" for part in outcome.get("parts", ())}
    if outcome["status"] == "refused" and not bad:
        return None  # it was not made
    wrong = []
    if "printer" not in bad:
        cause = (operate(visit, "print_test", read="paper") or {}).get("cause")
        wrong += {"faint_print": ["print"], "printer_fault": ["no_print"]}.get(str(cause), [])
    if press_keys(visit, KEYS_PRESSED) and (operate(visit, "keypad_test") or {}).get("cause") == "keypad_bad":
        wrong.append("keys")  # what is seen on the display is keyed back, which proves nothing then
    elif (operate(visit, "display_test", read="glass") or {}).get("cause") == "code_differs":
        wrong.append("glass")
    local = local_status(visit) or {}
    if not (local.get("storage") or {}).get("ok", True):
        bad.setdefault("storage", "")
    return _report(CONTROL, bad, wrong=wrong, ids=dict(local.get("parts") or {}), battery=local.get("battery"))


def _by_person(visit: Visit) -> dict[str, Any] | None:
    told = visit.ask(SELF_TEST)
    if told is None or (seen := visit.ask(LOOK)) is None:
        return None
    bad = dict.fromkeys(told, "")
    if "printer" in bad or "no_print" in seen:
        why = visit.ask(PRINTER)
        bad["printer"] = why[0] if why else ""
    return _report(PERSON, bad, wrong=[one for one in seen if one != "no_print"])


def _parts_of(found: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """For the history: each part with its number, where that is told, and whether it is good."""
    spoilt = {"print": "printer", "no_print": "printer", "glass": "display", "keys": "keypad"}
    bad = {*found["bad"], *(spoilt[one] for one in found["wrong"] if one in spoilt)}
    names = found["ids"] or [part for part in PARTS if part != OTHER]
    if found["source"] == CABLE:
        names = list(bad)
    ids: Mapping[str, str] = found["ids"]
    return {part: {"ok": part not in bad, **({"id": ids[part]} if part in ids else {})} for part in names}


# for the diagnosis


def _note(visit: Visit, found: Mapping[str, Any]) -> None:
    """What was seen, as a terminal notes it itself: the self-test of the last visit, so that a part that worked then is
    told from one that never did, then this one."""
    if found["source"] == CABLE:
        return
    for earlier in visit.earlier:
        parts = (earlier.get("facts") or {}).get("parts")
        if isinstance(parts, Mapping) and parts:
            for part, was in parts.items():
                _note_part(visit, str(part), bool(was.get("ok", True)), "", str(was.get("id") or ""))
            break
    for part, now in _parts_of(found).items():
        bad = found["bad"].get(part)
        _note_part(visit, part, bad is None, bad or ("" if bad is None else "part_failed"), str(now.get("id") or ""))
    if found["source"] == PERSON and "tamper" in found["bad"]:
        outcome = {"op": "self_test", "status": "refused", "code": None, "cause": "tampered"}
        visit.note("operation", phase="end", op="self_test", outcome=outcome)
    wrong = found["wrong"]
    visit.note("part", part="keypad", what="keypad_test", ok="keys" not in wrong)
    visit.note("part", part="display", what="display_test", ok="glass" not in wrong)
    if "print" in wrong:
        visit.note("image", copy="test", stan="", legible=False)
    if "battery_low" in wrong or "battery" in found["bad"]:
        visit.note("part", part="battery", what="low", ok=False)


def _note_part(visit: Visit, part: str, ok: bool, found: str, number: str) -> None:
    serial = str(visit.facts.get("sn") or "")
    visit.note("self_test", part=part, ok=ok, found=found, id=number, first=False, serial=serial)
