"""`posrig decode` of the card's side: what is told by itself, what `--as` names, what is refused and where."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from harness.cli import main
from harness.console.decode_protocols import recognised
from protocols.emv.decode import KINDS, explain, kind_of
from protocols.errors import LocalError

VECTORS = Path(__file__).parents[2] / "protocols" / "vectors"
EMV: dict[str, Any] = json.loads((VECTORS / "emv.json").read_text("utf-8"))
TVR = "0080048000"


def posrig(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["decode", *arguments])


def told(*arguments: str) -> dict[str, Any]:
    done = posrig("--json", *arguments)
    assert done.exit_code == 0, done.output
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        ("00A404000E315041592E5359532E444446303100", "c-apdu"),
        ("80A8000002830000", "c-apdu"),
        ("80CA9F3600", "c-apdu"),
        ("00B2010C00", "c-apdu"),
        ("8424000021" + "11" * 33, "c-apdu"),  # its octets would be tag 84 with 36 octets, too
        ("6A82", "r-apdu"),
        ("9000", "r-apdu"),
        ("6C1C", "r-apdu"),
        ("9F360204D29000", "r-apdu"),
        ("3BE000008131FE45EB", "atr"),
        ("3B600000", "atr"),
        ("8C189F02069F03069F1A0295055F2A029A039F21039C019F3704", "tlv"),
    ],
)
def test_kinds_are_told_by_themselves(octets: str, kind: str) -> None:
    assert told(octets)["kind"] == kind


def test_all_that_the_vectors_hold_is_told_apart() -> None:
    for entry in EMV["apdu"]:
        if entry["level"] == "apdu" and entry["pcsc_replayable"]:
            assert kind_of(bytes.fromhex(entry["capdu"])) == "c-apdu", entry["id"]
            assert kind_of(bytes.fromhex(entry["rapdu"])) in ("r-apdu", None), entry["id"]
    assert {kind_of(bytes.fromhex(entry["atr"])) for entry in EMV["atr"]} == {"atr"}
    assert {kind_of(bytes.fromhex(entry["field55"])) for entry in EMV["field55"]} == {"tlv"}
    assert {kind_of(bytes.fromhex(entry["hex"])) for entry in EMV["tlv"] if "error" not in entry} <= {"tlv", None}


def test_no_message_of_another_protocol_is_taken_for_the_cards() -> None:
    for name in ("unionpay", "zvt", "mispos", "registers"):
        read = json.loads((VECTORS / f"{name}.json").read_text("utf-8"))
        entries = read["vectors"] if isinstance(read, dict) else read
        spelt = [entry["hex"] for entry in entries if re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", entry.get("hex") or "")]
        octets = [bytes.fromhex(one) for one in spelt]
        assert len(octets) >= 8
        assert [one.hex() for one in octets if recognised(one) == "emv"] == []


def test_the_tree_of_an_fci() -> None:
    entry = EMV["tlv"][0]
    shown = told(entry["hex"])
    assert shown["fields"]["objects"] == entry["decoded"]
    answered = told(entry["hex"] + "9000")
    assert (answered["fields"]["objects"], answered["fields"]["SW"]) == (entry["decoded"], "9000")


def test_field_55_bit_by_bit() -> None:
    said = {path: row["name"]["zh"] for path, row in told(EMV["field55"][0]["field55"])["meanings"].items()}
    assert said["9F26"] == "应用密文"
    assert said["9F27.1.8"] == "ARQC 请求联机"
    assert said["95.4.8"] == "交易超过最低限额"
    assert said["9F10.CVR.1.6"] == "第一次 GENERATE AC 返回 ARQC"


def test_format_80_is_opened_where_the_command_is_named() -> None:
    octets = "800E78000802020010010400180102019000"
    assert told(octets)["fields"]["objects"] == [["80", octets[4:-4]]]
    assert told("--answers", "80A8", octets)["fields"]["objects"] == [["82", "7800"], ["94", octets[8:-4]]]


def test_an_atr_in_words() -> None:
    shown = told("3BDA18FF81B1FE751F030031F573C78A40009000B0")
    assert shown["fields"]["protocols"] == ["T=1"]
    assert shown["fields"]["emv"] is False
    assert "F=372, D=12, 161290 bit/s" in shown["meanings"]["TA1"]["meaning"]["en"]


@pytest.mark.parametrize(
    ("kind", "octets", "words"),
    [
        ("tvr", TVR, "Online CVM captured"),
        ("95", TVR, "Online CVM captured"),
        ("tac", TVR, "Online CVM captured"),
        ("9f33", "E0E1C8", "Magnetic stripe"),
        ("dol", "9F3704", "9F37 Unpredictable number"),
        ("afl", "08010100", "SFI 1, records 1 to 1"),
        ("cvm-list", "00000000000000001F00", "Always: No CVM required"),
        ("term-type", "22", "Merchant, attended"),
        ("c-apdu", "0012340000", "INS 12"),
    ],
)
def test_what_as_names(kind: str, octets: str, words: str) -> None:
    done = posrig("--as", kind, octets)
    assert done.exit_code == 0, done.output
    assert words in done.output


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("--as", "tvr", "00"), 1, "5 octets are wanted, 1 are there"),
        (("--as", "c-apdu", "00A404"), 1, "needs 4 octets"),
        (("--as", "tlv", "9F0206000000"), 1, "tlv/9F02"),
        (("--as", "nothing", "00"), 2, "no kind of data called nothing"),
        (("--protocol", "emv", "1234567890"), 1, "--as"),
        (("--as", "r-apdu", "6F04840301009000"), 1, "data/6F/84"),
    ],
)
def test_refusals(arguments: tuple[str, ...], status: int, words: str) -> None:
    done = posrig("--lang", "en", *arguments)
    assert done.exit_code == status
    assert words in done.output


def test_every_kind_reads_or_refuses() -> None:
    assert len(set(KINDS)) == len(KINDS)
    for kind in ("tvr", "9F10", "service-code"):
        assert explain(b"\x02\x20\x00\x00\x00", kind).rows
    with pytest.raises(LocalError, match="c-apdu, r-apdu"):
        explain(b"", "FFFFFF")
