"""The body of `posrig play`: one side of a recording against a live peer, over TCP, a serial port, a pty or a virtual
reader of cards."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from harness.clock import RealClock
from harness.links import vpcd
from harness.links.line_settings import LineSettings
from harness.recordings.transcript import Playing
from harness.stores.memory import MemoryStore
from harness.trace import Recorder
from protocols.errors import LinkError

from .card_process import DIAL_S, NO_READER, NO_READER_CURE
from .card_way import SOCKET_VARIABLE
from .conversation import Limits
from .dialling import Dialling
from .in_reader import InReader
from .pcscd import Pcscd
from .shell import RealShell
from .wires import open_pty_wire, open_serial_wire

IDLE_S = 7200.0
"""The player has its own limits for every wait, and they may be longer than a process's."""
PRIVATE = "private"
LOOK_S = 0.01
"""How often it is looked whether the player has finished."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where the peer is: exactly one of listen, connect, serial, reader is given.  `serial`: "pty" or a port's name.
    `reader`: "host:port" of a virtual reader, or PRIVATE for one of a pcscd of our own: `tapped`: its contactless one.

    `link`: the name of a link that is dialled or wired, as in any trace of that party.  `accepts_as`: the one name
    of links that are accepted one at a time, "" for a host's, which are numbered.
    """

    link: str
    accepts_as: str = ""
    listen: str = ""
    connect: str = ""
    serial: str = ""
    line: LineSettings | None = None
    reader: str = ""
    tapped: bool = False


def play(player: Playing, way: Way, tap: Recorder | None, announce: Callable[[str], None]) -> int:
    """Play until it is over; returns how many bugs were met.  `announce` is told where the peer reaches us.

    Raises `LinkError`, `LocalError`.
    """

    async def work() -> int:
        async with AsyncExitStack() as stack:
            limits = Limits(idle_s=IDLE_S)
            addresses = {way.link: way.connect}
            shell = RealShell(player, MemoryStore(), RealClock(), tap=tap, limits=limits, dialling=Dialling(addresses))
            stack.push_async_callback(shell.close)
            await (_put_in(shell, way, announce, stack) if way.reader else _open(shell, way, announce))
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


async def _put_in(shell: RealShell, way: Way, announce: Callable[[str], None], stack: AsyncExitStack) -> None:
    """The card that plays is put into a virtual reader."""
    shell.start()
    where = address = way.reader
    if way.reader == PRIVATE:
        service = await asyncio.to_thread(Pcscd)
        stack.callback(service.close)
        address, where = service.slots[way.tapped].address, f"{SOCKET_VARIABLE}={shlex.quote(service.socket)}"
    card = InReader(shell.accept)
    await vpcd.insert(address, card, "", DIAL_S)
    if not card.inside:
        raise LinkError(NO_READER.format(address=address, reason=card.refused), NO_READER_CURE)
    stack.callback(card.pull)
    announce(where)
