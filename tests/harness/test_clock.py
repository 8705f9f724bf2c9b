"""Clocks that never go back."""

from __future__ import annotations

import pytest

from harness import clock
from harness.clock import RealClock, VirtualClock


def test_virtual_time_stands_still_until_it_is_moved() -> None:
    time = VirtualClock(5)
    assert (time.now_us(), time.now_us()) == (5, 5)
    time.advance(10)
    assert time.now_us() == 15


def test_real_time_follows_the_monotonic_clock_and_can_be_advanced(monkeypatch: pytest.MonkeyPatch) -> None:
    reading = [1_000_000]
    monkeypatch.setattr(clock, "monotonic_ns", lambda: reading[0])
    time = RealClock(epoch_us=100)
    assert time.now_us() == 100
    reading[0] += 7_999
    assert time.now_us() == 107
    time.advance(1_000)
    assert time.now_us() == 1_107


def test_two_processes_with_one_origin_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "monotonic_ns", lambda: 9_000_000)
    assert RealClock(0, 4_000_000).now_us() == RealClock(0, 4_000_000).now_us() == 5_000


@pytest.mark.parametrize("time", [VirtualClock(), RealClock()])
def test_no_clock_runs_backwards(time: clock.Clock) -> None:
    with pytest.raises(ValueError, match="backwards"):
        time.advance(-1)
