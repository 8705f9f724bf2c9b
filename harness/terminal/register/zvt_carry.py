"""Host traffic through the register: 06 D8 dial-up, D9 transmit, DA receive, DB hang-up.

The register carries octets and knows nothing of what they mean, so the host's framing is the terminal's business.
"""

from __future__ import annotations

from collections.abc import Callable

from protocols.framing import Frame, Noise, SerialFramer, TcpFramer, framer_of
from protocols.zvt import codes, commands
from protocols.zvt.commands import NEGATIVE_CLASS, POSITIVE
from protocols.zvt.message import Value, ZvtMessage, message

from ...machine import SECOND_US
from ..desk import Desk
from ..wants import NoReply
from .tunnel import SILENT
from .zvt_link import T3_US, Link

SECONDS_MAX = 255
"""What the octet of a time-out holds."""
GONE = NoReply("closed", "gone")
NOTHING = NoReply("timeout", SILENT)


def is_positive(answer: ZvtMessage | None) -> bool:
    """80 00, and 84 00, which is positive, too."""
    return answer is not None and answer.control in (POSITIVE, NEGATIVE_CLASS << 8)


class Modem:
    """One request at a time; `carried` hears what came of it, once."""

    def __init__(self, desk: Desk, link: Link, carried: Callable[[bytes | NoReply], None]) -> None:
        self._desk = desk
        self._link = link
        self._carried = carried
        self._request = 0
        """Counts, so that what still comes of an earlier request is no answer to this one."""
        self._framer: TcpFramer | SerialFramer = framer_of(desk.dialect.framing)

    def carry(self, address: str, octets: bytes, limit_s: int) -> None:
        """Dial, send, and wait for the reply."""
        self._request += 1
        self._framer = framer_of(self._desk.dialect.framing)
        data = self._framer.frame(octets)
        until = self._desk.now + limit_s * SECOND_US
        dial_s = self._desk.dialect.connect_timeout_us // SECOND_US

        def dialled(answer: ZvtMessage | None) -> None:
            if not is_positive(answer):
                self._end(self._unheard() if answer is None else NoReply("not_sent"))
            else:
                self._ask(commands.TRANSMIT, limit_s, data, transmitted)

        def transmitted(answer: ZvtMessage | None) -> None:
            if not is_positive(answer):
                self._end(self._unheard() if answer is None else NoReply("closed", "eof"))
            else:
                self._receive(until)

        self._ask(commands.DIAL_UP, dial_s, address.encode("ascii", "replace"), dialled)

    def _receive(self, until: int) -> None:
        left_s = max(1, (until - self._desk.now) // SECOND_US)

        def received(answer: ZvtMessage | None) -> None:
            if answer is None:
                self._end(self._unheard())
            elif not is_positive(answer):
                silent = answer.control & 0xFF == codes.NO_ANSWER
                self._end(NoReply("timeout") if silent else NoReply("closed", "eof"))
            else:
                self._came(answer.octets("data"), until)

        self._ask(commands.RECEIVE, left_s, None, received)

    def _came(self, data: bytes, until: int) -> None:
        for item in self._framer.feed(data):
            if isinstance(item, Frame):
                self._end(item.payload)
                return
            if isinstance(item, Noise) and item.fatal:
                self._end(NoReply("closed", "reset"))
                return
        if self._desk.now >= until or not data:
            self._end(NoReply("timeout"))
        else:
            self._receive(until)

    def _ask(self, control: int, limit_s: int, data: bytes | None, heard: Callable[[ZvtMessage | None], None]) -> None:
        request = self._request
        seconds = min(max(limit_s, 1), SECONDS_MAX)
        values: dict[str, Value] = {"timeout_s": seconds}
        if data is not None:
            values["data"] = data

        def mine(answer: ZvtMessage | None) -> None:
            if request == self._request:
                heard(answer)

        self._link.tell(message(control, values), 0, mine, T3_US + seconds * SECOND_US)

    def _unheard(self) -> NoReply:
        return GONE if self._link.out else NOTHING

    def _end(self, answer: bytes | NoReply) -> None:
        self._request += 1
        if answer not in (GONE, NOTHING):
            self._link.tell(message(commands.HANG_UP), 0, lambda heard: None)
        self._carried(answer)
