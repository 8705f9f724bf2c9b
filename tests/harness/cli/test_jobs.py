"""Rows that run at the same time: the same text, result and traces, in the same order."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli import main
from harness.console.jobs import run_rows
from harness.console.rows import rows_named

ROWS = ["A2", "A1", "LIFE"]


def run(folder: Path, jobs: int, *more: str) -> str:
    names = [*ROWS, *more]
    arguments = ["run", *names, "--jobs", str(jobs), "--report", str(folder / "r"), "--result", str(folder / "f.json")]
    result = CliRunner(env={"POSRIG_LANG": "en"}).invoke(main, arguments)
    assert result.exit_code == 0, result.output
    return re.sub(r" *\d+\.\d+ s", "", result.stdout)


def test_several_at_a_time_are_the_same_run(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    assert run(one, 1) == run(two, 2)
    for name in ROWS:
        assert (one / "r" / f"{name}.trace.jsonl").read_bytes() == (two / "r" / f"{name}.trace.jsonl").read_bytes()
    ids = [json.loads((folder / "f.json").read_text())["rows"] for folder in (one, two)]
    assert [row["id"] for row in ids[0]] == [row["id"] for row in ids[1]] == ["A2", "A1"]


def test_a_row_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    text = (Path(__file__).parents[3] / "fixtures" / "scenarios" / "A1.toml").read_text(encoding="utf-8")
    wrong.write_text(
        text.replace('"A1"', '"MINE"', 1).replace('diagnosis = "A1"', 'diagnosis = "F5"'), encoding="utf-8"
    )
    found = {row.name: done.ok for row, _, done in run_rows(rows_named([str(wrong), "A1"]), "simulated", 1, 2)}
    assert found == {str(wrong): False, "A1": True}


@pytest.mark.parametrize("value", ["0", "65", "two"])
def test_a_wrong_number_of_jobs(value: str) -> None:
    result = CliRunner(env={"POSRIG_LANG": "en"}).invoke(main, ["run", "A1", "--jobs", value])
    assert result.exit_code == 2
    assert "1 to 64" in result.output
