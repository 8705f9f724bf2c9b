"""The physical bench: a terminal that somebody else started, driven over its cable, operated by whoever is there, with
posrig as its provider.  Its time is real; only the provider's can be moved on.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass

from harness.clock import monotonic_s, sleep_s
from harness.links.faulty import Faulty
from harness.links.line_settings import LineSettings
from harness.links.plan import FaultPlan
from harness.machine import Answer, Json
from harness.terminal.terminal import SECRET
from harness.trace import Event, Header, Trace, program_version
from protocols.errors import ScenarioError
from protocols.text import Text

from ..addresses import DOMAIN, PORT
from ..base import AskRefused, Bench, BenchBroken, Party, Path, answer_of_many, check_plan
from ..closing import Closing
from ..fleet import REGISTER, check_line, provision_rows, unknown_party
from ..recording import secret_masker
from ..register import usual_line
from ..till import register_machine
from ..world import World
from .cable import Cable
from .eyes import Eyes
from .hands import Hands
from .prompts import NETWORK, Prompt
from .room import DEVICE, Kept, Room
from .safety import forbidden
from .settings import BenchFile

OPERATION_S = 600.0
"""The longest that one operation takes, a person's part in it included."""
SETTLE_S = 0.06
"""How long nothing may happen before a bench counts as at rest: nobody can look into a device."""
SETTLE_MAX_S = 10.0

CLOSED_PORT = 1
"""Nobody listens there on any computer of today (tcpmux)."""

NO_WAY = Text("实物台上做不到：{what}", "a physical bench cannot do this: {what}")
NO_WAY_CURE = Text("在仿真台上运行", "Run it on the emulated bench")
FORBIDDEN_CURE = Text("见测试台文件的 never 与 allow", "See never and allow of the bench file")
SILENT = Text("{party} 一直没有回答 {name}", "{party} never answered {name}")
FORK = Text("复制一台实机", "copy a device")
TLS = Text("在此线路上更换证书", "change a certificate on this line")


@dataclass
class Site:
    """A device and whoever acts at it: what all benches of one run share.  `port`: where its cable was plugged in
    last, "" for the place in the file."""

    file: BenchFile
    hands: Hands
    looks: Callable[[Prompt], str] | None = None
    """Asks whoever is there what he saw; None: nobody is."""
    port: str = ""


