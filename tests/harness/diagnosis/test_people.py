"""Symptoms of the people at a terminal, and the pairs that look alike (catalogue, section K).

The traces are written here: what a person at the terminal would see.
"""

from __future__ import annotations

from typing import Any

import pytest

from harness.diagnosis import diagnose
from harness.machine import DAY_US
from harness.terminal.hardware.parts import PARTS
from harness.trace import Event

SHOWN = ("terminal", "register")
DEAD = ("D3", "D8", "E2")
"""Why a terminal may not react at all."""


def events(*given: tuple[str, dict[str, Any]]) -> list[Event]:
    return [Event(n, n, "terminal", kind, data, SHOWN) for n, (kind, data) in enumerate(given, 1)]


def ended(op: str, status: str, cause: str | None = None, code: str | None = None) -> tuple[str, dict[str, Any]]:
    outcome = {"op": op, "status": status, "cause": cause, "code": code}
    return "operation", {"phase": "end", "op": op, "outcome": outcome}


def part(name: str, ok: bool, number: str = "1") -> tuple[str, dict[str, Any]]:
    return "self_test", {"part": name, "ok": ok, "id": f"{name}-{number}", "first": False, "serial": "S1"}


def keypad_test(ok: bool) -> tuple[str, dict[str, Any]]:
    return "part", {"part": "keypad", "what": "keypad_test", "ok": ok}


def symptoms(given: list[Event]) -> set[str]:
    return {item.symptom for item in diagnose(given).observations}


WRONG_PASSWORD = ended("operator_sign_on", "refused", "wrong_password")


def test_c2_and_d5_are_told_apart_by_the_keypad_test() -> None:
    before = diagnose(events(WRONG_PASSWORD))
    assert (before.group, before.next_probe) == (("C2", "D5"), "keypad_test")
    good, bad = (diagnose(events(WRONG_PASSWORD, keypad_test(ok))) for ok in (True, False))
    assert (good.group, good.named) == (("C2",), ("C2",))
    assert (bad.group, bad.named) == (("D5",), ("D5",))
    assert "C2" not in [c.cause.row for c in diagnose(events(WRONG_PASSWORD, part("keypad", False))).ranking]


def test_a_keypads_own_test_does_not_clear_it() -> None:
    """It cannot know which key was meant."""
    assert diagnose(events(WRONG_PASSWORD, part("keypad", True))).group == ("C2", "D5")


def test_a_keypad_test_before_the_mistake_proves_nothing() -> None:
    assert "part_is_good" not in symptoms(events(keypad_test(True), WRONG_PASSWORD))
    assert "part_is_good" not in symptoms(events(WRONG_PASSWORD, part("printer", True)))


@pytest.mark.parametrize("times", [1, 2])
def test_a_card_that_is_pulled_once_is_everyday_life(times: int) -> None:
    pulled = [ended("sale", "cancelled", "card_removed")] * times
    assert ("card_pulled" in symptoms(events(*pulled))) == (times > 1)


def test_terminal_and_register_tell_of_the_same_pull() -> None:
    kind, data = ended("sale", "cancelled", "card_removed")
    both = [Event(n, n, party, kind, data, SHOWN) for n, party in enumerate(("terminal", "register"), 1)]
    assert "card_pulled" not in symptoms(both)


@pytest.mark.parametrize("cause", ["no_operator", "idle_locked", "no_right"])
def test_c5_is_a_use_without_any_password(cause: str) -> None:
    found = diagnose(events(ended("void", "refused", cause)))
    assert (found.first, found.named) == ("C5", ("C5",))
    assert "C1" not in [c.cause.row for c in found.ranking], "it is no wrong order"


def test_after_a_mistyped_password_it_is_the_mistake_that_is_named() -> None:
    mistyped = events(WRONG_PASSWORD, ended("sale", "refused", "no_operator"))
    assert diagnose(mistyped).first == "C2"
    later = events(WRONG_PASSWORD, ended("operator_sign_on", "done"), ended("void", "refused", "no_right"))
    assert "C5" in diagnose(later).named


def tampered(number: str) -> list[Event]:
    before = [part(name, True) for name in PARTS]
    after = [part(name, name != "tamper", number if name == "battery" else "1") for name in PARTS]
    return events(*before, ended("sale", "refused", "tampered"), *after)


def test_c3_and_d13_are_told_apart_by_the_parts_numbers() -> None:
    assert diagnose(tampered("1")).named == ("C3",)
    changed = diagnose(tampered("2"))
    assert "same_parts" not in {item.symptom for item in changed.observations}
    assert "C3" not in changed.named


def test_c4_and_a_dead_terminal_are_told_apart_by_the_local_poll() -> None:
    told = {"tid": "20000001", "session": "signed_in", "open_entries": 3, "session_age_us": 3 * DAY_US}
    report = {"action": "idle", "request": {}, "answer": {"terminals": [{"tid": "20000001", "why": ["unsettled"]}]}}
    reported = Event(1, 1, "host", "portal", report, ("register", "host"))
    alone = diagnose([reported])
    assert (alone.group, alone.named, alone.next_probe) == (("C4", *DEAD), (), "local_poll")
    assert diagnose([reported, *events(("local_status", told))]).named == ("C4",)
    back = {**told, "uptime_us": DAY_US // 2, "reset_cause": "power_fail"}
    assert diagnose([reported, *events(("local_status", back))]).named == ("D8",), "it was off all the time"


@pytest.mark.parametrize(
    "change",
    [
        {"session_age_us": DAY_US},
        {"open_entries": 0},
        {"tid": "", "session": "signed_off"},
    ],
)
def test_who_is_looked_after_is_not_left_alone(change: dict[str, Any]) -> None:
    """Settled, or signed in yesterday, or never in use."""
    told = {"tid": "2", "session": "signed_in", "open_entries": 3, "session_age_us": 3 * DAY_US, **change}
    assert symptoms(events(("local_status", told))) == set()


def test_one_wrong_pin_happens_to_everybody() -> None:
    def sale(stan: str, code: str) -> list[tuple[str, dict[str, Any]]]:
        fields = {"11": stan, "41": "2"}
        ask = {"link": "host", "dir": "out", "mti": "0200", "kind": "sale", "fields": fields, "mac": "good"}
        reply = {**ask, "dir": "in", "mti": "0210", "fields": {**fields, "39": code}}
        return [("message", ask), ("message", reply)]

    once = [*sale("000001", "55"), *sale("000002", "00"), *sale("000003", "55")]
    assert "pin_again_and_again" not in symptoms(events(*once))
    assert "pin_again_and_again" in symptoms(events(*sale("000001", "55"), *sale("000002", "55")))
    assert "pin_again_and_again" in symptoms(events(*sale("000001", "75")))
