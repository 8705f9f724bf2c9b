"""The HTML report: one page that needs nothing but itself, and the trace of each row beside it.

The page reads without JavaScript; what there is of it copies a command and keeps the page's language attribute right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import Markup, escape

from protocols.errors import LocalError
from protocols.text import Lang, Text

from ..judges.verdict import INVARIANT
from . import coverage_map as coverage_words
from . import page_words, words
from .course import ROLES, Course, course_of
from .coverage_map import coverage_map
from .drawing import drawing_of
from .explain import dialect_named
from .items import items_of
from .matrix import Matrix, matrix_of
from .model import RowReport, RunReport
from .page_environment import page_environment

PAGE_ITEMS_MAX = 6_000
"""Drawn items of a whole page, about 700 octets each; rows share them."""

ROW_ITEMS_MAX = 1_200
ROW_ITEMS_MIN = 120
"""Even in a run of very many rows each diagram shows its beginning, its end and what went wrong."""

PAGE_LINES_MAX = 24_000
"""Lines of unfolded messages on a page, about 250 octets each."""

ROW_LINES_MAX = 5_000

PHRASES_MAX = 4_096
"""Phrases whose markup is kept: most are said again and again."""

TITLE = Text("posrig 报告", "posrig report")
BAD_ID = Text("{id!r} 不能作文件名", "{id!r} cannot be a file name")
BAD_ID_CURE = Text("行号只用字母、数字、点、下划线、连字符", "Use letters, digits, `.`, `_` and `-` in row ids")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def write_report(folder: Path, run: RunReport, lang: Lang = "zh") -> Path:
    """Write `index.html` and `ID.trace.jsonl` of each row into `folder` (made if absent); returns the page's path.

    `lang` is the language that the page opens in.  Raises LocalError for a row id that is no file name, OSError.
    """
    for row in run.rows:
        if not _ID.fullmatch(row.id):
            raise LocalError(BAD_ID.format(id=row.id), BAD_ID_CURE)
    folder.mkdir(parents=True, exist_ok=True)
    for row in run.rows:
        row.trace.write(folder / f"{row.id}.trace.jsonl")
    page = folder / "index.html"
    page.write_text(render(run, lang), encoding="utf-8", newline="\n")
    return page


def render(run: RunReport, lang: Lang = "zh") -> str:
    """The page as text.  The same simulated run gives the same text."""
    count = max(1, len(run.rows))
    limits = (
        min(ROW_ITEMS_MAX, max(ROW_ITEMS_MIN, PAGE_ITEMS_MAX // count)),
        min(ROW_LINES_MAX, PAGE_LINES_MAX // count),
    )
    rows = [_row_view(row, *limits) for row in run.rows]
    timed = run.bench != "simulated"
    template = _environment().get_template("report.html.j2")
    return template.render(
        run=run,
        rows=rows,
        families=_families(rows),
        lang=lang,
        timed=timed,
        title=TITLE,
        w=page_words,
        parties=words.PARTIES,
        roles=ROLES,
        tried=coverage_map(run.coverage) if run.coverage is not None else None,
        coverage_words=coverage_words,
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    env = page_environment("harness.reports")
    env.filters["t"] = both
    env.filters["clock"] = words.clock
    env.globals.update(COLON=words.COLON, SEMICOLON=words.SEMICOLON)
    env.filters["invariant"] = lambda judge: INVARIANT.format(judge=judge)
    env.filters["span"] = lambda seconds: words.span(int(seconds * 1_000_000))
    return env


def both(text: Text | Mapping[str, str] | None) -> Markup:
    """The phrase in both languages, of which the page shows one; once where they are the same."""
    shown = text if isinstance(text, Text) else words.of_json(text)
    return Markup("") if shown is None else _both(shown)


@lru_cache(maxsize=PHRASES_MAX)
def _both(text: Text) -> Markup:
    if text.zh == text.en:
        return escape(text.zh)
    return Markup(f'<i lang="zh">{escape(text.zh)}</i><i lang="en">{escape(text.en)}</i>')


# One row ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    """A link to the place of an event in the diagram; `target` is empty where it is not drawn."""

    seq: int
    target: str


@dataclass(frozen=True, slots=True)
class RowView:
    """What the template needs of a row."""

    row: RowReport
    entries: list[dict[str, Any]]
    judges: list[dict[str, Any]]
    ranking: list[dict[str, Any]]
    others: list[str]
    hidden: list[dict[str, Any]]
    next_test: Text | None
    messages: int
    drawn: int
    undrawn: int
    open: bool
    matrix: Matrix | None
    course: Course | None


def _families(rows: Sequence[RowView]) -> list[tuple[Text, list[RowView]]]:
    """The rows by their family, families in the order of their first row."""
    grouped: dict[Text, list[RowView]] = {}
    for view in rows:
        grouped.setdefault(page_words.family_of(view.row.id), []).append(view)
    return list(grouped.items())


def _row_view(row: RowReport, items_max: int, lines_max: int) -> RowView:
    events = row.trace.events
    diagnosis = row.diagnosis or {}
    dialect = dialect_named(row.trace.header.dialect)
    drawing = drawing_of(items_of(events), row.id, dialect, items_max, lines_max, set(_cited(row)))
    targets = drawing.targets

    def cells(seqs: Sequence[int]) -> list[Cell]:
        return [Cell(seq, targets.get(seq, "")) for seq in seqs]

    ranking = [
        {
            "shown": True,
            "ladder": [],
            **candidate,
            "for": [{**item, "cells": cells(item["events"])} for item in candidate["for"]],
            "against": [{**item, "cells": cells(item["events"])} for item in candidate["against"]],
        }
        for candidate in diagnosis.get("ranking", [])
    ]
    judges = [
        {**verdict, "name": words.word(words.JUDGES, verdict["judge"]), "cells": cells(verdict.get("events") or [])}
        for verdict in row.verdicts
    ]
    return RowView(
        row=row,
        entries=drawing.entries,
        judges=judges,
        ranking=ranking,
        others=[candidate["row"] for candidate in ranking if not candidate["shown"]],
        hidden=list(diagnosis.get("hidden", [])),
        next_test=words.of_json(diagnosis.get("next_test")),
        messages=sum(event.kind == "message" for event in events),
        drawn=len(targets),
        undrawn=len(events) - len(targets),
        open=not row.ok,
        matrix=matrix_of(events),
        course=course_of(events, targets),
    )


def _cited(row: RowReport) -> Iterator[int]:
    """Events that a verdict or the diagnosis names."""
    for verdict in row.verdicts:
        yield from verdict.get("events") or []
    for candidate in (row.diagnosis or {}).get("ranking", []):
        for item in (*candidate["for"], *candidate["against"]):
            yield from item["events"]
