"""The book of applications (进件), by number (see `acquirer.onboarding`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Application:
    """One application (进件).  `state`: draft, submitted, in_review, incomplete, approved, rejected, withdrawn.

    `stage` indexes the settings' stages; `due_us` is when the current stage is promised to end (None while it has not
    begun), `promised_us` the whole review.  `missing`: items that it lacks, `disputed`: items that are not true.
    `cleared`: the activation team has let it pass.
    """

    number: str
    merchant: dict[str, Any]
    model: str
    items: list[str]
    submitted_us: int
    state: str
    stage: int
    due_us: int | None
    promised_us: int
    code: str
    sn: str = ""
    reason: str = ""
    missing: list[str] = field(default_factory=list)
    disputed: list[str] = field(default_factory=list)
    decided_us: int | None = None
    mid: str = ""
    tid: str = ""
    parcel: str = ""
    cleared: bool = False
    code_expires_us: int | None = None
    code_uses: int = 0
    code_tries: int = 0


def _applied(book: dict[str, Application], data: dict[str, Any]) -> None:
    application = Application(**data)
    book[application.number] = application


def _changed(book: dict[str, Application], data: dict[str, Any]) -> None:
    application = book[data.pop("application")]
    for name, value in data.items():
        setattr(application, name, value)


FOLD: Mapping[str, Callable[[dict[str, Application], dict[str, Any]], None]] = {
    "applied": _applied,
    "application_changed": _changed,
}
