"""What the tests of checks at the cable share: a visit, and somebody who answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.bench_check.faults import FAULTS
from harness.bench_check.model import Answer, Finding, Question
from harness.bench_check.settings import Settings
from harness.bench_check.visit import Visit
from protocols.text import Text


class Person:
    """Answers by the question's id; keeps what was asked."""

    def __init__(self, answers: Mapping[str, Sequence[str]] | None = None) -> None:
        self._answers = answers or {}
        self.asked: list[Question] = []

    def ask(self, question: Question) -> Answer:
        self.asked.append(question)
        return self._answers.get(question.id)


def visit_of(
    person: Person | None = None,
    facts: Mapping[str, Any] | None = None,
    told: list[Text] | None = None,
    **settings: Any,
) -> Visit:
    """A visit whose live line goes to `told`."""
    heard = [] if told is None else told
    return Visit(Settings(**settings), person or Person(), heard.append, dict(facts or {}))


def fault_words(finding: Finding) -> Text:
    """Cause and action as they are shown; KeyError where the finding lacks a value that they name."""
    fault = FAULTS[finding.fault]
    cause, action = fault.cause.format(**finding.values), fault.action.format(**finding.values)
    return Text(f"{cause.zh} {action.zh}", f"{cause.en} {action.en}")
