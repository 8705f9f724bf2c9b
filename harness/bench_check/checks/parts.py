"""The parts of the terminal, a check each, all fed by one self-test (`device_report`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from protocols.text import Text

from ..faults.outcomes import fault_of
from ..model import Check, Figure, Finding, failed, not_possible, passed
from ..visit import Visit
from .asking_terminal import can_ask
from .device_report import CABLE, LOOK, OTHER, PARTS, PERSON, PRINTER, READERS, REPORT, SELF_TEST, TESTS, device_report
from .signing_in import has_cable, sign_in

SELF_TEST_ID = "self_test"
CHARGE_LOW_PERCENT = 15
"""Below this a shift of payments is not sure to come through (posrig's choice)."""

NOBODY = Text("没有人做自检，终端也没有说", "nobody ran the self-test, and the terminal does not tell")
MADE = Text("自检已做", "the self-test was made")
MADE_BAD = Text("自检已做，有部件不好：{names}", "the self-test was made; not good: {names}")
TOLD_BAD = Text("终端报告不正常：{names}", "the terminal reports trouble: {names}")
NOT_BUILT_IN = Text("本机没有这个部件", "this model has none")
NOT_TOLD = Text("终端没有说，也没有人看", "the terminal does not tell, and nobody looked")
GOOD = Text("自检与实际操作都正常", "good in the self-test and in use")
GOOD_SELF_TEST = Text("自检正常", "good in the self-test")
KEYS_THERE = Text("密钥还在，没有被拆动", "it has its keys, nobody has opened it")
CHARGE = Text("电池电量", "battery charge")

PRINTER_FAULTS: Mapping[str, str] = {
    "": "printer_stopped",
    "paper_out": "printer_no_paper",
    "paper_jam": "printer_jam",
    "printer_overheated": "printer_hot",
    "part_failed": "printer_broken",
}
FAULTS_OF: Mapping[str, str] = {
    "display": "display_bad",
    "keypad": "keypad_bad",
    "magnetic_reader": "magnetic_reader_broken",
    "chip_reader": "chip_reader_broken",
    "contactless_reader": "contactless_reader_broken",
    "storage": "storage_fault",
    "battery": "battery_low",
    "tamper": "tampered",
    OTHER: "self_test_failed",
}
FAULTS_SEEN: Mapping[str, tuple[str, str]] = {
    "no_print": ("printer", "printer_stopped"),
    "print": ("printer", "print_faint"),
    "glass": ("display", "display_bad"),
    "keys": ("keypad", "keypad_bad"),
    "battery_low": ("battery", "battery_low"),
    "battery_worn": ("battery", "battery_worn"),
}
"""Part and fault of what somebody saw."""
TESTED_IN_USE = ("printer", "display", "keypad")


def self_test(visit: Visit) -> Finding:
    """Have the self-test made; what no other check is about fails here."""
    report = device_report(visit)
    if report is None or report["source"] == CABLE:
        bad = {} if report is None else report["bad"]
        return (
            failed(SELF_TEST_ID, FAULTS_OF[OTHER], _bad_words(TOLD_BAD, [OTHER]))
            if OTHER in bad
            else not_possible(SELF_TEST_ID, NOBODY)
        )
    bad = [part for part in PARTS if part in report["bad"]]
    if OTHER in bad:
        return failed(SELF_TEST_ID, FAULTS_OF[OTHER], _bad_words(MADE_BAD, bad))
    return passed(SELF_TEST_ID, _bad_words(MADE_BAD, bad) if bad else MADE, by=report["source"])


def part_finding(visit: Visit, check: str, parts: Sequence[str]) -> Finding:
    """Of one check: the first of its parts that is bad, or that somebody saw to be bad, as its fault."""
    report = device_report(visit)
    if report is None:
        return not_possible(check, NOBODY)
    figures = _charge(report) if "battery" in parts else ()
    for part in parts:
        if part in report["bad"]:
            fault = PRINTER_FAULTS[report["bad"][part]] if part == "printer" else FAULTS_OF[part]
            return failed(check, fault, _bad_words(TOLD_BAD, [part]), *figures)
    for test in report["wrong"]:
        part, fault = FAULTS_SEEN[test]
        if part in parts:
            return failed(check, fault, TESTS[test], *figures)
    if figures and not figures[0].good:
        return failed(check, "battery_low", TESTS["battery_low"], *figures)
    if report["source"] == CABLE:
        return not_possible(check, NOT_TOLD)
    if report["ids"] and not any(part in report["ids"] for part in parts):
        return passed(check, NOT_BUILT_IN)
    in_use = parts[0] in TESTED_IN_USE or (report["source"] == PERSON and "battery" in parts)
    return passed(check, GOOD if in_use else GOOD_SELF_TEST, *figures)


def tamper_finding(visit: Visit) -> Finding:
    """Whether it was opened: whoever signs in has its keys, and a terminal that was opened has none."""
    outcome = sign_in(visit) if has_cable(visit) and can_ask(visit, "sign_in") else None
    if outcome is not None and fault_of(outcome) == "tampered":
        return failed("part.tamper", "tampered", _bad_words(TOLD_BAD, ["tamper"]))
    seen = (visit.facts.get(REPORT) or {}).get("bad", {})
    if outcome is not None and outcome["status"] == "done" and "tamper" not in seen:
        return passed("part.tamper", KEYS_THERE)
    return part_finding(visit, "part.tamper", ("tamper",))


def _charge(report: Mapping[str, Any]) -> tuple[Figure, ...]:
    charge = report["battery"]
    return () if charge is None else (Figure("battery_charge", CHARGE, charge, "%", low=CHARGE_LOW_PERCENT),)


def _bad_words(pattern: Text, bad: Sequence[str]) -> Text:
    names = [PARTS[part] for part in bad]
    zh, en = "、".join(name.zh for name in names), ", ".join(name.en for name in names)
    return Text(pattern.zh.format(names=zh), pattern.en.format(names=en))


def _of(check: str, *parts: str) -> Callable[[Visit], Finding]:
    return lambda visit: part_finding(visit, check, parts)


_ROWS: tuple[tuple[str, Text, Text, Callable[[Visit], Finding], bool], ...] = (
    (
        "part.tamper",
        Text("防拆", "tamper protection"),
        Text("是否被拆动过，密钥还在不在", "whether it was opened, and still has its keys"),
        tamper_finding,
        True,
    ),
    (
        "part.printer",
        Text("打印机", "printer"),
        Text("纸、卡纸、过热，印出来能不能看清", "paper, jam, heat, and whether the print can be read"),
        _of("part.printer", "printer"),
        True,
    ),
    (
        "part.display",
        Text("显示屏", "display"),
        Text("自检，并由人看屏上是否完整清楚", "its self-test, and somebody looks whether all of it can be read"),
        _of("part.display", "display"),
        True,
    ),
    (
        "part.keypad",
        Text("键盘", "keys"),
        Text("自检，并把每个键按一遍", "its self-test, and every key is pressed once"),
        _of("part.keypad", "keypad"),
        True,
    ),
    (
        "part.readers",
        Text("读卡部件", "card readers"),
        Text("刷卡槽、插卡口、挥卡感应区的自检", "the self-test of swipe slot, chip slot and tap reader"),
        _of("part.readers", *READERS),
        True,
    ),
    (
        "part.storage",
        Text("存储", "storage"),
        Text("交易记录有没有丢失或损坏", "whether payment records were lost or damaged"),
        _of("part.storage", "storage"),
        True,
    ),
    (
        "part.battery",
        Text("电池", "battery"),
        Text("电量，以及是否耐用", "its charge, and whether it lasts"),
        _of("part.battery", "battery"),
        False,
    ),
)
PART_CHECKS = (
    Check(
        SELF_TEST_ID,
        "device",
        Text("做自检", "run the self-test"),
        Text(
            "让终端检查自己的部件，并由人看、印、按一遍",
            "the terminal tests its parts; somebody looks, prints and presses",
        ),
        self_test,
        questions=(SELF_TEST, LOOK, PRINTER),
    ),
    *(Check(id_, "device", title, does, run, required=required) for id_, title, does, run, required in _ROWS),
)
