"""The same seed gives the same octets of the trace: again in this process, in another one, with other string hashes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .traces import IDS, trace_of

ROOT = Path(__file__).parents[2]
SEED = 11


@pytest.fixture(scope="module")
def here() -> dict[str, bytes]:
    return {name: trace_of(name, SEED) for name in IDS}


def test_twice_in_one_process(here: dict[str, bytes]) -> None:
    for name in IDS:
        assert trace_of(name, SEED) == here[name], name


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_in_another_process_and_under_another_order_of_hashes(here: dict[str, bytes], hash_seed: str) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "tests.proofs.traces", str(SEED), *IDS],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == [word for name in IDS for word in (name, hashlib.sha256(here[name]).hexdigest())]


def test_another_seed_gives_another_trace(here: dict[str, bytes]) -> None:
    for name in IDS:
        first, second = (trace.split(b"\n", 1)[1] for trace in (trace_of(name, SEED + 1), here[name]))
        assert first != second, f"{name}: nothing but the header tells the seed"
