"""What the whole comes to.

The verdicts here are written by hand as checks give them, the events as somebody at the counter sees them.  Expected:
the rows of the failure catalogue, its recovery ladder, and the order bench, safety, cable, device, network, activation,
provider, money.
"""

from __future__ import annotations

from typing import Any

import pytest

from harness.bench_check import causes
from harness.bench_check.asking import Nobody
from harness.bench_check.causes import PROVES_IT
from harness.bench_check.conclusion import DOUBT_FAULTS, Conclusion, conclude
from harness.bench_check.faults import FAULTS
from harness.bench_check.model import Actor, Check, Fault, Finding, failed, not_possible, passed
from harness.bench_check.next_tests import NEXT_TESTS, next_test_of
from harness.bench_check.rows import OUTSIDE_ACTORS, ROW_ACTORS, STAGES, stage_of_row
from harness.bench_check.settings import Settings
from harness.bench_check.visit import Visit
from harness.diagnosis.causes import CAUSES
from harness.diagnosis.causes.cause import PROVES
from harness.diagnosis.symptoms import SYMPTOMS
from protocols.text import Text

FOUND = Text("所见", "what was seen")


def fault(id_: str, *rows: str, **more: Any) -> Fault:
    """A fault whose words tell which one it is."""
    words = Text(f"{id_}坏", f"{id_} is bad")
    return Fault(id_, words, more.pop("actor", "technician"), False, Text(f"修{id_}", f"Mend {id_}"), **more, rows=rows)


TABLE = (
    fault("t_bench", blame="bench", ends=True),
    fault("t_own_reader", blame="bench"),
    fault("t_silent", ends=True),
    fault("t_noise", "D9", blame="bench", ends=True),
    fault("t_current"),
    fault("t_paper", "D2", actor="merchant"),
    fault("t_opened", "C3", "D13", actor="repair_shop"),
    fault("t_line", "F1"),
    fault("t_review", "A1", actor="acquirer"),
    fault("t_refused", "A2", "A4", "A7", actor="acquirer"),
    fault("t_order", "C1"),
    fault("t_begin", "C1", "A1", "A7"),
    fault("t_reversal", "F5"),
    fault("t_clock"),
)


@pytest.fixture(autouse=True)
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    """The faults of these tests beside the real ones."""
    for one in TABLE:
        monkeypatch.setitem(FAULTS, one.id, one)


def check(id_: str, group: str, required: bool = True) -> Check:
    title = Text(f"检查{id_}", f"check {id_}")
    return Check(id_, group, title, title, lambda visit: passed(id_, FOUND), required=required)


CHECKS = (
    *(check(one, "bench") for one in ("port", "cable")),
    check("electrical", "look"),
    *(check(one, "device") for one in ("printer", "tamper", "clock")),
    check("reader", "device", required=False),
    check("network", "network"),
    check("activation", "activation"),
    check("batch", "books"),
)


def whole(*findings: Finding, notes: tuple[tuple[str, dict[str, Any]], ...] = (), **facts: Any) -> Conclusion:
    """The conclusion where all other checks passed."""
    told = {one.check: one for one in findings}
    visit = Visit(Settings(), Nobody(), lambda text: None, facts=facts)
    visit.findings = {one.id: told.get(one.id, passed(one.id, FOUND)) for one in CHECKS}
    for kind, data in notes:
        visit.note(kind, **data)
    return conclude(visit, CHECKS)


def bad(check_id: str, fault_id: str) -> Finding:
    return failed(check_id, fault_id, FOUND)


def rows(conclusion: Conclusion) -> list[str]:
    return [cause.row for cause in conclusion.causes]


def test_passed_has_no_cause_and_one_thing_to_do() -> None:
    found = whole(not_possible("reader", FOUND))
    assert (found.whole, found.status, found.causes, found.warnings) == ("passed", 0, (), ())
    assert found.actor == "technician"
    assert found.next is not None


