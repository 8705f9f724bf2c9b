"""The cable of the Chinese register interface: messages out one at a time with their acknowledgement, messages in with
ours."""

from __future__ import annotations

from protocols.errors import PosrigError
from protocols.framing import Frame, Item, Noise, SerialFramer
from protocols.mispos.dialect_b import tags
from protocols.mispos.dialect_b.message import MisposMessage, build, parse

from ...acked import AckedLine, Timing
from ...machine import Send
from ..desk import Desk
from .side import LINK


class Cable:
    """Calls put effects on the desk.  `received` and `wake` return the requests and replies that arrived."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._line = AckedLine(SerialFramer, lambda data: desk.effects.append(Send(LINK, data)), Timing())

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

    def send(self, msg: MisposMessage) -> None:
        """Put a message in line."""
        payload = build(msg)
        self._note(msg, "out")
        self._line.send(payload, self._desk.now)

    def received(self, data: bytes) -> list[tuple[bytes, MisposMessage]]:
        """Octets from the register, in any splitting."""
        return self._items(self._line.received(data, self._desk.now))

    def wake(self) -> list[tuple[bytes, MisposMessage]]:
        """Time has passed."""
        return self._items(self._line.wake(self._desk.now))

    def acknowledged(self) -> None:
        """The frame in flight has arrived; the next one goes out."""
        self._line.acknowledged(self._desk.now)

    def take_failed(self) -> bytes | None:
        """The frame that was given up, once."""
        return self._line.take_failed()

    def _items(self, items: list[Item]) -> list[tuple[bytes, MisposMessage]]:
        arrived: list[tuple[bytes, MisposMessage]] = []
        for item in items:
            match item:
                case Noise(data=noise, reason=reason):
                    self._noise(noise, reason.en)
                    self._line.nak()
                case Frame(payload=payload):
                    try:
                        msg = parse(payload)
                    except PosrigError as error:  # with an ACK the register would wait for a result that never comes
                        self._noise(payload, str(error))
                        self._line.nak()
                        continue
                    self._line.ack()
                    self._note(msg, "in")
                    arrived.append((payload, msg))
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
