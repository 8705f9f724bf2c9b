"""The register's cable: frames out one at a time with their acknowledgement, frames in with ours.

Every data frame is answered by one octet, ACK or NAK; a frame that stays unanswered is sent three times.
"""

from __future__ import annotations

from collections import deque

from protocols.errors import PosrigError
from protocols.framing import ACK, NAK, Control, Frame, Noise, SerialFramer
from protocols.mispos import tags
from protocols.mispos.message import MisposMessage, build, parse

from ..machine import SECOND_US, Send
from .desk import Desk

LINK = "register"
SENDS_MAX = 3
ACK_WAIT_US = 3 * SECOND_US
BYTE_GAP_US = SECOND_US
"""Silence inside a frame that ends the wait for the rest of it (the register's interface: 1 s)."""
WAITING_MAX = 8
"""Frames that wait for the one before; there are never more than a result and a tunnel request."""


class Cable:
    """Calls put effects on the desk.  `received` and `wake` return the requests and replies that arrived."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._framer = SerialFramer()
        self._waiting: deque[bytes] = deque()
        self._sends = 0
        self._ack_due: int | None = None
        self._gap_due: int | None = None
        self.failed: bytes | None = None
        """The frame that nobody acknowledged, until `take_failed`."""

    @property
    def deadline(self) -> int | None:
        """When something is due here."""
        return min((at for at in (self._ack_due, self._gap_due) if at is not None), default=None)

    @property
    def busy(self) -> bool:
        """A frame of ours is not acknowledged yet."""
        return bool(self._waiting)

    def reset(self, plugged_in: bool) -> None:
        """The cable was plugged in or pulled out; what waits for its acknowledgement goes out anew."""
        self._framer = SerialFramer()
        self._gap_due = None
        if plugged_in and self._waiting:
            self._transmit(first=True)

    def send(self, msg: MisposMessage) -> bytes:
        """Put a message in line; its octets."""
        payload = build(msg)
        self._note(msg, "out")
        if len(self._waiting) < WAITING_MAX:
            self._waiting.append(payload)
        if len(self._waiting) == 1:
            self._transmit(first=True)
        return payload

    def _transmit(self, first: bool) -> None:
        self._sends = 1 if first else self._sends + 1
        self._desk.effects.append(Send(LINK, self._framer.frame(self._waiting[0])))
        self._ack_due = self._desk.now + ACK_WAIT_US

    def received(self, data: bytes) -> list[tuple[bytes, MisposMessage]]:
        """Octets from the register, in any splitting."""
        arrived = self._items(self._framer.feed(data))
        self._gap_due = self._desk.now + BYTE_GAP_US if self._framer.pending_octets else None
        return arrived

    def _items(self, items: list[Frame | Noise | Control]) -> list[tuple[bytes, MisposMessage]]:
        arrived: list[tuple[bytes, MisposMessage]] = []
        for item in items:
            match item:
                case Control(byte=byte):
                    self._control(byte)
                case Noise(data=noise, reason=reason):
                    self._noise(noise, reason.en)
                    self._desk.effects.append(Send(LINK, bytes([NAK])))
                case Frame(payload=payload):
                    try:
                        msg = parse(payload)
                    except PosrigError as error:  # with an ACK the register would wait for a result that never comes
                        self._noise(payload, str(error))
                        self._desk.effects.append(Send(LINK, bytes([NAK])))
                        continue
                    self._desk.effects.append(Send(LINK, bytes([ACK])))
                    self._note(msg, "in")
                    arrived.append((payload, msg))
        return arrived

    def _control(self, byte: int) -> None:
        if not self._waiting:
            return
        if byte == ACK:
            self.acknowledged()
        elif byte == NAK:
            self._again()

    def acknowledged(self) -> None:
        """The frame in flight has arrived; the next one goes out."""
        if self._waiting:
            self._waiting.popleft()
        self._ack_due = None
        if self._waiting:
            self._transmit(first=True)

    def _again(self) -> None:
        if self._sends < SENDS_MAX:
            self._transmit(first=False)
            return
        self.failed = self._waiting[0]
        self.acknowledged()

    def take_failed(self) -> bytes | None:
        """The frame that was given up, once."""
        failed, self.failed = self.failed, None
        return failed

    def wake(self) -> list[tuple[bytes, MisposMessage]]:
        """Time has passed."""
        now = self._desk.now
        arrived: list[tuple[bytes, MisposMessage]] = []
        if self._gap_due is not None and now >= self._gap_due:
            self._gap_due = None
            arrived = self._items(self._framer.expire())
        if self._ack_due is not None and now >= self._ack_due:
            self._again()
        return arrived

    def _noise(self, data: bytes, reason: str) -> None:
        self._desk.note("noise", {"link": LINK, "hex": data.hex().upper(), "reason": reason})

    def _note(self, msg: MisposMessage, direction: str) -> None:
        fields = {f"{tag:04X}": _shown(msg, tag) for tag in msg.fields}
        kind = msg.type_name.lower()
        self._desk.note(
            "message", {"link": LINK, "dir": direction, "mti": "", "kind": kind, "fields": fields, "mac": "absent"}
        )


def _shown(msg: MisposMessage, tag: int) -> str:
    binary = tag not in tags.TAGS or tags.TAGS[tag].form == "binary"
    return msg.octets(tag).hex().upper() if binary else msg.text(tag)
