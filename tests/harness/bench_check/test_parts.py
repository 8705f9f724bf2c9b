"""The parts of the terminal: who tells, which fault it is, who is asked, and what the diagnosis makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench_check.checks import device_report as report_module
from harness.bench_check.checks.device_report import KEYS_PRESSED, PARTS, READERS, TESTS, device_report
from harness.bench_check.checks.parts import FAULTS_OF, FAULTS_SEEN, PART_CHECKS, PRINTER_FAULTS
from harness.bench_check.faults import FAULTS
from harness.bench_check.faults.outcomes import BY_CAUSE, BY_ZVT_CODE, fault_of
from harness.bench_check.model import Finding
from harness.bench_check.visit import Visit
from harness.diagnosis import diagnose
from harness.machine import SECOND_US
from harness.scenarios.seen import strange_keys
from harness.terminal.hardware.keypad import KEYS
from harness.terminal.settings import Profile
from protocols.errors import LinkError
from protocols.mispos.results import LOCAL_RESULTS
from protocols.text import Text
from protocols.zvt.outcomes import LOCKS

from ..terminal.scripted import ready_settings
from .counter import Person, fault_words, visit_of
from .stands import Stand, stand_with

NONE_BAD: Mapping[str, Sequence[str]] = {"device.self_test": (), "device.tests": ()}


def found(visit: Visit) -> dict[str, str]:
    """By check: the fault, or the verdict where there is none."""
    findings: list[Finding] = [check.run(visit) for check in PART_CHECKS]
    assert all(fault_words(one).en for one in findings if one.fault)
    return {one.check: one.fault or one.verdict for one in findings}


def failing(visit: Visit) -> dict[str, str]:
    return {check: what for check, what in found(visit).items() if what != "pass"}


def at(stand: Stand, monkeypatch: pytest.MonkeyPatch, person: Person | None = None) -> Visit:
    monkeypatch.setattr(Visit, "service", lambda self: stand)
    return visit_of(person, service="127.0.0.1:1")


def named(visit: Visit) -> Sequence[str]:
    assert all(not strange_keys(kind, data) for kind, data in visit.noted)
    return diagnose(visit.events, "register").named


# the control interface


@pytest.mark.parametrize(
    ("fault", "check", "expected", "row"),
    [
        ("paper_out", "part.printer", "printer_stopped", ""),
        ("paper_jam:after_lines=0", "part.printer", "printer_stopped", ""),
        ("ribbon_worn", "part.printer", "print_faint", "D2"),
        ("display_blank", "part.display", "display_bad", "D4"),
        ("display_garbled", "part.display", "display_bad", "D4"),
        ("key_dead:keys=5", "part.keypad", "keypad_bad", "D5"),
        ("keys_swapped:keys=1 2", "part.keypad", "keypad_bad", "D5"),
        ("reader_mute:part=chip_reader", "part.readers", "chip_reader_broken", ""),
        ("field_off", "part.readers", "contactless_reader_broken", ""),
        ("part_failed:part=storage", "part.storage", "storage_fault", ""),
        ("tamper", "part.tamper", "tampered", ""),
    ],
)
def test_a_bad_part_is_found_by_the_stand_and_no_other(
    fault: str, check: str, expected: str, row: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = at(stand_with(fault), monkeypatch)
    assert failing(visit) == {check: expected}
    assert not row or named(visit) == (row,)
    assert visit.facts["parts"]["case"] == {"ok": True, "id": "CAS-" + visit.facts["parts"]["printer"]["id"][4:]}


def test_a_good_terminal_is_good_in_every_part_and_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    person = Person()
    visit = at(stand_with(), monkeypatch, person)
    assert failing(visit) == {} and person.asked == [] and named(visit) == ()
    assert all(part["ok"] for part in visit.facts["parts"].values())


def test_the_self_test_is_made_once_for_all_checks_and_after_an_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    stand = stand_with("paper_out")
    visit = at(stand, monkeypatch)
    found(visit)
    again = visit_of(facts=visit.facts, service="127.0.0.1:1")
    assert failing(again) == {"part.printer": "printer_stopped"}
    assert stand.asked.count("self_test") == 1


@pytest.mark.parametrize(("left_percent", "expected"), [(16, {}), (14, {"part.battery": "battery_low"})])
def test_a_battery_that_is_nearly_empty_is_told_with_its_charge(
    left_percent: int, expected: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = Profile(battery_us=100 * SECOND_US, battery_warning_percent=5, battery_stop_percent=2)
    stand = stand_with(settings=ready_settings(profile=profile))
    assert stand.bench.ask("control", "maintain", act="unplug").ok
    stand.bench.now += (100 - left_percent) * SECOND_US
    visit = at(stand, monkeypatch)
    assert failing(visit) == expected
    (charge,) = next(check for check in PART_CHECKS if check.id == "part.battery").run(visit).figures
    assert (charge.value, charge.low, charge.unit) == (left_percent, 15, "%")


def test_the_keys_that_are_pressed_are_those_of_the_test() -> None:
    assert tuple(KEYS_PRESSED.split()) == KEYS


class Deaf:
    """A control interface that does not answer."""

    def ask(self, *args: Any) -> tuple[bool, Any]:
        raise LinkError(Text("没有应答", "no answer"), Text("看地址", "see the address"))


def test_a_control_interface_that_does_not_answer_leaves_it_to_people(monkeypatch: pytest.MonkeyPatch) -> None:
    person = Person(NONE_BAD)
    monkeypatch.setattr(Visit, "service", lambda self: Deaf())
    assert failing(visit_of(person, service="127.0.0.1:1")) == {}
    assert [question.id for question in person.asked] == ["device.self_test", "device.tests"]


def test_a_part_that_worked_at_the_last_visit_did_not_come_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """K: B3 and the causes of family D are told apart by an earlier pass."""
    good = at(stand_with(), monkeypatch)
    found(good)
    visit = at(stand_with("part_failed:part=display"), monkeypatch)
    visit.facts["sn"] = "SN1"
    visit.earlier_of = lambda sn: [{"facts": {"parts": good.facts["parts"]}, "checks": []}]
    assert failing(visit) == {"part.display": "display_bad"}
    ranking = diagnose(visit.events, "register").ranking
    assert [one.cause.row for one in ranking][:1] == ["D4"]


# people


def test_people_are_asked_two_questions_and_no_third_while_nothing_is_bad() -> None:
    person = Person(NONE_BAD)
    assert failing(visit_of(person)) == {}
    assert [question.id for question in person.asked] == ["device.self_test", "device.tests"]


@pytest.mark.parametrize(("why", "fault"), [(why, fault) for why, fault in PRINTER_FAULTS.items() if why])
def test_whoever_stands_there_says_what_is_wrong_with_the_printer(why: str, fault: str) -> None:
    person = Person({"device.self_test": ("printer",), "device.tests": (), "device.printer": (why,)})
    visit = visit_of(person)
    assert failing(visit) == {"part.printer": fault}
    assert named(visit) == (("D2",) if why != "part_failed" else ())


@pytest.mark.parametrize("part", sorted(set(PARTS) - {"printer", "clock"}))
def test_each_part_that_is_said_to_be_bad_fails_its_own_check(part: str) -> None:
    visit = visit_of(Person({"device.self_test": (part,), "device.tests": ()}))
    assert list(failing(visit).values()) == [FAULTS_OF[part]]


@pytest.mark.parametrize("test", sorted(TESTS))
def test_each_thing_that_is_seen_fails_the_check_of_its_part(test: str) -> None:
    visit = visit_of(Person({"device.self_test": (), "device.tests": (test,)}))
    part, fault = FAULTS_SEEN[test]
    assert failing(visit) == {f"part.{part}": fault}


def test_nobody_is_not_possible_and_no_guess() -> None:
    visit = visit_of()
    assert set(found(visit).values()) == {"not_possible"} and visit.noted == []


def test_a_tampered_terminal_is_led_to_its_rows_from_what_a_person_saw() -> None:
    visit = visit_of(Person({"device.self_test": ("tamper",), "device.tests": ()}))
    assert failing(visit) == {"part.tamper": "tampered"}
    ranking = diagnose(visit.events, "register").ranking
    assert {one.cause.row for one in ranking} == {"C3", "D13"}
    fault = FAULTS["tampered"]
    assert (fault.actor, fault.retry) == ("repair_shop", False)


@pytest.mark.parametrize(("bad", "expected"), [((), {}), (("tamper",), {"part.tamper": "tampered"})])
def test_a_tamper_report_counts_although_it_signs_in(
    bad: Sequence[str], expected: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in = {"op": "sign_in", "status": "done", "cause": None, "code": "00", "text": {"zh": "成功", "en": "Done"}}
    facts = {"port": "COM5", "protocol": "mispos-b", "sign_in": signed_in}
    monkeypatch.setattr(report_module, "can_ask", lambda visit, op: False)
    monkeypatch.setattr("harness.bench_check.checks.parts.can_ask", lambda visit, op: op == "sign_in")
    visit = visit_of(Person({"device.self_test": bad, "device.tests": ()}), facts)
    assert failing(visit) == expected


@given(st.sets(st.sampled_from(sorted(PARTS))), st.sets(st.sampled_from(sorted(TESTS))))
def test_whatever_is_said_each_check_ends_and_no_fault_is_lost(bad: set[str], seen: set[str]) -> None:
    visit = visit_of(Person({"device.self_test": sorted(bad), "device.tests": sorted(seen)}))
    told = failing(visit)
    wanted = {"self_test" if part == "other" else f"part.{part}" for part in bad - {"clock", *READERS}}
    wanted |= {"part.readers"} if bad & set(READERS) else set()
    wanted |= {f"part.{FAULTS_SEEN[test][0]}" for test in seen}
    assert set(told) == wanted
    assert set(told.values()) <= set(FAULTS)


# the cable


def told_by(outcome: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Any] | None:
    monkeypatch.setattr(report_module, "can_ask", lambda visit, op: op == "status")
    monkeypatch.setattr(report_module, "ask_terminal", lambda visit, op: outcome)
    return device_report(visit_of(facts={"port": "COM5", "protocol": "zvt"}))


@pytest.mark.parametrize(
    ("status", "part"),
    # PA00P015 chapter 11: what a terminal's status says of a part
    [(0xCC, "printer"), (0xE2, "chip_reader"), (0xBF, "battery"), (0xC0, "tamper"), (0xFC, "other"), (0x62, "clock")],
)
def test_a_zvt_terminal_names_its_part_in_its_status(status: int, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = {"op": "status", "status": "done", "cause": LOCKS[status], "terminal_status": f"{status:02X}"}
    report = told_by(outcome, monkeypatch)
    assert report is not None and report["bad"] == {part: ""}


def test_a_status_that_says_nothing_of_parts_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    ready = {"op": "status", "status": "done", "cause": None, "terminal_status": "00"}
    assert told_by(ready, monkeypatch) is None


# the shared table


def test_every_fault_of_an_outcome_is_one_of_the_table_and_needs_no_values() -> None:
    for fault in {*BY_CAUSE.values(), *BY_ZVT_CODE.values()}:
        words = FAULTS[fault]
        assert "{" not in words.cause.zh + words.cause.en + words.action.zh + words.action.en


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("L17", "tampered"),
        ("L50", "printer_stopped"),
        ("L35", "battery_low"),
        ("L27", "storage_fault"),
        ("L34", "wrong_part"),
        ("L36", "old_software"),
        ("L08", "batch_full"),
        ("L09", "settlement_unfinished"),
        ("L10", "pending_reversal"),
        ("L24", "pending_reversal"),
        ("L32", "card_not_read"),
        ("L01", None),
        ("L22", None),
    ],
)
def test_what_the_chinese_register_interface_refuses_with(code: str, fault: str | None) -> None:
    result = LOCAL_RESULTS[code]
    assert fault_of({"status": result.status, "cause": result.cause, "code": None}) == fault


def test_one_code_of_zvt_for_two_causes_is_told_by_the_code() -> None:
    assert fault_of({"status": "refused", "cause": "wrong_part", "code": "FC"}) == "self_test_failed"
    assert fault_of({"status": "refused", "cause": "wrong_part", "code": None}) == "wrong_part"
    assert fault_of({"status": "declined", "cause": "f39_FC", "code": "FC"}) is None
