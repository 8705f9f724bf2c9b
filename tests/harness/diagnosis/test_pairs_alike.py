"""Pairs that look alike (section K of the catalogue), and the observation that tells them apart.

With the observation the two are apart; without the events that show it they tie, or the other one comes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import pytest

from harness.diagnosis import Diagnosis, diagnose
from harness.trace import Event, Who
from tests.harness.recordings import before_remedy, looks

Case = tuple[str, str, tuple[str, ...]]
"""Row, case, and the symptoms that tell it from the other rows of its pair."""

REASONS: tuple[Case, ...] = (
    ("A4", "at-the-recheck", ("recheck_disputed",)),
    ("G5", "merchant", ("held_for_complaints",)),
    ("H3", "self-swipe", ("held_for_fraud",)),
    ("H4", "habit", ("held_for_amount", "code_61")),
    ("H5", "chip", ("held_for_frequency", "code_65")),
    ("H6", "rent", ("held_for_fees",)),
    ("H7", "pause", ("paused_by_merchant",)),
    ("H8", "mid-batch", ("held_for_check",)),
)
"""F39 = 03: the reason's item, case number, rule and sales, limit, count, sum, request, check number."""

CONTROL_SET: tuple[Case, ...] = (
    ("H1", "expired", ("not_certified",)),
    ("H2", "field", ("rule_broken",)),
    ("G6", "suspended", ("model_suspended", "stopped_by_model")),
    ("E1", "below-minimum", ("version_outdated",)),
    ("E3", "one-model", ("version_vulnerable",)),
)
"""F39 = 58: which model, firmware or request is refused, and which is not."""

PAIRS: tuple[tuple[Case, Case], ...] = (
    *combinations(REASONS, 2),
    *combinations(CONTROL_SET, 2),
    (
        ("A6", "resumed", ("draft_left", "activation_draft")),
        ("A7", "no-application", ("no_record", "activation_unknown")),
    ),
    (
        ("B1", "code-expired", ("activation_code_expired", "code_expired_unused", "parcel_delayed")),
        ("C2", "wrong-activation-code", ("activation_code_wrong", "part_is_good")),
    ),
    (("C2", "wrong-pin", ("part_is_good",)), ("D5", "swapped", ("keypad_bad",))),
    (("C2", "wrong-card-face", ("part_is_good",)), ("D1", "magnetic-head", ("reader_dead",))),
    (
        ("C3", "forced-open", ("same_parts",)),
        ("D13", "display-swapped", ("case_opened", "part_changed", "other_part")),
    ),
    (("D7", "magnetic-head", ("cleaning_does_not_help",)), ("D12", "liquid", ("reads_and_keys_fail_together",))),
    (("F1", "refused", ("other_address_fails", "refused_alone")), ("G1", "shut-down", ("@notices", "@host"))),
    (("F1", "refused", ("other_address_fails", "refused_alone")), ("G3", "host-down", ("@terminal2",))),
    (("G1", "maintenance", ("@notices", "held_for_maintenance")), ("G3", "system-error", ("@notices",))),
    (
        ("G1", "maintenance", ("inside_window", "held_for_maintenance")),
        ("G7", "end-of-service", ("service_ended", "code_58")),
    ),
    (("F4", "request-flipped", ("@host",)), ("G2", "mac-key", ("@host", "@notices"))),
    (("H1", "expired", ("not_certified", "code_58")), ("H12", "expired", ("licence_ended", "code_31"))),
    (
        ("I1", "refused-by-review", ("account_refused", "code_03")),
        ("I3", "left-half-way", ("account_draft", "account_d6")),
    ),
)
"""Of two rows whose codes differ in this dialect, the code is one of the observations.

"@notices": the portal's announcements were not read; "@host": its recording is not there; "@terminal2": nobody asked
the other terminals.
"""

ONE_WAY: tuple[tuple[Case, str], ...] = (
    (("G2", "session", ("@host", "@notices", "@sign_in")), "C1"),
    (("G3", "killed-after-booking", ("@terminal2",)), "F3"),
)
"""Without the observation the first row is taken for the other; the other way round something is missing, not seen."""

