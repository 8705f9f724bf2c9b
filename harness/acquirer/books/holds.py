"""The book of holds (see `acquirer.holds`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Hold:
    """One hold in force, or released (`released_us`).  `stage`: where its examination stands, empty for none."""

    case: str
    kind: str
    subject: str
    since_us: int
    facts: dict[str, Any] = field(default_factory=dict)
    stage: str = ""
    released_us: int | None = None
    why: str = ""


@dataclass
class HoldBook:
    """The durable part: all holds by case, and the cases in force by subject."""

    all: dict[str, Hold] = field(default_factory=dict)
    active: dict[str, list[str]] = field(default_factory=dict)
    ended_us: dict[str, int] = field(default_factory=dict)
    """`KIND SUBJECT` to when the last hold of it ended: what was examined then does not count again."""


def _hold(book: HoldBook, data: dict[str, Any]) -> None:
    kind = data.pop("kind_of_hold")
    book.all[data["case"]] = Hold(kind=kind, **data)
    book.active.setdefault(data["subject"], []).append(data["case"])


def _changed(book: HoldBook, data: dict[str, Any]) -> None:
    one = book.all[data["case"]]
    one.facts, one.stage = data["facts"], data["stage"]


def _released(book: HoldBook, data: dict[str, Any]) -> None:
    one = book.all[data["case"]]
    one.released_us, one.why = data["at_us"], data["why"]
    book.ended_us[f"{one.kind} {one.subject}"] = data["at_us"]
    book.active[one.subject].remove(one.case)
    if not book.active[one.subject]:
        del book.active[one.subject]


FOLD: Mapping[str, Callable[[HoldBook, dict[str, Any]], None]] = {
    "hold": _hold,
    "hold_changed": _changed,
    "hold_released": _released,
}
