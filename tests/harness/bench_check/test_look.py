"""What a person looks at and measures: what is asked, what counts, for how long, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench_check import device_facts
from harness.bench_check.asking import AnswerFile, GoodFaith, Nobody
from harness.bench_check.checks.look import FAULT_OF_FIGURE, FAULT_OF_PART, date_of, look_at_it, measure_it, scaled
from harness.bench_check.checks.look_questions import ELECTRICAL_QUESTIONS, UNITS, VISUAL_QUESTIONS, items
from harness.bench_check.faults import FAULTS
from harness.bench_check.model import Finding
from harness.bench_check.settings import Settings
from harness.bench_check.visit import Visit
from harness.diagnosis import diagnose
from harness.scenarios.seen import strange_keys

from .counter import Person, visit_of

TODAY = date(2026, 11, 22)
GOOD = {"look.visual": ()}
MEASURED = {
    "look.meter": ("yes",),
    "look.earth_pin": ("earth_pin",),
    "look.insulation": ("100",),
    "look.earth": ("0.06",),
    "look.supply": ("221",),
    "look.adapter": ("2",),
}
DAMAGE = {
    "housing": "damaged_case",
    "printer_door": "damaged_case",
    "display_glass": "damaged_display",
    "keypad": "damaged_keypad",
    "reader_slots": "damaged_reader",
    "cable": "damaged_cable",
    "plug": "damaged_adapter",
    "battery": "damaged_battery",
    "socket": "damaged_outlet",
    "socket_wiring": "damaged_outlet",
}


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_facts, "now", lambda: datetime(2026, 11, 22, 9, 30, tzinfo=UTC))


def after(visit: Visit, *findings: Finding, days: int) -> Visit:
    """The same terminal at a visit `days` before today, of which these findings are on record."""
    shift = timedelta(days=days)
    checks = []
    for finding in findings:
        sheet = {
            name: {**one, "on": (date.fromisoformat(one["on"]) - shift).isoformat()}
            for name, one in finding.detail["sheet"].items()
        }
        checks.append({"id": finding.check, "detail": {**finding.detail, "sheet": sheet}})
    visit.facts["sn"] = "SN1"
    visit.earlier_of = lambda sn: [{"checks": checks}]
    return visit


def named(visit: Visit) -> Sequence[str]:
    return diagnose(visit.events, "register").named


# visual


@pytest.mark.parametrize(("item", "fault"), DAMAGE.items())
def test_damage_is_named_by_its_part(item: str, fault: str) -> None:
    finding = look_at_it(visit_of(Person({"look.visual": (item,)})))
    assert (finding.verdict, finding.fault) == ("fail", fault)
    assert {one: known["answer"] for one, known in finding.detail["sheet"].items() if one == item} == {item: "damaged"}


def test_every_item_of_the_file_has_a_fault_and_a_question() -> None:
    assert {item.id for item in items("visual")} == set(DAMAGE)
    assert {item.part for item in items("visual")} == set(FAULT_OF_PART)
    assert {item.id for item in items("electrical")} == set(FAULT_OF_FIGURE)
    assert {*FAULT_OF_PART.values(), *FAULT_OF_FIGURE.values()} <= set(FAULTS)
    assert {question.id for question in VISUAL_QUESTIONS} == {"look.visual", *(f"look.{item}" for item in DAMAGE)}
    assert all(question.unit or question.choices or question.usual for question in ELECTRICAL_QUESTIONS)


def test_of_several_the_gravest_is_told_and_danger_ends_the_check() -> None:
    assert look_at_it(visit_of(Person({"look.visual": ("housing", "cable", "battery")}))).fault == "damaged_battery"
    assert {fault for fault in set(DAMAGE.values()) if FAULTS[fault].ends} == {"damaged_adapter", "damaged_battery"}


def test_all_items_are_one_question_and_nobody_s_silence_is_no_answer() -> None:
    person = Person(GOOD)
    assert look_at_it(visit_of(person)).verdict == "pass"
    assert [question.id for question in person.asked] == ["look.visual"]
    silent = visit_of()
    assert look_at_it(silent).verdict == "not_possible" and silent.noted == []


def test_a_cracked_case_is_diagnosed_from_what_was_noted() -> None:
    visit = visit_of(Person({"look.visual": ("housing",)}))
    look_at_it(visit)
    assert named(visit) == ("D6",)
    assert all(not strange_keys(kind, data) for kind, data in visit.noted)


def test_an_answer_file_may_name_items_one_by_one() -> None:
    answers = {"look.cable": ["damaged"], "look.housing": ["good"]}
    finding = look_at_it(visit_of_file(answers))
    assert (finding.fault, finding.detail["sheet"].keys()) == ("damaged_cable", {"housing", "cable"})
    answers = {f"look.{item}": ["good"] for item in DAMAGE}
    assert look_at_it(visit_of_file(answers)).verdict == "pass"
    assert look_at_it(visit_of_file({**answers, "look.plug": ["not_done"]})).fault == "visual_missing"


def visit_of_file(answers: Mapping[str, Sequence[str]]) -> Visit:
    return Visit(Settings(), AnswerFile(answers, "answers.toml", Nobody()), lambda text: None)


# what an earlier visit found


def test_a_good_answer_is_not_asked_again_until_its_last_day() -> None:
    first = look_at_it(visit_of(Person(GOOD), technician="李工"))
    person = Person(GOOD)
    finding = look_at_it(after(visit_of(person), first, days=90))
    assert finding.verdict == "pass" and person.asked == [] and "2026-08-24" in finding.found.zh
    assert finding.detail["sheet"]["housing"]["by"] == "李工"
    look_at_it(after(visit_of(person), first, days=91))
    assert [question.id for question in person.asked] == ["look.visual"]


def test_what_was_damaged_is_looked_at_again() -> None:
    first = look_at_it(visit_of(Person({"look.visual": ("housing",)})))
    person = Person(GOOD)
    assert look_at_it(after(visit_of(person), first, days=1)).verdict == "pass"
    assert [question.id for question in person.asked] == ["look.visual"]


def test_figures_count_for_a_year_and_then_are_out_of_date() -> None:
    first = measure_it(visit_of(Person(MEASURED)))
    person = Person()
    assert measure_it(after(visit_of(person), first, days=365)).verdict == "pass" and person.asked == []
    visit = after(visit_of(Person({"look.meter": ("no",)})), first, days=366)
    assert measure_it(visit).fault == "electrical_expired" and named(visit) == ("D10",)
    again = after(visit_of(Person(MEASURED)), first, days=366)
    assert measure_it(again).verdict == "pass"


def test_a_plug_without_earth_pin_has_no_earth_to_measure_at_this_visit_and_the_next() -> None:
    person = Person({**MEASURED, "look.earth_pin": ("no_earth_pin",)})
    first = measure_it(visit_of(person))
    assert first.verdict == "pass" and "look.earth" not in [question.id for question in person.asked]
    later = Person()
    assert measure_it(after(visit_of(later), first, days=10)).verdict == "pass" and later.asked == []


# electrical


def test_whoever_says_that_nobody_measured_has_left_it_out() -> None:
    visit = visit_of(Person({"look.meter": ("no",)}))
    assert measure_it(visit).fault == "electrical_missing"
    assert named(visit) == ("D10",)


def test_good_faith_invents_no_figure() -> None:
    visit = Visit(Settings(), GoodFaith(Nobody()), lambda text: None)
    assert measure_it(visit).verdict == "not_possible" and visit.noted == []


@pytest.mark.parametrize(
    ("item", "good", "bad", "fault"),
    [
        ("insulation", "2", "1.9999", "electrical_danger"),  # class II: at least 2 MΩ
        ("earth", "0.1", "0.1001", "electrical_danger"),  # at most 0.1 Ω
        ("supply", "198", "197.9999", "supply_wrong"),  # 220 V - 10 %
        ("supply", "235.4", "235.4001", "supply_wrong"),  # 220 V + 7 %
        ("adapter", "1.5", "1.4999", "adapter_weak"),
    ],
)
def test_a_figure_decides_at_its_limit(item: str, good: str, bad: str, fault: str) -> None:
    assert measure_it(visit_of(Person({**MEASURED, f"look.{item}": (good,)}))).verdict == "pass"
    finding = measure_it(visit_of(Person({**MEASURED, f"look.{item}": (bad,)})))
    assert (finding.verdict, finding.fault) == ("fail", fault)
    assert [figure.id for figure in finding.figures if not figure.good] == [item]


LIMITS = {"insulation": ("2", None), "earth": (None, "0.1"), "supply": ("198", "235.4"), "adapter": ("1.5", None)}


@given(st.sampled_from(sorted(LIMITS)), st.decimals(-10, 1000, places=6))
def test_what_is_rounded_passes_nothing_that_is_out_of_limits(item: str, typed: Decimal) -> None:
    (one,) = (known for known in items("electrical") if known.id == item)
    low, high = LIMITS[item]
    within = (low is None or typed >= Decimal(low)) and (high is None or max(typed, Decimal(0)) <= Decimal(high))
    assert (one.judged(scaled(one, str(typed))) == "good") is within


def test_figures_are_shown_as_they_were_typed() -> None:
    finding = measure_it(visit_of(Person(MEASURED)))
    shown = {figure.id: (figure.value, figure.unit) for figure in finding.figures}
    assert shown == {"insulation": (100, "MΩ"), "earth": (0.06, "Ω"), "supply": (221, "V"), "adapter": (2, "A")}
    assert set(UNITS) == {item.unit for item in items("electrical")}


@pytest.mark.parametrize("said", ["2026-11-23", "gestern", "2026-02-30", "2026-1122"])
def test_a_day_that_is_none_or_lies_ahead_takes_no_figures_down(said: str) -> None:
    visit = visit_of(Person({**MEASURED, "look.measured_on": (said,)}))
    assert measure_it(visit).verdict == "not_possible" and visit.noted == []


def test_the_day_of_measuring_decides_how_long_it_counts() -> None:
    visit = visit_of(Person({**MEASURED, "look.measured_on": ("2025/11/21",)}))
    finding = measure_it(visit)
    assert finding.fault == "electrical_expired" and finding.detail["sheet"]["supply"]["on"] == "2025-11-21"


@given(st.dates(date(1000, 1, 1)))
def test_days_are_read_as_people_write_them(day: date) -> None:
    y, m, d = f"{day.year:04d}", day.month, day.day
    spelled = (day.isoformat(), f"{y}/{m}/{d}", f"{y}.{m:02d}.{d:02d}", f"{y}{m:02d}{d:02d}", f"{y}年{m}月{d}日")
    assert {date_of(one) for one in spelled} == {day}


@given(st.text(max_size=20))
def test_any_text_is_a_day_or_none(said: str) -> None:
    found = date_of(said)
    assert found is None or isinstance(found, date)


# the control interface


class Stand:
    """A control interface that has these answers."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._answers = answers

    def ask(self, who: str, name: str, args: Mapping[str, Any], timeout_s: float) -> tuple[bool, Any]:
        return name in self._answers, self._answers.get(name, {})


def test_what_a_stand_shows_is_asked_of_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = dict.fromkeys(DAMAGE, "good") | {"housing": "damaged"}
    measured = {"insulation": 1_000, "earth": 60, "supply": 221_000, "adapter": 2_000}
    stand = Stand({"examine": {"seen": seen, "measured": measured}})
    monkeypatch.setattr(Visit, "service", lambda self: stand)
    person = Person()
    visit = visit_of(person)
    assert look_at_it(visit).fault == "damaged_case"
    assert measure_it(visit).fault == "electrical_danger"
    assert person.asked == []
