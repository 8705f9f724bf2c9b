"""A pseudo-terminal that stands for the terminal's serial socket (not on Windows: use TCP or a real port there)."""

from __future__ import annotations

import os
import re
from dataclasses import replace

from protocols.errors import LinkError
from protocols.text import Text

from .fd import FdPort
from .line_settings import LineSettings
from .port import Handler

CONTROL_FLAGS, OUTPUT_RATE = 2, 5
"""Places in what `termios.tcgetattr` gives."""


class PtyPort(FdPort):
    """The master of a pty, which knows the rate that the program at the other end has set, although nothing follows
    from it by itself."""

    def asked(self, own: LineSettings) -> LineSettings | None:
        """How the other end has set its port; a pty does not keep data bits and parity, which are taken from `own`.

        None: at a rate that has no name in termios.
        """
        import termios

        rates = {getattr(termios, name): int(name[1:]) for name in dir(termios) if re.fullmatch("B[1-9][0-9]*", name)}
        attributes = termios.tcgetattr(self._fd)
        baud = rates.get(attributes[OUTPUT_RATE])
        stop_bits = 2 if attributes[CONTROL_FLAGS] & termios.CSTOPB else 1
        return None if baud is None else replace(own, baud=baud, stop_bits=stop_bits)


def open_pty(handler: Handler) -> tuple[PtyPort, str]:
    """Make a pty and keep its master; returns the port and the name of the slave ("/dev/pts/N").  Raises `LinkError`.

    The slave is set to raw mode, or its line discipline would echo and change octets before the register has opened
    it; its descriptor stays open, so that the master does not see an error whenever no register is there.
    """
    try:
        import tty  # imports termios, which Windows lacks

        master, slave = os.openpty()
    except (ImportError, AttributeError, OSError) as error:
        raise LinkError(
            Text(zh=f"此系统无法建立伪终端：{error}", en=f"this system cannot make a pty: {error}"),
            Text(zh="请改用 --tcp 或真实串口", en="Use --tcp, or a real serial port"),
        ) from error
    tty.setraw(slave)
    os.set_blocking(master, False)

    def release() -> None:
        os.close(master)
        os.close(slave)

    port = PtyPort(master, handler, release)
    name = os.ttyname(slave)
    handler.opened(port, name)
    return port, name
