"""The body of `posrig play`: one side of a recording against a live peer, over TCP, a serial port or a pty."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from harness.clock import RealClock
from harness.recordings.player import Player
from harness.stores.memory import MemoryStore
from harness.trace import Recorder

from .shell import RealShell
from .wires import open_pty_wire, open_serial_wire

LOOK_S = 0.01
"""How often it is looked whether the player has finished."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where the peer is: exactly one of listen, connect, serial is given.  `serial`: "pty" or the name of a port.

    `link`: the name that links have that are not accepted, as in any trace of that party.
    """

    link: str
    listen: str = ""
    connect: str = ""
    serial: str = ""
    baudrate: int = 9600


def play(player: Player, way: Way, tap: Recorder | None, announce: Callable[[str], None]) -> None:
    """Play until it is over.  `announce` is told where the peer reaches us.  Raises `LinkError`, `LocalError`."""

    async def work() -> None:
        async with AsyncExitStack() as stack:
            shell = RealShell(player, MemoryStore(), RealClock(), tap=tap, addresses={way.link: way.connect})
            stack.push_async_callback(shell.close)
            await _open(shell, way, announce)
            while not player.over and shell.failure is None and not shell.bugs:
                await asyncio.sleep(LOOK_S)

    asyncio.run(work())


async def _open(shell: RealShell, way: Way, announce: Callable[[str], None]) -> None:
    ready: Awaitable[str] | None = shell.listen(way.listen, way.accepts_as) if way.listen else None
    shell.start()
    if ready is not None:
        announce(await ready)
    elif way.serial == "pty":
        announce(open_pty_wire(shell, way.link))
    elif way.serial:
        open_serial_wire(shell, way.link, way.serial, way.baudrate)
        announce(way.serial)
