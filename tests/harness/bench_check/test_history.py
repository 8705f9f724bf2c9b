"""What changed since earlier visits, how figures move, and how they are shown.  Expected values by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench_check.history import is_record, since
from harness.bench_check.history.changes import CHANGES_MAX, changes
from harness.bench_check.history.trends import direction_of, trends, visits_left
from harness.bench_check.history.view import history_json, history_lines
from harness.bench_check.record.shape import SCHEMA, check_shape
from harness.stores.visits import VisitStore
from protocols.errors import ScenarioError

BOTH = {"zh": "打印机", "en": "printer"}


def fault(id_: str, blame: str = "terminal") -> dict[str, Any]:
    cause = {"zh": f"故障{id_}", "en": f"fault {id_}"}
    return {"id": id_, "cause": cause, "actor": "merchant", "retry": True, "action": BOTH, "blame": blame, "rows": []}


def check(id_: str, verdict: str, wrong: str = "", blame: str = "terminal", figures: Sequence[Any] = ()) -> Any:
    return {
        "id": id_, "group": "device", "title": {"zh": f"检查{id_}", "en": f"check {id_}"}, "does": BOTH,
        "required": True, "verdict": verdict, "found": BOTH, "figures": list(figures),
        "fault": fault(wrong, blame) if wrong else None, "detail": {},
    }  # fmt: skip


def figure(id_: str, value: float, low: float | None = None, high: float | None = None, unit: str = "ms") -> Any:
    return {"id": id_, "name": BOTH, "value": value, "unit": unit, "low": low, "high": high, "good": True}


def record(day: int, *checks: Any, **facts: Any) -> dict[str, Any]:
    return {
        "schema": SCHEMA, "program": "0", "id": f"202611{day:02}T023205Z-0000",
        "started": f"2026-11-{day:02}T10:32:05+08:00", "ended": f"2026-11-{day:02}T10:37:05+08:00", "lang": "zh",
        "technician": "张工", "merchant": "", "facts": {"sn": "N1", **facts}, "checks": list(checks),
        "conclusion": {"whole": "failed", "status": 1, "warnings": [], "causes": [], "tied": 0, "next_test": None,
                       "next": None, "actor": None, "missing": []},
        "changes": [], "trends": [], "support": {"zh": [], "en": []},
    }  # fmt: skip


def told(*documents: Mapping[str, Any]) -> list[str]:
    return [one.words.en for one in changes(documents[0], documents[1:])]


def test_the_records_here_are_records() -> None:
    check_shape(record(1, check("a", "fail", "x"), check("b", "pass", figures=[figure("f", 1.0)])))


def test_a_first_visit_has_no_changes() -> None:
    assert told(record(1, check("a", "fail", "x"))) == []


@pytest.mark.parametrize(
    ("then", "now", "words"),
    [
        (("pass",), ("fail", "x"), ["New fault: check a: fault x (good on 2026-11-01)"]),
        (("fail", "x"), ("pass",), ["Gone: check a (on 2026-11-01: fault x)"]),
        (("fail", "x"), ("fail", "x"), ["Still there: check a: fault x (also on 2026-11-01)"]),
        (("fail", "x"), ("fail", "y"), ["Another fault: check a: fault y (on 2026-11-01: fault x)"]),
        (("fail", "x"), ("not_possible",), ["Not looked at again: check a (on 2026-11-01: fault x)"]),
        (("pass",), ("pass",), []),
        (("pass",), ("not_possible",), []),
        (("not_possible",), ("fail", "x"), []),
        (("fail", "x", "bench"), ("pass",), []),
        (("pass",), ("fail", "x", "bench"), []),
    ],
)
def test_what_a_check_found_then_and_now(then: Sequence[str], now: Sequence[str], words: list[str]) -> None:
    assert told(record(2, check("a", *now)), record(1, check("a", *then))) == words


def test_a_check_is_compared_with_the_last_visit_that_could_make_it() -> None:
    stopped, good = record(2, check("a", "not_possible")), record(1, check("a", "pass"))
    assert told(record(3, check("a", "fail", "x")), stopped, good) == [
        "New fault: check a: fault x (good on 2026-11-01)"
    ]


def test_numbers_software_and_parts() -> None:
    then = record(1, tid="1", mid="1", software_version="2.0", parts={"battery": {"id": "BAT1"}, "printer": {}})
    now = record(2, tid="2", mid="1", software_version="2.1", parts={"battery": {"id": "BAT2"}, "printer": {"id": "P"}})
    assert told(now, then) == [
        "Exchanged: battery (BAT1 -> BAT2)", "Software version: 2.0 -> 2.1", "Terminal number: 1 -> 2",
    ]  # fmt: skip


def test_new_faults_come_first_and_there_is_a_limit() -> None:
    then = record(1, *(check(f"{n}", "fail" if n < 50 else "pass", "x" if n < 50 else "") for n in range(51)))
    now = record(2, *(check(f"{n}", "pass" if n < 50 else "fail", "" if n < 50 else "y") for n in range(51)))
    found = changes(now, [then])
    assert (found[0].kind, len(found)) == ("new", CHANGES_MAX)


@pytest.mark.parametrize(
    ("values", "low", "high", "direction"),
    [
        ([40, 90], None, 200, "few"),
        ([40, 42, 90], None, 200, "worse"),
        ([40, 42, 20], None, 200, "better"),
        ([40, 42, 49], None, 200, "steady"),  # 19.5 % beyond the median of 41
        ([40, 42, 50], None, 200, "worse"),  # 22 %
        ([40, 100, 90], None, 200, "steady"),  # within what was measured before
        ([40, 42, 90], None, None, "up"),
        ([40, 42, 10], None, None, "down"),
        ([40, 42, 20], 10, None, "worse"),
        ([0, 0, 1], None, 1, "worse"),
        ([0, 0, 0.1], None, 1, "steady"),  # a tenth of the limit
        ([1, -1, -90], -120, 120, "worse"),
        ([-90, -80, 3], -120, 120, "better"),
    ],
)
def test_directions(values: list[float], low: float | None, high: float | None, direction: str) -> None:
    assert direction_of(values, low, high) == direction


@pytest.mark.parametrize(
    ("values", "low", "high", "visits"),
    [
        ([10, 20, 30, 40], None, 100, 6),
        ([10, 20, 30, 41], None, 100, 6),  # 59 at 10.33 a visit
        ([100, 20, 30, 40, 50], None, 100, 5),
        ([10, 20, 30], None, 100, None),
        ([10, 20, 15, 40], None, 100, None),
        ([10, 11, 12, 13], None, 100, None),  # 87 visits away
        ([40, 30, 20, 10], 5, None, 1),
        ([80, 90, 100, 110], None, 100, None),  # beyond it already
        ([10, 20, 30, 40], None, None, None),
    ],
)
def test_forecasts(values: list[float], low: float | None, high: float | None, visits: int | None) -> None:
    assert visits_left(values, low, high) == visits


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=8), st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_what_stays_as_it_was_is_steady_and_mirrored_figures_get_worse_alike(
    values: list[float], limit: float, span: float
) -> None:
    assert direction_of([*values, values[0]], None, limit) in ("steady", "few")
    mirrored = [-one for one in values]
    assert direction_of(values, None, limit) == direction_of(mirrored, -limit, None)
    assert visits_left(values, None, limit) == visits_left(mirrored, -limit, None)
    assert direction_of(values, limit, limit + span) == direction_of(mirrored, -limit - span, -limit)


def test_a_figure_over_the_visits() -> None:
    documents = [
        record(day, check("a", "pass", figures=[figure("p95", day * 10.0, high=100.0)])) for day in range(1, 5)
    ]
    (one,) = trends(documents[::-1])
    assert (one.id, one.values, one.direction, one.visits_left) == ("p95", (10.0, 20.0, 30.0, 40.0), "worse", 6)
    assert one.dates[0] == "2026-11-01T10:32:05+08:00"
    assert one.words.en == "printer: worse, now 40 ms, median before 20 ms; reaches 100 ms in about 6 visits"
    assert one.words.zh == "打印机：变差，本次 40 ms，此前中位数 20 ms；照此约 6 次检查后到限 100 ms"


def test_figures_of_another_unit_and_such_as_are_no_numbers_are_left_out() -> None:
    now = record(3, check("a", "pass", figures=[figure("f", 1.0), figure("g", 2.0)]))
    then = record(2, check("a", "pass", figures=[figure("f", 1.0, unit="s"), {**figure("g", 0), "value": "nan"}]))
    assert trends([now, then]) == []


def test_the_technicians_own_computer_wears_no_terminal() -> None:
    both = [record(day, check("computer", "pass", figures=[figure("disk", day)])) for day in (2, 1)]
    assert trends(both) == []


def test_wear_is_of_one_and_the_same_part() -> None:
    def uses(day: int, number: str, count: int) -> dict[str, Any]:
        return record(day, parts={"printer": {"id": number, "uses": count}})

    (one,) = trends([uses(21, "P2", 700), uses(11, "P2", 500), uses(1, "P1", 90_000)])
    assert (one.values, one.per_month) == ((500.0, 700.0), 608.0)  # 200 in 10 days
    assert one.words.en == "uses of the printer: 700, about 608 a month"
    (few,) = trends([uses(3, "P1", 700), uses(1, "P1", 500)])
    assert (few.per_month, few.direction) == (None, "few")


def test_what_became_worse_comes_first() -> None:
    def visit(day: int, bad: float) -> dict[str, Any]:
        figures = [figure("still", 5.0, high=9.0), figure("bad", bad, high=900.0)]
        return record(day, check("a", "pass", figures=figures))

    assert [one.id for one in trends([visit(3, 90), visit(2, 11), visit(1, 10)])] == ["bad", "still"]


def test_since_is_what_a_record_holds_and_leaves_out_itself_and_what_is_no_record() -> None:
    now = record(3, check("a", "fail", "x", figures=[figure("f", 1.0)]))
    then = record(1, check("a", "pass", figures=[figure("f", 1.0)]))
    found = since(now, [now, {"facts": {}}, {**then, "started": "once"}, then])
    check_shape({**now, **found})
    assert found["changes"] == [
        {"zh": "新故障：检查a：故障x（2026-11-01 时正常）", "en": "New fault: check a: fault x (good on 2026-11-01)"}
    ]
    assert found["trends"][0]["values"] == [1.0, 1.0]
    assert not is_record([])


def a_store(root: Path) -> VisitStore:
    store = VisitStore(root)
    for day, verdict, value in ((1, "pass", 10.0), (2, "pass", 11.0), (3, "fail", 90.0)):
        made = check("a", verdict, "x" if verdict == "fail" else "", figures=[figure("p95", value, high=200.0)])
        one = record(day, made, model="N900")
        store.keep(one["id"], one)
    other = {**record(4), "facts": {"sn": "M77"}}
    store.keep(other["id"], other)
    return store


def test_the_list_of_terminals(tmp_path: Path) -> None:
    assert list(history_lines(a_store(tmp_path), "", "en")) == [
        "2 terminals",
        "  M77  2026-11-04 10:32  failed  visits: 1",
        "  N1   2026-11-03 10:32  failed  visits: 3",
    ]
    assert list(history_lines(VisitStore(tmp_path / "none"), "", "zh")) == ["还没有历史记录"]


def test_one_terminal_in_both_languages(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    assert list(history_lines(store, "n1", "en")) == [
        "Serial number N1  N900",
        "  2026-11-03 10:32  failed  张工  fault x",
        "  2026-11-02 10:32  failed  张工",
        "  2026-11-01 10:32  failed  张工",
        "Since earlier visits:",
        "  - New fault: check a: fault x (good on 2026-11-02)",
        "Figures and wear:",
        "  - printer: worse, now 90 ms, median before 10.5 ms",
        "    10 -> 11 -> 90 ms",
    ]
    assert "  - 打印机：变差，本次 90 ms，此前中位数 10.5 ms" in list(history_lines(store, "N1", "zh"))


def test_visits_without_a_serial_number_are_shown_by_a_dash(tmp_path: Path) -> None:
    store, one = VisitStore(tmp_path), {**record(1), "facts": {}}
    store.keep(one["id"], one)
    assert (
        list(history_lines(store, "", "en"))[1] == "  - (serial number not known)  2026-11-01 10:32  failed  visits: 1"
    )
    assert next(iter(history_lines(store, "-", "en"))) == "Serial number - (serial number not known)"


def test_history_as_json(tmp_path: Path) -> None:
    store = a_store(tmp_path)
    assert history_json(store, "")["terminals"][0] == {
        "sn": "M77", "visits": 1, "last": "2026-11-04T10:32:05+08:00", "whole": "failed",
    }  # fmt: skip
    found = history_json(store, "N1")
    assert [one["started"][:10] for one in found["visits"]] == ["2026-11-03", "2026-11-02", "2026-11-01"]
    assert found["trends"][0]["direction"] == "worse"


@pytest.mark.parametrize(("said", "words"), [("X99", "there is no history of 'X99'"), ("M78", "there is M77")])
def test_a_terminal_that_nobody_visited_is_told(tmp_path: Path, said: str, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        list(history_lines(a_store(tmp_path), said, "en"))
