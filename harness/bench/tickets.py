"""Questions to a machine that wait for their answers."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping

from harness.machine import Answer, Ask, Json

ASK_TIMEOUT_S = 600.0
"""An ask that the machine never answers is given up here, in real seconds, so that tickets cannot pile up."""


class TooManyAsks(Exception):
    """As many asks are waiting as may."""


class Tickets:
    """`deliver` hands an `Ask` to the machine; its `Answer` comes back by `answered`."""

    def __init__(self, deliver: Callable[[Ask], None], limit: int) -> None:
        self._deliver = deliver
        self._limit = limit
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Answer]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    async def ask(self, who: str, name: str, args: Mapping[str, Json]) -> Answer:
        """Ask and wait for the answer, or `TimeoutError`.  Raises `TooManyAsks`."""
        if len(self._waiting) >= self._limit:
            raise TooManyAsks
        ticket = next(self._numbers)
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[ticket] = future
        try:
            self._deliver(Ask(who, name, dict(args), ticket))
            async with asyncio.timeout(ASK_TIMEOUT_S):
                return await future
        finally:
            self._waiting.pop(ticket, None)

    def answered(self, answer: Answer) -> None:
        """The machine has answered."""
        future = self._waiting.get(answer.ticket)
        if future is not None and not future.done():
            future.set_result(answer)

    def give_up(self) -> None:
        """Nothing will be answered any more."""
        for future in self._waiting.values():
            future.cancel()
