"""The emulated cards of a process: their machine, and where terminals reach it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack

from harness.clock import RealClock
from harness.links import messages, tcp, vpcd
from harness.links.port import Handler, Port
from harness.stores import Store
from harness.trace import Recorder

from .card_way import CardWay
from .fleet import CARD
from .in_reader import InReader
from .pcscd import Pcscd
from .shell import RealShell
from .world import card_machine

ADDRESS = "127.0.0.1:0"
HOWS = ("insert", "tap")
"""As the bench's own readers come, contact and contactless."""
INSERT_S = 5.0
"""A virtual reader whose slot is taken is asked no longer."""


class CardSide:
    """`store` outlives the rest of the process: what a card counts, it keeps.  `through_reader`: the cards are behind a
    virtual reader and a pcscd of their own.  All methods run in the loop's thread."""

    def __init__(
        self,
        clock: RealClock,
        tap: Recorder | None,
        store: Store,
        seed: int | str | None,
        through_reader: bool = False,
    ) -> None:
        factory = card_machine(seed)
        self.shell: RealShell = RealShell(factory(), store, clock, tap=tap, name=CARD, factory=factory)
        self._through_reader = through_reader
        self._stack = AsyncExitStack()

    async def start(self, before: CardWay | None = None) -> CardWay:
        """Listen, again where `before` said; the way that terminals take.  Raises `LinkError`."""
        self.shell.start()
        self._stack.push_async_callback(self.shell.close)
        place = ADDRESS if before is None else before.address
        if not self._through_reader:
            server, address = await tcp.listen(place, messages.accepting(self.shell.accept))
            self._stack.push_async_callback(tcp.stop_listening, server)
            return CardWay(address)
        pcscd = await asyncio.to_thread(Pcscd)
        self._stack.callback(pcscd.close)
        by_how = dict(zip(HOWS, pcscd.slots, strict=True))
        slots = {how: slot.address for how, slot in by_how.items()}
        server, address = await tcp.listen(place, lambda: messages.Messages(_Holding(slots, self.shell.accept)))
        self._stack.push_async_callback(tcp.stop_listening, server)
        return CardWay(address, {how: slot.name for how, slot in by_how.items()}, pcscd.socket)

    async def close(self) -> None:
        """End everything."""
        await self._stack.aclose()


class _Holding:
    """Whoever holds a card in the reader while a terminal has the connection open that asked for it."""

    def __init__(self, slots: dict[str, str], accept: Callable[[], Handler | None]) -> None:
        self._slots = slots
        self._card = InReader(accept)
        self._task: asyncio.Task[None] | None = None

    def opened(self, port: Port, peer: str) -> None:
        """`peer`: which card, and how."""
        slot = self._slots.get(peer.rpartition("/")[2])
        if slot is None:
            port.close()
            return
        self._task = asyncio.get_running_loop().create_task(vpcd.insert(slot, self._card, peer, INSERT_S))

    def received(self, data: bytes) -> None:
        """The terminal says nothing here: it talks to its reader."""

    def finished(self) -> bool:
        return False

    def closed(self, reason: str) -> None:
        if self._task is not None:
            self._task.cancel()
        self._card.pull()
