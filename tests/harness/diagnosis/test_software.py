"""Symptoms of versions: what a control set of several terminals says, and an update that went wrong (section K).

The answers of the portal and the events of a terminal are written here.
"""

from __future__ import annotations

from typing import Any

import pytest

from harness.diagnosis import diagnose
from harness.trace import Event

MERCHANT, SHOWN, HOST = ("register", "host"), ("terminal", "register"), ("host",)


def event(seq: int, party: str, kind: str, seen_by: tuple[str, ...], **data: Any) -> Event:
    return Event(seq, seq, party, kind, data, seen_by)


def rows(*given: tuple[str, str, int, int]) -> list[Event]:
    """The provider's report by version: model, version, devices, how many of them are stopped."""
    names = ("model", "version", "devices", "stopped")
    answer = {"versions": [dict(zip(names, row, strict=True)) for row in given]}
    return [event(1, "host", "portal", MERCHANT, action="versions", request={}, answer=answer)]


def declined(seq: int = 2) -> Event:
    outcome = {"op": "sale", "status": "declined", "code": "58", "cause": "declined"}
    return event(seq, "terminal", "operation", SHOWN, phase="end", op="sale", outcome=outcome)


def found(events: list[Event]) -> set[str]:
    return {item.symptom for item in diagnose(events).observations}


def group(events: list[Event]) -> set[str]:
    return set(diagnose(events).group)


SUSPECTS = {"E1", "E3", "G6", "H1"}


def test_without_a_control_set_they_are_alike() -> None:
    assert group([declined()]) >= SUSPECTS


@pytest.mark.parametrize(
    ("given", "symptoms", "cleared"),
    [
        ([("CT-100", "1.0.0", 3, 3), ("CT-100", "1.1.0", 2, 0)], {"stopped_by_version"}, {"G6"}),
        (
            [("CT-100", "0.9.0", 1, 0), ("CT-100", "1.0.0", 3, 3)],
            {"stopped_by_version", "older_is_served"},
            {"G6", "E1"},
        ),
        (
            [("CT-100", "1.0.0", 3, 3), ("CT-100", "1.1.0", 1, 1), ("PT-200", "1.0.0", 1, 0)],
            {"stopped_by_model"},
            {"E1", "E3"},
        ),
    ],
)
def test_a_control_set_clears_rows(
    given: list[tuple[str, str, int, int]], symptoms: set[str], cleared: set[str]
) -> None:
    events = [*rows(*given), declined()]
    assert {one for one in found(events) if "stopped_by" in one or "older" in one} == symptoms
    assert group(events) & SUSPECTS == SUSPECTS - cleared


@pytest.mark.parametrize(
    "given",
    [
        [("CT-100", "1.0.0", 3, 1), ("CT-100", "1.1.0", 2, 0)],
        [("CT-100", "1.0.0", 3, 3)],
        [("CT-100", "1.0.0", 3, 3), ("PT-200", "1.0.0", 2, 0)],
        [("CT-100", "1.0.0", 3, 3), ("CT-100", "1.1.0", 2, 2)],
    ],
)
def test_a_set_that_varies_nothing_else_clears_nobody(given: list[tuple[str, str, int, int]]) -> None:
    events = [*rows(*given), declined()]
    assert not {one for one in found(events) if "stopped_by" in one}
    assert group(events) >= SUSPECTS


def update(seq: int, phase: str, **outcome: Any) -> Event:
    more = {"outcome": {"op": "update_software", **outcome}} if phase == "end" else {"args": {}}
    return event(seq, "terminal", "operation", SHOWN, phase=phase, op="update_software", **more)


def boot(seq: int, cause: str) -> Event:
    data = {"reset_cause": cause, "records": 9, "pending_reversal": None}
    return event(seq, "terminal", "boot", ("terminal",), **data)


def changed(seq: int, why: str = "update") -> Event:
    return event(seq, "terminal", "version", SHOWN, slot="B", why=why, **{"from": "1.0.0", "to": "1.1.0"})


def signed_in(seq: int, status: str) -> Event:
    outcome = {"op": "sign_in", "status": status, "code": "00" if status == "done" else "40", "cause": None}
    return event(seq, "terminal", "operation", SHOWN, phase="end", op="sign_in", outcome=outcome)


def test_a_start_in_the_middle_of_an_update_is_one_that_broke_off() -> None:
    events = [update(1, "begin"), boot(2, "power_fail")]
    assert "update_broken_off" in found(events)
    assert diagnose(events).named == ("E5",)


def test_the_start_that_an_update_ends_with_is_none() -> None:
    events = [update(1, "begin"), update(2, "end", status="done", code="00", cause=None), boot(3, "update"), changed(4)]
    assert diagnose(events).first is None


def test_worse_since_the_update_is_what_was_done_before_and_fails_after() -> None:
    assert diagnose([signed_in(1, "done"), changed(2), signed_in(3, "declined")]).named == ("E5",)
    for events in (
        [changed(2), signed_in(3, "declined")],
        [signed_in(1, "done"), changed(2), signed_in(3, "done"), signed_in(4, "declined")],
        [signed_in(1, "declined"), changed(2), signed_in(3, "declined")],
        [signed_in(1, "done"), signed_in(3, "declined")],
    ):
        assert "worse_since_update" not in found(events)


@pytest.mark.parametrize(("why", "is_one"), [("start_failed", True), ("not_confirmed", True), ("roll_back", False)])
def test_a_way_back_that_the_terminal_took_itself(why: str, is_one: bool) -> None:
    assert ("version_rolled_back" in found([changed(1, why)])) == is_one


def test_the_host_hears_that_a_package_was_refused() -> None:
    told = {"machine": "update", "subject": "SN1", "from": "1.0.0", "to": "1.1.0"}
    assert "package_refused" in found([event(1, "host", "state", HOST, **told, why="03")])
    assert "package_refused" not in found([event(1, "host", "state", HOST, **told, why="00")])


def signed_in_by_host(seq: int, requirement: int) -> list[Event]:
    fields = {"11": f"{seq:06}", "41": "20000001"}
    ask: dict[str, Any] = {"link": "host", "dir": "out", "mti": "0800", "kind": "sign_in", "fields": fields}
    reply = {**ask, "dir": "in", "mti": "0810", "fields": {**fields, "39": "00"}, "requirement": requirement}
    return [Event(seq + n, seq + n, "terminal", "message", data, ("terminal",)) for n, data in enumerate((ask, reply))]


def test_a_demand_that_was_met_is_none_any_more() -> None:
    asked = signed_in_by_host(1, 6)
    assert group(asked) == {"E1", "E3"}
    assert diagnose([*asked, *signed_in_by_host(3, 0)]).first is None
    assert group([*asked, *signed_in_by_host(3, 6)]) == {"E1", "E3"}
