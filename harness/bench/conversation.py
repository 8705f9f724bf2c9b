"""One connection of a real shell: what its port tells becomes events for the machine, tapped into the trace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from harness.links.port import Port
from harness.machine import Closed, Event, Json, Opened, Received


@dataclass(frozen=True, slots=True)
class Limits:
    """What one process bears.  Each can be set on the command line where people meet it."""

    connections: int = 2000
    """Accepted at once; each takes a descriptor and some kilobytes, and a process has a few thousand descriptors."""
    idle_s: float = 300.0
    """A connection without an octet either way is dropped: a terminal that lost its power never says goodbye."""
    dial_s: float = 20.0
    """As long as the longest connection time-out of the terminals."""
    pending_turns: int = 4000
    """Turns that wait for the disk before the shell stops reading its links."""
    tickets: int = 1000
    """Asks that wait for their answers."""


@dataclass(slots=True)
class Traffic:
    """Octets of one link name over all its connections; accepted connections count together as "accepted"."""

    octets_in: int = 0
    octets_out: int = 0
    open: int = 0


class Driver(Protocol):
    """What a conversation needs of `harness.bench.shell.RealShell`."""

    @property
    def links(self) -> dict[str, Conversation]: ...

    @property
    def closing(self) -> set[Conversation]: ...

    @property
    def traffic(self) -> dict[str, Traffic]: ...

    def deliver(self, event: Event) -> None: ...

    def after_pending(self, call: Callable[[], None]) -> None: ...

    def note_octets(self, link: str, direction: str, data: bytes) -> None: ...

    def dial_over(self, link: str) -> None: ...

    def note(self, kind: str, data: Mapping[str, Json], seen_by: Sequence[str] | None = None) -> None: ...


class Conversation:
    """One connection of the shell: turns what the port tells into events, tapped into the trace."""

    def __init__(self, shell: Driver, link: str, counted_as: str, device: str = "") -> None:
        self.link = link
        self._device = device
        self.counted_as = counted_as
        self.last_active: float = 0.0
        self._ended = False
        self._shell = shell
        self._port: Port | None = None
        self._counted_in = self._counted_out = 0
        self._traffic = shell.traffic.setdefault(counted_as, Traffic())

    # told by the port

    def opened(self, port: Port, peer: str) -> None:
        """Told once more for a card that is reset in its reader."""
        self._traffic.open += self._port is None
        self._port = port
        self._shell.links[self.link] = self
        self._count(port)
        self._active()
        named = {"port": peer, "device": self._device} if self._device else {}
        self._shell.note("link", {"link": self.link, "what": "open", "peer": peer, **named})
        self._shell.deliver(Opened(self.link, peer))

    def received(self, data: bytes) -> None:
        if self._port is None:  # the machine closed this link; what was still under way is nobody's
            return
        self._count(self._port)
        self._active()
        self._shell.note_octets(self.link, "in", data)
        self._shell.deliver(Received(self.link, data))

    def finished(self) -> bool:
        """A client that shuts its sending side after its request still gets the answers that wait for the disk."""
        if self.counted_as != "accepted" or self._port is None:
            return False
        self._shell.after_pending(self._all_given)
        return True

    def _all_given(self) -> None:
        if self._port is not None:
            self._port.close("eof")

    def closed(self, reason: str) -> None:
        self._shell.closing.discard(self)
        self._shell.dial_over(self.link)
        if self._port is not None:
            self._count(self._port)
            self._forget()
        elif self._ended:
            return
        self._shell.note("link", {"link": self.link, "what": "closed", "reason": reason})
        self._shell.deliver(Closed(self.link, reason))

    # asked by the shell

    @property
    def settling(self) -> bool:
        """Its port (a card reader's) will say something by itself, in real time."""
        return getattr(self._port, "settling", False)

    def send(self, data: bytes) -> bool:
        if self._port is None:
            return False
        self._active()
        self._shell.note_octets(self.link, "out", data)
        sent = self._port.send(data)
        self._count(self._port)
        return sent

    def end(self, reason: str = "local") -> None:
        """Close; the machine is told only when it was not its own wish."""
        port = self._port
        if port is None:
            return
        self._forget()
        self._shell.note("link", {"link": self.link, "what": "closed", "reason": reason})
        self._ended = True
        self._shell.closing.add(self)
        port.close(reason)
        self._count(port)
        if reason != "local":
            self._shell.deliver(Closed(self.link, reason))

    def pause(self) -> None:
        if self._port is not None:
            self._port.pause()

    def resume(self) -> None:
        if self._port is not None:
            self._port.resume()

    def _forget(self) -> None:
        self._port = None
        self._traffic.open -= 1
        self._shell.links.pop(self.link, None)

    def _count(self, port: Port) -> None:
        """What the wire has seen, which under TLS is more than what was said."""
        self._traffic.octets_in += port.octets_in - self._counted_in
        self._traffic.octets_out += port.octets_out - self._counted_out
        self._counted_in, self._counted_out = port.octets_in, port.octets_out

    def _active(self) -> None:
        self.last_active = asyncio.get_running_loop().time()
