"""The diagnosis of real runs: every case alone, from every side, with other values, and with everyday noise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from harness.bench.simulated import SimulatedBench
from harness.diagnosis import diagnose
from harness.links.plan import FaultPlan
from harness.scenarios.load import LIFE, load_scenario, load_steps
from harness.scenarios.model import Setup
from harness.scenarios.run import run_scenario
from harness.scenarios.steps import Stage
from harness.scenarios.worlds import first_variables, world_of
from harness.trace import Event, Who

Json = Any
VIEWS: tuple[Who, ...] = ("all", "register", "terminal", "host")
F5_CASES = {
    "before-request": "reversal_25",
    "request-lost": "reversal_25",
    "reply-lost": "reversal_00",
    "inside-reply": "reversal_00",
    "after-reply": None,
}
"""The answer to the reversal that tells what was lost (the catalogue's row F5); None: the case does no harm."""


def open_bench(setup: Setup, seed: int) -> SimulatedBench:
    return SimulatedBench(world_of(setup), seed)


@cache
def events_of(name: str, case: str = "", dialect: str = "cup", seed: int = 1) -> tuple[Event, ...]:
    """A row's trace; of C1 without its table, whose pairs are diagnosed one by one while they run."""
    scenario = load_scenario(name)
    cases = tuple(c for c in scenario.case if c.name in (case or c.name) and all(s.do != "order" for s in c.step))
    setup = scenario.setup.model_copy(update={"dialect": dialect})
    run = run_scenario(scenario.model_copy(update={"case": cases, "setup": setup}), open_bench, seed)
    return tuple(run.trace.events)


def symptoms(events: Any, view: Who = "all") -> list[str]:
    return [item.symptom for item in diagnose(events, view).observations]


@pytest.mark.parametrize("case", F5_CASES)
def test_each_way_to_lose_a_message_is_named_alone_and_is_among_the_first_from_every_side(case: str) -> None:
    events, tells = events_of("F5", case), F5_CASES[case]
    for view in VIEWS:
        found = diagnose(events, view)
        if tells is None or view == "all":
            assert [c.cause.row for c in found.tied] == ([] if tells is None else ["F5"]), view
        else:  # one side alone cannot know what the line did
            assert "F5" in found.group, view
    if tells is not None:
        for view in ("all", "terminal", "host"):
            assert {"reversal_25", "reversal_00"} & set(symptoms(events, view)) == {tells}, view
        lost = "request_lost" if tells == "reversal_25" else "reply_lost"
        assert {"request_lost", "reply_lost"} & set(symptoms(events)) == {lost}
        assert ("reply_cut" in symptoms(events)) == (case == "inside-reply")


@pytest.mark.parametrize("view", VIEWS)
def test_a_healthy_life_has_no_fault_from_any_side(view: Who) -> None:
    found = diagnose(events_of(LIFE), view)
    assert found.first is None and not found.tied


def test_what_only_the_bench_knows_is_never_read() -> None:
    """Its events are replaced by others that would speak for every row."""

    def mad(events: tuple[Event, ...]) -> Iterator[Event]:
        speaking = [
            e for e in (*events_of("A1"), *events_of("F5"), *events_of("C1")) if e.kind in ("message", "operation")
        ]
        for number, event in enumerate(events):
            if event.seen_by != ("bench",):
                yield event
                continue
            other = speaking[number % len(speaking)]
            yield replace(event, party=other.party, kind=other.kind, data=other.data)

    for name in (LIFE, "A1", "C3", "D9", "F5", "H6"):
        events = events_of(name)
        for view in VIEWS:
            assert diagnose(list(mad(events)), view).json() == diagnose(events, view).json()


@pytest.fixture(name="shop")
def _shop() -> Iterator[Stage]:
    bench = open_bench(Setup(), 5)
    stage = Stage(bench, first_variables(bench))
    stage.play(load_steps("ready").step, "ready")
    yield stage
    bench.finish()


def sale(stage: Stage, fen: int, pin: str | None = None) -> Json:
    typed = {} if pin is None else {"pin": pin}
    stage.bench.ask("terminal", "person", "present", card="debit", how="insert", **typed)
    return stage.bench.ask("register", "person", "sale", amount_fen=fen)


def test_everyday_noise_is_no_fault(shop: Stage) -> None:
    """No money (51), a wrong PIN (55), a sale that is taken back, a reply that comes twice."""
    from harness.bench.world import load_cards

    good = load_cards()["debit"].pin
    shop.bench.ask("host", "control", "cause", behaviour="decline", code="51", kinds=["sale"], count=1)
    assert sale(shop, 500, good)["code"] == "51"
    wrong = str((int(good) + 1) % 10 ** len(good)).zfill(len(good))
    outcome = sale(shop, 600, wrong)
    assert any(e.kind == "message" and e.data["fields"].get("39") == "55" for e in shop.bench.events()), outcome
    done = sale(shop, 700, good)
    assert shop.bench.ask("register", "person", "void", stan=done["stan"])["status"] == "done"
    shop.bench.set_faults("host", FaultPlan.from_specs(["duplicate:stream=downstream,frame=1"]))
    assert sale(shop, 800, good)["status"] == "done"
    for view in VIEWS:
        assert symptoms(shop.bench.events(), view) == [], view


def test_a_recording_that_ends_while_the_terminal_waits_tells_nothing(shop: Stage) -> None:
    sale(shop, 500, "123456")
    events = list(shop.bench.events())
    out = max(e.seq for e in events if e.kind == "message" and e.data["mti"] == "0200" and e.data["dir"] == "out")
    assert diagnose(events[:out]).first is None


def test_a_full_batch_is_no_wrong_order(shop: Stage) -> None:
    """The terminal wants its settlement: that is the day's course, no operator's mistake."""
    told = {"op": "sale", "status": "refused", "cause": "must_settle", "code": None}
    end = Event(
        1, 1, "terminal", "operation", {"phase": "end", "op": "sale", "outcome": told}, ("terminal", "register")
    )
    assert diagnose([end]).first is None
    refused = {
        "action": "unbind",
        "request": {},
        "answer": {"cause": "must_settle", "error": {"zh": "先结算", "en": "x"}},
    }
    assert diagnose([Event(1, 1, "host", "portal", refused, ("register", "host"))]).first == "C1"
