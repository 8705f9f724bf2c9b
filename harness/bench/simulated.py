"""The simulated bench: host, terminal and register in one thread and in virtual time; the same seed gives the same
trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from harness.clock import VirtualClock
from harness.engine import Engine
from harness.engine_errors import EngineError
from harness.links.faulty import FaultPlan, Faulty
from harness.machine import Json, Machine
from harness.stores import Store
from harness.stores.memory import MemoryStore
from harness.trace import Event, Header, Trace, program_version

from .base import AskRefused, BenchBroken, Party, Path
from .world import FRAMERS, World, machine_factories

LATENCY_US = {"host": 20_000, "register": 1_000}
"""One way: a mobile data line to the acquirer, a cable to the register."""


class SimulatedBench:
    """`Bench` on `harness.engine`.  `machines` replaces the factories of some parties, for tests of the bench itself.

    `stores` replaces the empty memory of some parties: with what another run made durable, or with a store that fails.
    `engine` is open to tests that need crash points.
    """

    kind = "simulated"

    def __init__(
        self,
        world: World | None = None,
        seed: int = 0,
        machines: Mapping[str, Callable[[], Machine]] | None = None,
        stores: Mapping[str, Store] | None = None,
        now_us: int = 0,
    ) -> None:
        self.world: World = world or World()
        self.trace: Trace = Trace(
            Header(seed=seed, bench="simulated", dialect=self.world.dialect, program=program_version())
        )
        self.seed: int = seed
        self.engine: Engine = Engine(seed, self.trace, VirtualClock(now_us))
        self._machines = machines
        self.stores: dict[str, Store] = {name: MemoryStore() for name in ("host", "terminal", "register")}
        self.stores.update(stores or {})
        factories = {**machine_factories(self.world, seed, self.engine.random_for), **(machines or {})}
        for name, store in self.stores.items():
            self.engine.add_party(factories[name], store)
        self.engine.wire(("register", "terminal"), ("terminal", "register"), latency_us=LATENCY_US["register"])
        for near in (("terminal", "host"), ("register", "tunnel")):
            self.engine.route(near, "host", latency_us=LATENCY_US["host"])
        self._finished = False
        self.settle()

    @property
    def now_us(self) -> int:
        return self.engine.now_us

    def ask(self, party: Party, who: str, name: str, /, **args: Json) -> Mapping[str, Json]:
        """As `Bench.ask`."""
        try:
            answer = self.engine.ask(party, who, name, **args)
        except EngineError as error:
            raise BenchBroken(error.what, error.cure.en) from error
        if not answer.ok:
            raise AskRefused(party, name, answer.value)
        return answer.value

    def advance(self, us: int) -> None:
        self.engine.advance(us)

    def settle(self) -> None:
        self.engine.settle()

    def set_faults(self, path: Path, plan: FaultPlan | None) -> None:
        """As `Bench.set_faults`; each strike is noted as `fault`."""
        faulty = None
        if plan is not None:
            rng = self.engine.random_for(f"faults/{path}")
            faulty = Faulty(plan, FRAMERS[path], rng, lambda data: self.note("fault", {"path": path, **data}))
        self.engine.set_faults(self.world.host_path if path == "host" else ("register", "terminal"), faulty)

    def crash(self, party: Party, point: str | None = None) -> None:
        """As `Bench.crash`; `point` is a number of effects: the crash comes before the next one after so many more."""
        if point is not None:
            self.engine.crash_after(party, self.engine.effects_of(party) + int(point))
            return
        self.engine.crash(party)

    def restart(self, party: Party) -> None:
        self.settle()  # a cable can be plugged in again only after the other end has seen it go
        self.engine.restart(party)
        self.settle()

    def note(self, kind: str, data: Mapping[str, Json]) -> None:
        self.trace.append("bench", kind, data, ("bench",), self.now_us)

    def events(self) -> Sequence[Event]:
        return self.trace.events

    def snapshot(self) -> Mapping[str, Mapping[str, Json]]:
        """As `Bench.snapshot`; a party that is down has none."""
        up: tuple[Party, ...] = ("host", "terminal")
        return {party: self.ask(party, "control", "snapshot") for party in up if self.engine.machine(party) is not None}

    def fork(self) -> SimulatedBench:
        """As `Bench.fork`."""
        self.settle()
        stores: dict[str, Store] = {}
        for name, store in self.stores.items():
            stores[name] = copy = MemoryStore()
            copy.append(store.load())
        return SimulatedBench(self.world, self.seed, self._machines, stores, self.now_us)

    def finish(self) -> Trace:
        """As `Bench.finish`."""
        if not self._finished:
            self._finished = True
            self.settle()
            self.snapshot()
        return self.trace
