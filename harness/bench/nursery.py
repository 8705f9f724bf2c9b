"""Starts the processes of emulated benches quickly: one helper loads the program once and forks a process for each
party.

A host or a terminal is then up in a tenth of the time that loading takes, which counts where a row of the catalogue
needs hundreds of benches.  What is forked is a process like any other: it has its own memory, files and sockets, and
kill -9 ends it.

The helper runs while at least one bench is open.  It ends with its standard input, and its processes end with it, so
that a bench that was killed leaves nothing behind.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from harness.clock import sleep_s

LOADED = (
    "harness.acquirer.host",
    "harness.bench.control",
    "harness.bench.host_process",
    "harness.bench.terminal_process",
    "harness.stores.journal",
    "harness.stores.sql",
    "harness.terminal.terminal",
)
STOP_S = 5.0
"""How long a process may take to end in order before it is killed."""


class Nursery:
    """The bench's end.  Each bench calls `shared`, and `release` at its end."""

    _one: ClassVar[Nursery | None] = None
    _guard: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self) -> None:
        self._users = 0
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "harness.bench.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )

    @classmethod
    def shared(cls) -> Nursery:
        """The helper of this process, started when there is none or the last one has died."""
        with cls._guard:
            if cls._one is None or cls._one._process.poll() is not None:
                cls._one = cls()
            cls._one._users += 1
            return cls._one

    def release(self) -> None:
        """One user less; the last one ends the helper and everything that it started."""
        with Nursery._guard:
            self._users -= 1
            if self._users:
                return
            if Nursery._one is self:
                Nursery._one = None
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.close()
        except OSError:  # it was killed, and what was meant for it cannot be flushed
            pass
        self._process.wait(2 * STOP_S)
        self._process.stdout.close()

    def start(self, kind: str, settings: Mapping[str, Any], out: Path, err: Path) -> int:
        """Fork a process body; its pid.  Its standard output and error go to files.  Raises OSError when the helper
        is gone."""
        pid: int = self._call({"do": "start", "kind": kind, "settings": settings, "out": str(out), "err": str(err)})
        return pid

    def status(self, pid: int) -> int | None:
        """The exit status of a process that has ended (negative: the signal), None while it runs."""
        status: int | None = self._call({"do": "status", "pid": pid})
        return status

    def end(self, pid: int, number: int) -> int:
        """Send the signal and wait; SIGKILL follows when that takes too long.  The exit status."""
        status: int = self._call({"do": "end", "pid": pid, "signal": number})
        return status

    def _call(self, request: Mapping[str, Any]) -> Any:
        with self._lock:
            assert self._process.stdin is not None and self._process.stdout is not None
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        if not line:
            raise ChildProcessError("the helper that starts processes has ended")
        return json.loads(line)


class _Server:
    """The helper's end: one request at a time, no threads, so that forking is safe."""

    def __init__(self) -> None:
        self._ended: dict[int, int] = {}
        self._running: set[int] = set()
        self._folders: set[Path] = set()
        self._life_read, self._life_write = os.pipe()

    def serve(self) -> None:
        for line in sys.stdin:
            request = json.loads(line)
            sys.stdout.write(json.dumps(self._do(request)) + "\n")
            sys.stdout.flush()
        for pid in list(self._running):
            self._end(pid, signal.SIGTERM)
        for folder in self._folders:  # gone already, unless the bench was killed
            shutil.rmtree(folder, ignore_errors=True)

    def _do(self, request: Mapping[str, Any]) -> int | None:
        if request["do"] == "start":
            return self._start(request)
        if request["do"] == "status":
            return self._status(request["pid"])
        return self._end(request["pid"], request["signal"])

    def _start(self, request: Mapping[str, Any]) -> int:
        self._folders.add(Path(request["out"]).parent)
        pid = os.fork()
        if pid:
            self._running.add(pid)
            return pid
        status = 3
        try:
            status = self._live(request)
        except BaseException:  # noqa: BLE001 - the forked process must never come back into the helper's loop
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _live(self, request: Mapping[str, Any]) -> int:
        from .child import run

        os.close(self._life_write)
        for name, number in ((os.devnull, 0), (request["out"], 1), (request["err"], 2)):
            fd = os.open(name, (os.O_WRONLY | os.O_CREAT | os.O_TRUNC) if number else os.O_RDONLY, 0o600)
            os.dup2(fd, number)
            os.close(fd)
        threading.Thread(target=self._follow, name="posrig-parent", daemon=True).start()
        return run(request["kind"], request["settings"])

    def _follow(self) -> None:
        os.read(self._life_read, 1)  # returns when the helper is gone
        os.kill(os.getpid(), signal.SIGTERM)

    def _status(self, pid: int) -> int | None:
        if pid in self._running:
            found, status = os.waitpid(pid, os.WNOHANG)
            if not found:
                return None
            self._running.discard(pid)
            self._ended[pid] = os.waitstatus_to_exitcode(status)
        return self._ended[pid]

    def _end(self, pid: int, number: int) -> int:
        waited_s = 0.0
        while (status := self._status(pid)) is None:
            if waited_s == 0.0 or waited_s > STOP_S:
                os.kill(pid, number if waited_s == 0.0 else signal.SIGKILL)
            sleep_s(0.002)
            waited_s += 0.002
        return status


def main() -> None:
    """Load, then serve until the standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the bench, which ends us in order
    for name in LOADED:
        importlib.import_module(name)
    _Server().serve()


if __name__ == "__main__":
    main()
