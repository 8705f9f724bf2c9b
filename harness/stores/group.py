"""Group commit: one thread writes, and what came in while it wrote goes into the next commit together.

An fsync costs the same for one turn as for a hundred, so a busy host pays it once for many, and its event loop never
waits for a disk.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from protocols.text import Text

from ..machine import Record
from . import Store
from .errors import StoreError

Done = Callable[[BaseException | None], None]
"""Called once per submitted turn: with None when its records are durable, with the error when they are not."""

TURNS_PER_COMMIT = 1000
"""Upper bound of one transaction: keeps the time of a commit, and what is in memory for it, bounded."""
TURNS_PENDING_LIMIT = 20_000
"""Turns that wait for the disk.  The shell stops reading its links long before (`harness.bench.shell`)."""


class GroupCommit:
    """Runs the writes of `store` on a thread of its own, in order of submission.

    `deliver` carries a batch of finished callbacks back to the caller's thread (`loop.call_soon_threadsafe`); without
    it they run on the committing thread.  After the first failure every later turn fails with the same error: nothing
    may be acknowledged on top of a hole.
    """

    def __init__(self, store: Store, deliver: Callable[[Callable[[], None]], object] | None = None) -> None:
        self._store = store
        self._deliver = deliver or (lambda call: call())
        self._changed = threading.Condition()
        self._queue: list[tuple[tuple[Record, ...], Done]] = []
        self._pending = 0
        self._failure: BaseException | None = None
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="posrig-commit", daemon=True)
        self._thread.start()

    @property
    def pending(self) -> int:
        """Turns that were submitted and are not yet known to be durable."""
        return self._pending

    def submit(self, records: Sequence[Record], done: Done) -> None:
        """Make `records` durable, all or none, then call `done`.  Raises `StoreError` when closed or far behind."""
        with self._changed:
            if self._closing or self._pending >= TURNS_PENDING_LIMIT:
                raise StoreError(
                    Text(zh="存储已关闭或积压过多", en="the store is closed, or too far behind"),
                    Text(zh="请检查磁盘", en="Check the disk"),
                )
            self._queue.append((tuple(records), done))
            self._pending += 1
            self._changed.notify_all()

    def close(self) -> None:
        """Write what was submitted, then end the thread.  The store stays open.  A second call does nothing."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._queue and not self._closing:
                    self._changed.wait()
                if not self._queue:
                    return
                batch, self._queue = self._queue[:TURNS_PER_COMMIT], self._queue[TURNS_PER_COMMIT:]
            self._commit(batch)
            self._deliver(self._finisher(batch))
            with self._changed:
                self._pending -= len(batch)

    def _commit(self, batch: list[tuple[tuple[Record, ...], Done]]) -> None:
        if self._failure is None:
            try:
                self._store.append([record for records, _ in batch for record in records])
            except Exception as error:  # noqa: BLE001 - whatever it is, the loop must hear of it instead of waiting for ever
                self._failure = error

    def _finisher(self, batch: list[tuple[tuple[Record, ...], Done]]) -> Callable[[], None]:
        failure = self._failure

        def finish() -> None:
            for _, done in batch:
                done(failure)

        return finish
