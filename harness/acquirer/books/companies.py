"""The register of companies (工商登记) that a review looks into, and the re-checks of live merchants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Recheck:
    """A re-check that is not passed.  `missing`: items that the merchant owes; `disputed`: items that are not true.

    `due_us`: when the provider looks again, None while the merchant has to act.
    """

    mid: str
    missing: list[str]
    disputed: list[str]
    due_us: int | None = None


@dataclass
class CompanyBook:
    """`names`: licence number to the name it was issued to.  `rechecks`: those not passed, by merchant."""

    names: dict[str, str] = field(default_factory=dict)
    rechecks: dict[str, Recheck] = field(default_factory=dict)


def _company(book: CompanyBook, data: dict[str, Any]) -> None:
    book.names[data["licence"]] = data["name"]


def _recheck(book: CompanyBook, data: dict[str, Any]) -> None:
    book.rechecks[data["mid"]] = Recheck(**data)


def _passed(book: CompanyBook, data: dict[str, Any]) -> None:
    book.rechecks.pop(data["mid"], None)


FOLD: Mapping[str, Callable[[CompanyBook, dict[str, Any]], None]] = {
    "company": _company,
    "recheck": _recheck,
    "recheck_passed": _passed,
}
