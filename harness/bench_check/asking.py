"""Who answers a question: a person at the console, a file, or nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from protocols.errors import ScenarioError
from protocols.text import Text

from .model import UNANSWERED, Answer, Question

ANSWERS_MAX = 500
"""Answers in a file: several for each question that there is."""
TYPED_MAX = 200
"""Characters of a typed answer."""
NO_CHOICE = Text("{question} 没有答案 {said}；可写 {there}", "{question} has no answer {said}; there are {there}")
NO_NUMBER = Text("{question} 要填一个数字（{unit}），不是 {said}", "{question} takes a number ({unit}), not {said}")
BAD_FILE = Text("答案文件 {path}：{why}", "answer file {path}: {why}")
FILE_CURE = Text(
    '每行一个答案，如 look.housing = "good"；bench-check --questions 列出全部问题',
    'One answer to a line, as look.housing = "good"; bench-check --questions lists all questions',
)


class Asker(Protocol):
    """Whoever is asked."""

    def ask(self, question: Question) -> Answer:
        """The answer; `UNANSWERED` where nobody gives one.  A number comes
        as it was typed, and is one."""
        ...


class Nobody:
    """There is no console and no file: nothing is answered."""

    def ask(self, question: Question) -> Answer:
        return UNANSWERED


class GoodFaith:
    """`--yes`: the good answer where there is one; what has no good answer is left to `further`."""

    def __init__(self, further: Asker) -> None:
        self.further = further

    def ask(self, question: Question) -> Answer:
        if question.choices:
            return () if question.several else (next(iter(question.choices)),)
        return (question.usual,) if question.usual else self.further.ask(question)


class AnswerFile:
    """Answers by the question's id, a text, a number, or a list where several may be chosen; what it does not answer is
    left to `further`."""

    def __init__(self, answers: Mapping[str, Sequence[str]], path: str, further: Asker) -> None:
        self._answers = answers
        self._path = path
        self.further = further

    def ask(self, question: Question) -> Answer:
        written = self.written(question)
        return self.further.ask(question) if written is None else written

    def written(self, question: Question) -> Answer:
        """What the file answers, `UNANSWERED` where it does not.  Raises ScenarioError for what is no answer."""
        if question.id not in self._answers:
            return UNANSWERED
        said = [meant(question, one) for one in self._answers[question.id]]
        if None in said:
            why = complaint(question, self._answers[question.id])
            raise ScenarioError(BAD_FILE.format(path=self._path, why=why), FILE_CURE)
        return [one for one in said if one is not None]


def on_file(asker: Asker | None, question: Question) -> Answer:
    """What a file of answers says to a question, `UNANSWERED` where none does; nobody is disturbed."""
    while asker is not None and not isinstance(asker, AnswerFile):
        asker = getattr(asker, "further", None)
    return UNANSWERED if asker is None else asker.written(question)


def read_answers(path: Path) -> dict[str, Sequence[str]]:
    """The answers of a TOML file, tables joined with dots.  Raises ScenarioError."""
    import tomllib

    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ScenarioError(BAD_FILE.format(path=path, why=str(error)), FILE_CURE) from error
    found = dict(_flat("", data))
    if len(found) > ANSWERS_MAX:
        raise ScenarioError(BAD_FILE.format(path=path, why=f"> {ANSWERS_MAX}"), FILE_CURE)
    return found


def _flat(prefix: str, data: Mapping[str, Any]) -> list[tuple[str, Sequence[str]]]:
    found: list[tuple[str, Sequence[str]]] = []
    for name, value in data.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping):
            found += _flat(f"{key}.", value)
        else:
            found.append((key, [str(one)[:TYPED_MAX] for one in (value if isinstance(value, list) else [value])]))
    return found


def meant(question: Question, said: str) -> str | None:
    """The answer that was typed: a choice by its id or its beginning, else the text; None for what is no answer."""
    said = said.strip()[:TYPED_MAX]
    if not question.choices:
        return said if not question.unit or is_number(said) else None
    if said in question.choices:
        return said
    fits = [one for one in question.choices if one.startswith(said.lower())] if said else []
    return fits[0] if len(fits) == 1 else None


def is_number(said: str) -> bool:
    """Whether a text is a plain decimal number."""
    return said.removeprefix("-").replace(".", "", 1).isdecimal() and said.isascii()


def complaint(question: Question, said: Sequence[str]) -> Text:
    """Why an answer was none."""
    shown = ", ".join(said)[:TYPED_MAX]
    if question.choices:
        return NO_CHOICE.format(question=question.id, said=repr(shown), there=", ".join(question.choices))
    return NO_NUMBER.format(question=question.id, said=repr(shown), unit=question.unit)
