"""The book of announcements (see `acquirer.notices`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

OVER_MAX = 1_000
"""Announcements that are over and stay readable; the oldest goes first."""


@dataclass
class Notice:
    """One announcement.  `stage`: announced, in_force, cut_off, over.  `until_us` None: no end is foreseen.

    `cases`: the holds that it has put.
    """

    number: str
    kind: str
    subject: str
    announced_us: int
    from_us: int
    until_us: int | None = None
    cut_off_us: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    stage: str = "announced"
    cases: list[str] = field(default_factory=list)


@dataclass
class NoticeBook:
    """The durable part: `live` by number, those that are `over`, the oldest first, and how many there ever were."""

    live: dict[str, Notice] = field(default_factory=dict)
    over: list[Notice] = field(default_factory=list)
    count: int = 0


def _notice(book: NoticeBook, data: dict[str, Any]) -> None:
    book.live[data["number"]] = Notice(kind=data.pop("kind_of_notice"), **data)
    book.count += 1


def _stage(book: NoticeBook, data: dict[str, Any]) -> None:
    one = book.live[data["number"]]
    one.stage = data["stage"]
    one.cases = [*one.cases, *([data["case"]] if data["case"] else [])]


def _over(book: NoticeBook, data: dict[str, Any]) -> None:
    one = book.live.pop(data["number"])
    one.stage, one.until_us = "over", data["at_us"]
    book.over = [*book.over, one][-OVER_MAX:]


FOLD: Mapping[str, Callable[[NoticeBook, dict[str, Any]], None]] = {
    "notice": _notice,
    "notice_stage": _stage,
    "notice_over": _over,
}
