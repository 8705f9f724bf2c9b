"""What was said in a session: frames, single control octets, and octets that belong to no frame, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from protocols.emv.dialogue import Dialogue
from protocols.framing import Frame, HostFramer
from protocols.registers import DEFAULT_PROTOCOL, REGISTER_PROTOCOLS, Transport

from ..pieces import Framer, Piece, Splitter
from .sessions import Chunk, Session

HOST = "unionpay"
"""The protocol of every link that leads to a host."""
CARD = "iso7816"
"""What terminal and card speak: whole messages (ISO/IEC 7816-4)."""
CONTROL_OCTETS = frozenset((0x04, 0x05, 0x06, 0x15))
"""EOT, ENQ, ACK, NAK: what the register protocols say with one octet."""

What = Literal["frame", "control", "noise", "hidden", "atr"]
"""`hidden`: octets of which only number and hash were recorded.  `atr`: what a card says first."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """How a session is spoken."""

    protocol: str
    transport: Transport = "serial"

    def framer(self) -> Framer:
        """A fresh framer for one direction."""
        if self.protocol == HOST:
            return HostFramer()
        if self.protocol == CARD:
            return _Messages()
        return REGISTER_PROTOCOLS[self.protocol].framer(self.transport)


class _Messages:
    """A line that carries each message whole."""

    pending_octets = 0

    def feed(self, data: bytes) -> list[Frame]:
        return [Frame(data, data)]

    def frame(self, payload: bytes) -> bytes:
        return payload


@dataclass(frozen=True, slots=True)
class Slice:
    """Octets of a unit that went in one piece, at `t_us`."""

    t_us: int
    octets: bytes


@dataclass(frozen=True, slots=True)
class Unit:
    """`seq`, `t_us`: of the octets that completed it.  `payload`: what a frame carries, "" of everything else.

    `raw` is empty where `what` is "hidden"; `length` counts its octets in any case.

    Of a card's session: `answers` is the command that a card's answer belongs to, `dol` the list by which a command's
    data were filled, `dol_name` its name (`protocols.emv.dialogue`).
    """

    what: What
    out: bool
    seq: int
    t_us: int
    raw: bytes
    payload: bytes
    length: int
    slices: tuple[Slice, ...] = ()
    hash: str = ""
    masked: tuple[str, ...] = ()
    answers: Unit | None = None
    dol: bytes = b""
    dol_name: str = ""


class Stream:
    """One direction, cut into units.  Octets of an unfinished frame wait for the rest."""

    def __init__(self, spoken: Spoken, out: bool) -> None:
        self._spoken = spoken
        self._out = out
        self._splitter = Splitter(spoken.framer())
        self._waiting: list[Chunk] = []
        self._taken = 0
        """Octets of the first waiting chunk that are in units."""

    @property
    def waiting_since_us(self) -> int | None:
        """When the first octet of an unfinished frame came."""
        return self._waiting[0].t_us if self._waiting else None

    def feed(self, chunk: Chunk) -> list[Unit]:
        """The units that `chunk` completes."""
        if chunk.octets is None:
            units = self.finish()
            masked = chunk.masked
            hidden = Unit("hidden", self._out, chunk.seq, chunk.t_us, b"", b"", chunk.length, (), chunk.hash, masked)
            return [*units, hidden]
        self._waiting.append(chunk)
        return [self._unit(piece) for piece in self._splitter.feed(chunk.octets) if piece.raw]

    def finish(self) -> list[Unit]:
        """What is unfinished will not be finished."""
        rest = self._splitter.rest()
        self._splitter = Splitter(self._spoken.framer())
        return [self._unit(Piece(rest))] if rest else []

    def _unit(self, piece: Piece) -> Unit:
        slices: list[Slice] = []
        masked: dict[str, None] = {}
        left = len(piece.raw)
        last = self._waiting[0]
        while left:
            last = self._waiting[0]
            assert last.octets is not None
            part = last.octets[self._taken : self._taken + left]
            slices.append(Slice(last.t_us, part))
            masked.update(dict.fromkeys(last.masked))
            left -= len(part)
            self._taken += len(part)
            if self._taken == len(last.octets):
                self._waiting.pop(0)
                self._taken = 0
        return Unit(
            _what(piece),
            self._out,
            last.seq,
            last.t_us,
            piece.raw,
            piece.payload or b"",
            len(piece.raw),
            tuple(slices),
            masked=tuple(masked) if piece.payload is not None else (),
        )


def _what(piece: Piece) -> What:
    if piece.payload is not None:
        return "frame"
    return "control" if len(piece.raw) == 1 and piece.raw[0] in CONTROL_OCTETS else "noise"


def cut(chunks: Sequence[Chunk], spoken: Spoken) -> list[Unit]:
    """The units of both directions, in the order in which they were complete."""
    streams = {out: Stream(spoken, out) for out in (True, False)}
    units = [unit for chunk in chunks for unit in streams[chunk.out].feed(chunk)]
    for stream in streams.values():
        units += stream.finish()
    return sorted(units, key=lambda unit: unit.seq)


def units_of(session: Session) -> list[Unit]:
    """What was said in `session`."""
    units = cut(session.chunks, spoken_in(session))
    return units if session.family != "card" else list(_paired(units, session.side != "card"))


def _paired(units: Sequence[Unit], commands_out: bool) -> Iterator[Unit]:
    """What terminal and card said, each message with what tells how it is read."""
    dialogue = Dialogue()
    command: Unit | None = None
    for unit in units:
        if unit.out == commands_out:
            command = replace(unit, dol=dialogue.dol(unit.payload), dol_name=dialogue.name(unit.payload))
            yield command
        elif command is None:
            yield replace(unit, what="atr") if unit.what == "frame" else unit
        else:
            dialogue.answered(command.payload, unit.payload)
            yield replace(unit, answers=command)


def spoken_in(session: Session) -> Spoken:
    """How `session` is spoken: as the recording says, else the first protocol that explains most of its octets."""
    if session.family != "register":
        return Spoken(HOST, "tcp") if session.family == "host" else Spoken(CARD)
    if session.protocol in REGISTER_PROTOCOLS:
        return Spoken(session.protocol, session.transport)
    best, least = Spoken(DEFAULT_PROTOCOL), -1
    for spoken in _candidates():
        unexplained = _unexplained(session.chunks, spoken)
        if unexplained == 0:
            return spoken
        if least < 0 or unexplained < least:
            best, least = spoken, unexplained
    return best


def _candidates() -> list[Spoken]:
    """Those with check octets first: a bare length explains almost anything."""
    return [Spoken(name, transport) for transport in _TRANSPORTS for name in REGISTER_PROTOCOLS]


_TRANSPORTS: tuple[Transport, ...] = ("serial", "tcp")


def _unexplained(chunks: Sequence[Chunk], spoken: Spoken) -> int:
    return sum(unit.length for unit in cut(chunks, spoken) if unit.what == "noise")