def test_incomplete_says_what_is_missing_and_how_to_complete_it() -> None:
    found = whole(not_possible("batch", Text("没有人", "nobody there")), not_possible("reader", FOUND))
    assert (found.whole, found.status, found.causes) == ("incomplete", 1, ())
    assert [one.en for one in found.missing] == ["check batch: nobody there"]
    assert found.next is not None
    assert "check batch" in found.next.en
    assert "检查batch" in found.next.zh


def test_a_check_that_was_never_reached_is_missing() -> None:
    visit = Visit(Settings(), Nobody(), lambda text: None)
    found = conclude(visit, CHECKS)
    assert found.whole == "incomplete"
    assert len(found.missing) == len([one for one in CHECKS if one.required])


@pytest.mark.parametrize(
    ("check_id", "fault_id", "row", "actor"),
    [("printer", "t_paper", "D2", "merchant"), ("network", "t_line", "F1", "technician")],
)
def test_a_row_that_a_fault_names_alone_stands(check_id: str, fault_id: str, row: str, actor: Actor) -> None:
    found = whole(bad(check_id, fault_id))
    assert (found.whole, found.status, rows(found), found.tied) == ("failed", 1, [row], 0)
    assert found.causes[0].actor == found.actor == actor
    assert found.next == FAULTS[fault_id].action == found.causes[0].action
    told = [one.en for one in found.causes[0].because]
    assert told == [FAULTS[fault_id].cause.en, f"check {check_id}: what was seen"]
    assert found.warnings == ()


def test_the_ladder_of_a_loose_cable_is_its_second_rung() -> None:
    """Recovery ladder: 2 power, cables, USB."""
    found = whole(bad("cable", "t_noise"))
    assert [rung.en for rung in found.causes[0].rungs] == ["Power, cables, USB"]


def test_rows_that_cannot_be_told_apart_are_a_tie_with_the_next_test() -> None:
    found = whole(bad("tamper", "t_opened"))
    assert (rows(found), found.tied) == (["C3", "D13"], 2)
    assert found.next_test is not None, "catalogue, pairs that look alike: C3 / D13 part change"
    assert found.next == FAULTS["t_opened"].action, "whoever of the two it was, that comes first"


CASE_OPEN = {"life_cycle": "tampered", "tamper": {"at_us": 5, "cause": "case_opened"}, "parts": {}}


def test_the_trace_chooses_among_the_rows_of_a_fault() -> None:
    answer = {"state": "rejected", "reason": "x", "items": [], "late": False}
    note = ("portal", {"action": "progress", "request": {}, "answer": answer})
    assert rows(whole(bad("activation", "t_refused"))) == ["A2", "A4", "A7"]
    found = whole(bad("activation", "t_refused"), notes=(note,))
    assert (rows(found), found.tied, found.next_test) == (["A2"], 0, None)


def test_what_the_trace_proves_beside_a_fault_is_named_too() -> None:
    faint = {"copy": "merchant", "stan": "000001", "contrast_percent": 8, "blank_columns": 0, "legible": False}
    test = (("image", faint),)
    assert rows(whole(bad("network", "t_line"), notes=test)) == ["D2", "F1"], "the device comes before the network"
    assert rows(whole(notes=test)) == [], "nothing failed"


def test_what_the_checks_themselves_brought_about_is_no_cause() -> None:
    """An operation that was asked out of turn proves row C1 in a shop; here it was the check that asked."""
    outcome = {
        "op": "sale",
        "status": "refused",
        "code": None,
        "cause": "not_signed_in",
        "text": {"zh": "-", "en": "-"},
    }
    note = ("operation", {"phase": "end", "op": "sale", "outcome": outcome})
    assert rows(whole(bad("activation", "t_review"), notes=(note,))) == ["A1"]
    assert rows(whole(bad("activation", "t_order"), notes=(note,))) == ["C1"]
    assert rows(whole(bad("activation", "t_begin"), notes=(note,))) == ["C1", "A1", "A7"], "and rules out no other"
    no_record = ("portal", {"action": "status", "request": {"sn": "1"}, "answer": {"cause": "sn_unknown"}})
    assert PROVES_IT == PROVES
    assert rows(whole(bad("activation", "t_begin"), notes=(note, no_record))) == ["A7"], "the portal knows why"


