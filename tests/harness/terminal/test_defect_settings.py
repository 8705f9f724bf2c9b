"""What a defect may be set to: a value that it cannot have is told, and does not quietly do something else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.bench.terminal_start import split_faults
from harness.terminal.faults import FAULTS, cause, setting_wrong
from harness.terminal.hardware.defects import DEFECTS
from protocols.errors import ScenarioError

from .scripted import Bench, ready_settings

GOOD: dict[str, dict[str, Any]] = {
    "part_failed": {"part": "printer"},
    "reader_mute": {"part": "chip_reader"},
    "worn": {"part": "chip_reader", "uses": 5},
    "paper_jam": {"after_lines": 3},
    "ribbon_worn": {"ink_percent": 80},
    "head_worn": {"columns": 384},
    "key_dead": {"keys": "1 ENTER"},
    "key_repeats": {"keys": 5},
    "keys_swapped": {"keys": "1 2 CANCEL CLEAR"},
    "power_cut": {"at": "after_send", "op": "sale", "times": 0},
    "power_cut_at_byte": {"byte": 0},
    "storage_wiped": {"what": "all"},
    "dirt": {"cleanable": False},
}
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("part_failed", {}, "'part'"),
    ("part_failed", {"part": "printr"}, "printer"),
    ("reader_mute", {"part": "printer"}, "chip_reader"),
    ("worn", {"part": "chip_reader", "uses": -1}, "uses"),
    ("paper_jam", {"after_line": 3}, "after_lines"),
    ("paper_jam", {"after_lines": "3"}, "after_lines"),
    ("paper_jam", {"after_lines": True}, "after_lines"),
    ("ribbon_worn", {"ink_percent": 81}, "80"),
    ("head_worn", {"columns": 385}, "384"),
    ("key_dead", {"keys": "ENTR"}, "ENTER"),
    ("key_dead", {"keys": ""}, "ENTER"),
    ("keys_swapped", {"keys": "1"}, "pairs"),
    ("keys_swapped", {"keys": "1 1"}, "pairs"),
    ("power_cut", {"at": "card_reed"}, "card_read"),
    ("power_cut", {"at": "begin", "op": "sael"}, "sale"),
    ("power_cut_at_byte", {"byte": None}, "byte"),
    ("storage_wiped", {"what": "batsch"}, "batch"),
    ("dirt", {"cleanable": "no"}, "true"),
    ("battery_worn", {"percent": 0}, "100"),
    ("tamper", {"part": "case"}, "part"),
]


@pytest.mark.parametrize("name", GOOD)
def test_a_good_setting_is_taken(name: str) -> None:
    assert setting_wrong(name, GOOD[name]) is None


@pytest.mark.parametrize(("name", "settings", "told"), BAD)
def test_a_bad_one_is_told_and_nothing_begins(name: str, settings: dict[str, Any], told: str) -> None:
    bench = Bench(ready_settings())
    why, legal = cause(bench.terminal, {"behaviour": name, **settings})
    assert not legal and told in why["error"]["en"] and why["error"]["zh"]
    assert bench.terminal.desk.state.device == Bench(ready_settings()).terminal.desk.state.device


@given(st.sampled_from(sorted(DEFECTS)))
def test_what_stands_where_nothing_is_given_may_be_given(name: str) -> None:
    preset = {key: value for key, value in FAULTS[name].settings.items() if value is not None}
    assert setting_wrong(name, preset, FAULTS[name].required) is None


def test_a_part_that_the_model_lacks_does_not_break() -> None:
    bench = Bench(ready_settings())
    assert "scanner" not in bench.terminal.desk.profile.parts
    why, legal = cause(bench.terminal, {"behaviour": "part_failed", "part": "scanner"})
    assert not legal and "scanner" in why["error"]["en"] and "printer" in why["error"]["en"]


def test_a_bad_setting_of_an_option_is_told_before_the_terminal_runs() -> None:
    assert split_faults(["paper_jam:after_lines=3"])[1] == [("paper_jam", {"after_lines": 3})]
    with pytest.raises(ScenarioError, match="ink_percent"):
        split_faults(["ribbon_worn:ink_percent=200"])
