"""The register's cable to a real terminal: a port that may be pulled, by whoever is at the device or by closing the
register's own end, and is found again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from harness.clock import RealClock
from harness.links.faulted import FaultedLine
from harness.links.line_settings import LineSettings
from harness.links.port import Handler
from harness.links.ports import SamePort
from harness.links.proxy import Faults
from protocols.errors import LinkError

from ..shell import RealShell
from ..tcp_wire import open_tcp_wire

REOPEN_S = 0.5
"""How often a port that is gone is looked for."""
TCP = "tcp:"

log: logging.Logger = logging.getLogger("posrig.physical")


class Cable:
    """All methods run in the loop's thread.  `address` as `posrig drive --port`; `device`: the terminal's number, by
    which the trace knows it again.

    `hands` moves the plug at the device and tells where it is reached then; None: this end is closed and opened again.
    It may wait for a person, so it runs on a thread of its own.
    """

    def __init__(
        self,
        shell: RealShell,
        clock: RealClock,
        address: str,
        settings: LineSettings,
        device: str,
        hands: Callable[[bool], str] | None,
    ) -> None:
        self.out: bool = False
        """The plug is out."""
        self.broken: BaseException | None = None
        """What the hands said instead of moving it."""
        self._shell = shell
        self._clock = clock
        self._settings = settings
        self._device = device
        self._hands = hands
        self.address: str = address
        """Where the plug is, or was last."""
        self._same = SamePort(address)
        self._faults: Faults | None = None
        self._line: _Line | None = None
        self._back: asyncio.TimerHandle | None = None
        self._again: asyncio.TimerHandle | None = None
        self._moving: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Open the port.  Raises LinkError."""
        if self.address.startswith(TCP):
            await open_tcp_wire(self._shell, "terminal", self.address.removeprefix(TCP), REOPEN_S)
        else:
            self._open_port()

    def set_faults(self, faults: Faults | None) -> None:
        """What the line suffers from; None heals it, and puts the plug back in."""
        self._faults = faults
        if self._line is not None:
            self._line.set_faults(faults)
        if faults is None and self.out:
            self._move(False)

    def time_moved(self) -> None:
        """The clock was advanced."""
        if self._line is not None:
            self._line.time_moved()

    async def settled(self) -> None:
        """Wait until the plug rests."""
        while self._moving is not None and not self._moving.done():
            await asyncio.sleep(0.02)

    def close(self) -> None:
        """Nothing is opened any more."""
        for timer in (self._back, self._again):
            if timer is not None:
                timer.cancel()
        self.address = ""

    def _open_port(self) -> None:
        from harness.links.serial import open_serial

        name = self._same.name()
        line = _Line(self._shell.wire("terminal", self._device), self._clock.now_us, self._pull, self._gone)
        line.set_faults(self._faults)
        self._line = line
        open_serial(name, line, self._settings)
        self._same.opened(name)

    def _gone(self) -> None:
        self._line = None
        if not self.out:
            self._look_again()

    def _look_again(self) -> None:
        self._again = asyncio.get_running_loop().call_later(REOPEN_S, self._reopen)

    def _reopen(self) -> None:
        if not self.address or self.out or self._line is not None:
            return
        try:
            self._open_port()
        except LinkError as error:
            self._line = None
            log.info("%s", error)
            self._look_again()

    def _pull(self, away_us: int) -> None:
        """The plan takes the plug out, for so long; 0: until it is healed."""
        if self.out:
            return
        self._move(True)
        if away_us:
            self._back = asyncio.get_running_loop().call_later(away_us / 1_000_000, self._put_back)

    def _put_back(self) -> None:
        if self.out:
            self._move(False)

    def _move(self, out: bool) -> None:
        self.out = out
        before = self._moving

        async def move() -> None:
            if before is not None:
                await before
            if self._hands is None:
                if out and self._line is not None:
                    self._line.drop()
            else:
                try:
                    where = await asyncio.get_running_loop().run_in_executor(None, self._hands, out)
                except BaseException as error:  # noqa: BLE001 - told to the thread that waits for the operation
                    self.broken = error
                    return
                if where:
                    self.address, self._same = where, SamePort(where)
            if not out:
                self._reopen()

        self._moving = asyncio.get_running_loop().create_task(move())


class _Line(FaultedLine):
    """Tells when its port is gone."""

    def __init__(
        self,
        handler: Handler,
        now_us: Callable[[], int],
        pull: Callable[[int], None],
        gone: Callable[[], None],
    ) -> None:
        super().__init__(handler, now_us, pull)
        self._gone = gone

    def drop(self) -> None:
        """This end is closed, as if the device had vanished."""
        self.close("gone")

    def closed(self, reason: str) -> None:
        super().closed(reason)
        if reason == "gone":
            self._gone()
