"""A person who answers at the console."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TextIO

from protocols.text import Lang, Text

from .asking import meant
from .model import UNANSWERED, Answer, Question

TRIES_MAX = 5
"""Wrong answers to one question; after that it counts as not answered, so that a script that answers rubbish ends."""
SKIP_WORDS = ("skip", "跳过", "-")
ENTER = Text("回车 = {first}", "Enter = {first}")
ENTER_NONE = Text("回车 = 都没有；可填多个，用逗号分隔", "Enter = none of them; several with commas")
ENTER_SKIP = Text("回车 = 跳过", "Enter = skip")
IN_UNIT = Text("单位 {unit}；", "in {unit}; ")
OR_SKIP = Text("；- = 跳过", "; - = skip")
WHERE = Text("在哪里看：{where}", "where to look: {where}")
NO_CHOICE = Text("没有 {said} 这一项，请输入编号 1 到 {last}", "There is no {said}: type a number from 1 to {last}")
NO_NUMBER = Text("{said} 不是数字，请输入数字（{unit}）", "{said} is no number: type a number ({unit})")
KEYS_MAX = 10_000
"""Keys that are waiting; a console holds no more of them."""
SHOWN_MAX = 40
"""Characters of a wrong answer that are shown."""


class ConsoleAsker:
    """Asks whoever sits at the console.  Ctrl-C is a KeyboardInterrupt; the end of standard input is nobody there."""

    def __init__(self, lang: Lang, out: TextIO, stdin: TextIO | None = None) -> None:
        self._lang: Lang = lang
        self._out = out
        self._stdin = stdin or sys.stdin

    def ask(self, question: Question) -> Answer:
        forget_keys(self._stdin)
        self._say(f"? {question.words.in_(self._lang)}")
        if question.where is not None:
            self._say("  " + WHERE.in_(self._lang).format(where=question.where.in_(self._lang)))
        for number, words in enumerate(question.choices.values(), 1):
            self._say(f"  {number} {words.in_(self._lang)}")
        for _ in range(TRIES_MAX):
            self._out.write(f"  ({self._hint(question)}) > ")
            self._out.flush()
            try:
                line = self._stdin.readline()
            except KeyboardInterrupt:
                self._say("")  # what is said of it stands in a line of its own
                raise
            if not line:
                self._say("")
                return UNANSWERED
            answer = answer_of(question, line.strip())
            if answer is not None:
                return answer.get("answer")
            self._say("  " + self._wanted(question, line.strip()))
        return UNANSWERED

    def _wanted(self, question: Question, said: str) -> str:
        shown = repr(said[:SHOWN_MAX])
        if question.choices:
            return NO_CHOICE.in_(self._lang).format(said=shown, last=len(question.choices))
        return NO_NUMBER.in_(self._lang).format(said=shown, unit=question.unit)

    def _hint(self, question: Question) -> str:
        lang, skip = self._lang, OR_SKIP.in_(self._lang)
        if question.several:
            return ENTER_NONE.in_(lang) + skip
        if question.choices:
            first = next(iter(question.choices.values())).in_(lang)
            return ENTER.in_(lang).format(first=first) + skip
        if question.usual:
            return ENTER.in_(lang).format(first=f"{question.usual} {question.unit}".strip()) + skip
        return (
            IN_UNIT.in_(lang).format(unit=question.unit) + ENTER_SKIP.in_(lang)
            if question.unit
            else ENTER_SKIP.in_(lang)
        )

    def _say(self, text: str) -> None:
        self._out.write(f"{text}\n")
        self._out.flush()


def forget_keys(stdin: TextIO) -> None:
    """Drop what was typed while nothing was asked: a person who presses Enter while a check runs has not said that the
    housing is whole, nor that a sale may be made.  Lines of a file or a pipe are answers, and stay."""
    if not stdin.isatty():
        return
    if sys.platform == "win32":
        import msvcrt

        for _ in range(KEYS_MAX):
            if not msvcrt.kbhit():
                break
            msvcrt.getwch()
    else:
        import termios

        with suppress(termios.error, OSError):
            termios.tcflush(stdin, termios.TCIFLUSH)


def answer_of(question: Question, said: str) -> dict[str, Answer] | None:
    """`{"answer": ...}` for a line that was typed, None for one that is no answer.  Numbers stand for choices."""
    if said.lower() in SKIP_WORDS:
        return {"answer": UNANSWERED}
    if not said:
        return {"answer": _usual(question)}
    parts = said.replace("，", ",").replace("、", ",").split(",") if question.several else [said]
    found = [_choice(question, part.strip()) for part in parts if part.strip()]
    if None in found or not found:
        return None
    return {"answer": tuple(dict.fromkeys(one for one in found if one is not None))}


def _usual(question: Question) -> Answer:
    if question.several:
        return ()
    if question.choices:
        return (next(iter(question.choices)),)
    return (question.usual,) if question.usual else UNANSWERED


def _choice(question: Question, said: str) -> str | None:
    ids = list(question.choices)
    if ids and said.isascii() and said.isdecimal() and 1 <= int(said[:4]) <= len(ids):
        return ids[int(said) - 1]
    for id_, words in question.choices.items():
        if said.lower() in (words.zh, words.en.lower()):
            return id_
    return meant(question, said)
