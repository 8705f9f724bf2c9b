"""Stop and wait: one frame on its way at a time, each answered by one octet, ACK or NAK; what stays unanswered is sent
again.  Both sides of most register protocols keep to it (Chinese MIS links, ZVT on a serial line, Transbank); what a
frame looks like is the framer's business.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from protocols.framing import ACK, NAK, Control, Item

from .machine import SECOND_US

WAITING_MAX = 64
"""Frames that wait for the one before.  A terminal that prints by lines queues a receipt, not more."""


class Framer(Protocol):
    """As `protocols.framing.SerialFramer`: octets in any pieces in, frames and what could not be used out."""

    @property
    def idle(self) -> bool: ...

    def feed(self, data: bytes) -> list[Item]: ...

    def expire(self) -> list[Item]: ...

    def frame(self, payload: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Timing:
    """`ack_wait_us`: how long a frame waits for its octet; `byte_gap_us`: silence inside a frame that ends the wait for
    its rest; `sends_max`: how often a frame is sent before it is given up."""

    ack_wait_us: int = 3 * SECOND_US
    byte_gap_us: int = SECOND_US
    sends_max: int = 3


class AckedLine:
    """One end of such a line.  `put` sends octets.

    Whoever reads an item decides: `ack()` for a frame that it takes, `nak()` for one that it cannot read.  ACK and NAK
    from the peer are handled here; any other control octet is handed on.
    """

    def __init__(self, framer: Callable[[], Framer], put: Callable[[bytes], None], timing: Timing) -> None:
        self._new_framer = framer
        self._framer = framer()
        self._put = put
        self._timing = timing
        self._waiting: deque[bytes] = deque()
        self._sends = 0
        self._ack_due: int | None = None
        self._gap_due: int | None = None
        self._failed: bytes | None = None

    @property
    def deadline(self) -> int | None:
        """When `wake` is wanted."""
        return min((at for at in (self._ack_due, self._gap_due) if at is not None), default=None)

    @property
    def busy(self) -> bool:
        """A frame of ours is not acknowledged yet."""
        return bool(self._waiting)

    def send(self, payload: bytes, now: int) -> bool:
        """Put a frame in line; False when too many wait.  Raises EncodeError for what the framer cannot carry."""
        self._framer.frame(payload)
        if len(self._waiting) >= WAITING_MAX:
            return False
        self._waiting.append(payload)
        if len(self._waiting) == 1:
            self._transmit(now, first=True)
        return True

    def ack(self) -> None:
        """The frame is taken."""
        self._put(bytes((ACK,)))

    def nak(self) -> None:
        """The frame cannot be used and shall come again."""
        self._put(bytes((NAK,)))

    def received(self, data: bytes, now: int) -> list[Item]:
        """What `data` completes, in order, without the peer's ACKs and NAKs for frames of ours."""
        items = self._handed_on(self._framer.feed(data), now)
        # Garbage ends by silence, too: an ACK behind a stray octet would be taken for garbage for ever.
        self._gap_due = None if self._framer.idle else now + self._timing.byte_gap_us
        return items

    def wake(self, now: int) -> list[Item]:
        """Time has passed: what was incomplete ends, what was not acknowledged goes out again."""
        items: list[Item] = []
        if self._gap_due is not None and now >= self._gap_due:
            self._gap_due = None
            items = self._handed_on(self._framer.expire(), now)
        if self._ack_due is not None and now >= self._ack_due:
            self._again(now)
        return items

    def acknowledged(self, now: int) -> None:
        """The frame under way has arrived, as an answer to it shows, whatever became of its ACK."""
        if self._waiting:
            self._waiting.popleft()
        self._ack_due = None
        if self._waiting:
            self._transmit(now, first=True)

    def take_failed(self) -> bytes | None:
        """The frame that was given up, once."""
        failed, self._failed = self._failed, None
        return failed

    def reset(self, now: int, *, resend: bool) -> None:
        """The cable was pulled out, or plugged in: what came in part is void.  `resend`: what waits for its
        acknowledgement goes out anew; False: nothing waits for time-outs on a dead wire."""
        self._framer = self._new_framer()
        self._gap_due = self._ack_due = None
        if resend and self._waiting:
            self._transmit(now, first=True)

    def clear(self) -> None:
        """Nothing waits any more."""
        self._waiting.clear()
        self._ack_due = None

    def _handed_on(self, items: list[Item], now: int) -> list[Item]:
        kept: list[Item] = []
        for item in items:
            if isinstance(item, Control) and item.byte == ACK:
                if self._waiting:
                    self.acknowledged(now)
            elif isinstance(item, Control) and item.byte == NAK:
                if self._waiting:
                    self._again(now)
            else:
                kept.append(item)
        return kept

    def _transmit(self, now: int, *, first: bool) -> None:
        self._sends = 1 if first else self._sends + 1
        self._put(self._framer.frame(self._waiting[0]))
        self._ack_due = now + self._timing.ack_wait_us

    def _again(self, now: int) -> None:
        if self._sends < self._timing.sends_max:
            self._transmit(now, first=False)
            return
        self._failed = self._waiting[0]
        self.acknowledged(now)
