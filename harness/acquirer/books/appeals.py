"""The book of appeals (see `acquirer.appeals`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Appeal:
    """One appeal (申诉) against a hold.

    `state`: open, granted, refused, missed (a deadline passed).  `stage` indexes the procedure's stages; `due_us` is
    the deadline of the stage, or when the decision falls; `items`: what was handed in.
    """

    number: str
    case: str
    opened_us: int
    due_us: int
    stage: int = 0
    items: list[str] = field(default_factory=list)
    state: str = "open"
    why: str = ""


@dataclass
class AppealBook:
    """All appeals by number, and the one that is under way of each case."""

    all: dict[str, Appeal] = field(default_factory=dict)
    running: dict[str, str] = field(default_factory=dict)
    count: dict[str, int] = field(default_factory=dict)
    """Case to the number of its appeals so far."""


def _appeal(book: AppealBook, data: dict[str, Any]) -> None:
    one = Appeal(**data)
    book.all[one.number] = one
    book.running[one.case] = one.number
    book.count[one.case] = book.count.get(one.case, 0) + 1


def _material(book: AppealBook, data: dict[str, Any]) -> None:
    book.all[data["number"]].items.extend(data["items"])


def _stage(book: AppealBook, data: dict[str, Any]) -> None:
    one = book.all[data["number"]]
    one.stage, one.due_us = data["stage"], data["due_us"]


def _ended(book: AppealBook, data: dict[str, Any]) -> None:
    one = book.all[data["number"]]
    one.state, one.why = data["state"], data["why"]
    del book.running[one.case]


FOLD: Mapping[str, Callable[[AppealBook, dict[str, Any]], None]] = {
    "appeal": _appeal,
    "appeal_material": _material,
    "appeal_stage": _stage,
    "appeal_ended": _ended,
}
