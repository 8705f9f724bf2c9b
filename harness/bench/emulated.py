"""The emulated bench: hosts and terminals are processes of their own, on real TCP ports and real ptys; the register
drives the other end of the first terminal's.

Waiting is not sat through.  While nothing is under way anywhere, the clocks of all parties are advanced to the
earliest deadline; never while an octet is between two of them, so that no time-out comes sooner than the processes
need.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import asdict
from pathlib import Path as File
from typing import Any

from harness.acquirer.settings import HostSettings
from harness.clock import RealClock, monotonic_ns, monotonic_s, sleep_s
from harness.links.faulty import FaultPlan
from harness.machine import Answer, Json
from harness.trace import Event, Header, Trace, merge, program_version, read_trace
from protocols.text import Text

from .base import ASK_LIMIT_US, AskRefused, BenchBroken, Party, Path, answer_of_many, check_plan, check_tls
from .children import Child
from .closing import Closing
from .control import token_from
from .fleet import CARD, REGISTER, RegisterSpec, check_line, lines_of, provision_rows, unknown_party
from .local_side import LocalSide
from .nursery import Nursery
from .quiet import Stillness
from .tls_files import TlsFiles
from .world import World, seed_of

BY_ID = "by-id"
"""The folder, within the bench's, that tells where the terminal's port is now."""
POLL_S = 0.03
"""Two looks this far apart that show the same counters mean that nothing moves: a loaded machine answers within a few
milliseconds."""
STUCK_S = 20.0
"""Nothing moves, nothing is due, and no answer: nobody will ever answer."""
SETTLE_S = 30.0
"""Something is always under way for so long in real time: the parties talk in a circle."""


class EmulatedBench(Closing):
    """`Bench` with real processes.  Use it as a context manager, or call `finish` or `close`: nothing is left
    behind."""

    kind = "emulated"

    def __init__(self, world: World | None = None, seed: int = 0, before: EmulatedBench | None = None) -> None:
        """`before`: a bench at rest, from whose stores and time this one starts (`fork`)."""
        self.world: World = world or World()
        self.seed = seed
        self._folder = File(tempfile.mkdtemp(prefix="posrig-"))
        self._origin_ns: int = monotonic_ns() if before is None else before._origin_ns - before._advanced_us * 1_000
        self._advanced_us: int = 0
        self._closed = False
        self._errors = ""
        header = Header(seed, "emulated", self.world.dialect, program_version(), card=self.world.card)
        self._trace = Trace(header)
        self._tls: TlsFiles | None = None
        self._dial_faults: dict[Party, dict[str, list[dict[str, Json]]]] = {}
        """Which dials of a terminal that is down will fail when it is back, by path."""
        self._final: Trace | None = None
        self._nursery = Nursery.shared()
        self._terminals, self._hosts = self.world.terminal_specs(seed), self.world.host_specs()
        names = (*self._hosts, *self._terminals)
        self._children = {name: Child(name, self._folder, self._nursery) for name in names}
        clock = RealClock(origin_ns=self._origin_ns)
        self._local = LocalSide(
            clock,
            self._trace,
            self.world,
            seed,
            self._terminals,
            tuple(self._hosts),
            self._address_of,
            lambda plugged: self._children["terminal"].call("set_cable", plugged),
            self._folder / BY_ID,
        )
        self._still = Stillness(self._children, self._local)
        try:
            if before is not None:
                before._copy_stores(self._folder)
                self._local.store.append(before._local.store.load())
                self._local.card_store.append(before._local.card_store.load())
            token_from(self._folder / "token")
            if self.world.tls:
                self._tls = TlsFiles(self._folder / "tls", tuple(self._hosts), HostSettings.epoch)
            self._local.start_cards()
            self._start(names)
            self._local.plug_in()
            self.settle()
            if before is None:
                self._provision()
        except BaseException:
            self.close()
            raise

    @property
    def now_us(self) -> int:
        return self._local.clock.now_us()

    # asking, and passing time

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
        asked = [self._submit(party, who, name, args) for party in parties]
        limit_us = self.now_us + ASK_LIMIT_US
        stuck_since: float | None = None
        while waits := wait(asked, POLL_S).not_done:
            due_us = self._still.due_if_quiet()
            if due_us is None:
                if not self._still.quiet:
                    stuck_since = None
                    continue
                stuck_since = stuck_since or monotonic_s()
                if monotonic_s() - stuck_since > STUCK_S:
                    raise self._never(parties, asked, waits, name)
            elif due_us > limit_us:
                raise self._never(parties, asked, waits, name)
            else:
                self._move(due_us - self.now_us)
        answers = [one.result() for one in asked]
        for child in self._children.values():
            child.check()
        return answers

    def advance(self, us: int) -> None:
        """As `Bench.advance`."""
        end_us = self.now_us + us
        while True:
            self.settle()
            due_us = self._still.earliest_due()
            if due_us is None or due_us > end_us:
                break
            self._move(due_us - self.now_us)
        self._move(end_us - self.now_us)

    def settle(self) -> None:
        """As `Bench.settle`.  Raises `BenchBroken` when it never comes to rest."""
        end = monotonic_s() + SETTLE_S
        self._still.forget()
        while not self._still.look():
            if monotonic_s() > end:
                raise BenchBroken(Text("测试台一直不能静止", "the bench never comes to rest"), self._still.why)
            sleep_s(POLL_S)

    def _move(self, us: int) -> None:
        """Advance all clocks by `us`.  Who has something due is moved last: what it sends must not arrive in the
        past."""
        if us <= 0:
            return
        self._advanced_us += us
        target_us = self.now_us + us
        order = sorted((name for name, child in self._children.items() if child.up), key=self._still.deadline_of)
        local_is_due = min(map(self._still.deadline_of, (REGISTER, CARD))) <= target_us
        if not local_is_due:
            self._local.advance(us)
        for name in reversed(order):
            self._children[name].call("advance", us)
        if local_is_due:
            self._local.advance(us)
        self._still.forget()

    def _submit(self, party: Party, who: str, name: str, args: Mapping[str, Json]) -> Future[Answer]:
        if party in (REGISTER, CARD):
            return self._local.ask(who, name, args, party)
        child, answered = self._children[party], Future[Answer]()

        def work() -> None:
            try:
                if child.client is None:
                    raise child.broken("is down")
                ok, value = child.client.ask(who, name, args, timeout_s=2 * SETTLE_S)
                answered.set_result(Answer(0, value, ok))
            except Exception as error:  # noqa: BLE001 - handed to the thread that waits
                answered.set_exception(child.broken(f"did not answer {name}: {error}"))

        threading.Thread(target=work, name=f"posrig-ask-{name}", daemon=True).start()
        return answered

    def _never(
        self, parties: Sequence[Party], asked: Sequence[Future[Answer]], waits: set[Future[Answer]], name: str
    ) -> BenchBroken:
        silent = ", ".join(party for party, one in zip(parties, asked, strict=True) if one in waits)
        return BenchBroken(Text(f"{silent} 一直没有回答 {name}", f"{silent} never answered {name}"), self._still.why)

    # faults and power

    def set_faults(self, path: Path, plan: FaultPlan | None, terminal: Party = "terminal") -> None:
        check_line(path, terminal, self._terminals)
        check_plan(self.world, path, plan)
        self._local.set_faults(path, plan, terminal)
        if path != REGISTER:  # which dials fail is known to who dials; octets fail in the proxy
            faults = [] if plan is None else plan.entries()
            if self._children[terminal].up:
                self._children[terminal].call("set_dial_faults", path, faults)
            else:
                self._dial_faults.setdefault(terminal, {})[path] = faults

    def set_certificate(self, host: Party, problem: str) -> None:
        """As `Bench.set_certificate`."""
        check_tls(self.world)
        assert self._tls is not None
        self._tls.change(host, problem, self.now_us)
        if self._children[host].up:
            self._children[host].call("set_tls", self._tls.of(host))

    def crash(self, *parties: Party, point: str | None = None) -> None:
        """kill -9 now.  `point` is for the simulated bench: between two effects nobody can aim at a process."""
        self._known(*parties)
        for party in parties:
            self._local.note("crash", {"party": party})
            if party == CARD:
                self._local.cut_cards()
            elif party == REGISTER:
                self._local.unplug()
            else:
                if party in self._terminals and self._children[party].up:
                    self._dial_faults[party] = self._children[party].status()["dial_faults"]
                self._children[party].kill()
            if party in self._hosts:
                self._local.refuse_host(party, True)
        self._still.forget()

    def restart(self, *parties: Party) -> None:
        self._known(*parties)
        if CARD in parties:
            self._local.start_cards()
        self._start([party for party in parties if party not in (REGISTER, CARD)])
        for party in parties:
            if party in self._hosts:
                self._local.refuse_host(party, False)
        for party in parties:
            for path, faults in self._dial_faults.pop(party, {}).items():
                self._children[party].call("set_dial_faults", path, faults)
        if "terminal" in parties:  # it has a new pty: the register is plugged in there
            self._local.unplug()
        if "terminal" in parties or REGISTER in parties:
            self._local.plug_in()
        self.settle()

    def _known(self, *parties: Party) -> None:
        for party in parties:
            if party not in self.world.parties:
                raise unknown_party(party, self.world.parties)

    def _start(self, names: Sequence[str]) -> None:
        for name in names:
            self._children[name].launch(self._settings(name))
        for name in names:
            self._children[name].wait_ready()

    def _provision(self) -> None:
        for host in self._hosts:
            rows = provision_rows(self._terminals, host)
            if rows:
                self.ask(host, "control", "provision", merchant=rows)

    def _address_of(self, host: str) -> str:
        return self._children[host].line

    def _settings(self, name: str) -> dict[str, Any]:
        common = {
            "seed": seed_of(self.seed, name),
            "origin_ns": self._origin_ns - self._advanced_us * 1_000,
            "store": str(self._folder / name),
        }
        if name in self._hosts:
            store = str(self._folder / f"{name}.db")
            return {
                **common,
                "store": store,
                "dialect": self.world.dialect,
                "settings": dict(self._hosts[name].settings),
                "tls": {} if self._tls is None else self._tls.of(name),
            }
        spec, who = self._terminals[name], self._terminals[name].identity
        directories = {
            path: asdict(self._local.directory(name, path)) for line, path in lines_of(self._terminals) if line == name
        }
        return {
            **common,
            "dialect": spec.dialect,
            "directories": directories,
            "certificates": {} if self._tls is None else self._tls.installed(),
            "profile": spec.profile,
            "by_id": str(self._folder / BY_ID),
            "register": asdict(self.world.register if name == "terminal" else RegisterSpec()),
            "at": spec.start_at,
            "settings": dict(spec.settings),
            "identity": None if who is None else {**asdict(who), "tmk": who.tmk.hex()},
            "card": None if self._local.card_way is None else asdict(self._local.card_way),
        }

    # the trace

    def note(self, kind: str, data: Mapping[str, Json]) -> None:
        self._local.note(kind, data)

    def events(self) -> Sequence[Event]:
        return self._merged().events

    def snapshot(self) -> Mapping[str, Mapping[str, Json]]:
        up = [name for name, child in self._children.items() if child.up]
        if self._local.card_way is not None:
            up.append(CARD)
        return {party: self.ask(party, "control", "snapshot") for party in up}

    def fork(self) -> EmulatedBench:
        """As `Bench.fork`."""
        self.settle()
        return EmulatedBench(self.world, self.seed, before=self)

    def _copy_stores(self, folder: File) -> None:
        """Nothing is under way, so the files stand still: what is durable is whole in them."""
        for host in self._hosts:
            for file in self._folder.glob(f"{host}.db*"):
                shutil.copy(file, folder / file.name)
        for terminal in self._terminals:
            shutil.copytree(self._folder / terminal, folder / terminal)

    def finish(self) -> Trace:
        """As `Bench.finish`.  Raises `BenchBroken` when a machine raised or a process did not end well."""
        if self._final is None:
            try:
                self.settle()
                self.snapshot()
                bugs = self._local.bugs
                status = {name: child.stop() for name, child in self._children.items()}
                self._final = self._merged()
            finally:
                self.close()
            bad = {name: code for name, code in {**status, "register": bugs}.items() if code}
            if bad:
                raise BenchBroken(Text(f"有一方异常结束：{bad}", f"a party ended badly: {bad}"), self._errors)
        return self._final

    def close(self) -> None:
        """Stop everything and remove every trace of it; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        self._errors = "".join(file.read_text(errors="replace")[-2000:] for file in self._folder.glob("*.stderr"))
        for child in self._children.values():
            child.kill()
        self._local.close()
        self._nursery.release()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _merged(self) -> Trace:
        if self._final is not None:
            return self._final
        files = [file for child in self._children.values() for file in child.traces if file.exists()]
        return merge([self._trace, *(read_trace(file, cut_ok=True) for file in files)])