SHOWN_BY_ONE: tuple[tuple[tuple[str, str], str, tuple[str, str]], ...] = (
    (("A1", "review-late"), "later_decided", ("A5", "review")),
    (("A5", "review"), "team_congested", ("A1", "review-late")),
    (("I3", "left-half-way"), "another_account_sells", ("A6", "resumed")),
    (("I1", "refused-by-review"), "account_refused", ("A7", "no-application")),
    (("I3", "left-half-way"), "account_draft", ("A7", "no-application")),
    (("A6", "resumed"), "draft_left", ("I3", "left-half-way")),
    (("A7", "no-application"), "no_record", ("I1", "refused-by-review")),
    (("B3", "reader"), "first_self_test_failed", ("D1", "mute-and-no-fallback")),
    (("D1", "mute-and-no-fallback"), "reader_failed_later", ("B3", "reader")),
    (("B3", "printer"), "first_self_test_failed", ("D2", "jam")),
    (("D2", "jam"), "printer_stopped", ("B3", "printer")),
    (("B3", "printer"), "first_self_test_failed", ("D4", "blank")),
    (("B3", "printer"), "first_self_test_failed", ("D5", "dead")),
    (("B3", "printer"), "first_self_test_failed", ("D3", "overnight")),
    (("C3", "forced-open"), "tamper_record", ("E5", "wrong-package")),
    (("C3", "forced-open"), "tamper_record", ("E6", "batch-wiped")),
    (("E5", "does-not-start"), "version_rolled_back", ("C3", "forced-open")),
    (("E5", "does-not-start"), "version_rolled_back", ("E6", "batch-wiped")),
    (("B3", "reader"), "first_self_test_failed", ("D11", "chip-readers")),
    (("D11", "chip-readers"), "lot_fault", ("B3", "reader")),
    (("D11", "chip-readers"), "lot_fault", ("D1", "mute-and-no-fallback")),
    (("B3", "printer"), "first_self_test_failed", ("D6", "housing")),
    (("D6", "housing"), "case_damaged", ("B3", "printer")),
    (("H9", "slow-answers"), "slow_at_host", ("F3", "slow")),
    (("H9", "frequent-failures"), "quality_outside_limits", ("G3", "system-error")),
    (("C4", "not-signed-in"), "left_alone", ("F1", "unreachable")),
    (("C4", "not-signed-in"), "left_alone", ("D8", "at-rest")),
    (("E5", "does-not-fit"), "worse_since_update", ("C3", "forced-open")),
    (("E6", "batch-wiped"), "records_lost", ("C3", "forced-open")),
    (("E6", "batch-wiped"), "records_lost", ("E5", "does-not-start")),
    (("D9", "in-the-middle"), "port_gone", ("F1", "refused")),
    (("F1", "refused"), "refused_alone", ("D9", "in-the-middle")),
    (("D14", "uptime"), "own_time_grew", ("F3", "slow")),
    (("D14", "uptime"), "own_time_grew", ("G3", "host-down")),
    (("D14", "uptime"), "own_time_grew", ("H9", "slow-answers")),
    (("F3", "slow"), "line_slow", ("D14", "uptime")),
    (("H9", "slow-answers"), "slow_at_host", ("D14", "uptime")),
    (("D3", "overnight"), "battery_stopped", ("D8", "at-rest")),
    (("D8", "at-rest"), "power_failed", ("E2", "crash-after-sending")),
    (("E2", "crash-after-sending"), "crashed", ("D3", "overnight")),
)
"""An observation of the first that the second does not show: later applications are decided or not, another account
sells or not, the host itself was slow or not, the terminal that nobody looks after answers a local poll."""

NARROW: tuple[tuple[Who, tuple[tuple[str, str], ...]], ...] = (
    ("host", (("C2", "wrong-pin"), ("D5", "swapped"))),
    ("host", (("C3", "forced-open"), ("D13", "display-swapped"), ("E5", "wrong-package"), ("E6", "batch-wiped"))),
    ("register", (("D8", "after-sending"), ("E2", "crash-after-sending"))),
    ("host", (("D3", "overnight"), ("D8", "at-rest"), ("E2", "crash-after-sending"))),
    ("host", (("D7", "magnetic-head"), ("D12", "liquid"))),
    ("host", (("D9", "in-the-middle"), ("F1", "refused"))),
    ("host", (("D14", "uptime"), ("F3", "slow"), ("G3", "host-down"))),
    ("terminal", tuple((row, case) for row, case, _ in CONTROL_SET)),
)
"""A side that cannot tell them apart, and its next test does."""


def levels(found: Diagnosis) -> dict[str, int]:
    return {candidate.cause.row: candidate.level for candidate in found.ranking}


def is_part_of(event: Event, mark: str) -> bool:
    if mark == "@notices":
        return event.kind == "portal" and event.data["action"] == "notices"
    if mark == "@sign_in":
        return event.kind == "message" and event.data["kind"] == "sign_in"
    return event.party == mark.removeprefix("@")


def without(events: Sequence[Event], symptoms: Sequence[str]) -> list[Event]:
    """The recording without what shows these symptoms, or without these parts of it."""
    shown = {seq for item in diagnose(events).observations if item.symptom in symptoms for seq in item.events}
    shown |= {e.seq for e in events for mark in symptoms if mark.startswith("@") and is_part_of(e, mark)}
    assert shown, f"nothing shows {symptoms}"
    return [event for event in events if event.seq not in shown]


@pytest.mark.parametrize(("view", "cases"), NARROW)
def test_a_side_that_cannot_tell_them_apart_has_them_all_until_its_next_test(
    view: Who, cases: tuple[tuple[str, str], ...]
) -> None:
    for row, case in cases:
        (seen,) = (one for one in looks(row, case) if one.view == view)
        assert {other for other, _ in cases} <= set(seen.found.group)
        assert seen.last.group == (row,)


def ids(pair: object) -> str:
    return " / ".join(str(one[0]) for one in pair) if isinstance(pair, tuple) else str(pair)


@pytest.mark.parametrize("pair", PAIRS, ids=ids)
def test_the_observation_tells_them_apart(pair: tuple[Case, Case]) -> None:
    for (row, case, symptoms), (other, _, _) in (pair, pair[::-1]):
        events = before_remedy(row, case)
        found = levels(diagnose(events))
        assert found[row] > found.get(other, 0)
        left = levels(diagnose(without(events, symptoms)))
        assert left.get(row, 0) <= left.get(other, 0), left


@pytest.mark.parametrize(("one", "other"), ONE_WAY)
def test_without_the_observation_it_is_taken_for_the_other(one: Case, other: str) -> None:
    row, case, symptoms = one
    events = before_remedy(row, case)
    found, left = levels(diagnose(events)), levels(diagnose(without(events, symptoms)))
    assert found[row] > found.get(other, 0)
    assert 0 < left.get(other, 0) >= left.get(row, 0)


@pytest.mark.parametrize(("one", "symptom", "other"), SHOWN_BY_ONE)
def test_what_one_shows_and_the_other_does_not(one: tuple[str, str], symptom: str, other: tuple[str, str]) -> None:
    first, second = ({item.symptom for item in diagnose(before_remedy(*case)).observations} for case in (one, other))
    assert symptom in first - second
