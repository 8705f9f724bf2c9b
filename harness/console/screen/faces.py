"""The faces of the terminal as widgets: lamps, display, keypad, card slot, paper, what happens, parts, keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rich.text import Text as Line
from textual.app import ComposeResult
from textual.containers import Grid, Vertical
from textual.events import Resize
from textual.widgets import Button, RichLog, Static

from protocols.text import Lang

from ...machine import SECOND_US
from ...reports.columns import columns
from ...terminal.hardware.parts import PARTS
from ...terminal.texts import OPERATIONS
from . import words
from .entry import Entry
from .view import Lamp, Slip, View

KEYS = ("1", "2", "3", "CANCEL", "4", "5", "6", "CLEAR", "7", "8", "9", "MENU", "00", "0", "000", "ENTER")
"""As they stand on the keypad, row by row."""
LABELS: Mapping[str, tuple[str, str]] = {
    "CANCEL": ("取消", "CANC"),
    "CLEAR": ("清除", "CLEAR"),
    "MENU": ("功能", "MENU"),
    "ENTER": ("确认", "ENTER"),
}
MARKS: Mapping[Lamp, tuple[str, str]] = {
    "off": ("○", "dim"),
    "on": ("●", "green"),
    "busy": ("◍", "yellow"),
    "warn": ("◐", "bold yellow"),
    "bad": ("✖", "bold red"),
}
"""Told apart without colour, too."""
NEEDS: Mapping[str, str] = {"battery": "battery", "paper": "printer", "field": "contactless_reader"}
"""The part without which there is no such lamp."""
SLIP_COLUMNS = 34
FAINT_DOT = "░"


def lamps_line(view: View, parts: Iterable[str], lang: Lang) -> Line:
    """All lamps in a row."""
    line = Line()
    for name, text in words.LAMPS.items():
        if NEEDS.get(name) not in (None, *parts):
            continue
        mark, style = MARKS[view.lamp(name)]
        line.append(f" {mark} ", style)
        line.append(text.in_(lang))
        if name == "battery" and view.battery_percent is not None:
            line.append(f" {view.battery_percent}%")
    return line


def glass_lines(view: View, entry: Entry | None, lang: Lang) -> Line:
    """The display: what runs, what it says, and what was keyed."""
    if view.dark:
        return Line(words.POWER_OFF.in_(lang), "dim")
    if entry is not None:
        head, said = OPERATIONS[entry.op].in_(lang), f"{entry.prompt.in_(lang)}: {entry.shown}▏"
        return Line.assemble((head, "bold"), "\n", said, "\n", (words.TYPED.in_(lang), "dim"))
    running = OPERATIONS[view.op].in_(lang) if view.op in OPERATIONS else ""
    said = view.glass.in_(lang) if view.glass is not None else ""
    return Line.assemble((running, "bold"), "\n", said, "\n", view.typed if view.op else "")


def slip_lines(slip: Slip, lang: Lang) -> Line:
    """A slip as it looks: faint, with characters that cannot be read, or cut off."""
    style = "dim" if slip.faint else ""
    body = Line("\n".join(_seen(line.in_(lang), slip) for line in slip.lines) + "\n", style)
    body.append(("╌" if slip.complete else "≈") * SLIP_COLUMNS, "dim")
    return body


def _seen(text: str, slip: Slip) -> str:
    if slip.legible:
        return text
    blank = slip.contrast_percent == 0
    return "".join(" " if char == " " or blank else FAINT_DOT for char in text)


def happened_line(at_us: int, text: str, good: bool) -> Line:
    """One line of what happened."""
    seconds = at_us // SECOND_US
    time = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d} "
    return Line.assemble((time, "dim"), (text, "" if good else "bold red"))


def parts_lines(view: View, parts: Iterable[str], lang: Lang) -> Line:
    """Every part with its number and what its last self-test said."""
    line = Line()
    for part in parts:
        good = view.tests.get(part)
        mark, style = MARKS["off" if good is None else "on" if good else "bad"]
        line.append(f"{mark} ", style)
        line.append(f"{PARTS[part].text.in_(lang)} ")
        line.append(f"{view.numbers.get(part, '')}\n", "dim")
    return line


def standing_lines(recorded: int, wrong: Iterable[str], idle: bool, lang: Lang) -> Line:
    """What to do next, how much is recorded, and what the bench's hand has done that is still so."""
    line = Line(f"{words.IDLE.in_(lang)}\n" if idle else "", "dim")
    line.append(words.RECORDED.format(count=recorded).in_(lang), "dim")
    for what in wrong:
        line.append(f"\n⚡ {what}", "bold red")
    return line


class Keypad(Grid):
    """Twelve keys and four more, for the mouse; the keyboard has them, too."""

    def compose(self) -> ComposeResult:
        for key in KEYS:
            button = Button(key, id=f"key-{key}", compact=True, classes="key")
            button.can_focus = False
            yield button

    def speak(self, lang: Lang) -> None:
        """The keys' names."""
        for key, (zh, en) in LABELS.items():
            self.query_one(f"#key-{key}", Button).label = zh if lang == "zh" else en


class Slots(Vertical):
    """The card in somebody's hand, and the ways to present it."""

    def compose(self) -> ComposeResult:
        yield Static(id="card", markup=False)
        with Grid(id="ways"):
            for name in ("insert", "swipe", "tap", "pull"):
                button = Button(name, id=f"way-{name}", compact=True, classes="way")
                button.can_focus = False
                yield button

    def speak(self, lang: Lang, card: str, pin: str, in_slot: bool) -> None:
        """The card, where it is, and the buttons."""
        where = (words.IN_SLOT if in_slot else words.NOT_IN_SLOT).in_(lang)
        self.query_one("#card", Static).update(f"{card}  {where}  {pin}".rstrip())
        for action, _, text in words.HINTS:
            name = "pull" if action == "pull" else action.removeprefix("present('").removesuffix("')")
            if name in ("insert", "swipe", "tap", "pull"):
                self.query_one(f"#way-{name}", Button).label = text.in_(lang)


class Happenings(RichLog):
    """What happened; its lines were broken when they were written, so that a new width is told to `anew`."""

    def __init__(self, anew: Callable[[], None], **more: Any) -> None:
        super().__init__(**more)
        self._anew = anew
        self._broken_at = 0

    def on_resize(self, event: Resize) -> None:
        """Another width."""
        if event.size.width != self._broken_at:
            self._broken_at = event.size.width
            self._anew()


class Roll(RichLog):
    """The paper that came out."""

    def draw(self, slips: Iterable[Slip], lang: Lang) -> None:
        """All of it."""
        self.clear()
        for slip in slips:
            self.write(slip_lines(slip, lang))


def hints_markup(lang: Lang, width: int) -> str:
    """The keys, each of which can be clicked, in lines of at most `width` columns."""
    lines, room = [""], width
    for action, key, text in words.HINTS:
        taken = columns(f"{key} {text.in_(lang)}  ")
        if taken > room:
            lines, room = [*lines, ""], width
        lines[-1] += f"[@click=app.{action}][b]{key}[/b] {text.in_(lang)}[/]  "
        room -= taken
    return "\n".join(lines)
