"""Incremental framers: bytes in any pieces go in, whole frames and what could not be used come out.

`TcpFramer`: 2-byte length, big-endian, excluding itself (every public dump with a prefix).  `SerialFramer`:
STX | 2-byte BCD length of DATA | DATA | ETX | LRC, LRC = XOR from the length through ETX; DATA may hold STX and ETX
unescaped (register interface of gsccs/mispos-client; host dump in codetd.com article 2788100).
A framer keeps at most one frame's worth of octets and never raises on what a peer sends.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from operator import xor
from typing import Literal

from .errors import EncodeError
from .text import Text

STX, ETX, EOT, ACK, NAK = 0x02, 0x03, 0x04, 0x06, 0x15
CONTROLS = frozenset((ACK, NAK, EOT))

TCP_LIMIT_OCTETS = 4096
"""Payload of one TCP frame; the largest public message is under 1 KiB, signature images reach 2 KiB."""

SERIAL_LIMIT_OCTETS = 1024
"""DATA of one serial frame; the largest seen in public programs."""

BCD_LENGTH_MAX = 9999
SERIAL_OVERHEAD_OCTETS = 5

ZERO_LENGTH = Text("长度为 0", "A length of 0")
OVER_LIMIT = Text("长度 {length} 超过上限 {limit}", "Length {length} is beyond the limit of {limit}")
AFTER_BAD_LENGTH = Text("长度错误之后的数据", "Octets after a wrong length")
LIMIT_CURE = Text("缩短报文或提高上限", "Shorten the payload or raise the limit")
NOT_DIGITS = Text("长度不是四个数字", "The length is not four digits")
NO_STX = Text("帧外的数据", "Octets outside any frame")
BAD_BCD = Text("STX 之后的长度不是 BCD", "The length after STX is not BCD")
NO_ETX = Text("长度所指之处没有 ETX", "No ETX where the length says")
BAD_LRC = Text("LRC 不符", "The LRC does not match")
TIMED_OUT = Text("字节间超时，帧不完整", "The frame stayed incomplete past the inter-byte time-out")


@dataclass(frozen=True, slots=True)
class Frame:
    """A whole frame; `payload` without length, STX, ETX and LRC.

    `raw`: the frame as it came, from a framer whose frames of one payload may differ; b"" where `frame` gives it.
    """

    payload: bytes
    raw: bytes = field(default=b"", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Noise:
    """Octets that belong to no frame, and why.  `fatal`: the stream has lost its place; close the connection."""

    data: bytes
    reason: Text
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class Control:
    """A single ACK (06), NAK (15) or EOT (04) between frames."""

    byte: int


Item = Frame | Noise | Control


def _check_payload(payload: bytes, limit_octets: int) -> None:
    if not payload:
        raise EncodeError(ZERO_LENGTH, LIMIT_CURE, path="length", value=payload)
    if len(payload) > limit_octets:
        what = OVER_LIMIT.format(length=len(payload), limit=limit_octets)
        raise EncodeError(what, LIMIT_CURE, path="length", value=len(payload))


class TcpFramer:
    """2-byte big-endian length.

    A length of 0 or beyond the limit loses the place in the stream for good: one fatal `Noise` with the octets at hand,
    and nothing but further fatal `Noise` after it.
    """

    prefix_octets = 2

    def __init__(self, limit_octets: int = TCP_LIMIT_OCTETS) -> None:
        if not 0 < limit_octets <= 0xFFFF:
            raise ValueError(f"limit_octets must be 1 to 65535, got {limit_octets}")
        self.limit_octets = limit_octets
        self._buffer = bytearray()
        self._lost = False

    @property
    def pending_octets(self) -> int:
        """Octets of an unfinished frame."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Item]:
        """What `data` completes, in order."""
        if self._lost:
            return [Noise(bytes(data), AFTER_BAD_LENGTH, fatal=True)] if data else []
        buffer = self._buffer
        buffer += data
        items: list[Item] = []
        start = 0
        head = self.prefix_octets
        while len(buffer) - start >= head:
            length = self._length(bytes(buffer[start : start + head]))
            if length is None or length == 0 or length > self.limit_octets:
                reason = ZERO_LENGTH if length == 0 else OVER_LIMIT.format(length=length, limit=self.limit_octets)
                if length is None:
                    reason = NOT_DIGITS
                items.append(Noise(bytes(buffer[start:]), reason, fatal=True))
                self._lost = True
                start = len(buffer)
                break
            if len(buffer) - start < head + length:
                break
            items.append(Frame(bytes(buffer[start + head : start + head + length])))
            start += head + length
        del buffer[:start]
        return items

    def _length(self, prefix: bytes) -> int | None:
        """What the octets in front say; None: nothing."""
        return int.from_bytes(prefix, "big")

    def frame(self, payload: bytes) -> bytes:
        """The frame of `payload` (1 octet to the limit).  Raises EncodeError."""
        _check_payload(payload, self.limit_octets)
        return len(payload).to_bytes(self.prefix_octets, "big") + payload