def test_a_fault_without_a_row_is_told_in_its_own_words() -> None:
    found = whole(bad("clock", "t_clock"), bad("printer", "t_paper"))
    assert rows(found) == ["D2", ""], "in the order of the checks"
    assert found.causes[1].title == FAULTS["t_clock"].cause


ORDER = ["t_noise", "t_current", "t_paper", "t_line", "t_review", "t_reversal"]
PLACES = dict(zip(ORDER, ["cable", "electrical", "printer", "network", "activation", "batch"], strict=True))


@pytest.mark.parametrize("at", range(len(ORDER) - 1))
def test_of_two_faults_the_one_to_put_right_first_is_on_top(at: int) -> None:
    first, second = ORDER[at], ORDER[at + 1]
    found = whole(bad(PLACES[second], second), bad(PLACES[first], first))
    assert [cause.action for cause in found.causes] == [FAULTS[first].action, FAULTS[second].action]
    assert found.next == FAULTS[first].action


@pytest.mark.parametrize("fault_id", ["damaged_adapter", "damaged_outlet", "supply_wrong", "electrical_danger"])
def test_what_may_burn_or_shock_comes_before_the_cable(fault_id: str) -> None:
    found = whole(failed("cable", "slow_answers", FOUND, values={"median": "900"}), bad("electrical", fault_id))
    assert found.next == FAULTS[fault_id].action


@pytest.mark.parametrize("fault_id", ["visual_missing", "electrical_missing", "electrical_expired"])
def test_what_only_the_record_lacks_comes_last(fault_id: str) -> None:
    found = whole(bad("electrical", fault_id), bad("batch", "t_reversal"))
    assert found.causes[-1].action == FAULTS[fault_id].action
    assert found.next == FAULTS["t_reversal"].action


@pytest.mark.parametrize("fault_id", ["visual_missing", "electrical_missing", "electrical_expired"])
def test_a_terminal_of_which_only_the_record_lacks_something_has_not_failed(fault_id: str) -> None:
    found = whole(bad("electrical", fault_id))
    assert (found.whole, found.status, found.causes) == ("incomplete", 1, ())
    assert [one.en for one in found.missing] == ["check electrical: what was seen"]
    assert found.next is not None and "check electrical" in found.next.en


def test_an_opened_terminal_comes_before_its_empty_printer() -> None:
    found = whole(bad("printer", "t_paper"), bad("tamper", "t_opened"))
    assert rows(found) == ["C3", "D13", "D2"]
    assert found.tied == 2


def test_the_bench_comes_first_and_the_terminal_was_not_judged() -> None:
    rest = [not_possible(one.id, FOUND) for one in CHECKS[1:]]
    found = whole(bad("port", "t_bench"), *rest)
    assert (found.status, found.next) == (3, FAULTS["t_bench"].action)
    assert [one.en.startswith("The terminal itself was not judged") for one in found.warnings] == [True]


def test_a_bench_that_failed_on_the_way_leaves_the_terminal_judged_in_part() -> None:
    found = whole(bad("printer", "t_paper"), bad("reader", "t_own_reader"))
    assert found.status == 1, "what failed first is the terminal's"
    assert [cause.action for cause in found.causes] == [FAULTS["t_own_reader"].action, FAULTS["t_paper"].action]
    assert [one.en.startswith("The terminal was judged only in part") for one in found.warnings] == [True]


