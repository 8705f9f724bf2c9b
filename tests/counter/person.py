"""A person at a console: a real pseudo terminal, what stands on it, and what is typed."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from harness.clock import monotonic_s

BENCH_CHECK = Path(sys.executable).with_name("bench-check")
POSRIG = Path(sys.executable).with_name("posrig")
ROWS, COLUMNS = 60, 120
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r")
PROMPT = re.compile(r"\) > $")


class Person:
    """Runs a command on a pseudo terminal of its own; `said` is all that it wrote, without colours."""

    def __init__(self, words: Sequence[str | Path], environment: Mapping[str, str], columns: int = COLUMNS) -> None:
        import fcntl
        import termios

        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
        known = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "POSRIG"))}
        self._process = subprocess.Popen(
            [str(word) for word in words], stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            env={**known, "TERM": "xterm-256color", **environment},
        )  # fmt: skip
        os.close(slave)
        self._master = master
        self._raw = b""
        self._read_to = 0

    def __enter__(self) -> Person:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._master)

    @property
    def said(self) -> str:
        """All that stands there."""
        return ESCAPES.sub("", self._raw.decode("utf-8", "replace"))

    def type(self, text: str) -> None:
        """Keys."""
        os.write(self._master, text.encode())

    def kill(self) -> None:
        """The battery dies."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def until(self, pattern: str, limit_s: float = 60.0) -> str:
        """Wait until `pattern` stands in what has come since the last wait; what has come."""
        end_s = monotonic_s() + limit_s
        while True:
            fresh = self.said[self._read_to :]
            found = re.search(pattern, fresh)
            if found:
                self._read_to += found.end()
                return fresh
            if not self._more(end_s - monotonic_s()):
                raise AssertionError(f"{pattern!r} did not come; this stands there:\n{self.said}")

    def answer(self, answers: Mapping[str, str], limit_s: float = 120.0) -> int:
        """Answer every question: by the first pattern that its words match, else with Enter; the exit status."""
        end_s = monotonic_s() + limit_s
        while self._more(end_s - monotonic_s()):
            fresh = self.said[self._read_to :]
            if PROMPT.search(fresh):
                self._read_to = len(self.said)
                told = next((typed for pattern, typed in answers.items() if re.search(pattern, fresh)), "")
                self.type(f"{told}\n")
        return self.status(max(1.0, end_s - monotonic_s()))

    def status(self, limit_s: float = 30.0) -> int:
        """The exit status."""
        while self._more(limit_s):
            pass
        return self._process.wait(limit_s)

    def _more(self, limit_s: float) -> bool:
        """Read what comes; False at its end, or when nothing came in time."""
        ready, _, _ = select.select([self._master], [], [], max(0.0, limit_s))
        if not ready:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # Linux: the other end has closed
            return False
        self._raw += data
        return bool(data)
