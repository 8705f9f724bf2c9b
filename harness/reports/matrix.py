"""The matrix of a table of orders: what must happen for every ordered pair of operations, and what did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from protocols.mispos.results import LOCAL_BY_CAUSE
from protocols.text import Text

from ..machine import Json
from ..trace import Event
from . import page_words, words
from .words import joined, of_json, word

PORTAL_OPERATIONS = ("unbind",)
"""Asked at the provider's portal: no terminal can refuse them."""


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """`mark`: ✓, T, P, or the host's code.  `tone`: legal, terminal, host, portal.  `told`: all there is to say."""

    mark: str
    tone: str
    ok: bool
    name: Text
    told: Text


@dataclass(frozen=True, slots=True)
class Matrix:
    """`gates`: per position of the gate (True: on) the rows of cells, None where a pair was not played.

    `wrong`: cells of pairs and sequences that are not as they must be.  `sources`: where it is written, how many cells.
    """

    operations: tuple[Text, ...]
    gates: Mapping[bool, tuple[tuple[MatrixCell | None, ...], ...]]
    sequences: tuple[MatrixCell, ...]
    wrong: tuple[MatrixCell, ...]
    sources: tuple[tuple[str, int], ...]


def matrix_of(events: Iterable[Event]) -> Matrix | None:
    """The matrix of a recording that played a table of orders, None for any other.  A pair alone needs no matrix."""
    played = [event.data for event in events if event.kind == "pair" and event.party == "bench"]
    pairs = {(data["gate"], *data["ops"]): _cell(data) for data in played if len(data["ops"]) == 2}
    if len(played) < 2:
        return None
    names = list(dict.fromkeys(op for data in played for op in data["ops"]))
    known = [name for name in words.OPERATIONS if name in names]
    order = known + [name for name in names if name not in known]
    gates = {
        gate: tuple(tuple(pairs.get((gate, first, then)) for then in order) for first in order)
        for gate in sorted({bool(gate) for gate, *_ in pairs}, reverse=True)
    }
    return Matrix(
        operations=tuple(word(words.OPERATIONS, name) for name in order),
        gates=gates,
        sequences=tuple(_cell(data) for data in played if len(data["ops"]) != 2),
        wrong=tuple(_cell(data) for data in played if data["problems"]),
        sources=tuple(Counter(str(data["source"]) for data in played).most_common()),
    )


def _cell(data: Mapping[str, Json]) -> MatrixCell:
    expected: Mapping[str, Json] = data["expected"]
    problems: Sequence[Json] = data["problems"]
    at_portal = data["ops"][-1] in PORTAL_OPERATIONS and not data["legal"]
    tone = "portal" if at_portal else "legal" if data["legal"] else str(data["refused_by"])
    mark = {"portal": "P", "legal": "✓", "terminal": "T"}.get(tone) or str(expected["code"] or "?")
    name = joined(*(word(words.OPERATIONS, op) for op in data["ops"]), by=" → ")
    what = [of_json(problem) for problem in problems] or [_outcomes(expected, data["found"])]
    told = joined(*what, str(data["source"]))
    gate = page_words.GATES[bool(data["gate"])]
    return MatrixCell(mark, tone, not problems, name, joined(name, gate, told))


def _outcomes(expected: Mapping[str, Json], found: Mapping[str, Json]) -> Text:
    wanted, got = _said(expected), _said(found)
    told = page_words.EXPECTED_FOUND
    return Text(told.zh.format(wanted=wanted.zh, found=got.zh), told.en.format(wanted=wanted.en, found=got.en))


def _said(outcome: Mapping[str, Json]) -> Text:
    """An outcome in words, with the terminal's own where it refused by itself."""
    status, cause = str(outcome.get("status") or ""), str(outcome.get("cause") or "")
    told = LOCAL_BY_CAUSE[cause].text if cause in LOCAL_BY_CAUSE else cause.replace("_", " ")
    return joined(word(words.STATUSES, status) if status else "-", told, str(outcome.get("code") or ""))
