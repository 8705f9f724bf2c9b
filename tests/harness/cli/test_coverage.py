"""`posrig coverage` on recordings of a run, and the tables that it counts by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli import main
from harness.console.universe import ONLINE, universe
from harness.links.plan import KINDS
from harness.reports.coverage import HEALTHY, cells_of
from harness.terminal.faults import FAULTS
from harness.terminal.gate import refusal
from harness.terminal.lifecycle import STATES
from harness.terminal.settings import Profile
from harness.terminal.standing import standing
from tests.harness.recordings import before_remedy

REFUSED = 2
"""Exit status of a usage error."""


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    ran = CliRunner().invoke(main, ["run", "A2", "--jobs", "1", "--report", str(folder)])
    assert ran.exit_code == 0
    return folder


def test_the_figure_fails_when_it_falls(traces: Path) -> None:
    told = CliRunner().invoke(main, ["coverage", str(traces), "--json"])
    found = json.loads(told.stdout)
    assert told.exit_code == 0 and found["ok"] and found["ran"] == len(found["cells"]) > 0
    cells = {(cell["state"], cell["operation"], cell["fault"]) for cell in found["cells"]}
    assert {("connected", "activate", "A2"), ("ready", "sale", None)} <= cells
    enough = CliRunner().invoke(main, ["coverage", str(traces), "--at-least", str(found["ran"]), "--lang", "en"])
    assert enough.exit_code == 0 and f"{found['ran']} of {found['total']} cells tried" in enough.stdout
    fewer = CliRunner().invoke(main, ["coverage", str(traces), "--at-least", str(found["ran"] + 1), "--lang", "en"])
    assert fewer.exit_code == 1 and f"fewer than the {found['ran'] + 1}" in fewer.stderr


def test_one_trace_will_do_and_the_list_is_as_long_as_asked(traces: Path) -> None:
    told = CliRunner().invoke(main, ["coverage", str(traces / "A2.trace.jsonl"), "--untested", "3", "--lang", "zh"])
    lines = told.stdout.splitlines()
    assert told.exit_code == 0 and "已试" in lines[0] and len(lines) == 2 + 3


def test_a_folder_without_traces_says_how_to_get_some(tmp_path: Path) -> None:
    told = CliRunner().invoke(main, ["coverage", str(tmp_path), "--lang", "en"])
    assert told.exit_code == REFUSED and "posrig run --report" in told.stderr


def test_the_tables_are_the_programs() -> None:
    all_there_is = universe()
    assert {name for name in KINDS if name != "noop"} <= set(all_there_is.faults)
    assert {"part_failed", "tamper"} <= set(FAULTS) & set(all_there_is.faults)
    assert ("ready", "sale") in all_there_is.open and ("unboxed", "sale") not in all_there_is.open
    assert all_there_is.faults["A2"].named == 2, "documents 001 and 004 name it"
    assert set(all_there_is.states) == set(STATES)


def test_in_every_state_a_terminal_stands_as_its_life_cycle_says() -> None:
    """A sale begins in `ready` alone; settlement wherever a session is; nothing but looking once it is tampered."""
    sells = [state for state in STATES if refusal("sale", standing(state), Profile()) is None]
    settles = [state for state in STATES if refusal("settle", standing(state), Profile()) is None]
    assert sells == ["ready"]
    assert settles == ["signed_in", "ready", "must_settle", "settling", "batching"]


def test_no_operation_dials_that_is_said_to_be_offline() -> None:
    """As recordings show it: between begin and end of an operation that is not ONLINE nothing is dialled."""
    dialled = set()
    running = ""
    for row, case in (("F1", "refused"), ("C2", "wrong-amount")):
        for event in before_remedy(row, case):
            if event.kind == "operation" and event.party == "terminal":
                running = event.data["op"] if event.data["phase"] == "begin" else ""
            elif event.kind == "link" and event.party == "terminal" and event.data["what"] == "dial" and running:
                dialled.add(running)
    assert {"sale", "connect", "sign_in"} <= dialled <= ONLINE


def test_a_healthy_life_is_in_the_map(traces: Path) -> None:
    assert ("unboxed", "self_test", HEALTHY) in cells_of(before_remedy("F1", "refused"))
