"""The body of `posrig play`: one side of a recording against a live peer, over TCP, a serial port or a pty."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from harness.clock import RealClock
from harness.links.line_settings import LineSettings
from harness.recordings.player import Player
from harness.stores.memory import MemoryStore
from harness.trace import Recorder

from .conversation import Limits
from .dialling import Dialling
from .shell import RealShell
from .wires import open_pty_wire, open_serial_wire

IDLE_S = 7200.0
"""The player has its own limits for every wait, and they may be longer than a process's."""
LOOK_S = 0.01
"""How often it is looked whether the player has finished."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where the peer is: exactly one of listen, connect, serial is given.  `serial`: "pty" or the name of a port.

    `link`: the name of a link that is dialled or wired, as in any trace of that party.  `accepts_as`: the one name
    of links that are accepted one at a time, "" for a host's, which are numbered.
    """

    link: str
    accepts_as: str = ""
    listen: str = ""
    connect: str = ""
    serial: str = ""
    line: LineSettings | None = None


def play(player: Player, way: Way, tap: Recorder | None, announce: Callable[[str], None]) -> int:
    """Play until it is over; returns how many bugs were met.  `announce` is told where the peer reaches us.

    Raises `LinkError`, `LocalError`.
    """

    async def work() -> int:
        async with AsyncExitStack() as stack:
            limits = Limits(idle_s=IDLE_S)
            addresses = {way.link: way.connect}
            shell = RealShell(player, MemoryStore(), RealClock(), tap=tap, limits=limits, dialling=Dialling(addresses))
            stack.push_async_callback(shell.close)
            await _open(shell, way, announce)
            while not player.over and shell.failure is None and not shell.bugs:
                await asyncio.sleep(LOOK_S)
            return shell.bugs

    return asyncio.run(work())


async def _open(shell: RealShell, way: Way, announce: Callable[[str], None]) -> None:
    ready: Awaitable[str] | None = shell.listen(way.listen, way.accepts_as) if way.listen else None
    shell.start()
    if ready is not None:
        announce(await ready)
    elif way.serial == "pty":
        announce(open_pty_wire(shell, way.link))
    elif way.serial:
        open_serial_wire(shell, way.link, way.serial, way.line)
        announce(way.serial)
