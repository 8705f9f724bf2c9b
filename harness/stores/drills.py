"""What trainees have reached in the drill: a file of JSON lines, one a lesson, the newest last."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from protocols.text import Text

from .errors import StoreError

FILE = "drills.jsonl"
ROWS_MAX = 5_000
"""Lessons that are kept and read, the newest; a class of thirty takes a few hundred in a year."""
ROW_OCTETS_MAX = 16 * 1024
CANNOT = Text("成绩文件 {path} 写不了：{why}", "the file of scores {path} cannot be written: {why}")
CURE = Text(
    "检查磁盘空间与权限，或用 --data 另选文件夹", "Check disk space and rights, or choose another folder with --data"
)


class DrillScores:
    """The scores in the folder `root`."""

    def __init__(self, root: Path) -> None:
        self.path: Path = root / FILE
        self.damaged: int = 0
        """Lines that `rows` could not read."""

    def append(self, row: Mapping[str, Any]) -> None:
        """Add one, durable when this returns.  Raises StoreError."""
        line = json.dumps(dict(row), ensure_ascii=False, sort_keys=True)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as file:
                if file.tell() and not self._ends_whole():  # the power went in the middle of the last line
                    file.write(b"\n")
                file.write(f"{line}\n".encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StoreError(CANNOT.format(path=self.path, why=error.strerror or error), CURE) from error

    def rows(self) -> list[dict[str, Any]]:
        """All that can be read, the oldest first, at most ROWS_MAX; `damaged` counts what cannot."""
        self.damaged = 0
        found: list[dict[str, Any]] = []
        try:
            with self.path.open("rb") as file:
                for line in file:
                    row = _row(line)
                    if row is None:
                        self.damaged += 1
                    else:
                        found.append(row)
                        del found[:-ROWS_MAX]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreError(CANNOT.format(path=self.path, why=error.strerror or error), CURE) from error
        return found

    def _ends_whole(self) -> bool:
        with self.path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"


def _row(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line) if len(line) <= ROW_OCTETS_MAX else None
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
