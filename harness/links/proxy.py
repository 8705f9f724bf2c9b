"""A TCP proxy between terminal and host that applies a fault plan to real connections.

It listens on the loopback, dials the target for each connection, and hands all octets to the same `Faulty` that the
simulated network uses; what comes out is written when the handed-in clock says so.  Octets that are still waiting
count as `queued`, and `next_due_us` tells a bench how far time may be moved on.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from . import tcp
from .faults import Cut, Delivery, Outcome, Stream
from .port import Port

CONNECTIONS_LIMIT = 200
"""One terminal has one connection at a time; this is for clients that dial in a circle."""
QUEUE_LIMIT_OCTETS = 1024 * 1024
"""What a plan may hold back on one connection; beyond it the connection is reset."""
DIAL_TIMEOUT_S = 20.0
OCTETS = ("client_in", "client_out", "server_in", "server_out")
"""What a proxy counts: read from and written to the dialling side and the target."""


class Faults(Protocol):
    """`harness.links.faulty.Faulty`."""

    def sibling(self) -> Faults: ...

    def opened(self, now_us: int) -> Iterable[Outcome]: ...

    def push(self, stream: Stream, data: bytes, now_us: int) -> Iterable[Outcome]: ...

    def closed(self, stream: Stream, now_us: int) -> Iterable[Outcome]: ...


class Watch(Protocol):
    """Sees what passes on the dialling side, each connection under a number of its own."""

    def opened(self, connection: int) -> None: ...

    def passed(self, connection: int, stream: Stream, data: bytes) -> None: ...

    def closed(self, connection: int, reason: str) -> None:
        """`reason` as the dialler has it: "local" where it closed itself."""
        ...


class Proxy:
    """Listens with `start`; `set_faults` counts for open connections too.  All methods run in the loop's thread."""

    def __init__(self, target: Callable[[], str], now_us: Callable[[], int], watch: Watch | None = None) -> None:
        self.watch = watch
        self.numbers: Iterator[int] = itertools.count(1)
        self.octets: dict[str, int] = dict.fromkeys(OCTETS, 0)
        self.address: str = ""
        self._target = target
        self._now_us = now_us
        self._faults: Faults | None = None
        self._lanes: set[_Relay] = set()
        self._server: asyncio.Server | None = None

    async def start(self, address: str = "127.0.0.1:0") -> str:
        """Listen; returns the address."""
        self._server, self.address = await tcp.listen(address, self._accept)
        return self.address

    async def refuse(self, refused: bool) -> None:
        """While `refused` nobody listens here: dialling fails at once, as with a host that is down.

        (A fault that refuses a counted number of dials lets them connect and resets them: a port that is closed
        counts nothing.)
        """
        if refused and self._server is not None:
            server, self._server = self._server, None
            await tcp.stop_listening(server)
        elif not refused and self._server is None:
            await self.start(self.address)

    def set_faults(self, faults: Faults | None) -> None:
        """Replace the plan; None heals the path.  What is held back already keeps its time."""
        self._faults = faults
        for relay in list(self._lanes):
            relay.take(faults.sibling() if faults is not None else None)

    @property
    def connections(self) -> int:
        """Connections that are there, also those that are just ending."""
        return len(self._lanes)

    @property
    def queued(self) -> int:
        """Outcomes that wait for their time."""
        return sum(len(relay.waiting) for relay in self._lanes)

    @property
    def dialling(self) -> int:
        """Connections that are not yet through to the target."""
        return sum(not relay.joined for relay in self._lanes)

    @property
    def next_due_us(self) -> int | None:
        """When the next outcome that waits is due."""
        return min((relay.waiting[0][0] for relay in self._lanes if relay.waiting), default=None)

    def time_moved(self) -> None:
        """The clock was advanced: look what has fallen due."""
        for relay in list(self._lanes):
            relay.arm()

    async def close(self) -> None:
        """Stop listening and reset what is open."""
        if self._server is not None:
            await tcp.stop_listening(self._server)
        for relay in list(self._lanes):
            relay.cut("reset", None)
        await asyncio.sleep(0)

    def _accept(self) -> _Side | None:
        if len(self._lanes) >= CONNECTIONS_LIMIT:
            return None
        faults = self._faults.sibling() if self._faults is not None else None
        return _Relay(self, faults, self._target(), self._now_us).client

    def remember(self, relay: _Relay) -> None:
        """`relay` has begun.  Not before: a connection that comes in while the server is being closed never opens."""
        self._lanes.add(relay)

    def forget(self, relay: _Relay) -> None:
        """`relay` has ended."""
        self._lanes.discard(relay)


