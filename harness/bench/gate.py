"""Releases effects in the order in which they were made, and none before the records in front of it are durable.

The order holds over all links, not link by link: a later turn on another connection may answer out of state that an
earlier turn has made and the disk has not (a repeated request gets the stored answer), and a kill would then take
back what was told. No connection is blocked by that: turns are handled and their records written all the time, and
one commit carries every turn that waits for it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from harness.machine import Effect, Persist
from harness.stores.group import GroupCommit


class _Barrier:
    """Stands in the queue where a `Persist` was, until its records are durable."""

    __slots__ = ("durable",)

    def __init__(self) -> None:
        self.durable = False


class CommitGate:
    """`carry_out` gets every effect but `Persist`, and a released `Persist` too, so that it can be traced.

    `failed` is called once when the store cannot keep records: what waits behind them is never released.
    """

    def __init__(
        self, group: GroupCommit, carry_out: Callable[[Effect], None], failed: Callable[[BaseException], None]
    ) -> None:
        self._group = group
        self._carry_out = carry_out
        self._failed = failed
        self._queue: deque[Effect | _Barrier | Callable[[], None]] = deque()
        self._broken = False
        self._releasing = False

    @property
    def held(self) -> int:
        """Effects that wait for the disk."""
        return len(self._queue)

    def put(self, effects: Sequence[Effect]) -> None:
        """The effects of one turn."""
        if self._broken:
            return
        for effect in effects:
            if isinstance(effect, Persist) and effect.records:
                barrier = _Barrier()
                self._queue.append(barrier)
                self._submit(effect, barrier)
            self._queue.append(effect)
        self._release()

    def after(self, call: Callable[[], None]) -> None:
        """Do `call` when every effect that is here by now was released."""
        if not self._broken:
            self._queue.append(call)
            self._release()

    def drop(self) -> None:
        """Nothing that waits here is released any more; what waits for the disk is still written."""
        self._queue.clear()

    def _submit(self, effect: Persist, barrier: _Barrier) -> None:
        def done(error: BaseException | None) -> None:
            if error is not None:
                self._break(error)
                return
            barrier.durable = True
            self._release()

        try:
            self._group.submit(effect.records, done)
        except Exception as error:  # noqa: BLE001 - a full queue, or records that cannot be written: both end this process
            self._break(error)

    def _release(self) -> None:
        if self._releasing:  # carrying an effect out may lead to the next turn; its effects stand behind
            return
        self._releasing = True
        try:
            while self._queue and not self._broken:
                head = self._queue[0]
                if isinstance(head, _Barrier):
                    if not head.durable:
                        return
                    self._queue.popleft()
                    continue
                self._queue.popleft()
                if callable(head):
                    head()
                else:
                    self._carry_out(head)
        finally:
            self._releasing = False

    def _break(self, error: BaseException) -> None:
        if not self._broken:
            self._broken = True
            self._queue.clear()
            self._failed(error)
