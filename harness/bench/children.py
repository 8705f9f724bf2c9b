"""Processes of the emulated bench: started, found ready, steered, killed, and never left behind."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.clock import monotonic_s, sleep_s
from harness.machine import side_of
from protocols.text import Text

from .base import BenchBroken
from .control_client import ControlClient, ControlError
from .nursery import Nursery

START_S = 30.0
"""Until a process must have printed its line; the first one waits until the program is loaded, about a second."""
LOOK_S = 0.005
ERRORS_SHOWN = 2000


class Child:
    """One process body in a process of its own; `start` may be called again after `kill`.  `name` is the party's."""

    def __init__(self, name: str, folder: Path, nursery: Nursery, *, traced: bool = True) -> None:
        """`traced` False: what it sees is not recorded, as in runs that go on for days."""
        self.name = name
        self.line: str = ""
        """What it printed on standard output, without the part before the address."""
        self.pid: int = 0
        """0 while it is down."""
        self.traces: list[Path] = []
        self.client: ControlClient | None = None
        self._traced = traced
        self._folder = folder
        self._nursery = nursery

    @property
    def up(self) -> bool:
        return self.pid != 0

    def start(self, settings: Mapping[str, Any]) -> None:
        """Start the process and wait for its line.  Raises `BenchBroken` with what it said."""
        self.launch(settings)
        self.wait_ready()

    def launch(self, settings: Mapping[str, Any]) -> None:
        """Start the process; `wait_ready` must follow."""
        self.traces.append(self._folder / f"{self.name}.{len(self.traces)}.trace.jsonl")
        given = {
            **settings,
            "party": self.name,
            "trace": str(self.traces[-1]) if self._traced else "",
            "token_file": str(self._folder / "token"),
        }
        try:
            self.pid = self._nursery.start(side_of(self.name), given, self._file("stdout"), self._file("stderr"))
        except OSError as error:
            raise self.broken("did not start") from error

    def wait_ready(self) -> None:
        """Wait for the one line and for the control interface.  Raises `BenchBroken`."""
        end = monotonic_s() + START_S
        while not (line := self._said("stdout")).endswith("\n"):
            if self._nursery.status(self.pid) is not None or monotonic_s() > end:
                raise self.broken("did not start")
            sleep_s(LOOK_S)
        self.line = line.split(" on ", 1)[-1].strip()
        lines = self._said("stderr").splitlines()
        control = next((text.split()[2] for text in lines if text.startswith("control on ")), "")
        self.client = ControlClient(control, (self._folder / "token").read_text().strip())

    def check(self) -> None:
        """Raises `BenchBroken` when the process should be up and has ended by itself."""
        if self.up and self._nursery.status(self.pid) is not None:
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
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """An orderly end, by force when that takes too long; the exit status, 0 when it was down."""
        return self._end(signal.SIGTERM)

    def broken(self, what: str) -> BenchBroken:
        """The error that shows the end of what the process wrote to standard error."""
        text = Text(f"{self.name} 进程异常（{what}）", f"the process {self.name} {what}")
        return BenchBroken(text, self._said("stderr")[-ERRORS_SHOWN:].strip())

    def _end(self, number: int) -> int:
        pid, self.pid, self.client = self.pid, 0, None
        try:
            return self._nursery.end(pid, number) if pid else 0
        except OSError:  # the helper is gone, and all that it started with it
            return -signal.SIGKILL

    def _file(self, what: str) -> Path:
        return self._folder / f"{self.name}.{len(self.traces)}.{what}"

    def _said(self, what: str) -> str:
        file = self._file(what)
        return file.read_text(errors="replace") if file.exists() else ""