class DigitsFramer(TcpFramer):
    """As `TcpFramer` with the length as four ASCII digits: "ASC mode" of register programs (hehe02921/qqq,
    MisSocket.cpp)."""

    prefix_octets = 4

    def _length(self, prefix: bytes) -> int | None:
        return int(prefix) if prefix.isdigit() else None

    def frame(self, payload: bytes) -> bytes:
        """The frame of `payload` (1 octet to the limit).  Raises EncodeError."""
        _check_payload(payload, min(self.limit_octets, BCD_LENGTH_MAX))
        return f"{len(payload):04d}".encode("ascii") + payload


def lrc(data: bytes | bytearray) -> int:
    """XOR of all octets."""
    return reduce(xor, data, 0)


class ScanningFramer:
    """What framers share whose frames begin with a mark and whose octets get lost or damaged on a serial line.

    After a false mark or a damaged frame the search goes on at the octet behind that mark, so a good frame is never
    lost behind garbage.  Once garbage has begun, control octets count as garbage too, until a good frame or `expire()`:
    a 15 inside a damaged frame is no NAK.  The result does not depend on how the octets are split over calls.
    """

    marks: frozenset[int] = frozenset((STX,))
    """Octets with which a frame may begin."""
    controls: frozenset[int] = CONTROLS
    """Octets that stand alone between frames."""

    def __init__(self, limit_octets: int) -> None:
        self.limit_octets = limit_octets
        self._buffer = bytearray()
        self._noise_reason: Text | None = None

    @property
    def idle(self) -> bool:
        """True between frames.  While False, the inter-byte time-out must run, and `expire()` follow it."""
        return not self._buffer and self._noise_reason is None

    @property
    def pending_octets(self) -> int:
        """Octets of an unfinished frame; at most the limit and what the frame has around it."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Item]:
        """What `data` completes, in order."""
        self._buffer += data
        return self._scan(final=False)

    def expire(self) -> list[Item]:
        """The line was silent for the inter-byte time-out: a partial frame becomes noise, what is whole inside it is
        delivered, and the next octet begins afresh."""
        items = self._scan(final=True)
        self._noise_reason = None
        return items

    def _scan(self, final: bool) -> list[Item]:
        buffer = self._buffer
        items: list[Item] = []
        at = noise_from = 0

        def flush() -> None:
            if at > noise_from:
                items.append(Noise(bytes(buffer[noise_from:at]), self._noise_reason or NO_STX))

        while at < len(buffer):
            byte = buffer[at]
            if byte in self.marks:
                size, fault = self._candidate(at)
                if size:
                    flush()
                    items.append(self._item(at, size))
                    at = noise_from = at + size
                    self._noise_reason = None
                    continue
                if fault is None and not final:
                    break
                flush()
                noise_from = at
                self._noise_reason = fault or TIMED_OUT
            elif self._noise_reason is None:
                if byte in self.controls:
                    items.append(Control(byte))
                    at = noise_from = at + 1
                    continue
                self._noise_reason = self._outside(byte)
            at += 1
        flush()
        del buffer[:at]
        return items

    def _candidate(self, at: int) -> tuple[int, Text | None]:
        """(size, None) a good frame begins at `at`; (0, None) octets are missing; (0, reason) it is none."""
        raise NotImplementedError

    def _item(self, at: int, size: int) -> Item:
        """What the `size` octets at `at` are."""
        raise NotImplementedError

    def _outside(self, byte: int) -> Text:
        """Why `byte` can neither begin a frame nor stand alone."""
        return NO_STX


class SerialFramer(ScanningFramer):
    """STX, BCD length, ETX, LRC."""

    def __init__(self, limit_octets: int = SERIAL_LIMIT_OCTETS) -> None:
        if not 0 < limit_octets <= BCD_LENGTH_MAX:
            raise ValueError(f"limit_octets must be 1 to {BCD_LENGTH_MAX}, got {limit_octets}")
        super().__init__(limit_octets)

    def _item(self, at: int, size: int) -> Item:
        return Frame(bytes(self._buffer[at + 3 : at + size - 2]))

    def _candidate(self, at: int) -> tuple[int, Text | None]:
        buffer = self._buffer
        head = buffer[at + 1 : at + 3].hex()
        if not head.isdigit():
            return 0, BAD_BCD if head else None
        if len(head) < 4:
            return 0, None
        length = int(head)
        if length == 0 or length > self.limit_octets:
            return 0, OVER_LIMIT.format(length=length, limit=self.limit_octets) if length else ZERO_LENGTH
        size = length + SERIAL_OVERHEAD_OCTETS
        end = at + size
        if len(buffer) >= end - 1 and buffer[end - 2] != ETX:
            return 0, NO_ETX
        if len(buffer) < end:
            return 0, None
        if lrc(buffer[at + 1 : end - 1]) != buffer[end - 1]:
            return 0, BAD_LRC
        return size, None

    def frame(self, payload: bytes) -> bytes:
        """The frame of `payload` (1 octet to the limit).  Raises EncodeError."""
        _check_payload(payload, self.limit_octets)
        covered = bytes.fromhex(f"{len(payload):04d}") + payload + bytes((ETX,))
        return bytes((STX,)) + covered + bytes((lrc(covered),))


Prefix = Literal["", "binary", "digits"]
TPDU_ID = 0x60
HEAD_OCTETS = 4
"""So many octets tell the two framings of a host's line apart."""


