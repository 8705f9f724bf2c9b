"""Asks the person at the device, in the console."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Sequence
from typing import TextIO

import click

from protocols.text import Lang, Text

from ..bench.physical.prompts import CHOICES, SKIP, Prompt

HEAD = Text("▶ {words}", "▶ {words}")
HOW = Text(
    "回车 = {first}；或 {others}；{seconds} 秒内不答即跳过",
    "Enter = {first}; or {others}; no answer within {seconds} s skips",
)
AGAIN = Text("没有这个回答：{said}", "There is no such answer: {said}")
LATE = Text("没有回答，跳过", "No answer: skipped")
NOBODY = Text("标准输入已结束，无人可问，跳过", "Standard input has ended, nobody can be asked: skipped")


class ConsolePrompter:
    """`Prompter` on standard input, in one language or both.  One question at a time; a line that comes late answers
    nothing.
    """

    def __init__(self, languages: Sequence[Lang], limit_s: int, stdin: TextIO | None = None) -> None:
        self.row: str = ""
        self._languages = tuple(languages)
        self._limit_s = limit_s
        self._stdin = stdin or sys.stdin
        self._lines: queue.Queue[str | None] = queue.Queue()
        """None: the end of standard input."""
        self._reader: threading.Thread | None = None
        self._ended = threading.Event()
        self._busy = threading.Lock()

    def ask(self, prompt: Prompt) -> str:
        with self._busy:
            return self._ask(prompt)

    def _ask(self, prompt: Prompt) -> str:
        self._listen()
        while not self._lines.empty():  # typed before the question
            self._lines.get_nowait()
        if self._ended.is_set():
            self._lines.put(None)
        self._say(prompt)
        while True:
            try:
                line = self._lines.get(timeout=self._limit_s)
            except queue.Empty:
                self._tell(LATE)
                return SKIP
            if line is None:
                self._tell(NOBODY)
                return SKIP
            said = _meant(line.strip().lower(), prompt.choices)
            if said:
                return said
            self._tell(AGAIN.format(said=repr(line.strip())))

    def _listen(self) -> None:
        """One thread reads for as long as the program runs: nobody can take a read of a console back."""
        if self._reader is None:
            self._reader = threading.Thread(target=self._read, name="posrig-answers", daemon=True)
            self._reader.start()

    def _read(self) -> None:
        for line in self._stdin:
            self._lines.put(line)
        self._ended.set()  # nobody is there any more, and nobody is waited for
        self._lines.put(None)

    def _say(self, prompt: Prompt) -> None:
        first, *others = prompt.choices
        for lang in self._languages:
            click.echo(f"▶ {prompt.words.in_(lang)}", err=True)
            told = ", ".join(f"{one} ({CHOICES[one].in_(lang)})" for one in others)
            named = f"{first} ({CHOICES[first].in_(lang)})"
            click.echo("  " + HOW.in_(lang).format(first=named, others=told, seconds=self._limit_s), err=True)

    def _tell(self, text: Text) -> None:
        for lang in self._languages:
            click.echo("  " + text.in_(lang), err=True)


def _meant(said: str, choices: Sequence[str]) -> str:
    """The choice that was typed, or the only one that begins so; the first for an empty line."""
    if not said:
        return choices[0]
    fits = [one for one in choices if one.startswith(said)]
    return said if said in choices else fits[0] if len(fits) == 1 else ""
