"""What `posrig decode` shows of both dialects, told without being named, and where it says that a frame is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from harness.cli import main
from protocols.errors import DecodeError
from protocols.explained import Explained
from protocols.mispos.decode import explain_a, explain_b

FILE = Path(__file__).parents[1] / "vectors" / "mispos.json"
VECTORS: dict[str, dict[str, Any]] = {v["id"]: v for v in json.loads(FILE.read_text("utf-8"))["vectors"]}


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSRIG_LANG", "en")


def posrig(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["decode", *arguments])


def shown(hexed: str, *arguments: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(posrig("--json", *arguments, hexed).stdout)
    return told


@pytest.mark.parametrize("name", [name for name, vector in VECTORS.items() if "invalid" not in vector])
def test_each_frame_is_recognised_and_told(name: str) -> None:
    vector = VECTORS[name]
    told = shown(vector["hex"])
    assert told["protocol"] == ("mispos-a" if name.startswith("mis-df") else "mispos-b")
    for key, value in vector["fields"].items():
        if key == "bcd_length":
            assert told["frame"]["length"] == f"{value:04d}"
            continue
        place = key.split("_")[0].replace(".", "/")
        wanted = f"{value:02X}" if isinstance(value, int) else str(value).removesuffix(" (F)").removesuffix(" (E)")
        assert told["fields"][place].lower() == wanted.lower(), key


def test_meanings() -> None:
    told = shown(VECTORS["mis-df-03"]["hex"])
    assert told["meanings"]["DF07"]["meaning"]["zh"] == "密钥未下装，请签到"
    assert told["meanings"]["DF0C"]["meaning"]["en"] == "the terminal must be signed in"
    assert shown(VECTORS["mis-9f-03"]["hex"])["name"] == {"zh": "数据透传", "en": "tunnelled data"}
    assert "消费撤销 / void" in posrig(VECTORS["mis-df-01"]["hex"]).stdout


def test_an_ack_in_front_is_told_apart() -> None:
    told = shown("06" + VECTORS["mis-df-02"]["hex"])
    assert (told["protocol"], told["frame"]["ack"], told["kind"]) == ("mispos-a", "06", "sale")


def test_notices_and_control_octets() -> None:
    notice = "020012" + b"ACKACK000006".hex() + "03"
    octets = bytes.fromhex(notice)
    lrc = 0
    for octet in octets[1:]:
        lrc ^= octet
    told = shown(notice + f"{lrc:02x}", "--protocol", "mispos-a")
    assert (told["kind"], told["fields"]) == ("notice", {"ACKACK": "000006"})
    assert shown("15", "--protocol", "mispos-b")["kind"] == "nak"


@pytest.mark.parametrize(
    ("octets", "protocol", "path", "offset"),
    [
        (VECTORS["mis-df-07"]["hex"], "mispos-a", "LRC", 13),
        (VECTORS["mis-9f-01"]["hex"][:-4], "mispos-b", "ETX", 17),
        ("06" + VECTORS["mis-df-07"]["hex"], "mispos-a", "LRC", 14),
        ("020004df01820003" + "5b", "mispos-a", "DF01", 6),
        ("0200059f010001" + "010399", "mispos-a", "LRC", 9),
    ],
)
def test_what_is_wrong_and_where(octets: str, protocol: str, path: str, offset: int) -> None:
    result = posrig("--json", "--protocol", protocol, octets)
    assert result.exit_code == 1
    error = json.loads(result.stdout)["error"]
    assert (error["path"], error["offset"]) == (path, offset)


@given(st.binary(min_size=1, max_size=60), st.sampled_from([explain_a, explain_b]))
def test_loose_octets_only_raise_our_error(data: bytes, explain: Callable[[bytes], Explained]) -> None:
    try:
        told = explain(data)
    except DecodeError as error:
        place = error.offset
    else:
        place = len(told.rows)
    assert 0 <= place <= len(data)
