"""The drill: what a lesson is worth, whom it refuses, and a lesson from its complaint to the sale that proves it.

The points are those of docs/bench-drill.md, worked out by hand.  `tests/counter/drill.py` takes every lesson.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench_check.asking import AnswerFile, GoodFaith, Nobody
from harness.bench_check.drill.lesson import Lesson, lesson_named, lessons
from harness.bench_check.drill.run import DrillOptions, run_drill
from harness.bench_check.drill.score import Taken, points_of
from harness.bench_check.drill.words import ACT_WORDS, SPECIAL
from harness.bench_check.settings import Settings
from harness.diagnosis.causes import CAUSES
from harness.stores.drills import DrillScores
from protocols.errors import LocalError, ScenarioError

BEST = Taken(True, True, True, True, harmed=0, hints=0, seconds=300, level=1)


def drilled(
    answers: Mapping[str, Sequence[str]], lang: str = "en", store: Path | None = None, **options: Any
) -> tuple[int, str]:
    """Exit status, and what a trainee reads."""
    out = io.StringIO()
    settings = Settings(lang="zh" if lang == "zh" else "en", technician="Li Lei")
    told = {f"drill.{name}": said for name, said in answers.items()}
    chosen = DrillOptions(store=store, **{"checks": (), **options})
    return run_drill(settings, chosen, AnswerFile(told, "answers.toml", Nobody()), out), out.getvalue()


RIGHT = {
    "batch_full.act.1": ["look"],
    "batch_full.diagnosis": ["batch_full"],
    "batch_full.actor": ["merchant"],
    "batch_full.action": ["1"],
    "batch_full.retry": ["no"],
    "batch_full.carry_out": ["yes"],
}


@pytest.mark.parametrize(
    ("taken", "total"),
    [
        (BEST, 100),
        (Taken(False, True, True, True, 0, 0, 300, 1), 60),
        (Taken(True, False, True, True, 0, 0, 300, 1), 80),
        (Taken(True, True, False, True, 0, 0, 300, 1), 75),
        (Taken(True, True, True, False, 0, 0, 300, 1), 95),
        (Taken(True, True, True, True, 1, 0, 300, 1), 90),
        (Taken(True, True, True, True, 3, 0, 300, 1), 90),
        (Taken(True, True, True, True, 0, 2, 300, 2), 90),
        (Taken(True, True, True, True, 0, 2, 300, 3), 80),
        (Taken(True, True, True, True, 0, 0, 301, 1), 98),
        (Taken(True, True, True, True, 0, 0, 420, 1), 96),
        (Taken(True, True, True, True, 0, 0, 420, 3), 92),
        (Taken(False, False, False, False, 1, 3, 3600, 3), 0),
    ],
)
def test_points_are_those_of_the_table(taken: Taken, total: int) -> None:
    assert points_of(taken)["total"] == total


@given(
    st.builds(
        Taken,
        *[st.booleans()] * 4,
        harmed=st.integers(0, 20),
        hints=st.integers(0, 3),
        seconds=st.integers(0, 20 * 120),
        level=st.integers(1, 3),
    )
)
def test_points_lie_between_nothing_and_a_hundred(taken: Taken) -> None:
    points = points_of(taken)
    assert 0 <= points["total"] <= 100
    assert points["total"] == max(0, sum(value for part, value in points.items() if part != "total"))


def test_a_lesson_is_carried_through_and_repeats_octet_for_octet(tmp_path: Path) -> None:
    first, second = tmp_path / "1.json", tmp_path / "2.json"
    status, said = drilled(RIGHT, lesson="batch_full", json_to=str(first))
    result = json.loads(first.read_text(encoding="utf-8"))
    (lesson,) = result["lessons"]
    assert (status, result["average"], lesson["points"]["total"]) == (0, 100, 100)
    assert lesson["works_again"] is True  # a sale of 0.01 was done after the settlement
    assert drilled(RIGHT, lesson="21", json_to=str(second)) == (0, said)
    assert first.read_bytes() == second.read_bytes()


def test_what_does_harm_and_what_is_wrong_costs_points(tmp_path: Path) -> None:
    answers = {
        "no_paper.act.1": ["paper"],
        "no_paper.act.2": ["sale"],
        "no_paper.act.3": ["hint"],
        "no_paper.diagnosis": ["D4"],
        "no_paper.actor": ["merchant"],
        "no_paper.action": ["2"],
        "no_paper.retry": ["no"],
    }
    status, _ = drilled(answers, lesson="no_paper", level=3, json_to=str(tmp_path / "result.json"))
    (lesson,) = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))["lessons"]
    assert status == 1
    assert lesson["harmed"] == ["sale"]
    assert lesson["points"]["total"] == 20 + 5 - 10  # the actor, the right word about trying again, a hint
    assert lesson["works_again"] is None


def test_a_trainee_reads_his_own_language_and_the_catalogues_words() -> None:
    status, said = drilled({**RIGHT, "batch_full.act.1": ["sale"]}, "zh", lesson="batch_full")
    assert status == 0
    assert "试卖 0.01 元成功" in said and "100 / 100" in said and "Li Lei" in said
    assert not any(word in said for word in ("Please", "right", "Explanation"))
    _, english = drilled({}, lesson="no_paper")
    assert "Catalogue D2" in english and "recovery step 1" in english


def test_nobody_there_ends_and_does_not_pass() -> None:
    out = io.StringIO()
    options = DrillOptions(lesson="batch_full", checks=())
    assert run_drill(Settings(), options, Nobody(), out) == 1
    assert "no answer" in out.getvalue()


def test_good_faith_is_no_knowledge(tmp_path: Path) -> None:
    """`--yes` takes whatever stands first, and what stands first is drawn."""
    scores = set()
    for seed in (1, 2, 3):
        result = tmp_path / f"{seed}.json"
        options = DrillOptions(lesson="batch_full", seed=seed, checks=(), json_to=str(result))
        run_drill(Settings(), options, GoodFaith(Nobody()), io.StringIO())
        (lesson,) = json.loads(result.read_text(encoding="utf-8"))["lessons"]
        scores.add((lesson["answers"]["diagnosis"], lesson["answers"]["action"]))
    assert len(scores) > 1


def test_what_is_asked_wrongly_is_said() -> None:
    with pytest.raises(ScenarioError, match="no_paper"):
        drilled({}, lesson="no_papier")
    with pytest.raises(LocalError, match="4"):
        drilled({}, lesson="no_paper", level=4)
    with pytest.raises(ScenarioError, match=r"drill\.batch_full\.diagnosis"):
        drilled({"batch_full.diagnosis": ["Z9"]}, lesson="batch_full")


def test_without_ciphers_it_says_that_it_is_not_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("cryptography.hazmat.primitives.ciphers")]:
        monkeypatch.setitem(sys.modules, name, None)
    status, said = drilled({}, lesson="no_paper")
    assert status == 3
    assert "not possible on this computer" in said and "Another" not in said


def test_scores_are_kept_and_a_torn_line_costs_itself_alone(tmp_path: Path) -> None:
    drilled(RIGHT, lesson="batch_full", store=tmp_path)
    scores = DrillScores(tmp_path)
    (row,) = scores.rows()
    assert (row["trainee"], row["lesson"], row["points"]["total"]) == ("Li Lei", "batch_full", 100)
    with scores.path.open("ab") as file:
        file.write(b'{"trainee": "Han')  # the power went
    scores.append({"trainee": "Wang", "points": {"total": 40}})
    assert [row["trainee"] for row in scores.rows()] == ["Li Lei", "Wang"]
    assert scores.damaged == 1
    status, said = drilled({}, store=tmp_path, scores=True)
    assert status == 0
    assert "100 points  passed" in said and "40 points  not passed" in said and "1 lines" in said


def test_no_scores_yet_is_said(tmp_path: Path) -> None:
    assert drilled({}, store=tmp_path / "none", scores=True) == (0, "no drill has been taken yet\n")


def test_lessons_are_sound() -> None:
    """What a form cannot say: each right answer is offered once, and nothing that is wrong is right."""
    rows = {cause.row for cause in CAUSES}
    numbers = [lesson.number for lesson in lessons().values()]
    assert numbers == sorted(set(numbers))
    for name, lesson in lessons().items():
        assert {lesson.diagnosis, *lesson.also, *lesson.likely} <= rows | set(SPECIAL), name
        assert not {lesson.diagnosis, *lesson.also} & set(lesson.likely), name
        assert len({one.en for one in lesson.action}) == len(lesson.action), name
        assert set(lesson.harm) <= set(ACT_WORDS) - {"answer", "hint"}, name
        assert lesson_named(str(lesson.number)) == name


def test_a_complaint_does_not_give_the_cause_away() -> None:
    def telling(lesson: Lesson) -> str:
        return lesson.title.en.lower()

    for name, lesson in lessons().items():
        assert name.replace("_", " ") not in telling(lesson), name
