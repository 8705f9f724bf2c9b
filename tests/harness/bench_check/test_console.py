"""A person at the console, files of answers, and consoles that cannot write everything."""

from __future__ import annotations

import io
import os
import select
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench_check.asking import AnswerFile, GoodFaith, Nobody, read_answers
from harness.bench_check.console import ConsoleAsker
from harness.bench_check.display import is_rich, readable
from harness.bench_check.language import system_lang, told_lang
from harness.bench_check.model import Answer, Question
from protocols.errors import ScenarioError
from protocols.text import Text

STATE = Question(
    "look.housing", Text("外壳？", "The housing?"), {"good": Text("完好", "good"), "damaged": Text("破损", "damaged")}
)
PARTS = Question("parts", Text("哪些？", "Which?"), {"a": Text("甲", "A"), "b": Text("乙", "B")}, several=True)
OHMS = Question("ohms", Text("绝缘？", "Insulation?"), unit="MΩ")
NAME = Question("name", Text("姓名？", "Name?"), usual="Wang")


def typed(question: Question, text: str) -> Answer:
    return ConsoleAsker("zh", io.StringIO(), io.StringIO(text)).ask(question)


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        (STATE, "\n", ("good",)),
        (STATE, "2\n", ("damaged",)),
        (STATE, "破损\n", ("damaged",)),
        (STATE, "dam\n", ("damaged",)),
        (STATE, "3\nx\n2\n", ("damaged",)),
        (STATE, "-\n", None),
        (STATE, "跳过\n", None),
        (STATE, "", None),
        (STATE, "x\n" * 5, None),
        (PARTS, "\n", ()),
        (PARTS, "1,2\n", ("a", "b")),
        (PARTS, "乙，甲\n", ("b", "a")),
        (PARTS, "1,9\n2\n", ("b",)),
        (OHMS, "\n", None),
        (OHMS, "2.5\n", ("2.5",)),
        (OHMS, "viel\n7\n", ("7",)),
        (NAME, "\n", ("Wang",)),
        (NAME, "张\n", ("张",)),
    ],
)
def test_what_is_typed(question: Question, text: str, answer: Answer) -> None:
    assert typed(question, text) == answer


class Leaving(io.StringIO):
    """Somebody presses Ctrl-C."""

    def readline(self, *_: Any) -> Any:
        raise KeyboardInterrupt


def test_what_is_said_after_ctrl_c_has_a_line_of_its_own() -> None:
    out = io.StringIO()
    with pytest.raises(KeyboardInterrupt):
        ConsoleAsker("zh", out, Leaving()).ask(STATE)
    assert out.getvalue().endswith("> \n")


@pytest.mark.skipif(sys.platform == "win32", reason="a console of its own kind")
def test_what_was_typed_before_it_was_asked_is_no_answer() -> None:
    master, slave = os.openpty()

    class Seen(io.StringIO):
        """Whoever sees the prompt types."""

        def write(self, text: str, /) -> int:
            if text.endswith("> "):
                os.write(master, b"2\n")
            return super().write(text)

    try:
        os.write(master, b"\n\n")  # Enter stands for the good answer
        assert select.select([slave], [], [], 10)[0]
        with open(slave, encoding="utf-8", closefd=False) as stdin:
            assert ConsoleAsker("zh", Seen(), stdin).ask(STATE) == ("damaged",)
    finally:
        os.close(slave)
        os.close(master)


@given(st.text(max_size=40))
def test_whatever_is_typed_ends_and_is_a_choice_or_none(text: str) -> None:
    answer = typed(STATE, text)
    assert answer is None or set(answer) <= {"good", "damaged"}


def test_good_faith_gives_good_answers_and_no_figures() -> None:
    yes = GoodFaith(Nobody())
    assert [yes.ask(one) for one in (STATE, PARTS, OHMS, NAME)] == [("good",), (), None, ("Wang",)]


def test_answers_come_from_the_file_first(tmp_path: Path) -> None:
    path = tmp_path / "answers.toml"
    path.write_text('ohms = 2.5\nparts = ["b"]\n[look]\nhousing = "damaged"\n', encoding="utf-8")
    asker = AnswerFile(read_answers(path), "answers.toml", GoodFaith(Nobody()))
    assert [asker.ask(one) for one in (STATE, PARTS, OHMS, NAME)] == [["damaged"], ["b"], ["2.5"], ("Wang",)]


def test_answer_that_is_none_names_file_question_and_choices(tmp_path: Path) -> None:
    asker = AnswerFile({"look.housing": ["rusty"]}, "answers.toml", Nobody())
    with pytest.raises(ScenarioError) as caught:
        asker.ask(STATE)
    said = str(caught.value.what)
    assert all(part in said for part in ("answers.toml", "look.housing", "rusty", "good", "damaged"))


@pytest.mark.parametrize(
    ("codepage", "lang"),
    [("utf-8", "zh"), ("cp936", "zh"), ("gb18030", "zh"), ("cp437", "en"), ("cp1252", "en"), ("ascii", "en")],
)
def test_chinese_where_the_code_page_has_it(codepage: str, lang: str) -> None:
    assert readable("zh", io.TextIOWrapper(io.BytesIO(), encoding=codepage)) == lang


def test_a_pipe_is_not_rich() -> None:
    assert not is_rich(io.StringIO(), {"TERM": "xterm"})


@pytest.mark.parametrize(
    ("environment", "lang"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "de_DE"}, "en"),
        ({"LC_ALL": "C", "LANG": "zh_CN"}, "en"),
        ({"POSRIG_LANG": "zh"}, "zh"),
        ({}, "en"),
    ],
)
def test_language_of_the_system(environment: dict[str, str], lang: str) -> None:
    assert system_lang(environment) == lang


def test_language_of_the_command_line() -> None:
    assert [told_lang(["--lang", "zh"]), told_lang(["--lang=en"])] == ["zh", "en"]
