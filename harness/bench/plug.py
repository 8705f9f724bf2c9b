"""The register's plug in the socket of an emulated terminal: it comes out as a fault says, and goes in again.

The terminal's process takes its pty away and makes a new one, so the register's port vanishes as a real one does, and
is back under another name; the register finds it again by the device's number.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Plug:
    """All calls come from the loop's thread.

    `set_cable` asks the terminal's process and waits for it, so it runs on a thread of its own; `reopen` opens the port
    that the register has then.
    """

    def __init__(
        self, now_us: Callable[[], int], set_cable: Callable[[bool], object], reopen: Callable[[], object]
    ) -> None:
        self.busy: bool = False
        """The plug is just being moved."""
        self.back_us: int | None = None
        """When it goes in again; None: it is in, or stays out until somebody plugs it in."""
        self._now_us = now_us
        self._set_cable = set_cable
        self._reopen = reopen
        self._out = False
        self._task: asyncio.Task[None] | None = None

    def pull(self, away_us: int) -> None:
        """It comes out, for so long; 0: until it is put back."""
        if not self._out:
            self._out = True
            self.back_us = self._now_us() + away_us if away_us else None
            self._move(False)

    def put_back(self) -> None:
        """Plug it in now, if it is out."""
        if self._out:
            self._out, self.back_us = False, None
            self._move(True)

    def time_moved(self) -> None:
        """Plug it in when its time has come."""
        if self.back_us is not None and self._now_us() >= self.back_us:
            self.put_back()

    def fresh(self) -> None:
        """The terminal was started anew: its port is there."""
        self._out, self.back_us = False, None

    def _move(self, plugged: bool) -> None:
        before = self._task

        async def move() -> None:
            if before is not None:
                await before
            await asyncio.get_running_loop().run_in_executor(None, self._set_cable, plugged)
            if plugged:
                self._reopen()
            self.busy = self._task is not asyncio.current_task()

        self.busy = True
        self._task = asyncio.get_running_loop().create_task(move())
