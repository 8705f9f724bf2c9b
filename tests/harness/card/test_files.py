"""Cards as files: short ones, whole ones, and what is said about a wrong one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.card.files import chip_from, chip_names, load_chip
from harness.card.issuing import issuer_of
from harness.card.sheet import ApplicationSheet
from harness.cards import listed_pans
from protocols.emv.apdu import parse_response
from protocols.emv.atr import contactless_atr, parse_atr
from protocols.emv.atr_rules import emv_findings
from protocols.emv.commands import PSE, select
from protocols.errors import ScenarioError
from protocols.tlv import find_tlv, parse_tlv

from .reader import Reader

SHORT: dict[str, Any] = {"kind": "debit", "pan": "6212142000000000012"}


def objects(**more: Any) -> dict[int, bytes]:
    """All objects in the records of a card's first application."""
    found: dict[int, bytes] = {}
    for record in chip_from({**SHORT, **more}, "own.toml").applications[0].records.values():
        (template,) = parse_tlv(record, "70")
        found |= {item.tag: item.value for item in parse_tlv(template.value, "70")}
    return found


def test_every_shipped_card_is_a_listed_test_card() -> None:
    """Else its number would be hidden in the trace, and a terminal would not know who holds it."""
    pans = {one.pan for name in chip_names() for one in load_chip(name).applications}
    assert len(pans) == len(chip_names()) + 1
    assert pans <= listed_pans()


def test_two_keys_are_a_whole_card() -> None:
    chip = chip_from(SHORT, "own.toml")
    (application,) = chip.applications
    assert chip.name == "own" and chip.pin_tries == 3
    assert application.track2.hex() == "6212142000000000012d30122010000000000f"
    assert set(application.ways) == {"insert", "tap"}


def test_what_the_keys_become() -> None:
    found = objects(expiry="2802", sequence="002", effective="240131", cvm=["enciphered_pin", "signature", "fail"])
    assert found[0x5A].hex() == "6212142000000000012f"
    assert (found[0x5F24].hex(), found[0x5F25].hex(), found[0x5F34].hex()) == ("280229", "240131", "02")
    assert found[0x8E].hex() == "0000000000000000" + "4403" + "5e03" + "0000"
    assert {0x9F2D, 0x9F2E, 0x9F2F, 0x9F46, 0x90, 0x8F} <= set(found)
    assert not {0x90, 0x93, 0x9F46} & set(objects(oda="none"))
    assert 0x93 in objects(oda="sda") and 0x9F46 not in objects(oda="sda")


def test_records_and_data_of_the_file_stand_over_what_is_made() -> None:
    chip = chip_from({**SHORT, "records": {"1/1": "70025700"}, "data": {"9F58": "09"}}, "own.toml")
    application = chip.applications[0]
    assert application.records[1, 1].hex() == "70025700" and application.data[0x9F58] == b"\x09"


def test_no_record_is_longer_than_an_answer() -> None:
    for name in chip_names():
        for application in load_chip(name).applications:
            longest = max(map(len, application.records.values()))
            assert longest <= 254, name


