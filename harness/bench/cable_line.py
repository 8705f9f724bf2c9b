"""The register's cable of a terminal in this process, with the faults of a plan on it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from typing import TYPE_CHECKING

from harness.clock import RealClock
from harness.links.faulted import FaultedLine
from harness.links.faulty import Faulty, FramerFactory
from harness.links.plan import FaultPlan
from harness.links.port import Handler
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
        self._faults = Faulty(plan, framer, random.Random(f"{seed}/faults/register"), self._report)

    def through(self, handler: Handler) -> Handler:
        """`handler` behind the faults, for one plugging in."""
        pull = None if self.socket is None else self._pull
        line = FaultedLine(handler, self._clock.now_us, pull, sends="downstream")
        line.set_faults(self._faults)
        return line

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
