"""What an emulated bench keeps in its own process: the register's machine on the serial line, and a fault proxy between
each terminal and each host.

Both live in an asyncio loop on a thread of its own; the synchronous bench calls in with `call` and `wait_for`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from harness.clock import RealClock
from harness.links import tcp
from harness.links.faulted import FaultedLine
from harness.links.faulty import FaultPlan, Faulty
from harness.links.ports import find_port
from harness.links.proxy import OCTETS, Proxy
from harness.machine import Answer, Json
from harness.stores.memory import MemoryStore
from harness.trace import Trace

from .addresses import Directory
from .background import LoopThread
from .card_way import CardWay
from .dialling import Dialling
from .fleet import CARD, REGISTER, TerminalSpec, lines_of
from .plug import Plug
from .shell import RealShell
from .till import register_machine
from .world import World

if TYPE_CHECKING:
    from .card_side import CardSide
    from .pcscd import Pcscd

T = TypeVar("T")


class LocalSide:
    """`terminals` and `hosts` are all there are; `address_of` tells where a host listens now.  `set_cable` moves the
    register's plug at the terminal, whose port is found in `by_id`.

    Everything is traced into `trace`, by the loop's thread alone.
    """

    def __init__(
        self,
        clock: RealClock,
        trace: Trace,
        world: World,
        seed: int,
        terminals: Mapping[str, TerminalSpec],
        hosts: Sequence[str],
        address_of: Callable[[str], str],
        set_cable: Callable[[bool], object],
        by_id: Path,
    ) -> None:
        self.clock = clock
        self.trace = trace
        self.store: MemoryStore = MemoryStore()
        """The register's: it outlives the register's power, and the cable being pulled."""
        self.card_store: MemoryStore = MemoryStore()
        self.card_way: CardWay | None = None
        """The way to the cards, None where there are none."""
        self._cards: CardSide | None = None
        self._service: Pcscd | None = None
        """The readers of the cards: they stay when the cards are gone."""
        self._world = world
        self._seed = seed
        self._thread = LoopThread("posrig-bench")
        self._terminals = terminals
        self._hosts = tuple(hosts)
        self._proxies = {
            (line, host): Proxy(partial(address_of, host), clock.now_us)
            for line in lines_of(terminals)
            for host in hosts
        }
        self._closed_port = tcp.ClosedPort()
        self._dial_faults: FaultPlan = FaultPlan()
        self._by_id = by_id
        self._plug = Plug(clock.now_us, set_cable, self._open_port)
        self._line: FaultedLine | None = None
        self._line_faults: Faulty | None = None
        self._shell: RealShell | None = None
        self._thread.wait_for(self._start_proxies())

    # from the bench's thread

    def call(self, function: Callable[..., T], *args: Any) -> T:
        """Call `function` in the loop's thread and wait for what it returns."""
        return self._thread.call(function, *args)

    def directory(self, terminal: str, path: str = "host") -> Directory:
        """What a terminal, or the register for it, reaches on `path` by which address."""
        hosts = {host: self._proxies[(terminal, path), host].address for host in self._hosts}
        nowhere = {
            "refused": self._closed_port.address,
            "unreachable": tcp.UNREACHABLE,
            "name-not-found": tcp.UNRESOLVED,
        }
        return Directory(self._terminals[terminal].host, hosts, nowhere)

    def ask(self, who: str, name: str, args: Mapping[str, Json], party: str = REGISTER) -> Future[Answer]:
        """Ask the machine of the register, or of the cards."""

        async def work() -> Answer:
            if party == CARD and self._cards is not None:
                return await self._cards.shell.ask(who, name, args)
            if self._shell is None:
                raise ConnectionError("the register is down")
            return await self._shell.ask(who, name, args)

        return self._thread.submit(work())

    def plug_in(self) -> None:
        """Start a fresh register on the terminal's serial port.  Raises `LinkError`."""
        self.call(self._plug_in)

    def unplug(self) -> None:
        """Take the register's power away."""

        async def work() -> None:
            shell, self._shell, self._line = self._shell, None, None
            if shell is not None:
                await shell.close()

        self._thread.wait_for(work())

    def start_cards(self) -> None:
        """The cards are there, if the world has any.  Raises `LinkError`."""
        if self._world.card and self._cards is None:
            self._thread.wait_for(self._start_cards())

    async def _start_cards(self) -> None:
        from .card_side import CardSide  # loads what only cards need
        from .pcscd import Pcscd

        if self._world.card == "pcsc" and self._service is None:
            from harness.links.pcsc.api import scard

            scard()  # what the terminals will need is missed now, not as cards that nobody reads
            self._service = await asyncio.to_thread(Pcscd)
        self._cards = CardSide(self.clock, self.trace, self.card_store, self._seed, self._service)
        self.card_way = await self._cards.start(self.card_way)

    def cut_cards(self) -> None:
        """Whoever had the cards is gone with them."""

        async def work() -> None:
            cards, self._cards = self._cards, None
            if cards is not None:
                await cards.close()

        self._thread.wait_for(work())

    def refuse_host(self, host: str, refused: bool) -> None:
        """Whether the host's address refuses to be dialled, as it does while the host is down."""

        async def work() -> None:
            for line in lines_of(self._terminals):
                await self._proxies[line, host].refuse(refused)

        self._thread.wait_for(work())

    def set_faults(self, path: str, plan: FaultPlan | None, terminal: str) -> None:
        """Replace the plan of a terminal's "host" or "register"."""
        self.call(self._set_faults, path, plan, terminal)

    def note(self, kind: str, data: Mapping[str, Json]) -> None:
        """An event of the bench."""
        self.call(self._note, kind, data)

    def advance(self, us: int) -> None:
        """Move this process's clock."""
        self.call(self._advance, us)

    def status(self) -> dict[str, Any]:
        """The register's counters, those of all proxies together (`proxy`) and of the line (`line`), and what waits
        there."""
        return self.call(self._status)

    @property
    def up(self) -> bool:
        """The proxies always are; the register's counters are missing while it is unplugged."""
        return True

    @property
    def bugs(self) -> int:
        """Exceptions in the machines of register and cards."""
        shells = (self._shell, None if self._cards is None else self._cards.shell)
        return sum(shell.bugs for shell in shells if shell is not None)

    def close(self) -> None:
        """End everything; a second call does nothing."""
        if self._thread.closed:
            return
        self.unplug()
        self.cut_cards()
        if self._service is not None:
            self._service.close()
        self._thread.wait_for(self._close_proxies())
        self._closed_port.close()
        self._thread.wait_for(asyncio.sleep(0.01))  # connections that were reset are reaped by the loop
        self._thread.close()

    # in the loop's thread

    async def _start_proxies(self) -> None:
        for proxy in self._proxies.values():
            await proxy.start()

    async def _close_proxies(self) -> None:
        for proxy in self._proxies.values():
            await proxy.close()

    def _plug_in(self) -> None:
        where = Dialling(directories={"tunnel": self.directory("terminal")})
        machine = register_machine(self._world.register)
        shell = RealShell(machine, self.store, self.clock, tap=self.trace, dialling=where)
        shell.set_dial_faults("tunnel", self._dial_faults.faults)
        shell.start()
        self._shell = shell
        self._line = FaultedLine(shell.wire("terminal", self._device), self.clock.now_us, self._plug.pull)
        self._line.set_faults(self._line_faults)
        self._plug.fresh()
        self._open_port()

    @property
    def _device(self) -> str:
        return self._terminals["terminal"].serial

    def _open_port(self) -> None:
        from harness.links.serial import open_serial

        if self._line is not None:
            open_serial(find_port(self._device, self._by_id), self._line)

    def _set_faults(self, path: str, plan: FaultPlan | None, terminal: str) -> None:
        where = {"path": path} if terminal == "terminal" else {"path": path, "terminal": terminal}
        faults = None
        if plan is not None:
            rng = random.Random("/".join((str(self._seed), "faults", *where.values())))
            faults = Faulty(plan, self._world.framer(path), rng, lambda data: self._note("fault", {**where, **data}))
        if path != REGISTER:  # one line, whatever is dialled: all its proxies spend the same plan
            for host in self._hosts:
                self._proxies[(terminal, path), host].set_faults(faults)
            if (terminal, path) == ("terminal", "host"):  # the register may dial for it
                self._dial_faults = plan or FaultPlan()
                if self._shell is not None:
                    self._shell.set_dial_faults("tunnel", self._dial_faults.faults)
            return
        self._line_faults = faults
        if self._line is not None:
            self._line.set_faults(faults)
        if plan is None:
            self._plug.put_back()

    def _note(self, kind: str, data: Mapping[str, Json]) -> None:
        self.trace.append("bench", kind, data, ("bench",), self.clock.now_us())

    def _advance(self, us: int) -> None:
        if self._shell is not None:
            self._shell.advance(us)
        else:
            self.clock.advance(us)
        if self._cards is not None:
            self._cards.shell.advance(0)
        for proxy in self._proxies.values():
            proxy.time_moved()
        if self._line is not None:
            self._line.time_moved()
        self._plug.time_moved()

    def _status(self) -> dict[str, Any]:
        line, proxies = self._line, self._proxies.values()
        waits = [proxy.next_due_us for proxy in proxies] + [line.next_due_us if line is not None else None]
        waits.append(self._plug.back_us)
        status: dict[str, Any] = self._shell.status() if self._shell is not None else {}
        if self._cards is not None:
            status[CARD] = self._cards.shell.status()
        return {
            **status,
            "now_us": self.clock.now_us(),
            "proxy": {name: sum(proxy.octets[name] for proxy in proxies) for name in OCTETS},
            "line": {"in": line.octets_in, "out": line.octets_out} if line is not None else {"in": 0, "out": 0},
            "dialling": sum(proxy.dialling for proxy in proxies) + self._plug.busy,
            "next_due_us": min((at for at in waits if at is not None), default=None),
        }
