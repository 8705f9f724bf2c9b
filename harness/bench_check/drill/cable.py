"""The data cable of a drill: a loopback connection with a proxy in it, which can be pulled out, may sit loosely, and on
which a serial line can be played."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace

from harness.links.faults.uart import UartLine
from harness.links.faulty import Faulty, FramerFactory
from harness.links.plan import FaultPlan
from harness.links.proxy import Proxy

AWAY_S, FALLS_MAX = 1.0, 3
"""How long a loose plug is out, and how often it falls out between two acts of a trainee: a check must come to its
end."""


class DrillCable:
    """Leads to `target`; `dropped` tells the terminal that its register is gone.  All methods run in the loop's
    thread."""

    def __init__(
        self,
        target: Callable[[], str],
        dropped: Callable[[], None],
        now_us: Callable[[], int],
        framer: FramerFactory,
        seed: int,
    ) -> None:
        self.pulled: bool = False
        """The plug is out."""
        self._dropped = dropped
        self._framer = framer
        self._seed = seed
        self._proxy = Proxy(target, now_us, self)
        self._plan: FaultPlan | None = None
        self._loose_octets: int | None = None
        self._passed = self._falls = 0
        self._falling: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        """Where the register dials."""
        return self._proxy.address

    async def start(self) -> None:
        """It is there."""
        await self._proxy.start()

    async def close(self) -> None:
        """Reset what is open."""
        if self._falling is not None:
            self._falling.cancel()
        await self._proxy.close()

    async def plug(self, plugged: bool) -> None:
        """In, or out."""
        self.pulled = not plugged
        await self._proxy.refuse(not plugged)
        if not plugged:
            self._dropped()

    def loosen(self, octets: int | None) -> None:
        """The plug falls out whenever so many octets have come from the register, FALLS_MAX times, and slips back in;
        None: it sits firmly."""
        self._loose_octets = octets
        self._passed = self._falls = 0

    def set_faults(self, plan: FaultPlan | None) -> None:
        """What the cable suffers from, and nothing else."""
        self._plan = plan
        rng = random.Random(f"{self._seed}/faults/register")
        self._proxy.set_faults(None if plan is None else Faulty(plan, self._framer, rng))

    def set_register_line(self, line: str) -> None:
        """The register's end is set to `line` (`9600-8N1`), where a serial line is played."""
        if self._plan is not None:
            faults = (replace(one, register=line) if isinstance(one, UartLine) else one for one in self._plan.faults)
            self.set_faults(FaultPlan(tuple(faults)))

    def time_moved(self) -> None:
        """The clock was put forward."""
        self._proxy.time_moved()

    # told by the proxy

    def opened(self, connection: int) -> None:
        """Nothing."""

    def passed(self, connection: int, stream: str, data: bytes) -> None:
        """Counts what comes from the register, for a plug that is loose."""
        if self._loose_octets is None or stream != "upstream" or self.pulled or self._falls >= FALLS_MAX:
            return
        self._passed += len(data)
        if self._passed >= self._loose_octets:
            self._passed = 0
            self._falls += 1
            self.pulled = True
            self._falling = asyncio.get_running_loop().create_task(self._fall())

    def closed(self, connection: int, reason: str) -> None:
        """Nothing."""

    async def _fall(self) -> None:
        await self.plug(False)
        await asyncio.sleep(AWAY_S)
        if self.pulled:
            await self.plug(True)