class PhysicalBench(Closing, Bench):
    """`Bench` around a device.  `kept`: what outlives a row.  Use it as a context manager, or call `finish`."""

    kind = "physical"

    def __init__(self, world: World, seed: int, site: Site, kept: Kept) -> None:
        self.world = world
        self.seed = seed
        self.began_us: int = kept.clock.now_us()
        self._site = site
        self._file = site.file
        header = Header(seed=seed, bench=self.kind, dialect=world.dialect, program=program_version())
        self._trace = Trace(header, masker=secret_masker(physical=True))
        self._terminals = world.terminal_specs(seed)
        listen = {"host": self._file.host.listen, "host2": self._file.host.second}
        self._room = Room(world, seed, self._trace, kept, listen)
        self._network: list[dict[str, Json]] = []
        self._cable: Cable | None = None
        self._eyes: Eyes | None = None
        self._finished = False
        try:
            self._plug_in()
            trace = self._file.path(self._file.terminal.trace)
            self._eyes = None if trace is None else self._room.call(Eyes, trace, self._room.shown)
            self._provision()
            if kept.books is None:
                kept.books = self._site.hands.snapshot() or {}
        except BaseException:
            self.close()
            raise

    @property
    def now_us(self) -> int:
        return self._room.clock.now_us()

    @property
    def watched(self) -> bool:
        """Somebody watches the device all the time."""
        return self._eyes is not None

    @property
    def looks(self) -> Callable[[Prompt], str] | None:
        """Asks whoever is there what he saw."""
        return self._site.looks

    @property
    def address(self) -> str:
        """Where the device reaches its host."""
        return self._room.addresses["host"]

    # asking

    def ask(self, party: Party, who: str, name: str, /, **args: Json) -> Mapping[str, Json]:
        answer = self._answer(party, who, name, args)
        if not answer.ok:
            raise AskRefused(party, name, answer.value)
        return answer.value

    def ask_each(
        self, parties: Sequence[Party], who: str, name: str, /, **args: Json
    ) -> Mapping[Party, Mapping[str, Json]]:
        """As `Bench.ask_each`; the device is asked while the others are at work."""
        self._known(*parties)
        others = {p: self._begin(p, who, name, args) for p in parties if p != DEVICE}
        own = {DEVICE: self._answer(DEVICE, who, name, args)} if DEVICE in parties else {}
        answers = {**own, **{party: self._waited(party, name, one) for party, one in others.items()}}
        return {party: answer_of_many(answers[party]) for party in parties}

    def _answer(self, party: Party, who: str, name: str, args: Mapping[str, Json]) -> Answer:
        self._known(party)
        self._check_safe(party, name, args)
        if party == DEVICE:
            return self._by_hand(who, name, args)
        return self._waited(party, name, self._begin(party, who, name, args))

    def _by_hand(self, who: str, name: str, args: Mapping[str, Json]) -> Answer:
        """What is told of an operation at the keypad stands in the trace, unless somebody watches anyhow."""
        op = str(args.get("op", "")) if name == "operate" and self._eyes is None else ""
        if op:
            given = {key: value for key, value in args.items() if key != "op" and key not in SECRET}
            self.show("operation", {"phase": "begin", "op": op, "args": given})
        try:
            told = self._site.hands.ask(who, name, self._reached(args))
        except AskRefused as refused:
            return Answer(0, refused.value, ok=False)
        if op:
            self.show("operation", {"phase": "end", "op": op, "outcome": dict(told)})
        return Answer(0, told)

    def show(self, kind: str, data: Mapping[str, Json]) -> None:
        """Put into the trace what somebody saw at the device."""
        self._room.call(self._room.shown, kind, data)

    def _begin(self, party: Party, who: str, name: str, args: Mapping[str, Json]) -> Future[Answer]:
        return self._room.thread.submit(self._room.shells[party].ask(who, name, args))

    def _waited(self, party: Party, name: str, asked: Future[Answer]) -> Answer:
        end = monotonic_s() + OPERATION_S
        while True:
            try:
                return asked.result(0.2)
            except Late:
                if self._cable is not None and self._cable.broken is not None:
                    raise self._cable.broken from None
                if monotonic_s() > end:
                    raise BenchBroken(SILENT.format(party=party, name=name)) from None

    def _check_safe(self, party: Party, name: str, args: Mapping[str, Json]) -> None:
        """The last guard: what the file forbids is never sent, whatever a scenario says."""
        if party not in (DEVICE, REGISTER):
            return
        for one in (name, str(args.get("op", "")), str(args.get("act", ""))):
            why = forbidden(one, self._file.never, self._file.allow) if one else None
            if why is not None:
                raise ScenarioError(why, FORBIDDEN_CURE)

    def _reached(self, args: Mapping[str, Json]) -> dict[str, Json]:
        """The names of a bench's hosts are of no real name server: a device is told where they are."""
        real = dict(self._room.addresses)
        real["host"] = self._file.host.reached or real["host"]
        return {key: _real(value, real) if isinstance(value, str) else value for key, value in args.items()}

    def _known(self, *parties: Party) -> None:
        known = (*self._room.shells, DEVICE)
        for party in parties:
            if party not in known:
                raise unknown_party(party, known)

    # time

    def advance(self, us: int) -> None:
        """The provider's clock moves on by `us`; of that, `us` / time_scale is sat through."""
        sat_us = us // self._file.time_scale
        sleep_s(sat_us / 1_000_000)
        self._room.advance(us - sat_us)
        if self._cable is not None:
            self._room.call(self._cable.time_moved)
        self.settle()

    def settle(self) -> None:
        """Wait until nothing was noted for a moment, and the plug rests."""
        if self._cable is not None:
            self._room.wait_for(self._cable.settled(), OPERATION_S)
            if self._cable.broken is not None:
                raise self._cable.broken
        end, seen = monotonic_s() + SETTLE_MAX_S, -1
        while seen != len(self._trace.events) and monotonic_s() < end:
            seen = len(self._trace.events)
            sleep_s(SETTLE_S)
            if self._eyes is not None:
                self._room.call(self._eyes.look)

    # faults and power

    def set_faults(self, path: Path, plan: FaultPlan | None, terminal: Party = "terminal") -> None:
        check_line(path, terminal, self._terminals)
        check_plan(self.world, path, plan)
        if path == REGISTER:
            assert self._cable is not None
            self._room.call(self._cable.set_faults, self._line_faults(plan))
            self.settle()
            return
        self._room.set_faults(path, plan, terminal)
        if terminal == DEVICE and path == "host":
            wanted = [one for one in ([] if plan is None else plan.entries()) if one["fault"] in NETWORK]
            if wanted != self._network:
                self._site.hands.network(wanted)
                self._network = wanted

    def _line_faults(self, plan: FaultPlan | None) -> Faulty | None:
        where = {"path": REGISTER}
        rng = random.Random(f"{self.seed}/faults/{REGISTER}")
        if plan is None:
            return None
        return Faulty(plan, self.world.framer(REGISTER), rng, lambda data: self._room.note("fault", {**where, **data}))

    def set_certificate(self, host: Party, problem: str) -> None:
        raise ScenarioError(_joined(NO_WAY, TLS), NO_WAY_CURE)

    def crash(self, *parties: Party, point: str | None = None) -> None:
        self._known(*parties)
        for party in parties:
            self.note("crash", {"party": party})
            self._power(party, False)

    def restart(self, *parties: Party) -> None:
        self._known(*parties)
        for party in parties:
            self._power(party, True)
        self.settle()

    def _power(self, party: Party, on: bool) -> None:
        if party == DEVICE:
            self._site.hands.power(on)
        elif party != REGISTER:
            self._room.power(party, on)

    # the trace

    def note(self, kind: str, data: Mapping[str, Json]) -> None:
        self._room.call(self._room.note, kind, data)

    def events(self) -> Sequence[Event]:
        """As `Bench.events`; what is still under way to whoever watches is waited for."""
        if self._eyes is not None:
            self.settle()
        return tuple(self._trace.events)

    def snapshot(self) -> Mapping[str, Mapping[str, Json]]:
        """As `Bench.snapshot`; of the device what it has done since its hosts met it, and only where it can be looked
        into."""
        self.settle()
        up = [name for name, shell in self._room.shells.items() if name != REGISTER and not shell.off]
        sides: dict[str, Mapping[str, Json]] = {party: self.ask(party, "control", "snapshot") for party in up}
        own = self._site.hands.snapshot()
        if own is not None:
            sides[DEVICE] = since(own, self._room.kept.books or {})
            self._room.call(self._room.noted, "snapshot", sides[DEVICE])
        return sides

    def fork(self) -> Bench:
        raise ScenarioError(_joined(NO_WAY, FORK), NO_WAY_CURE)

    def finish(self) -> Trace:
        """As `Bench.finish`: lines are healed, the port is closed; the device goes on as it is."""
        if not self._finished:
            self._finished = True
            try:
                self.snapshot()
            finally:
                self.close()
        return self._trace

    def close(self) -> None:
        """Let go of everything that is not the device."""
        self._finished = True
        if self._eyes is not None:
            self._room.call(self._eyes.close)
            self._eyes = None
        if self._cable is not None:
            self._site.port = self._cable.address
            self._room.call(self._cable.close)
            self._cable = None
        self._room.close()

    def _plug_in(self) -> None:
        register = self._file.register
        machine = register_machine(register)
        named = self._file.port.line
        line = LineSettings.parse(named) if named else usual_line(register.protocol, register.quirks)

        async def work() -> Cable:
            shell = self._room.add_register(machine)
            hands = self._site.hands.pull if self._file.cable == "hands" else None
            device = self._file.terminal.sn
            address = self._site.port or self._file.port.address
            cable = Cable(shell, self._room.clock, address, line, device, hands)
            await cable.open()
            return cable

        self._cable = self._room.wait_for(work(), OPERATION_S)

    def _provision(self) -> None:
        """What is live from the start is known to its host, unless that is the same host as before."""
        fresh = {
            name: spec for name, spec in self._terminals.items() if not (name == DEVICE and self._room.knew_device)
        }
        for host in self.world.host_specs():
            rows = provision_rows(fresh, host)
            if rows:
                self.ask(host, "control", "provision", merchant=rows)


