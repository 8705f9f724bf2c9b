"""A pseudo-terminal that stands for the terminal's serial socket (not on Windows: use TCP or a real port there)."""

from __future__ import annotations

import os

from protocols.errors import LinkError
from protocols.text import Text

from .fd import FdPort
from .port import Handler


def open_pty(handler: Handler) -> tuple[FdPort, str]:
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

    port = FdPort(master, handler, release)
    name = os.ttyname(slave)
    handler.opened(port, name)
    return port, name
