"""`posrig decode` of the small register protocols: documented values, how they are recognised, where errors are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from harness.cli import main

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "protocols" / "vectors" / "registers.json").read_text("utf-8")
)["vectors"]
NAMES = {
    "Transbank POS Integrado": "transbank",
    "Concert V2 / Telium E+": "concert",
    "ECR17": "ecr17",
    "Caisse-AP (TCP)": "caisse-ap",
    "PAX POSLINK": "poslink",
    "CodePay 55AA": "codepay",
    "STX-BCD-LRC transport/presentation header": "transport",
}


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSRIG_LANG", "en")


def posrig(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["decode", *arguments])


@pytest.mark.parametrize("entry", VECTORS, ids=lambda entry: entry["id"])
def test_documented_values(entry: dict[str, Any]) -> None:
    name = NAMES[entry["protocol"]]
    result = posrig("--protocol", name, "--json", entry["hex"])
    assert result.exit_code == 0
    shown = json.loads(result.stdout)
    assert shown["protocol"] == name
    found = {**shown["frame"], **shown["fields"]}
    for key, value in entry["fields"].items():
        assert len(found["report"]) == 55 if key == "report" else found[key] == value
    assert posrig("--protocol", name, entry["hex"]).exit_code == 0
    assert json.loads(posrig("--json", entry["hex"]).stdout)["protocol"] == name, "found without its name"


@pytest.mark.parametrize(("octets", "name"), [("55aa010000000001cc33", "codepay"), ("435a30303430333030", "caisse-ap")])
def test_what_can_be_nothing_else_is_recognised(octets: str, name: str) -> None:
    assert json.loads(posrig("--json", octets).stdout)["protocol"] == name


def test_a_table_in_both_languages() -> None:
    (entry,) = (entry for entry in VECTORS if entry["id"] == "tbk-20")
    table = posrig("--protocol", "transbank", entry["hex"]).stdout
    for said in ("消费结果 / sale, answer", "响应码 / response code", "须先下装密钥 / Keys must be loaded first"):
        assert said in table


@pytest.mark.parametrize(
    ("name", "octets", "path", "offset"),
    [
        ("transbank", "0230313030030a", "LRC", 6),
        ("transbank", "02484f4c410308", "LRC", 6),
        ("transbank", "02484f4c410309", "command", 1),
        ("transbank", "02303130", "ETX", 4),
        ("transbank", "0230313030030206", "end", 7),
        ("concert", "023031303003", "ETX", 6),
        ("concert", "0230313030000302", "length", 6),
        ("codepay", "55aa010000000001cc34", "length", 0),
        ("caisse-ap", "435a3030343033", "CZ", 5),
        ("poslink", "02413003", "ETX", 4),
    ],
)
def test_errors_name_the_place_in_what_was_given(name: str, octets: str, path: str, offset: int) -> None:
    result = posrig("--protocol", name, "--json", octets)
    assert result.exit_code == 1
    error = json.loads(result.stdout)["error"]
    assert (error["path"], error["offset"]) == (path, offset)
