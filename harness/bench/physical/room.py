"""What posrig itself brings to a physical bench, all in one loop: the hosts, the lines to them, the terminals of the
neighbours (emulated), and the register.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from harness.acquirer.settings import CHINA
from harness.clock import RealClock, wall_date
from harness.links import tcp
from harness.links.faults.dial import DialFault, DialRefused, DialTimeout
from harness.links.faulty import Faulty
from harness.links.plan import FaultPlan
from harness.links.proxy import Proxy
from harness.machine import Answer, Json, Machine
from harness.stores import Store
from harness.stores.memory import MemoryStore
from harness.trace import Trace

from ..addresses import Directory
from ..background import LoopThread
from ..dialling import Dialling
from ..fleet import REGISTER, is_host, lines_of
from ..host_process import real_host_settings
from ..process import Interfaces
from ..shell import RealShell
from ..world import World, machine_factories, seed_of
from .tap import LineTap

T = TypeVar("T")
CALL_S = 15.0
DEVICE = "terminal"
ADVANCE_S = 120.0
"""A month with something due each hour takes a few seconds."""
WAKES_MAX = 500
"""A machine that is woken and stays due for so long has something due all the time: time goes on without it."""


@dataclass
class Kept:
    """What outlives a row as long as its device does: the books of the hosts and of neighbours that are live, and the
    time that has passed there.  A bench whose device begins each row in its box has a new one each time.

    `books`: those of the device when its hosts first met it; None: they have not.
    """

    clock: RealClock = field(default_factory=RealClock)
    epoch: datetime = field(default_factory=lambda: datetime(*wall_date(), tzinfo=CHINA))
    stores: dict[str, MemoryStore] = field(default_factory=dict)
    books: Mapping[str, Json] | None = None


class Room:
    """`listen`: where the device reaches each host.  Synchronous; the machines live in a loop on a thread of its
    own."""

    def __init__(self, world: World, seed: int, trace: Trace, kept: Kept, listen: Mapping[str, str]) -> None:
        self.world = world
        self.trace = trace
        self.kept = kept
        self.clock: RealClock = kept.clock
        self.shells: dict[str, RealShell] = {}
        self.addresses: dict[str, str] = {}
        """Where the device reaches each host, as it was bound."""
        self.knew_device: bool = bool(kept.stores)
        """The hosts have met the device before."""
        self._seed = seed
        self._listen = listen
        self._terminals = world.terminal_specs(seed)
        self._hosts = world.host_specs()
        self._inner: dict[str, str] = {}
        self._proxies: dict[tuple[str, str, str], Proxy] = {}
        """By terminal, path and host."""
        self._silent: tcp.SilentPort | None = None
        self._closed_port = tcp.ClosedPort()
        self.thread: LoopThread = LoopThread("posrig-physical")
        try:
            self.wait_for(self._build(), CALL_S)
        except BaseException:
            self.close()
            raise

    # from the bench's thread

    def wait_for(self, work: Coroutine[Any, Any, T], limit_s: float = CALL_S) -> T:
        """Run `work` in the loop."""
        return self.thread.wait_for(work, limit_s)

    def call(self, function: Callable[..., T], *args: Any) -> T:
        """Call `function` in the loop's thread."""
        return self.thread.call(function, *args)

    def ask(self, party: str, who: str, name: str, args: Mapping[str, Json], limit_s: float) -> Answer:
        """Ask a machine of this room."""
        return self.wait_for(self.shells[party].ask(who, name, args), limit_s)

    def advance(self, us: int) -> None:
        """The provider's time, and the neighbours', moves on; what falls due in between happens at its time."""
        self.wait_for(self._advance(us), ADVANCE_S)

    def set_faults(self, path: str, plan: FaultPlan | None, terminal: str) -> None:
        """The faults of a terminal's way to its hosts."""
        self.wait_for(self._set_faults(path, plan, terminal))

    def power(self, party: str, on: bool) -> None:
        """A host or a neighbour's terminal loses its power, or gets it back."""
        self.wait_for(self._power(party, on))

    def close(self) -> None:
        """Stop everything; what hosts made durable is kept."""
        if self.thread.closed:
            return
        try:
            self.wait_for(self._end())
        finally:
            self._closed_port.close()
            self.thread.close()

    # in the loop's thread

    async def _build(self) -> None:
        factories = machine_factories(self.world, self._seed, lambda name: random.Random(f"{self._seed}/{name}"))
        for host in self._hosts:
            self._start(host, partial(self._host, host), self.kept.stores.setdefault(host, MemoryStore()))
            self._inner[host] = await self.shells[host].listen("127.0.0.1:0")
        for terminal, path in lines_of(self._terminals):
            for host in self._hosts:
                watch = LineTap(self._dialect_of(terminal), self.noted) if terminal == DEVICE else None
                proxy = Proxy(partial(self._inner.__getitem__, host), self.clock.now_us, watch)
                own = terminal == DEVICE and path == "host"
                address = await proxy.start(self._listen.get(host) or "127.0.0.1:0" if own else "127.0.0.1:0")
                self._proxies[terminal, path, host] = proxy
                if own:
                    self.addresses[host] = address
        for name, spec in self._terminals.items():
            if name != DEVICE:
                store = self.kept.stores.setdefault(name, MemoryStore()) if spec.live else MemoryStore()
                self._start(name, factories[name], store)

    def _start(self, name: str, factory: Callable[[], Machine], store: Store) -> None:
        where = Dialling() if is_host(name) else Dialling(directories={"host": self.directory(name)})
        shell = RealShell(factory(), store, self.clock, tap=self.trace, name=name, factory=factory, dialling=where)
        shell.start()
        self.shells[name] = shell

    def _host(self, name: str) -> Machine:
        from harness.acquirer.host import Host

        settings = {"epoch": self.kept.epoch, **self._hosts[name].settings}
        return Host(
            real_host_settings(self.world.dialect, seed_of(self._seed, name), Interfaces(origin_ns=0), settings)
        )

    def directory(self, terminal: str, path: str = "host") -> Directory:
        """What a terminal of this room, or the register for the device, reaches by which address."""
        hosts = {host: self._proxies[terminal, path, host].address for host in self._hosts}
        nowhere = {
            "refused": self._closed_port.address,
            "unreachable": tcp.UNREACHABLE,
            "name-not-found": tcp.UNRESOLVED,
        }
        return Directory(self._terminals[terminal].host, hosts, nowhere)

    def add_register(self, machine: Machine) -> RealShell:
        """The register's shell, whose cable is somebody else's business."""
        where = Dialling(directories={"tunnel": self.directory(DEVICE)})
        shell = RealShell(machine, MemoryStore(), self.clock, tap=self.trace, dialling=where)
        shell.start()
        self.shells[REGISTER] = shell
        return shell

    def _dialect_of(self, terminal: str) -> str:
        return self._terminals[terminal].dialect

    def noted(self, kind: str, data: Mapping[str, Json]) -> None:
        """What the device was seen to do on its line."""
        self.trace.append(DEVICE, kind, data, (DEVICE,), self.clock.now_us())

    def shown(self, kind: str, data: Mapping[str, Json]) -> None:
        """What whoever stands at the device saw."""
        self.trace.append(DEVICE, kind, data, (DEVICE, REGISTER), self.clock.now_us())

    def note(self, kind: str, data: Mapping[str, Json]) -> None:
        """An event of the bench."""
        self.trace.append("bench", kind, data, ("bench",), self.clock.now_us())

    async def _advance(self, us: int) -> None:
        end_us = self.clock.now_us() + us
        while (now_us := self.clock.now_us()) < end_us:
            due_us = min((at for shell in self.shells.values() if (at := _due(shell)) is not None), default=end_us)
            self.clock.advance(min(max(due_us - now_us, 0), end_us - now_us))
            for shell in self.shells.values():
                shell.advance(0)
            for proxy in self._proxies.values():
                proxy.time_moved()
            await self._woken()

    async def _woken(self) -> None:
        """What is due has happened."""
        for _ in range(WAKES_MAX):
            await asyncio.sleep(0)
            now_us = self.clock.now_us()
            waits = [shell for shell in self.shells.values() if (at := _due(shell)) is not None and at <= now_us]
            if not waits and not any(shell.status()["pending_commits"] for shell in self.shells.values()):
                return
            await asyncio.sleep(0.001)

    async def _set_faults(self, path: str, plan: FaultPlan | None, terminal: str) -> None:
        where = {"path": path} if terminal == DEVICE else {"path": path, "terminal": terminal}
        faults = None
        if plan is not None:
            rng = random.Random("/".join((str(self._seed), "faults", *where.values())))
            faults = Faulty(plan, self.world.framer(path), rng, lambda data: self.note("fault", {**where, **data}))
        dials = [fault for fault in plan.faults if isinstance(fault, DialFault)] if plan is not None else []
        if terminal != DEVICE:
            self.shells[terminal].set_dial_faults(path, dials)
        elif path == "host":
            await self._bar(dials)
            if REGISTER in self.shells:
                self.shells[REGISTER].set_dial_faults("tunnel", dials)
        for host in self._hosts:
            self._proxies[terminal, path, host].set_faults(faults)

    async def _bar(self, dials: list[DialFault]) -> None:
        """Whether the device's dials are refused, or heard by nobody."""
        refused = any(isinstance(fault, DialRefused) for fault in dials)
        silent = any(isinstance(fault, DialTimeout) for fault in dials)
        if self._silent is not None:
            self._silent.close()
            self._silent = None
        for host in self._hosts:
            await self._proxies[DEVICE, "host", host].refuse(refused or silent)
        if silent:
            self._silent = tcp.SilentPort(self.addresses["host"])

    async def _power(self, party: str, on: bool) -> None:
        shell = self.shells[party]
        if on:
            await shell.power_on()
        else:
            shell.power_off()
        for (_, _, reached), proxy in self._proxies.items():
            if reached == party:
                await proxy.refuse(not on)

    async def _end(self) -> None:
        if self._silent is not None:
            self._silent.close()
        for shell in self.shells.values():
            await shell.close()
        for proxy in self._proxies.values():
            await proxy.close()
        await asyncio.sleep(0.01)  # connections that were reset are reaped by the loop


def _due(shell: RealShell) -> int | None:
    return None if shell.off else shell.machine.deadline
