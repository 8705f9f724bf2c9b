"""Two processes on one storage would each fold a state that the other does not know: the second one is refused."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from protocols.text import Text

from .errors import StoreError


class StoreInUse(StoreError):
    """Another process has it."""


class ProcessLock:
    """An exclusive advisory lock on the file `path`, held until `release` or the death of the process.  `guarded`, by
    default its folder, is what it stands for in the error."""

    def __init__(self, path: Path, guarded: str = "") -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            _lock(self._fd)
        except OSError as error:
            os.close(self._fd)
            raise StoreInUse(
                Text(
                    zh=f"存储 {guarded or path.parent} 正被另一个进程使用",
                    en=f"the storage {guarded or path.parent} is in use by another process",
                ),
                Text(zh="请先结束那个进程，或另选存储", en="End that process first, or choose another storage"),
            ) from error

    def release(self) -> None:
        """Give the lock back; a second call does nothing.  The file stays: removing it would race with the next
        owner."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _lock(fd: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl  # not on Windows, therefore not at module level

        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
