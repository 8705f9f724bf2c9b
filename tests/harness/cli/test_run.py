"""`posrig run`, `list`, `diagnose`, `judge`, `replay`: what they print, write and return."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.bench.simulated import SimulatedBench
from harness.cli import main
from harness.console import opening, rows
from harness.fixtures import fixtures_dir
from harness.scenarios import order
from harness.scenarios.load import LIFE
from protocols.errors import ScenarioError
from protocols.text import Text


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSRIG_LANG", "en")


def posrig(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A1 as `posrig run` left it."""
    folder = tmp_path_factory.mktemp("run") / "report"
    result = posrig("run", "A1", "--report", folder, "--result", folder.parent / "result.json")
    assert result.exit_code == 0, result.output
    (folder / "stdout").write_text(result.stdout, encoding="utf-8")
    return folder


def notes(name: str, lang: str) -> list[str]:
    """The notes of a shipped scenario's own steps, read without our loader."""
    data = tomllib.loads((fixtures_dir() / "scenarios" / f"{name}.toml").read_text(encoding="utf-8"))
    steps = [step for case in data["case"] for step in (*case["step"], *case.get("remedy", ()))]
    return [step["note"][lang] for step in steps if "note" in step]


def test_the_seed_comes_first_and_every_step_is_told(report: Path) -> None:
    text = (report / "stdout").read_text(encoding="utf-8")
    assert "seed 1, bench simulated" in text.splitlines()[0]
    told = iter(text.splitlines())
    for note in notes("A1", "en"):
        assert any(note in line for line in told), note
    assert "1 of 1 as they must be" in text


def test_the_other_language() -> None:
    text = posrig("run", LIFE, "--lang", "zh").stdout
    assert all(note in text for note in notes(LIFE, "zh"))
    assert not any(note in text for note in notes(LIFE, "en"))


def test_the_result_file(report: Path) -> None:
    result = json.loads((report.parent / "result.json").read_text(encoding="utf-8"))
    assert (result["program"], result["seed"], result["bench"], result["life"]) == ("0.1.0", 1, "simulated", None)
    (row,) = result["rows"]
    keys = {"id", "ok", "diagnosis", "expected", "virtual_seconds", "wall_seconds", "trace"}
    assert keys <= set(row)
    assert (row["id"], row["ok"], row["diagnosis"], row["expected"]) == ("A1", True, "A1", "A1")
    assert row["virtual_seconds"] > 5 * 86_400 > row["wall_seconds"] > 0
    assert Path(row["trace"]).is_file()
    assert (report / "index.html").is_file()


def test_the_same_seed_gives_the_same_octets_and_another_does_not(report: Path, tmp_path: Path) -> None:
    for seed in ("1", "2"):
        assert posrig("run", "A1", "--seed", seed, "--report", tmp_path / seed).exit_code == 0
    first = (report / "A1.trace.jsonl").read_bytes()
    assert (tmp_path / "1" / "A1.trace.jsonl").read_bytes() == first
    assert (tmp_path / "2" / "A1.trace.jsonl").read_bytes() != first


def test_a_row_that_is_otherwise_than_documented(tmp_path: Path) -> None:
    text = (fixtures_dir() / "scenarios" / "A1.toml").read_text(encoding="utf-8")
    own = tmp_path / "own.toml"
    own.write_text(text.replace('diagnosis = "A1"', 'diagnosis = "F5"'), encoding="utf-8")
    result = posrig("run", own, "--result", tmp_path / "result.json", "--seed", "3")
    assert result.exit_code == 1
    assert "expected F5, found A1" in result.stdout
    assert f"posrig run {own} --bench simulated --seed 3" in result.stdout
    (row,) = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))["rows"]
    assert (row["ok"], row["diagnosis"], row["expected"]) == (False, "A1", "F5")


