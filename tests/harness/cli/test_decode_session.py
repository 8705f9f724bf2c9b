"""`posrig decode` of whole conversations with cards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from harness.cli import main
from harness.recordings.units import units_of
from tests.harness.recorded import chips, shop

VECTORS = json.loads((Path(__file__).parents[2] / "protocols" / "vectors" / "emv.json").read_text("utf-8"))["apdu"]


def decoded(text: str, *more: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["decode", *more, "-"], input=text)
    return result.exit_code, result.stdout


def log() -> str:
    """What the recorded sale to a chip said, as lines."""
    units = units_of(chips.session(chips.recorded()))
    marks = [(">" if unit.out else "ATR:" if unit.what == "atr" else "<", unit.raw.hex()) for unit in units]
    return "\n".join(f"{mark} {octets}" for mark, octets in marks)


def test_a_sale_step_by_step() -> None:
    """What CDOL1 asks for is named value by value; format 80 is what it stands for."""
    status, text = decoded(log(), "--json")
    told: dict[str, Any] = json.loads(text)
    assert status == 0 and told["kind"] == "session"
    steps = told["steps"]
    first_ac = next(n for n, step in enumerate(steps) if step["hex"].startswith("80AE80"))
    values = dict(steps[first_ac]["fields"]["values"])
    assert values["9F02"] == f"{shop.AMOUNT_FEN:012d}" and values["5F2A"] == "0156" and len(values["9F37"]) == 8
    answer = dict(steps[first_ac + 1]["fields"]["objects"])
    assert answer["9F27"] == "80" and told["summary"]["ARQC"] == answer["9F26"]
    assert told["summary"]["AID"] == "A000000333010101"


def test_for_people() -> None:
    status, text = decoded(log())
    assert status == 0
    assert "CDOL1" in text and "Unpredictable number" in text and "不可预知数" in text


def test_a_step_that_cannot_be_read_is_shown_and_told_by_the_status() -> None:
    status, text = decoded("> 00B2010C00\n< 70059000\n> 00B2020C00\n< 6A83\n", "--json")
    steps = json.loads(text)["steps"]
    assert status == 1 and "error" in steps[1] and steps[3]["fields"]["SW"] == "6A83"


def test_a_t0_reader_fetches_the_answer() -> None:
    """The list (PDOL) that GET RESPONSE brings belongs to the SELECT before it."""
    fci = "6F158408A000000333010101A5099F38069F02069F37045F2D00".replace("5F2D00", "")
    fci = f"6F{len(bytes.fromhex(fci)) - 2:02X}{fci[4:]}"
    text = (
        "> 00A4040008A000000333010101\n< 6117\n"
        f"> 00C0000017\n< {fci}9000\n> 80A800000C830A00000000123411223344\n< 80063C00080101009000\n"
    )
    steps = json.loads(decoded(text, "--json")[1])["steps"]
    assert dict(steps[4]["fields"]["values"]) == {"9F02": "000000001234", "9F37": "11223344"}


@pytest.mark.parametrize("session", sorted({one["session"] for one in VECTORS if one.get("session")})[::4])
def test_published_sessions(session: str) -> None:
    """Every message is there, in its order."""
    pairs = [(one["capdu"], one["rapdu"]) for one in VECTORS if one.get("session") == session and one.get("rapdu")]
    text = "".join(f"> {asked}\n< {told}\n" for asked, told in pairs)
    status, out = decoded(text, "--json")
    assert status in (0, 1)
    assert [step["hex"] for step in json.loads(out)["steps"]] == [one.upper() for pair in pairs for one in pair]
