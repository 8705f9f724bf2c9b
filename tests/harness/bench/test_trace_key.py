"""A process that may see real cards keys its fingerprints with a secret; the parties of one bench share theirs."""

from __future__ import annotations

from pathlib import Path

from harness.bench.process import Interfaces
from harness.clock import monotonic_ns

FOREIGN_PAN = "4111111111111111"


def recorded(path: Path, interfaces: Interfaces) -> str:
    tap = interfaces.tap()
    assert tap is not None
    data = {"link": "c1", "dir": "in", "mti": "0200", "kind": "sale", "fields": {"2": FOREIGN_PAN}, "mac": "good"}
    tap.append("host", "message", data, ("host",), 1)
    tap.close()
    return path.read_text(encoding="utf-8").splitlines()[1]


def test_two_processes_of_their_own_give_different_replacements(tmp_path: Path) -> None:
    files = [tmp_path / "a", tmp_path / "b"]
    own = [recorded(file, Interfaces(trace=file)) for file in files]
    assert own[0] != own[1]
    assert not any(FOREIGN_PAN in line for line in own)


def test_the_parties_of_a_bench_give_the_same(tmp_path: Path) -> None:
    origin = monotonic_ns()
    files = [tmp_path / "a", tmp_path / "b"]
    shared = [recorded(file, Interfaces(trace=file, origin_ns=origin)) for file in files]
    assert shared[0] == shared[1]
    assert FOREIGN_PAN not in shared[0]
