"""The terminal's end of a ZVT link: answers to the register's commands, and commands of its own, one at a time, each
with what the register says to it.

On a serial line every frame is acknowledged by one octet before anything else; over TCP the APDUs stand alone
(PA00P016).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from protocols.errors import PosrigError
from protocols.framing import Frame, Item, Noise
from protocols.zvt.commands import ABORT, COMPLETION, POSITIVE, is_answer
from protocols.zvt.explain import trace_fields
from protocols.zvt.framing import DLE, STX, ZvtSerialFramer, ZvtTcpFramer
from protocols.zvt.message import ZvtMessage, build, parse
from protocols.zvt.quirks import ZvtQuirks

from ...acked import AckedLine, Timing
from ...machine import SECOND_US, Close, Json, Send
from ..desk import Desk
from .side import LINK

T1_US = SECOND_US // 5
T2_US = 5 * SECOND_US
T3_US = 5 * SECOND_US
SENDS_MAX = 3
QUEUED_MAX = 512
"""Commands that wait for the one before: two receipts line by line and a report are some hundred.  Beyond that nobody
answers."""
LAST_ONES = (COMPLETION, ABORT)

Answered = Callable[[ZvtMessage | None], None]
"""Told what the register says to a command (80 00 or 84 xx); None: nothing in time, or the cable is out."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A command of the terminal, its octets, how long the answer may take, and who wants to know it."""

    msg: ZvtMessage
    payload: bytes
    wait_us: int
    heard: Answered


class _Plain:
    """TCP in the shape of `AckedLine`, as far as it is used here."""

    def __init__(self, put: Callable[[bytes], None]) -> None:
        self._framer = ZvtTcpFramer()
        self._put = put
        self._gap_due: int | None = None

    @property
    def deadline(self) -> int | None:
        return self._gap_due

    @property
    def busy(self) -> bool:
        return False

    def send(self, payload: bytes, now: int) -> None:
        self._put(self._framer.frame(payload))

    def received(self, data: bytes, now: int) -> list[Item]:
        items = self._framer.feed(data)
        self._gap_due = now + T3_US if self._framer.pending_octets else None
        return items

    def wake(self, now: int) -> list[Item]:
        if self._gap_due is None or now < self._gap_due:
            return []
        self._gap_due = None
        return self._framer.expire()

    def reset(self) -> None:
        self._framer, self._gap_due = ZvtTcpFramer(), None


