"""Cuts a stream into whole frames and the rest, octet for octet as it came.

The framer is handed in; nothing is known here of what a frame means.  The pieces joined give back what was fed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class Framer(Protocol):
    """`protocols.framing.TcpFramer` or `SerialFramer`.

    Items of `feed` have `payload` (a frame), `data` (noise) or `byte` (a single control octet).
    """

    @property
    def pending_octets(self) -> int: ...

    def feed(self, data: bytes) -> Sequence[Any]: ...

    def frame(self, payload: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Piece:
    """`raw` as it stood in the stream; `payload` None for what is no frame."""

    raw: bytes
    payload: bytes | None = None


class Splitter:
    """Keeps at most what the framer keeps: one unfinished frame."""

    def __init__(self, framer: Framer) -> None:
        self._framer = framer
        self._pending = bytearray()

    @property
    def pending(self) -> bytes:
        """The octets of the unfinished frame."""
        return bytes(self._pending)

    def feed(self, data: bytes) -> list[Piece]:
        """The pieces that `data` completes, in order."""
        self._pending += data
        pieces = [self._piece(item) for item in self._framer.feed(data)]
        surplus = len(self._pending) - self._framer.pending_octets
        if surplus:
            pieces.append(Piece(self._take(surplus)))
        return pieces

    def rest(self) -> bytes:
        """Take what is unfinished; the stream has ended."""
        return self._take(len(self._pending))

    def _piece(self, item: Any) -> Piece:
        payload = getattr(item, "payload", None)
        if payload is not None:
            return Piece(self._take(len(item.raw) or len(self._framer.frame(payload))), payload)
        data = getattr(item, "data", None)
        return Piece(self._take(1 if data is None else len(data)))

    def _take(self, count: int) -> bytes:
        taken = bytes(self._pending[:count])
        del self._pending[:count]
        return taken
