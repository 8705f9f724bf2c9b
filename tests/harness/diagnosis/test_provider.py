"""Rows of the provider and of what is allowed: pairs that look alike, and the observation that tells them apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.diagnosis import diagnose
from harness.diagnosis.causes import CAUSES
from harness.machine import HOUR_US
from harness.scenarios.load import load_probe
from harness.trace import Event

Json = Any
Row = tuple[int, str, str, Json, tuple[str, ...]]


def recording(*rows: Row) -> list[Event]:
    return [Event(n, at, party, kind, data, seen) for n, (at, party, kind, data, seen) in enumerate(rows, 1)]


def message(at: int, party: str, direction: str, mti: str, kind: str, mac: str = "good", **fields: str) -> Row:
    numbered = {key.removeprefix("f"): value for key, value in fields.items()}
    data = {"link": "host", "dir": direction, "mti": mti, "kind": kind, "fields": numbered, "mac": mac}
    return (at, party, "message", data, (party.rstrip("23456789"),))


def exchange(at: int, code: str, stan: str, tid: str = "T1", kind: str = "sale", party: str = "terminal") -> list[Row]:
    mti = {"sale": "0200", "sign_in": "0800"}[kind]
    out, back = ("out", "in") if party.startswith("terminal") else ("in", "out")
    reply = f"{mti[:2]}1{mti[3]}"
    return [
        message(at, party, out, mti, kind, f11=stan, f41=tid, f60="22000001000"),
        message(at, party, back, reply, kind, f11=stan, f41=tid, f60="22000001000", f39=code),
    ]


def portal(at: int, action: str, answer: Json) -> Row:
    return (at, "host", "portal", {"action": action, "request": {}, "answer": answer}, ("register", "host"))


def notices(at: int, *told: Json) -> Row:
    return portal(at, "notices", {"notices": list(told), "host_version": ""})


def status(at: int, *kinds: str, **more: Json) -> Row:
    held = [{"kind": kind, "case": f"C{n}"} for n, kind in enumerate(kinds)]
    return portal(at, "status", {"status": "bound", "terminals": [{"holds": held, "last_refusal": None, **more}]})


def ended(at: int, cause: str, party: str = "terminal", op: str = "echo") -> Row:
    told = {"op": op, "status": "no_answer", "cause": cause, "code": None}
    return (at, party, "operation", {"phase": "end", "op": op, "outcome": told}, ("terminal", "register"))


def window(begin: int, end: int) -> Json:
    return {"kind": "maintenance", "stage": "announced", "from_us": begin, "until_us": end}


def first(*rows: Row, seen_by: Any = "all") -> str | None:
    return diagnose(recording(*rows), seen_by).first


def group(*rows: Row, seen_by: Any = "all") -> set[str]:
    return set(diagnose(recording(*rows), seen_by).group)


# G1, G3: inside an announced window or not


def test_96_inside_an_announced_window_is_maintenance_and_outside_a_failure() -> None:
    refused = exchange(HOUR_US, "96", "000001")
    assert group(*refused, seen_by="terminal") == {"G1", "G3"}
    assert first(*refused, notices(HOUR_US, window(0, 2 * HOUR_US))) == "G1"
    assert first(*refused, notices(HOUR_US)) == "G3"
    assert first(*refused, notices(HOUR_US, window(2 * HOUR_US, 3 * HOUR_US))) == "G3"
    assert first(*refused, notices(HOUR_US, window(0, HOUR_US))) == "G3"


def test_a_window_in_which_nothing_fails_is_no_fault() -> None:
    rows = [notices(0, window(0, 2 * HOUR_US)), *exchange(HOUR_US, "00", "000001")]
    assert first(*rows) is None


def test_one_terminal_that_is_refused_may_be_set_up_wrongly_and_several_are_the_hosts_fault() -> None:
    alone = [ended(1, "connection_refused")]
    assert "G3" in group(*alone)
    assert diagnose(recording(*alone)).named == ()
    assert diagnose(recording(*alone, ended(2, "connection_refused", "terminal2"))).named == ("G3",)
    announced = notices(3, window(0, HOUR_US))
    assert first(*alone, ended(2, "connection_refused", "terminal2"), announced) == "G1"


@pytest.mark.parametrize("code", ["91", "92", "98"])
def test_the_issuers_side(code: str) -> None:
    assert diagnose(recording(*exchange(1, code, "000001"))).named == ("G3",)


# C1, G2: one terminal without a valid 0810, or several with one


def test_77_without_a_sign_in_is_the_operators_and_with_valid_ones_the_hosts() -> None:
    assert first(*exchange(1, "77", "000001")) == "C1"
    signed = [*exchange(1, "00", "000001", kind="sign_in"), *exchange(2, "77", "000002")]
    assert (first(*signed), diagnose(recording(*signed)).named) == ("G2", ())
    other = [
        *exchange(3, "00", "000001", "T2", "sign_in", "terminal2"),
        *exchange(4, "77", "000002", "T2", party="terminal2"),
    ]
    assert diagnose(recording(*signed, *other)).named == ("G2",)


# F4, G2: bytes equal at both ends


def both(at: int, changed: str = "0000000000000000", spelled: str = "0000000000000000") -> list[Row]:
    mine = {"f11": "000007", "f41": "T1", "f60": "22000001000"}
    return [
        message(at, "terminal", "out", "0200", "sale", **mine, f64=spelled),
        message(at, "host", "in", "0200", "sale", "bad", **mine, f64=changed),
        message(at, "host", "out", "0210", "sale", "absent", **mine, f39="A0"),
        message(at, "terminal", "in", "0210", "sale", "absent", **mine, f39="A0"),
    ]


def test_a_wrong_mac_over_equal_octets_is_a_key_and_over_others_the_line() -> None:
    assert diagnose(recording(*both(1))).named == ("G2",)
    assert "G2" not in diagnose(recording(*both(1, changed="0000000000000001"))).named
    assert {"G2", "F4"} <= group(*both(1), seen_by="terminal")


def test_octets_that_are_spelled_differently_are_equal() -> None:
    """F64 of eight characters is written as such by the terminal, in hex digits by the host."""
    assert diagnose(recording(*both(1, changed="4539443939463532", spelled="E9D99F52"))).named == ("G2",)


# an upgrade


def upgraded(at: int) -> Row:
    data = {"machine": "host_version", "subject": "host", "from": "", "to": "7.2", "why": "upgrade"}
    return (at, "host", "state", data, ("host",))


@pytest.mark.parametrize("code", ["03", "30", "97", "99", "A0"])
def test_trouble_that_begins_with_an_upgrade(code: str) -> None:
    before, after = exchange(1, "00", "000001"), exchange(3, code, "000002")
    assert diagnose(recording(*before, upgraded(2), *after)).named == ("G2",)
    assert "G2" not in diagnose(recording(*before, *after, upgraded(4))).named
    assert "G2" not in diagnose(recording(upgraded(2), *after)).named  # it was never in order
    told = {"kind": "upgrade", "stage": "over", "from_us": 2, "until_us": 2}
    assert diagnose(recording(*before, *after, notices(5, told))).named == ("G2",)


def test_an_upgrade_after_which_all_goes_on_is_no_fault() -> None:
    assert first(*exchange(1, "00", "000001"), upgraded(2), *exchange(3, "00", "000002")) is None


# what is on hold


@pytest.mark.parametrize(
    ("kind", "code", "row"),
    [
        ("complaints", "03", "G5"),
        ("model_suspended", "58", "G6"),
        ("end_of_service", "58", "G7"),
        ("service_closed", "58", "G7"),
        ("not_certified", "58", "H1"),
        ("licence", "31", "H12"),
    ],
)
def test_a_code_is_shared_and_the_portal_tells_which(kind: str, code: str, row: str) -> None:
    refused = exchange(1, code, "000001")
    assert row in group(*refused)
    assert diagnose(recording(*refused)).next_probe == "provider_status" or row == "H12"
    assert diagnose(recording(*refused, status(2, kind))).named == (row,)


def test_a_rule_is_named_by_the_last_refusal() -> None:
    rows = [*exchange(1, "58", "000001"), status(2, last_refusal={"cause": "rule_broken"})]
    assert diagnose(recording(*rows)).named == ("H2",)


def test_two_causes_at_once_are_both_named() -> None:
    rows = [*exchange(1, "58", "000001"), status(2, "model_suspended", "complaints")]
    assert set(diagnose(recording(*rows)).named) == {"G5", "G6"}


def test_a_withdrawn_terminal_and_one_that_was_deleted() -> None:
    assert diagnose(recording(*exchange(1, "C1", "000001"), status(2, status="withdrawn"))).named == ("G4",)
    deleted = portal(2, "status", {"status": "deregistered", "terminals": []})
    assert diagnose(recording(*exchange(1, "97", "000001"), deleted)).named == ("G4",)
    assert "G4" in group(*exchange(1, "97", "000001"))


def test_words_of_a_refusal_are_not_read() -> None:
    """F56 says what it likes."""
    rows = recording(*exchange(1, "58", "000001"))
    rows[1] = replace(
        rows[1], data={**rows[1].data, "fields": {**rows[1].data["fields"], "56": "机型已暂停使用 C000001"}}
    )
    assert {"G6", "G7", "H1", "H2"} <= set(diagnose(rows).group)


def test_who_sees_nothing_asks_for_the_recordings_of_the_others() -> None:
    found = diagnose(recording(*exchange(1, "00", "000001", party="host")), "host")
    assert "G3" in found.group and found.next_probe == "both_ends"
    probe = load_probe("both_ends")
    assert probe.whole and {"message", "link", "operation", "portal", "decision", "state", "boot"} <= set(probe.shows)
    assert any(cause.hidden_from for cause in CAUSES)