class _Relay:
    """Two connections and what is between them."""

    def __init__(self, proxy: Proxy, faults: Faults | None, target: str, now_us: Callable[[], int]) -> None:
        self.proxy = proxy
        self.number: int = next(proxy.numbers)
        self.joined = False
        self.waiting: list[tuple[int, int, Outcome]] = []
        self.client: _Side = _Side(self, "upstream", "client")
        self.server: _Side = _Side(self, "downstream", "server")
        self._faults = faults
        self._target = target
        self._now_us = now_us
        self._order = itertools.count()
        self._held_octets = 0
        self._timer: asyncio.TimerHandle | None = None
        self._dial: asyncio.Task[None] | None = None

    def take(self, faults: Faults | None) -> None:
        """A new plan for a connection that is open."""
        self._faults = faults
        if faults is not None:
            self._follow(faults.opened(self._now_us()))

    def begin(self) -> None:
        """The client is there: dial the target, unless the plan refuses."""
        self.proxy.remember(self)
        first = list(self._faults.opened(self._now_us())) if self._faults is not None else []
        if any(isinstance(outcome, Cut) and outcome.reason == "refused" for outcome in first):
            self.cut("refused", None)
            return
        self._follow(first)
        loop = asyncio.get_running_loop()
        self._dial = loop.create_task(tcp.dial(self._target, self.server, DIAL_TIMEOUT_S))

    def arrived(self, stream: Stream, data: bytes) -> None:
        now = self._now_us()
        self._follow([Delivery(now, stream, data)] if self._faults is None else self._faults.push(stream, data, now))

    def ended(self, stream: Stream, reason: str) -> None:
        """The near side of `stream` closed."""
        now = self._now_us()
        if reason != "eof":
            self._follow([Cut(now, reason, stream)])
        else:
            self._follow([Cut(now, "eof", stream)] if self._faults is None else self._faults.closed(stream, now))
        self._look()

    def arm(self) -> None:
        """Deliver what is due, and set the timer for the rest."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self.waiting and self.waiting[0][0] <= self._now_us() and self.joined:
            self._do(heapq.heappop(self.waiting)[2])
        if self.waiting and self.joined:
            wait_s = (self.waiting[0][0] - self._now_us()) / 1_000_000
            self._timer = asyncio.get_running_loop().call_later(max(0.0, wait_s), self.arm)

    def cut(self, reason: str, stream: Stream | None) -> None:
        """End both sides, or the far one of `stream`; "eof" in an orderly way, anything else by a reset."""
        if stream is None:
            self.waiting.clear()
        for side in (self.server, self.client):
            if stream is None or side is (self.server if stream == "upstream" else self.client):
                side.finish(reason)
        self._look()

    def _follow(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            self._held_octets += len(outcome.data) if isinstance(outcome, Delivery) else 0
            heapq.heappush(self.waiting, (outcome.at_us, next(self._order), outcome))
        if self._held_octets > QUEUE_LIMIT_OCTETS:
            self.cut("reset", None)
            return
        self.arm()

    def _do(self, outcome: Outcome) -> None:
        if isinstance(outcome, Delivery):
            self._held_octets -= len(outcome.data)
            (self.server if outcome.stream == "upstream" else self.client).send(outcome.data)
        else:
            self.cut(outcome.reason, outcome.stream)

    def _look(self) -> None:
        """Both sides gone: forget the pair.  What waits for a side that is gone is nobody's."""
        if self.client.over and self.server.over:
            self.waiting.clear()
            if self._timer is not None:
                self._timer.cancel()
            if self._dial is not None:
                self._dial.cancel()
            self.proxy.forget(self)


class _Side:
    """One of the two connections; octets that come in here flow into `stream`."""

    def __init__(self, relay: _Relay, stream: Stream, name: str) -> None:
        self.over: bool = False
        self._relay = relay
        self._stream: Stream = stream
        self._name = name
        self._port: tcp.TcpPort | None = None

    def opened(self, port: Port, peer: str) -> None:
        assert isinstance(port, tcp.TcpPort)
        self._port = port
        if self is self._relay.client:
            if self._watch is not None:
                self._watch.opened(self._relay.number)
            self._relay.begin()
        elif self.over:
            port.abort()
        else:
            self._relay.joined = True
            self._relay.arm()

    @property
    def _watch(self) -> Watch | None:
        """Whoever looks at this side."""
        return self._relay.proxy.watch if self is self._relay.client else None

    def received(self, data: bytes) -> None:
        self._relay.proxy.octets[f"{self._name}_in"] += len(data)
        if self._watch is not None:
            self._watch.passed(self._relay.number, self._stream, data)
        self._relay.arrived(self._stream, data)

    def finished(self) -> bool:
        return False

    def closed(self, reason: str) -> None:
        if self.over:
            return
        self.over = True
        if self._watch is not None:
            self._watch.closed(self._relay.number, "local")
        if self._port is None and self is self._relay.server:  # the target could not be reached
            self._relay.cut("reset", None)
        else:
            self._relay.ended(self._stream, reason)

    def send(self, data: bytes) -> None:
        if self._port is not None and not self.over and self._port.send(data):
            self._relay.proxy.octets[f"{self._name}_out"] += len(data)
            if self._watch is not None:  # the client's: what reaches it flows the other way
                self._watch.passed(self._relay.number, "downstream", data)

    def finish(self, reason: str) -> None:
        if self.over:
            return
        self.over = True
        if self._watch is not None:
            self._watch.closed(self._relay.number, reason)
        if self._port is not None:
            if reason == "eof":
                self._port.close()
            else:
                self._port.abort(reason)
