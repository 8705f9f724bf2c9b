"""Time.  The only module that reads a real clock; everybody else is handed microseconds since the run's epoch."""

from __future__ import annotations

import time
from typing import Protocol

_NS_PER_US = 1_000


class Clock(Protocol):
    """What tells the time of a run: an integer count of microseconds since the run's epoch, which never goes back."""

    def now_us(self) -> int: ...

    def advance(self, us: int) -> None:
        """Pass `us` microseconds at once: a long wait that nobody sits through.  Raises ValueError below zero."""
        ...


class VirtualClock:
    """Time that stands still until the engine moves it."""

    def __init__(self, now_us: int = 0) -> None:
        self._now_us = now_us

    def now_us(self) -> int:
        return self._now_us

    def advance(self, us: int) -> None:
        self._now_us += _forward(us)


class RealClock:
    """Monotonic time that starts at `epoch_us`; a change of the wall clock does not touch it.

    Processes that must share one time line are given the same `origin_ns`, the reading of `monotonic_ns` at the epoch
    (the monotonic clock is one and the same for all processes of a machine).
    """

    def __init__(self, epoch_us: int = 0, origin_ns: int | None = None) -> None:
        self._origin_ns = monotonic_ns() if origin_ns is None else origin_ns
        self._ahead_us = epoch_us

    def now_us(self) -> int:
        return (monotonic_ns() - self._origin_ns) // _NS_PER_US + self._ahead_us

    def advance(self, us: int) -> None:
        self._ahead_us += _forward(us)


def _forward(us: int) -> int:
    if us < 0:
        raise ValueError(f"time does not run backwards: {us} us")
    return us


def monotonic_ns() -> int:
    """Nanoseconds of the machine's monotonic clock."""
    return time.monotonic_ns()


def monotonic_s() -> float:
    """Seconds of the machine's monotonic clock, for time-outs of real processes and for measured durations."""
    return time.monotonic()


def sleep_s(seconds: float) -> None:
    """Block this thread.  For shells of real processes; nothing in a simulation sleeps."""
    time.sleep(max(0.0, seconds))


def wall_date() -> tuple[int, int, int, int, int, int]:
    """Local year, month, day, hour, minute, second, for a real host that must put a date on a reply."""
    now = time.localtime()
    return (now.tm_year, now.tm_mon, now.tm_mday, now.tm_hour, now.tm_min, now.tm_sec)


def wall_stamp() -> str:
    """Now, as ISO 8601 with the offset from UTC: `2026-11-22T10:32:05+08:00`, for records that people keep."""
    from datetime import datetime

    return datetime.now().astimezone().isoformat(timespec="seconds")
