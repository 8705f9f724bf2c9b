"""Bench files: the examples are good, and a wrong one is told with file, line, key and the nearest known one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.fixtures import fixtures_dir
from harness.scenarios.answers import read_answers
from harness.scenarios.bench_file import read_bench
from harness.scenarios.load import LIFE, load_scenario, scenario_ids
from harness.scenarios.physical import plan_of
from protocols.errors import ScenarioError
from protocols.registers import REGISTER_PROTOCOLS

EXAMPLES = sorted(path for path in (fixtures_dir() / "benches").glob("*.toml") if path.stem != "terminal")
GOOD = """\
name = "counter"
protocol = "mispos-b"
allow = ["deliver", "load_master_key", "settle", "update_software", "service"]
[port]
address = "/dev/ttyUSB0"
[host]
listen = "127.0.0.1:8583"
second = "127.0.0.1:8584"
[terminal]
sn = "SN1"
"""


STEERED = '[terminal]\ncontrol = "127.0.0.1:9000"\ntoken_file = "token"'


def bench(folder: Path, text: str = GOOD) -> Path:
    path = folder / "bench.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_there_is_an_example_for_every_protocol() -> None:
    assert {path.stem for path in EXAMPLES} == set(REGISTER_PROTOCOLS)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: str(path.stem))
def test_examples_are_good(path: Path) -> None:
    assert read_bench(path).name == path.stem == read_bench(path).protocol


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("protocol =", "protocoll =", 2, "protocol"),
        ('"mispos-b"', '"mispos-c"', 2, "mispos-b"),
        ("address =", "adress =", 5, "address"),
        ('"settle"', '"settel"', 3, "settle"),
        ("[host]", 'line = "9600-8X1"\n[host]', 6, "9600-8X1"),
        ('listen = "127.0.0.1:8583"', 'listen = "127.0.0.1"', 7, "listen"),
        ('listen = "127.0.0.1:8583"', "", 6, "listen"),
        ('"127.0.0.1:8583"', '"127.0.0.1:8583"\ndialect = "cub"', 8, "cup"),
        ("[terminal]", '[terminal]\nbegins = "life"', 10, "live"),
        ("[terminal]", '[terminal]\nbegins = "live"', 9, "identity"),
        ("[terminal]", '[terminal]\nprofile = "countertopp"', 10, "countertop"),
        ("[terminal]", '[terminal]\ncontrol = "127.0.0.1:9000"', 10, "token_file"),
        ("[terminal]", '[terminal]\ntoken_file = "nowhere"', 10, "nowhere"),
        ("[port]", "time_scale = 0\n[port]", 4, "time_scale"),
        ("[port]", 'never = ["sail"]\n[port]', 4, "sale"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, old: str, new: str, line: int, told: str) -> None:
    text = GOOD.replace(old, new, 1)
    assert text != GOOD
    with pytest.raises(ScenarioError) as caught:
        read_bench(bench(tmp_path, text))
    for half in (caught.value.what.zh, caught.value.what.en):
        assert re.search(rf"bench\.toml:{line}\b", half), half
        assert told in half


def test_keys_that_are_no_test_keys_are_refused(tmp_path: Path) -> None:
    """A bench records what passes; nobody's real key belongs there."""
    identity = (fixtures_dir() / "benches" / "terminal.toml").read_text(encoding="utf-8")
    (tmp_path / "terminal.toml").write_text(identity.replace("test_key = true", ""), encoding="utf-8")
    live = GOOD.replace('"SN1"', '"SN00000001"\nbegins = "live"\nidentity = "terminal.toml"')
    with pytest.raises(ScenarioError, match="test_key") as caught:
        read_bench(bench(tmp_path, live))
    assert "159D86C7" not in str(caught.value)


def test_the_device_is_the_one_of_its_identity(tmp_path: Path) -> None:
    identity = (fixtures_dir() / "benches" / "terminal.toml").read_text(encoding="utf-8")
    (tmp_path / "terminal.toml").write_text(identity, encoding="utf-8")
    with pytest.raises(ScenarioError, match="SN00000001"):
        read_bench(bench(tmp_path, GOOD.replace('"SN1"', '"SN1"\nbegins = "live"\nidentity = "terminal.toml"')))


def test_answers_are_read_and_refused(tmp_path: Path) -> None:
    path = tmp_path / "answers.toml"
    path.write_text('otherwise = "done"\n[[answer]]\nask = "card"\nanswer = "maybe"\n', encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"answers\.toml:4"):
        read_answers(path)


# What can be carried out


def reasons(folder: Path, row: str, text: str = GOOD) -> dict[str, str]:
    return {one.case: one.why.en for one in plan_of(load_scenario(row), read_bench(bench(folder, text))).left}


def test_every_row_is_carried_out_or_has_its_reason(tmp_path: Path) -> None:
    """Each case stands on one side, and a reason has both languages."""
    file = read_bench(bench(tmp_path))
    for row in (LIFE, *scenario_ids()):
        scenario = load_scenario(row)
        plan = plan_of(scenario, file)
        kept = [] if plan.scenario is None else [case.name for case in plan.scenario.case]
        assert [case.name for case in scenario.case if case.name not in {one.case for one in plan.left}] == kept
        assert all(one.why.zh.strip() and one.why.en.strip() for one in plan.left)
    assert reasons(tmp_path, LIFE) == {}
    assert reasons(tmp_path, "D9") == {}


@pytest.mark.parametrize(
    ("row", "case", "old", "new", "why"),
    [
        (LIFE, "life", '"settle", ', "", "settle is destructive"),
        (LIFE, "life", "[port]", 'never = ["sign_off"]\n[port]', "never to sign_off"),
        (LIFE, "life", "[port]", 'card = "none"\n[port]', "takes a card"),
        (LIFE, "life", "[terminal]", "[person]\nthere = false\n[terminal]", "somebody at the terminal"),
        ("D9", "noise", '"/dev/ttyUSB0"', '"tcp:127.0.0.1:20007"', "no cable"),
        ("G4", "withdrawn", 'second = "127.0.0.1:8584"\n', "", "second provider"),
        ("D2", "jam", "[terminal]", STEERED, "paper_jam takes a change inside"),
        ("C1", "every-order", "[port]", "[port]", "fresh world"),
        ("C4", "settles-by-itself", "[terminal]", STEERED, "own clock"),
        ("F1", "certificate-expired", "[port]", "[port]", "no TLS"),
        ("D3", "overnight", "[port]", "[port]", "discharged"),
        ("C2", "wrong-offline-pin", "[port]", "[port]", "a real card's chip does as it likes"),
    ],
)
def test_what_cannot_be_caused_says_why(tmp_path: Path, row: str, case: str, old: str, new: str, why: str) -> None:
    (tmp_path / "token").touch()
    found = reasons(tmp_path, row, GOOD.replace(old, new, 1))
    assert why in found[case]
