"""The record sheet of a round: a table on as many A4 sheets as it takes, landscape, its head on each of them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from protocols.text import Lang

from ..model import ACTORS
from . import round_words as words
from .progress import STATUSES, Progress
from .terminals import RoundEntry

if TYPE_CHECKING:
    from jinja2 import Environment

FAULTS_MAX = 3
"""Faults of one terminal on the sheet."""
CHARS_MAX = 160
"""Of one cell."""
MARKS = {"passed": "✓", "failed": "✗", "incomplete": "–", "skipped": "/", "open": ""}


def sheet_of(progress: Progress, at: str, lang: Lang) -> str:
    """The sheet as HTML that needs nothing but itself.  `at`: now, ISO 8601; with the same `at` it is the same."""
    return (
        _environment()
        .get_template("sheet.html.j2")
        .render(
            w=words,
            lang=lang,
            progress=progress,
            at=at[:16].replace("T", " "),
            tally=tally_of(progress, at, lang),
            columns=[name.in_(lang) for name in words.SHEET_COLUMNS],
            rows=[_row(progress, entry, at, lang) for entry in progress.entries],
            signatures=[name.in_(lang) for name in words.SIGNATURES],
        )
    )


def tally_of(progress: Progress, at: str, lang: Lang) -> str:
    """`20 terminals: 12 passed, 2 failed ...`; what there is none of is left out."""
    count = progress.count(at)
    parts = [f"{name.in_(lang)} {count[status]}" for status, name in STATUSES.items() if count[status]]
    if count["overdue"]:
        parts.append(f"{words.OVERDUE.in_(lang)} {count['overdue']}")
    joint = "，" if lang == "zh" else ", "
    return words.TALLY.in_(lang).format(all=count["all"], parts=joint.join(parts))


def found_of(result: dict[str, Any], lang: Lang, most: int = FAULTS_MAX) -> str:
    """What was wrong, or why it was left out."""
    if result.get("reason"):
        return str(result["reason"])
    faults = [str(one[lang]) for one in result.get("faults") or ()]
    more = f"; +{len(faults) - most}" if len(faults) > most else ""
    return "; ".join(faults[:most]) + more


def next_of(result: dict[str, Any], lang: Lang) -> str:
    """The next action, and who must act."""
    if not result.get("next"):
        return ""
    actor = next((name for id_, name in ACTORS.items() if id_ == result.get("actor")), None)
    who = words.WHO.in_(lang).format(actor=actor.in_(lang)) if actor else ""
    return f"{result['next'][lang]}{who}"


def _row(progress: Progress, entry: RoundEntry, at: str, lang: Lang) -> dict[str, Any]:
    result, status = dict(progress.result(entry)), progress.status(entry)
    return {
        "entry": entry,
        "overdue": progress.overdue(entry, at),
        "mark": MARKS[status],
        "status": STATUSES[status].in_(lang) if status != "open" else "",
        "at": str(result.get("at", ""))[:16].replace("T", " "),
        "found": _cut(found_of(result, lang)),
        "next": _cut(next_of(result, lang)) if status != "passed" else "",
        "technician": result.get("technician", ""),
    }


def _cut(said: str) -> str:
    return said if len(said) <= CHARS_MAX else said[: CHARS_MAX - 1] + "…"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from ...reports.page_environment import page_environment

    return page_environment("harness.bench_check.rounds")
