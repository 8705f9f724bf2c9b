"""串口透传: the terminal's host traffic through the register, in both dialects of the Chinese register interface.

The register connects, puts the length in front (two binary octets, or four digits), and takes the reply.  How that is
told to the terminal is the dialect's.  What may go wrong in a register program here is `behaviours`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from protocols.framing import DigitsFramer, Frame, TcpFramer

from ...machine import SECOND_US
from ..settings import TUNNEL_REPLY_OCTETS_MAX
from ..talk import Talk

Ending = Literal["reply", "not_opened", "no_reply", "bad_reply"]
NOWHERE = "192.0.2.1:9"
"""A place that does not exist (RFC 5737), for a register without a network."""
HELD_MAX = 8
"""Replies that are handed over late."""
M = TypeVar("M")


@dataclass(frozen=True, slots=True)
class Carried(Generic[M]):
    """What came of a request: `request` as the terminal sent it, how it ended, and the host's reply."""

    request: M
    ending: Ending
    content: bytes = b""


class Tunnel(Generic[M]):
    """One request at a time: dial, send, wait for the whole reply, hang up.  Calls return what has ended."""

    def __init__(self, talk: Talk, prefix: str) -> None:
        self._talk = talk
        self._prefix = prefix
        self._framer = self._fresh_framer()
        self._request: tuple[M, bytes] | None = None
        self._opened = False
        self._due: int | None = None
        self._held: deque[tuple[int, Carried[M]]] = deque(maxlen=HELD_MAX)

    @property
    def deadline(self) -> int | None:
        """When `wake` is wanted."""
        return min((at for at in (self._due, *(at for at, _ in self._held)) if at is not None), default=None)

    def begin(self, request: M, address: str, octets: bytes, wait_us: int) -> None:
        """Carry `octets` to the host at `address`, "" for the one that the register was set up with."""
        if self._request is not None:  # the terminal has given up on the one before
            self._talk.hang_up()
        self._due = self._talk.now + wait_us
        self._framer = self._fresh_framer()
        self._request, self._opened = (request, self._cut(octets)), False
        self._talk.dial(NOWHERE if "no_network" in self._talk.behaviours else address)

    def opened(self) -> None:
        """The connection stands: send what waits."""
        if self._request is not None:
            self._opened = True
            self._talk.tunnel(self._framer.frame(self._request[1]))

    def received(self, data: bytes) -> list[Carried[M]]:
        """Octets of the host's reply."""
        for item in self._framer.feed(data) if self._request is not None else ():
            if isinstance(item, Frame):
                return self._end("reply", self._cut(item.payload))
            return self._end("bad_reply")
        return []

    def closed(self) -> list[Carried[M]]:
        """The connection did not open, or ended before the reply was whole."""
        return self._end("no_reply" if self._opened else "not_opened") if self._request is not None else []

    def wake(self) -> list[Carried[M]]:
        """Time has passed."""
        now = self._talk.now
        over = self._end("no_reply") if self._due is not None and now >= self._due else []
        while self._held and self._held[0][0] <= now:
            over.append(self._held.popleft()[1])
        return over

    def _end(self, ending: Ending, content: bytes = b"") -> list[Carried[M]]:
        assert self._request is not None
        carried = Carried(self._request[0], ending, content)
        self._request = self._due = None
        self._talk.hang_up()
        late = self._talk.behaviours.get("late_reply")
        if late is None:
            return [carried]
        self._held.append((self._talk.now + late["seconds"] * SECOND_US, carried))
        return []

    def _fresh_framer(self) -> TcpFramer:
        asc = (self._prefix == "asc") is not ("wrong_prefix" in self._talk.behaviours)
        return (DigitsFramer if asc else TcpFramer)(limit_octets=TUNNEL_REPLY_OCTETS_MAX)

    def _cut(self, octets: bytes) -> bytes:
        limit = self._talk.behaviours.get("truncates")
        return octets if limit is None else octets[: limit["octets"]]
