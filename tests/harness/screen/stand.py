"""Somebody who stands at the screen: the real app, a real terminal and a real host, in one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from textual import events
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from harness.bench.live import LiveTerminal, open_live
from harness.bench.process import Interfaces
from harness.bench.terminal_start import Start
from harness.console.screen.app import TerminalScreen
from harness.console.screen.run import world_of
from harness.console.screen.tap import ScreenTap
from harness.console.screen.view import View
from harness.trace import Event, Trace
from protocols.text import Lang

PATIENCE_S = 10
LOOK_S = 0.002
"""How often is looked whether something has happened: most of it are threads, sockets and messages of the screen."""


class Stand:
    """`trace` has everything, masked as ever."""

    def __init__(self, app: TerminalScreen, pilot: Pilot[int], live: LiveTerminal, trace: Trace) -> None:
        self.app = app
        self.pilot = pilot
        self.live = live
        self.trace = trace
        self.view: View = app.view

    async def until(self, happened: Callable[[], object]) -> None:
        """Let the screen work until it has happened."""
        async with asyncio.timeout(PATIENCE_S):
            while not happened():
                await asyncio.sleep(LOOK_S)

    async def press(self, *keys: str) -> None:
        """Keys one behind the other; `pilot.press` would wait at each until the processor is idle, which takes long."""
        for key in keys:
            self.app.post_message(events.Key(key, key if len(key) == 1 else None))

    async def choose(self, key: str, name: str) -> None:
        """Open the dialog of `key` and choose the row `name`."""
        await self.press(key)
        await self.until(lambda: isinstance(self.app.focused, OptionList))
        rows = self.app.screen.query_one(OptionList)
        rows.highlighted = rows.get_option_index(name)
        await self.press("enter", "enter")
        await self.until(lambda: not isinstance(self.app.focused, OptionList))

    async def fill(self, *keys: str) -> None:
        """Type into the dialog that opens."""
        await self.until(lambda: isinstance(self.app.focused, Input))
        await self.press(*keys, "enter")

    async def sell(self, digits: str = "5", how: str = "t") -> None:
        """A sale at the keypad by the card in the hand; a tap of a small amount asks for no PIN."""
        await self.press(*digits, "enter")
        await self.until(lambda: self.view.asks == "card")
        await self.press(how)

    async def sold(self, status: str = "done") -> None:
        await self.until(lambda: not self.view.op and self.view.last.get("op") == "sale")
        assert self.view.last["status"] == status, self.view.last

    def sent(self) -> list[str]:
        """MTIs of what the terminal sent to its host for money."""
        out = [e.data["mti"] for e in self.of("message") if e.data["dir"] == "out"]
        return [mti for mti in out if mti in ("0200", "0400")]

    def of(self, kind: str) -> list[Event]:
        """The terminal's events of a kind."""
        return [event for event in self.trace.events if event.party == "terminal" and event.kind == kind]

    async def booked(self) -> list[int]:
        """The amounts that the host has kept."""
        host = self.live.host
        assert host is not None
        answer = await host.ask("control", "snapshot", {})
        return [posting["net_fen"] for posting in answer.value["postings"] if posting["net_fen"]]


def standing(
    test: Callable[[Stand], Awaitable[None]], size: tuple[int, int] = (80, 24), lang: Lang = "en", **start: Any
) -> None:
    """Run `test` at a terminal that is ready to sell."""

    async def main() -> None:
        async with stood(size, lang, **start) as stand:
            await test(stand)

    asyncio.run(main())


@asynccontextmanager
async def stood(size: tuple[int, int], lang: Lang, **start: Any) -> AsyncIterator[Stand]:
    async with AsyncExitStack() as stack:
        trace, view = Trace(), View()
        tap = ScreenTap(trace)
        tap.watch(view.see)
        told = Start(ready=True, seed=1, **start)
        live = await open_live(told, Interfaces(), tap, stack)
        tap.unwatch(view.see)
        app = TerminalScreen(live, view, tap, world_of(told, live), lang)
        async with app.run_test(size=size) as pilot:
            yield Stand(app, pilot, live, trace)
