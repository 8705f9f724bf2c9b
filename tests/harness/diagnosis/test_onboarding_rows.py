"""Applications and parcels that look alike: what tells them apart, also where the wire carries nothing but a code."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.diagnosis import diagnose
from harness.scenarios.load import load_probe, load_scenario
from harness.scenarios.look import try_steps
from harness.scenarios.run import begun, play_case
from harness.scenarios.steps import Stage
from harness.trace import Event
from tests.harness.diagnosis.test_shipped_rows import events_of, open_bench, symptoms

Json = Any

PAIRS = (
    (("A1", "review-late"), "later_decided", ("A5", "review"), "team_congested"),
    (("A6", "resumed"), "draft_left", ("A7", "no-application"), "no_record"),
    (("A2", "rejected"), "review_rejected", ("A4", "at-the-review"), "documents_disputed"),
    (("A3", "at-the-recheck"), "recheck_missing", ("A4", "at-the-recheck"), "recheck_disputed"),
    (("B1", "held"), "parcel_delayed", ("B2", "never-seen-again"), "parcel_lost"),
)
"""Rows that look alike, and the observation that speaks for each (sections K and A of the failure catalogue)."""

CASES = (
    ("A1", "review-late"),
    ("A2", "rejected"),
    ("A3", "at-the-review"),
    ("A4", "at-the-review"),
    ("A5", "review"),
    ("A5", "activation"),
    ("A6", "resumed"),
    ("A7", "no-application"),
    ("B1", "code-expired"),
    ("B2", "device-appears"),
)
"""Cases in which an activation is refused with a code that others share."""


@pytest.mark.parametrize(("one", "speaks", "other", "tells"), PAIRS)
def test_rows_that_look_alike(one: tuple[str, str], speaks: str, other: tuple[str, str], tells: str) -> None:
    first, second = set(symptoms(events_of(*one))), set(symptoms(events_of(*other)))
    assert (speaks in first, speaks in second) == (True, False)
    assert (tells in second, tells in first) == (True, False)


def silent(event: Event) -> Event:
    """The same event where the dialect sends no F62 with the cause of a refused activation."""
    data = dict(event.data)
    if event.kind == "message" and data.get("kind") == "activation":
        data["fields"] = {number: value for number, value in data["fields"].items() if number != "62"}
    if event.kind == "operation" and data.get("op") == "activate" and isinstance(data.get("outcome"), dict):
        data["outcome"] = {k: v for k, v in data["outcome"].items() if k != "detail"} | {"cause": ""}
    return replace(event, data=data)


@pytest.mark.parametrize(("row", "name"), CASES)
def test_a_code_alone_is_a_tie_and_the_next_test_ends_it(row: str, name: str) -> None:
    scenario = load_scenario(row)
    case = next(case for case in scenario.case if case.name == name)
    stage = begun(scenario, open_bench, seed=4)
    try:
        play_case(stage, scenario, case)
        assert stage.failures == []
        before = [silent(event) for event in stage.bench.events()]
        found = diagnose(before, "terminal")
        assert row in found.group
        assert len(found.named) == 0, "a code alone proves nothing"
        assert found.next_probe is not None
        probe = load_probe(found.next_probe)
        began = len(stage.bench.events())
        try_steps(stage, probe.step)
        shown = [silent(event) for event in tuple(stage.bench.events())[began:]]
        told = [replace(e, seen_by=(*e.seen_by, "terminal")) if e.kind in probe.shows else e for e in shown]
        assert diagnose([*before, *told], "terminal").group == (row,)
    finally:
        stage.bench.finish()


def self_test(party: str, *, ok: bool, first: bool) -> Event:
    data = {"part": "printer", "ok": ok, "first": first, "id": "PRN-1", "serial": "S"}
    return Event(2, 2, party, "self_test", data, ("terminal", "register"))


def test_only_the_first_self_test_before_any_message_is_a_damaged_delivery() -> None:
    sent = {"link": "host", "dir": "out", "mti": "0800", "kind": "echo", "fields": {}, "mac": "absent"}
    message = Event(1, 1, "terminal", "message", sent, ("terminal",))
    assert "B3" in diagnose([self_test("terminal", ok=False, first=True)]).named
    assert "B3" in diagnose([message, self_test("terminal2", ok=False, first=True)]).named  # another device sent it
    for events in (
        [self_test("terminal", ok=False, first=False)],
        [self_test("terminal", ok=True, first=True)],
        [message, self_test("terminal", ok=False, first=True)],
    ):
        assert "B3" not in diagnose(events).named


def test_an_old_answer_does_not_make_a_review_late() -> None:
    """An application was under review last week; today a later one is approved.  That tells nothing of the first."""

    def portal(seq: int, day: int, action: str, application: str, state: str) -> Event:
        data = {
            "action": action,
            "request": {"application": application},
            "answer": {"application": application, "state": state},
        }
        return Event(seq, day * 86_400_000_000, "host", "portal", data, ("register", "host"))

    events = [
        portal(1, 0, "apply", "A000001", "in_review"),
        portal(2, 0, "progress", "A000001", "in_review"),
        portal(3, 5, "apply", "A000002", "in_review"),
        portal(4, 7, "progress", "A000002", "approved"),
    ]
    assert diagnose(events).first is None
    assert diagnose([*events, portal(5, 7, "progress", "A000001", "in_review")]).first == "A1"


def test_a_code_that_was_used_is_not_an_expired_one() -> None:
    stage: Stage = begun(load_scenario("A7"), open_bench, seed=2)
    try:
        bench = stage.bench
        play_case(stage, load_scenario("A7"), load_scenario("A7").case[0])
        stage.play(load_scenario("A7").case[0].remedy, "remedy")
        bench.advance(30 * 86_400_000_000)
        bench.ask("host", "portal", "progress", application=stage.variables["application"])
        assert "code_expired_unused" not in symptoms(bench.events())
    finally:
        stage.bench.finish()
