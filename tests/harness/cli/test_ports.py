"""`posrig ports`, and the options of `posrig terminal` about its cable; both without a real port."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.bench.fleet import RegisterSpec
from harness.bench.register import Cable, open_register
from harness.cli import main
from harness.clock import monotonic_s


def posrig(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([*words, "--lang", "en"])
    said = capsys.readouterr()
    return int(str(ended.value.code)), said.out, said.err


def test_the_ports_of_this_computer_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = posrig(capsys, "ports", "--json", "--all")
    rows = json.loads(out)
    assert status in (0, 1)
    assert all(row["name"] or row["troubles"] for row in rows)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--line", "9600-9N1"), "--line: '9600-9N1' are no settings of a line; Write them as 9600-8N1"),
        (("--cable", "9600-9N1"), "'9600-9N1' is no value for register"),
        (("--cable", "unplg"), "The nearest is unplug"),
        (("--cable", "dial_refused"), "dial_refused is for dialling, and a cable dials nobody"),
        (("--fault", "uart:register=9600"), "uart is for the register's cable. Take --cable"),
        (("--cable", "9600", "--tcp", "127.0.0.1:0"), "--cable is for a serial line"),
    ],
)
def test_what_is_wrong_with_a_cable_is_said_before_anything_is_opened(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    status, out, err = posrig(capsys, "terminal", *words)
    assert (status, out) == (2, "")
    assert said in err.replace("\n", ". ")


def test_a_terminal_on_a_line_of_its_own_sells_at_its_pace_and_comes_back_under_another_name(tmp_path: Path) -> None:
    """115200 baud, and the plug comes out after 1.5 s: the link in the folder leads to it again."""
    command = [sys.executable, "-m", "harness.cli", "terminal", "--ready", "--seed", "1", "--by-id", str(tmp_path)]
    faults = ["--cable", "115200-8N1,times=100", "--cable", "unplug:after=1500,away=300"]
    process = subprocess.Popen([*command, *faults], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None and process.stderr is not None
        first = process.stdout.readline().removeprefix("ready on ").strip()
        port = tmp_path / next(iter(os.listdir(tmp_path)))
        assert os.readlink(port) == first
        with open_register(Cable(str(port), RegisterSpec())) as register:
            begun_s = monotonic_s()
            assert register.do("sale", amount_fen=100)["status"] == "done"
            assert monotonic_s() - begun_s > 0.01  # some hundred octets, each 87 us
            second = process.stderr.readline().removeprefix("ready on ").strip()
            assert os.readlink(port) == second
            assert register.do("sale", amount_fen=200)["status"] == "done"
    finally:
        process.terminate()
        process.communicate(timeout=20)
