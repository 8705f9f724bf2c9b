"""The case and the parts inside: who opens it loses the keys, who exchanges a part leaves its number behind."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.terminal.settings import Profile

from .scripted import Bench, PowerCut

BUILT_IN = Profile().parts
OUTSIDE = ("printer", "battery")
"""Reached without opening the case: a paper roll and a rechargeable battery are the merchant's to exchange."""


def sellable() -> Bench:
    bench = Bench()
    bench.get_ready()
    return bench


def maintain(bench: Bench, act: str, **args: Any) -> dict[str, Any]:
    answer = bench.ask("control", "maintain", act=act, **args)
    assert answer.ok, answer.value
    return dict(answer.value)


def happened(bench: Bench) -> list[tuple[str, str]]:
    """What the terminal noted of its case, its parts and its keys, in order."""
    told = []
    for note in bench.notes:
        if note.kind == "part":
            told.append((str(note.data["part"]), str(note.data["what"])))
        elif note.kind == "audit" and note.data["what"] == "tamper":
            told.append(("keys", "erased"))
    return told


@pytest.mark.parametrize("part", BUILT_IN)
def test_only_a_part_outside_the_boundary_is_exchanged_without_losing_the_keys(part: str) -> None:
    bench = sellable()
    old = bench.do("local_status")["local"]["parts"][part]
    new = maintain(bench, "swap_part", part=part)["id"]
    status = bench.do("local_status")["local"]
    assert status["parts"][part] == new != old
    assert status["keys"]["master"] is (part in OUTSIDE)
    assert (status["life_cycle"] == "tampered") is (part not in OUTSIDE)
    changed = (part, "fitted")
    around = [("case", "opened"), ("keys", "erased"), changed, ("case", "closed")]
    assert happened(bench) == ([changed] if part in OUTSIDE else around)
    assert bench.sell()["status"] == ("done" if part in OUTSIDE else "refused")


def test_the_log_says_that_the_case_was_opened_before_it_says_that_the_keys_are_gone() -> None:
    """D13, told from C3 by the order: force leaves no opening behind."""
    bench = sellable()
    maintain(bench, "swap_part", part="display", id="DSP-EBAY")
    lines = [line for line in bench.do("local_status")["local"]["audit"] if line["what"] != "sign_on"]
    assert [line["what"] for line in lines] == ["case_opened", "tamper", "part_changed"]
    assert (lines[0]["authorised"], lines[1]["cause"]) == (False, "case_switch")
    assert (lines[2]["part"], lines[2]["id"], lines[2]["authorised"]) == ("display", "DSP-EBAY", False)
    forced = sellable()
    forced.ask("control", "cause", behaviour="tamper")
    assert [line["what"] for line in forced.do("local_status")["local"]["audit"]] == ["tamper"]


@pytest.mark.parametrize("act", ["swap_part", "replace_part"])
def test_no_loss_of_power_leaves_an_open_case_with_keys_in_it(act: str) -> None:
    for cut_after in range(40):
        bench = sellable()
        bench.cut_after = cut_after
        try:
            maintain(bench, act, part="keypad")
        except PowerCut:
            bench.boot()
            state = bench.terminal.desk.state
            assert not ((state.device.case_open or state.device.part("keypad").changes) and state.tmk)
        else:
            assert cut_after > 3  # it takes several effects, and each was the last one once
            return
    pytest.fail("the act has no end")


def test_the_service_takes_the_keys_too_and_leaves_no_tamper_record() -> None:
    bench = sellable()
    maintain(bench, "replace_part", part="keypad")
    status = bench.do("local_status")["local"]
    assert (status["keys"]["master"], status["tamper"], status["life_cycle"]) == (False, None, "unboxed")
    assert bench.do("self_test")["status"] == "done"


