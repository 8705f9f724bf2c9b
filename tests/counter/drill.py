"""Every lesson of the drill, with the whole bench check in it: what it finds must lead to the answer that is called
right, and what is carried out must help.

Expected, beside each lesson: the faults that the bench check names (the checks are not the drill's, and know nothing of
a lesson), and whether a sale proves the remedy.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.bench_check.asking import AnswerFile, Nobody
from harness.bench_check.checks import CHECKS
from harness.bench_check.drill import acts
from harness.bench_check.drill.lesson import Lesson, lessons
from harness.bench_check.drill.run import DrillOptions, run_drill
from harness.bench_check.faults import FAULTS
from harness.bench_check.model import Check, Finding
from harness.bench_check.settings import Settings
from harness.clock import monotonic_s

START_S, BUSY = 2.0, 5
"""From the command to the complaint where nothing else runs, and how many times that is borne on a busy machine."""
FOUND: Mapping[str, set[str]] = {
    "all_well": set(),
    "wrong_rate": {"unknown_protocol"},
    "noise": {"noise"},
    "unplugged": {"loose_cable"},
    "mute_reader": {"chip_reader_broken"},
    "no_paper": {"printer_stopped"},
    "tampered": {"tampered"},
    "not_activated": {"not_activated"},
    "review_pending": {"review_pending"},
    "suspended": {"risk_check"},
    "model_suspended": {"model_suspended"},
    "keys_lost": {"tampered"},
    "old_software": {"old_software"},
    "pending_reversal": {"pending_reversal"},
    "network_refused": {"terminal_line"},
    "unknown_name": {"terminal_name"},
    "battery_low": {"battery_low"},
    "keypad": {"keypad_bad"},
    "glass": {"display_bad"},
    "clock": {"clock_wrong"},
    "batch_full": {"batch_full"},
    "maintenance": {"maintenance"},
    "dirt": {"reader_dirty"},
    "wrong_code": {"code_locked"},
}
"""By lesson.  What follows from it may be found as well (no line to the host, no sign-in); of a terminal that is well
nothing is."""
HOPELESS = {
    *("all_well", "mute_reader", "tampered", "review_pending", "suspended"),
    *("model_suspended", "keys_lost", "keypad", "glass"),
}
"""Nothing that a technician or a merchant does at the counter brings these back (or nothing is wrong)."""


class Noted(acts._Shown):
    """What the bench check of a lesson found."""

    findings: list[Finding] = []  # noqa: RUF012 - one lesson at a time

    def end(self, check: Check, finding: Finding) -> None:
        self.findings.append(finding)
        super().end(check, finding)


def right(name: str, lesson: Lesson, *looked: str) -> dict[str, Sequence[str]]:
    """The answers that are right, behind some acts."""
    said = {f"act.{number}": [act] for number, act in enumerate(looked, 1)}
    said |= {"diagnosis": [lesson.diagnosis], "actor": [str(lesson.actor)], "action": ["1"], "carry_out": ["yes"]}
    said |= {"retry": ["yes" if lesson.retry else "no"]}
    return {f"drill.{name}.{part}": answer for part, answer in said.items()}


def taken(name: str, answers: Mapping[str, Sequence[str]], folder: Path, **options: Any) -> tuple[dict[str, Any], str]:
    """The result of a lesson, and what was read."""
    out, result = io.StringIO(), folder / "result.json"
    chosen = DrillOptions(lesson=name, json_to=str(result), **options)
    run_drill(Settings(lang="en"), chosen, AnswerFile(answers, "answers", Nobody()), out)
    (lesson,) = json.loads(result.read_text(encoding="utf-8"))["lessons"]
    return lesson, out.getvalue()


def test_every_lesson_is_expected() -> None:
    assert set(FOUND) == set(lessons())
    assert {name for name, lesson in lessons().items() if not lesson.remedy} == HOPELESS


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", list(FOUND))
def test_the_bench_check_finds_what_is_called_right(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acts, "_Shown", Noted)
    Noted.findings = []
    lesson = lessons()[name]
    result, said = taken(name, right(name, lesson, "look", "bench_check"), tmp_path)
    failed = [finding for finding in Noted.findings if finding.verdict == "fail"]
    assert {finding.fault for finding in failed} >= FOUND[name]
    assert bool(failed) == bool(FOUND[name])
    ended = any(FAULTS[finding.fault].ends for finding in failed)
    made = [finding.check for finding in Noted.findings]
    assert made == [check.id for check in CHECKS][: len(made)] and ended is (len(made) < len(CHECKS))
    rows = {row for finding in failed for row in FAULTS[finding.fault].rows}
    if lesson.diagnosis in acts_rows():
        assert lesson.diagnosis in rows
    actors = {FAULTS[finding.fault].actor for finding in failed}
    assert not actors or lesson.actor in actors
    assert result["points"]["total"] == 100
    assert result["works_again"] is (None if name in HOPELESS else True), said


def acts_rows() -> set[str]:
    """The rows of the catalogue."""
    from harness.bench_check.drill.lesson import ROWS

    return set(ROWS)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", list(FOUND))
def test_each_act_can_be_done_at_every_counter(name: str, tmp_path: Path) -> None:
    """Whatever is wrong there; nothing hangs, and what does harm is told."""
    lesson = lessons()[name]
    looked = [act for act in acts.ACTS if act != "bench_check"]
    result, said = taken(name, right(name, lesson, *looked), tmp_path)
    assert result["acts"] == looked
    assert result["harmed"] == [act for act in looked if act in lesson.harm]
    assert all(why.en in said for why in lesson.harm.values())
    assert result["works_again"] is (None if name in HOPELESS else True), said


@pytest.mark.timeout(60)
def test_the_other_end_is_found_by_trying_rates(tmp_path: Path) -> None:
    """9600 to 115200 in four steps, and then the check has nothing to say of the cable."""
    looked = [*["rate"] * 4, "bench_check"]
    _, said = taken("wrong_rate", right("wrong_rate", lessons()["wrong_rate"], *looked), tmp_path, level=2)
    assert "115200-8N1" in said
    assert "0 failed" in said


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("level", "shown", "hidden"), [(1, "Catalogue D2", "#"), (2, "the terminal", "Catalogue D2")])
def test_a_level_shows_what_it_may(level: int, shown: str, hidden: str, tmp_path: Path) -> None:
    _, said = taken("no_paper", right("no_paper", lessons()["no_paper"], "bench_check"), tmp_path, level=level)
    before = said.partition("OK right")[0]
    assert shown in before and hidden not in before


@pytest.mark.timeout(60)
def test_level_three_shows_marks_alone(tmp_path: Path) -> None:
    _, said = taken("no_paper", right("no_paper", lessons()["no_paper"], "bench_check"), tmp_path, level=3)
    before = said.partition("OK right")[0].partition("run the bench check")[2]
    assert "!! printer\n" in before and "OK keys" in before
    assert ":" not in before.partition("bench check:")[0]


@pytest.mark.timeout(120)
def test_the_same_seed_is_the_same_course(tmp_path: Path) -> None:
    """All lessons, twice, each in a process of its own with another order of sets."""
    answers = tmp_path / "answers.toml"
    lines = [f'"{name}.act.1" = "bench_check"' for name in FOUND if name not in ("unplugged", "noise")]
    answers.write_text("[drill]\n" + "\n".join(lines), encoding="utf-8")
    results = []
    for number in (1, 2):
        words = ["--drill", "all", "--seed", "5", "--level", "2", "--lang", "en", "--answers", str(answers)]
        done = command([*words, "--json", "-", "--data", str(tmp_path / str(number))], PYTHONHASHSEED=str(number))
        assert done.returncode == 1, done.stderr.decode()
        results.append(done.stdout)
    assert results[0] == results[1]
    assert len(json.loads(results[0])["lessons"]) == len(FOUND)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("lang", "wanted"), [("zh", "商户说"), ("en", "The merchant says")])
def test_the_complaint_is_there_at_once(lang: str, wanted: str, tmp_path: Path) -> None:
    began_s = monotonic_s()
    words = [*COMMAND, "--drill", "6", "--lang", lang, "--data", str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert any(wanted in line.decode() for line in process.stdout)
        took_s = monotonic_s() - began_s
        process.communicate()
    assert process.returncode == 1  # nobody answered
    assert took_s < BUSY * START_S


COMMAND = [sys.executable, "-c", "import sys; from harness.bench_check.main import main; sys.exit(main())"]


def command(words: Sequence[str], **environment: str) -> subprocess.CompletedProcess[bytes]:
    """`bench-check` as a script runs it."""
    return subprocess.run(
        [*COMMAND, *words],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **environment},
        check=False,
    )
