"""Every way in which a line to the host can fail two sales, one or two faults at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, product

from harness.links.plan import FaultPlan

from .shop import SOUND, Different, NotRight, Shop

T1_MS = 60_000
"""The standard dialect's wait for a reply (Q/CUP 009)."""
FAULTS: Mapping[str, str] = {
    "lost": "drop",
    "late": f"delay:delay={T1_MS + 5_000}",
    "twice": "duplicate",
    "bad MAC": "flip:bit=1000000",
}
"""A flip beyond the end turns the last bit over, which is one of F64."""
STREAMS = ("upstream", "downstream")
FRAMES = (1, 2, 3)
"""Of each direction: request, then its reversal or the next request, then what follows that."""
OUTAGE = tuple(f"drop:stream={stream},times=12" for stream in STREAMS)
"""One fault that lasts: longer than all tries of a reversal."""


def single() -> list[str]:
    """One fault on one frame."""
    places = product(FAULTS.values(), STREAMS, FRAMES)
    return [f"{fault}{',' if ':' in fault else ':'}stream={stream},frame={frame}" for fault, stream, frame in places]


def plans() -> Iterator[tuple[str, ...]]:
    """No fault, one, two; and a line that is dead for a while in one direction."""
    yield ()
    faults = single()
    yield from ((fault,) for fault in faults)
    for pair in combinations(faults, 2):
        if pair[0].split("stream=")[1] != pair[1].split("stream=")[1]:
            yield pair
    yield from ((outage,) for outage in OUTAGE)


def survive_line(faults: tuple[str, ...], different: Different = SOUND) -> None:
    """Two sales over a bad line, which is then healed; then the rest of the day.  Raises NotRight."""
    shop = Shop(different)
    shop.bench.set_faults("host", FaultPlan.from_specs(faults))
    shop.sell(1111)
    shop.sell(2222, "stripe", "swipe")
    shop.bench.set_faults("host", None)
    shop.close()
    shop.check()
    if not all(shop.balanced()):
        raise NotRight("a batch settled unbalanced")
