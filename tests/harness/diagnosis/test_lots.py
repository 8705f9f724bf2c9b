"""D11: how many devices of a lot are more than chance, and when the lot is to blame."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.diagnosis import diagnose
from harness.diagnosis.chance import ALPHA, BASE_RATE, too_many
from harness.trace import Event


@pytest.mark.parametrize(
    ("devices", "k"),
    # from the recurrence of the distribution's terms, in decimals of 60 digits
    [(0, 1), (1, 2), (2, 3), (3, 3), (4, 3), (5, 3), (6, 4), (10, 4), (20, 5), (50, 7), (100, 10), (1000, 39)],
)
def test_the_bound_is_the_tail_of_the_binomial_distribution(devices: int, k: int) -> None:
    assert too_many(devices) == k


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 60), st.fractions(Fraction(1, 200), Fraction(1, 2)), st.sampled_from((10, 1_000, 10**6)))
def test_it_is_the_smallest_that_is_seldom_enough(devices: int, rate: Fraction, seldom: int) -> None:
    """Against the distribution built up device by device, without a binomial coefficient."""
    chances = [Fraction(1)]
    for _ in range(devices):
        grown = [Fraction(0)] * (len(chances) + 1)
        for broken, chance in enumerate(chances):
            grown[broken] += chance * (1 - rate)
            grown[broken + 1] += chance * rate
        chances = grown
    k = too_many(devices, rate, Fraction(1, seldom))
    assert sum(chances[k:]) < Fraction(1, seldom) <= sum(chances[k - 1 :])


def test_more_devices_need_more_faults() -> None:
    bounds = [too_many(devices) for devices in range(200)]
    assert bounds == sorted(bounds) and 0 < BASE_RATE < 1 and 0 < ALPHA < 1


Tests = list[tuple[str, bool]]
"""Lot and result of one device each."""


def devices(lots: dict[str, tuple[int, int]]) -> Tests:
    """(broken, sound) devices in each lot."""
    return [(lot, ok) for lot, (broken, sound) in lots.items() for ok in [False] * broken + [True] * sound]


def self_tests(tests: Tests, part: str = "printer", found: tuple[str, ...] = ("part_failed",)) -> list[Event]:
    """Their self-tests; the n-th that fails has the n-th of `found`, then the last."""
    events: list[Event] = []
    broken = 0
    for number, (lot, ok) in enumerate(tests, 1):
        broken += not ok
        what = "" if ok else found[min(broken, len(found)) - 1]
        data = {"part": part, "ok": ok, "found": what, "first": False, "serial": f"SN{number}", "lot": lot}
        events.append(Event(number, 0, "terminal", "self_test", {**data, "id": f"P{number}"}, ("terminal",)))
    return events


@pytest.mark.parametrize(
    ("lots", "named"),
    [
        ({"A": (3, 1), "B": (0, 3)}, True),
        ({"A": (3, 2), "B": (0, 3)}, True),
        ({"A": (2, 3), "B": (0, 3)}, False),  # one fewer: chance
        ({"A": (3, 2), "B": (1, 2)}, True),  # one elsewhere is everyday life
        ({"A": (3, 0), "B": (3, 0)}, False),  # all lots alike: not the lot
        ({"A": (3, 1)}, False),  # no other lot was looked at
        ({"": (3, 0), "B": (0, 5)}, False),  # nobody knows the lot
        ({"A": (9, 91), "B": (0, 100)}, False),  # nine of a hundred are chance, just so
        ({"A": (10, 90), "B": (0, 100)}, True),
    ],
)
def test_a_lot_is_to_blame_when_it_stands_out(lots: dict[str, tuple[int, int]], named: bool) -> None:
    assert ("D11" in diagnose(self_tests(devices(lots))).named) is named


@pytest.mark.parametrize(("part", "found"), [("tamper", "tampered"), ("battery", "wrong_model")])
def test_what_people_did_is_nobodys_production_fault(part: str, found: str) -> None:
    assert "D11" not in diagnose(self_tests(devices({"A": (3, 1), "B": (0, 3)}), part, (found,))).named


def test_different_faults_are_not_added_up() -> None:
    lots = devices({"A": (3, 0), "B": (0, 3)})
    assert "D11" in diagnose(self_tests(lots)).named
    assert "D11" not in diagnose(self_tests(lots, found=("part_failed", "part_failed", "other"))).named


def test_a_device_that_is_tested_again_counts_once() -> None:
    once = self_tests(devices({"A": (2, 0), "B": (0, 3)}))
    again = [replace(event, seq=event.seq + 10) for event in once]
    assert "D11" not in diagnose([*once, *again]).named


def reported(*lots: tuple[str, int, int]) -> list[Event]:
    """The provider's report: lot, devices that told their state, devices whose card reader is broken."""
    rows = []
    for lot, told, broken in lots:
        faulty = [{"part": "03", "zh": "-", "en": "-", "count": broken}] if broken else []
        rows.append({"lot": lot, "devices": 9, "reported": told, "recalled": False, "faulty": faulty})
    data = {"action": "lots", "request": {}, "answer": {"lots": rows}}
    return [Event(1, 0, "host", "portal", data, ("register", "host"))]


@pytest.mark.parametrize(
    ("lots", "named"),
    [
        ((("A", 4, 3), ("B", 3, 0)), True),
        ((("A", 4, 2), ("B", 3, 0)), False),
        ((("A", 4, 3), ("B", 0, 0)), False),  # nobody of the other lot told anything
        ((("A", 4, 3),), False),
    ],
)
def test_the_providers_report_is_read_in_the_same_way(lots: tuple[tuple[str, int, int], ...], named: bool) -> None:
    for side in ("host", "register"):
        found = diagnose(reported(*lots), "host" if side == "host" else "register")
        assert ("D11" in found.named) is named
