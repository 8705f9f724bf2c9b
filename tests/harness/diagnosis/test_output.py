"""Printer, display and keypad in the diagnosis: the traces are written here, what somebody who stands there would see.

Expected: the catalogue's rows B3, D2, D4, D5 and what section K says of them.
"""

from __future__ import annotations

from typing import Any

import pytest

from harness.diagnosis import diagnose
from harness.trace import Event

from .test_people import ended, events, keypad_test

Given = tuple[str, dict[str, Any]]


def self_test(part: str, ok: bool, first: bool = False, found: str = "part_failed") -> Given:
    data = {"part": part, "ok": ok, "found": "" if ok else found, "id": f"{part}-1", "first": first, "serial": "S1"}
    return "self_test", data


def one_test(part: str, what: str, ok: bool) -> Given:
    return "part", {"part": part, "what": what, "ok": ok}


def group(*given: Given) -> tuple[str, ...]:
    return diagnose(events(*given)).group


@pytest.mark.parametrize(("part", "row"), [("printer", "D2"), ("display", "D4"), ("keypad", "D5")])
def test_a_part_that_fails_its_first_test_came_damaged_and_one_that_passed_before_did_not(part: str, row: str) -> None:
    assert group(self_test(part, False, first=True)) == ("B3",)
    assert group(self_test(part, True, first=True), self_test(part, False)) == (row,)


CODE_DIFFERS = (one_test("display", "display_test", False), ended("display_test", "refused", "code_differs"))


def test_a_code_that_differs_is_the_displays_only_once_the_keys_are_good() -> None:
    assert group(*CODE_DIFFERS) == ("D4", "D5")
    assert diagnose(events(*CODE_DIFFERS)).next_probe == "keypad_test"
    assert group(keypad_test(True), *CODE_DIFFERS) == group(*CODE_DIFFERS, keypad_test(True)) == ("D4",)
    assert group(keypad_test(False), *CODE_DIFFERS) == ("D5",)


def test_the_keys_of_another_terminal_clear_no_display() -> None:
    given = events(keypad_test(True), *CODE_DIFFERS)
    others = [Event(e.seq, e.t_us, "terminal2" if e.seq == 1 else e.party, e.kind, e.data, e.seen_by) for e in given]
    assert diagnose(others).named == ()


@pytest.mark.parametrize("legible", [True, False])
def test_a_worn_ribbon_is_found_from_the_paper_while_the_status_is_good(legible: bool) -> None:
    image = {"copy": "merchant", "stan": "000001", "contrast_percent": 80, "blank_columns": 0, "legible": legible}
    found = diagnose(events(self_test("printer", True), ("image", image)))
    assert found.named == (() if legible else ("D2",))


def test_paper_that_runs_out_soon_is_no_fault() -> None:
    assert group(("part", {"part": "printer", "what": "paper_low", "ok": True, "count": 20})) == ()
