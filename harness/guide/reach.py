"""Where a report finds the guide: beside it, or where it was told."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from protocols.errors import LocalError
from protocols.text import Lang, Text

from ..diagnosis.causes import CAUSES
from .folder import is_guide

FOLDER = "posrig-guide"
"""The name under which the guide is written when none is given, and looked for beside a report."""
FIRST: Lang = "zh"
"""Both languages have the same pages."""

NO_GUIDE = Text("{path} 里没有 posrig 指南", "there is no posrig guide in {path}")
NO_GUIDE_CURE = Text(
    "先运行 posrig guide --output {path}，或给出 https:// 地址",
    "Run posrig guide --output {path} first, or give an https:// address",
)


def pages_for(report: Path, given: str | None) -> dict[str, str]:
    """Row to the address of its page as seen from a report in the folder `report`; `{lang}` stands for the language.

    `given`: a guide's folder, or an http(s) address that is not looked at; None: a guide beside the report, in it, or
    in the folder where the command runs, and no address where there is none.

    Raises LocalError for a folder without one.
    """
    if given is not None and given.startswith(("https://", "http://")):
        return {cause.row: f"{given.rstrip('/')}/{{lang}}/failures/{cause.row}.html" for cause in CAUSES}
    if given is not None and not is_guide(Path(given)):
        raise LocalError(NO_GUIDE.format(path=given), NO_GUIDE_CURE.format(path=given))
    places = [Path(given)] if given is not None else _beside(report)
    folder = next((place for place in places if is_guide(place)), None)
    if folder is None:
        return {}
    base = _address(folder, report)
    rows = sorted(path.stem for path in (folder / FIRST / "failures").glob("*.html"))
    return {row: f"{base}/{{lang}}/failures/{row}.html" for row in rows}


def _beside(report: Path) -> list[Path]:
    return [report / FOLDER, report.resolve().parent / FOLDER, Path(FOLDER)]


def _address(folder: Path, report: Path) -> str:
    """Relative, so that both may be moved together; braces are no part of it, because `{lang}` is put in later."""
    try:
        way = Path(os.path.relpath(folder.resolve(), report.resolve())).as_posix()
    except ValueError:  # another drive
        return folder.resolve().as_uri()
    return quote(way)
