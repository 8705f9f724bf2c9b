"""Durations under `_us` keys, places in lists, and conditions of an expectation."""

from __future__ import annotations

import pytest

from harness.scenarios.values import at_path, differences, filled

DAY_US = 86_400_000_000


def test_durations_and_moments() -> None:
    args = {"due_us": "+3d", "length_us": "2h", "name": "+3d", "deep": [{"from_us": "+1s"}], "at_us": "${then}"}
    found = filled(args, {"then": 7}, now_us=1_000_000)
    assert found == {
        "due_us": 3 * DAY_US + 1_000_000,
        "length_us": 7_200_000_000,
        "name": "+3d",
        "deep": [{"from_us": 2_000_000}],
        "at_us": 7,
    }


@pytest.mark.parametrize(
    ("wanted", "value", "fits"),
    [
        ({"min": 2}, 2, True),
        ({"min": 2}, 1, False),
        ({"min": 2, "max": 3}, 4, False),
        ({"min": 1}, "1", False),
        ({"not": "00"}, "03", True),
        ({"not": "00"}, "00", False),
        ({"has": "licence"}, ["licence", "identity"], True),
        ({"has": "licence"}, None, False),
        ({"has": None}, "licence", False),
        ({"empty": False}, ["x"], True),
        ({"empty": True}, [], True),
        ({"empty": False}, "", False),
        (["03", "58"], "58", True),
        ("03", "58", False),
    ],
)
def test_conditions(wanted: object, value: object, fits: bool) -> None:
    assert (differences({"holds": [{"x": value}]}, {"holds.0.x": wanted}) == []) is fits


def test_places_in_lists() -> None:
    assert at_path({"a": [{"b": 1}]}, "a.0.b") == 1
    assert at_path({"a": [{"b": 1}]}, "a.1.b") == "(missing)"
    assert at_path({"a": [{"b": 1}, {"b": 2}]}, "a.-1.b") == 2
    assert at_path({"a": []}, "a.-1.b") == "(missing)"
    assert at_path({"a": [{"b": 1}, {"b": 2}]}, "a.-2.b") == "(missing)"
