"""Printer, display and keypad: what comes out, what is seen, which key arrives."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from protocols.text import Text

from ...trace import Event
from ..story import Story
from ..symptom import Symptom

STOPPED = ("paper_out", "paper_jam", "printer_overheated")
UNSEEN = ("blank", "garbled")

Find = Callable[[Story], list[int]]


def _parts(story: Story, part: str, *what: str) -> Iterator[Event]:
    return (e for e in story.of("part") if e.data.get("part") == part and e.data.get("what") in what)


def _ended(*causes: str) -> Find:
    return lambda story: [event.seq for event, outcome in story.outcomes() if outcome.get("cause") in causes]


def _stopped(story: Story) -> list[int]:
    """The printer says so itself, while it prints or in its test."""
    told = [event.seq for event in _parts(story, "printer", *STOPPED)]
    return told + [event.seq for event in story.of("self_test") if event.data.get("found") in STOPPED]


def _cut_short(story: Story) -> list[int]:
    return [event.seq for event in story.of("slip") if event.data.get("complete") is False]


def _not_legible(story: Story) -> list[int]:
    """Somebody looks at the paper: it is printed, and cannot be read."""
    seen = [event.seq for event in story.of("image") if event.data.get("legible") is False]
    return seen + [e.seq for e, outcome in story.outcomes() if outcome.get("cause") == "faint_print"]


def failed_later(*parts: str) -> Find:
    """One of the parts passed a self-test of this device before and fails one now: it did not come so."""

    def find(story: Story) -> list[int]:
        passed: set[tuple[str, str]] = set()
        found = []
        for event in story.of("self_test"):
            key = (str(event.data.get("serial")), str(event.data.get("id")))
            if event.data.get("part") not in parts:
                continue
            if event.data.get("ok"):
                passed.add(key)
            elif key in passed:
                found.append(event.seq)
        return found

    return find


def _glass_bad(story: Story) -> list[int]:
    return [event.seq for event in _parts(story, "display", *UNSEEN)]


def _keypad_passed(story: Story, event: Event) -> bool:
    """The keypad of the same terminal passed its test and never failed one: the keys are not to blame."""
    tests = [e.data.get("ok") for e in _parts(story, "keypad", "keypad_test") if e.party == event.party]
    return bool(tests) and all(tests)


def _display_bad(story: Story) -> list[int]:
    """The code that was keyed back differs, and the keys are good."""
    tests = (event for event in _parts(story, "display", "display_test") if event.data.get("ok") is False)
    return [event.seq for event in tests if _keypad_passed(story, event)]


def _keypad_bad(story: Story) -> list[int]:
    return [event.seq for event in _parts(story, "keypad", "keypad_test") if event.data.get("ok") is False]


def _keypad_good(story: Story) -> list[int]:
    return [event.seq for event in _parts(story, "keypad", "keypad_test") if _keypad_passed(story, event)]


SYMPTOMS: tuple[Symptom, ...] = (
    Symptom(
        "printer_stopped", Text("打印机报告缺纸、卡纸或过热", "The printer reports no paper, a jam, or heat"), _stopped
    ),
    Symptom("slip_cut_short", Text("单据没有印完", "A slip was cut short"), _cut_short),
    Symptom(
        "no_sale_without_slip",
        Text("终端因打印机不能打印而拒绝", "The terminal refuses because the printer cannot print"),
        _ended("printer_fault"),
    ),
    Symptom(
        "print_not_legible",
        Text("纸上字迹淡或空白，打印机状态正常", "The print is faint or blank, while the printer reports nothing"),
        _not_legible,
    ),
    Symptom(
        "printer_failed_later",
        Text("打印机此前自检正常，现在自检失败", "The printer passed an earlier self-test and fails it now"),
        failed_later("printer"),
    ),
    Symptom(
        "glass_bad", Text("屏上看不见或认不出内容", "Nothing, or nothing legible, is seen on the display"), _glass_bad
    ),
    Symptom(
        "code_differs",
        Text("显示屏测试：键回的数字不符", "Display test: the digits that were keyed back differ"),
        _ended("code_differs"),
    ),
    Symptom(
        "display_bad",
        Text("键回的数字不符，而键盘测试合格", "The digits differ, and the keypad passed its test"),
        _display_bad,
    ),
    Symptom(
        "display_failed_later",
        Text("显示屏此前自检正常，现在自检失败", "The display passed an earlier self-test and fails it now"),
        failed_later("display"),
    ),
    Symptom("keypad_bad", Text("键盘测试指出不良的键", "The keypad test names keys that are not good"), _keypad_bad),
    Symptom("keypad_good", Text("键盘测试合格", "The keypad passes its test"), _keypad_good),
    Symptom(
        "keypad_failed_later",
        Text("键盘此前自检正常，现在自检失败", "The keypad passed an earlier self-test and fails it now"),
        failed_later("keypad"),
    ),
)
