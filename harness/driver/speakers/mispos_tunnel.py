"""串口透传: the terminal's host traffic through the register (type 17, DATASEND).

The terminal names address and port in every request; the register connects, puts the 2-octet length in front, and
brings the reply back in a frame of the same type.  A failure is told by the result code alone, so that the terminal
knows that the cable is fine and the network is not.
"""

from __future__ import annotations

from protocols.framing import Frame, Noise, TcpFramer
from protocols.mispos.dialect_b import tags
from protocols.mispos.dialect_b.message import MisposMessage, message
from protocols.mispos.dialect_b.tags import TransactionType
from protocols.mispos.results import SUCCESS, TUNNEL_OPEN_FAILED, TUNNEL_TIMED_OUT

from ...machine import SECOND_US
from ..settings import TUNNEL_REPLY_OCTETS_MAX
from ..talk import Talk


class Tunnel:
    """One request at a time: dial, send, wait for the whole reply, hang up.  A call that ends it returns the reply for
    the terminal."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._framer = TcpFramer(limit_octets=TUNNEL_REPLY_OCTETS_MAX)
        self._request: bytes | None = None
        self.deadline: int | None = None

    def begin(self, msg: MisposMessage) -> MisposMessage | None:
        """The terminal wants `msg`'s content carried to its host."""
        limit = msg.text(tags.TIME_LIMIT)
        wait_us = int(limit) * SECOND_US if limit.isdigit() else self._talk.settings.tunnel_timeout_us
        self.deadline = self._talk.now + wait_us
        self._framer = TcpFramer(limit_octets=TUNNEL_REPLY_OCTETS_MAX)
        self._request = msg.octets(tags.CONTENT)
        host, port = msg.text(tags.ADDRESS), msg.text(tags.PORT)
        # A terminal that names no host leaves the choice to whoever set the register up.
        self._talk.dial(f"{host}:{port}" if host or port else "")
        return None

    def opened(self) -> None:
        """The connection stands: send what waits."""
        if self._request is not None:
            self._talk.tunnel(self._framer.frame(self._request))

    def received(self, data: bytes) -> MisposMessage | None:
        """Octets of the host's reply."""
        if self._request is None:
            return None
        for item in self._framer.feed(data):
            match item:
                case Frame(payload=payload):
                    return self._end(SUCCESS, payload)
                case Noise():
                    return self._end(TUNNEL_TIMED_OUT, b"")
        return None

    def closed(self, reason: str) -> MisposMessage | None:
        """The connection did not open, or ended before the reply was whole."""
        if self._request is None:
            return None
        opened_not = reason in ("refused", "unreachable", "name-not-found", "timeout")
        return self._end(TUNNEL_OPEN_FAILED if opened_not else TUNNEL_TIMED_OUT, b"")

    def wake(self) -> MisposMessage | None:
        """The time limit that the terminal named has passed."""
        if self.deadline is None or self._talk.now < self.deadline:
            return None
        return self._end(TUNNEL_TIMED_OUT, b"")

    def _end(self, code: str, content: bytes) -> MisposMessage:
        self._request = None
        self.deadline = None
        self._talk.hang_up()
        values: dict[int, str | bytes] = {tags.RESULT: code}
        if content:
            values[tags.CONTENT] = content
        return message(TransactionType.DATA_SEND, values)
