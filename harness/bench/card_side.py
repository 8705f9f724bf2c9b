"""The emulated cards of a process: their machine, and where terminals reach it."""

from __future__ import annotations

from contextlib import AsyncExitStack

from harness.clock import RealClock
from harness.links import messages, tcp
from harness.stores import Store
from harness.trace import Recorder

from .card_way import CardWay
from .fleet import CARD
from .shell import RealShell
from .world import card_machine

ADDRESS = "127.0.0.1:0"


class CardSide:
    """`store` outlives the rest of the process: what a card counts, it keeps.  All methods run in the loop's thread."""

    def __init__(self, clock: RealClock, tap: Recorder | None, store: Store, seed: int | str | None) -> None:
        factory = card_machine(seed)
        self.shell: RealShell = RealShell(factory(), store, clock, tap=tap, name=CARD, factory=factory)
        self._stack = AsyncExitStack()

    async def start(self, before: CardWay | None = None) -> CardWay:
        """Listen, again where `before` said; the way that terminals take.  Raises `LinkError`."""
        self.shell.start()
        self._stack.push_async_callback(self.shell.close)
        server, address = await tcp.listen(
            ADDRESS if before is None else before.address, messages.accepting(self.shell.accept)
        )
        self._stack.push_async_callback(tcp.stop_listening, server)
        return CardWay(address)

    async def close(self) -> None:
        """End everything."""
        await self._stack.aclose()
