"""The book of versions: which are demanded, vulnerable, ready for download, and what terminals told of an update."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Demand:
    """`wanted`: terminals with an older version must update; `minimum`: older ones than that do not sell, "" none."""

    wanted: str
    minimum: str = ""


@dataclass
class VersionBook:
    """`demands` by model, "" for every model.  `vulnerable`: `MODEL/VERSION`, the model "" for every one.

    `published`: `MODEL/VERSION` to what is wrong with the package, "" nothing.  `results`: serial number to how its
    last download ended, `{version, result}` as the terminal told it.
    """

    demands: dict[str, Demand] = field(default_factory=dict)
    vulnerable: list[str] = field(default_factory=list)
    published: dict[str, str] = field(default_factory=dict)
    results: dict[str, dict[str, str]] = field(default_factory=dict)


def _demanded(book: VersionBook, data: dict[str, Any]) -> None:
    book.demands[data["model"]] = Demand(data["wanted"], data["minimum"])


def _vulnerable(book: VersionBook, data: dict[str, Any]) -> None:
    if data["firmware"] not in book.vulnerable:
        book.vulnerable.append(data["firmware"])


def _published(book: VersionBook, data: dict[str, Any]) -> None:
    book.published[data["firmware"]] = data["flaw"]


def _told(book: VersionBook, data: dict[str, Any]) -> None:
    book.results[data["sn"]] = {"version": data["version"], "result": data["result"]}


FOLD: Mapping[str, Callable[[VersionBook, dict[str, Any]], None]] = {
    "version_demanded": _demanded,
    "version_vulnerable": _vulnerable,
    "package_published": _published,
    "update_told": _told,
}