def test_a_card_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('kind = "credit"\npan = "6222020000000000018"\nlabel = "MINE"\n', encoding="utf-8")
    chip = load_chip(str(path))
    reader = Reader(chips={chip.name: chip})
    assert reader.put_in("mine") != b""
    reader.send(select(PSE))
    record = reader.octets(bytes.fromhex("00B2010C00"))
    assert record is not None and b"MINE" in parse_response(record).data


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"pna": "1"}, "unknown key pna; the nearest is "),
        ({"kind": "debti"}, "'debit' | 'credit'"),
        ({"pan": "12"}, "13 .. 19 digits"),
        ({"issuer": "posrg"}, "the nearest is posrig"),
        ({"issuer": "pboc-test"}, "oda"),
        ({"expiry": "3013"}, "YYMM"),
        ({"cvm": ["onlinepin"]}, "online_pin"),
        ({"cvm": "online_pin"}, "a list of names"),
        ({"pin": "12"}, "4 .. 12 digits"),
        ({"pin_tries": True}, "a whole number"),
        ({"pin_tries": 99}, "1 .. 15"),
        ({"priority": 16}, "0 .. 15"),
        ({"aid": "A0"}, "5 .. 16 octets"),
        ({"label": "卡"}, "ASCII"),
        ({"holder": ""}, "2 .. 26 ASCII"),
        ({"discretionary": "1" * 16}, "<= 10"),
        ({"atr": "3B"}, "2 .. 33 octets"),
        ({"data": {"9F58": 3}}, "a text"),
        ({"data": {"XY": "03"}}, "tag"),
        ({"records": {"1-1": "7000"}}, "SFI/record"),
        ({"records": {"1/1": "7005"}}, "Length 5"),
        ({"records": {"3/1": "7G"}}, "hex"),
        ({"pdol": "9F38"}, "9F38"),
        ({"application": [SHORT]}, "belongs to [[application]]"),
        ({"ecash_fen": -1}, "0 .. "),
    ],
)
def test_a_wrong_file_says_file_key_and_what_it_takes(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        chip_from({**SHORT, **change}, "own.toml")
    assert "own.toml" in str(caught.value) or "issuer" in str(caught.value)
    assert said in str(caught.value)
    assert caught.value.what.zh and caught.value.cure.zh


@pytest.mark.parametrize(
    ("change", "said"),
    [({"pan": 6212}, "加引号的文字"), ({"pin": "12"}, "4 .. 12 位数字"), ({"atr": "zz"}, "十六进制")],
)
def test_what_a_key_takes_is_said_in_chinese_too(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        chip_from({**SHORT, **change}, "own.toml")
    assert caught.value.what.zh.endswith(f"应为 {said}")


def test_a_missing_key_and_an_unknown_card() -> None:
    with pytest.raises(ScenarioError, match="the key pan is missing"):
        chip_from({"kind": "debit"}, "own.toml")
    with pytest.raises(ScenarioError, match="the nearest is debit"):
        load_chip("debti")
    with pytest.raises(ScenarioError, match=r"nowhere\.toml cannot be read"):
        load_chip("nowhere.toml")
    with pytest.raises(ScenarioError, match="one AID for each"):
        chip_from({"application": [SHORT, SHORT]}, "own.toml")


def test_a_whole_card_needs_what_its_afl_names_and_its_lists() -> None:
    table = {
        "kind": "whole",
        "pan": "6212142000000000012",
        "aid": "A000000333010101",
        "iad": "07010103000000" + "01",
        "fci": {"insert": "6F0A8408A000000333010101"},
        "processing": {"insert": {"aip": "0000", "afl": "08010100"}},
        "records": {"1/1": "7000"},
    }
    with pytest.raises(ScenarioError, match="9F02"):
        chip_from(table, "own.toml")
    with pytest.raises(ScenarioError, match="insert"):
        chip_from({**table, "processing": {"inserted": {"aip": "0000", "afl": ""}}}, "own.toml")


def test_the_issuers_of_the_file_derive_their_cards_keys() -> None:
    """The published card's keys are used as they are; others differ from card to card."""
    whole, one = issuer_of("pboc-test"), issuer_of("posrig")
    assert whole.card_keys("6228000100001117", "01").ac.hex() == "11223344006677881122334455007788"
    assert one.card_keys("6212142000000000012", "01") != one.card_keys("6212142000000000020", "01")
    assert "0123456789" not in repr(one) and "112233" not in repr(whole)


def test_a_strict_terminal_accepts_the_atr_of_every_card() -> None:
    """Of a tap it is what a contactless reader makes up."""
    for name in chip_names():
        atr = load_chip(name).atr
        assert emv_findings(parse_atr(atr["insert"])) == (), name
        assert atr["tap"] == contactless_atr()


def test_no_key_stands_in_a_repr() -> None:
    text = repr(load_chip("pboc-test"))
    assert "FC03512FED42" not in text.upper() and "1122334400" not in text and "1234'" not in text
    assert "keys=" not in text
    assert "pan=" in repr(ApplicationSheet("debit", "1"))
    assert find_tlv(parse_tlv(bytes.fromhex("9F360100"), "-"), 0x9F36) == b"\x00"
