"""The healthy life at a terminal that was started apart; all rows are in `rows.py`, which .ci/run runs.  What a person
skips or aborts needs no terminal at all.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.console.device import Device
from harness.console.rows import Done, rows_named

from .device import Started, run, started


def test_life_at_a_device(tmp_path: Path) -> None:
    """A row that is carried out, and one that is out of the question and does not count as passed."""
    with started(tmp_path) as device:
        status, result, said = run(device.bench_file(), "LIFE", "D4")
    assert status == 0, said
    assert result["bench"] == "physical"
    assert result["counts"] == {"passed": 1, "failed": 0, "not_applicable": 1, "not_done": 0}
    assert result["life"]["ok"] is True
    assert (result["rows"][0]["ok"], result["rows"][0]["state"]) == (False, "not_applicable")
    assert "display" in result["rows"][0]["error"]["en"]


def test_a_file_of_another_device_is_told_so_before_anything_is_sent(tmp_path: Path) -> None:
    """The emulated one can be asked for its number."""
    with started(tmp_path) as device:
        status, _, said = run(device.bench_file(terminal={**device.device, "sn": "SN00000001"}), "LIFE")
    assert status == 2, said
    assert "SN00000001" in said and "POSRIG02000001" in said


def _nobody(folder: Path) -> Started:
    """A device that is not there: nothing comes so far as to look for it."""
    (folder / "token").write_text("0123456789abcdef\n")
    (folder / "terminal.jsonl").touch()
    return Started(folder, "/dev/null", "127.0.0.1:0", "127.0.0.1:1")


def _done(device: Device, *names: str) -> list[Done]:
    return [device.left(row) or device.run(row, 1, lambda step, place, at: None) for row in rows_named(names)]


def test_what_the_file_forbids_is_not_applicable_and_no_success(tmp_path: Path) -> None:
    device = Device(_nobody(tmp_path).bench_file(never=["settle"]), None)
    done = _done(device, "LIFE")
    assert [one.state for one in done] == ["not_applicable"]
    assert done[0].error is not None and "settle" in done[0].error.en and "settle" in done[0].error.zh
    assert device.status(done) == 1  # a run in which nothing was carried out


@pytest.mark.parametrize(("answer", "states"), [("skip", ["not_done", "ran"]), ("abort", ["not_done", "not_done"])])
def test_a_person_who_does_not_want_to(tmp_path: Path, answer: str, states: list[str]) -> None:
    """A skip leaves out its row, an abort all that follow; neither has passed."""
    bench = _nobody(tmp_path).bench_file(terminal={"sn": "POSRIG02000001"}, person={"there": True}, cable="port")
    answers = tmp_path / "answers.toml"
    answers.write_text(f'otherwise = "done"\n[[answer]]\nask = "deliver"\nrow = "LIFE"\nanswer = "{answer}"\n')
    device = Device(bench, answers)
    done = _done(device, "LIFE", "A1")
    assert [one.state for one in done] == states  # the second row breaks off: the file names no port
    assert all(not one.ok for one in done)
    assert device.status(done) == (2 if answer == "skip" else 1)
