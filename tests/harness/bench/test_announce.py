"""A process whose one line cannot be written says so and ends: nobody would learn its address."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "harness.cli", "host", "--listen", "127.0.0.1:0", "--store", "memory", "--lang", "en"]
FULL = Path("/dev/full")


@pytest.mark.parametrize("closed", [False, True])
def test_standard_output_that_takes_nothing(closed: bool) -> None:
    shell = ["sh", "-c", f'"$@" {">&-" if closed else f"> {FULL}"}', "sh", *COMMAND]
    done = subprocess.run(shell, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "standard output cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
