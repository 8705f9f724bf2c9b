"""The register as a session on a real port: the driver's machine, link and clock, asked from an ordinary thread.

    with open_register(Cable("/dev/ttyUSB0", RegisterSpec("zvt"))) as register:
        outcome = register.do("sale", amount_fen=1_00)

Whatever the terminal is (emulated in another process, or a device), the same calls drive it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from typing import Any

from harness.arguments import Takes
from harness.clock import RealClock, monotonic_s, sleep_s, wall_date
from harness.driver.learning import BUSY, Learned, learned
from harness.driver.operations import OPERATIONS
from harness.driver.speakers import ORDER_CHARS, operations_of
from harness.links.line_settings import LineSettings
from harness.links.tcp import split_address
from harness.machine import Answer, Json
from harness.quirks import load_quirks
from harness.stores.memory import MemoryStore
from harness.trace import Event, Recorder, Trace
from protocols.registers import REGISTER_PROTOCOLS
from protocols.text import Text

from .background import LoopThread
from .base import AskRefused, BenchBroken
from .closing import Closing
from .dialling import Dialling
from .fleet import USUAL_REGISTER, RegisterSpec
from .shell import RealShell
from .tcp_wire import open_tcp_wire
from .till import register_machine
from .wires import REOPEN_S, open_serial_wire

LINK = "terminal"
TCP = "tcp:"
OPEN_S = 30.0
"""The longest that opening a port may take: a dial, or RFC 2217's negotiation."""
CLOSE_S = 5.0
LEARN_S, LEARN_AGAIN_S = 90.0, 0.5
"""How long a terminal that is busy is asked for its newest result, longer than it waits for a card, and how often."""

DOWN = Text("收银机一侧已停止", "the register's side has stopped")
BUG = Text("收银机一侧的程序出错，见标准错误输出", "the register's side has failed, see standard error")
NO_ANSWER = Text("操作没有结果", "an operation has ended with no Outcome")


@dataclass(frozen=True, slots=True)
class Cable:
    """Where the terminal is and what is spoken there.

    `port`: a serial port's name, `usb:NUMBER`, `place:PLACE`, a URL of pyserial, or `tcp:ADDR:PORT`.  `line` None: the
    protocol's usual rate and bits.  `host_address`: where a terminal's host traffic goes that names no host.  `more`:
    further settings of `DriverSettings`, by name.
    """

    port: str
    spoken: RegisterSpec = USUAL_REGISTER
    line: LineSettings | None = None
    host_address: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)
    reopen_s: float = REOPEN_S
    """How often a port that has vanished is looked for."""

    @property
    def tcp(self) -> str:
        """ADDR:PORT of a terminal that is reached by TCP, "" for a port."""
        return self.port.removeprefix(TCP) if self.port.startswith(TCP) else ""

    @property
    def settings(self) -> LineSettings:
        """How the line is set."""
        return self.line or usual_line(self.spoken.protocol, self.spoken.quirks)


def new_order(chars: int) -> str:
    """A number that no other order has: day and time for people, and chance for two in one second; where a protocol
    has no room for that, `chars` digits by chance."""
    year, *rest = wall_date()
    told = f"{year % 100:02d}" + "".join(f"{part:02d}" for part in rest) + secrets.token_hex(2)
    return told if len(told) <= chars else f"{secrets.randbelow(10**chars):0{chars}d}"


def usual_line(protocol: str, quirks: Sequence[str] = ()) -> LineSettings:
    """How a protocol's line is set where nobody says otherwise; a vendor's quirks may.  Raises ScenarioError for
    quirks that there are not."""
    row = REGISTER_PROTOCOLS[protocol]
    bits = getattr(load_quirks(protocol, quirks), "line", row.line)
    return LineSettings.parse(f"{row.baudrates[0]}-{bits}")


def open_register(cable: Cable, *, tap: Recorder | None = None, clock: RealClock | None = None) -> Register:
    """Open the port and put a driver on it; a context manager, whose end closes the port.

    `tap` records what happens, masked, from a thread of its own; None: a Trace in memory, which `events` shows.  Raises
    LinkError when the port cannot be opened, ScenarioError for quirks that there are not, LocalError for an address.
    """
    if cable.tcp:
        split_address(cable.tcp)
    return Register(cable, tap, clock or RealClock())


