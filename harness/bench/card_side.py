"""The emulated cards of a process: their machine, and where terminals reach it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
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
LOOK_S = 0.02
STAYS_S = 0.25
"""So long a card stays in the reader when its terminal has let go of it: one that powers it up anew finds it there."""
GONE_S = 0.5
"""pcscd asks a virtual reader every 0.4 s whether a card is there; one that is put in before that is none to it."""
IS_IN = b"in"
"""What the holder says once the reader has noticed the card."""


class CardSide:
    """`store` outlives the rest of the process: what a card counts, it keeps.  `service`: the cards are behind its
    virtual readers, which are there without them, too.  All methods run in the loop's thread."""

    def __init__(
        self,
        clock: RealClock,
        tap: Recorder | None,
        store: Store,
        seed: int | str | None,
        service: Pcscd | None = None,
    ) -> None:
        factory = card_machine(seed)
        self.shell: RealShell = RealShell(factory(), store, clock, tap=tap, name=CARD, factory=factory)
        self._service = service
        self._stack = AsyncExitStack()

    async def start(self, before: CardWay | None = None) -> CardWay:
        """Listen, again where `before` said; the way that terminals take.  Raises `LinkError`."""
        self.shell.start()
        self._stack.push_async_callback(self.shell.close)
        place = ADDRESS if before is None else before.address
        if self._service is None:
            server, address = await tcp.listen(place, messages.accepting(self.shell.accept))
            self._stack.push_async_callback(tcp.stop_listening, server)
            return CardWay(address)
        by_how = dict(zip(HOWS, self._service.slots, strict=True))
        slots = {how: _Slot(slot.address, self.shell.accept) for how, slot in by_how.items()}
        for one in slots.values():
            self._stack.callback(one.close)
        server, address = await tcp.listen(place, lambda: messages.Messages(_Holding(slots)))
        self._stack.push_async_callback(tcp.stop_listening, server)
        return CardWay(address, {how: slot.name for how, slot in by_how.items()}, self._service.socket)

    async def close(self) -> None:
        """End everything."""
        await self._stack.aclose()


class _Slot:
    """A virtual reader, which takes one card at a time."""

    def __init__(self, address: str, accept: Callable[[], Handler | None]) -> None:
        self._address = address
        self._accept = accept
        self._taken = asyncio.Lock()
        self._card: InReader | None = None
        self._peer = ""
        self._holder: object = None
        self._tasks: set[asyncio.Task[None]] = set()

    def hold(self, holder: _Holding, port: Port, peer: str) -> None:
        """Put the card `peer` ("NAME/HOW") in, tell `port` that it is there, and take it out when nobody holds it."""
        task = asyncio.get_running_loop().create_task(self._held(holder, port, peer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """Nobody is there any more."""
        for task in self._tasks:
            task.cancel()
        if self._card is not None:
            self._card.pull()

    async def give_up(self, card: str) -> None:
        """The card of this name is wanted in another reader."""
        async with self._taken:
            if self._peer.partition("/")[0] == card:
                await self._take_out()

    async def _held(self, holder: _Holding, port: Port, peer: str) -> None:
        for other in holder.slots.values():
            if other is not self:
                await other.give_up(peer.partition("/")[0])
        async with self._taken:
            if holder.let_go.is_set():
                return
            self._holder = holder
            card = await self._put_in(peer)
            if not card.inside:
                port.close()
                return
            port.send(IS_IN)
            await holder.let_go.wait()
        await asyncio.sleep(STAYS_S)
        async with self._taken:
            if self._is_last(holder):
                await self._take_out()

    def _is_last(self, holder: _Holding) -> bool:
        return self._holder is holder

    async def _put_in(self, peer: str) -> InReader:
        """The reader has noticed it when this ends; one that lies there still stays."""
        if self._card is not None and self._card.inside and self._peer == peer:
            return self._card
        await self._take_out()
        card = InReader(self._accept)
        self._card, self._peer = card, peer
        await vpcd.insert(self._address, card, peer, INSERT_S)
        while card.inside and not card.noticed:
            await asyncio.sleep(LOOK_S)
        return card

    async def _take_out(self) -> None:
        """The reader knows that it is out when this ends."""
        card, self._card = self._card, None
        if card is not None:
            card.pull()
            await asyncio.sleep(GONE_S)


class _Holding:
    """Whoever holds a card in the reader while a terminal has the connection open that asked for it."""

    def __init__(self, slots: Mapping[str, _Slot]) -> None:
        self.slots: Mapping[str, _Slot] = slots
        self.let_go: asyncio.Event = asyncio.Event()

    def opened(self, port: Port, peer: str) -> None:
        """`peer`: which card, and how."""
        slot = self.slots.get(peer.rpartition("/")[2])
        if slot is None:
            port.close()
            return
        slot.hold(self, port, peer)

    def received(self, data: bytes) -> None:
        """The terminal says nothing here: it talks to its reader."""

    def finished(self) -> bool:
        return False

    def closed(self, reason: str) -> None:
        self.let_go.set()
