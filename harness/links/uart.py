"""A model of the serial line between register and terminal: what a pseudo-terminal, which only copies octets, leaves
out.

Pure: no clock, no I/O; chance comes from a generator that is handed in.  `push` takes octets at one end and tells what
the other end reads, and when.  What is modelled: the time that characters take, data and parity and stop bits, ends
that are set differently (by sampling the line, `uart_bits`), noise, lost and doubled octets, breaks, a receiver that is
read too late, modem lines and flow control, the cable pulled and put back.

An octet with a parity or framing error is handed to the reader as it was read, and counted: so do Linux and Windows
unless a program asks for more.  What is pushed at once is one run of the line; a receiver that is still in the middle
of a character at its end takes the line for idle.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from .faults import Delivery, Stream
from .line_settings import LineSettings
from .modem_lines import SIDES, ModemLines, Seen, Side, Wiring
from .uart_bits import BitReceiver, BitSender, Character, Waveform, levels_of

NS_PER_US = 1_000
PPM = 1_000_000
QUEUE_OCTETS = 64 * 1024
"""What the sender's driver keeps while the line is busy or its flow control waits; what comes beyond it is lost."""
XON, XOFF = 0x11, 0x13
STREAM_OF: dict[Side, Stream] = {"register": "upstream", "terminal": "downstream"}
"""In which stream an end sends."""


@dataclass(frozen=True, slots=True)
class UartSettings:
    """`terminal` None: as the register.  Chances are per million: `noise_ppm` for each bit to be turned over,
    `drop_ppm` and `double_ppm` for each octet.  `break_us`: for so long the line is held low before the first octets of
    each direction. `latency_us`: how long the receiver's interrupt waits (an FTDI adapter: 16000); of the octets that
    come meanwhile `fifo_octets` are kept, 0 for all.
    """

    register: LineSettings = field(default_factory=LineSettings)
    terminal: LineSettings | None = None
    noise_ppm: int = 0
    drop_ppm: int = 0
    double_ppm: int = 0
    break_us: int = 0
    fifo_octets: int = 0
    latency_us: int = 0
    wiring: Wiring = "null-modem"

    def of(self, side: Side) -> LineSettings:
        return self.register if side == "register" or self.terminal is None else self.terminal


@dataclass(slots=True)
class Counts:
    """One direction, since the beginning.  `lost`: octets for which there was no room, or no cable."""

    sent: int = 0
    read: int = 0
    parity_errors: int = 0
    framing_errors: int = 0
    breaks: int = 0
    overruns: int = 0
    flipped_bits: int = 0
    dropped: int = 0
    doubled: int = 0
    lost: int = 0


class Uart:
    """Both directions, with what both ends have on their modem lines."""

    def __init__(self, settings: UartSettings, rng: random.Random) -> None:
        self._lines = ModemLines(settings.wiring)
        self._settings = settings
        self._ways: dict[Stream, _Way] = {STREAM_OF[side]: _Way(settings, side, rng) for side in SIDES}
        for side in SIDES:
            own = settings.of(side)
            self._lines.set(side, dtr=own.dtr is not False, rts=own.rts is not False)

    def push(self, stream: Stream, data: bytes, now_us: int) -> list[Delivery]:
        """`data` is written at the near end of `stream`; what is read at its far end, in the order of time."""
        way = self._ways[stream]
        if not self._lines.plugged:
            way.counts.lost += len(data)
            return []
        if not self._lines.may_send(way.side, self._settings.of(way.side).flow):
            way.hold(data)
            return []
        return [Delivery(at_us, stream, octets) for at_us, octets in way.send(data, now_us)]

    def counts(self, stream: Stream) -> Counts:
        return self._ways[stream].counts

    def seen_by(self, side: Side) -> Seen:
        """The modem lines as `side` sees them."""
        return self._lines.seen_by(side)

    def set_lines(self, side: Side, now_us: int, *, dtr: bool | None = None, rts: bool | None = None) -> list[Delivery]:
        """`side` changes its lines; what the other end held back because of them comes now."""
        self._lines.set(side, dtr=dtr, rts=rts)
        return self._go_on(now_us)

    def pull(self) -> None:
        """The cable comes out: both receivers see an idle line, and no modem line is up."""
        self._lines.plugged = False

    def put_back(self, now_us: int) -> list[Delivery]:
        """The cable is in again; ends that waited for it go on."""
        self._lines.plugged = True
        return self._go_on(now_us)

    def _go_on(self, now_us: int) -> list[Delivery]:
        found: list[Delivery] = []
        for stream, way in self._ways.items():
            own = self._settings.of(way.side)
            if way.held and self._lines.plugged and self._lines.may_send(way.side, own.flow):
                data, way.held = way.held, b""
                found += [Delivery(at_us, stream, octets) for at_us, octets in way.send(data, now_us)]
        return sorted(found, key=lambda one: one.at_us)


