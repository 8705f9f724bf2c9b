"""The helper that starts processes: benches share it, and with the last of them everything is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.bench.base import BenchBroken
from harness.bench.emulated import EmulatedBench
from harness.bench.nursery import Nursery
from harness.clock import monotonic_s, sleep_s

ROOT = Path(__file__).parents[2]


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


def test_a_bench_that_is_killed_leaves_no_process_and_no_folder() -> None:
    code = """
from harness.bench.emulated import EmulatedBench
bench = EmulatedBench()
print(bench._folder, *(child.pid for child in bench._children.values()), flush=True)
input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as bench:
        assert bench.stdout is not None
        folder, *pids = bench.stdout.readline().decode().split()
        assert Path(folder).is_dir() and len(pids) == 2
        bench.kill()
    end = monotonic_s() + 10
    while any(Path(place).exists() for place in (folder, *(f"/proc/{pid}" for pid in pids))):
        assert monotonic_s() < end
        sleep_s(0.01)


def test_a_helper_that_is_never_used_ends_as_well() -> None:
    Nursery.shared().release()
    assert helpers() == []
