"""The display: what the application writes, and what can be seen of it.

The controller takes what is written whatever the glass shows, so that the self-test passes.  An event `display` that
the register's side may see too is one that was seen; where the glass is bad it is the terminal's alone, and whoever
stands there sees what the event `part` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from protocols.text import Text

from ...machine import Json, Note
from .defect import Act, Defect
from .parts import FAILED, part_number

if TYPE_CHECKING:
    from ..desk import Desk

DISPLAY = "display"
BLANK, GARBLED = "display_blank", "display_garbled"
SEEN: Mapping[str, str] = {FAILED: "blank", BLANK: "blank", GARBLED: "garbled"}
"""What is seen with each defect, the gravest first."""
NO_GLYPH = "▒"
"""Stands for a character that cannot be recognised."""
DIGITS_OFF = 5
"""A garbled digit is read as another one; every one of them changes."""


def _defect(desk: Desk) -> str | None:
    defects = desk.state.device.part(DISPLAY).defects
    return next((what for what in SEEN if what in defects), None)


def glass(desk: Desk, text: Text) -> dict[str, Json]:
    """What somebody who stands there, or a frame-buffer reader, sees of what was written: {zh, en}, "" for nothing."""
    defect = _defect(desk)
    if defect is None:
        return {"zh": text.zh, "en": text.en}
    return {"zh": garbled(text.zh), "en": garbled(text.en)} if defect == GARBLED else {"zh": "", "en": ""}


def garbled(line: str) -> str:
    """The line as a bad panel shows it."""
    return "".join(_garbled(char) for char in line)


def _garbled(char: str) -> str:
    if char.isascii() and char.isdigit():
        return str((int(char) + DIGITS_OFF) % 10)
    return char if char.isspace() else NO_GLYPH


def show(desk: Desk, text: Text) -> None:
    """Write `text`."""
    defect = _defect(desk)
    desk.note("display", {"zh": text.zh, "en": text.en}, shown=defect is None)
    if defect is not None:
        told: dict[str, Json] = {"part": DISPLAY, "what": SEEN[defect], "ok": False, "detail": glass(desk, text)}
        desk.effects.append(Note("part", {**told, "id": part_number(desk, DISPLAY)}, ("register",)))


DEFECTS: Mapping[str, Defect] = {
    BLANK: Defect(DISPLAY, Text("显示屏全黑", "The display stays blank"), False),
    GARBLED: Defect(DISPLAY, Text("显示屏花屏", "The display is garbled"), False),
}
ACTS: Mapping[str, Act] = {}
