"""The course of a row: every case and step in order, with what it is, when it was, and its place in the diagram."""

from __future__ import annotations

import re
from typing import Any

from harness.reports.course import OPEN_LINES, ROW_LINES_MAX, course_of
from harness.reports.html import render
from harness.trace import Trace
from tests.harness.reports.worlds import Script, row, run_of


def case(script: Script, name: str) -> None:
    script.put("bench", "case", {"name": name, "title": {"zh": f"例{name}", "en": f"case {name}"}})


def step(script: Script, words: str | None, do: str = "operate", part: str = "step", **more: Any) -> int:
    note = {"zh": f"步{words}", "en": words} if words else None
    return script.put("bench", "step", {"do": do, "part": part, "note": note, **more})


def test_roles_times_and_order() -> None:
    script = Script()
    step(script, "boarded", part="setup")
    case(script, "one")
    step(script, "held", "cause")
    script.at = 3 * 86_400_000 + 61_000
    step(script, "refused")
    step(script, None)
    step(script, "wrong code", mistake=True)
    step(script, "freed", "heal", "remedy")
    step(script, "seen", part="cured")
    step(script, "sale", "register", "proof")
    course = course_of(script.trace.events, {})
    assert course is not None and [one.title.en for one in course.cases] == ["case one"]
    lines = course.cases[0].shown
    assert [(line.text.en, line.role) for line in lines] == [
        ("held", "cause"),
        ("refused", ""),
        ("wrong code", "mistake"),
        ("freed", "remedy"),
        ("seen", "proof"),
        ("sale", "proof"),
    ]
    times = [line.when.zh if line.when else "" for line in lines]
    assert times == ["第 1 天 00:00:00", "第 4 天 00:01:01", "", "", "", ""]


def test_a_cause_without_words_is_told_in_the_words_of_the_fault() -> None:
    script = Script()
    case(script, "one")
    step(script, None, "cause")
    script.put("bench", "cause", {"path": "host", "link": ["dial_refused:times=9", "drop:frame=1"]})
    step(script, None, mistake=True, op="sign_in")
    course = course_of(script.trace.events, {})
    assert course is not None
    assert [line.text.zh for line in course.cases[0].shown] == ["线路故障：拒绝连接、丢帧", "终端操作：签到"]


def _long(*counts: int) -> Trace:
    script = Script()
    for number, count in enumerate(counts):
        case(script, str(number))
        for at in range(count):
            step(script, f"{number}-{at}")
    return script.trace


def test_a_long_course_is_folded_and_loses_nothing() -> None:
    course = course_of(_long(30, 30, 3).events, {})
    assert course is not None and course.cut == 0
    assert [(len(one.shown), len(one.folded)) for one in course.cases] == [(30, 0), (OPEN_LINES - 30, 20), (3, 0)]
    course = course_of(_long(ROW_LINES_MAX + 7).events, {})
    assert course is not None and course.cut == 7
    assert course_of(Script().trace.events, {}) is None


def test_lines_link_to_the_diagram_and_ids_of_rows_and_invariants_do_not_clash() -> None:
    verdict = {"judge": "I1", "ok": True, "what": {"zh": "一致", "en": "they agree"}, "stans": [], "events": []}
    text = render(run_of(*(row(_long(2), id=name, verdicts=(verdict,)) for name in ("I1", "C1", "custom"))))
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert 'href="#I1-e2"' in text and "I1-e2" in ids
    assert text.count("不变式 I1</i>") == 3
    heads = re.findall(r'class="family"><th[^>]*><i lang="zh">([^<]+)', text)
    assert heads == ["I 商户二", "C 操作", "其他场景"]