class Link:
    """`heard` gets every command of the register with its octets; None instead of the message: it cannot be read."""

    def __init__(self, desk: Desk, quirks: ZvtQuirks, heard: Callable[[ZvtMessage | None, bytes], None]) -> None:
        self._desk = desk
        self._lenient = quirks.lenient_length
        self._heard = heard
        self._plain: _Plain | None = None
        self._acked: AckedLine | None = None
        if desk.settings.register_transport == "tcp":
            self._plain = _Plain(self._put)
        else:
            self._acked = AckedLine(ZvtSerialFramer, self._put, Timing(T2_US, T1_US, SENDS_MAX))
        self._queue: deque[Asked] = deque()
        self._sent = False
        """The first of the queue is out."""
        self._answer_due: int | None = None
        self._failed: list[Answered] = []
        """Whose commands came to nothing; they hear it in a turn of its own."""
        self._out = False
        self._last = b""
        """The register's newest command."""

    @property
    def deadline(self) -> int | None:
        """When something is due here."""
        line = self._line.deadline
        dues = [at for at in (line, self._answer_due, self._desk.now if self._failed else None) if at is not None]
        return min(dues, default=None)

    @property
    def out(self) -> bool:
        """The cable is pulled out, or nobody is connected."""
        return self._out

    @property
    def waiting(self) -> int:
        """Commands that the register has not answered yet."""
        return len(self._queue)

    def reset(self, plugged_in: bool) -> None:
        """The cable was plugged in or pulled out: nothing that was under way is carried on."""
        self._out = not plugged_in
        if self._acked is not None:
            self._acked.clear()
            self._acked.reset(self._desk.now, resend=False)
        if self._plain is not None:
            self._plain.reset()
        self._give_up_all()

    def answer(self, msg: ZvtMessage) -> None:
        """80 00 or 84 xx to the command that was heard."""
        if not self._out:
            self._note(msg, "out")
            self._line.send(build(msg), self._desk.now)

    def tell(self, msg: ZvtMessage, pending: int, heard: Answered, wait_us: int = T3_US) -> None:
        """Put a command in line; `pending`: the register's command that a completion ends."""
        asked = Asked(msg, build(msg, pending), wait_us, heard)
        if self._out or len(self._queue) >= QUEUED_MAX:
            self._failed.append(heard)
            return
        self._queue.append(asked)
        self._next()

    def received(self, data: bytes) -> None:
        """Octets from the register, in any splitting."""
        self._items(self._line.received(data, self._desk.now))
        self._check_line()

    def wake(self) -> None:
        """Time has passed."""
        self._items(self._line.wake(self._desk.now))
        self._check_line()
        if self._answer_due is not None and self._desk.now >= self._answer_due:
            self._answer_due = None
            self._give_up_all()
            if self._plain is not None:  # PA00P016: when T3 has run out, the socket is closed
                self._desk.effects.append(Close(LINK))
        failed, self._failed = self._failed, []
        for heard in failed:
            heard(None)

    @property
    def _line(self) -> AckedLine | _Plain:
        line = self._acked or self._plain
        assert line is not None
        return line

    def _put(self, data: bytes) -> None:
        self._desk.effects.append(Send(LINK, data))

    def _next(self) -> None:
        if self._sent or not self._queue:
            return
        asked = self._queue[0]
        self._sent = True
        self._note(asked.msg, "out")
        self._line.send(asked.payload, self._desk.now)
        self._check_line()

    def _check_line(self) -> None:
        """T3 runs from the moment at which the command has arrived; one that was given up takes all others along."""
        if self._acked is not None and self._acked.take_failed() is not None:
            self._acked.clear()
            self._give_up_all()
        if self._sent and self._answer_due is None and not self._line.busy:
            self._answer_due = self._desk.now + self._queue[0].wait_us

    def _give_up_all(self) -> None:
        """The register does not answer, so it will not answer what waits behind either."""
        self._failed += [asked.heard for asked in self._queue]
        self._queue.clear()
        self._sent, self._answer_due = False, None

    def _items(self, items: list[Item]) -> None:
        for item in items:
            match item:
                case Noise(data=noise, reason=reason, fatal=fatal):
                    self._noise(noise, reason.en)
                    if self._acked is not None and noise[:2] == bytes((DLE, STX)):
                        self._acked.nak()
                    elif fatal:
                        self._desk.effects.append(Close(LINK))
                case Frame(payload=payload):
                    if self._acked is not None:
                        self._acked.ack()
                    self._arrived(payload)

    def _arrived(self, payload: bytes) -> None:
        control = int.from_bytes(payload[:2], "big")
        answer = len(payload) >= 2 and is_answer(control)
        pending = self._queue[0].msg.control if answer and self._sent else 0
        msg: ZvtMessage | None = None
        try:
            msg = parse(payload, pending, self._lenient)
        except PosrigError as error:
            self._noise(payload, str(error))
        if msg is not None:
            self._note(msg, "in")
        if not answer:
            self._command(msg, payload)
        elif self._sent:
            self._answered(msg or ZvtMessage(control))

    def _command(self, msg: ZvtMessage | None, payload: bytes) -> None:
        if self._acked is not None and self._acked.busy and payload == self._last:
            return  # our ACK was lost; the answer, which is not acknowledged yet, comes again by itself
        if self._sent and self._queue[0].msg.control in LAST_ONES:
            self._answered(ZvtMessage(POSITIVE))  # registers that do not answer the last one of a command
        self._last = payload
        self._heard(msg, payload)

    def _answered(self, msg: ZvtMessage) -> None:
        if self._acked is not None and self._acked.busy:  # its ACK was lost, but who answers has read it
            self._acked.acknowledged(self._desk.now)
        asked = self._queue.popleft()
        self._sent, self._answer_due = False, None
        asked.heard(msg)
        self._next()

    def _noise(self, data: bytes, reason: str) -> None:
        self._desk.note("noise", {"link": LINK, "hex": data.hex().upper(), "reason": reason})

    def _note(self, msg: ZvtMessage, direction: str) -> None:
        fields: dict[str, Json] = {**trace_fields(msg)}
        data = {"link": LINK, "dir": direction, "mti": "", "kind": msg.name.en, "fields": fields, "mac": "absent"}
        self._desk.note("message", data)
