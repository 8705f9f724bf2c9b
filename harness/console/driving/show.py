"""What a person sees while a terminal is driven: each step as it happens, and how it ended."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.status import Status

from harness.bench.probing import Heard
from harness.bench.register import Cable
from harness.driver.learning import Learned
from harness.driver.operations import OPERATIONS
from harness.driver.outcome import REFUSED
from protocols.text import Lang, Text

from . import texts
from .orders import Typed, operation_rows, shown_amount, word_of

PLAIN_WIDTH = 120
STYLES = {"done": "bold green", "unknown": "bold red"}
TROUBLE = "trouble"
"""The kind of what the log of the register's shell says; `what` is a Text."""
HIDDEN = ("op", "status", "text", "of")
"""Parts of an Outcome that are told in other words."""


class Screen:
    """In words, on standard output; what is under way stands at the bottom where that is a terminal.  `quiet`: nothing
    is shown."""

    def __init__(self, lang: Lang, *, quiet: bool = False) -> None:
        self._lang: Lang = lang
        self._live = sys.stdout.isatty() and not quiet
        width = None if self._live else PLAIN_WIDTH
        self._console = Console(file=sys.stdout, width=width, markup=False, highlight=False, emoji=False, quiet=quiet)
        self._status: Status | None = None
        self._newest = ""

    def head(self, cable: Cable) -> None:
        """Where the terminal is and what it speaks."""
        line = "" if cable.tcp else str(cable.settings)
        spoken = " ".join(part for part in (cable.spoken.protocol, line) if part)
        self._print(texts.HEAD.format(port=cable.port, protocol=spoken))

    def in_vain(self, heard: Heard) -> None:
        """A question of the search that was not answered."""
        words = texts.ASKED_HEARD if heard.octets else texts.ASKED
        told = {"protocol": heard.attempt.protocol, "line": heard.attempt.line, "count": len(heard.octets)}
        self._print(words.format(**told), "dim")

    def operations(self, names: Sequence[str]) -> None:
        """What the protocol has."""
        for typed, text in operation_rows(names):
            self._console.print(f"  {typed}".ljust(36) + text.in_(self._lang))

    def begin(self, order: Typed) -> None:
        self._console.print()
        self._console.print(f"{order.shown}  {OPERATIONS[order.op].text.in_(self._lang)}", style="bold cyan")
        self._newest = ""
        if self._live:
            self._status = self._console.status("", spinner="dots")
            self._status.start()

    def event(self, kind: str, data: Mapping[str, Any], at_s: float) -> None:
        told = told_of(kind, data)
        if told is not None:
            newest = told.in_(self._lang)
            if kind == "progress" and newest == self._newest:
                return  # the terminal is still at it, and says so again
            self._newest = newest
            self._console.print(f"  {at_s:7.1f} s  {self._newest}", soft_wrap=True)
            self._console.file.flush()

    def say(self, what: Text) -> None:
        self._print(what, "yellow")

    def tick(self, order: Typed, elapsed_s: float) -> None:
        if self._status is not None:
            words = texts.UNDER_WAY.format(op=order.shown, seconds=f"{elapsed_s:.0f}", what=self._newest or "...")
            self._status.update(words.in_(self._lang))

    def end(self, order: Typed, outcome: Mapping[str, Any], took_s: float, next_step: Text | None) -> None:
        self.stop()
        status = str(outcome["status"])
        here = status == "refused" and outcome["cause"] in REFUSED
        ended = texts.REFUSED_HERE if here else texts.STATUSES[status]
        shown = texts.TOOK.in_(self._lang).format(status=ended.in_(self._lang), seconds=f"{took_s:.1f}")
        if status != "done" or outcome["cause"]:
            shown += ("：" if self._lang == "zh" else ": ") + outcome["text"][self._lang]
        self._console.print(f"  {shown}", style=STYLES.get(status, "bold yellow"), soft_wrap=True)
        self._fields(outcome)
        of = (outcome.get("of") or {}).get("order") if order.op == "last" else None
        if of and str(of) != str(order.args.get("order", of)):
            self._print(texts.OTHER_ORDER.format(of=of, asked=order.args["order"]), "bold yellow")
        elif of:
            self._console.print(f"  {texts.OF_ORDER.format(of=of).in_(self._lang)}", soft_wrap=True)
        if next_step is not None:
            what = texts.NEXT_STEP.in_(self._lang).format(what=next_step.in_(self._lang))
            self._console.print(f"  {what}", soft_wrap=True)

    def learned(self, found: Learned) -> None:
        good = found.verdict == "same" and found.last["status"] == "done"
        self._print(found.text, "bold green" if good else "bold yellow")
        self._fields(found.last)

    def stop(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None

    def _print(self, what: Text, style: str = "") -> None:
        self._console.print(f"  {what.in_(self._lang)}" if style else what.in_(self._lang), style=style, soft_wrap=True)

    def _fields(self, outcome: Mapping[str, Any]) -> None:
        """Two columns; what only some protocols tell comes under its own name."""
        rows = [
            (_label(name, self._lang), _shown(name, value, self._lang))
            for name, value in outcome.items()
            if _is_told(name, value, outcome)
        ]
        width = max((cell_len(label) for label, _ in rows), default=0)
        for label, value in rows:
            pad = " " * (width - cell_len(label))
            first, *rest = value.splitlines() or [""]
            self._console.print(f"    {label}{pad}  {first}", soft_wrap=True)
            for line in rest:
                self._console.print(f"    {' ' * width}  {line}", soft_wrap=True)


def told_of(kind: str, data: Mapping[str, Any]) -> Text | None:
    """An event of the driver in words; None for what nobody needs to hear of."""
    if kind == TROUBLE:
        what: Text = data["what"]
        return what
    if kind == "progress":
        return Text(data["text"]["zh"], data["text"]["en"])
    if kind == "link" and data["link"] == "terminal" and data["what"] == "closed" and data["reason"] != "local":
        return texts.GONE
    if kind == "link" and data["link"] == "terminal" and data["what"] == "open":
        return texts.BACK.format(port=data["peer"])
    if kind == "link" and data["link"] == "tunnel" and data["what"] == "dial":
        return texts.DIALS.format(address=data["peer"] or "-")
    return None


def _is_told(name: str, value: Any, outcome: Mapping[str, Any]) -> bool:
    said = name == "cause" and value == outcome["status"]
    return name not in HIDDEN and value not in (None, "", [], {}) and not said


def _label(name: str, lang: Lang) -> str:
    return texts.FIELDS[name].in_(lang) if name in texts.FIELDS else word_of(name)


def _shown(name: str, value: Any, lang: Lang) -> str:
    if isinstance(value, bool):
        return texts.YES_NO[value].in_(lang)
    if name.endswith("_fen") and isinstance(value, int):
        return shown_amount(value)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "\n".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
