"""Appeals: stages, material, deadlines, decisions; the merchant's own pause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.acquirer.hold_kinds import HOLD_KINDS
from harness.acquirer.oversight.procedures import ITEMS, PROCEDURES
from harness.machine import DAY_US, Closed, Opened, Wake

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.harness.acquirer.conftest import Bench, Pos


def wait(bench: Bench, days: int) -> None:
    bench.now += days * DAY_US
    bench.feed(Wake())
    bench.feed(Closed("c1", "eof"))
    bench.feed(Opened("c1"))


def held(bench: Bench, pos: Pos, kind: str = "risk_frequency", **facts: Any) -> str:
    case: str = bench.ask("control", "hold", kind=kind, subject=f"merchant:{pos.mid}", facts=facts)["case"]
    assert pos.sale(100).text(39) == "03"
    return case


def test_procedures_are_complete() -> None:
    for kind, stages in PROCEDURES.items():
        assert kind in HOLD_KINDS
        assert not stages[-1].wants
        assert all(stage.wants and set(stage.wants) <= set(ITEMS) for stage in stages[:-1])
        assert all(stage.within_us > 0 for stage in stages)


@pytest.mark.parametrize("kind", PROCEDURES)
def test_everything_handed_in_in_time_ends_the_hold(bench: Bench, pos: Pos, kind: str) -> None:
    case = held(bench, pos, kind)
    told = bench.ask("portal", "appeal", case=case)
    for stage in PROCEDURES[kind][:-1]:
        assert (told["stage"], told["items"]) == (stage.name, list(stage.wants))
        assert pos.sale(100).text(39) == "03"
        told = bench.ask("portal", "material", appeal=told["appeal"], items=list(stage.wants))
    assert told["stage"] == "decision"
    wait(bench, 7)
    assert bench.ask("portal", "appeal_status", appeal=told["appeal"])["state"] == "granted"
    assert pos.sale(100).text(39) == "00"
    assert bench.restarted().state == bench.host.state


def test_evidence_alone_misses_the_deadline_and_the_hold_stays(bench: Bench, pos: Pos) -> None:
    case = held(bench, pos)
    number = bench.ask("portal", "appeal", case=case)["appeal"]
    assert bench.ask("portal", "material", appeal=number, items=["vouchers"])["stage"] == "rectification"
    wait(bench, 6)
    assert bench.ask("portal", "appeal_status", appeal=number)["state"] == "open"
    wait(bench, 1)
    assert bench.ask("portal", "appeal_status", appeal=number)["state"] == "missed"
    assert pos.sale(100).text(39) == "03"
    assert bench.answer("portal", "material", appeal=number, items=["training"]).value["cause"] == "closed"
    again = bench.ask("portal", "appeal", case=case)
    assert (again["state"], again["stage"], again["given"]) == ("open", "evidence", [])


def test_nothing_is_decided_before_the_set_period(bench: Bench, pos: Pos) -> None:
    number = bench.ask("portal", "appeal", case=held(bench, pos))["appeal"]
    bench.ask("portal", "material", appeal=number, items=["training", "rectification", "vouchers"])
    wait(bench, 6)
    assert pos.sale(100).text(39) == "03"
    wait(bench, 1)
    assert pos.sale(100).text(39) == "00"


def test_the_examiner_decides(bench: Bench, pos: Pos) -> None:
    case = held(bench, pos)
    number = bench.ask("portal", "appeal", case=case)["appeal"]
    told = bench.ask("control", "decide_appeal", appeal=number, decision="refuse", reason="x")
    assert (told["state"], told["why"]) == ("refused", "x")
    assert pos.sale(100).text(39) == "03"
    second = bench.ask("portal", "appeal", case=case)["appeal"]
    assert second != number
    bench.ask("control", "decide_appeal", appeal=second, decision="grant")
    assert pos.sale(100).text(39) == "00"
    assert not bench.answer("control", "decide_appeal", appeal=second, decision="?").ok


def test_an_appeal_that_is_open_is_shown_and_there_are_only_so_many(bench: Bench, pos: Pos) -> None:
    case = held(bench, pos)
    first = bench.ask("portal", "appeal", case=case)
    assert bench.ask("portal", "appeal", case=case)["appeal"] == first["appeal"]
    for _ in range(9):
        wait(bench, 7)
        bench.ask("portal", "appeal", case=case)
    wait(bench, 7)
    assert bench.answer("portal", "appeal", case=case).value["cause"] == "too_many_appeals"


@pytest.mark.parametrize(
    ("name", "args", "cause"),
    [
        ("appeal", {"case": "C999999"}, "no_case"),
        ("material", {"appeal": "S999999", "items": []}, "no_appeal"),
        ("appeal_status", {}, "bad_argument"),
    ],
)
def test_what_does_not_exist(bench: Bench, name: str, args: dict[str, Any], cause: str) -> None:
    assert bench.answer("portal", name, **args).value["cause"] == cause


def test_only_what_is_wanted_is_taken(bench: Bench, pos: Pos) -> None:
    number = bench.ask("portal", "appeal", case=held(bench, pos))["appeal"]
    refused = bench.answer("portal", "material", appeal=number, items=["agreement"])
    assert refused.value["cause"] == "bad_argument"
    assert "vouchers, rectification, training" in refused.value["error"]["en"]


def test_a_pause_is_no_case_for_an_appeal_and_ends_as_it_began(bench: Bench, pos: Pos) -> None:
    pos.sale(500)
    told = bench.ask("portal", "pause", mid=pos.mid, reason="holiday")
    assert bench.ask("portal", "pause", mid=pos.mid) == told, "asked again, nothing changes"
    assert bench.answer("portal", "appeal", case=told["case"]).value["cause"] == "not_appealable"
    assert pos.sale(100).text(39) == "03"
    pos.settle((500, 1))
    assert bench.ask("control", "snapshot")["batches"][0]["settled"] is True, "the batch can still be settled"
    assert bench.ask("portal", "unpause", mid=pos.mid)["state"] == "open"
    assert bench.answer("portal", "unpause", mid=pos.mid).value["cause"] == "not_paused"
    pos.sign_in()
    assert pos.sale(100).text(39) == "00"


DOINGS = st.lists(
    st.tuples(
        st.sampled_from(("appeal", "hand in", "hand in", "hand in", "wait", "refuse")),
        st.sets(st.sampled_from(sorted(ITEMS)), min_size=1, max_size=3),
        st.integers(0, 9),
    ),
    max_size=14,
)


@given(st.sampled_from(sorted(PROCEDURES)), DOINGS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_hold_ends_only_by_everything_in_time(
    make_bench: Callable[..., Bench], make_pos: Callable[..., Pos], kind: str, doings: list[tuple[str, set[str], int]]
) -> None:
    """Against a model that knows the stages alone: what was given, and when its stage began, in days."""
    bench = make_bench()
    pos = make_pos(bench)
    pos.sign_in()
    case, stages = held(bench, pos, kind), PROCEDURES[kind]
    wanted = {item for stage in stages for item in stage.wants}
    number, given, stage, began, day, ended = "", set[str](), 0, 0, 0, False
    for what, items, days in doings:
        running = number != "" and not ended
        if what == "appeal" and not ended:
            answer = bench.ask("portal", "appeal", case=case)
            if not running:
                number, given, stage, began = answer["appeal"], set(), 0, day
            assert answer["stage"] == stages[stage].name
        elif what == "hand in" and running:
            answer_or_not = bench.answer("portal", "material", appeal=number, items=sorted(items))
            assert answer_or_not.ok == (items <= wanted)
            given |= items if items <= wanted else set()
            while stages[stage].wants and set(stages[stage].wants) <= given:
                stage, began = stage + 1, day
        elif what == "refuse" and running:
            bench.ask("control", "decide_appeal", appeal=number, decision="refuse")
            number = ""
        elif what == "wait":
            wait(bench, days)
            day += days
            if running and (day - began) * DAY_US >= stages[stage].within_us:
                ended, number = not stages[stage].wants, ""
        assert (bench.host.state.holds.all[case].released_us is not None) == ended
    assert pos.sale(100).text(39) == ("00" if ended else "03")
