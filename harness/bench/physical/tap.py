"""What passes on a terminal's end of the line to its host, read by whoever stands between: the only view of a black
box's messages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from harness.fixtures import load_dialect
from harness.links.faults import Stream
from harness.machine import Json
from protocols.errors import PosrigError
from protocols.framing import Frame, HostFramer
from protocols.unionpay.kinds import kind_of
from protocols.unionpay.message import MessageCodec, codec_for

Noted = Callable[[str, Mapping[str, Json]], None]
"""Takes kind and data of an event of the terminal."""


@dataclass(slots=True)
class _Ends:
    """The framers of one connection."""

    framers: dict[Stream, HostFramer] = field(
        default_factory=lambda: {"upstream": HostFramer(), "downstream": HostFramer()}
    )


class LineTap:
    """Reads every frame of a line in `dialect`, and notes it as the terminal itself would: `link` "host", `dir` as
    seen from the terminal.  Whether a MAC is good it cannot tell, and says nothing of it.
    """

    def __init__(self, dialect: str, noted: Noted) -> None:
        self._dialect = load_dialect(dialect)
        self._codec: MessageCodec = codec_for(self._dialect)
        self._noted = noted
        self._ends: dict[int, _Ends] = {}

    def opened(self, connection: int) -> None:
        """A connection stands."""
        self._ends[connection] = _Ends()
        self._noted("link", {"link": "host", "what": "open", "peer": ""})

    def closed(self, connection: int, reason: str) -> None:
        """It has ended."""
        if self._ends.pop(connection, None) is not None:
            self._noted("link", {"link": "host", "what": "closed", "reason": reason})

    def passed(self, connection: int, stream: Stream, data: bytes) -> None:
        """Octets left the terminal ("upstream") or reached it."""
        ends = self._ends.get(connection)
        if ends is None:
            return
        direction = "out" if stream == "upstream" else "in"
        self._noted("bytes", {"link": "host", "dir": direction, "hex": data.hex().upper()})
        for piece in ends.framers[stream].feed(data):
            if isinstance(piece, Frame):
                self._message(direction, piece.payload)

    def _message(self, direction: str, payload: bytes) -> None:
        try:
            message = self._codec.parse(payload)
            kind = kind_of(message, self._dialect)
        except PosrigError as error:
            self._noted("noise", {"link": "host", "hex": payload.hex().upper(), "reason": str(error)})
            return
        fields = {str(number): _wire_text(value) for number, value in message.fields.items()}
        data: dict[str, Json] = {"link": "host", "dir": direction, "mti": message.mti}
        if message.header is not None and int(message.header.requirement):
            data["requirement"] = int(message.header.requirement)
        self._noted("message", {**data, "kind": kind.name if kind else "", "fields": fields})


def _wire_text(value: str | bytes) -> str:
    if isinstance(value, str):
        return value
    return value.decode("ascii") if value and all(0x20 <= o < 0x7F for o in value) else value.hex().upper()
