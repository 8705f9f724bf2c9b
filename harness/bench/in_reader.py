"""A card in a virtual reader, as the machine of the cards sees it."""

from __future__ import annotations

from collections.abc import Callable

from harness.links.port import Handler, Port
from harness.links.vpcd import Inserted


class InReader:
    """`Handler` of the reader's port.  A power-up is a conversation of its own; a warm reset is the same one opened
    once more, which is how the machine tells them apart.  `ended` is told why the card is out that was in."""

    def __init__(self, accept: Callable[[], Handler | None], ended: Callable[[str], None] | None = None) -> None:
        self._accept = accept
        self._ended = ended
        self._talk: Handler | None = None
        self._port: Port | None = None
        self.refused: str = ""
        """Why it could not be put in."""

    @property
    def noticed(self) -> bool:
        """The reader has seen it."""
        return isinstance(self._port, Inserted) and self._port.noticed

    @property
    def inside(self) -> bool:
        """It is in the reader."""
        return self._port is not None

    def opened(self, port: Port, peer: str) -> None:
        self._port = port
        if self._talk is None or not (isinstance(port, Inserted) and port.warm):
            if self._talk is not None:
                self._talk.closed("reset")
            self._talk = self._accept()
        if self._talk is not None:
            self._talk.opened(port, peer)

    def received(self, data: bytes) -> None:
        if self._talk is not None:
            self._talk.received(data)

    def finished(self) -> bool:
        return False

    def closed(self, reason: str) -> None:
        talk, self._talk = self._talk, None
        was_in, self._port = self.inside, None
        if talk is not None:
            talk.closed(reason)
        if not was_in:
            self.refused = reason
        elif self._ended is not None:
            self._ended(reason)

    def pull(self) -> None:
        """Out of the reader."""
        if self._port is not None:
            self._port.close("eof")
