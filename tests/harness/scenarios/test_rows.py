"""Every row runs green; no row passes without its cause, nor without its remedy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.scenarios.load import LIFE, load_scenario, scenario_ids
from harness.scenarios.model import Scenario
from harness.scenarios.order import cell_named, load_cells, paths
from harness.scenarios.run import Omit, run_pair, run_scenario
from protocols.errors import ScenarioError

from .green import ORDERS, check_green, open_bench

OPERATIONS = 17


@pytest.mark.parametrize("name", [LIFE, *(name for name in scenario_ids() if name != ORDERS)])
def test_green(name: str) -> None:
    check_green(name)


def test_life_with_the_host_line_through_the_register() -> None:
    scenario = load_scenario(LIFE)
    other = scenario.model_copy(update={"setup": scenario.setup.model_copy(update={"profile": "tethered"})})
    assert run_scenario(other, open_bench).failures == ()


def cases() -> list[tuple[str, str]]:
    """Every case of every row, but the table of orders, which has tests of its own."""
    return [
        (row, case.name)
        for row in scenario_ids()
        for case in load_scenario(row).case
        if not case.harmless and all(step.do != "order" for step in case.step)
    ]


def alone(row: str, name: str) -> Scenario:
    scenario = load_scenario(row)
    return scenario.model_copy(update={"case": tuple(case for case in scenario.case if case.name == name)})


@pytest.mark.parametrize(("row", "case"), cases())
def test_no_case_passes_without_its_cause(row: str, case: str) -> None:
    assert not run_scenario(alone(row, case), open_bench, omit=Omit(causes=True)).ok


@pytest.mark.parametrize(("row", "case"), cases())
def test_no_case_passes_without_its_remedy(row: str, case: str) -> None:
    assert not run_scenario(alone(row, case), open_bench, omit=Omit(remedy=True)).ok


def test_the_table_of_orders_does_not_pass_without_its_cause() -> None:
    assert not run_scenario(load_scenario("C1"), open_bench, omit=Omit(causes=True)).ok


def test_the_order_table_is_complete() -> None:
    cells = load_cells("c1")
    pairs = {(cell.ops, cell.gate) for cell in cells if len(cell.ops) == 2}
    operations = set(paths("c1"))
    assert len(operations) == OPERATIONS
    assert {(a, b) for (a, b), gate in pairs if gate} == {(a, b) for a in operations for b in operations}
    assert len([cell for cell in cells if not cell.gate]) == OPERATIONS**2
    assert all(cell.source for cell in cells)
    codes = {cell.code for cell in cells if cell.code}
    assert {"77", "40", "25", "97"} <= codes


def test_a_wrong_cell_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table is not the machines' own: turn one cell round and the row goes red."""
    from harness.scenarios import order

    cell = next(c for c in load_cells("c1") if c.ops == ("sign_off", "sale") and c.gate)
    wrong = order.Cell(cell.ops, cell.gate, "done", "", "", (), "turned round")
    monkeypatch.setattr(order, "cells_to_play", lambda table, sparing: (wrong,))
    result = run_scenario(load_scenario("C1"), open_bench)
    assert any("sign_off > sale" in failure.en for failure in result.failures)


def test_one_pair_alone_shows_all_its_messages() -> None:
    result = run_pair(load_scenario("C1"), "c1", cell_named("c1", "sign_off > sale", gate=False), open_bench, seed=2)
    assert result.failures == ()
    assert result.diagnosis == "C1"
    (pair,) = [event.data for event in result.trace.events if event.kind == "pair"]
    assert (pair["refused_by"], pair["found"]["code"]) == ("host", "77")
    assert any(e.kind == "decision" and e.data["code"] == "77" for e in result.trace.events)


def test_a_pair_that_is_not_as_the_table_says() -> None:
    cell = replace(cell_named("c1", "sale void", gate=True), status="refused", cause="no_original")
    (outcome, books, frame, diagnosis) = run_pair(load_scenario("C1"), "c1", cell, open_bench).failures
    assert "expected refused no_original, found done" in outcome.en
    assert "changed the books" in books.en
    assert "a frame left" in frame.en
    assert "the diagnosis should be C1" in diagnosis.en


def test_a_pair_that_the_table_has_not() -> None:
    with pytest.raises(ScenarioError, match="nearest is sale void"):
        cell_named("c1", "sale viod", gate=True)
    with pytest.raises(ScenarioError, match="nearest is c1"):
        load_cells("c9")
