"""A terminal that somebody stands at: what people and the bench's hand can do to it while it runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack

from harness.links.plan import FaultPlan
from harness.machine import Answer, Json
from harness.terminal.settings import Card, Profile
from harness.terminal.terminal import Terminal
from harness.trace import Recorder
from protocols.errors import LocalError
from protocols.text import Text

from .fleet import REGISTER
from .process import Interfaces
from .shell import RealShell
from .terminal_process import Serving, open_terminal, planned
from .terminal_start import Start
from .wires import Socket
from .world import load_cards, load_profile

NO_POWER = Text("终端没有电", "The terminal has no power")
NO_POWER_CURE = Text("先接通电源", "Switch the power on first")
NO_PTY = Text("只有伪终端（--serial pty）的线缆可以拔插", "only the cable of a pty (--serial pty) can be pulled")
NO_PTY_CURE = Text("请拔真实的线缆", "Pull the real cable")
NO_LINE = Text("本机没有去主机的线路", "this terminal has no line to a host")
NO_LINE_CURE = Text("用 --ready 或 --host 启动", "Start it with --ready, or with --host")


class LiveTerminal:
    """All methods run in the loop's thread; what they do shows in the trace alone.

    `register`: where the register reaches it now, "" while its cable is pulled.
    """

    def __init__(self, serving: Serving, start: Start) -> None:
        self.register: str = serving.register
        self.on: bool = True
        self.profile: Profile = load_profile(start.profile)
        self.cards: Mapping[str, Card] = load_cards()
        self.faults: tuple[str, ...] = ()
        """What the line to the host suffers from now, in the notation of scenarios."""
        self._serving = serving

    @property
    def shell(self) -> RealShell:
        """What drives it."""
        return self._serving.shell

    @property
    def host(self) -> RealShell | None:
        """What drives the host of its own."""
        return self._serving.host

    @property
    def chips(self) -> RealShell | None:
        """What drives the emulated chip cards."""
        return self._serving.cards

    @property
    def now_us(self) -> int:
        """Time since the epoch of the run."""
        return self.shell.clock.now_us()

    @property
    def dialect(self) -> str:
        """The one it speaks to its host."""
        return self._machine.desk.dialect.name

    @property
    def lit(self) -> bool:
        """Whether it has power and is switched on."""
        return self.on and not self._machine.desk.state.device.power.off

    @property
    def wrong(self) -> frozenset[str]:
        """What is wrong with it by the bench's hand: defects of its parts, and other behaviours that are on."""
        desk = self._machine.desk
        parts = desk.state.device.parts.values()
        return frozenset(what for part in parts for what in part.defects) | frozenset(desk.faults)

    @property
    def _machine(self) -> Terminal:
        assert isinstance(self.shell.machine, Terminal)
        return self.shell.machine

    async def ask(self, who: str, name: str, args: Mapping[str, Json]) -> Answer:
        """As `RealShell.ask`; `CancelledError` when the power goes meanwhile.  Raises LocalError without power."""
        self.check_power()
        return await self.shell.ask(who, name, args)

    def check_power(self) -> None:
        """Raises LocalError without power."""
        if not self.on:
            raise LocalError(NO_POWER, NO_POWER_CURE)

    def cut_power(self) -> None:
        """The power is gone, in the middle of whatever is under way."""
        self.on = False
        self.shell.power_off()

    async def restore_power(self) -> None:
        """It comes up from its storage."""
        await self.shell.power_on()
        self.on = True

    def pull_cable(self) -> None:
        """The register's cable is pulled out: its device is gone.  Raises LocalError where there is no pty."""
        self._socket().pull()
        self.register = ""

    def plug_cable(self) -> None:
        """It is back, as a USB adapter: the same device under the next name that is free."""
        self.register = self._socket().plug()

    def drop_register(self) -> None:
        """The connection to the register breaks."""
        if REGISTER in self.shell.links:
            self.shell.links[REGISTER].end("reset")

    def _socket(self) -> Socket:
        if self.shell.socket is None:
            raise LocalError(NO_PTY, NO_PTY_CURE)
        return self.shell.socket

    def set_line(self, faults: Sequence[str]) -> None:
        """What the line to the host suffers from, and nothing else.  Raises LocalError where there is no line, and
        ScenarioError for a fault that there is not."""
        line = self._serving.line
        if line is None:
            raise LocalError(NO_LINE, NO_LINE_CURE)
        line.set_faults(FaultPlan.from_specs(faults), self.shell)
        self.faults = tuple(faults)

    def pass_time(self, us: int) -> None:
        """Let `us` microseconds pass at once, here and at a host of its own, which has the same clock."""
        self.shell.advance(us)
        if self.host is not None:
            self.host.advance(0)
        if self._serving.line is not None:
            self._serving.line.time_moved()


async def open_live(start: Start, interfaces: Interfaces, tap: Recorder, stack: AsyncExitStack) -> LiveTerminal:
    """Open the terminal that `start` describes, with a line that may fail.  Raises PosrigError."""
    serving = await open_terminal(planned(start, interfaces), interfaces, tap, stack, with_line=True)
    return LiveTerminal(serving, start)