def test_a_bench_that_breaks_is_status_3_and_the_other_rows_still_run(monkeypatch: pytest.MonkeyPatch) -> None:
    good = opening.opener("simulated")
    opened: list[str] = []

    def opener(bench: opening.BenchName) -> object:
        def open_bench(setup: object, seed: int) -> object:
            opened.append(bench)
            if len(opened) == 1:
                raise RuntimeError("the cable is out")
            return good(setup, seed)  # type: ignore[arg-type]  # passed through as it came

        return open_bench

    monkeypatch.setattr(rows, "opener", opener)
    result = posrig("run", "A1", LIFE, "--jobs", "1")  # in this process, where the cable is out
    assert result.exit_code == 3
    assert "the cable is out" in result.stdout
    assert "posrig run A1 --bench simulated --seed 1" in result.stdout
    assert "1 of 2 as they must be" in result.stdout


def test_the_list() -> None:
    listed = json.loads(posrig("list", "--json").stdout)
    shipped = {path.stem for path in (fixtures_dir() / "scenarios").glob("*.toml")} - {LIFE}
    assert {row["id"] for row in listed} == shipped
    for row in listed:
        assert row["title"]["zh"]
        assert row["title"]["en"]
        assert row["benches"] == ["simulated", "emulated"]
        assert row["id"] in posrig("list").stdout
    physical = {row["id"]: row["not_physical"] for row in listed}
    assert physical["A1"] is None
    assert physical["D4"]["en"] in posrig("list").stdout


def test_diagnose_names_the_cause_with_evidence(report: Path) -> None:
    trace = report / "A1.trace.jsonl"
    result = posrig("diagnose", trace)
    assert result.exit_code == 0
    assert result.stdout.startswith("1. A1 ")
    found = json.loads(posrig("diagnose", "--json", "--seen-by", "register", trace).stdout)
    assert (found["first"], found["seen_by"]) == ("A1", "register")
    assert found["ranking"][0]["for"][0]["events"]


def test_judge(report: Path, tmp_path: Path) -> None:
    trace = report / "A1.trace.jsonl"
    assert posrig("judge", trace).exit_code == 0
    # The host's books, as the trace has them, with one fen too much on the proving sale.
    lines = trace.read_text(encoding="utf-8").splitlines()
    forged = [
        line.replace('"net_fen":1234', '"net_fen":1235') if '"kind":"snapshot"' in line else line for line in lines
    ]
    assert forged != lines
    wrong = tmp_path / "forged.trace.jsonl"
    wrong.write_text("\n".join(forged) + "\n", encoding="utf-8")
    result = posrig("judge", wrong)
    assert result.exit_code == 1
    assert "I1  FAILS" in result.stdout


def test_one_pair_of_the_table_of_orders(tmp_path: Path) -> None:
    result = posrig("run", "C1", "--pair", "sign_off sale", "--gate", "off", "--report", tmp_path)
    assert result.exit_code == 0, result.output
    assert "sign_off > sale, gate off" in result.stdout
    again = posrig("replay", tmp_path / "C1.trace.jsonl")
    assert (again.exit_code, "all the same" in again.stdout) == (0, True)
    for arguments, says in (
        (("C1", "--pair", "sale viod"), "nearest is sale void"),
        (("A1", "--pair", "sale void"), "A1 has no table of orders"),
        (("A1", "C1", "--pair", "sale void"), "for one scenario"),
    ):
        wrong = posrig("run", *arguments)
        assert (wrong.exit_code, says in wrong.stderr) == (2, True), wrong.output


