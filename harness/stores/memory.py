"""Records in memory: they outlive the machine, not the process.  For simulated benches and for tests."""

from __future__ import annotations

import json
from collections.abc import Sequence

from protocols.text import Text

from ..machine import Record
from .errors import StoreError

RECORDS_MAX = 1_000_000
"""Far above any simulated life; a machine that persists in a circle ends here instead of eating the memory."""

FULL = Text("内存存储已满：{count} 条记录", "The memory store is full: {count} records")
FULL_CURE = Text("查找不断写记录的状态机", "Look for a machine that persists in a circle")


class MemoryStore:
    """Keeps every record as JSON text: a machine gets back what a database would give back, and a record that is
    changed after it was persisted cannot change the past."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def append(self, records: Sequence[Record]) -> None:
        """Raises StoreError when full, TypeError for a record that is no JSON; then none of `records` is kept."""
        lines = [json.dumps(record, ensure_ascii=False, sort_keys=True) for record in records]
        if len(self._lines) + len(lines) > RECORDS_MAX:
            raise StoreError(FULL.format(count=len(self._lines)), FULL_CURE)
        self._lines += lines

    def compact(self, records: Sequence[Record]) -> None:
        """Replace everything by `records`."""
        self._lines.clear()
        self.append(records)

    def load(self) -> list[Record]:
        return [json.loads(line) for line in self._lines]

    def records(self) -> list[Record]:
        """The same as `load`; the name that tests read."""
        return self.load()

    def close(self) -> None:
        """Nothing to do: the records stay, as they do on a disk."""
