"""A wired link with a fault plan on it: stands between a real port and whoever uses it, as `proxy` does for TCP.

On the register's side, what the user of the port sends flows upstream; on the terminal's side, downstream.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable, Iterable

from .faults import Cut, Delivery, Outcome, Stream
from .port import Handler, Port
from .proxy import QUEUE_LIMIT_OCTETS, Faults

TIMER_EXACT_S = 0.002
"""A loop's timers are late by up to a millisecond (Linux); the rest of the time is waited out in the loop."""


class FaultedLine:
    """`Handler` towards the real port, `Port` towards `handler`.  Without faults everything passes at once.

    `pull` takes the plug out for so many microseconds, 0 for good; without it the port is closed at this end alone.
    `sends`: the stream of what the user of the port sends.
    """

    def __init__(
        self,
        handler: Handler,
        now_us: Callable[[], int],
        pull: Callable[[int], None] | None = None,
        sends: Stream = "upstream",
    ) -> None:
        self.octets_in: int = 0
        """Read from the line, before any fault."""
        self.octets_out: int = 0
        """Written to the line, after all faults."""
        self._handler = handler
        self._now_us = now_us
        self._pull = pull
        self._sends: Stream = sends
        self._reads: Stream = "downstream" if sends == "upstream" else "upstream"
        self._faults: Faults | None = None
        self._port: Port | None = None
        self._waiting: list[tuple[int, int, Outcome]] = []
        self._last_due_us = 0
        self._held_octets = 0
        self._order = itertools.count()
        self._timer: asyncio.Handle | None = None

    def set_faults(self, faults: Faults | None) -> None:
        """Replace the plan; None heals the line.  What is held back already keeps its time."""
        self._faults = faults
        if faults is not None and self._port is not None:
            self._follow(faults.opened(self._now_us()))

    @property
    def next_due_us(self) -> int | None:
        """When the next octets that wait are due."""
        return self._waiting[0][0] if self._waiting else None

    def time_moved(self) -> None:
        """Deliver what is due, and set the timer for the rest."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while due := self._take_due():
            self._do(due)
        if self._waiting:
            self._sleep((self._waiting[0][0] - self._now_us()) / 1_000_000)

    def _sleep(self, wait_s: float) -> None:
        """Until the next octets are due.  The last of them come to the microsecond, because their time is that of the
        whole frame; those before may be late by the millisecond to which a loop's timers are exact."""
        loop = asyncio.get_running_loop()
        to_last_s = (self._last_due_us - self._now_us()) / 1_000_000 - TIMER_EXACT_S
        if to_last_s > 0:
            self._timer = loop.call_later(max(0.0, min(wait_s, to_last_s)), self.time_moved)
        else:
            self._timer = loop.call_soon(self.time_moved)

    def _take_due(self) -> Outcome | None:
        """The next outcome whose time has come, with the octets of its stream that follow it and are due as well."""
        now_us = self._now_us()
        if not self._waiting or self._waiting[0][0] > now_us:
            return None
        first = heapq.heappop(self._waiting)[2]
        if isinstance(first, Cut):
            return first
        octets = [first.data]
        while self._waiting and self._waiting[0][0] <= now_us:
            follows = self._waiting[0][2]
            if isinstance(follows, Cut) or follows.stream != first.stream:
                break
            heapq.heappop(self._waiting)
            octets.append(follows.data)
        return Delivery(first.at_us, first.stream, b"".join(octets))

    # towards the real port

    def opened(self, port: Port, peer: str) -> None:
        self._port = port
        if self._faults is not None:
            self._follow(self._faults.opened(self._now_us()))
        self._handler.opened(self, peer)

    def received(self, data: bytes) -> None:
        self.octets_in += len(data)
        self._put(self._reads, data)

    def finished(self) -> bool:
        return self._handler.finished()

    def closed(self, reason: str) -> None:
        self._port = None
        self._waiting.clear()
        self._last_due_us = 0
        self._held_octets = 0
        if self._timer is not None:
            self._timer.cancel()
        self._handler.closed(reason)

    # towards the user

    def send(self, data: bytes) -> bool:
        if self._port is None:
            return False
        self._put(self._sends, data)
        return True

    def close(self, reason: str = "local") -> None:
        if self._port is not None:
            self._port.close(reason)

    def pause(self) -> None:
        if self._port is not None:
            self._port.pause()

    def resume(self) -> None:
        if self._port is not None:
            self._port.resume()

    def _put(self, stream: Stream, data: bytes) -> None:
        now = self._now_us()
        self._follow([Delivery(now, stream, data)] if self._faults is None else self._faults.push(stream, data, now))

    def _follow(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            size = len(outcome.data) if isinstance(outcome, Delivery) else 0
            if self._held_octets + size <= QUEUE_LIMIT_OCTETS:  # beyond it octets are lost, as on any overrun line
                self._held_octets += size
                self._last_due_us = max(self._last_due_us, outcome.at_us)
                heapq.heappush(self._waiting, (outcome.at_us, next(self._order), outcome))
        self.time_moved()

    def _do(self, outcome: Outcome) -> None:
        if isinstance(outcome, Cut):
            if self._pull is not None and outcome.away_us is not None:
                self._pull(outcome.away_us)
            else:
                self.close(outcome.reason)
            return
        self._held_octets -= len(outcome.data)
        if outcome.stream == self._reads:
            self._handler.received(outcome.data)
        elif self._port is not None and self._port.send(outcome.data):
            self.octets_out += len(outcome.data)
