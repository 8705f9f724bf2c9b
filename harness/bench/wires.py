"""Wired links of a real shell: a serial port that is opened again after it was unplugged, and a pty of our own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from harness.links import pty
from harness.links.line_settings import LineSettings
from harness.links.port import Handler
from harness.links.ports import SamePort, keep_link
from protocols.errors import LinkError

from .conversation import Conversation
from .shell import RealShell

log: logging.Logger = logging.getLogger("posrig.shell")

Through = Callable[[Handler], Handler]
"""Puts something between a port and who is told of it: a line with faults."""

REOPEN_S = 1.0
"""How often an unplugged port is looked for.  A USB adapter takes one to two seconds to come back."""


def open_pty_wire(shell: RealShell, link: str) -> str:
    """Wire `link` to the master of a new pty; returns the slave's name.  Raises `LinkError`."""
    _, name = pty.open_pty(shell.wire(link))
    return name


class Socket:
    """The socket of a terminal for its register's plug: a pty that goes away with the plug and comes back under another
    name.  With `by_id` a link in that folder leads to it, by the terminal's number (`links.ports`).
    """

    def __init__(
        self, shell: RealShell, link: str, device: str, by_id: Path | None, through: Through | None = None
    ) -> None:
        self._shell = shell
        self._link = link
        self._device = device
        self._by_id = by_id
        self._through: Through = through or (lambda handler: handler)

    def plug(self) -> str:
        """Where the register reaches the terminal now.  Raises `LinkError`."""
        _, name = pty.open_pty(self._through(self._shell.wire(self._link)))
        self._lead(name)
        return name

    def pull(self) -> None:
        """The device is gone.  Raises `LinkError`."""
        self._lead("")
        if self._link in self._shell.links:
            self._shell.links[self._link].end("gone")

    def _lead(self, name: str) -> None:
        if self._by_id is not None:
            keep_link(self._device, name, self._by_id)


def open_serial_wire(
    shell: RealShell,
    link: str,
    address: str,
    settings: LineSettings | None = None,
    reopen_s: float = REOPEN_S,
    through: Through | None = None,
) -> None:
    """Wire `link` to the serial port at `address`.  Raises `LinkError` when it cannot be opened now; later the same
    device is looked for, under whatever name it comes back, and none that took its name meanwhile."""
    from harness.links import serial  # pyserial is loaded only where a serial port is used

    loop = asyncio.get_running_loop()
    same = SamePort(address)
    said = ""

    def open_now() -> None:
        name = same.name()
        handler: Handler = _Wired(shell, link, lambda: loop.call_later(reopen_s, again))
        serial.open_serial(name, handler if through is None else through(handler), settings)
        same.opened(name)

    def again() -> None:
        nonlocal said
        if shell.ending:
            return
        try:
            open_now()
            said = ""
        except LinkError as error:
            if str(error) != said:  # once, and not once a second
                log.warning("%s", error)
            said = str(error)
            loop.call_later(reopen_s, again)

    open_now()


class _Wired(Conversation):
    """Looks for its port again when it was unplugged."""

    def __init__(self, shell: RealShell, link: str, gone: Callable[[], object]) -> None:
        super().__init__(shell, link, link)
        self._gone = gone

    def closed(self, reason: str) -> None:
        super().closed(reason)
        if reason == "gone":
            self._gone()
