"""The book of the host's own versions (see `acquirer.upgrades`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class UpgradeBook:
    """`version` of the host that runs, "" for the one it came with.  `settings`: those of the last upgrade.

    `afflicted`: what is out of step after it, to the terminals that it still concerns.
    """

    version: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    afflicted: dict[str, list[str]] = field(default_factory=dict)


def _upgraded(book: UpgradeBook, data: dict[str, Any]) -> None:
    book.version, book.settings, book.afflicted = data["version"], data["settings"], data["afflicted"]


def _cured(book: UpgradeBook, data: dict[str, Any]) -> None:
    for what in data["what"]:
        left = [terminal for terminal in book.afflicted.get(what, []) if terminal != data["terminal"]]
        if left:
            book.afflicted[what] = left
        else:
            book.afflicted.pop(what, None)


FOLD: Mapping[str, Callable[[UpgradeBook, dict[str, Any]], None]] = {"upgraded": _upgraded, "upgrade_cured": _cured}
