"""Records for the tests of the page and its code: nothing failed, one thing failed, everything failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.bench_check.asking import Nobody
from harness.bench_check.conclusion import Conclusion, NamedCause
from harness.bench_check.faults import FAULTS
from harness.bench_check.model import GROUPS, Check, Figure, Finding, failed, not_possible, passed
from harness.bench_check.record.document import document_of
from harness.bench_check.settings import Settings
from harness.bench_check.visit import Visit
from protocols.text import Lang, Text

STARTED, ENDED = "2026-11-22T10:27:41+08:00", "2026-11-22T10:32:05+08:00"
CHECKS_COUNT = 40
TITLES = (
    Text("电脑与时钟", "this computer and its clock"), Text("端口", "port"), Text("数据线", "data cable"),
    Text("通讯参数", "line settings"), Text("线路质量", "errors on the line"), Text("打印机", "printer"),
    Text("外壳", "housing"), Text("绝缘电阻", "insulation resistance"), Text("签到", "sign-in"),
    Text("终端软件版本", "software version of the terminal"),
)  # fmt: skip
DOES = Text("看这一项是否正常", "looks whether this is as it should be")
FINE = Text("一切正常，没有发现问题", "as it should be, nothing was found wrong")
SEEN = Text(
    "问了 50 次，有 7 次没有应答，另有 3 次应答的校验不对",
    "asked 50 times: no answer 7 times, and 3 answers with a wrong check character",
)
FACTS = {
    "sn": "N900-2026A17", "tid": "10000001", "mid": "104110154110001", "model": "N900", "merchant": "幸福路便利店",
    "software_version": "2.3.1", "port": "COM5", "protocol": "mispos-b", "line": "9600-8N1",
}  # fmt: skip


def checks_of(count: int = CHECKS_COUNT) -> list[Check]:
    """So many checks, over all groups in their order."""
    groups = list(GROUPS)
    return [
        Check(f"check_{at:02}", groups[at * len(groups) // count], TITLES[at % len(TITLES)], DOES, _never)
        for at in range(count)
    ]


def record_of(
    findings: Sequence[Finding],
    conclusion: Conclusion,
    checks: Sequence[Check],
    facts: Mapping[str, Any] = FACTS,
    lang: Lang = "zh",
    earlier: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The record of a visit with these findings."""
    settings = Settings(lang=lang, technician="张伟", merchant=str(facts.get("merchant", "")))
    visit = Visit(settings, Nobody(), lambda text: None, dict(facts), earlier_of=lambda sn: earlier)
    visit.findings.update({one.check: one for one in findings})
    return document_of(visit, checks, conclusion, visit_id="20261122T022741Z-7f3a", started=STARTED, ended=ENDED)


def good_record(**kinds: Any) -> dict[str, Any]:
    """Every check passed."""
    checks = checks_of()
    speed = Figure("answer_p95", Text("最慢的应答", "slowest answers"), 40.0, "ms", high=200.0)
    findings = [passed(one.id, FINE, *([speed] if at % 4 == 0 else [])) for at, one in enumerate(checks)]
    next_ = Text("把终端交还商户，双方在检查单上签字", "Hand the terminal back and have both sign the record")
    return record_of(findings, Conclusion("passed", 0, next=next_, actor="technician"), checks, **kinds)


def failed_record(at: int = 9, fault: str = "noise", **kinds: Any) -> dict[str, Any]:
    """One check failed, at which the whole ended."""
    checks = checks_of()
    stopped = Text("检查已在“线路质量”处停止", "the check stopped at “errors on the line”")
    findings = [passed(one.id, FINE) for one in checks[:at]]
    findings.append(_bad(checks[at], fault))
    findings += [not_possible(one.id, stopped) for one in checks[at + 1 :]]
    conclusion = Conclusion("failed", 3, (_cause("D9"),), 0, None, FAULTS[fault].action, "technician")
    return record_of(findings, conclusion, checks, **kinds)


def worst_record(count: int = CHECKS_COUNT, **kinds: Any) -> dict[str, Any]:
    """Every check failed, each for the fault with the most words that is left."""
    checks = checks_of(count)
    longest = sorted(FAULTS, key=lambda id_: -len(FAULTS[id_].cause.en + FAULTS[id_].action.en))
    findings = [_bad(one, longest[at % len(longest)]) for at, one in enumerate(checks)]
    causes = tuple(_cause(row) for row in ("D9", "E2", "D8", "F1", "G3", "H11", "C3", "E6"))
    warning = Text(
        "先查清这笔钱，不要重做：检测消费 0.01 元（流水号 000123）可能还没有退回",
        "Clear up this money first and sell nothing again: the test sale of 0.01 yuan (trace number 000123) may not "
        "have been taken back",
    )
    conclusion = Conclusion("failed", 1, causes, 3, SEEN, FAULTS["no_port"].action, "technician", (warning,))
    return record_of(findings, conclusion, checks, **kinds)


def _bad(check: Check, fault: str) -> Finding:
    errors = Figure("error_rate", Text("差错率", "error rate"), 14.0, "%", high=1.0)
    words = FAULTS[fault].cause.en + FAULTS[fault].action.en
    return failed(check.id, fault, SEEN, errors, values=_Words(words))


class _Words(dict[str, str]):
    """Something for every placeholder that the words of a fault hold."""

    def __init__(self, words: str) -> None:
        from string import Formatter

        super().__init__({name: "COM5" for _, name, _, _ in Formatter().parse(words) if name})


def _cause(row: str) -> NamedCause:
    fault = FAULTS["noise"]
    title = Text("数据线接触不良或受干扰", "the data cable has a bad contact or is disturbed")
    return NamedCause(row, title, (SEEN, FINE, SEEN), fault.actor, fault.action, fault.retry, (FINE,))


def _never(visit: Visit) -> Finding:
    raise AssertionError("a record makes no check")
