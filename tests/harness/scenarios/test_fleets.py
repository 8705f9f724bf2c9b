"""Scenarios with several terminals and providers: setups, steps at many of them, and what is refused before it runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.bench.fleet import TERMINALS_MAX
from harness.bench.simulated import SimulatedBench
from harness.scenarios import model
from harness.scenarios.load import read_scenario
from harness.scenarios.steps import Stage
from harness.scenarios.worlds import first_variables, world_of
from protocols.errors import ScenarioError

HEAD = """id = "FLEET"
title = { zh = "一", en = "one" }
cause = { zh = "一", en = "one" }
seen = { zh = "一", en = "one" }
cure = { zh = "一", en = "one" }
"""
SETUP = """
[setup]
use = ["fleet_ready"]
fleet = 1
[[setup.host]]
name = "host2"
acquirer_id = "49990000"
[[setup.terminal]]
name = "terminal2"
host = "host2"
version = "1.2.0"
[[setup.terminal]]
name = "terminal4"
live = false
"""
CASE = """
[[case]]
name = "first"
title = { zh = "一", en = "one" }
[[case.step]]
"""


def written(tmp_path: Path, step: str, setup: str = SETUP) -> Path:
    path = tmp_path / "FLEET.toml"
    path.write_text(HEAD + setup + CASE + step, encoding="utf-8")
    return path


def stage(tmp_path: Path, *steps: str) -> Stage:
    """A stage on which the setup and then `steps` were played."""
    scenario = read_scenario(written(tmp_path, "\n[[case.step]]\n".join(steps)))
    bench = SimulatedBench(world_of(scenario.setup), 3)
    made = Stage(bench, first_variables(bench))
    for name in scenario.setup.use:
        made.play((model.Use(do="use", steps=name),), "setup")
    made.play(scenario.case[0].step, "first")
    return made


def test_a_setup_makes_the_parties_and_says_their_numbers(tmp_path: Path) -> None:
    scenario = read_scenario(written(tmp_path, 'do = "wait"\ntime = "1s"'))
    bench = SimulatedBench(world_of(scenario.setup), 3)
    assert bench.world.parties == ("host", "host2", "terminal", "terminal2", "terminal3", "terminal4", "register")
    variables = first_variables(bench)
    names = {f"terminal{number}_{what}" for number in (2, 3) for what in ("sn", "mid", "tid")}
    assert set(variables) == {"sn", "model", "terminal4_sn", *names}
    status = bench.ask("host2", "portal", "status", sn=variables["terminal2_sn"])
    assert "error" not in status
    assert bench.ask("terminal2", "control", "status")["life_cycle"] == "keyed"
    assert bench.ask("terminal4", "control", "status")["life_cycle"] == "unboxed"


def test_steps_at_some_and_at_all_of_them(tmp_path: Path) -> None:
    played = stage(
        tmp_path,
        'do = "operate"\nterminal = "all"\nop = "sale"\ncard = "debit"\nargs = { amount_fen = 700 }\n'
        'expect = { done = 2, refused = 2, "outcomes.terminal4.status" = "refused" }',
        'do = "operate"\nterminal = "terminal2"\nop = "sale"\ncard = "debit"\nargs = { amount_fen = 800 }\n'
        'expect = { status = "done" }\nsave = { stan = "stan" }',
        'do = "see"\nparty = "host2"\nkind = "message"\nwhere = { dir = "in", "fields.11" = "${stan}" }\ntimes = 1',
        'do = "see"\nparty = "host"\nkind = "message"\nwhere = { "fields.41" = "${terminal2_tid}" }\ntimes = 0',
        'do = "cause"\nterminal = "live"\nlink = ["down:times=100"]',
        'do = "operate"\nterminal = ["terminal2", "terminal3"]\nop = "echo"\nexpect = { no_answer = 2, done = 0 }',
        'do = "heal"\nterminal = ["terminal3"]',
        'do = "operate"\nterminal = "live"\nop = "echo"\nexpect = { no_answer = 1, done = 1 }',
        'do = "crash"\nparty = ["host", "terminal3"]',
        'do = "restart"\nparty = ["host", "terminal3"]',
        'do = "operate"\nterminal = "terminal3"\nop = "echo"\nexpect = { status = "done" }',
        'do = "portal"\nparty = "host2"\naction = "status"\nargs = { sn = "${terminal2_sn}" }',
        'do = "cause"\nparty = "host2"\nbehaviour = "decline"\nsettings = { code = "96" }',
    )
    assert [failure.en for failure in played.failures] == []


def test_a_step_at_one_of_many_that_fails_is_told(tmp_path: Path) -> None:
    played = stage(tmp_path, 'do = "operate"\nterminal = "all"\nop = "echo"\nexpect = { done = 4 }')
    assert len(played.failures) == 1 and "done" in played.failures[0].en


@pytest.mark.parametrize(
    ("step", "says"),
    [
        ('do = "operate"\nterminal = "terminal5"\nop = "echo"', "nearest is terminal"),
        ('do = "operate"\nterminal = ["terminal2", "lives"]\nop = "echo"', "nearest is live"),
        ('do = "operate"\nterminal = "all"\nop = "echo"\nexpect = { status = "done" }', "'status'"),
        ('do = "operate"\nterminal = "terminal2"\nop = "echo"\nexpect = { done = 1 }', "'done'"),
        ('do = "portal"\nparty = "terminal2"\naction = "status"', "nearest is"),
        ('do = "control"\nparty = "host3"\nname = "snapshot"', "nearest is host"),
        ('do = "cause"\nparty = "host2"\nbehaviour = "tamper"', "tamper"),
        ('do = "cause"\nparty = "terminal3"\nbehaviour = "decline"', "decline"),
        ('do = "crash"\nparty = "register"', "register"),
        ('do = "crash"\nparty = []', "FLEET.toml"),
        ('do = "see"\nparty = "bench"\nkind = "message"', "bench"),
        ('do = "cause"\nterminal = "host"\nlink = ["down"]', "'host'"),
    ],
)
def test_a_step_that_cannot_be_is_refused_before_anything_runs(tmp_path: Path, step: str, says: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        read_scenario(written(tmp_path, step))
    assert says in caught.value.what.en and "FLEET.toml:" in caught.value.what.en


@pytest.mark.parametrize(
    ("setup", "says"),
    [
        ('[[setup.terminal]]\nname = "terminl2"', "nearest is terminal2"),
        ('[[setup.terminal]]\nname = "terminal2"\nhost = "host2"', "nearest is host"),
        ('[[setup.terminal]]\nname = "terminal2"\nprofile = "countertopp"', "nearest is countertop"),
        ('[[setup.terminal]]\nname = "terminal2"\nprofile = "tethered"', "register"),
        ('[[setup.terminal]]\nname = "terminal2"\nmodel = "CT-100"', "nearest is"),
        ('[[setup.terminal]]\nname = "terminal2"\nmid = "1"', "mid"),
        ('[[setup.host]]\nname = "host9"', "nearest is host"),
        ('[[setup.host]]\nname = "host2"\nacquirer_id = "four"', "acquirer_id"),
        (f"[setup]\nfleet = {TERMINALS_MAX}", "fleet"),
        ('[[setup.terminal]]\nname = "terminal2"\n[[setup.terminal]]\nname = "terminal2"', "twice"),
    ],
)
def test_a_setup_that_cannot_be_is_refused(tmp_path: Path, setup: str, says: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        read_scenario(written(tmp_path, 'do = "wait"\ntime = "1s"', setup + "\n"))
    assert says in caught.value.what.en, caught.value.what.en