class _Way:
    """From `side` to the other end."""

    def __init__(self, settings: UartSettings, side: Side, rng: random.Random) -> None:
        self.side: Side = side
        self.counts = Counts()
        self.held = b""
        self._settings = settings
        self._rng = rng
        self._own = settings.of(side)
        self._peer = settings.of("terminal" if side == "register" else "register")
        self._sender = BitSender(self._own)
        self._receiver = BitReceiver(self._peer)
        self._break_us = settings.break_us
        self._reader = _Reader(settings, self.counts)
        same = (self._own.baud, self._own.data_bits, self._own.parity, self._own.stop_bits) == (
            (self._peer.baud, self._peer.data_bits, self._peer.parity, self._peer.stop_bits)
        )
        self._is_clean = same and not settings.noise_ppm and not settings.break_us

    def hold(self, data: bytes) -> None:
        kept = data[: QUEUE_OCTETS - len(self.held)]
        self.held += kept
        self.counts.lost += len(data) - len(kept)

    def send(self, data: bytes, now_us: int) -> list[tuple[int, bytes]]:
        now_ns = now_us * NS_PER_US
        waiting = max(0, self._sender.free_ns - now_ns) // (NS_PER_US * self._character_us + 1)
        room = max(0, QUEUE_OCTETS - waiting)
        self.counts.lost += max(0, len(data) - room)
        octets = self._struck(data[:room])
        self.counts.sent += len(octets)
        if self._is_clean:
            mask = (1 << self._own.data_bits) - 1
            begun = ((octet, self._sender.place(now_ns)) for octet in octets)
            characters = [Character(self._sender.ready_ns(place), octet & mask) for octet, place in begun]
        else:
            characters = list(self._receiver.read(self._drawn(octets, now_ns)))
        return self._reader.read(self._counted(characters))

    @property
    def _character_us(self) -> int:
        return self._own.half_bits * 500_000 // self._own.baud

    def _struck(self, data: bytes) -> bytes:
        """What is left of `data` after octets were lost and doubled."""
        drop, double = self._settings.drop_ppm, self._settings.double_ppm
        if not drop and not double:
            return data
        found = bytearray()
        for octet in data:
            chance = self._rng.randrange(PPM)
            if chance < drop:
                self.counts.dropped += 1
            elif chance < drop + double:
                self.counts.doubled += 1
                found += bytes((octet, octet))
            else:
                found.append(octet)
        return bytes(found)

    def _drawn(self, octets: bytes, now_ns: int) -> Waveform:
        line = Waveform()
        if self._break_us and octets:
            self._sender.hold_low(now_ns, self._break_us, line)
            self._break_us = 0
        for octet in octets:
            begun = self._sender.place(now_ns)
            self._sender.draw(begun, [self._noisy(level) for level in levels_of(octet, self._own)], line)
        return line

    def _noisy(self, level: int) -> int:
        if self._settings.noise_ppm and self._rng.randrange(PPM) < self._settings.noise_ppm:
            self.counts.flipped_bits += 1
            return 1 - level
        return level

    def _counted(self, characters: list[Character]) -> list[Character]:
        for one in characters:
            self.counts.breaks += one.is_break
            self.counts.framing_errors += one.framing_error and not one.is_break
            self.counts.parity_errors += one.parity_error and not one.is_break
        if self._peer.flow == "xonxoff":  # taken for flow control, and never handed to the reader
            return [one for one in characters if one.octet not in (XON, XOFF)]
        return characters


class _Reader:
    """The receiver's memory, and the interrupt that empties it `latency_us` after the first octet came."""

    def __init__(self, settings: UartSettings, counts: Counts) -> None:
        self._fifo_octets = settings.fifo_octets
        self._latency_ns = settings.latency_us * NS_PER_US
        self._counts = counts
        self._emptied_ns = -1
        self._waiting = 0

    def read(self, characters: list[Character]) -> list[tuple[int, bytes]]:
        """(microseconds, octets) of each time that the reader is handed something."""
        read: dict[int, bytearray] = {}
        for one in characters:
            if one.ready_ns > self._emptied_ns:
                self._emptied_ns, self._waiting = one.ready_ns + self._latency_ns, 0
            if self._fifo_octets and self._waiting >= self._fifo_octets:
                self._counts.overruns += 1
                continue
            self._waiting += 1
            self._counts.read += 1
            read.setdefault(-(-self._emptied_ns // NS_PER_US), bytearray()).append(one.octet)
        return [(at_us, bytes(octets)) for at_us, octets in read.items()]
