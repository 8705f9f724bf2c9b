"""Response codes (F39) with their causes: the host's own checks and holds, and the failures that show it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from protocols.text import Text
from protocols.unionpay.activation import STATE_TEXTS
from protocols.unionpay.responses import RESPONSES, Response

from ..acquirer.checks import CHECKS, Check
from ..acquirer.hold_kinds import HOLD_KINDS
from ..machine import Json
from ..reports.words import of_json, same
from ..trace import Event
from .runs import RowRun, Runs

_ACTIVATION = {state.value: text for state, text in STATE_TEXTS.items()}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the host gave a code, and the failures in which it did; none: another one said it, or it was not asked."""

    text: Text
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One value of F39.  `rows`: failures that show it, `reasons`: what the host said of it."""

    response: Response
    rows: tuple[str, ...]
    reasons: tuple[Reason, ...]


def code_rows(runs: Runs) -> list[CodeRow]:
    """Every code of the table, and any other that a run shows, in the order of the codes."""
    shown: dict[str, list[str]] = {}
    reasons: dict[str, dict[Text, list[str]]] = {}
    for run in runs.rows:
        for code in sorted(set(_codes(run))):
            shown.setdefault(code, []).append(run.id)
        for code, text in dict.fromkeys(_decisions(run)):
            reasons.setdefault(code, {}).setdefault(text, []).append(run.id)
    return [
        CodeRow(
            response,
            tuple(shown.get(code, ())) if response.category != "A" else (),
            tuple(Reason(text, tuple(rows)) for text, rows in reasons.get(code, {}).items()),
        )
        for code, response in sorted(RESPONSES.items())
    ]


def _codes(run: RowRun) -> Iterator[str]:
    """F39 of replies on the host line."""
    for event in run.failing:
        mti = str(event.data.get("mti") or "") if event.kind == "message" else ""
        if len(mti) == 4 and mti[2] in "13579":
            yield str(event.data.get("fields", {}).get("39", ""))


def _decisions(run: RowRun) -> Iterator[tuple[str, Text]]:
    for event in run.failing:
        if event.kind == "decision" and event.data.get("code") not in (None, "", "00"):
            yield str(event.data["code"]), _reason(event)


def _reason(event: Event) -> Text:
    """In the words of the host's tables, which have no case numbers in them; else in its own."""
    cause: Json = str(event.data.get("cause") or "")
    if event.data.get("check") != "activation" and cause in HOLD_KINDS:
        return HOLD_KINDS[cause].text
    if cause in _ACTIVATION:
        return _ACTIVATION[cause]
    known = next((check.text for check in CHECKS if check.cause == cause), None)
    return known or of_json(event.data.get("detail")) or same(cause.replace("_", " "))


def checks() -> tuple[Check, ...]:
    """The host's checks in their order."""
    return CHECKS
