"""`posrig diagnose --matrix` and `--pairs`."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from harness.cli import main
from harness.console import matrix as shown
from harness.scenarios import matrix


def diagnose(*arguments: str) -> Result:
    return CliRunner(env={"POSRIG_LANG": "en"}).invoke(main, ["diagnose", *arguments])


def test_the_matrix_of_two_rows_and_the_healthy_life() -> None:
    result = diagnose("--matrix", "--row", "A1", "--row", "F5", "--row", "LIFE", "--seeds", "2", "--jobs", "1")
    assert result.exit_code == 0, result.output
    assert "right 6 of 6" in result.stdout
    value = json.loads(diagnose("--matrix", "--row", "A1", "--seeds", "1", "--jobs", "1", "--json").stdout)
    assert value == {"matrix": {"A1": {"A1": 1}}, "seeds": 1}


def test_a_row_that_is_taken_for_another_is_status_1(monkeypatch: pytest.MonkeyPatch) -> None:
    def named(row: str, seed: int, open_bench: object) -> str:
        return "F5" if seed == 2 else row

    monkeypatch.setattr(shown, "named_first", named)
    result = diagnose("--matrix", "--row", "A1", "--seeds", "3", "--jobs", "1")
    assert result.exit_code == 1
    assert "A1 taken for F5: 1 times" in result.stdout
    assert "right 2 of 3" in result.stdout


def test_the_same_run_whatever_the_number_of_jobs() -> None:
    options = ("--matrix", "--row", "F5", "--seeds", "4")
    assert diagnose(*options, "--jobs", "1").stdout == diagnose(*options, "--jobs", "2").stdout


def test_two_causes_in_one_world() -> None:
    """A reply is lost, and somebody voids a sale that never was: both are there to be seen."""
    assert ("C1", "F5") not in matrix.pairs(["A1", "F5"])
    value = json.loads(diagnose("--pairs", "--row", "F5", "--row", "H8", "--json").stdout)
    assert value == {"not_both": {}, "pairs": 1}


@pytest.mark.parametrize("arguments", [(), ("--matrix", "--pairs")])
def test_one_of_trace_matrix_and_pairs(arguments: tuple[str, ...]) -> None:
    result = diagnose(*arguments)
    assert result.exit_code == 2
    assert "Name a trace, or say --matrix or --pairs" in result.stderr
