"""A wrong scenario is refused with file, line, key and the nearest known key."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.fixtures import fixtures_dir
from harness.scenarios.load import LIFE, load_scenario, load_steps, read_scenario, scenario_ids
from harness.scenarios.values import differences, filled, microseconds
from harness.toml_place import line_of
from protocols.errors import ScenarioError

GOOD = """id = "Z1"
title = { zh = "一", en = "one" }
cause = { zh = "一", en = "one" }
seen = { zh = "一", en = "one" }
cure = { zh = "一", en = "one" }

[[case]]
name = "first"
title = { zh = "一", en = "one" }

[[case.step]]
do = "wait"
time = "3d"

[[case.step]]
do = "operate"
op = "sale"
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "Z1.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_good(tmp_path: Path) -> None:
    assert read_scenario(written(tmp_path, GOOD)).case[0].step[1].do == "operate"


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ('op = "sale"', 'opp = "sale"', ("Z1.toml:17", "case.0.step.1.opp", "nearest is op")),
        ('op = "sale"', "", ("Z1.toml:15", "case.0.step.1.op", "required")),
        ('op = "sale"', 'op = "sale"\ncrd = "debit"', ("Z1.toml:18", "crd", "nearest is card")),
        ('do = "wait"', 'do = "wiat"', ("Z1.toml:12", "wiat", "nearest is wait")),
        ('time = "3d"', 'time = "3 days"', ("Z1.toml:13", "time")),
        ('name = "first"', 'name = "first"\nremedies = 3', ("Z1.toml:9", "remedies", "nearest is remedy")),
        ('cure = { zh = "一", en = "one" }', 'cure = { zh = "一" }', ("Z1.toml:5", "cure.en", "required")),
        ('id = "Z1"', 'id = "Z1"\ndiagnose = "A1"', ("Z1.toml:2", "diagnose", "nearest is diagnosis")),
        ("[[case.step]]", "[[case.step", ("Z1.toml", "line 11")),
    ],
)
def test_errors_name_the_place(tmp_path: Path, old: str, new: str, parts: tuple[str, ...]) -> None:
    with pytest.raises(ScenarioError) as caught:
        read_scenario(written(tmp_path, GOOD.replace(old, new, 1)))
    for part in parts:
        assert part in str(caught.value), str(caught.value)


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_scenario(tmp_path / "none.toml")
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_scenario(tmp_path)
    path = tmp_path / "Z1.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_scenario(path)


def test_an_id_that_does_not_exist() -> None:
    with pytest.raises(ScenarioError, match="no scenario A11; the nearest is A1"):
        load_scenario("A11")
    with pytest.raises(ScenarioError, match="nearest is ready"):
        load_steps("redy")


def test_every_shipped_scenario_loads_and_says_everything() -> None:
    for name in (*scenario_ids(), LIFE):
        scenario = load_scenario(name)
        assert scenario.id == name
        assert scenario.diagnosis == (None if name == LIFE else name)


def test_every_shipped_file_begins_in_chinese_and_english() -> None:
    for path in (fixtures_dir() / "scenarios").rglob("*.toml"):
        zh, en = path.read_text(encoding="utf-8").splitlines()[:2]
        assert zh.startswith("# "), path
        assert any("\u4e00" <= letter <= "\u9fff" for letter in zh), path
        assert en.startswith("# "), path
        assert en.isascii(), path


def test_places() -> None:
    assert line_of(GOOD, ("case", 0, "step", 1, "op")) == 17
    assert line_of(GOOD, ("case", 0, "step", 1, "nothing")) == 15
    assert line_of(GOOD, ("nothing",)) == 1


def test_durations_and_variables() -> None:
    assert microseconds("3d") == 3 * 86_400_000_000
    assert microseconds("90s") == 90_000_000
    with pytest.raises(ValueError, match="no duration"):
        microseconds("90")
    assert filled({"a": "${n}", "b": ["x${n}"]}, {"n": 7}) == {"a": 7, "b": ["x7"]}
    with pytest.raises(ScenarioError, match="no variable m"):
        filled("${m}", {"n": 7})
    assert differences({"a": {"b": 1}}, {"a.b": [1, 2]}) == []
    assert [line.en for line in differences({"a": {"b": 3}}, {"a.b": [1, "x"], "c": 1})] == [
        'a.b: expected 1 or "x", found 3',
        "c: there is no such key; there are: a",
    ]