class HostFramer:
    """A stream of any framing that hosts use, told by its first octets: `TcpFramer`, `SerialFramer` where they are STX,
    two BCD octets and the TPDU's 60 (a length of 512 and more begins with 02, too, but then the 60 is third), or
    `DigitsFramer` where they are four digits (as a binary length far beyond the limit).

    For whoever does not choose the framing: masker, fault path, and the host, which has one `prefix` alone: "binary" or
    "digits", "" for either.  `frame` answers in the framing that came in.
    """

    def __init__(self, limit_octets: int = TCP_LIMIT_OCTETS, prefix: Prefix = "") -> None:
        self.limit_octets = limit_octets
        self._prefix = prefix
        self._head = bytearray()
        self._chosen: TcpFramer | SerialFramer | None = None

    @property
    def pending_octets(self) -> int:
        """Octets of an unfinished frame."""
        return len(self._head) if self._chosen is None else self._chosen.pending_octets

    def feed(self, data: bytes) -> list[Item]:
        """What `data` completes, in order."""
        if self._chosen is not None:
            return self._chosen.feed(data)
        self._head += data
        head = self._head
        if not head or (len(head) < HEAD_OCTETS and (head[0] == STX or bytes(head).isdigit())):
            return []
        is_stx = head[0] == STX and head[1:3].hex().isdigit() and head[3] == TPDU_ID
        digits = self._prefix == "digits" or (not self._prefix and head[:HEAD_OCTETS].isdigit())
        tcp = DigitsFramer(self.limit_octets) if digits else TcpFramer(self.limit_octets)
        self._chosen = SerialFramer(self.limit_octets) if is_stx else tcp
        self._head = bytearray()
        return self._chosen.feed(bytes(head))

    def frame(self, payload: bytes) -> bytes:
        """The frame of `payload`; with a length in front while nothing has come in.  Raises EncodeError."""
        return (self._chosen or (DigitsFramer if self._prefix == "digits" else TcpFramer)(self.limit_octets)).frame(
            payload
        )


def framer_of(framing: str, limit_octets: int = TCP_LIMIT_OCTETS) -> TcpFramer | SerialFramer:
    """A framer for a host's line: "tcp" or "stx" (`Dialect.framing`)."""
    return SerialFramer(limit_octets) if framing == "stx" else TcpFramer(limit_octets)
