"""A real line between two pseudo-terminals: what one end writes is sampled by the other at its own rate.

A pseudo-terminal copies octets whatever both ends are set to.  Here the register's end is asked what it was set to
(termios keeps it), the terminal's is fixed, and the model of the line says what arrives.
"""

from __future__ import annotations

import os
import random
import select
import termios
import threading
import tty
from types import TracebackType

from harness.links.faults import Stream
from harness.links.line_settings import LineSettings
from harness.links.uart import Uart, UartSettings

RATES = {getattr(termios, f"B{rate}"): rate for rate in (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)}


class RealLine:
    """A context manager; `port` is the register's end.  `terminal`: the port of a terminal that is set to
    `settings`."""

    def __init__(self, terminal: str, settings: LineSettings) -> None:
        self._settings = settings
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self._terminal = os.open(terminal, os.O_RDWR | os.O_NOCTTY)
        self._stop, self._end = os.pipe()
        self.port = os.ttyname(self._slave)
        self._thread = threading.Thread(target=self._carry, daemon=True)

    def __enter__(self) -> RealLine:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        os.close(self._end)
        self._thread.join(5)
        for one in (self._master, self._slave, self._terminal, self._stop):
            os.close(one)

    def _carry(self) -> None:
        while True:
            ready, _, _ = select.select([self._master, self._terminal, self._stop], [], [])
            if self._stop in ready:
                return
            if self._master in ready:
                os.write(self._terminal, self._arriving("upstream", os.read(self._master, 4096)))
            if self._terminal in ready:
                os.write(self._master, self._arriving("downstream", os.read(self._terminal, 4096)))

    def _arriving(self, stream: Stream, data: bytes) -> bytes:
        line = Uart(UartSettings(self._register(), self._settings), random.Random(1))
        return b"".join(delivery.data for delivery in line.push(stream, data, 0))

    def _register(self) -> LineSettings:
        _, _, flags, _, _, rate, _ = termios.tcgetattr(self._slave)
        return LineSettings(RATES[rate], stop_bits=2 if flags & termios.CSTOPB else 1)
