"""The command line and the settings file: what is taken, what is refused and how."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness.bench_check.main import main
from harness.bench_check.option_words import ROWS
from harness.bench_check.options import wish_of
from harness.bench_check.parser import parser_of
from protocols.errors import ScenarioError

AMOUNTS = {"0.01": 1, "1": 100, "12.3": 1230, "12.34": 1234, "99999999.99": 9_999_999_999}


@pytest.fixture(autouse=True)
def no_settings_file_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.mark.parametrize(("said", "fen"), AMOUNTS.items())
def test_amount_of_a_test_sale(said: str, fen: int) -> None:
    assert wish_of(["--test-sale", said], "en").settings.test_sale_fen == fen


@pytest.mark.parametrize(
    "said", ["0", "0.00", "-1", "1.234", "1.", ".5", "1e3", "١", "abc", "1,00", "100000000.00", ""]
)
def test_what_is_no_amount_is_refused(said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        wish_of(["--test-sale=" + said], "en")
    assert "--test-sale" in caught.value.what.en and repr(said) in caught.value.what.zh


def test_rate_with_format() -> None:
    settings = wish_of(["--baud", "9600-7E1"], "en").settings
    assert (settings.baud, settings.bits) == (9600, "7E1")


@pytest.mark.parametrize(
    ("word", "near"), [("--prot", "--port"), ("--anwsers", "--answers"), ("--histroy", "--history")]
)
def test_unknown_option_names_the_nearest(word: str, near: str) -> None:
    with pytest.raises(ScenarioError, match="no option") as caught:
        wish_of([word], "en")
    assert near in caught.value.what.en


def test_lists_of_checks_take_commas_and_repetition() -> None:
    assert wish_of(["--skip", "look,books", "--skip", "clock"], "en").settings.skip == ("look", "books", "clock")


def test_settings_file_is_read_and_the_command_line_counts_before_it(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_bytes(
        '\ufeffport = "COM5"\ntechnician = "张工"\nlocal_host = "shop.toml"\n[expected]\nbaud = 9600\n'.encode()
    )
    settings = wish_of(["--config", str(path), "--port", "COM7"], "zh").settings
    assert (settings.port, settings.technician, settings.expected["baud"]) == ("COM7", "张工", 9600)
    assert settings.local_host == tmp_path / "shop.toml", "paths are meant from the file's folder"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("prot = 1", "port"),
        ("port = 1", "port"),
        ("tls = 1", "tls"),
        ("skip = 'look'", "skip"),
        ("x = [", ":"),
        ("lang = 'zh'", "lang"),
    ],
)
def test_bad_settings_file_is_refused_by_name(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        wish_of(["--config", str(path)], "en")
    assert "bad.toml" in caught.value.what.en and named in caught.value.what.en


def test_every_option_is_in_the_help_of_both_languages() -> None:
    for lang in ("zh", "en"):
        text = parser_of("zh" if lang == "zh" else "en").format_help()
        for rows in ROWS.values():
            for row in rows:
                assert row.options[-1] in text
                assert row.words.in_("zh" if lang == "zh" else "en")[:4] in text


def test_usage_problem_is_status_2_and_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list", "--lang", "zh", "--pott"]) == 2
    said = capsys.readouterr()
    assert said.out == "" and "--pott" in said.err and "--port" in said.err and "Traceback" not in said.err


def test_missing_value_is_told_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list", "--lang", "zh", "--port"]) == 2
    assert "--port 后面缺少值" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--only", "prot"], "port"),
        (["--skip=look,boks"], "books"),
        (["--protocol", "zvtt"], "zvt"),
        (["--lang", "fr"], "zh"),
        (["--entry", "3"], "--round"),
        (["--sheet"], "--round"),
        (["--export", "list.json"], "--round"),
        (["--import", "list.json"], "--round"),
        (["--skip-entry", "3=closed"], "--round"),
        (["--scores"], "--drill"),
        (["--level", "2"], "--drill"),
    ],
)
def test_a_name_that_is_not_known_and_an_option_of_another_use_are_refused(words: list[str], told: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        wish_of(words, "en")
    assert words[0].partition("=")[0] in caught.value.what.en and told in caught.value.what.en


def test_streams_that_were_closed_before_the_start_are_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(f"sys.{name}", None)
    assert main(["--list"]) == 0
    assert main(["--list", "--pott"]) == 2
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        stream.close()
