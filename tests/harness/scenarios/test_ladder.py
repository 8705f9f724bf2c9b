"""The recovery ladder (section J of the catalogue): complete, in order, and harmless on a terminal without a fault."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.diagnosis import diagnose
from harness.diagnosis.causes import CAUSES
from harness.fixtures import fixtures_dir, read_toml
from harness.scenarios.load import load_scenario, load_steps, scenario_ids, step_lists
from harness.scenarios.names import first_wrong
from harness.scenarios.steps import Stage
from harness.scenarios.worlds import first_variables

Json = Any
LADDER: Json = read_toml(fixtures_dir() / "ladder.toml")
RUNGS = 11
WORDS = {
    1: "操作",
    2: "线缆",
    3: "重启",
    4: "日志",
    5: "清洁",
    6: "保留数据",
    7: "维修",
    8: "网络",
    9: "客服",
    10: "申诉",
    11: "更换",
}
"""One word of each rung, from the documents, in their order."""


@pytest.fixture(name="shop")
def _shop() -> Iterator[Stage]:
    bench = SimulatedBench(World(), 3)
    stage = Stage(bench, first_variables(bench))
    stage.play(load_steps("ready").step, "ready")
    yield stage
    bench.finish()


def sell(stage: Stage) -> Json:
    stage.bench.ask("terminal", "person", "present", card="debit", how="insert", pin="123456")
    return stage.bench.ask("register", "person", "sale", amount_fen=1900)


def test_the_rungs_are_those_of_the_documents_in_their_order() -> None:
    assert [rung["number"] for rung in LADDER["rung"]] == list(range(1, RUNGS + 1))
    assert all(WORDS[rung["number"]] in rung["zh"] for rung in LADDER["rung"])
    assert {"before", "meanwhile", "after"} <= set(LADDER)


def test_every_rung_has_its_step_list_and_no_list_is_without_rung() -> None:
    named = [
        name
        for part in (*LADDER["rung"], LADDER["before"], LADDER["meanwhile"], LADDER["after"])
        for name in part["steps"]
    ]
    assert set(named) <= set(step_lists())
    assert {name for name in step_lists() if name.startswith("ladder_")} <= set(named)
    for rung in LADDER["rung"]:
        assert rung["steps"][0].startswith(f"ladder_{rung['number']:02d}_")


def test_causes_name_rungs_that_exist() -> None:
    assert {number for cause in CAUSES for number in cause.rungs} <= set(range(1, RUNGS + 1))
    assert [cause.row for cause in CAUSES if not cause.rungs] == []


def test_the_whole_ladder_breaks_nothing(shop: Stage) -> None:
    """Each rung on a terminal without a fault: nothing fails, a sale works after each, no fault is diagnosed."""
    for part in (LADDER["before"], LADDER["meanwhile"], *LADDER["rung"], LADDER["after"]):
        for name in part["steps"]:
            shop.play(load_steps(name).step, name)
            assert shop.failures == [], name
            if name == "ladder_07_repair":  # the way back into service goes on with the sign-in
                shop.play(load_steps("sign_in").step, name)
            assert sell(shop)["status"] == "done", name
    assert diagnose(shop.bench.events()).first is None
    host = shop.bench.snapshot()["host"]
    assert sum(posting["net_fen"] for posting in host["postings"]) == 1900 * (RUNGS + 3)


@pytest.mark.parametrize("name", [name for name in step_lists() if name.startswith(("ladder_", "inspection"))])
def test_their_names_exist(name: str) -> None:
    """Step lists that are shipped are read without that check; behind a terminal that was brought into service."""
    whole = load_scenario(scenario_ids()[0])
    steps = (*load_steps("ready").step, *load_steps(name).step)
    case = whole.case[0].model_copy(update={"step": steps, "remedy": ()})
    assert first_wrong(whole.model_copy(update={"case": (case,)})) is None
