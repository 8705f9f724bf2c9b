"""The examples of docs/card-data.md run, and its table names modules that are there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from harness.cli import main
from protocols.emv.apdu import Response

HERE = Path(__file__).resolve()
PAGE = (HERE.parents[3] / "docs" / "card-data.md").read_text(encoding="utf-8")
LINES = re.findall(r"^    posrig (decode .*?)\s+#", PAGE, re.MULTILINE)
FCI = next(
    bytes.fromhex(step["rapdu"])
    for step in json.loads((HERE.parents[1] / "vectors" / "emv.json").read_text(encoding="utf-8"))["apdu"]
    if step["id"] == "pboc-full-functional/4"
)


def test_there_are_examples() -> None:
    assert len(LINES) == 6


@pytest.mark.parametrize("line", LINES)
def test_every_line_decodes(line: str) -> None:
    done = CliRunner().invoke(main, line.split())
    assert done.exit_code == 0, done.output
    assert done.output.startswith("emv")


def test_the_program_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    answers = [bytes((0x61, len(FCI) - 2)), FCI]
    sent: list[bytes] = []

    def transmit(tpdu: bytes) -> bytes:
        sent.append(tpdu)
        return answers[len(sent) - 1]

    names: dict[str, Any] = {"transmit": transmit}
    exec(program, names)
    assert names["outcome"] == Response(FCI[:-2], 0x9000)
    assert [tpdu.hex().upper() for tpdu in sent] == ["00A4040008A000000333010101", f"00C00000{len(FCI) - 2:02X}"]
    assert names["name"] == "SELECT"
    assert "'New card', 'Online CVM captured'" in capsys.readouterr().out


def test_the_table_names_modules_that_are_there() -> None:
    named = set(re.findall(r"`([a-z_0-9]+)`", " ".join(re.findall(r"^\| (.*?) \|", PAGE, re.MULTILINE))))
    assert len(named) > 15
    assert named <= {path.stem for path in (HERE.parents[3] / "protocols" / "emv").glob("*.py")}
