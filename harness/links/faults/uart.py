"""A serial line as it is: the model of `harness.links.uart` on a wire."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from ..line_settings import LineSettings
from ..uart import Uart, UartSettings
from . import Stream
from .base import ByteFault, Chunk, Cut, Toxic

ASKED = "asked"
"""Of `register`: as the program there has set its port, where that is a pty; else as the terminal."""


@dataclass(frozen=True, slots=True)
class UartLine(ByteFault):
    """On a wire only: a real line's pace; its ends are set as `register` and `terminal` ("": alike), or misread.

    Chances are per million bits or octets; `break_us` low before the first octets of each direction; `latency_us` until
    the receiver is read, which keeps `fifo_octets` meanwhile (0: all); `wiring` is `null-modem` or `three-wire`.
    `stream` has no meaning here.
    """

    name: ClassVar[str] = "uart"
    both_ways: ClassVar[bool] = True
    wire_only: ClassVar[bool] = True

    register: str = "9600-8N1"
    terminal: str = ""
    noise_ppm: int = 0
    drop_ppm: int = 0
    double_ppm: int = 0
    break_us: int = 0
    fifo_octets: int = 0
    latency_us: int = 0
    wiring: str = "null-modem"

    @property
    def settings(self) -> UartSettings:
        """Raises `LocalError` for settings that are none; a plan that was parsed has none of these."""
        terminal = LineSettings.parse(self.terminal) if self.terminal else None
        return UartSettings(
            (terminal or LineSettings()) if self.register == ASKED else LineSettings.parse(self.register),
            terminal,
            self.noise_ppm,
            self.drop_ppm,
            self.double_ppm,
            self.break_us,
            self.fifo_octets,
            self.latency_us,
            "three-wire" if self.wiring == "three-wire" else "null-modem",
        )

    def begin(self, opened_us: int, rng: random.Random) -> Toxic:
        return _Wire(Uart(self.settings, rng))


class _Wire(Toxic):
    def __init__(self, uart: Uart) -> None:
        self._uart = uart

    def flow_in(self, stream: Stream, chunk: Chunk) -> list[Chunk | Cut]:
        return [Chunk(one.at_us, one.data) for one in self._uart.push(stream, chunk.data, chunk.at_us)]
