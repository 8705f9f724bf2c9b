"""Diagnosis sees what people saw, never what was injected."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.diagnosis import diagnose, symptom_text
from harness.diagnosis.causes import CAUSES
from harness.diagnosis.symptoms import SYMPTOMS
from harness.trace import Event
from protocols.unionpay.activation import ActivationState, Stage, State, build_state
from protocols.unionpay.dialect import CUP

Json = Any
BOTH = ("terminal", "register")


def recording(*rows: tuple[str, str, Json, tuple[str, ...]]) -> list[Event]:
    return [Event(n, n, party, kind, data, seen) for n, (party, kind, data, seen) in enumerate(rows, 1)]


def message(party: str, direction: str, mti: str, kind: str, **fields: str) -> tuple[str, str, Json, tuple[str, ...]]:
    numbered = {key.removeprefix("f"): value for key, value in fields.items()}
    data = {"link": "host", "dir": direction, "mti": mti, "kind": kind, "fields": numbered, "mac": "good"}
    return (party, "message", data, (party,))


def ended(op: str, status: str, cause: str, code: str = "") -> tuple[str, str, Json, tuple[str, ...]]:
    outcome = {"op": op, "status": status, "cause": cause, "code": code}
    return ("terminal", "operation", {"phase": "end", "op": op, "outcome": outcome}, BOTH)


def portal(action: str, request: Json, answer: Json) -> tuple[str, str, Json, tuple[str, ...]]:
    return ("host", "portal", {"action": action, "request": request, "answer": answer}, ("register", "host"))


IN_REVIEW = build_state(ActivationState(State.IN_REVIEW, Stage.RISK, 4321), CUP).hex().upper()
REVIEW_LATE = [
    portal("apply", {}, {"application": "1", "state": "in_review"}),
    portal("apply", {}, {"application": "2", "state": "in_review"}),
    portal("progress", {"application": "2"}, {"state": "approved", "late": False}),
    portal("progress", {"application": "1"}, {"state": "in_review", "late": True}),
    message("terminal", "out", "0800", "activation", f11="000001"),
    message("terminal", "in", "0810", "activation", f11="000001", f39="D6", f62=IN_REVIEW),
    ended("activate", "declined", "review_pending", "D6"),
]
WRONG_ORDER = [ended("sale", "refused", "not_signed_in")]
LOST = [
    message("terminal", "out", "0200", "sale", f11="000007", f41="T", f60="22000001000"),
    message("host", "in", "0200", "sale", f11="000007", f41="T", f60="22000001000"),
    message("host", "out", "0210", "sale", f11="000007", f41="T", f60="22000001000", f39="00"),
    ended("sale", "unknown", "no_answer"),
    message("terminal", "out", "0400", "reversal", f11="000007", f41="T", f60="22000001000", f39="98"),
    message("terminal", "in", "0410", "reversal", f11="000007", f41="T", f60="22000001000", f39="00"),
]
HEALTHY = [
    message("terminal", "out", "0200", "sale", f11="000007", f41="T", f60="22000001000"),
    message("host", "in", "0200", "sale", f11="000007", f41="T", f60="22000001000"),
    message("host", "out", "0210", "sale", f11="000007", f41="T", f60="22000001000", f39="00"),
    message("terminal", "in", "0210", "sale", f11="000007", f41="T", f60="22000001000", f39="00"),
    ended("sale", "done", ""),
]


@pytest.mark.parametrize(("rows", "row"), [(REVIEW_LATE, "A1"), (WRONG_ORDER, "C1"), (LOST, "F5"), (HEALTHY, None)])
def test_each_row_is_named_first(rows: Any, row: str | None) -> None:
    found = diagnose(recording(*rows))
    assert found.first == row
    assert (found.next_test is None) == (row is None)


def test_what_was_injected_is_not_read() -> None:
    told = ("bench", "cause", {"party": "host", "behaviour": "review_held"}, ("bench",))
    struck = ("bench", "fault", {"path": "host", "fault": "drop"}, ("bench",))
    assert diagnose(recording(told, struck, *HEALTHY)).first is None
    with_it, without = diagnose(recording(told, *LOST)), diagnose(recording(*LOST))
    levels = [(c.cause.row, c.level) for c in with_it.ranking]
    assert levels == [(c.cause.row, c.level) for c in without.ranking]


@pytest.mark.parametrize(
    ("rows", "row", "views"),
    [
        (REVIEW_LATE, "A1", ("register", "terminal", "host")),
        (WRONG_ORDER, "C1", ("register", "terminal")),
        (LOST, "F5", ("register", "terminal")),
    ],
)
def test_narrower_views_keep_the_row_in_the_first_group(rows: Any, row: str, views: tuple[Any, ...]) -> None:
    for view in views:
        assert row in [candidate.cause.row for candidate in diagnose(recording(*rows), view).tied], view


def test_host_alone_cannot_know_that_its_reply_was_lost_before_the_reversal_comes() -> None:
    assert diagnose(recording(*LOST[:3]), "host").first is None


def test_an_early_session_end_is_no_wrong_order() -> None:
    """77 to a terminal whose sign-in is valid speaks for the host (G2), not for the operator."""
    rows = [
        message("terminal", "out", "0800", "sign_in", f11="000001", f41="T"),
        message("terminal", "in", "0810", "sign_in", f11="000001", f41="T", f39="00"),
        message("terminal", "out", "0200", "sale", f11="000002", f41="T", f60="22000001000"),
        message("terminal", "in", "0210", "sale", f11="000002", f41="T", f60="22000001000", f39="77"),
    ]
    assert diagnose(recording(*rows)).first == "G2"
    assert diagnose(recording(*rows[2:])).first == "C1"


def test_incidental_values_do_not_matter() -> None:
    """Other trace numbers, times and names give the same ranking."""
    shifted = [replace(event, t_us=event.t_us * 977, seq=event.seq) for event in recording(*LOST)]
    for event in shifted:
        if event.kind == "message":
            event.data["fields"].update({"11": "918273", "41": "99999999"})
    assert [c.level for c in diagnose(shifted).ranking] == [c.level for c in diagnose(recording(*LOST)).ranking]


def test_tables_fit_together() -> None:
    known = {symptom.id for symptom in SYMPTOMS}
    for cause in CAUSES:
        assert set(cause.speaks) <= known, cause.row
    spoken = {symptom for cause in CAUSES for symptom in cause.speaks}
    outside = {symptom.id for symptom in SYMPTOMS if symptom.outside}
    assert spoken | outside == known, "a symptom that speaks for nothing is dead"
    assert not spoken & outside
    assert all(symptom_text(symptom).zh for symptom in known)
