"""An emulated terminal as a process on a pty, and public register programs as processes of their own environment."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.bench.control_client import ControlClient

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
POSRIG = (sys.executable, "-c", "import sys; from harness.cli import main; sys.exit(main())")
START_S, CLIENT_S = 30.0, 60.0
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
CLIENTS = Path(os.environ.get("POSRIG_REGISTER_CLIENTS") or CACHE / "posrig" / "register-clients")


class TerminalProcess:
    """`posrig terminal --ready` on a pty."""

    def __init__(self, folder: Path, *options: str) -> None:
        token = folder / "token"
        token.write_text("a-token-for-the-tests\n", encoding="utf-8")
        token.chmod(0o600)
        self.stderr = folder / "stderr"
        steering = ("--control", "127.0.0.1:0", "--token-file", str(token))
        with self.stderr.open("w") as stderr:
            self.process = subprocess.Popen(
                [*POSRIG, "terminal", "--ready", *steering, *options],
                cwd=ROOT, stdout=subprocess.PIPE, stderr=stderr, text=True, env={**os.environ, "PYTHONUTF8": "1"},
            )  # fmt: skip
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], START_S)
        line = self.process.stdout.readline() if ready else ""
        if not line.startswith("ready on "):
            self.stop()
            raise RuntimeError(f"{line!r} {self.stderr.read_text()}")
        self.port = line.removeprefix("ready on ").strip()
        self.control = ControlClient(self._control_address(), "a-token-for-the-tests")

    def _control_address(self) -> str:
        marks = [word for word in self.stderr.read_text().split() if word.startswith("127.0.0.1:")]
        return marks[-1].rstrip(".,;")

    def operate(self, op: str) -> Any:
        """An operation at the keypad; its Outcome."""
        ok, value = self.control.ask("person", "operate", {"op": op}, timeout_s=30)
        assert ok, value
        return value

    def settled_down(self) -> None:
        """Wait until no operation is under way."""
        ends = time.monotonic() + CLIENT_S
        while time.monotonic() < ends:
            _, value = self.control.ask("control", "status")
            if value["idle"]:
                return
        raise AssertionError("the terminal is still busy")

    def books(self) -> dict[str, Any]:
        """The terminal's snapshot."""
        ok, value = self.control.ask("control", "snapshot")
        assert ok, value
        return value

    def stop(self) -> int:
        """End it in order."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Callable[..., TerminalProcess]]:
    """Starts terminals; all end in order."""
    made: list[TerminalProcess] = []

    def make(protocol: str, *options: str) -> TerminalProcess:
        made.append(TerminalProcess(tmp_path, "--protocol", protocol, *options))
        return made[-1]

    yield make
    for one in made:
        assert one.stop() == 0, one.stderr.read_text()


def run_client(name: str, port: str, *steps: str) -> list[dict[str, Any]]:
    """A public register program's results, one for each step."""
    python = CLIENTS / "bin" / "python"
    if not python.exists():
        pytest.fail(f"{python} is missing: run tests/register_clients/install")
    done = subprocess.run(
        [python, HERE / "clients" / name, port, *steps],
        capture_output=True, text=True, timeout=CLIENT_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
