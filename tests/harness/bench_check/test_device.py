"""Readers with a test card, the clock, the software version, the batch."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench_check import device_facts
from harness.bench_check.checks import batch as batch_module
from harness.bench_check.checks import readers as readers_module
from harness.bench_check.checks.batch import SHOWN as SHOWN_BATCH
from harness.bench_check.checks.batch import check_batch
from harness.bench_check.checks.clock import OFFSET_S_MAX, check_clock, offset_of, words_of
from harness.bench_check.checks.readers import FAULT_SAID, TRIED, check_here, check_terminal
from harness.bench_check.checks.software import check_software, is_older
from harness.bench_check.faults import FAULTS
from harness.bench_check.model import Finding
from harness.bench_check.visit import Visit
from harness.diagnosis import diagnose
from harness.links.pcsc import CardLinkError
from harness.scenarios.seen import strange_keys
from harness.terminal.settings import Profile
from protocols.text import Text

from ..terminal.scripted import ready_settings
from .counter import Person, fault_words, visit_of
from .stands import Stand, stand_with

HERE = datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC)


def at(stand: Stand, monkeypatch: pytest.MonkeyPatch, person: Person | None = None, **settings: Any) -> Visit:
    monkeypatch.setattr(Visit, "service", lambda self: stand)
    return visit_of(person, service="127.0.0.1:1", **settings)


def outcome(status: str, cause: str | None, **more: Any) -> Mapping[str, Any]:
    return {"op": "x", "status": status, "cause": cause, "code": None, "text": {"zh": "话", "en": "words"}, **more}


def at_cable(told: Mapping[str, Mapping[str, Any]], monkeypatch: pytest.MonkeyPatch, module: Any) -> dict[str, str]:
    """A terminal at the cable that gives these Outcomes; the facts that say where it is."""
    monkeypatch.setattr(module, "can_ask", lambda visit, op: op in told)
    monkeypatch.setattr(module, "ask_terminal", lambda visit, op: told[op])
    return {"port": "COM5", "protocol": "mispos-b"}


# the clock


@given(st.integers(-40_000_000, 40_000_000))
def test_a_clock_that_tells_all_is_off_by_what_it_is_off(seconds: int) -> None:
    shown = HERE + timedelta(seconds=seconds)
    assert offset_of(shown.strftime("%Y-%m-%d %H:%M:%S"), HERE) == seconds


@given(st.integers(-40_000_000, 40_000_000))
def test_without_seconds_no_more_is_told_than_what_is_sure(seconds: int) -> None:
    found = offset_of((HERE + timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M"), HERE)
    assert found is not None
    assert abs(found) <= abs(seconds) and abs(seconds - found) <= 59


@given(st.integers(-43_000, 43_000))
def test_without_a_date_the_nearest_day_is_meant(seconds: int) -> None:
    assert offset_of((HERE + timedelta(seconds=seconds)).strftime("%H:%M:%S"), HERE) == seconds


@given(st.text(max_size=20))
def test_any_text_is_a_time_or_none(said: str) -> None:
    assert offset_of(said, HERE) is None or ":" in said or "：" in said


@pytest.mark.parametrize("said", ["2026年11月22日 9：30", "2026/11/22 09:30", "20261122 09:30:15", " 9:30 "])
def test_a_time_is_read_as_people_write_it(said: str) -> None:
    assert offset_of(said, HERE) == 0


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("09:32", "pass"),
        ("09:33", "fail"),
        ("09:28", "pass"),
        ("09:27", "fail"),
        ("2000-01-01 00:10", "fail"),
        ("25:00", "not_possible"),
    ],
)
def test_two_minutes_are_allowed(said: str, verdict: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_facts, "now", lambda: HERE)
    monkeypatch.setattr("harness.bench_check.checks.clock.now", lambda: HERE)
    finding = check_clock(visit_of(Person({"clock.time": (said,)})))
    assert finding.verdict == verdict
    if verdict == "fail":
        assert "{" not in fault_words(finding).en
        assert [figure.good for figure in finding.figures] == [False]
    assert OFFSET_S_MAX == 120


def test_a_computer_whose_own_clock_is_wrong_judges_none() -> None:
    visit = visit_of(Person({"clock.time": ("09:30",)}))
    visit.findings["computer"] = Finding("computer", "fail", Text("错", "wrong"), fault="computer_clock")
    assert check_clock(visit).verdict == "not_possible"
    assert check_clock(visit_of()).verdict == "not_possible"


def test_a_difference_is_the_same_words_in_any_language() -> None:
    assert [words_of(s) for s in (-59, 3_725, 86_400 * 9_000)] == ["-00:00:59", "+01:02:05", "+9000 d"]


# the software version


@pytest.mark.parametrize(
    ("version", "wanted", "older"),
    [
        ("1.9", "1.10", True),
        ("1.10", "1.9", False),
        ("V3.2.1", "3.2.1", True),  # another spelling is not known to be the same
        ("v3.2.1", "V3.2.1", False),
        ("2.0", "2.0.1", True),
        ("2.0.1", "2.0.1", False),
        ("new", "old", True),
        ("20260101", "20251231", False),
    ],
)
def test_versions_are_compared_number_by_number(version: str, wanted: str, older: bool) -> None:
    assert is_older(version, wanted) is older


@given(st.lists(st.integers(0, 99), min_size=1, max_size=4), st.lists(st.integers(0, 99), min_size=1, max_size=4))
def test_of_two_versions_at_most_one_is_older(one: list[int], other: list[int]) -> None:
    a, b = ".".join(map(str, one)), ".".join(map(str, other))
    assert is_older(a, b) + is_older(b, a) == (a != b)


def software(facts: Mapping[str, Any] | None = None, **answers: str) -> Finding:
    wanted = answers.pop("wanted", "")
    said = {f"software.{name}": (said,) for name, said in answers.items()}
    return check_software(visit_of(Person(said), facts, expected={"software_version": wanted} if wanted else {}))


def test_the_version_that_is_wanted_decides() -> None:
    known = {"software_version": "1.0.0"}
    assert software(known, wanted="1.1").fault == "old_software"
    assert software(known, wanted="1.0.0").verdict == software(known, wanted="0.9").verdict == "pass"
    assert software(version="1.0.0", wanted="1.1").fault == "old_software"
    portal: dict[str, Any] = {
        "portal": {"status": {"update": {"required": True, "why": "outdated", "wanted": "1.1.0"}}}
    }
    assert software({**known, **portal}).fault == "old_software"
    portal["portal"]["status"]["update"]["why"] = "vulnerable"  # E3: that version alone, however new
    assert software({**known, **portal}).fault == "vulnerable_software"
    assert software({**portal, "software_version": "1.2.0"}).fault == "vulnerable_software"


def test_what_the_terminal_refuses_with_decides_before_anybody_is_asked() -> None:
    person = Person()
    visit = visit_of(person, {"status": outcome("done", "update_required"), "software_version": "9.9"})
    assert check_software(visit).fault == "old_software" and person.asked == []


@pytest.mark.parametrize("fault", ["old_software", "vulnerable_software"])
def test_what_the_activation_found_is_asked_of_nobody_again(fault: str) -> None:
    person = Person()
    visit = visit_of(person)
    visit.findings["activation"] = Finding("activation", "fail", Text("旧", "old"), fault=fault)
    assert check_software(visit).fault == fault and person.asked == []


def test_where_nothing_is_wanted_a_person_says_what_the_terminal_showed() -> None:
    assert software(demand="yes").fault == "old_software"
    assert software(demand="no").verdict == "pass"
    assert software().verdict == "not_possible"
    assert software({"software_version": "1.0.0"}).verdict == "pass"


# the terminal's readers


@pytest.mark.parametrize(
    ("faults", "fault", "row"),
    [
        ([], "", ""),
        (["reader_mute:part=chip_reader"], "reader_mute", ""),
        (["chip_power_up_fails"], "reader_mute", "D1"),
        (["stripe_unreadable"], "reader_mute", "D1"),
        (["dirt"], "reader_dirty", "D12"),
    ],
)
def test_a_stand_reads_its_test_card(faults: list[str], fault: str, row: str, monkeypatch: pytest.MonkeyPatch) -> None:
    person = Person()
    visit = at(stand_with(*faults), monkeypatch, person)
    finding = check_terminal(visit)
    assert (finding.fault, finding.verdict, person.asked) == (fault, "fail" if fault else "pass", [])
    assert not row or diagnose(visit.events, "register").named == (row,)
    assert all(not strange_keys(kind, data) for kind, data in visit.noted)


def test_a_reader_that_cleaning_did_not_help_is_worn(monkeypatch: pytest.MonkeyPatch) -> None:
    stand = stand_with(f"worn:part=chip_reader,uses={Profile().chip_life * 5 // 4}")
    visit = at(stand, monkeypatch)
    first = check_terminal(visit)
    assert first.fault == "reader_dirty"
    visit.facts["sn"] = "SN1"
    visit.earlier_of = lambda sn: [{"checks": [{"id": first.check, "detail": first.detail}]}]
    assert check_terminal(visit).fault == "reader_worn"


@pytest.mark.parametrize("said", list(TRIED.choices))
def test_whoever_tries_the_card_says_what_happens(said: str) -> None:
    finding = check_terminal(visit_of(Person({"reader.test": (said,)})))
    assert finding.fault == FAULT_SAID.get(said, "") and finding.verdict == ("pass" if said == "good" else "fail")


def test_nobody_with_a_card_is_not_possible() -> None:
    assert check_terminal(visit_of()).verdict == "not_possible"


@pytest.mark.parametrize(
    ("told", "reacted", "expected"),
    [
        (outcome("done", None), "", "pass"),
        (outcome("declined", "f39_51"), "", "pass"),  # the card was read, its bank says no
        (outcome("cancelled", "card_misread"), "", "card_not_read"),
        (outcome("refused", "use_chip"), "", "reader_fallback"),
        (outcome("cancelled", "card_timeout"), "no", "reader_mute"),
        (outcome("cancelled", "card_timeout"), "yes", "not_possible"),
        (outcome("refused", "not_signed_in"), "", "not_possible"),
    ],
)
def test_a_balance_enquiry_tells_whether_the_card_was_read(
    told: Mapping[str, Any], reacted: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = at_cable({"balance": told}, monkeypatch, readers_module)
    person = Person({"reader.balance": ("yes",), **({"reader.reacted": (reacted,)} if reacted else {})})
    finding = check_terminal(visit_of(person, facts))
    assert (finding.fault or finding.verdict) == expected


def test_no_balance_is_asked_that_nobody_agreed_to(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = at_cable({}, monkeypatch, readers_module)
    monkeypatch.setattr(readers_module, "can_ask", lambda visit, op: True)
    assert check_terminal(visit_of(Person({"reader.test": ("good",)}), facts)).verdict == "pass"


# the technician's own reader


@pytest.mark.parametrize("trouble", ["no-extra", "no-library", "no-service", "no-reader"])
def test_without_a_reader_of_one_s_own_it_is_not_possible_unless_one_was_named(
    trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> None:
        raise CardLinkError(trouble)

    monkeypatch.setattr("harness.links.pcsc.readers", none)
    assert check_here(visit_of()).verdict == "not_possible"
    finding = check_here(visit_of(reader="ACS"))
    assert finding.fault == "own_reader_missing" and "{" not in fault_words(finding).zh
    assert FAULTS[finding.fault].blame == "bench"
    assert check_here(visit_of(with_reader=False, reader="ACS")).verdict == "not_possible"


# the batch


def test_a_clear_batch_passes_with_its_count(monkeypatch: pytest.MonkeyPatch) -> None:
    stand = stand_with()
    assert stand.bench.sell()["status"] == "done"
    finding = check_batch(at(stand, monkeypatch))
    assert finding.verdict == "pass" and [figure.value for figure in finding.figures] == [1]


def test_a_full_batch_must_be_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    stand = stand_with(settings=ready_settings(profile=Profile(batch_warning_count=1, batch_grace_count=0)))
    assert stand.bench.sell()["status"] == "done"
    assert check_batch(at(stand, monkeypatch)).fault == "batch_full"
    limited = stand_with()
    assert limited.bench.sell()["status"] == limited.bench.sell()["status"] == "done"
    assert check_batch(at(limited, monkeypatch, expected={"batch_limit": 1})).fault == "batch_full"


def in_doubt() -> Stand:
    stand = stand_with()
    stand.bench.host.change = lambda request, reply: None
    assert stand.bench.sell(1_00)["status"] == "unknown"
    return stand


def test_a_pending_reversal_names_its_payment_and_forbids_to_repeat_it(monkeypatch: pytest.MonkeyPatch) -> None:
    finding = check_batch(at(in_doubt(), monkeypatch))
    assert finding.fault == "pending_reversal" and "1.00" in finding.found.zh and not FAULTS[finding.fault].retry
    stan = finding.detail["pending"]["stan"]
    assert stan in finding.found.en and len(stan) == 6


def test_a_reversal_that_this_visit_s_sign_in_delivers_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    stand = in_doubt()
    visit = at(stand, monkeypatch)
    device_facts.local_status(visit)
    stand.bench.host.change = None
    assert stand.bench.do("send_reversal")["status"] == "done"
    finding = check_batch(visit)
    assert finding.fault == "reversal_delivered" and FAULTS[finding.fault].actor == "merchant"


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({"status": outcome("done", "must_settle")}, "batch_full"),  # ZVT B1
        ({"last": outcome("unknown", "reversal_pending")}, "pending_reversal"),
        ({"status": outcome("refused", "batch_upload_pending")}, "settlement_unfinished"),
        ({"status": outcome("done", None), "last": outcome("refused", "wrong_order")}, ""),
        ({"status": outcome("refused", "printer_fault")}, ""),  # another check's
    ],
)
def test_the_cable_tells_what_it_can(told: Mapping[str, Any], fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = at_cable(told, monkeypatch, batch_module)
    finding = check_batch(visit_of(Person({"batch.shown": ()}), facts))
    assert finding.fault == fault and finding.verdict == ("fail" if fault else "pass")


def test_of_several_things_that_people_saw_money_in_doubt_comes_first() -> None:
    every = tuple(SHOWN_BATCH.choices)
    assert check_batch(visit_of(Person({"batch.shown": every[::-1]}))).fault == "pending_reversal"
    assert all(check_batch(visit_of(Person({"batch.shown": (one,)}))).fault == one for one in every)
    assert set(every) <= set(FAULTS)
    assert check_batch(visit_of()).verdict == "not_possible"
