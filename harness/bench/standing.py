"""An emulated terminal that stands in this process, on a loop of its own: for tests of registers, and for whoever has
no device at hand."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack

from harness.machine import Json
from harness.trace import Trace

from .background import LoopThread
from .base import AskRefused
from .closing import Closing
from .live import LiveTerminal, open_live
from .process import Interfaces
from .register import TCP
from .terminal_start import Start

START_S = 30.0
TCP_ONLY = sys.platform == "win32"
"""Where there are no ptys."""
USUAL = Start(
    ready=True, card="debit", chip=True, serial="" if TCP_ONLY else "pty", tcp="127.0.0.1:0" if TCP_ONLY else ""
)
"""Ready to sell, at a host of its own, with somebody who presents a card; behind a pty where there are ptys."""


class StandingTerminal(Closing):
    """A context manager; its end stops terminal and host.  `live` may be touched in its loop's thread alone (`call`).

    Raises PosrigError where it cannot start.
    """

    def __init__(self, start: Start = USUAL) -> None:
        self._thread = LoopThread("posrig-terminal")
        self._stack = AsyncExitStack()
        self._tcp = bool(start.tcp)
        self.trace: Trace = Trace()
        try:
            self.live: LiveTerminal = self._thread.wait_for(
                open_live(start, Interfaces(), self.trace, self._stack), START_S
            )
        except BaseException:
            self._thread.close()
            raise

    @property
    def port(self) -> str:
        """Where a register reaches it now, as `Cable.port` has it; "" while its cable is pulled."""
        return TCP + self.live.register if self._tcp else self.live.register

    def ask(self, who: str, name: str, /, **args: Json) -> Mapping[str, Json]:
        """Ask the terminal's machine and wait for its answer.  Raises AskRefused."""
        answer = self._thread.wait_for(self.live.ask(who, name, args))
        if not answer.ok:
            raise AskRefused("terminal", name, answer.value)
        return answer.value

    def pull_cable(self) -> None:
        """Its port is gone."""
        self._thread.call(self.live.pull_cable)

    def plug_cable(self) -> None:
        """Its port is back, under the next name that is free."""
        self._thread.call(self.live.plug_cable)

    def drop_register(self) -> None:
        """The connection to its register breaks; a register by TCP may dial again."""
        self._thread.call(self.live.drop_register)

    def close(self) -> None:
        """Stop.  May be called twice."""
        if not self._thread.closed:
            try:
                self._thread.wait_for(self._stack.aclose())
            finally:
                self._thread.close()
