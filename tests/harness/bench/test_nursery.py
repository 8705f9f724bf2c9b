"""The helper that starts processes: benches share it, and with the last of them everything is gone."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from harness.bench.base import BenchBroken
from harness.bench.emulated import EmulatedBench
from harness.bench.nursery import Nursery


def helpers() -> list[str]:
    """Helpers among this process's children that still run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rsplit(")", 1)[1].split()[:2]
            if int(parent) == os.getpid() and state != "Z" and b"nursery" in (stat.parent / "cmdline").read_bytes():
                found.append(stat.parent.name)
        except OSError:
            continue
    return found


def test_benches_share_the_helper_and_the_last_one_ends_it() -> None:
    assert helpers() == []
    first, second = EmulatedBench(), EmulatedBench()
    pids = [child.pid for bench in (first, second) for child in bench._children.values()]
    assert len(helpers()) == 1
    first.finish()
    assert second.ask("terminal", "control", "status")["idle"] is True
    second.finish()
    assert helpers() == []
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_processes_end_with_their_helper_and_the_next_bench_gets_a_new_one() -> None:
    bench = EmulatedBench()
    os.kill(int(helpers()[0]), signal.SIGKILL)
    with pytest.raises(BenchBroken):
        bench.finish()
    after = EmulatedBench()
    assert after.ask("terminal", "control", "status")["idle"] is True
    after.finish()
    assert helpers() == []


def test_a_helper_that_is_never_used_ends_as_well() -> None:
    Nursery.shared().release()
    assert helpers() == []
