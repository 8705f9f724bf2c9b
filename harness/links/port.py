"""What every real link looks like to the shell that drives it: octets in, octets out, opened once, closed once."""

from __future__ import annotations

from typing import Protocol

WRITE_BUFFER_OCTETS = 256 * 1024
"""What we keep for a peer that does not read.  A frame is below 2 KiB, so this is over a hundred unread answers."""
READ_OCTETS = 64 * 1024
"""One read.  Serial lines are read in bulk as well: octet by octet costs thirteen times the time."""


class Port(Protocol):
    """An open link.  `octets_in` and `octets_out` count what was read and what was handed to the system."""

    @property
    def octets_in(self) -> int: ...

    @property
    def octets_out(self) -> int: ...

    def send(self, data: bytes) -> bool:
        """Queue `data`; False when it was dropped, because the link is closed or the peer has stopped reading."""
        ...

    def close(self, reason: str = "local") -> None:
        """Send what is queued, then close; the handler's `closed` gets `reason`."""
        ...

    def pause(self) -> None:
        """Stop reading until `resume`."""
        ...

    def resume(self) -> None: ...


class Handler(Protocol):
    """Who is told.  All calls come from the event loop's thread; `closed` comes once, and nothing after it.

    `reason` is one of those of `harness.machine.Closed`.
    """

    def opened(self, port: Port, peer: str) -> None: ...

    def received(self, data: bytes) -> None: ...

    def finished(self) -> bool:
        """The peer sends no more, but may still read.  True keeps the link open, and the handler closes it when it
        has given all that it owes; False: it is closed now."""
        ...

    def closed(self, reason: str) -> None: ...
