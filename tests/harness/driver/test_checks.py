"""Checks that people make: what counts, for how long, and what a sheet may say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.bench.till import load_checks
from harness.driver.checks import CheckItem, Checks, items_from, records_of, standing
from harness.driver.driver import Driver
from harness.driver.settings import DriverSettings
from harness.machine import DAY_US, Answer, Ask, Note, Persist, Record
from harness.terminal.hardware.casing import MEASURED, VISIBLE
from protocols.errors import ScenarioError

ITEMS = load_checks()
GOOD: dict[str, Any] = {"answers": dict.fromkeys(VISIBLE, "good"), "figures": MEASURED, "by": "李工"}


class Counter:
    """A register on a counter; what it made durable outlives it."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.notes: list[Note] = []
        self.boot()

    def boot(self) -> None:
        self.driver = Driver(DriverSettings(checks=ITEMS))
        self.driver.start(list(self.records), 0)

    def check(self, now: int = 0, **sheet: Any) -> Mapping[str, Any]:
        return self.ask(now, **sheet).value

    def ask(self, now: int = 0, **sheet: Any) -> Answer:
        answers = []
        for effect in self.driver.handle(Ask("person", "bench_check", sheet, 1), now):
            if isinstance(effect, Persist):
                self.records += effect.records
            elif isinstance(effect, Note):
                self.notes.append(effect)
            elif isinstance(effect, Answer):
                answers.append(effect)
        (answer,) = answers
        return answer


def test_nothing_on_record_is_no_pass() -> None:
    outcome = Counter().check()
    assert (outcome["status"], outcome["cause"]) == ("refused", "check_incomplete")
    assert outcome["missing"] == [item.id for item in ITEMS]
    assert outcome["electrical"] == ["insulation", "earth", "supply", "adapter"]


def test_a_whole_sheet_passes_and_is_kept_over_a_restart() -> None:
    counter = Counter()
    assert counter.check(**GOOD)["status"] == "done"
    counter.boot()
    assert counter.check()["status"] == "done"
    noted = [note.data for note in counter.notes if note.kind == "check" and note.data["what"] == "item"]
    assert [one["item"] for one in noted] == [item.id for item in ITEMS] and {one["by"] for one in noted} == {"李工"}
    assert [one["figure"] for one in noted if one["of"] == "electrical"] == list(MEASURED.values())


def test_what_is_damaged_is_named_by_its_part_and_counts_before_what_is_missing() -> None:
    outcome = Counter().check(answers={"housing": "damaged"})
    assert (outcome["cause"], outcome["parts"], outcome["failed"]) == ("check_failed", ["case"], ["housing"])
    assert "housing" in outcome["text"]["en"] and "外壳" in outcome["text"]["zh"]


@pytest.mark.parametrize(
    ("item", "good", "bad"),
    [
        ("insulation", 2_000, 1_999),  # class II: at least 2 Mohm
        ("earth", 100, 101),  # at most 0.1 ohm
        ("supply", 198_000, 197_999),  # 220 V - 10 %
        ("supply", 235_400, 235_401),  # 220 V + 7 %
        ("adapter", 1_500, 1_499),
    ],
)
def test_a_figure_decides_at_its_limit(item: str, good: int, bad: int) -> None:
    assert Counter().check(**GOOD | {"figures": {**MEASURED, item: good}})["status"] == "done"
    outcome = Counter().check(**GOOD | {"figures": {**MEASURED, item: bad}})
    assert (outcome["cause"], outcome["failed"]) == ("check_failed", [item])


def test_an_answer_ends_with_its_last_day_and_a_year_is_longer_than_a_quarter() -> None:
    counter = Counter()
    counter.check(**GOOD)
    assert counter.check(now=90 * DAY_US)["status"] == "done"
    outcome = counter.check(now=90 * DAY_US + 1)
    assert (outcome["cause"], outcome["expired"], outcome["electrical"]) == ("check_incomplete", list(VISIBLE), [])
    counter.check(now=365 * DAY_US, answers=GOOD["answers"])
    assert counter.check(now=365 * DAY_US)["status"] == "done"
    assert counter.check(now=365 * DAY_US + 1)["expired"] == list(MEASURED)
    assert counter.check(now=366 * DAY_US, figures=MEASURED)["status"] == "done"


def test_what_was_not_done_takes_the_place_of_an_older_answer() -> None:
    counter = Counter()
    counter.check(**GOOD)
    assert counter.check(answers={"earth": "not_done"})["missing"] == ["earth"]


