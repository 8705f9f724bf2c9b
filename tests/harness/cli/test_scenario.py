"""`posrig scenario new` and `check`: from nothing to a scenario that runs, and every slip named with its place."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli import main


def posrig(*arguments: str | Path, lang: str = "en") -> Result:
    return CliRunner(env={"POSRIG_LANG": lang}).invoke(main, [str(argument) for argument in arguments])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_new_scenario_is_well_written_and_runs(tmp_path: Path, lang: str) -> None:
    path = tmp_path / "my-shop.toml"
    assert posrig("scenario", "new", path, lang=lang).exit_code == 0
    text = path.read_text(encoding="utf-8")
    assert tomllib.loads(text)["id"] == "MY_SHOP"
    assert max(map(len, text.splitlines())) <= 160
    assert posrig("scenario", "check", path, lang=lang).exit_code == 0
    result = posrig("run", path, lang=lang)
    assert result.exit_code == 0, result.output


def test_every_step_that_it_offers_in_a_comment_is_well_written(tmp_path: Path) -> None:
    path = tmp_path / "all.toml"
    posrig("scenario", "new", path)
    lines = path.read_text(encoding="utf-8").splitlines()
    begin = next(n for n, line in enumerate(lines) if line.startswith("# Other steps"))
    end = next(n for n, line in enumerate(lines) if line.startswith("# remedy"))
    offered = [line.removeprefix("# ") for line in lines[begin + 1 : end] if not line.startswith("#     ")]
    lines[begin:end] = ["" if line == "#" else line for line in offered]
    path.write_text("\n".join(lines), encoding="utf-8")
    steps = tomllib.loads("\n".join(lines))["case"][0]["step"]
    assert {"operate", "portal", "control", "wait", "crash", "use"} <= {step["do"] for step in steps}
    result = posrig("scenario", "check", path)
    assert result.exit_code == 0, result.output


def test_a_shipped_row_as_the_pattern(tmp_path: Path) -> None:
    path = tmp_path / "7-late.toml"
    assert posrig("scenario", "new", path, "--like", "A1").exit_code == 0
    assert tomllib.loads(path.read_text(encoding="utf-8"))["id"] == "S_7_LATE"
    assert posrig("run", path).exit_code == 0


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('op = "sale"', 'op = "sael"', "the nearest is sale"),
        ('card = "debit"', 'card = "debti"', "the nearest is debit"),
        ("times = 1\n", "tiems = 1\n", "the nearest is times"),
        ('do = "see"', 'do = "seee"', "the nearest is see"),
        ('link = ["drop', 'link = ["dorp', "drop"),
        ('diagnosis = "F5"', 'diagnosis = "F55"', "the nearest is F5"),
    ],
)
def test_a_slip_is_named_with_file_line_key_and_the_nearest(tmp_path: Path, old: str, new: str, says: str) -> None:
    path = tmp_path / "slip.toml"
    posrig("scenario", "new", path)
    text = path.read_text(encoding="utf-8")
    assert old in text
    line = text[: text.index(old)].count("\n") + 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    for command in (("scenario", "check"), ("run",)):
        result = posrig(*command, path)
        assert result.exit_code == 2
        assert says in result.stderr
        assert f"slip.toml:{line}" in result.stderr


def test_what_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "there.toml"
    path.write_text("mine", encoding="utf-8")
    result = posrig("scenario", "new", path)
    assert result.exit_code == 2
    assert "is there already" in result.stderr
    assert path.read_text(encoding="utf-8") == "mine"
    assert posrig("scenario", "new", tmp_path / "no-suffix").exit_code == 2
    result = posrig("scenario", "new", tmp_path / "x.toml", "--like", "F55")
    assert result.exit_code == 2
    assert "the nearest is F5" in result.stderr
