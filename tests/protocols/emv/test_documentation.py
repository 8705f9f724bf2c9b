"""The examples of docs/emv.md, run with the published worked example of a PBOC cryptogram."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from protocols.emv.scripts import scripts_in
from protocols.tlv import parse_tlv

HERE = Path(__file__).resolve()
EXAMPLES = re.findall(
    r"```python\n(.*?)```", (HERE.parents[3] / "docs" / "emv.md").read_text(encoding="utf-8"), re.DOTALL
)
CASES = json.loads((HERE.parents[1] / "vectors" / "emv.json").read_text(encoding="utf-8"))["cryptogram"]
CASE: dict[str, Any] = next(case for case in CASES if case["id"] == "pboc-cvn01-3des")


def test_the_examples_run() -> None:
    values = {int(tag, 16): bytes.fromhex(value) for tag, value in CASE["tags"].items()}
    values[0x9F10] = bytes.fromhex(CASE["9F10"])
    names: dict[str, Any] = {name: bytes.fromhex(CASE[name]) for name in ("imk_ac", "imk_smi", "imk_smc")}
    names |= {"values": values, "aid": values[0x84], "pan": CASE["pan"], "psn": CASE["psn"]}
    names |= {"atc": values[0x9F36], "arqc": values[0x9F26]}
    cryptogram, script = (example.replace('b"00"', 'b"01"') for example in EXAMPLES)  # the response code of the source
    exec(cryptogram, names)
    assert names["tag_91"].hex().upper() == CASE["tag91"]
    exec(script, names)
    (found,) = scripts_in(parse_tlv(names["script"].build(), "F55"))
    assert [command[:4].hex().upper() for command in found.commands] == ["84240000", "04DA9F79"]
