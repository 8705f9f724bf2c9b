"""`posrig bench`: the file that it writes is one that it takes."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli import main
from harness.scenarios.bench_file import read_bench
from protocols.registers import REGISTER_PROTOCOLS


def posrig(*args: object, typed: str = "") -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args], input=typed)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("protocol", REGISTER_PROTOCOLS)
def test_the_file_that_is_written_is_good(tmp_path: Path, protocol: str, lang: str) -> None:
    path = tmp_path / "my-bench.toml"
    given = ("--protocol", protocol, "--port", "usb:A50285BI", "--listen", "127.0.0.1:8583", "--sn", "SN7")
    result = posrig("bench", "new", path, "--yes", *given, "--lang", lang)
    assert result.exit_code == 0, result.output
    bench = read_bench(path)
    assert (bench.protocol, bench.port.address, bench.host.listen) == (protocol, "usb:A50285BI", "127.0.0.1:8583")
    assert (bench.terminal.sn, bench.allow, bench.person.there) == ("SN7", (), True)
    comments = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    assert len(comments) > 15
    again = posrig("bench", "new", path, "--yes", *given)
    assert again.exit_code == 2  # nothing of the user's is written over


def test_it_asks(tmp_path: Path) -> None:
    """Port, no probing, protocol, address, number; in use; nobody there."""
    path = tmp_path / "asked.toml"
    typed = "COM7\nn\nzvt\n127.0.0.1:9001\nSN9\nn\nn\n"
    result = posrig("bench", "new", path, "--lang", "en", typed=typed)
    assert result.exit_code == 0, result.output
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    assert (found["protocol"], found["port"]["address"], found["host"]["listen"]) == ("zvt", "COM7", "127.0.0.1:9001")
    assert (found["terminal"]["sn"], found["terminal"]["begins"], found["person"]["there"]) == ("SN9", "boxed", False)


def test_check_says_what_can_be_carried_out(tmp_path: Path) -> None:
    path = tmp_path / "my-bench.toml"
    posrig("bench", "new", path, "--yes", "--protocol", "mispos-b")
    result = posrig("bench", "check", path, "--no-probe", "--lang", "en")
    assert result.exit_code == 0
    assert "D4    nobody breaks the display" in result.stdout
    text = path.read_text(encoding="utf-8").replace("allow = []", 'allow = ["setle"]')
    path.write_text(text, encoding="utf-8")
    wrong = posrig("bench", "check", path, "--no-probe", "--lang", "en")
    assert wrong.exit_code == 2
    assert "allow" in wrong.output and "settle" in wrong.output


@pytest.mark.parametrize(
    "args", [("--answers", __file__), ("--bench", "physical"), ("--bench", "nowhere.toml")], ids=str
)
def test_run_refuses_what_makes_no_sense(args: tuple[str, str]) -> None:
    assert posrig("run", "LIFE", *args).exit_code == 2
