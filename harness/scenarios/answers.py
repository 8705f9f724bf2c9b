"""Answers of a person, written down beforehand, so that a bench runs without one."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from protocols.text import Text

from ..bench.physical.prompts import SKIP, Prompt
from .load import read_strict

CURE = Text("按所示行改正；写法见 docs/physical.md", "Correct the line; docs/physical.md tells how it is written")
Said = Literal["done", "no", "declined", "refused", "no_answer", "cancelled", "unknown", "skip", "abort"]


class Answer(BaseModel):
    """`[[answer]]`: to which question, in which row."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)

    ask: str = ""
    """The question's id (`card`, `operate.connect`, `act.load_paper`, `look.display` ...), or how it begins (`look.`);
    "": any."""
    row: str = ""
    """Only in this row; "": in any."""
    answer: Said


class Answers(BaseModel):
    """The file.  The first answer that fits counts, and `otherwise` where none does."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)

    otherwise: Said = "skip"
    answer: tuple[Answer, ...] = Field(default=())


class WrittenAnswers:
    """`Prompter` from a file; `row` is the one that is under way."""

    def __init__(self, answers: Answers) -> None:
        self.row: str = ""
        self._answers = answers

    def ask(self, prompt: Prompt) -> str:
        fits = (one for one in self._answers.answer if one.row in ("", self.row) and _meant(one.ask, prompt.id))
        said = next((one.answer for one in fits), self._answers.otherwise)
        return said if said in prompt.choices else SKIP


def _meant(asked: str, prompt: str) -> bool:
    return asked in ("", prompt) or (asked.endswith(".") and prompt.startswith(asked))


def read_answers(path: Path) -> WrittenAnswers:
    """Raises ScenarioError that names file, line and key."""
    return WrittenAnswers(read_strict(path, Answers, CURE))
