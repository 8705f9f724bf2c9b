"""What a symptom is: something that somebody at one side could observe, and how it is found in the visible events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from protocols.text import Text

from .story import Exchange, Story


@dataclass(frozen=True, slots=True)
class Observation:
    """A symptom that was found: the events that show it (sequence numbers)."""

    symptom: str
    events: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Symptom:
    """`find` returns the sequence numbers of the events that show it, none when it is absent.

    `outside`: it is a cause by itself, and none of the catalogue's rows: what is wrong is not the terminal's.
    """

    id: str
    text: Text
    find: Callable[[Story], list[int]]
    outside: bool = False


def both_ends(story: Story) -> list[Exchange]:
    """The host line from wherever it was seen; the terminal's view first, for only it knows that a reply never came."""
    return story.exchanges("terminal") or story.exchanges("host")