def test_a_terminal_that_says_nothing_is_what_the_trace_finds_typical() -> None:
    undecided: dict[str, Any] = {
        "op": "status",
        "status": "unknown",
        "code": None,
        "cause": "register_timeout",
        "text": {},
    }
    note = ("operation", {"phase": "end", "op": "status", "outcome": undecided})
    found = whole(bad("port", "t_silent"), notes=(note,))
    assert found.next == FAULTS["t_silent"].action
    assert found.causes, "the fault stands, whatever the trace knows of it"


@pytest.mark.parametrize("state", ["begun", "sold", "unknown"])
def test_money_in_doubt_is_said_first(state: str) -> None:
    sale = {"order": "1", "stan": "000017", "amount_fen": 1, "state": state}
    for found in (whole(test_sale=sale), whole(bad("port", "t_bench"), test_sale=sale)):
        assert "0.01" in found.warnings[0].en
        assert "000017" in found.warnings[0].zh
    assert whole(test_sale={**sale, "state": "voided"}).warnings == ()


def test_a_void_that_failed_is_said_once_and_first() -> None:
    sale = {"order": "1", "stan": "000017", "amount_fen": 1, "state": "sold"}
    values = {"yuan": "0.01", "stan": "000017", "reason": "no answer"}
    found = whole(failed("batch", "void_failed", FOUND, values=values), bad("printer", "t_paper"), test_sale=sale)
    assert len(found.warnings) == 1
    assert "000017" in found.warnings[0].en
    assert rows(found)[0] == "D2", "what is put right first stays on top; the money is said before it"


def test_faults_of_money_in_doubt_are_there() -> None:
    assert set(FAULTS) >= DOUBT_FAULTS


def test_a_tie_of_every_fault_has_a_test_that_can_be_made_at_a_counter() -> None:
    probes = {name for cause in CAUSES for name in cause.tests}
    assert set(NEXT_TESTS) <= probes, "each is a probe of the diagnosis"
    assert probes - set(NEXT_TESTS) == {"both_ends", "one_more_sale"}
    ties = [one.rows for one in FAULTS.values() if len(one.rows) > 1]
    assert all(next_test_of(rows) in NEXT_TESTS.values() for rows in ties)
    assert next_test_of(("C3", "D13")) == NEXT_TESTS["self_test"], "pairs that look alike: part change"
    assert next_test_of(("D7", "D12")) == NEXT_TESTS["clean_and_test"], "pairs that look alike: after cleaning"
    assert next_test_of(("F1",)) is None


def test_the_customers_card_is_the_banks() -> None:
    assert set(OUTSIDE_ACTORS) == {one.id for one in SYMPTOMS if one.outside} == set(causes.OUTSIDE_ACTIONS)
    assert OUTSIDE_ACTORS["card_alone"] == "bank"


def test_a_value_that_a_check_forgot_does_not_hide_the_fault() -> None:
    found = whole(bad("cable", "slow_answers"))
    assert "…" in found.causes[0].because[0].en


def test_every_row_has_its_actor_and_its_turn() -> None:
    assert sorted(ROW_ACTORS) == sorted(cause.row for cause in CAUSES)
    assert {stage_of_row(cause.row) for cause in CAUSES} <= set(STAGES)


SERVICE_WORDS = {
    "商户": {"merchant", "technician"},
    "操作员": {"merchant", "technician"},
    "服务商维修人员": {"repair_shop"},
    "服务商": {"acquirer"},
    "承运商": {"acquirer"},
    "网络运营商": {"technician"},
    "安装": {"technician"},
}


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: str(cause.row))
def test_the_actor_is_who_the_catalogue_names(cause: Any) -> None:
    """The catalogue's own words, read by their beginning; the longer word first."""
    begin = next(word for word in sorted(SERVICE_WORDS, key=len, reverse=True) if cause.actor.zh.startswith(word))
    together = cause.row in ("E6", "E7")  # merchant and provider, provider and maker: the acquirer joins them
    assert ROW_ACTORS[cause.row] in SERVICE_WORDS[begin] | ({"acquirer"} if together else set())
