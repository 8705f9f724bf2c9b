"""Every row that the documents name is there, and every side can find it.

The catalogue is the project's list of what the documents name; it is written out here so that a row cannot be lost.
"""

from __future__ import annotations

import random

import pytest

from harness.console.opening import opener
from harness.diagnosis.causes import CAUSES
from harness.scenarios.load import load_scenario, probe_names, scenario_ids
from harness.scenarios.matrix import HEALTHY, named_first
from harness.scenarios.vary import varied
from tests.harness.recordings import CASES, is_harmless, looks

CATALOGUE = (
    *(f"A{n}" for n in range(1, 8)),
    *(f"B{n}" for n in range(1, 4)),
    *(f"C{n}" for n in range(1, 6)),
    *(f"D{n}" for n in range(1, 15)),
    *(f"E{n}" for n in range(1, 8)),
    *(f"F{n}" for n in range(1, 6)),
    *(f"G{n}" for n in range(1, 8)),
    *(f"H{n}" for n in range(1, 13)),
    *(f"I{n}" for n in range(1, 5)),
)
DOCUMENTS = {"A1": ("004",), "A5": ("004",), "F1": ("001", "002", "004"), "H6": ("000", "002", "003"), "I2": ("001",)}
"""A sample of what the catalogue names as sources."""


def test_no_row_is_lost() -> None:
    assert len(CATALOGUE) == 64
    assert scenario_ids() == CATALOGUE
    assert [cause.row for cause in CAUSES] == list(CATALOGUE)
    assert [load_scenario(row).diagnosis for row in CATALOGUE] == list(CATALOGUE)
    for row, documents in DOCUMENTS.items():
        assert load_scenario(row).documents == documents


def test_every_next_test_exists_and_is_used() -> None:
    named = {name for cause in CAUSES for name in cause.tests}
    assert named == set(probe_names())
    assert all(cause.tests for cause in CAUSES)
    assert all(1 <= rung <= 11 for cause in CAUSES for rung in cause.rungs)


@pytest.mark.parametrize(("row", "case"), CASES)
def test_seen_by_all_the_row_stands_alone(row: str, case: str) -> None:
    harmless = is_harmless(row, case)
    (everybody, *_) = looks(row, case)
    assert everybody.view == "all"
    assert everybody.found.named == (() if harmless else (row,))
    assert everybody.found.group == (() if harmless else (row,))


@pytest.mark.parametrize(("row", "case"), CASES)
def test_from_every_side_the_row_is_in_the_first_group_and_the_next_test_separates_it(row: str, case: str) -> None:
    if is_harmless(row, case):
        return
    for one in looks(row, case)[1:]:
        assert row in one.found.group, (one.view, one.found.group)
        assert one.last.group == (row,), (one.view, one.found.group, one.found.next_probe, one.last.group)


@pytest.mark.parametrize("row", [HEALTHY, *scenario_ids()])
def test_other_values_and_everyday_noise_change_nothing(row: str) -> None:
    assert named_first(row, 7, opener("simulated")) == row


@pytest.mark.parametrize("row", scenario_ids())
def test_what_varies_is_really_varied(row: str) -> None:
    scenario = load_scenario(row)
    seen = {varied(scenario, random.Random(seed)).model_dump_json() for seed in range(6)}
    fixed = not any("_fen" in case.model_dump_json() or '"wait"' in case.model_dump_json() for case in scenario.case)
    assert fixed or len(seen) > 1
