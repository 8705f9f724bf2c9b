"""Help fits its lines in both languages, and comes in the language that the command line asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.console.language import help_lang
from harness.console.wrapping import wrapped
from harness.reports.columns import columns

TEXTS = st.text("ab 终端，。（）1", max_size=80)


@given(TEXTS, st.integers(10, 40))
def test_nothing_is_lost_and_only_what_cannot_be_broken_is_too_wide(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        assert columns(line) <= width or len(wrapped(line, 1)) == 1
        assert line == line.strip()


def test_a_chinese_line_takes_two_columns_a_character_and_begins_with_no_comma() -> None:
    assert wrapped("终端显示，结果未知", 10) == ["终端显示，", "结果未知"]
    assert wrapped("终端显示，结果未知", 8) == ["终端显", "示，结果", "未知"]
    assert wrapped("a reply is lost", 8) == ["a reply", "is lost"]


@pytest.mark.parametrize(
    ("words", "lang"),
    [
        (["run", "--help", "--lang", "zh"], "zh"),
        (["--lang=zh", "run", "--help"], "zh"),
        (["run", "--lang", "en"], "en"),
    ],
)
def test_help_is_in_the_language_that_is_asked_for(
    words: list[str], lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSRIG_LANG", "en" if lang == "zh" else "zh")
    assert help_lang(words) == lang
    assert help_lang([]) != lang
