"""The cable of the Chinese register interface: messages out one at a time with their acknowledgement, messages in with
ours.  What a message is, the dialect says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from protocols.errors import PosrigError
from protocols.framing import ACK, EOT, Control, Frame, Item, Noise, SerialFramer
from protocols.mispos.quirks import MisposQuirks

from ...acked import AckedLine, Timing
from ...machine import Json, Note, Send
from ..desk import Desk
from .side import LINK

M = TypeVar("M")


@dataclass(frozen=True, slots=True)
class Dialect(Generic[M]):
    """How messages of a dialect are read, written and told to the trace (kind, fields)."""

    parse: Callable[[bytes], M]
    build: Callable[[M], bytes]
    told: Callable[[M], tuple[str, dict[str, str]]]


class Cable(Generic[M]):
    """Calls put effects on the desk.  `received` and `wake` return the requests and replies that arrived; `hung_up` is
    called for an EOT."""

    def __init__(self, desk: Desk, dialect: Dialect[M], quirks: MisposQuirks, hung_up: Callable[[], None]) -> None:
        self._desk = desk
        self._dialect = dialect
        self._quirks = quirks
        self._hung_up = hung_up
        self._line = AckedLine(SerialFramer, self._put, Timing())
        self._asked_again = False
        """A NAK has left for what came in last: once, into however many pieces a broken frame falls."""

    @property
    def deadline(self) -> int | None:
        """When something is due here."""
        return self._line.deadline

    @property
    def busy(self) -> bool:
        """A frame of ours is not acknowledged yet."""
        return self._line.busy

    def reset(self, plugged_in: bool) -> None:
        """The cable was plugged in or pulled out; what waits for its acknowledgement goes out anew."""
        self._line.reset(self._desk.now, resend=plugged_in)

    def send(self, msg: M) -> bytes:
        """Put a message in line; its octets.  Raises EncodeError for one that no frame holds."""
        payload = self._dialect.build(msg)
        self._note(msg, "out")
        self.repeat(payload)
        return payload

    def repeat(self, payload: bytes) -> None:
        """As `send`, of what was sent before."""
        self._line.send(payload, self._desk.now)
        if self._quirks.acks != "both":
            self._line.acknowledged(self._desk.now)

    def fits(self, msg: M) -> bool:
        """Whether one frame holds a message."""
        return len(self._dialect.build(msg)) <= self._quirks.data_octets_max

    def received(self, data: bytes) -> list[tuple[bytes, M]]:
        """Octets from the register, in any splitting."""
        self._asked_again = False
        return self._items(self._line.received(data, self._desk.now))

    def wake(self) -> list[tuple[bytes, M]]:
        """Time has passed."""
        return self._items(self._line.wake(self._desk.now))

    def acknowledged(self) -> None:
        """The frame in flight has arrived; the next one goes out."""
        self._line.acknowledged(self._desk.now)

    def clear(self) -> None:
        """Nothing waits for its acknowledgement any more."""
        self._line.clear()

    def take_failed(self) -> bytes | None:
        """The frame that was given up, once."""
        return self._line.take_failed()

    def noise(self, data: bytes, reason: str) -> None:
        """Octets that were not used, and why."""
        self._desk.note("noise", {"link": LINK, "hex": data.hex().upper(), "reason": reason})

    def _put(self, data: bytes) -> None:
        effects = self._desk.effects
        if self._quirks.glued_ack and data != bytes((ACK,)):
            last = next((i for i in range(len(effects) - 1, -1, -1) if not isinstance(effects[i], Note)), -1)
            if last >= 0 and effects[last] == Send(LINK, bytes((ACK,))):
                effects[last] = Send(LINK, bytes((ACK,)) + data)
                return
        effects.append(Send(LINK, data))

    def _items(self, items: list[Item]) -> list[tuple[bytes, M]]:
        arrived: list[tuple[bytes, M]] = []
        unusable = False
        for item in items:
            match item:
                case Control(byte=byte) if byte == EOT:
                    self._hung_up()
                case Noise(data=noise, reason=reason):
                    self.noise(noise, reason.en)
                    unusable = True
                case Frame(payload=payload):
                    try:
                        msg = self._dialect.parse(payload)
                    except PosrigError as error:  # with an ACK the register would wait for a result that never comes
                        self.noise(payload, str(error))
                        unusable = True
                        continue
                    if self._quirks.acks != "none":
                        self._line.ack()
                    self._note(msg, "in")
                    arrived.append((payload, msg))
                    unusable = False
        if unusable and not self._asked_again and self._quirks.acks != "none":
            self._asked_again = True
            self._line.nak()
        return arrived

    def _note(self, msg: M, direction: str) -> None:
        kind, shown = self._dialect.told(msg)
        fields: dict[str, Json] = dict(shown)
        data = {"link": LINK, "dir": direction, "mti": "", "kind": kind, "fields": fields, "mac": "absent"}
        self._desk.note("message", data)
