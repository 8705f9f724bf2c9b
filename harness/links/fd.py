"""A link over a file descriptor in an asyncio loop: what a serial port and the master of a pty have in common (not on
Windows)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from .port import READ_OCTETS, WRITE_BUFFER_OCTETS, Handler


class FdPort:
    """Reads and writes the non-blocking descriptor `fd`; `release` closes it and must not raise.

    A serial line has no congestion signal: what does not fit into the buffer is lost, as on a wire that nobody
    listens to.
    """

    def __init__(self, fd: int, handler: Handler, release: Callable[[], None]) -> None:
        self.octets_in: int = 0
        self.octets_out: int = 0
        self.octets_lost: int = 0
        self._fd = fd
        self._handler = handler
        self._release = release
        self._loop = asyncio.get_running_loop()
        self._queue = bytearray()
        self._open = True
        self._loop.add_reader(fd, self._readable)

    def send(self, data: bytes) -> bool:
        if not self._open or len(self._queue) + len(data) > WRITE_BUFFER_OCTETS:
            self.octets_lost += len(data)
            return False
        self.octets_out += len(data)
        waiting = bool(self._queue)
        self._queue += data
        if not waiting:
            self._writable()
            self._watch_writable()
        return True

    def _watch_writable(self) -> None:
        if self._open and self._queue:
            self._loop.add_writer(self._fd, self._writable)

    def close(self, reason: str = "local") -> None:
        if self._open:
            self._open = False
            self._loop.remove_reader(self._fd)
            self._loop.remove_writer(self._fd)
            self._release()
            self._loop.call_soon(self._handler.closed, reason)

    def pause(self) -> None:
        if self._open:
            self._loop.remove_reader(self._fd)

    def resume(self) -> None:
        if self._open:
            self._loop.add_reader(self._fd, self._readable)

    def _readable(self) -> None:
        try:
            data = os.read(self._fd, READ_OCTETS)
        except BlockingIOError:
            return
        except OSError:  # EIO, ENXIO ...: unplugged
            data = b""
        if data:
            self.octets_in += len(data)
            self._handler.received(data)
        else:  # "ready to read but no data": the device is gone, although pyserial's is_open stays true
            self.close("gone")

    def _writable(self) -> None:
        try:
            written = os.write(self._fd, self._queue)
        except BlockingIOError:
            return
        except OSError:
            self.close("gone")
            return
        del self._queue[:written]
        if not self._queue:
            self._loop.remove_writer(self._fd)
