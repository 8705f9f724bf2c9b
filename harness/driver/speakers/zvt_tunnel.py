"""Host traffic of a ZVT terminal through the register: 06 D8 dial-up, D9 transmit, DA receive, DB hang-up, DD both.

The register carries octets as they are and knows nothing of what they mean; the layouts are posrig's choice
(`protocols.zvt.commands`).
"""

from __future__ import annotations

from collections.abc import Callable

from protocols.zvt import codes
from protocols.zvt.commands import DIAL_UP, HANG_UP, NEGATIVE_CLASS, POSITIVE, RECEIVE, TRANSMIT, TRANSPARENT
from protocols.zvt.message import ZvtMessage, message

from ...machine import SECOND_US
from ..settings import TUNNEL_REPLY_OCTETS_MAX
from ..talk import Talk

COMMANDS = (DIAL_UP, TRANSMIT, RECEIVE, HANG_UP, TRANSPARENT)


def refusal(code: int) -> ZvtMessage:
    """84 xx."""
    return message(NEGATIVE_CLASS << 8 | code)


class ZvtTunnel:
    """One connection at a time.  `answer` is called once for each of the terminal's commands, at once or later."""

    def __init__(self, talk: Talk, answer: Callable[[ZvtMessage], object]) -> None:
        self._talk = talk
        self._answer = answer
        self._open = False
        self._dialled = False
        """Since it was dialled it has not ended, whatever the terminal has asked for since."""
        self._waiting = 0
        """The command that waits for its answer."""
        self._came = bytearray()
        self.deadline: int | None = None

    def asked(self, msg: ZvtMessage) -> None:
        """The terminal asks one of `COMMANDS`."""
        if msg.control in (DIAL_UP, HANG_UP):
            self._hang_up()
        self._waiting = msg.control
        wait_s = msg.octet("timeout_s", 0)
        self.deadline = self._talk.now + (wait_s * SECOND_US or self._talk.settings.tunnel_timeout_us)
        if msg.control == HANG_UP:
            self._say(message(POSITIVE))
        elif msg.control == DIAL_UP:
            self._dialled = True
            self._talk.dial(msg.octets("data").decode("ascii", "replace"))
        elif not self._open and not self._came:
            self._say(refusal(codes.NO_CONNECTION))
        elif msg.control == RECEIVE:
            self._give()
        elif not self._open:
            self._say(refusal(codes.NO_CONNECTION))
        else:
            self._talk.tunnel(msg.octets("data"))
            if msg.control == TRANSMIT:
                self._say(message(POSITIVE))

    def opened(self) -> None:
        """The connection stands."""
        if self._waiting == DIAL_UP:
            self._open = True
            self._say(message(POSITIVE))

    def received(self, data: bytes) -> None:
        """Octets of the host's."""
        room = TUNNEL_REPLY_OCTETS_MAX - len(self._came)
        self._came += data[:room]
        if len(data) > room:
            self._hang_up(keep=True)
        if self._waiting in (RECEIVE, TRANSPARENT):
            self._give()

    def closed(self) -> None:
        """The connection did not open, or has ended."""
        self._open = self._dialled = False
        if self._waiting == DIAL_UP:
            self._say(refusal(codes.DIAL_UP))
        elif self._waiting:
            self._say(refusal(codes.NO_CONNECTION))

    def wake(self) -> None:
        """The time that the terminal named may be over."""
        if self.deadline is None or self._talk.now < self.deadline:
            return
        dialling = self._waiting == DIAL_UP
        if dialling:
            self._hang_up()
        self._say(refusal(codes.DIAL_UP if dialling else codes.NO_ANSWER))

    def end(self) -> None:
        """The operation is over: nothing is left open."""
        self._waiting, self.deadline = 0, None
        self._hang_up()

    def _give(self) -> None:
        if self._came:
            data = bytes(self._came)
            self._came.clear()
            self._say(message(POSITIVE, {"data": data}))

    def _hang_up(self, keep: bool = False) -> None:
        if self._dialled:
            self._talk.hang_up()
        self._open = self._dialled = False
        if not keep:
            self._came.clear()

    def _say(self, msg: ZvtMessage) -> None:
        self._waiting, self.deadline = 0, None
        self._answer(msg)
