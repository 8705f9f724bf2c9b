"""The way to the host through the register: the terminal keeps keys, MAC and chip, the register is its modem."""

from __future__ import annotations

from ...machine import SECOND_US
from ..desk import Desk
from ..line import HostLine, t1_us
from ..wants import Answered, Dial, Exchange, NoReply
from .side import RegisterSide

GRACE_US = 15 * SECOND_US
"""Beyond T1: the register counts T1 itself, and only after it has dialled; its verdict is better than our silence."""

SILENT = "register-silent"
"""The register has not said what became of the request."""


class TunnelLine(HostLine):
    """As `TcpLine`, by way of the register's `side`."""

    def __init__(self, desk: Desk, side: RegisterSide) -> None:
        super().__init__(desk)
        self._side = side
        self._stray = ""
        """What came in instead of the reply."""

    def begin(self, want: Exchange | Dial) -> Answered | None:
        if isinstance(want, Dial):  # the register dials for each request; there is nothing to try without one
            return NoReply("up")
        self._want, self._stray = want, ""
        address = self.desk.config.host_address or self.desk.settings.host_address
        t1 = t1_us(self.desk)
        self._side.carry(address, self._sealed(want), t1 // SECOND_US)
        self.desk.sent()
        self.deadline = self.desk.now + t1 + GRACE_US
        return None

    def carried(self, answer: bytes | NoReply) -> Answered | None:
        """What the register tells of a request of ours."""
        if not isinstance(self._want, Exchange):
            if isinstance(answer, bytes):
                self._noise(b"", "late")
            return None
        if not isinstance(answer, NoReply):
            return self._frame(answer)
        if answer.why == "mismatch":  # it belongs to another request; ours may still be answered
            self._stray = answer.link_reason
            return None
        return self._end(answer)

    def wake(self) -> Answered | None:
        if self.deadline is None or self.desk.now < self.deadline:
            return None
        return self._end(NoReply("timeout", self._stray or SILENT))

    def hang_up(self) -> None:
        self._want = None
        self.deadline = None
