"""What the bench asks: provisioning, causes, snapshots, decisions of the review, the key-loading room."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from protocols.errors import ScenarioError
from protocols.text import Text

from . import registry, snapshots
from .provision import provision_from
from .turn import Turn

Args = Mapping[str, Any]
Value = dict[str, Any]


class Refused(Exception):
    """The request was illegal; `text` says why."""

    def __init__(self, cause: str, text: Text) -> None:
        super().__init__(text.en)
        self.cause = cause
        self.text = text


def provision(turn: Turn, args: Args) -> Value:
    """`{merchant: [...]}` as in a provisioning file."""
    try:
        given = provision_from(args, turn.settings.dialects.keys())
    except ScenarioError as error:
        raise Refused("bad_provision", error.what) from None
    return {"terminals": len(given.terminals), "new": registry.provision(turn, given)}


def snapshot(turn: Turn, args: Args) -> Value:
    """The host's books and registers, also as a trace event."""
    value = snapshots.snapshot(turn.state)
    turn.note("snapshot", value)
    return value


def unresolved(turn: Turn, args: Args) -> Value:
    """What settlement left open."""
    return {"unresolved": list(turn.state.unresolved)}


CONTROL: Mapping[str, Callable[[Turn, Args], Value]] = {
    "provision": provision,
    "snapshot": snapshot,
    "unresolved": unresolved,
}
