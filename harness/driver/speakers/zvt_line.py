"""The register's end of a ZVT link: bare APDUs in and out, with ACK and NAK on a serial line, without over TCP.

T1 (200 ms between two octets), T2 (5 s for ACK or NAK) and three sends are those of PA00P016; over TCP the rest of an
APDU is waited for as long as an answer is (T3).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from protocols.framing import Frame, Item, Noise
from protocols.zvt.framing import START

from ...acked import WAITING_MAX, AckedLine, Timing
from ...machine import SECOND_US
from ..talk import Talk

T1_US, T2_US, T3_US = SECOND_US // 5, 5 * SECOND_US, 5 * SECOND_US


class ZvtLine:
    """`take` is given each APDU, in order."""

    def __init__(self, talk: Talk, take: Callable[[bytes], None]) -> None:
        self._talk = talk
        self._take = take
        settings = talk.settings
        timing = Timing(min(settings.ack_timeout_us, T2_US), min(settings.byte_gap_us, T1_US))
        self._acked = AckedLine(talk.framer, talk.send, timing) if settings.transport == "serial" else None
        self._framer = talk.framer()
        self._gap_due: int | None = None
        """TCP: when an APDU that came in part is given up."""
        self._answered = b""

    @property
    def deadline(self) -> int | None:
        """When `wake` is wanted."""
        return self._acked.deadline if self._acked is not None else self._gap_due

    @property
    def busy(self) -> bool:
        """An APDU of ours is not acknowledged yet."""
        return self._acked is not None and self._acked.busy

    def send(self, apdu: bytes) -> None:
        """Put an APDU on its way."""
        if self._acked is None:
            self._talk.send(self._framer.frame(apdu))
        elif not self._acked.send(apdu, self._talk.now):
            self._talk.noise(apdu, f"more than {WAITING_MAX} frames wait for their acknowledgement")

    def received(self, data: bytes) -> None:
        """Octets from the terminal."""
        if self._acked is None:
            self._items(self._framer.feed(data))
            self._gap_due = self._talk.now + T3_US if self._framer.pending_octets else None
        else:
            self._items(self._acked.received(data, self._talk.now))

    def wake(self) -> bytes | None:
        """Time has passed.  The APDU that was sent three times and never acknowledged, if any."""
        if self._acked is None:
            if self._gap_due is not None and self._talk.now >= self._gap_due:
                self._gap_due = None
                self._items(self._framer.expire())
            return None
        self._items(self._acked.wake(self._talk.now))
        return self._acked.take_failed()

    def reset(self) -> None:
        """The cable is gone, or back: nothing that was on its way counts."""
        self._answered = b""
        self._framer, self._gap_due = self._talk.framer(), None
        if self._acked is not None:
            self._acked.clear()
            self._acked.reset(self._talk.now, resend=False)

    def _items(self, items: Sequence[Item]) -> None:
        for item in items:
            if isinstance(item, Noise):
                self._talk.noise(item.data, item.reason.en)
                if self._acked is not None and item.data.startswith(START):
                    self._acked.nak()  # once a frame: its rest is garbage, too
                elif self._acked is None and item.fatal:  # where the next APDU begins nobody can tell any more
                    self._talk.close()
                    self.reset()
            elif isinstance(item, Frame):
                self._frame(item.payload)

    def _frame(self, apdu: bytes) -> None:
        if self._acked is not None:
            self._acked.ack()
            if self._acked.busy:
                # Our answer to this very APDU is not acknowledged yet: it is our ACK that was lost, and the answer
                # comes again by itself.  Anything else shows that what we sent has arrived.
                if apdu == self._answered:
                    return
                self._acked.acknowledged(self._talk.now)
        self._answered = apdu
        self._take(apdu)
