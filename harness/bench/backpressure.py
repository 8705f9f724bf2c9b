"""Nobody is read while the disk is far behind, so that memory does not grow with the speed of the peers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from .conversation import Conversation

LOOK_AGAIN_S = 0.005


class Backpressure:
    """`pending` turns wait for the disk; beyond `limit` all `links` pause, below half of it they go on."""

    def __init__(self, pending: Callable[[], int], limit: int, links: Mapping[str, Conversation]) -> None:
        self._pending = pending
        self._limit = limit
        self._links = links
        self._paused = False

    def look(self) -> None:
        """After every turn."""
        if not self._paused and self._pending() > self._limit:
            self._paused = True
            for conversation in self._links.values():
                conversation.pause()
            self._later()

    def _later(self) -> None:
        asyncio.get_running_loop().call_later(LOOK_AGAIN_S, self._again)

    def _again(self) -> None:
        if self._pending() > self._limit // 2:
            self._later()
            return
        self._paused = False
        for conversation in self._links.values():
            conversation.resume()
