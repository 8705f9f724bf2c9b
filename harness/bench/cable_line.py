"""The register's cable of a terminal in this process, with the faults of a plan on it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.clock import RealClock
from harness.links.faulted import FaultedLine
from harness.links.faults.uart import ASKED, UartLine
from harness.links.faulty import Faulty, FramerFactory
from harness.links.line_settings import LineSettings
from harness.links.plan import FaultPlan
from harness.links.port import Handler, Port
from harness.links.pty import PtyPort
from harness.machine import Json
from harness.trace import Recorder

from .process import tell

if TYPE_CHECKING:
    from .wires import Socket

PLUGGED = "ready on {name}"


class CableLine:
    """What its faults do is noted in `tap`.  `socket`: where the plug comes out of, for a pty; a port of this computer
    is closed and opened again instead, because no program pulls a real plug.  All methods run in the loop's thread.
    """

    def __init__(
        self, plan: FaultPlan, framer: FramerFactory, seed: object, clock: RealClock, tap: Recorder | None
    ) -> None:
        self.socket: Socket | None = None
        self._clock = clock
        self._tap = tap
        self._framer = framer
        self._seed = f"{seed}/faults/register"
        self._asked = next((f for f in plan.faults if isinstance(f, UartLine) and f.register == ASKED), None)
        rest = FaultPlan(tuple(fault for fault in plan.faults if fault is not self._asked))
        self._faults = Faulty(rest, framer, random.Random(self._seed), self._report)

    def through(self, handler: Handler) -> Handler:
        """`handler` behind the faults, for one plugging in."""
        pull = None if self.socket is None else self._pull
        line = FaultedLine(handler, self._clock.now_us, pull, sends="downstream")
        line.set_faults(self._faults)
        return line if self._asked is None else _AsAsked(line, self._asked, self._clock, self._model)

    def _model(self, asked: UartLine) -> Faulty:
        return Faulty(FaultPlan((asked,)), self._framer, random.Random(self._seed), self._report)

    def _pull(self, away_us: int) -> None:
        if self.socket is not None:
            self.socket.pull()
            if away_us:
                asyncio.get_running_loop().call_later(away_us / 1_000_000, self._put_back)

    def _put_back(self) -> None:
        if self.socket is not None:
            tell(PLUGGED.format(name=self.socket.plug()))  # standard output has had its one line

    def _report(self, data: Mapping[str, Json]) -> None:
        if self._tap is not None:
            self._tap.append("bench", "fault", {"path": "register", **data}, ("bench",), self._clock.now_us())


class _AsAsked(FaultedLine):
    """A line whose register's end is set as the program there has set the pty: it is looked at whenever octets pass,
    and the model is made anew when it has changed."""

    def __init__(
        self, handler: Handler, fault: UartLine, clock: RealClock, model: Callable[[UartLine], Faulty]
    ) -> None:
        super().__init__(handler, clock.now_us, sends="downstream")
        self._fault = fault
        self._model = model
        self._pty: PtyPort | None = None
        self._register: LineSettings | None = None

    def opened(self, port: Port, peer: str) -> None:
        self._pty = port if isinstance(port, PtyPort) else None
        super().opened(port, peer)

    def received(self, data: bytes) -> None:
        self._look()
        super().received(data)

    def send(self, data: bytes) -> bool:
        self._look()
        return super().send(data)

    def _look(self) -> None:
        own = self._fault.settings.of("terminal")
        asked = (None if self._pty is None else self._pty.asked(own)) or own
        if asked != self._register:
            self._register = asked
            self.set_faults(self._model(replace(self._fault, register=str(asked), terminal=str(own))))