def test_a_table_shows_signs_of_life_and_a_wrong_pair_its_own_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where output is no terminal too: the table of orders takes minutes with real processes."""
    cells = [cell for cell in order.load_cells("c1") if cell.gate][:40]
    turned = [replace(c, status="done", cause="") if c.ops == ("self_test", "activate") else c for c in cells]
    monkeypatch.setattr(order, "cells_to_play", lambda table, sparing: tuple(turned))
    result = posrig("run", "C1")
    assert result.exit_code == 1
    assert 8 <= sum("/40 " in line for line in result.stdout.splitlines()) <= 12
    assert "posrig run C1 --pair 'self_test activate' --bench simulated --seed 1" in result.stdout


def test_a_row_that_broke_off_is_on_the_page_with_what_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise RuntimeError("the cable is out")

    monkeypatch.setattr(SimulatedBench, "snapshot", breaks)
    result = posrig("run", "A1", "--report", tmp_path)
    assert result.exit_code == 3
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert 'id="row-A1"' in page
    assert "the cable is out" in page
    assert "posrig run A1 --bench simulated --seed 1" in page
    assert (tmp_path / "A1.trace.jsonl").is_file()


def test_a_bad_scenario_is_status_2_and_called_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """What shows only while it runs."""

    def breaks(self: SimulatedBench) -> None:
        raise ScenarioError(Text("没有变量", "no variable later"), Text("保存它", "save it"))

    monkeypatch.setattr(SimulatedBench, "snapshot", breaks)
    result = posrig("run", "A1")
    assert result.exit_code == 2
    assert "bad scenario" in result.stdout
    assert "no variable later" in result.stdout


def test_what_a_scenario_cannot_say_is_told_before_anything_runs(tmp_path: Path) -> None:
    text = (fixtures_dir() / "scenarios" / "A1.toml").read_text(encoding="utf-8")
    own = tmp_path / "own.toml"
    own.write_text(text.replace('"${later}"', '"${latr}"', 1), encoding="utf-8")
    result = posrig("run", own)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "no variable latr" in result.stderr and "nearest is later" in result.stderr


def test_replay(report: Path, tmp_path: Path) -> None:
    trace = report / "A1.trace.jsonl"
    result = posrig("replay", trace)
    assert result.exit_code == 0, result.output
    assert "all the same" in result.stdout
    lines = trace.read_text(encoding="utf-8").splitlines()
    place = next(number for number, line in enumerate(lines) if '"kind":"display"' in line)
    lines[place] = lines[place].replace('"en":"', '"en":"!')
    changed = tmp_path / "changed.trace.jsonl"
    changed.write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = posrig("replay", changed)
    assert result.exit_code == 1
    assert f"event {place}" in result.stdout  # the header is line 1, so event n stands at index n
    assert lines[place] in result.stdout


@pytest.mark.parametrize("command", ["diagnose", "judge", "replay"])
def test_a_file_that_is_no_readable_trace(command: str, report: Path, tmp_path: Path) -> None:
    whole = (report / "A1.trace.jsonl").read_text(encoding="utf-8")
    header, rest = whole.split("\n", 1)
    wrong = {
        "cut off": whole[:-20],
        "is cut off here: 9 of its": "".join(whole.splitlines(keepends=True)[:10]),
        "schema 99": header.replace('"schema":1', '"schema":99') + "\n" + rest,
        "no header": "hello\n",
        "empty": "",
    }
    for says, text in wrong.items():
        path = tmp_path / "wrong.trace.jsonl"
        path.write_text(text, encoding="utf-8")
        result = posrig(command, path)
        assert (result.exit_code, result.stdout) == (2, "")
        assert says in result.stderr
        assert str(path) in result.stderr
    assert posrig(command, tmp_path / "none").exit_code == 2
    assert "is a folder" in posrig(command, tmp_path).stderr


def test_a_run_with_chips_is_replayed_with_chips(tmp_path: Path) -> None:
    assert posrig("run", "LIFE", "--card", "chip", "--report", tmp_path).exit_code == 0
    result = posrig("replay", tmp_path / "LIFE.trace.jsonl")
    assert result.exit_code == 0, result.output


def test_a_trace_without_scenario_cannot_be_replayed(report: Path, tmp_path: Path) -> None:
    header = (report / "A1.trace.jsonl").read_text(encoding="utf-8").split("\n")[0]
    path = tmp_path / "bare.trace.jsonl"
    path.write_text(re.sub(r'"events":\d+,', "", header) + "\n", encoding="utf-8")
    result = posrig("replay", path)
    assert result.exit_code == 2
    assert "no trace of a scenario" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "A99"], "There is no scenario A99"),
        (["run", "nowhere.toml"], "nowhere.toml cannot be read"),
        (["run", "--seed", "-1"], "--seed: '-1' is no integer from 0 to"),
        (["run", "--seed", "1e3"], "--seed"),
        (["run", "--bench", "simulate"], "--bench: there is no 'simulate', the nearest is simulated"),
        (["run", "--result", "nowhere/result.json"], "--result: the folder nowhere does not exist"),
        (["run", "--report", __file__], "is a file; name a folder"),
        (["run", "A1", __file__ + ".toml"], "cannot be read"),
        (["rnu"], "There is no command rnu. The nearest is run"),
        (["host", "--listen", "127.0.0.1:70000"], "--listen: '127.0.0.1:70000' is no ADDR:PORT"),
        (["host", "--listen", "8583"], "--listen"),
        (["host", "--provision", "nowhere.toml"], "--provision: there is no file nowhere.toml"),
        (["host", "--provision", "."], "--provision: . is a folder"),
        (["host", "ctl", "status"], "--control is missing"),
        (["host", "ctl", "cause", "x", "--control", "127.0.0.1:1", "--token-file", __file__], "'x' is no key=value"),
        (["terminal", "--tcp", "127.0.0.1:0", "--serial", "pty"], "cannot both be given"),
        (["terminal", "--at", "redy"], "--at: there is no 'redy', the nearest is ready"),
        (["terminal", "--profile", "countertip"], "the nearest is countertop"),
        (["terminal", "--host", "127.0.0.1:0"], "--host: '127.0.0.1:0': a port to connect to is 1 to 65535"),
        (["terminal", "--state", __file__], "--state"),
        (["completion", "powershell"], "there is no 'powershell'"),
    ],
)
def test_usage_errors_name_option_value_and_way_out(arguments: list[str], says: str) -> None:
    result = posrig(*arguments)
    assert result.exit_code == 2, result.output
    assert says in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_two_scenarios_of_one_id(tmp_path: Path) -> None:
    copy = tmp_path / "copy.toml"
    copy.write_bytes((fixtures_dir() / "scenarios" / "A1.toml").read_bytes())
    result = posrig("run", "A1", copy)
    assert result.exit_code == 2
    assert "two scenarios have the id A1" in result.stderr


COMMANDS = (["run"], ["list"], ["decode"], ["diagnose"], ["judge"], ["replay"], ["host"], ["host", "ctl"], ["terminal"])


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_helps_with_examples(command: list[str]) -> None:
    result = posrig(*command, "--help")
    assert result.exit_code == 0
    examples = result.stdout.split("Examples:\n")[1].splitlines()
    assert len(examples) >= 2
    assert any(line.strip().startswith(f"posrig {' '.join(command)}") for line in examples)


def test_completion_is_for_three_shells() -> None:
    for shell in ("bash", "zsh", "fish"):
        result = posrig("completion", shell)
        assert result.exit_code == 0
        assert "_POSRIG_COMPLETE" in result.stdout


def test_an_unexpected_exception_is_status_3_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(names: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(rows, "rows_named", broken)
    result = posrig("run")
    assert result.exit_code == 3
    assert result.stderr.splitlines() == [
        "posrig itself failed: ZeroDivisionError: a bug (run again with POSRIG_DEBUG=1 to see where)"
    ]


@pytest.mark.parametrize(("bench", "said"), [("simulated", "no other bench has a reader"), ("mine.toml", "no --card")])
def test_a_bench_without_a_reader_of_its_own_takes_no_cards_behind_one(bench: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("")
    result = posrig("run", "D1", "--bench", bench if bench == "simulated" else str(tmp_path / bench), "--card", "pcsc")
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())
