"""The book of drafts: applications that were begun and not handed in (see `acquirer.drafts`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Draft:
    """How far an application was filled in.  `form` names the form, `done` its steps that are finished, in order.

    What was given stands in the application itself.  `expires_us`: until when it can be gone on with as it is; after
    that it is kept, and must be resumed first.
    """

    application: str
    form: str
    saved_us: int
    expires_us: int
    done: list[str] = field(default_factory=list)


@dataclass
class DraftBook:
    """All drafts by the number of their application, those that were handed in since included."""

    all: dict[str, Draft] = field(default_factory=dict)


def _draft(book: DraftBook, data: dict[str, Any]) -> None:
    book.all[data["application"]] = Draft(**data)


def _changed(book: DraftBook, data: dict[str, Any]) -> None:
    draft = book.all[data.pop("application")]
    for name, value in data.items():
        setattr(draft, name, value)


FOLD: Mapping[str, Callable[[DraftBook, dict[str, Any]], None]] = {"draft": _draft, "draft_changed": _changed}
