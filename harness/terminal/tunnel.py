"""串口透传: the way to the host through the register (type 17, DATASEND).

The register dials; what it reports is told apart: it could not open the connection (nothing was sent), or it opened it
and no reply came.
"""

from __future__ import annotations

from protocols.mispos import tags
from protocols.mispos.message import MisposMessage, message
from protocols.mispos.results import SUCCESS, TUNNEL_OPEN_FAILED
from protocols.mispos.tags import TransactionType

from ..machine import SECOND_US
from .cable import Cable
from .desk import Desk
from .line import HostLine, t1_us
from .wants import Answered, Dial, Exchange, NoReply

GRACE_US = 15 * SECOND_US
"""Beyond T1: the register counts T1 itself, and only after it has dialled; its verdict is better than our silence."""


class TunnelLine(HostLine):
    """As `TcpLine`, through `cable`."""

    def __init__(self, desk: Desk, cable: Cable) -> None:
        super().__init__(desk)
        self._cable = cable

    def begin(self, want: Exchange | Dial) -> Answered | None:
        if isinstance(want, Dial):  # the register dials for each request; there is nothing to try without one
            return NoReply("up")
        self._want = want
        host, _, port = (self.desk.config.host_address or self.desk.settings.host_address).rpartition(":")
        t1 = t1_us(self.desk)
        values: dict[int, str | bytes] = {
            tags.ADDRESS: host,
            tags.PORT: port,
            tags.TIME_LIMIT: str(t1 // SECOND_US),
            tags.CONTENT: self._sealed(want),
        }
        self._cable.send(message(TransactionType.DATA_SEND, values))
        self.desk.sent()
        self.deadline = self.desk.now + t1 + GRACE_US
        return None

    def answered(self, msg: MisposMessage) -> Answered | None:
        """The register's reply to a request of ours."""
        if not isinstance(self._want, Exchange):
            return None
        code = msg.text(tags.RESULT)
        if code == SUCCESS:
            return self._frame(msg.octets(tags.CONTENT))
        if code == TUNNEL_OPEN_FAILED:
            return self._end(NoReply("not_sent"))
        return self._end(NoReply("timeout"))

    def unheard(self) -> Answered | None:
        """The register did not acknowledge the request: the cable is out, or nobody is there."""
        return self._end(NoReply("closed", "gone")) if self._want is not None else None

    def wake(self) -> Answered | None:
        if self.deadline is None or self.desk.now < self.deadline:
            return None
        return self._end(NoReply("timeout"))

    def hang_up(self) -> None:
        self._want = None
        self.deadline = None
