"""How far inspection rounds have come: `rounds/ID.json` in the folder of the visits, replaced as a whole each time.

Several windows may work on one round: whoever changes it holds a lock for that moment, and changes what is there then.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from protocols.text import Text

from ..clock import monotonic_s, sleep_s
from .durable import replace_durably
from .errors import StoreError
from .lock import ProcessLock, StoreInUse

ROUNDS_MAX = 200
"""Rounds that are kept; those that nobody touched the longest go first."""
ROUND_OCTETS_MAX = 16 * 1024 * 1024
LOCK_S, LOCK_AGAIN_S = 5.0, 0.05
"""How long another window may hold a round, which takes it a moment; how often it is tried."""

DAMAGED = Text("巡检进度 {path} 读不出来：{why}", "the state of the round {path} cannot be read: {why}")
DAMAGED_CURE = Text(
    "把这个文件移到别处后重新开始；各次检测记录仍在历史里",
    "Move this file away and begin anew; the records of the visits are still in the history",
)
NO_ROOM = Text("无法写入 {path}：{why}", "cannot write {path}: {why}")
DISK_CURE = Text(
    "检查磁盘空间与文件夹权限，或用 --data 另指一个文件夹",
    "Look at the disk's space and the folder's rights, or name another folder with --data",
)


class RoundStore:
    """The rounds below the folder `root`, which is made when something is first written."""

    def __init__(self, root: Path) -> None:
        self._folder = root / "rounds"

    def ids(self) -> list[str]:
        """Every round, the one touched last first."""
        try:
            files = [(one.stat().st_mtime_ns, one.stem) for one in self._folder.glob("*.json")]
        except OSError:
            return []
        return [id_ for _, id_ in sorted(files, reverse=True)]

    def load(self, id_: str) -> dict[str, Any] | None:
        """The state of a round, None where there is none.  Raises StoreError for one that is damaged."""
        path = self._path(id_)
        try:
            with path.open("rb") as file:
                octets = file.read(ROUND_OCTETS_MAX + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(DAMAGED.format(path=path, why=error.strerror), DAMAGED_CURE) from error
        try:
            data = json.loads(octets.decode()) if len(octets) <= ROUND_OCTETS_MAX else None
        except (ValueError, RecursionError) as error:
            raise StoreError(DAMAGED.format(path=path, why=str(error)[:200]), DAMAGED_CURE) from error
        if not isinstance(data, dict):
            raise StoreError(DAMAGED.format(path=path, why="JSON"), DAMAGED_CURE)
        return data

    def change(self, id_: str, how: Callable[[dict[str, Any] | None], dict[str, Any]]) -> dict[str, Any]:
        """Make the state what `how` makes of the present one; durable before this returns.  Raises StoreError."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = self._lock(id_)
        except OSError as error:
            raise StoreError(NO_ROOM.format(path=self._folder, why=error.strerror), DISK_CURE) from error
        try:
            state = how(self.load(id_))
            replace_durably(self._path(id_), json.dumps(state, ensure_ascii=False, indent=1, allow_nan=False).encode())
            for old in self.ids()[ROUNDS_MAX:]:
                self._path(old).unlink(missing_ok=True)
                (self._folder / f"{old}.lock").unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(NO_ROOM.format(path=self._path(id_), why=error.strerror), DISK_CURE) from error
        finally:
            lock.release()
        return state

    def _lock(self, id_: str) -> ProcessLock:
        given_up_s = monotonic_s() + LOCK_S
        while True:
            try:
                return ProcessLock(self._folder / f"{id_}.lock", str(self._path(id_)))
            except StoreInUse:
                if monotonic_s() >= given_up_s:
                    raise
            sleep_s(LOCK_AGAIN_S)

    def _path(self, id_: str) -> Path:
        return self._folder / f"{id_}.json"