class Pending:
    """An operation under way."""

    def __init__(
        self, op: str, args: Mapping[str, Json], future: Future[Answer], bugs: Callable[[], int] = lambda: 0
    ) -> None:
        """`bugs`: how often the driver's machine has raised."""
        self._bugs = bugs
        self.op: str = op
        self.args: Mapping[str, Json] = args
        """With the order number, where the protocol has one."""
        self._future = future

    def wait(self, seconds: float | None = None) -> Mapping[str, Json] | None:
        """Its Outcome, or None when it has not ended within `seconds`; None: as long as it takes.

        Raises AskRefused for arguments that are wrong (nothing was sent), BenchBroken when the session has ended.
        """
        try:
            answer = self._future.result(seconds)
        except TimeoutError:
            if not self._future.done():
                return None
            raise BenchBroken(NO_ANSWER) from None
        except CancelledError:
            raise BenchBroken(DOWN) from None
        if not answer.ok and self._bugs():
            raise BenchBroken(BUG)
        if not answer.ok:
            raise AskRefused("register", self.op, answer.value)
        return answer.value


class Register(Closing):
    """A driver on an open port.  Every call may come from any thread; one operation at a time is under way."""

    def __init__(self, cable: Cable, tap: Recorder | None, clock: RealClock) -> None:
        self.cable = cable
        self.clock = clock
        self.tap: Recorder = tap or Trace()
        self._thread = LoopThread("posrig-register")
        self._shell: RealShell | None = None
        try:
            self._shell = self._thread.wait_for(self._open(), OPEN_S)
        except BaseException:
            self.close()
            raise

    @property
    def events(self) -> Sequence[Event]:
        """What has happened so far, where no other `tap` was given."""
        return tuple(self.tap.events) if isinstance(self.tap, Trace) else ()

    @property
    def operations(self) -> Mapping[str, Takes]:
        """The operations that the protocol has, with the arguments that each takes."""
        return operations_of(self.cable.spoken.protocol)

    @property
    def order_chars(self) -> int:
        """How many characters an order number may have; 0 where the protocol sends none."""
        return ORDER_CHARS[self.cable.spoken.protocol]

    @property
    def attached(self) -> bool:
        """Whether the port is there (it may have been unplugged)."""
        return self._shell is not None and LINK in self._shell.links

    def do(self, op: str, **args: Json) -> Mapping[str, Json]:
        """Carry out one of `driver.operations.OPERATIONS` and wait for its Outcome.

        Raises AskRefused for arguments that are wrong, BenchBroken when the session has ended.
        """
        outcome = self.begin(op, **args).wait()
        assert outcome is not None
        return outcome

    def begin(self, op: str, **args: Json) -> Pending:
        """Start an operation.  One that books gets an order number of its own where none is given: no till that was
        started anew may repeat one, or the terminal would answer with the stored result of another sale."""
        numbered = op in OPERATIONS and OPERATIONS[op].books and "order" in self.operations.get(op, Takes()).names
        if numbered and self.order_chars:
            args.setdefault("order", new_order(self.order_chars))

        async def work() -> Answer:
            if self._shell is None:
                raise BenchBroken(DOWN)
            return await self._shell.ask("person", op, args)

        return Pending(op, args, self._thread.submit(work()), lambda: 0 if self._shell is None else self._shell.bugs)

    def learn(self, lost: Pending, patience_s: float = LEARN_S) -> Learned:
        """Ask the terminal for its newest result (`last`) after an operation has ended as `unknown`, and judge whether
        it is that operation's; while it is busy, again for `patience_s`.  Raises as `do`."""
        given_up_s = monotonic_s() + patience_s
        about = {"order": lost.args["order"]} if "order" in lost.args else {}
        known = {name: about[name] for name in about if name in self.operations.get("last", Takes()).names}
        while (last := self.do("last", **known))["cause"] == BUSY and monotonic_s() < given_up_s:
            sleep_s(LEARN_AGAIN_S)
        return learned(lost.op, lost.args, last)

    def abort(self) -> Mapping[str, Json]:
        """Ask the terminal to end what is under way, which then ends with an Outcome of its own.  The Outcome of the
        request itself: `done`, or `refused` where the protocol cannot, or nothing is under way."""
        return self.do("abort")

    def close(self) -> None:
        """Close the port; an operation under way is given up.  May be called twice."""
        if self._thread.closed:
            return
        shell, self._shell = self._shell, None
        try:
            if shell is not None:
                try:
                    self._thread.wait_for(shell.close(), CLOSE_S)
                except TimeoutError:  # a terminal that floods the line keeps the loop busy: the port is let go at once
                    self._thread.call(shell.let_go)
        finally:
            self._thread.close()

    async def _open(self) -> RealShell:
        machine = register_machine(self.cable.spoken, self.cable.more)
        addresses = {"tunnel": self.cable.host_address}
        shell = RealShell(machine, MemoryStore(), self.clock, tap=self.tap, dialling=Dialling(addresses))
        try:
            shell.start()
            if self.cable.tcp:
                await open_tcp_wire(shell, LINK, self.cable.tcp, self.cable.reopen_s)
            else:
                open_serial_wire(shell, LINK, self.cable.port, self.cable.settings, self.cable.reopen_s)
        except BaseException:
            await shell.close()
            raise
        return shell
