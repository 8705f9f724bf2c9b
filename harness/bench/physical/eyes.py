"""What whoever stands at the device would see of it, where the device is an emulated one that writes a trace: its
display, its paper, its lamps.  What only the inside of a terminal knows stays unseen.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from harness.machine import Json
from protocols.errors import ScenarioError
from protocols.text import Text

LOOK_S = 0.03
"""How often it is looked at: faster than a person, slower than a frame."""
SEER = "register"
"""Whoever stands there sees what the cashier sees."""
NOT_READ = Text("终端的轨迹文件 {path} 打不开：{why}", "the terminal's trace file {path} cannot be read: {why}")
NOT_READ_CURE = Text(
    "以 posrig terminal --trace 启动终端，并在 terminal.trace 写同一文件",
    "Start it with posrig terminal --trace, and name the same file in terminal.trace",
)

Noted = Callable[[str, Mapping[str, Json]], None]


class Eyes:
    """Follows the trace file at `path` from now on, in the running loop; `noted` takes kind and data of each event.

    Raises ScenarioError when it cannot be read.
    """

    def __init__(self, path: Path, noted: Noted) -> None:
        try:
            self._file: IO[bytes] = path.open("rb")
        except OSError as error:
            raise ScenarioError(NOT_READ.format(path=path, why=error.strerror), NOT_READ_CURE) from error
        self._file.seek(0, 2)
        self._noted = noted
        self._rest = b""
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(LOOK_S, self._again)

    def look(self) -> None:
        """Whatever is there now."""
        *lines, self._rest = (self._rest + self._file.read()).split(b"\n")
        for line in lines:
            event = json.loads(line)
            if SEER in event.get("seen_by", ()):
                self._noted(event["kind"], event["data"])

    def close(self) -> None:
        """Look away."""
        self._timer.cancel()
        self._file.close()

    def _again(self) -> None:
        self.look()
        self._timer = self._loop.call_later(LOOK_S, self._again)
