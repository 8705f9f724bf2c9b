"""One line of a sequence diagram: an arrow, a note on a lane, a mark across, a divider.

Lanes stand at the odd eighths of the width: register 1, terminal 3, link 5, host 7.  The cable between register and
terminal has no lane of its own; what goes wrong on it is shown at 2, halfway.  The card stands behind the terminal, at
4: what is said to it is noted there, command and answer in one line.  Where there are several terminals or
hosts they share the lane of their side, and what is of another than the first bears its name: a fleet fits no page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from protocols.text import Text

from ..machine import SECOND_US, Json, side_of
from ..trace import Event
from . import words
from .flights import Flight
from .words import joined

LANES: Mapping[str, int] = {"register": 1, "terminal": 3, "card": 4, "link": 5, "host": 7, "bench": 5}
CABLE = 2
LINE = LANES["link"]

HELD_US = 2 * SECOND_US
"""What is under way longer than this is drawn in two parts, when it left and when it arrived."""

GAP_US = 60 * SECOND_US
"""Time between two items that gets a line of its own."""

NAMED_MAX = 3
"""Parties that one line names."""

ACK = "06"

Shape = Literal["arrow", "note", "mark", "case", "step", "gap"]
End = Literal["head", "cross", "held"]


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the diagram.

    `start`, `stop`: eighths of the width; equal for what stands on one lane.  `tone`: what it is (money, reversal,
    manage, settle, cable, portal, fault, healed, state, display, slip, begin, end, decision, person, noise, boot).
    `good`: False for what went wrong.  `struck`: something happened to it on the way.  `repeats`: equal for items that
    say the same.
    """

    shape: Shape
    at_us: int
    seqs: tuple[int, ...]
    label: Text
    sub: Text | None = None
    start: int = 0
    stop: int = 0
    end: End = "head"
    tone: str = ""
    good: bool = True
    struck: bool = False
    flight: Flight | None = None
    data: Mapping[str, Json] | None = None
    lines: tuple[Text, ...] = ()
    repeats: str = ""

    @property
    def weighs(self) -> bool:
        """Whether it must be seen in any recording, however long."""
        return not self.good or self.struck or self.shape == "case" or self.tone == "fault"


def named(label: Text, *parties: str) -> Text:
    """`label` behind the names of those parties that are not the first of their side."""
    return joined(*(words.party(one) for one in parties if one != side_of(one)), label)


def note(event: Event, tone: str, label: Text, sub: Text | None = None, **more: Json) -> Item:
    lane = LANES.get(side_of(event.party), LINE)
    key = f"{event.kind} {event.party} {label.en} {tone}"
    label = named(label, event.party)
    return Item("note", event.t_us, (event.seq,), label, sub, lane, lane, tone=tone, repeats=key, **more)


def mark(event: Event, tone: str, label: Text, sub: Text | None = None, lane: int = LINE, **more: Json) -> Item:
    key = f"{event.kind} {label.en}"
    return Item("mark", event.t_us, (event.seq,), label, sub, lane, lane, tone=tone, repeats=key, **more)
