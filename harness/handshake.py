"""Ask before sending: ENQ, ACK, the frame, ACK, EOT; then the other side may do the same.  Concert V2 / Telium E+ keeps
to it; both ends use this, as they use `acked` for stop and wait.  What a frame means is not known here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from protocols.concert.message import ENQ, framer
from protocols.concert.quirks import ConcertQuirks
from protocols.delimited import with_parity
from protocols.framing import ACK, EOT, NAK, STX, Control, Frame, Noise

from .machine import SECOND_US

SENDS_MAX = 3
"""ENQ, and the frame, are each sent so often (posrig's choice, as in the neighbouring protocols)."""


@dataclass(frozen=True, slots=True)
class Timing:
    """`ack_wait_us`: for the answer to ENQ and to a frame (Telium: up to 3 s).  `frame_wait_us`: for the frame behind
    ENQ.  `eot_wait_us`: for EOT behind a frame; without it the frame counts all the same.  `byte_gap_us`: silence
    inside a frame."""

    ack_wait_us: int = 3 * SECOND_US
    frame_wait_us: int = 3 * SECOND_US
    eot_wait_us: int = SECOND_US
    byte_gap_us: int = SECOND_US


class Stage(Enum):
    """Where the line stands."""

    FREE = "free"
    ASKING = "ENQ sent"
    SENDING = "frame sent"
    LISTENING = "ENQ acknowledged"
    TAKEN = "frame acknowledged"


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a message of ours.  `taken`: acknowledged.  `left`: its frame went out at least once."""

    taken: bool
    left: bool


class HandshakeLine:
    """One end.  `accept` says whether a frame's text can be used; `busy` whether an ENQ must be refused now; `noise` is
    told of octets that could not be used.  `yields`: this side gives way when both ask at once (posrig's choice: the
    terminal does)."""

    def __init__(
        self,
        put: Callable[[bytes], None],
        noise: Callable[[bytes, str], None],
        accept: Callable[[bytes], bool],
        busy: Callable[[], bool],
        *,
        quirks: ConcertQuirks,
        timing: Timing,
        yields: bool,
    ) -> None:
        self._put, self._noise, self._accept, self._busy = put, noise, accept, busy
        self._quirks, self._timing, self._yields = quirks, timing, yields
        self._framer = framer("even" if quirks.seven_bits else "none")
        self._stage = Stage.FREE
        self._tries = 0
        self._due: int | None = None
        self._gap_due: int | None = None
        self._outgoing: bytes | None = None
        """The text that waits or is under way; b"" for a poll, which has none."""
        self._left = False
        self._incoming: bytes | None = None
        self._sent: Sent | None = None
        self._arrived: list[bytes] = []

    @property
    def deadline(self) -> int | None:
        """When `wake` is wanted."""
        return min((at for at in (self._due, self._gap_due) if at is not None), default=None)

    @property
    def busy(self) -> bool:
        """A message of ours is not delivered yet."""
        return self._outgoing is not None

    def send(self, text: bytes, now: int) -> None:
        """Deliver `text` as soon as the line is free; b"" asks only whether somebody is there."""
        self._outgoing, self._left = text, False
        self._begin(now)

    def take_sent(self) -> Sent | None:
        """What became of the message of ours, once."""
        sent, self._sent = self._sent, None
        return sent

    def clear(self) -> None:
        """Nothing of ours is under way any more."""
        self._outgoing = None
        if self._stage in (Stage.ASKING, Stage.SENDING):
            self._free()

    def reset(self, now: int, *, resend: bool) -> list[bytes]:
        """The cable was pulled out, or plugged in.  `resend`: what was not delivered goes out anew.

        Returns the frame that was acknowledged and whose EOT was still to come.  A register may use such an answer.  A
        terminal must not use such a request: where its ACK was lost, the register sends it again.
        """
        taken = [self._incoming] if self._stage is Stage.TAKEN and self._incoming is not None else []
        self._framer = framer("even" if self._quirks.seven_bits else "none")
        self._gap_due = None
        self._incoming = None
        self._free()
        if resend:
            self._begin(now)
        return taken

    def received(self, data: bytes, now: int) -> list[bytes]:
        """The texts of frames whose exchange has ended."""
        self._items(self._framer.feed(data), now)
        self._gap_due = None if self._framer.idle else now + self._timing.byte_gap_us
        return self._taken()

    def wake(self, now: int) -> list[bytes]:
        """Time has passed."""
        if self._gap_due is not None and now >= self._gap_due:
            self._gap_due = None
            self._items(self._framer.expire(), now)
        if self._due is not None and now >= self._due:
            self._overdue(now)
        return self._taken()

    def _taken(self) -> list[bytes]:
        arrived, self._arrived = self._arrived, []
        return arrived

    # what arrives

    def _items(self, items: list[Frame | Noise | Control], now: int) -> None:
        for item in items:
            match item:
                case Noise(data=data, reason=reason):
                    self._noise(data, reason.en)
                    self._unusable(now)
                case Frame(payload=payload):
                    self._frame(payload, now)
                case Control(byte=byte):
                    self._control(byte, now)

    def _control(self, byte: int, now: int) -> None:
        if byte == ENQ:
            self._asked(now)
        elif byte == EOT:
            self._ended(now)
        elif self._stage is Stage.ASKING:
            if byte == ACK:
                self._allowed(now)
            # NAK: not now.  ENQ goes out again when its time has come.
        elif self._stage is Stage.SENDING:
            if byte == ACK:
                self._delivered(now)
            else:
                self._again(now)

    def _asked(self, now: int) -> None:
        """The other side wants to send."""
        if self._stage is Stage.SENDING:
            if self._yields:  # it has given up on our frame
                self._over(taken=False)
            else:  # it answers, so the frame has arrived, whatever became of its ACK
                self._over(taken=True)
        elif self._stage is Stage.ASKING and not self._yields:
            return
        if self._busy():
            self._signal(NAK)
            return
        self._stage, self._incoming, self._tries = Stage.LISTENING, None, 0
        self._due = now + self._timing.frame_wait_us
        self._signal(ACK)

    def _frame(self, payload: bytes, now: int) -> None:
        if not self._accept(payload):
            self._unusable(now)
            return
        if self._stage is Stage.FREE and payload != self._incoming:
            return  # nobody asked; what was taken before is acknowledged again below
        if self._stage in (Stage.ASKING, Stage.SENDING):
            return
        self._signal(ACK)
        if self._yields and self._outgoing is not None:  # whoever asks anew has given up on the answer before
            self._outgoing, self._sent = None, Sent(taken=False, left=self._left)
        if self._stage is not Stage.FREE:
            self._stage, self._incoming = Stage.TAKEN, payload
            self._due = now + self._timing.eot_wait_us

    def _unusable(self, now: int) -> None:
        """Octets that are no good frame: the sender is asked for it again."""
        if self._stage not in (Stage.LISTENING, Stage.TAKEN):
            return
        self._tries += 1
        if self._tries < SENDS_MAX:
            self._signal(NAK)
            self._due = now + self._timing.frame_wait_us
        else:
            self._signal(EOT)
            self._free()
            self._begin(now)

    def _ended(self, now: int) -> None:
        if self._stage in (Stage.LISTENING, Stage.TAKEN):
            self._close(now)

    def _close(self, now: int) -> None:
        """The other side's turn is over."""
        taken = self._stage is Stage.TAKEN
        self._free()
        if taken and self._incoming is not None:
            self._arrived.append(self._incoming)
        self._begin(now)

    # what is ours

    def _begin(self, now: int) -> None:
        if self._outgoing is not None and self._stage is Stage.FREE:
            self._stage, self._tries, self._incoming = Stage.ASKING, 1, None
            self._due = now + self._timing.ack_wait_us
            self._signal(ENQ)

    def _allowed(self, now: int) -> None:
        if not self._outgoing:
            self._delivered(now)
            return
        self._stage, self._tries, self._left = Stage.SENDING, 1, True
        self._put_frame(self._outgoing)
        self._due = now + self._timing.ack_wait_us

    def _again(self, now: int) -> None:
        if self._tries >= SENDS_MAX or not self._outgoing:
            self._signal(EOT)
            self._over(taken=False)
            return
        self._tries += 1
        self._put_frame(self._outgoing)
        self._due = now + self._timing.ack_wait_us

    def _delivered(self, now: int) -> None:
        if not (self._quirks.no_eot and self._yields):
            self._signal(EOT)
        self._over(taken=True)

    def _over(self, *, taken: bool) -> None:
        self._outgoing = None
        self._free()
        self._sent = Sent(taken, self._left)

    def _overdue(self, now: int) -> None:
        if self._stage is Stage.ASKING:
            if self._tries >= SENDS_MAX:
                self._over(taken=False)
                return
            self._tries += 1
            self._due = now + self._timing.ack_wait_us
            self._signal(ENQ)
        elif self._stage is Stage.SENDING:
            self._again(now)
        else:
            self._close(now)

    def _free(self) -> None:
        self._stage, self._due = Stage.FREE, None

    def _signal(self, octet: int) -> None:
        bare = self._quirks.bare_controls or not self._quirks.seven_bits
        self._put(bytes((octet,)) if bare else with_parity(bytes((octet,)), "even"))

    def _put_frame(self, text: bytes) -> None:
        whole = self._framer.frame(text)
        self._put(bytes((STX,)) + whole[1:] if self._quirks.bare_controls else whole)