@pytest.mark.parametrize(
    ("sheet", "named"),
    [
        ({"answers": {"houzing": "good"}}, "nearest is housing"),
        ({"answers": {"housing": "fine"}}, "damaged"),
        ({"answers": {"earth": "good"}}, "mohm"),
        ({"figures": {"housing": 3}}, "housing"),
        ({"figures": {"earth": -1}}, "earth"),
        ({"figures": {"earth": True}}, "earth"),
        ({"figures": {"earth": 3}, "answers": {"earth": "not_done"}}, "earth"),
        ({"answers": ["housing"]}, "answers"),
        ({"by": "x" * 61}, "by"),
        ({"items": {}}, "items"),
    ],
)
def test_a_sheet_that_is_none_is_told_and_leaves_nothing(sheet: dict[str, Any], named: str) -> None:
    counter = Counter()
    answer = counter.ask(**sheet)
    assert not answer.ok and named in answer.value["error"]["en"]
    assert counter.records == [] and counter.notes == []


def test_takings_and_checks_are_kept_side_by_side() -> None:
    counter = Counter()
    counter.check(**GOOD)
    effects = counter.driver.handle(Ask("person", "takings", {"amount_fen": 500, "means": "cash"}, 2), 0)
    counter.records += [record for effect in effects if isinstance(effect, Persist) for record in effect.records]
    counter.boot()
    assert counter.driver.takings.sum_fen("cash") == 500 and counter.check()["status"] == "done"


def test_what_can_be_seen_and_measured_is_what_the_sheet_asks_for() -> None:
    assert list(VISIBLE) == [item.id for item in ITEMS if item.kind == "visual"]
    assert list(MEASURED) == [item.id for item in ITEMS if item.kind == "electrical"]


@pytest.mark.parametrize(
    "row",
    [
        {"id": "a", "part": "case", "zh": "壳", "en": "case"},
        {"id": "a", "part": "case", "zh": "壳", "en": "case", "valid_days": 1, "unit": "ohm", "low": 1},
        {"id": "a", "part": "case", "zh": "", "en": "case", "valid_days": 1},
    ],
)
def test_an_item_that_is_not_complete_is_told(row: dict[str, Any]) -> None:
    with pytest.raises(ScenarioError, match="is not complete"):
        items_from({"visual": [row]})


def test_an_electrical_item_without_a_limit_is_none() -> None:
    row = {"id": "a", "part": "case", "zh": "壳", "en": "case", "valid_days": 1, "unit": "ohm"}
    with pytest.raises(ScenarioError, match="is not complete"):
        items_from({"electrical": [row]})


def answered(item: CheckItem) -> st.SearchStrategy[tuple[str, Any]]:
    """An item and what a person may write behind it."""
    said = st.sampled_from(("good", "damaged", "not_done")) if item.kind == "visual" else st.just("not_done")
    figure = st.integers(0, 300_000) if item.kind == "electrical" else said
    return st.tuples(st.just(item.id), st.one_of(said, figure))


SHEETS = st.lists(
    st.tuples(st.integers(0, 200), st.lists(st.one_of([answered(item) for item in ITEMS]), max_size=8)), max_size=6
)


@settings(max_examples=60, deadline=None)
@given(SHEETS)
def test_it_has_passed_exactly_when_every_item_has_a_good_answer_that_is_still_valid(
    sheets: list[tuple[int, list[tuple[str, Any]]]],
) -> None:
    checks, now, newest = Checks(), 0, dict[str, tuple[bool, int]]()
    for days, found in sheets:
        now += days * DAY_US
        told = dict(found)
        answers = {name: value for name, value in told.items() if isinstance(value, str)}
        figures = {name: value for name, value in told.items() if not isinstance(value, str)}
        for record in records_of(ITEMS, {"answers": answers, "figures": figures}, now):
            checks.apply(record)
        for item in (item for item in ITEMS if item.id in told):
            value = told[item.id]
            low, high = item.low or 0, item.high if item.high is not None else 10**9
            newest[item.id] = (value == "good" if isinstance(value, str) else low <= value <= high, now)
        good = {
            item.id
            for item in ITEMS
            if newest.get(item.id, (False, 0))[0] and now - newest[item.id][1] <= item.valid_days * DAY_US
        }
        stands = standing(ITEMS, checks, now)
        assert (stands.result == "passed") is (len(good) == len(ITEMS))
        bad = (*stands.failed, *stands.missing, *stands.expired)
        assert {item.id for item in bad} == {item.id for item in ITEMS} - good and len(bad) == len({i.id for i in bad})