def _real(value: str, hosts: Mapping[str, str]) -> str:
    """`host2.posrig.test:8583` is where the second host is reached; another port of it is one that nobody listens
    at."""
    name, _, port = value.rpartition(":")
    host = name.removesuffix(f".{DOMAIN}")
    if host == name or host not in hosts:
        return value
    return hosts[host] if port == str(PORT) else f"{hosts[host].rpartition(':')[0]}:{CLOSED_PORT}"


def since(books: Mapping[str, Json], before: Mapping[str, Json]) -> dict[str, Json]:
    """What a device's books hold that they did not hold before: what it did for others is nobody's business here."""
    known = _accounts(before)
    own = _without(books, known.get(_key(books), {}))
    later = [_without(one, known.get(_key(one), {})) for one in books.get("accounts", ())]
    named = [one for one in later if one.get("number") or one.get("entries") or one.get("settled")]
    return {**own, "accounts": named}


def _key(books: Mapping[str, Json]) -> tuple[Json, Json]:
    return books.get("mid"), books.get("tid")


def _accounts(books: Mapping[str, Json]) -> dict[tuple[Json, Json], Mapping[str, Json]]:
    return {_key(one): one for one in (books, *books.get("accounts", ())) if one}


def _without(books: Mapping[str, Json], before: Mapping[str, Json]) -> dict[str, Json]:
    lists = {name: value for name, value in books.items() if isinstance(value, list) and name != "accounts"}
    rest = {name: [one for one in value if one not in before.get(name, ())] for name, value in lists.items()}
    return {**books, **rest}


def _joined(pattern: Text, what: Text) -> Text:
    return Text(pattern.zh.format(what=what.zh), pattern.en.format(what=what.en))
