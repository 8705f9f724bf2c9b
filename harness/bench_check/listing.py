"""What checks and questions there are, for `--list` and `--questions`."""

from __future__ import annotations

from collections.abc import Iterator

from protocols.text import Lang, Text

from .checks import CHECKS
from .model import GROUPS, Question

OPTIONAL = Text("（可选）", " (optional)")
SEVERAL = Text("可多选，[] 为都没有", "several, [] for none")
TYPED = Text("文字", "a text")
NUMBER = Text("数字，单位 {unit}", "a number in {unit}")


def check_lines(lang: Lang) -> Iterator[str]:
    """Every check with what it does."""
    group = ""
    for check in CHECKS:
        if check.group != group:
            group = check.group
            yield f"[{group}] {GROUPS[group].in_(lang)}"
        optional = "" if check.required else OPTIONAL.in_(lang)
        yield f"  {check.id:<20} {check.title.in_(lang)}{optional}"
        yield f"  {'':<20} {check.does.in_(lang)}"


def question_lines(lang: Lang) -> Iterator[str]:
    """Every question as a line of a file of answers, in TOML, with what may be answered as a remark."""
    told: set[str] = set()
    for check in CHECKS:
        for question in check.questions:
            if question.id not in told:
                told.add(question.id)
                yield f"# {question.words.in_(lang)}"
                yield f"# {question.id} = {_answers(question, lang)}"


def _answers(question: Question, lang: Lang) -> str:
    if not question.choices:
        return NUMBER.in_(lang).format(unit=question.unit) if question.unit else TYPED.in_(lang)
    told = " | ".join(f'"{id_}" ({words.in_(lang)})' for id_, words in question.choices.items())
    return f"{told}; {SEVERAL.in_(lang)}" if question.several else told
