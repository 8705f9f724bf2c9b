"""The register protocols by name: how their octets are cut on a serial line and over TCP, and what deviates by vendor.

A protocol's name is what `--protocol` takes and what a trace says of its register's links.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from .concert.message import AnyLineFramer
from .concert.quirks import ConcertQuirks
from .framing import Item, SerialFramer
from .mispos.quirks import MisposAQuirks, MisposBQuirks
from .text import Text
from .transbank.message import any_framer as any_transbank_framer
from .transbank.quirks import TransbankQuirks
from .zvt.framing import ZvtSerialFramer, ZvtTcpFramer
from .zvt.quirks import ZvtQuirks

Transport = Literal["serial", "tcp"]


class RegisterFramer(Protocol):
    """As `framing.SerialFramer`."""

    @property
    def idle(self) -> bool: ...

    @property
    def pending_octets(self) -> int: ...

    def feed(self, data: bytes) -> list[Item]: ...

    def expire(self) -> list[Item]: ...

    def frame(self, payload: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class NoQuirks:
    """A protocol of which no deviation is known."""


@dataclass(frozen=True, slots=True)
class RegisterProtocol:
    """One protocol between register and terminal.

    `serial`, `tcp`: make a framer for that transport (the same, where the protocol has one framing).  `quirks`: a
    frozen dataclass of deviations whose defaults are the protocol as it is written.  `baudrates`: those in use, the
    usual one first.  `line`: data bits, parity, stop bits as in "8N1".
    """

    name: str
    text: Text
    serial: Callable[[], RegisterFramer]
    tcp: Callable[[], RegisterFramer]
    quirks: type[Any] = NoQuirks
    baudrates: tuple[int, ...] = (9600, 115_200)
    line: str = "8N1"

    def framer(self, transport: Transport) -> RegisterFramer:
        """A fresh framer."""
        return self.tcp() if transport == "tcp" else self.serial()


_ROWS: tuple[RegisterProtocol, ...] = (
    RegisterProtocol(
        "mispos-b",
        Text("银联 MIS 方言 B", "Chinese MIS link, dialect B"),
        SerialFramer,
        SerialFramer,
        MisposBQuirks,
    ),
    RegisterProtocol(
        "mispos-a",
        Text("银联 MIS 方言 A", "Chinese MIS link, dialect A"),
        SerialFramer,
        SerialFramer,
        MisposAQuirks,
    ),
    RegisterProtocol("zvt", Text("ZVT", "ZVT"), ZvtSerialFramer, ZvtTcpFramer, ZvtQuirks, line="8N2"),
    RegisterProtocol(
        "transbank",
        Text("Transbank POS Integrado", "Transbank POS Integrado"),
        any_transbank_framer,
        any_transbank_framer,
        TransbankQuirks,
        (115_200, 19_200, 9600, 57_600, 38_400, 4800, 2400, 1200),
    ),
    RegisterProtocol(
        "concert",
        Text("Concert V2 / Telium E+", "Concert V2 / Telium E+"),
        AnyLineFramer,
        AnyLineFramer,
        ConcertQuirks,
        (9600, 115_200, 19_200, 57_600, 38_400, 4800, 2400, 1200),
    ),
)

REGISTER_PROTOCOLS: Mapping[str, RegisterProtocol] = {row.name: row for row in _ROWS}
"""By name."""
DEFAULT_PROTOCOL = "mispos-b"
