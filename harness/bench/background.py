"""An asyncio loop on a thread of its own, for faces that are synchronous: links and machines live in it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")
CALL_S = 10.0
"""Any call into the loop is over in milliseconds; longer means that the loop hangs."""


class LoopThread:
    """Started at once; `close` ends it."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._loop.is_closed()

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Start `work` in the loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def wait_for(self, work: Coroutine[Any, Any, T], limit_s: float = CALL_S) -> T:
        """Run `work` in the loop and wait for it.  Raises what it raises, and TimeoutError."""
        return self.submit(work).result(limit_s)

    def call(self, function: Callable[..., T], *args: Any) -> T:
        """Call `function` in the loop's thread and wait for what it returns."""

        async def work() -> T:
            return function(*args)

        return self.wait_for(work())

    def close(self) -> None:
        """End the loop and its thread.  May be called twice."""
        if self._loop.is_closed():
            return

        async def end() -> None:
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

        self.wait_for(end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CALL_S)
        self._loop.close()
