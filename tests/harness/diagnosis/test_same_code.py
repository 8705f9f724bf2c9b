"""Same response code, different causes: a tie for who sees the code alone, apart for who sees all.

Which rows answer with which code is collected from the recordings; what the catalogue says of it is written out here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pytest

from harness.diagnosis import diagnose
from harness.diagnosis.story import Exchange, Story, field_of
from harness.trace import Event
from tests.harness.diagnosis.test_diagnosis import message, recording
from tests.harness.recordings import HARMFUL, before_remedy, looks

CODES = ("03", "31", "58", "61", "65", "77", "96", "97", "A0", "C1", "D6")
CATALOGUE = {
    "03": {"A4", "G5", "H3", "H4", "H5", "H6", "H7", "H8", "I1"},
    "58": {"G6", "H1", "H10"},
    "31": {"H12"},
    "61": {"H4"},
    "65": {"H5"},
    "77": {"C1", "G2"},
    "96": {"G1", "G3"},
    "97": {"B2", "G4", "H10"},
    "A0": {"F4", "G2"},
    "C1": {"G4"},
    "D6": {"A1", "I3"},
}
"""Rows that the catalogue names for the code (its head, and the column "what must be seen").  B2 is 58 or 97, whichever
the activation is told; C2 and 45 belong to families that are not built."""


def is_of_nobody(exchange: Exchange) -> bool:
    return not field_of(exchange.request, 41).strip("0 ")


@cache
def shown() -> Mapping[str, Mapping[str, tuple[tuple[str, bool], ...]]]:
    """Code to the rows that show it to the terminal, each with its cases and whether an activation was answered."""
    found: dict[str, dict[str, dict[tuple[str, bool], None]]] = {}
    for row, case in HARMFUL:
        for exchange in Story(before_remedy(row, case)).exchanges("terminal"):
            activation = exchange.kind == "activation"
            if exchange.code in CODES and (activation or not is_of_nobody(exchange)):
                found.setdefault(exchange.code, {}).setdefault(row, {})[case, activation] = None
    return {code: {row: tuple(cases) for row, cases in rows.items()} for code, rows in found.items()}


def alone(code: str, activation: bool) -> list[Event]:
    """A recording in which nothing but the code speaks: a terminal in service, or a new one, is refused with it."""
    if activation:
        return recording(
            message("terminal", "out", "0800", "activation", f11="000002"),
            message("terminal", "in", "0810", "activation", f11="000002", f39=code),
        )
    same = {"f11": "000002", "f41": "10000001", "f60": "22000001000"}
    return recording(
        message("terminal", "out", "0800", "sign_in", f11="000001", f41="10000001"),
        message("terminal", "in", "0810", "sign_in", f11="000001", f41="10000001", f39="00"),
        message("terminal", "out", "0200", "sale", **same),
        message("terminal", "in", "0210", "sale", **same, f39=code),
    )


@pytest.mark.parametrize("code", CODES)
def test_the_rows_show_the_code_as_the_catalogue_says(code: str) -> None:
    assert CATALOGUE[code] <= set(shown()[code])


@pytest.mark.parametrize("code", CODES)
def test_seen_by_all_each_row_is_named_alone(code: str) -> None:
    for row, cases in shown()[code].items():
        for case, _ in cases:
            assert looks(row, case)[0].found.named == (row,), (row, case)


@pytest.mark.parametrize("activation", [False, True])
@pytest.mark.parametrize("code", CODES)
def test_the_code_alone_ties_all_rows_that_show_it(code: str, activation: bool) -> None:
    rows = {row for row, cases in shown()[code].items() if any(kind == activation for _, kind in cases)}
    found = diagnose(alone(code, activation), "terminal")
    assert rows <= set(found.group)
    assert not rows or found.named == (), "a code proves nothing"
