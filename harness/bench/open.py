"""Opens a bench by its name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from protocols.errors import LocalError
from protocols.text import Text

from .base import Bench
from .world import World

KINDS = ("simulated", "emulated")


def open_bench(kind: str, world: World, seed: int) -> Bench:
    """A fresh bench of `kind`.  Raises `LocalError` for an unknown kind, `BenchBroken` when its processes do not
    start."""
    if kind == "simulated":
        from .simulated import SimulatedBench

        return SimulatedBench(world, seed)
    if kind == "emulated":
        from .emulated import EmulatedBench  # loads asyncio, pyserial and HTTP

        return EmulatedBench(world, seed)
    known = ", ".join(KINDS)
    raise LocalError(
        Text(f"没有测试台 {kind}", f"there is no bench {kind}"), Text(f"可用：{known}", f"Use one of: {known}")
    )


@contextmanager
def helper_kept(kind: str) -> Iterator[None]:
    """Between one emulated bench and the next, keeps the helper that starts their processes: to load the program anew
    takes longer than many a row."""
    if kind != "emulated":
        yield
        return
    from .nursery import Nursery

    kept = Nursery.shared()
    try:
        yield
    finally:
        kept.release()
