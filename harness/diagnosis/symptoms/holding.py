"""What the provider has on hold: told at its portal, and known to itself.  Shared by all rows that stop somebody.

The portal's status query names the hold with case number and facts; the host's own log has the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...trace import Event
from ..story import Story

Json = Any


def _terminals(story: Story) -> Iterator[tuple[Event, Mapping[str, Json]]]:
    for event, answer in story.portal("status"):
        for terminal in answer.get("terminals", ()):
            yield event, terminal


def shown_at_portal(story: Story, kind: str) -> list[int]:
    """Status and progress queries whose answer lists a hold of this kind."""
    answers = (*_terminals(story), *story.portal("progress"))
    return [event.seq for event, told in answers if any(one.get("kind") == kind for one in told.get("holds", ()))]


def put_on_hold(story: Story, kind: str) -> list[int]:
    """The host's own view: a hold of this kind began, or stopped a request."""
    began = [e.seq for e in story.of("state") if e.data.get("machine") == "hold" and e.data.get("to") == kind]
    return began + [e.seq for e in story.of("decision") if e.data.get("cause") == kind]


def on_hold(kind: str) -> Callable[[Story], list[int]]:
    """Either of the two."""
    return lambda story: shown_at_portal(story, kind) + put_on_hold(story, kind)


def last_refusal(cause: str) -> Callable[[Story], list[int]]:
    """Status queries that tell why the last request was refused: a limit that fired for one sale leaves no hold."""

    def find(story: Story) -> list[int]:
        found = ((event, terminal.get("last_refusal")) for event, terminal in _terminals(story))
        return [event.seq for event, told in found if isinstance(told, Mapping) and told.get("cause") == cause]

    return find
