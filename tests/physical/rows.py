"""Every row that a device can be brought into, at a terminal that was started apart.  Not collected by the README's
pytest, for it takes minutes: `.venv/bin/pytest -n auto tests/physical/rows.py`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.fixtures import fixtures_dir
from harness.scenarios.bench_file import read_bench
from harness.scenarios.load import LIFE, load_scenario, scenario_ids
from harness.scenarios.physical import plan_of

from .device import run, started

REPLY_US = 3_000_000
"""The terminal's wait for a reply, set at its menu: a minute for each one that is lost would be an hour in all."""
SLOW = {
    "F2": "sixty sales over a line that loses two frames of five, each waited for",
    "F3": "its delays are measured against the usual minute",
}
"""Rows that are left to the person who has the time."""
PARTS = 2
"""Devices that share the rows, for a row waits more than it computes."""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
def test_all_rows(tmp_path: Path, part: int) -> None:
    with started(tmp_path) as device:
        path = device.bench_file(terminal={**device.device, "menu": {"reply_timeout_us": REPLY_US}})
        bench = read_bench(path)
        names = [name for name in (LIFE, *scenario_ids()) if name not in SLOW]
        able = [name for name in names if plan_of(load_scenario(name), bench).scenario is not None]
        mine = able[part::PARTS]
        status, result, said = run(path, *mine)
    played = [row for row in (result["life"], *result["rows"]) if row is not None]
    assert (status, {row["id"]: row for row in played if not row["ok"]}) == (0, {}), said[-4000:]
    assert result["counts"]["passed"] == len(mine)


@pytest.mark.parametrize("protocol", ["mispos-a", "mispos-b", "zvt"])
def test_in_use(tmp_path: Path, protocol: str) -> None:
    """A device that is in use, with numbers and a test key of its own: the host's books go on from row to row."""
    identity = fixtures_dir() / "benches" / "terminal.toml"
    with started(tmp_path, "--terminal", str(identity), "--protocol", protocol) as device:
        table = {**device.device, "sn": "SN00000001", "begins": "live", "identity": str(identity)}
        path = device.bench_file(protocol=protocol, cable="port", terminal=table)
        status, result, said = run(path, LIFE, "G5", "H4", "A1")
    assert status == 0, said[-4000:]
    assert result["counts"] == {"passed": 3, "failed": 0, "not_applicable": 1, "not_done": 0}
