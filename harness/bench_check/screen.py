"""What the technician sees: one line for each check, live while it runs where the console can, plain lines
elsewhere."""

from __future__ import annotations

import sys
from typing import TextIO

from protocols.text import Lang, Text

from .faults import FAULTS
from .model import ACTORS, GROUPS, VERDICTS, Check, Figure, Finding

MARKS = {"pass": "✓", "fail": "✗", "not_possible": "–"}
PLAIN_MARKS = {"pass": "OK", "fail": "!!", "not_possible": "--"}
RETRY = {True: Text("可重试", "may be tried again"), False: Text("不要重试", "do not try again")}
TODO = Text("处理（{actor}，{retry}）：{action}", "To do ({actor}, {retry}): {action}")


class PlainScreen:
    """Lines for any console, log file or pipe."""

    def __init__(self, lang: Lang, out: TextIO | None = None) -> None:
        self._lang = lang
        self._out = out or sys.stdout
        self._group = ""

    def begin(self, check: Check) -> None:
        if check.group != self._group:
            self._group = check.group
            self.line(f"[{GROUPS[check.group].in_(self._lang)}]")

    def tell(self, text: Text) -> None:
        """Plain consoles show what came of it, not what goes on."""

    def end(self, check: Check, finding: Finding) -> None:
        mark = PLAIN_MARKS[finding.verdict]
        verdict = VERDICTS[finding.verdict].in_(self._lang)
        self.line(f"  {mark} {check.title.in_(self._lang)}: {verdict} - {finding.found.in_(self._lang)}")
        for one in finding.figures:
            self.line(f"       {figure_words(one, self._lang)}")
        for line in todo(finding, self._lang):
            self.line(f"       {line}")

    def line(self, text: str) -> None:
        self._out.write(f"{text}\n")
        self._out.flush()


def figure_words(figure: Figure, lang: Lang) -> str:
    """`answers, slowest 5 %: 40 ms (limit: at most 200 ms)`."""
    unit = f" {figure.unit}" if figure.unit else ""
    said = f"{figure.name.in_(lang)}: {figure.value:g}{unit}"
    limits = []
    if figure.low is not None:
        limits.append(Text("不低于 {n}", "at least {n}").format(n=f"{figure.low:g}{unit}").in_(lang))
    if figure.high is not None:
        limits.append(Text("不高于 {n}", "at most {n}").format(n=f"{figure.high:g}{unit}").in_(lang))
    return f"{said} ({', '.join(limits)})" if limits else said


def todo(finding: Finding, lang: Lang) -> list[str]:
    """Cause and next action of a failed check."""
    if finding.verdict != "fail":
        return []
    fault = FAULTS[finding.fault]
    actor, retry = ACTORS[fault.actor].in_(lang), RETRY[fault.retry].in_(lang)
    action = fault.action.format(**finding.values).in_(lang)
    return [
        fault.cause.format(**finding.values).in_(lang),
        TODO.in_(lang).format(actor=actor, retry=retry, action=action),
    ]