def test_a_new_part_has_no_defect_of_the_old_one_and_another_number_each_time() -> None:
    bench = sellable()
    bench.ask("control", "cause", behaviour="part_failed", part="printer")
    assert bench.do("self_test")["parts"] == ["printer"]
    numbers = [maintain(bench, "replace_part", part="printer")["id"] for _ in range(3)]
    assert len(set(numbers)) == 3 and bench.do("self_test")["status"] == "done"
    bench.boot()
    assert bench.do("local_status")["local"]["parts"]["printer"] == numbers[-1]


def test_a_part_of_another_model_is_found_and_stops_sales_but_not_the_settlement() -> None:
    bench = sellable()
    bench.sell(2700)
    maintain(bench, "swap_part", part="battery", model="BAT-OTHER")
    assert bench.sell()["cause"] == "wrong_part"
    assert bench.do("self_test")["parts"] == ["battery"]
    found = [note.data for note in bench.notes if note.kind == "self_test" and not note.data["ok"]]
    assert [(one["part"], one["found"], one["model"]) for one in found] == [("battery", "wrong_model", "BAT-OTHER")]
    assert bench.do("settle")["status"] == "done"
    bench.ask("control", "service")  # nothing is broken in it: a service that leaves it where it is cures nothing
    assert bench.do("self_test")["parts"] == ["battery"]
    maintain(bench, "replace_part", part="battery", model="BAT-CT-100")
    assert bench.do("self_test")["status"] == "done"


def test_a_case_that_stands_open_is_found_and_opening_it_again_says_no_second_time_that_it_is_tampered() -> None:
    bench = sellable()
    maintain(bench, "open_case", authorised=True)
    assert bench.do("self_test")["parts"] == ["tamper"]
    bench.boot()
    assert bench.do("self_test")["parts"] == ["tamper"]
    maintain(bench, "close_case")
    assert bench.do("self_test")["status"] == "done"
    bench.now = 5
    maintain(bench, "open_case")
    bench.now = 9
    maintain(bench, "close_case")
    maintain(bench, "open_case")
    assert bench.do("local_status")["local"]["tamper"] == {"at_us": 5, "cause": "case_switch"}


@pytest.mark.parametrize(
    ("act", "args", "named"),
    [
        ("swap_part", {"part": "antenna"}, "battery"),
        ("swap_part", {}, "part"),
        ("replace_part", {"part": "printer", "id": ""}, "id"),
        ("replace_part", {"part": "printer", "lot": 7}, "lot"),
        ("replace_part", {"part": "printer", "model": "x" * 41}, "model"),
        ("replace_part", {"part": "printer", "colour": "red"}, "colour"),
        ("open_case", {"authorised": "yes"}, "authorised"),
        ("close_case", {}, "not open"),
    ],
)
def test_what_cannot_be_done_is_told_and_changes_nothing(act: str, args: dict[str, Any], named: str) -> None:
    bench = sellable()
    before = list(bench.records)
    answer = bench.ask("control", "maintain", act=act, **args)
    assert not answer.ok and named in answer.value["error"]["en"]
    assert bench.records == before


ACTS: st.SearchStrategy[tuple[str, dict[str, Any]]] = st.one_of(
    st.tuples(
        st.sampled_from(("replace_part", "swap_part")), st.fixed_dictionaries({"part": st.sampled_from(BUILT_IN)})
    ),
    st.tuples(st.just("open_case"), st.fixed_dictionaries({"authorised": st.booleans()})),
    st.tuples(st.just("close_case"), st.just({})),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(ACTS, max_size=6))
def test_whatever_people_do_the_keys_are_gone_once_the_case_was_open_and_a_restart_changes_nothing(
    acts: list[tuple[str, dict[str, Any]]],
) -> None:
    bench = sellable()
    for act, args in acts:
        bench.ask("control", "maintain", act=act, **args)
        assert not (("case", "opened") in happened(bench) and bench.terminal.desk.state.tmk)
    device, keyed = bench.terminal.desk.state.device, bool(bench.terminal.desk.state.tmk)
    bench.boot()
    assert (bench.terminal.desk.state.device, bool(bench.terminal.desk.state.tmk)) == (device, keyed)
    opened = any(what == ("case", "opened") for what in happened(bench))
    assert keyed is not opened
