"""Octets as the levels of a serial line, and back: what an asynchronous sender puts on the wire, and what a receiver
with settings of its own reads from it.

The line is high while it is idle.  A character is a start bit (low), the data bits from the lowest, a parity bit if
there is one, and stop bits (high).  A receiver waits for a falling edge, looks at the line in the middle of each bit,
counted by its own clock from that edge, and is ready for the next edge in the middle of the (first) stop bit.  Real
ones sample three times and take the majority; noise is given per bit here, so once is the same.

Times are nanoseconds; bit edges are computed from the beginning of a run, so nothing adds up.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .line_settings import LineSettings, parity_bit

NS_PER_S = 1_000_000_000


def levels_of(octet: int, settings: LineSettings) -> list[int]:
    """The bits of one character before its stop bits, as they follow each other on the line."""
    data = octet & (1 << settings.data_bits) - 1
    bits = [0, *((data >> place) & 1 for place in range(settings.data_bits))]
    return bits if settings.parity == "N" else [*bits, parity_bit(data, settings.parity)]


class Waveform:
    """Levels in time: high before its beginning and behind its end."""

    def __init__(self) -> None:
        self._times: list[int] = []
        self._levels: list[int] = []

    def add(self, at_ns: int, level: int) -> None:
        """From `at_ns` on the line is at `level`; times must not go back."""
        if level != (self._levels[-1] if self._levels else 1):
            self._times.append(at_ns)
            self._levels.append(level)

    def level(self, at_ns: int) -> int:
        place = bisect_right(self._times, at_ns)
        return self._levels[place - 1] if place else 1

    def falling_edge(self, from_ns: int) -> int | None:
        """When it next goes from high to low, not before `from_ns`."""
        place = bisect_right(self._times, from_ns - 1)
        while place < len(self._times):
            if not self._levels[place]:
                return self._times[place]
            place += 1
        return None


@dataclass(frozen=True, slots=True)
class Character:
    """What a receiver made of the line.  `ready_ns`: the middle of its stop bit."""

    ready_ns: int
    octet: int
    parity_error: bool = False
    framing_error: bool = False
    """The line was low where the stop bit belongs."""

    @property
    def is_break(self) -> bool:
        """Low from the start bit through the stop bit."""
        return self.framing_error and not self.octet


class BitSender:
    """Puts characters on a line one behind the other, as fast as `settings` allow."""

    def __init__(self, settings: LineSettings) -> None:
        self.settings = settings
        self._start_ns = 0
        self._halves = 0

    @property
    def free_ns(self) -> int:
        """When the last stop bit is over."""
        return self._at(self._halves)

    def place(self, now_ns: int) -> int:
        """When the next character begins that is handed over at `now_ns`; the line is taken for it."""
        if now_ns > self.free_ns:
            self._start_ns, self._halves = now_ns, 0
        begun = self._halves
        self._halves += self.settings.half_bits
        return begun

    def ready_ns(self, begun: int) -> int:
        """When a receiver with the same settings has the character that `place` put there."""
        return self._at(begun + 2 * (1 + self.settings.data_bits + (self.settings.parity != "N")) + 1)

    def draw(self, begun: int, levels: Sequence[int], line: Waveform) -> None:
        """Put the bits on the line; the stop bits follow."""
        for place, level in enumerate([*levels, 1]):
            line.add(self._at(begun + 2 * place), level)

    def hold_low(self, now_ns: int, duration_us: int, line: Waveform) -> None:
        """A break, and one character's length of idle line behind it."""
        line.add(max(now_ns, self.free_ns), 0)
        self._start_ns, self._halves = max(now_ns, self.free_ns) + duration_us * 1_000, self.settings.half_bits
        line.add(self._start_ns, 1)

    def _at(self, halves: int) -> int:
        return self._start_ns + halves * NS_PER_S // (2 * self.settings.baud)


class BitReceiver:
    """Reads characters from a line by its own settings."""

    def __init__(self, settings: LineSettings) -> None:
        self.settings = settings
        self._ready_ns = 0

    def read(self, line: Waveform) -> Iterator[Character]:
        """All characters of `line`, which is idle behind its end."""
        while (edge_ns := line.falling_edge(self._ready_ns)) is not None:
            if line.level(self._middle(edge_ns, 0)):  # a spike, no start bit
                self._ready_ns = self._middle(edge_ns, 0)
                continue
            yield self._character(line, edge_ns)

    def _character(self, line: Waveform, edge_ns: int) -> Character:
        count = self.settings.data_bits
        octet = sum(line.level(self._middle(edge_ns, 1 + place)) << place for place in range(count))
        wrong, stop = False, 1 + count
        if self.settings.parity != "N":
            wrong = line.level(self._middle(edge_ns, stop)) != parity_bit(octet, self.settings.parity)
            stop += 1
        self._ready_ns = self._middle(edge_ns, stop)
        return Character(self._ready_ns, octet, wrong, not line.level(self._ready_ns))

    def _middle(self, edge_ns: int, bit: int) -> int:
        return edge_ns + (2 * bit + 1) * NS_PER_S // (2 * self.settings.baud)
