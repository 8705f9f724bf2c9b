"""Every name in a scenario is looked up before anything runs: the error says line, key and the nearest name."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.bench.simulated import SimulatedBench
from harness.scenarios.load import (
    LIFE,
    load_probe,
    load_scenario,
    load_steps,
    probe_names,
    read_scenario,
    scenario_ids,
    step_lists,
)
from harness.scenarios.model import Setup
from harness.scenarios.names import first_wrong, wrong_in
from harness.scenarios.run import run_scenario
from harness.scenarios.seen import TRACE_KEYS
from harness.scenarios.worlds import world_of
from protocols.errors import ScenarioError

OWN = """id = "OWN"
title = { zh = "一", en = "one" }
cause = { zh = "一", en = "one" }
seen = { zh = "一", en = "one" }
cure = { zh = "一", en = "one" }
diagnosis = "F5"

[setup]
use = ["ready"]

[[case]]
name = "first"
title = { zh = "一", en = "one" }

[[case.step]]
do = "cause"
link = ["drop:stream=downstream,frame=1,times=100"]

[[case.step]]
do = "register"
op = "sale"
args = { amount_fen = 700 }
card = "debit"
expect = { status = "unknown" }

[[case.remedy]]
do = "heal"
"""


def own(tmp_path: Path, old: str = "", new: str = "") -> Path:
    assert old in OWN
    path = tmp_path / "own.toml"
    path.write_text(OWN.replace(old, new, 1) if old else OWN, encoding="utf-8")
    return path


def open_bench(setup: Setup, seed: int) -> SimulatedBench:
    return SimulatedBench(world_of(setup), seed)


HEAL = 'do = "heal"'
MAINTAIN = 'do = "control"\nparty = "terminal"\nname = "maintain"\n'
SEE = 'do = "see"\nparty = "host"\nkind = "message"\n'


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "says"),
    [
        ('op = "sale"', 'op = "sael"', 21, "case.0.step.1.op", "nearest is sale"),
        ('card = "debit"', 'card = "debt"', 23, "case.0.step.1.card", "nearest is debit"),
        ('["drop', '["dorp', 17, "case.0.step.0.link", "nearest is drop"),
        ('["ready"]', '["redy"]', 9, "setup.use", "nearest is ready"),
        ("[setup]", '[setup]\ndialect = "cupp"', 9, "setup.dialect", "nearest is cup"),
        ("[setup]", '[setup]\nprofile = "tetherd"', 9, "setup.profile", "nearest is tethered"),
        ('diagnosis = "F5"', 'diagnosis = "F55"', 6, "diagnosis", "nearest is F5"),
        ("{ status", "{ stauts", 24, "case.0.step.1.expect", "nearest is status"),
        ('"unknown"', '"unknwon"', 24, "case.0.step.1.expect", "nearest is unknown"),
        (HEAL, 'do = "portal"\naction = "progres"', 28, "case.0.remedy.0.action", "nearest is progress"),
        (HEAL, 'do = "control"\nparty = "host"\nname = "revew"', 29, "case.0.remedy.0.name", "nearest is review"),
        (HEAL, 'do = "see"\nparty = "host"\nkind = "mesage"', 29, "case.0.remedy.0.kind", "nearest is message"),
        ("amount_fen = 700", "amount = 700", 22, "case.0.step.1.args", "nearest is amount_fen"),
        ("{ amount_fen = 700 }", "{ }", 22, "case.0.step.1.args", "amount_fen must be given"),
        (
            HEAL,
            'do = "control"\nparty = "host"\nname = "contract"\nargs = { mid = "1", datafee_fen = 3600 }',
            30,
            "case.0.remedy.0.args",
            "nearest is data_fen",
        ),
        (HEAL, 'do = "portal"\naction = "pay"\nargs = { md = "1" }', 29, "remedy.0.args", "nearest is mid"),
        (
            HEAL,
            'do = "control"\nparty = "terminal"\nname = "settings"\nargs = { gat = true }',
            30,
            "remedy.0.args",
            "nearest is gate",
        ),
        (
            HEAL,
            'do = "operate"\nop = "connect"\nargs = { adress = "host:9000" }',
            29,
            "remedy.0.args",
            "nearest is address",
        ),
        (HEAL, f'{SEE}where = {{ "field.39" = "00" }}', 30, "remedy.0.where", "nearest is fields"),
        (HEAL, f'{SEE}where = {{ "fields.390" = "00" }}', 30, "remedy.0.where", "fields 2 to 128"),
        (HEAL, f'{SEE}where = {{ "fields.1" = "00" }}', 30, "remedy.0.where", "no field '1'"),
        ('"unknown" }', '"unknown", cause = "no_anser" }', 24, "case.0.step.1.expect", "nearest is no_answer"),
        (HEAL, 'do = "order"\ntable = "c9"', 28, "case.0.remedy.0.table", "nearest is c1"),
        (HEAL, 'do = "use"\nsteps = "sgn_in"', 28, "case.0.remedy.0.steps", "nearest is sign_in"),
        (HEAL, 'do = "heal"\nparty = "terminal"\nbehaviour = "tampr"', 29, "remedy.0.behaviour", "nearest is tamper"),
        (HEAL, 'do = "cause"\nparty = "host"\nbehaviour = "decline"', 26, "remedy.0.settings", "must have the setting"),
        (
            HEAL,
            'do = "cause"\nparty = "terminal"\nbehaviour = "paper_jam"\nsettings = { after_lines = -1 }',
            30,
            "remedy.0.settings",
            "whole number from 0",
        ),
        (
            HEAL,
            'do = "cause"\nparty = "terminal"\nbehaviour = "crash"\nsettings = { at = "at_prnt" }',
            30,
            "remedy.0.settings",
            "at_print",
        ),
        (HEAL, f'{MAINTAIN}args = {{ act = "clear_jan" }}', 30, "remedy.0.args", "nearest is clear_jam"),
        (HEAL, f'{MAINTAIN}args = {{ act = "clear_jam", part = "printer" }}', 30, "remedy.0.args", "takes none"),
        (HEAL, f'{MAINTAIN}args = {{ act = "replace_part" }}', 30, "remedy.0.args", "part must be given"),
        (
            HEAL,
            f'{MAINTAIN}args = {{ act = "replace_part", part = "printr" }}',
            30,
            "remedy.0.args",
            "nearest is printer",
        ),
        (HEAL, 'do = "cause"\nlink = []', 26, "case.0.remedy.0", "a cause is one of three"),
        (HEAL, 'do = "portal"\naction = "status"\nargs = { mid = "${mdi}" }', 29, "remedy.0.args", "nearest is mid"),
        (
            HEAL,
            'do = "heal"\nsave = { late = "a" }\nexpect = { b = "${late}" }',
            29,
            "remedy.0.expect",
            "no variable late",
        ),
        ('name = "first"', 'name = "first"\nprove = { account = "${mid2}" }', 13, "case.0.prove", "nearest is mid"),
        ('id = "OWN"', 'id = "own"', 1, "id", "written like A1"),
    ],
)
def test_errors_say_where_and_what_is_nearest(
    tmp_path: Path, old: str, new: str, line: int, key: str, says: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        read_scenario(own(tmp_path, old, new))
    text = caught.value.what.en
    assert f"own.toml:{line}: " in text
    assert key in text
    assert says in text
    assert any("\u4e00" <= letter <= "\u9fff" for letter in caught.value.what.zh)


def test_shipped_scenarios_use_no_name_that_does_not_exist() -> None:
    for name in (LIFE, *scenario_ids()):
        assert first_wrong(load_scenario(name)) is None


def test_shipped_step_lists_and_next_tests_use_no_name_that_does_not_exist() -> None:
    for name in step_lists():
        assert [wrong for step in load_steps(name).step for wrong in wrong_in(step)] == [], name
    for name in probe_names():
        assert [wrong for step in load_probe(name).step for wrong in wrong_in(step)] == [], name


def test_an_own_scenario_from_scratch(tmp_path: Path) -> None:
    result = run_scenario(read_scenario(own(tmp_path)), open_bench)
    assert result.failures == ()
    assert result.diagnosis == "F5"


@pytest.mark.parametrize("expect", ["", 'expect = { status = "unknown" }'])
def test_a_request_that_is_refused_fails_the_step_and_says_why(tmp_path: Path, expect: str) -> None:
    """Also where nothing is expected: a step that did nothing must not look like one that went well."""
    path = own(
        tmp_path,
        'args = { amount_fen = 700 }\ncard = "debit"\nexpect = { status = "unknown" }',
        f"args = {{ amount_fen = -1 }}\n{expect}",
    )
    (first, *_) = run_scenario(read_scenario(path), open_bench).failures
    assert "first, step 2 (register)" in first.en
    assert "refused: bad arguments for sale: amount_fen -1" in first.en
    assert "第 2 步" in first.zh


def test_the_kinds_that_can_be_seen_are_those_that_parties_note() -> None:
    noted = {event.kind for name in ("A1", "F5") for event in run_scenario(load_scenario(name), open_bench).trace.events
             if event.party != "bench"}  # fmt: skip
    assert noted <= set(TRACE_KEYS)
