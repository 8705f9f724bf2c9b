"""An unstable line: probabilities, from which a seed draws a plan that is finite and says itself what it does.

Loss comes in bursts (Gilbert's model with two states): the share of frames that are lost is `loss` over all, and the
higher the correlation, the likelier the next one is lost, too.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import ClassVar

from . import Stream
from .base import Fault
from .cut import CutAfter
from .drop import Drop
from .latency import Latency

FRAMES_MAX = 250
"""For so many frames each way it is drawn what becomes of them."""
CONNECTIONS_MAX = 10_000
STREAMS: tuple[Stream, Stream] = ("upstream", "downstream")


@dataclass(frozen=True, slots=True)
class Unstable(Fault):
    """Of the next `frames` frames each way `loss` percent are lost, in bursts the longer the higher `correlation`
    (percent); behind `disconnect` percent the connection dies; all are late as with `latency`.

    `stream` and `times` have no meaning here.
    """

    name: ClassVar[str] = "unstable"

    loss: int = 0
    correlation: int = 0
    disconnect: int = 0
    latency: int = 0
    jitter: int = 0
    frames: int = FRAMES_MAX

    def draw(self, rng: random.Random) -> tuple[Fault, ...]:
        """The faults that `rng` draws: the same draws, the same faults."""
        faults: list[Fault] = []
        for stream in STREAMS:
            faults += [Drop(stream, times, first) for first, times in _runs(self._lost(rng))]
            faults += [CutAfter(stream, times, first) for first, times in _runs(self._disconnected(rng))]
            if self.latency or self.jitter:
                faults.append(Latency(stream, CONNECTIONS_MAX, latency=self.latency, jitter=self.jitter))
        return tuple(faults)

    def _lost(self, rng: random.Random) -> list[bool]:
        loss, correlation = self.loss / 100, self.correlation / 100
        lost, found = rng.random() < loss, []
        for _ in range(self.frames):
            found.append(lost)
            chance = loss + correlation * (1 - loss) if lost else loss * (1 - correlation)
            lost = rng.random() < chance
        return found

    def _disconnected(self, rng: random.Random) -> list[bool]:
        return [rng.random() < self.disconnect / 100 for _ in range(self.frames)]


def _runs(struck: list[bool]) -> list[tuple[int, int]]:
    """(number of the first frame, how many in a row), from 1."""
    runs: list[tuple[int, int]] = []
    for number, here in enumerate(struck, 1):
        if here and runs and sum(runs[-1]) == number:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif here:
            runs.append((number, 1))
    return runs
