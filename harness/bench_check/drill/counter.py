"""The counter of a drill: an emulated terminal with its provider's host, in this process, behind a loopback port.

Terminal and host live in a loop on a thread of its own.  The cable is a TCP connection with a proxy in it, on which a
serial line can be played, octet by octet, so that it works where there are no ptys.  It is a `Bench`, so the steps of
scenarios cause what a lesson is about.  Waiting is not sat through: where nothing moves, the clocks are put forward to
the next deadline.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path as File
from typing import Any, TypeVar

from harness.acquirer.host import Host
from harness.acquirer.settings import CHINA
from harness.bench.background import LoopThread
from harness.bench.base import AskRefused, BenchBroken, Party, Path, answer_of_many, check_tls
from harness.bench.closing import Closing
from harness.bench.control import serve_control, serve_portal, token_from
from harness.bench.fleet import REGISTER, RegisterSpec, TerminalSpec, provision_rows, unknown_party
from harness.bench.host_process import provisioned
from harness.bench.live import LiveTerminal
from harness.bench.process import Interfaces
from harness.bench.register import TCP, Cable, Pending, open_register
from harness.bench.shell import RealShell
from harness.bench.terminal_process import Planned, open_terminal
from harness.bench.terminal_start import Place, Start
from harness.bench.world import World, host_settings
from harness.clock import monotonic_ns, wall_date
from harness.links.plan import FaultPlan
from harness.machine import Answer, Json
from harness.stores.memory import MemoryStore
from harness.terminal.terminal import Terminal
from harness.terminal.ways import clock
from harness.trace import Event, Trace
from protocols.errors import LocalError
from protocols.text import Text

from .cable import DrillCable

START_S = 30.0
QUIET_S = 0.15
"""Nothing has moved for so long: the clocks are put forward.  An answer on the loopback takes milliseconds."""
FORWARD_US_MAX = 15 * 60 * 1_000_000
"""No wait of an operation is longer; what is due later (a review, an idle lock) does not come because somebody asks."""
WAITS_MAX = 200
"""Quiet spells within one question; behind that nobody will ever answer."""
TURNS_MAX = 1_000
"""Deadlines within one wait of a lesson: days of a provider have some dozens."""
NO_ANSWER = Text("仿真终端没有答复 {name}", "the emulated terminal never answers {name}")
NO_FORK = Text("演练的终端不能复制", "the terminal of a drill cannot be copied")
PULLED = Text("数据线已拔出", "the data cable is out")
PULLED_CURE = Text("插好数据线", "Plug the data cable in")

T = TypeVar("T")


class Counter(Closing):
    """A terminal as `world` describes it, in its box or live, and its host; `before_us`: how much time the steps that
    prepare it will pass, so that its clock is right when they are over.

    Raises PosrigError where it cannot start.
    """

    kind = "drill"

    def __init__(self, world: World, seed: int, before_us: int = 0) -> None:
        self.host: str = ""
        self.service: str = ""
        self.portal: str = ""
        """Where the provider's host, the terminal's control interface and the portal listen, ADDR:PORT."""
        self.world: World = world
        self.seed: int = seed
        self.trace: Trace = Trace()
        self._thread = LoopThread("posrig-drill")
        self._stack = AsyncExitStack()
        self._folder = tempfile.TemporaryDirectory(prefix="posrig-drill-")
        self._epoch = datetime(*wall_date(), tzinfo=CHINA) - timedelta(microseconds=before_us)
        try:
            self._thread.wait_for(self._open(), START_S)
        except BaseException:
            self.close()
            raise

    # where the bench check reaches it

    @property
    def port(self) -> str:
        """Where a register finds the terminal, as `Cable.port` has it."""
        return TCP + self._cable.address

    @property
    def spoken(self) -> RegisterSpec:
        """What is spoken there."""
        return self.world.register

    @property
    def token_file(self) -> File:
        """The token of the terminal's control interface."""
        return File(self._folder.name) / "token"

    @property
    def terminal_time(self) -> datetime:
        """What the terminal's own clock shows."""
        machine = self._terminal.machine
        assert isinstance(machine, Terminal)
        return self._thread.call(clock, machine.desk)

    # what a trainee, or a lesson, does to it

    def set_cable_in(self, plugged: bool) -> None:
        """Pull the data cable out, or plug it in."""
        self._run(self._cable.plug(plugged))

    def loosen(self, octets: int | None) -> None:
        """As `DrillCable.loosen`."""
        self._thread.call(self._cable.loosen, octets)

    def set_register_line(self, line: str) -> None:
        """As `DrillCable.set_register_line`."""
        self._thread.call(self._cable.set_register_line, line)

    def restart_terminal(self) -> None:
        """Switch it off and on."""
        self.crash("terminal")
        self.restart("terminal")

    # Bench

    @property
    def now_us(self) -> int:
        return self._terminal.clock.now_us()

    def ask(self, party: Party, who: str, name: str, /, **args: Json) -> Mapping[str, Json]:
        """As `Bench.ask`."""
        if party == REGISTER:
            return self._at_register(name, args)
        answer = self._through(name, self._thread.submit(self._shell(party).ask(who, name, args)).result)
        if not answer.ok:
            raise AskRefused(party, name, answer.value)
        return answer.value

    def ask_each(
        self, parties: Sequence[Party], who: str, name: str, /, **args: Json
    ) -> Mapping[Party, Mapping[str, Json]]:
        """As `Bench.ask_each`; one after the other, for there is one terminal."""
        answers = {}
        for party in parties:
            future = self._thread.submit(self._shell(party).ask(who, name, args))
            answers[party] = answer_of_many(self._through(name, future.result))
        return answers

    def advance(self, us: int) -> None:
        """As `Bench.advance`."""
        end_us = self.now_us + us
        for _ in range(TURNS_MAX):
            self._rest()
            due_us = self._thread.call(self._due_us)
            if due_us is None or due_us >= end_us:
                break
            self._thread.call(self._forward, max(0, due_us - self.now_us))
        self._thread.call(self._forward, max(0, end_us - self.now_us))
        self._rest()

    def settle(self) -> None:
        """As `Bench.settle`."""
        self._rest()

    def set_faults(self, path: Path, plan: FaultPlan | None, terminal: Party = "terminal") -> None:
        """As `Bench.set_faults`; the terminal has one line to its host."""
        if path == "register":
            self._thread.call(self._cable.set_faults, plan)
        else:
            entries = () if plan is None else plan.entries()
            self._thread.call(self._live.set_line, [_spec(entry) for entry in entries])

    def set_certificate(self, host: Party, problem: str) -> None:
        """There is no TLS here."""
        check_tls(self.world)

    def crash(self, *parties: Party, point: str | None = None) -> None:
        """As `Bench.crash`, of the terminal."""
        self._thread.call(self._live.cut_power)

    def restart(self, *parties: Party) -> None:
        """As `Bench.restart`, of the terminal."""
        self._run(self._live.restore_power())
        self._rest()

    def note(self, kind: str, data: Mapping[str, Json]) -> None:
        """As `Bench.note`."""
        self._thread.call(self.trace.append, "bench", kind, data, ("bench",), self.now_us)

    def events(self) -> Sequence[Event]:
        """As `Bench.events`."""
        return self._thread.call(lambda: tuple(self.trace.events))

    def snapshot(self) -> Mapping[str, Mapping[str, Json]]:
        """As `Bench.snapshot`."""
        return {party: self.ask(party, "control", "snapshot") for party in ("host", "terminal")}

    def fork(self) -> Counter:
        """Nobody needs it."""
        raise BenchBroken(NO_FORK)

    def finish(self) -> Trace:
        """As `Bench.finish`."""
        self.close()
        return self.trace

    def close(self) -> None:
        """Stop terminal and host.  May be called twice."""
        if not self._thread.closed:
            try:
                self._run(self._stack.aclose())
            finally:
                self._thread.close()
                self._folder.cleanup()

    # within

    async def _open(self) -> None:
        self._specs = self.world.terminal_specs(self.seed)
        spec = self._specs["terminal"]
        origin_ns = monotonic_ns()
        interfaces = Interfaces(origin_ns=origin_ns)
        more = {**self.world.host_specs()["host"].settings}
        settings = host_settings(self.world.dialect, self.seed, self._epoch, more)
        self._host = RealShell(Host(settings), MemoryStore(), interfaces.clock(), tap=self.trace)
        self._host.start()
        self._stack.push_async_callback(self._host.close)
        if rows := provision_rows(self._specs, "host"):
            await provisioned(self._host, {"merchant": rows})
        self.host = await self._host.listen("127.0.0.1:0")
        await self._open_terminal(spec, self.host, interfaces)
        live, now_us = self._live, self._terminal.clock.now_us
        self._cable = DrillCable(lambda: live.register, live.drop_register, now_us, self.spoken.framer, self.seed)
        self._stack.push_async_callback(self._cable.close)
        await self._cable.start()
        runner, self.service = await serve_control(self._terminal, "127.0.0.1:0", token_from(self.token_file))
        self._stack.push_async_callback(runner.cleanup)
        runner, self.portal = await serve_portal(self._host, "127.0.0.1:0")
        self._stack.push_async_callback(runner.cleanup)

    async def _open_terminal(self, spec: TerminalSpec, host: str, interfaces: Interfaces) -> None:
        settings: dict[str, Any] = {**spec.settings, "epoch": self._epoch}
        start = Start(
            profile=spec.profile,
            register=self.world.register,
            serial="",
            tcp="127.0.0.1:0",
            host=host,
            ready=spec.live and not spec.start_at,
            at=spec.start_at,
            card="debit",
            seed=self.seed,
            settings=settings,
        )
        place = Place(spec.identity, spec.serial, spec.dialect, self._epoch.year)
        plan = Planned(start, place, MemoryStore(), FaultPlan(), (), FaultPlan())
        serving = await open_terminal(plan, interfaces, self.trace, self._stack, with_line=True)
        self._terminal = serving.shell
        self._live = LiveTerminal(serving, start)

    def _shell(self, party: Party) -> RealShell:
        shells = {"terminal": self._terminal, "host": self._host}
        if party not in shells:
            raise unknown_party(party, (*shells, REGISTER))
        return shells[party]

    def _at_register(self, name: str, args: Mapping[str, Json]) -> Mapping[str, Json]:
        """What a register at the cable is told.  Raises LocalError while the cable is out."""
        if self._cable.pulled:
            raise LocalError(PULLED, PULLED_CURE)
        with open_register(Cable(self.port, self.spoken)) as register:
            pending: Pending = register.begin(name, **args)

            def answer(limit_s: float | None) -> Answer:
                outcome = pending.wait(limit_s)
                if outcome is None:
                    raise TimeoutError
                return Answer(0, outcome)

            return self._through(name, answer).value

    def _through(self, name: str, result: Callable[[float | None], Answer]) -> Answer:
        """What `result` gives, passing the time that it takes."""
        for _ in range(WAITS_MAX):
            turns = self._turns
            try:
                return result(QUIET_S)
            except TimeoutError:
                if turns == self._turns:
                    self._thread.call(self._skip)
            except CancelledError:
                break
        raise BenchBroken(NO_ANSWER.format(name=name))

    def _skip(self) -> None:
        due_us = self._due_us()
        wait_us = None if due_us is None else due_us - self.now_us
        if wait_us is not None and 0 < wait_us <= FORWARD_US_MAX:
            self._forward(wait_us)

    def _rest(self) -> None:
        """Until nothing moves any more."""
        quiet = 0
        for _ in range(WAITS_MAX):
            turns = self._turns
            self._run(_pause())
            quiet = quiet + 1 if turns == self._turns else 0
            if quiet >= 2 and not self._busy:
                return

    @property
    def _turns(self) -> int:
        return self._terminal.turns + self._host.turns

    @property
    def _busy(self) -> bool:
        return bool(self._terminal.status()["pending_commits"] or self._host.status()["pending_commits"])

    def _due_us(self) -> int | None:
        dues = (None if shell.off else shell.machine.deadline for shell in (self._terminal, self._host))
        return min((due for due in dues if due is not None), default=None)

    def _forward(self, us: int) -> None:
        self._host.advance(us)
        self._live.pass_time(us)
        self._cable.time_moved()

    def _run(self, work: Any) -> None:
        self._thread.wait_for(work, START_S)


async def _pause() -> None:
    await asyncio.sleep(0.01)


def _spec(entry: Mapping[str, Json]) -> str:
    settings = ",".join(f"{key}={value}" for key, value in entry.items() if key != "fault" and value != "")
    return f"{entry['fault']}:{settings}"


def waited_us(steps: Sequence[Any]) -> int:
    """How much time a list of steps passes."""
    from harness.scenarios import model
    from harness.scenarios.load import load_steps
    from harness.scenarios.values import microseconds

    total = 0
    for step in steps:
        if isinstance(step, model.Wait):
            total += microseconds(step.time)
        elif isinstance(step, model.Use):
            total += waited_us(load_steps(step.steps).step)
    return total
