"""The search index: a script of a few hundred entries, so that it works from a folder as well as from a server.

A library that fetches its index (Pagefind, for one) finds nothing in pages that are opened as files.  Terms are looked
for as they are written; where nothing has all of them, a Chinese one is divided into its pairs of characters.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from protocols.text import Lang, Text

from ..diagnosis.causes import CAUSES
from ..diagnosis.probes import probe_text
from ..diagnosis.symptoms import SYMPTOMS
from ..reports.words import COLON
from ..scenarios.load import probe_names
from . import guide_words as w
from . import registers, tables
from .spoken import SPOKEN

if TYPE_CHECKING:
    from .pages import Content

Entry = tuple[str, str, str]
"""Title, address below the language's folder, text."""

TEXT_MAX = 2_500
"""Characters of one entry; the longest page says the rest in its diagrams."""


def index_text(entries: Sequence[Entry]) -> str:
    """The script that the pages load."""
    return f"window.posrigIndex = {json.dumps(entries, ensure_ascii=False, indent=0)};\n"


def search_entries(content: Content, lang: Lang) -> list[Entry]:
    """Everything that has a place of its own, failures first."""

    def said(*texts: Text | str | None) -> str:
        words = [text.in_(lang) if isinstance(text, Text) else text for text in texts if text]
        return " · ".join(dict.fromkeys(words))[:TEXT_MAX]

    found: list[Entry] = []
    for view in content.views:
        scenario = view.scenario
        sights = [sight.text for case in view.cases for _, seen, _ in case.look.sides for sight in seen]
        symptoms = [row.text for row in view.symptoms if row.weight > 0]
        parts = [scenario.cause.text, scenario.seen.text, scenario.cure.text]
        cases = [case.title for case in view.cases]
        title = f"{view.id} {scenario.title.text.in_(lang)}"
        found.append((title, f"failures/{view.id}.html", said(*parts, SPOKEN.get(view.id), *cases, *sights, *symptoms)))
    for row in content.codes:
        code = row.response
        text = said(code.display, code.action, *(reason.text for reason in row.reasons), *row.rows)
        found.append((f"{code.code} F39 {code.meaning.in_(lang)}", f"codes.html#c-{code.code}", text))
    for rows in content.kinds.values():
        for kind in rows:
            codes = (*kind.kind.processing_codes, *kind.kind.type_codes, *kind.kind.management_codes)
            title = f"{kind.kind.mti} {kind.kind.title.in_(lang)}"
            found.append((title, f"messages.html#k-{kind.anchor}", said(kind.kind.name, *codes)))
    for result, seen_in in content.results:
        title = f"{result.code} 9F14 {result.text.in_(lang)}"
        found.append((title, f"register.html#r-{result.code}", said(result.cause, *seen_in)))
    found += _places(content, lang)
    return found


def _places(content: Content, lang: Lang) -> Iterator[Entry]:
    for spec in tables.fields_of_cup():
        name = spec.name.in_(lang)
        yield f"F{spec.number} {name}", f"fields.html#f-{spec.number}", f"{spec.format} {spec.length}"
    for table in (*tables.positional(), *tables.valued(), *tables.activations(), tables.dialects()):
        yield table.title.in_(lang), f"fields.html#{table.id}", _cells(table, lang)
    for name, _, found in registers.groups():
        for table, _ in found:
            yield f"{name} {table.title.in_(lang)}", f"register.html#{table.id}", _cells(table, lang)
    for table, _ in registers.overview():
        yield table.title.in_(lang), f"register.html#{table.id}", _cells(table, lang)
    for symptom in SYMPTOMS:
        rows = " ".join(cause.row for cause in CAUSES if cause.speaks.get(symptom.id, 0) > 0)
        yield f"{w.SYMPTOM.in_(lang)}{COLON.in_(lang)}{symptom.text.in_(lang)}", f"diagnosis.html#s-{symptom.id}", rows
    for name in probe_names():
        yield (
            f"{w.NEXT_TEST.in_(lang)}{COLON.in_(lang)}{probe_text(name).in_(lang)}",
            f"diagnosis.html#probe-{name}",
            name,
        )
    for graph in content.graphs:
        states = " ".join(state.in_(lang) for state in graph.states.values())
        yield f"{w.STATES.in_(lang)}{COLON.in_(lang)}{graph.title.in_(lang)}", f"states.html#{graph.id}", states


def _cells(table: tables.ValueTable, lang: Lang) -> str:
    cells = [cell.in_(lang) if isinstance(cell, Text) else cell for row in table.rows for cell in row]
    return " ".join(cells)[:TEXT_MAX]
