"""Loose octets of Concert V2 / Telium E+, explained value by value."""

from __future__ import annotations

from ..explained import Explained, Row, explained_control, single, within
from ..framing import Control
from ..text import Text
from .message import SEVEN_MARKS, ConcertRequest, framer, parse, values_of
from .results import MEANINGS, NAMES

REQUEST, ANSWER = Text("请求", "request"), Text("应答", "answer")


def explain(data: bytes) -> Explained:
    """One frame, or a lone ENQ, ACK, NAK or EOT; octets whose bit 7 is even parity are read as 7E1.

    Raises DecodeError.
    """
    seven = bool(data) and data[0] in SEVEN_MARKS
    item = single(framer("even" if seven else "none"), data)
    if isinstance(item, Control):
        return explained_control(item.byte)
    message = within(parse, item.payload, data, 1)
    values = values_of(message)
    rows: list[Row] = [(name, NAMES[name], value, MEANINGS.get(name, {}).get(value)) for name, value in values.items()]
    name = REQUEST if isinstance(message, ConcertRequest) else ANSWER
    lrc = data[-1] & 0x7F if seven else data[-1]
    return Explained(name.en, name, values, tuple(rows), {"lrc": f"{lrc:02x}", "line": "7E1" if seven else "8N1"})
