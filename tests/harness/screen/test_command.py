"""The command itself, in a console of its own."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys

import pytest

from harness.bench.process import Interfaces
from harness.bench.terminal_start import Start
from harness.clock import monotonic_s
from harness.console.screen.run import run_screen
from protocols.errors import LocalError

PATIENCE_S = 30
POSRIG = [sys.executable, "-m", "harness.cli", "terminal", "--screen"]


WORD = "功能"


def test_it_draws_and_ends_with_status_0() -> None:
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24", "NO_COLOR": "1"}
    with subprocess.Popen([*POSRIG, "--lang", "zh"], stdin=slave, stdout=slave, stderr=slave, env=environment) as child:
        os.close(slave)
        drawn, end = "", monotonic_s() + PATIENCE_S
        while WORD not in drawn and monotonic_s() < end:
            drawn += os.read(master, 65536).decode(errors="replace")
        os.write(master, b"q")
        while True:  # what is still drawn must go somewhere, or the child waits for it
            try:
                drawn += os.read(master, 65536).decode(errors="replace")
            except OSError:  # the child has gone, and with it the other end
                break
        assert child.wait(PATIENCE_S) == 0
    os.close(master)
    assert "Traceback" not in drawn


def test_without_a_console_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(LocalError, match="needs a console"):
        run_screen(Start(), Interfaces(), "en")


def test_who_wants_no_screen_does_not_load_its_library() -> None:
    modules = "harness.cli, harness.console.terminal, harness.bench.terminal_process"
    code = f"import sys, {modules}; assert 'textual' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0
