"""The simulated bench: hosts, terminals and register in one thread and in virtual time; the same seed gives the same
trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from harness.acquirer.settings import HostSettings
from harness.clock import VirtualClock
from harness.engine import Engine
from harness.engine_errors import EngineError
from harness.links.certificates import served
from harness.links.faulty import FaultPlan, Faulty
from harness.machine import Answer, Json, Machine
from harness.stores import Store
from harness.stores.memory import MemoryStore
from harness.trace import Event, Header, Trace, program_version

from .addresses import Directory, name_of
from .base import AskRefused, BenchBroken, Party, Path, answer_of_many, check_plan, check_tls
from .fleet import BACKUP, CARD, REGISTER, check_line, provision_rows, unknown_party
from .world import World, machine_factories

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
            Header(seed, "simulated", self.world.dialect, program_version(), card=self.world.card)
        )
        self.seed: int = seed
        self.engine: Engine = Engine(seed, self.trace, VirtualClock(now_us))
        self._machines = machines
        self._terminals = self.world.terminal_specs(seed)
        self._hosts = tuple(self.world.host_specs())
        self.stores: dict[str, Store] = {name: MemoryStore() for name in self.world.parties}
        self.stores.update(stores or {})
        factories = {**machine_factories(self.world, seed, self.engine.random_for), **(machines or {})}
        for name, store in self.stores.items():
            self.engine.add_party(factories[name], store, name)
        self._lay_lines()
        if self.world.tls:
            for host in self._hosts:
                self.set_certificate(host, "")
        self._finished = False
        self.settle()
        if stores is None:
            for host in self._hosts:
                self._provision(host)

    def _lay_lines(self) -> None:
        device = self._terminals["terminal"].serial
        ends = ("register", "terminal"), ("terminal", "register")
        self.engine.wire(*ends, latency_us=LATENCY_US["register"], device=device)
        hosts = {name: name for name in self._hosts}
        for name, spec in self._terminals.items():
            directory = Directory(spec.host, hosts)
            more = ((name, BACKUP), (REGISTER, "tunnel")) if name == "terminal" else ()
            for near in ((name, "host"), *more):
                self.engine.route(near, spec.host, latency_us=LATENCY_US["host"], leads=directory.lead)
            if self.world.card:
                self.engine.route((name, CARD), CARD, told=True)

    def _provision(self, host: str) -> None:
        rows = provision_rows(self._terminals, host)
        if rows:
            self.ask(host, "control", "provision", merchant=rows)

    @property
    def now_us(self) -> int:
        return self.engine.now_us

    def ask(self, party: Party, who: str, name: str, /, **args: Json) -> Mapping[str, Json]:
        """As `Bench.ask`."""
        answer = self._answers((party,), who, name, args)[0]
        if not answer.ok:
            raise AskRefused(party, name, answer.value)
        return answer.value

    def ask_each(
        self, parties: Sequence[Party], who: str, name: str, /, **args: Json
    ) -> Mapping[Party, Mapping[str, Json]]:
        """As `Bench.ask_each`."""
        answers = self._answers(parties, who, name, args)
        return {party: answer_of_many(answer) for party, answer in zip(parties, answers, strict=True)}

    def _answers(self, parties: Sequence[Party], who: str, name: str, args: Mapping[str, Json]) -> list[Answer]:
        self._known(*parties)
        try:
            tickets = [self.engine.submit(party, who, name, args) for party in parties]
            return [self.engine.wait_answer(ticket) for ticket in tickets]
        except EngineError as error:
            raise BenchBroken(error.what, error.cure.en) from error

    def _known(self, *parties: Party) -> None:
        for party in parties:
            if party not in self.stores:
                raise unknown_party(party, self.stores)

    def advance(self, us: int) -> None:
        self.engine.advance(us)

    def settle(self) -> None:
        self.engine.settle()

    def set_faults(self, path: Path, plan: FaultPlan | None, terminal: Party = "terminal") -> None:
        """As `Bench.set_faults`; each strike is noted as `fault`."""
        check_line(path, terminal, self._terminals)
        check_plan(self.world, path, plan)
        where = {"path": path} if terminal == "terminal" else {"path": path, "terminal": terminal}
        faulty = None
        if plan is not None:
            rng = self.engine.random_for("/".join(("faults", *where.values())))
            faulty = Faulty(plan, self.world.framer(path), rng, lambda data: self.note("fault", {**where, **data}))
        wire = (REGISTER, "terminal") if path == REGISTER else (terminal, BACKUP)
        near = self.world.host_path(terminal) if path == "host" else wire
        self.engine.set_faults(near, faulty)

    def set_certificate(self, host: Party, problem: str) -> None:
        """As `Bench.set_certificate`."""
        check_tls(self.world)
        now = HostSettings.epoch + timedelta(microseconds=self.now_us)
        self.engine.serve(host, served(name_of(host), now, problem))

    def crash(self, *parties: Party, point: str | None = None) -> None:
        """As `Bench.crash`; `point` is a number of effects: the crash comes before the next one after so many more."""
        self._known(*parties)
        for party in parties:
            if point is not None:
                self.engine.crash_after(party, self.engine.effects_of(party) + int(point))
            else:
                self.engine.crash(party)

    def restart(self, *parties: Party) -> None:
        self._known(*parties)
        self.settle()  # a cable can be plugged in again only after the other end has seen it go
        for party in parties:
            self.engine.restart(party)
        self.settle()

    def note(self, kind: str, data: Mapping[str, Json]) -> None:
        self.trace.append("bench", kind, data, ("bench",), self.now_us)

    def events(self) -> Sequence[Event]:
        return self.trace.events

    def snapshot(self) -> Mapping[str, Mapping[str, Json]]:
        """As `Bench.snapshot`; a party that is down has none."""
        parties = (*self._hosts, *self._terminals)
        up = [party for party in parties if self.engine.machine(party) is not None]
        return {party: self.ask(party, "control", "snapshot") for party in up}

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
