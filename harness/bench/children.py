"""Processes of the emulated bench: started, found ready, steered, killed, and never left behind."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from protocols.text import Text

from .base import BenchBroken
from .control_client import ControlClient, ControlError

START_S = 30.0
"""Until a process must have printed its line; loading takes about a second on a quiet machine."""
STOP_S = 5.0
ERRORS_SHOWN = 2000


class Child:
    """One process body in a process of its own; `start` may be called again after `kill`."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.line = ""
        """What it printed on standard output, without the part before the address."""
        self.traces: list[Path] = []
        self.client: ControlClient | None = None
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None

    @property
    def up(self) -> bool:
        return self._process is not None

    def start(self, settings: Mapping[str, Any]) -> None:
        """Start the process and wait for its line.  Raises `BenchBroken` with what it said."""
        self.launch(settings)
        self.wait_ready()

    def launch(self, settings: Mapping[str, Any]) -> None:
        """Start the process; `wait_ready` must follow."""
        number = len(self.traces)
        self.traces.append(self._folder / f"{self.kind}.{number}.trace.jsonl")
        token_file = self._folder / "token"
        with self._errors.open("w") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "harness.bench.child", self.kind],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd=Path(__file__).parents[2],
            )
        assert self._process.stdin is not None
        given = {**settings, "trace": str(self.traces[-1]), "token_file": str(token_file)}
        try:
            self._process.stdin.write(json.dumps(given) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise self.broken("did not start") from error

    def wait_ready(self) -> None:
        """Wait for the one line and for the control interface.  Raises `BenchBroken`."""
        process = self._process
        assert process is not None and process.stdout is not None
        watchdog = threading.Timer(START_S, process.kill)
        watchdog.start()
        line = process.stdout.readline()
        watchdog.cancel()
        if not line.endswith("\n"):
            raise self.broken("did not start")
        self.line = line.split(" on ", 1)[-1].strip()
        said = self._errors.read_text(errors="replace").splitlines()
        control = next((text.split()[2] for text in said if text.startswith("control on ")), "")
        self.client = ControlClient(control, (self._folder / "token").read_text().strip())

    def check(self) -> None:
        """Raises `BenchBroken` when the process should be up and has ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            raise self.broken("has ended by itself")

    def status(self) -> dict[str, Any]:
        """The process's counters.  Raises `BenchBroken` when it is gone."""
        counters: dict[str, Any] = self.call("status")
        return counters

    def call(self, name: str, *args: Any) -> Any:
        """A method of the control client.  Raises `BenchBroken` when the process is gone."""
        if self.client is None:
            raise self.broken("is down")
        try:
            return getattr(self.client, name)(*args)
        except ControlError as error:
            raise self.broken(f"does not answer: {error}") from error

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._reap()

    def stop(self) -> int:
        """An orderly end, by force when that takes too long; the exit status, 0 when it was down."""
        if self._process is None:
            return 0
        if self._process.stdin is not None:
            self._process.stdin.close()  # the child ends with its input
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
        return self._reap()

    def broken(self, what: str) -> BenchBroken:
        """The error that shows the end of what the process wrote to standard error."""
        tail = self._errors.read_text(errors="replace")[-ERRORS_SHOWN:] if self._errors.exists() else ""
        text = Text(f"{self.kind} 进程异常（{what}）", f"the process {self.kind} {what}")
        return BenchBroken(text, tail.strip())

    @property
    def _errors(self) -> Path:
        return self._folder / f"{self.kind}.{len(self.traces)}.stderr"

    def _reap(self) -> int:
        process, self._process, self.client = self._process, None, None
        assert process is not None
        status = process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # what was not flushed to a dead process
                    pass
        return status
