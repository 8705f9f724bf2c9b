"""Whole messages over TCP, each behind its length: the way to a card that is reached without a reader.

The framing is that of vsmartcard's virtual reader (two octets, big-endian).  The first message of whoever dialled says
who is wanted there, and becomes the peer.
"""

from __future__ import annotations

from collections.abc import Callable

from . import tcp
from .port import Handler, Port

LENGTH_OCTETS = 2
MESSAGE_OCTETS_MAX = 0xFFFF


class Messages:
    """`Handler` of the octets; tells `handler` of whole messages.  `wanted`: the first message of whoever dials."""

    def __init__(self, handler: Handler, wanted: str | None = None) -> None:
        self._handler = handler
        self._wanted = wanted
        self._port: Port | None = None
        self._open = False
        self._pending = b""

    def opened(self, port: Port, peer: str) -> None:
        self._port = port
        if self._wanted is not None:
            port.send(framed(self._wanted.encode()))
            self._begin(self._wanted)

    def received(self, data: bytes) -> None:
        self._pending += data
        while len(self._pending) >= LENGTH_OCTETS:
            end = LENGTH_OCTETS + int.from_bytes(self._pending[:LENGTH_OCTETS], "big")
            if len(self._pending) < end:
                return
            message, self._pending = self._pending[LENGTH_OCTETS:end], self._pending[end:]
            if self._open:
                self._handler.received(message)
            else:
                self._begin(message.decode(errors="replace"))

    def _begin(self, peer: str) -> None:
        assert self._port is not None
        self._open = True
        self._handler.opened(MessagePort(self._port), peer)

    def finished(self) -> bool:
        return self._open and self._handler.finished()

    def closed(self, reason: str) -> None:
        """Of a dialler that never said whom it wants nobody hears."""
        if self._open or self._wanted is not None:
            self._handler.closed(reason)


class MessagePort:
    """A port on which one `send` is one message."""

    def __init__(self, port: Port) -> None:
        self._port = port

    @property
    def octets_in(self) -> int:
        return self._port.octets_in

    @property
    def octets_out(self) -> int:
        return self._port.octets_out

    def send(self, data: bytes) -> bool:
        return len(data) <= MESSAGE_OCTETS_MAX and self._port.send(framed(data))

    def close(self, reason: str = "local") -> None:
        self._port.close(reason)

    def pause(self) -> None:
        self._port.pause()

    def resume(self) -> None:
        self._port.resume()


def framed(message: bytes) -> bytes:
    """Its length, then the message."""
    return len(message).to_bytes(LENGTH_OCTETS, "big") + message


async def dial(address: str, wanted: str, handler: Handler, timeout_s: float) -> None:
    """Dial `address` and ask for `wanted`; `handler` hears `opened`, or `closed` with the reason."""
    await tcp.dial(address, Messages(handler, wanted), timeout_s)


def accepting(accept: Callable[[], Handler | None]) -> Callable[[], Handler | None]:
    """`accept` for a listener whose diallers speak in messages."""

    def messages() -> Handler | None:
        handler = accept()
        return None if handler is None else Messages(handler)

    return messages
