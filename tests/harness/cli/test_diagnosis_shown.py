"""What `posrig diagnose` tells a person: level, evidence, who acts, the ladder's rung, and what a side cannot see."""

from __future__ import annotations

from harness.console.traces import diagnosis_lines
from harness.diagnosis import Diagnosis, diagnose
from harness.diagnosis.causes import CAUSES
from harness.diagnosis.ladder import rungs
from harness.trace import Event
from protocols.text import Lang

BOTH = ("terminal", "register")


def refused(code: str, *more: Event) -> Diagnosis:
    outcome = {"op": "sale", "status": "declined", "cause": "declined", "code": code}
    end = Event(1, 1, "terminal", "operation", {"phase": "end", "op": "sale", "outcome": outcome}, BOTH)
    return diagnose([end, *more])


def held(kind: str) -> Event:
    answer = {"terminals": [{"holds": [{"kind": kind}]}]}
    return Event(2, 2, "host", "portal", {"action": "status", "request": {}, "answer": answer}, ("register", "host"))


def lines(found: Diagnosis, lang: Lang = "en") -> str:
    return "\n".join(diagnosis_lines(found, lang))


def test_every_cause_of_a_tie_is_told_in_full() -> None:
    found = refused("03")
    told = lines(found)
    for candidate in found.tied:
        cause = candidate.cause
        assert f"{cause.row}  {cause.title.en} (level 2 of 3)" in told
        assert cause.actor.en in told and cause.action.en in told
        assert all(f"{number} {rungs()[number].en}" in told for number in cause.rungs)
    assert f"The first {len(found.tied)} causes are level" in told
    assert "next test: Query the status by serial number" in told


def test_what_a_proved_cause_explains_is_no_evidence_of_others() -> None:
    found = refused("03", held("fees_owed"))
    assert [c.cause.row for c in found.shown] == ["H6"]
    told = lines(found, "zh")
    assert "1. H6  欠款（可信度 3）" in told and "恢复阶梯: 第 10 级" in told
    assert "2. " not in told and "其他原因没有另外的证据：A3, A4" in told
    two = refused("03", held("fees_owed"), held("risk_fraud"))
    assert [c.cause.row for c in two.shown] == ["H3", "H6"], "several causes at once are all shown"
    assert "The first 2 causes are proved" in lines(two) and "level: make the test" not in lines(two)


def test_who_sees_no_fault_is_told_what_he_cannot_see() -> None:
    nothing = diagnose([], "terminal")
    assert nothing.first is None and set(nothing.group) == {c.row for c in CAUSES if "terminal" in c.hidden_from}
    told = lines(nothing)
    assert told.startswith("No fault found\nWhat this side cannot see")
    assert all(row in told for row in nothing.group) and "next test: Lay the recordings" in told
    assert lines(diagnose([])) == "No fault found", "whoever sees all sides has nothing hidden from him"
    assert [one["row"] for one in nothing.json()["hidden"]] == list(nothing.group)
