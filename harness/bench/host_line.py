"""The way from one terminal to its host, through a proxy whose faults may change while it runs."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from typing import TYPE_CHECKING

from harness.clock import RealClock, monotonic_s
from harness.links.faulty import Faulty
from harness.links.plan import FaultPlan
from harness.links.proxy import Proxy
from harness.machine import Json
from harness.trace import Recorder
from protocols.framing import HostFramer

if TYPE_CHECKING:
    from .shell import RealShell

IDLE_S = 1.0
"""How long connections that are ending are waited for."""


class HostLine:
    """A line to the host at `target`; what its faults do is noted in `tap`.  All methods run in the loop's thread."""

    def __init__(self, target: str, clock: RealClock, tap: Recorder | None) -> None:
        self._clock = clock
        self._tap = tap
        self._proxy = Proxy(lambda: target, clock.now_us)

    async def start(self) -> str:
        """The address to dial instead of the host's."""
        return await self._proxy.start()

    async def idle(self) -> None:
        """Wait until no connection is open."""
        end = monotonic_s() + IDLE_S
        while self._proxy.connections and monotonic_s() < end:
            await asyncio.sleep(0.001)

    def set_faults(self, plan: FaultPlan, shell: RealShell) -> None:
        """The faults from now on, and no others; frames and dials of `shell`, which dials it, are counted from now."""
        faults = Faulty(plan, HostFramer, random.Random(0), self._report) if plan.faults else None
        self._proxy.set_faults(faults)
        shell.set_dial_faults("host", plan.faults)

    def time_moved(self) -> None:
        """The clock was advanced."""
        self._proxy.time_moved()

    async def close(self) -> None:
        """Reset what is open."""
        await self._proxy.close()

    def _report(self, data: Mapping[str, Json]) -> None:
        if self._tap is not None:
            self._tap.append("bench", "fault", {"path": "host", **data}, ("bench",), self._clock.now_us())
