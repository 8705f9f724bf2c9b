"""`posrig decode --protocol zvt`: published messages, how they are told from the host's, and what is refused."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from harness.cli import main

# PA00P016, the worked frame; ecrterm, an abort with text and a completion of a status enquiry.
FRAME = "10 02 06 00 06 12 34 56 BA 09 78 10 03 24 C3"
ABORT = "061e2e6c062b1f1605ff000014411f1720416262727563682064757263682065787465726e6573204b6f6d6d616e646f21"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSRIG_LANG", "en")


def posrig(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["decode", *arguments])


def test_a_serial_frame_is_recognised() -> None:
    shown = json.loads(posrig("--json", FRAME).stdout)
    assert list(shown) == [
        "protocol", "framing", "control", "name", "direction", "values", "bitmaps", "tlv", "meanings",
    ]  # fmt: skip
    assert (shown["protocol"], shown["framing"], shown["control"]) == ("zvt", "serial", "0600")
    assert shown["name"] == {"zh": "注册", "en": "registration"}
    assert shown["values"] == {"password": "123456", "config": "BA", "currency": "0978"}
    assert shown["tlv"] is None
    assert "intermediate status wanted" in shown["meanings"]["config"]["en"]


@pytest.mark.parametrize("named", [("--protocol", "zvt"), ()])
def test_a_bare_apdu_is_read(named: tuple[str, ...]) -> None:
    shown = json.loads(posrig(*named, "--json", ABORT).stdout)
    assert (shown["framing"], shown["direction"], shown["values"]) == ("tcp", "PT>ECR", {"code": "6C"})
    assert shown["tlv"] == {"1F16": "FF00001441", "1F17": "Abbruch durch externes Kommando!"}
    table = posrig("--protocol", "zvt", ABORT)
    assert table.exit_code == 0
    for said in ("ZVT 061E", "中止 / abort", "06/1F17", "超时或按了取消键 / abort by time-out or abort key"):
        assert said in table.stdout


def test_the_command_that_is_answered_decides_a_completion() -> None:
    after_status = json.loads(posrig("--protocol", "zvt", "--answers", "0501", "--json", "060f03060600").stdout)
    assert (after_status["values"], after_status["tlv"]) == ({"status": "06"}, {})
    assert "assumed" in posrig("--protocol", "zvt", "060f0106").stdout
    assert posrig("--protocol", "zvt", "--answers", "0600", "060f0106").exit_code == 1


@pytest.mark.parametrize(
    ("octets", "path", "offset"),
    [
        ("100206000612345 6BA0978100324C4", "frame", 13),  # CRC
        ("10020600061234", "frame", 0),  # cut off
        (FRAME + "06", "end", 15),
        ("10020601051010041212100308EB", "bitmaps", None),
    ],
)
def test_a_bad_frame_is_refused_with_its_place(octets: str, path: str, offset: int | None) -> None:
    result = posrig("--json", octets)
    assert result.exit_code == 1
    error = json.loads(result.stdout)["error"]
    if offset is not None:
        assert (error["path"], error["offset"]) == (path, offset)


def test_a_framing_that_the_protocol_does_not_have() -> None:
    result = posrig("--protocol", "zvt", "--framing", "tpdu", ABORT)
    assert result.exit_code == 2
    assert "zvt has no such framing; there are: auto, serial, tcp" in result.stderr
