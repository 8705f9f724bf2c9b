"""What public programs and cards say, against the card side's data: TLV, DOLs, ATRs, bit tables, APDU sessions.

`vectors/emv.json` names the source of each entry; the decoded fields are those that emv-utils prints.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from protocols.emv.afl import parse_afl, records_of
from protocols.emv.apdu import Command, Response, parse_command, parse_response
from protocols.emv.atr import parse_atr
from protocols.emv.atr_rules import emv_findings
from protocols.emv.dol import build_dol, dol_length, fill_dol, parse_dol
from protocols.emv.gpo import parse_ac, parse_gpo
from protocols.emv.meanings import meanings_of
from protocols.emv.records import parse_record, signed_octets
from protocols.emv.t0 import Exchange
from protocols.emv.tree import Node, duplicates, find, parse_tree
from protocols.errors import DecodeError
from protocols.unionpay.dialect import CUP
from protocols.unionpay.private.f55 import build_f55, parse_f55

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "vectors" / "emv.json").read_text("utf-8"))
TAGS = {"tvr": 0x95, "tsi": 0x9B, "cvm-list": 0x8E, "cvm-results": 0x9F34, "term-caps": 0x9F33, "ttq": 0x9F66,
        "issuer-app-data": 0x9F10, "82": 0x82, "9F07": 0x9F07}  # fmt: skip
Step = dict[str, Any]


def ids(entry: Any) -> str:
    return str(entry["id"])


def spelt(nodes: Iterable[Node]) -> list[Any]:
    return [[f"{n.tag:02X}", spelt(n.children) if n.constructed else n.value.hex().upper()] for n in nodes]


@pytest.mark.parametrize("entry", VECTORS["tlv"], ids=ids)
def test_tlv(entry: Any) -> None:
    octets = bytes.fromhex(entry["hex"])
    if "error" in entry:
        with pytest.raises(DecodeError, match=r"only \d+ octets left"):
            parse_tree(octets, "tlv")
    else:
        assert spelt(parse_tree(octets, "tlv")) == entry["decoded"]


@pytest.mark.parametrize("entry", VECTORS["dol"], ids=ids)
def test_dol(entry: Any) -> None:
    octets = bytes.fromhex(entry["dol"])
    entries = parse_dol(octets)
    assert [[f"{one.tag:02X}", one.length] for one in entries] == entry["entries"]
    assert dol_length(entries) == entry["length"]
    assert build_dol(entries) == octets
    assert len(fill_dol(entries, {})) == entry["length"]


def test_the_dol_that_openemv_fills() -> None:
    entry = next(entry for entry in VECTORS["dol"] if entry["id"] == "cdol1-mc")
    values = {0x9F02: "000000000100", 0x9F1A: "0156", 0x5F2A: "0156", 0x9A: "261121", 0x9C: "00",
              0x9F37: "11223344", 0x9F35: "22", 0x9F34: "1F0300"}  # fmt: skip
    filled = fill_dol(parse_dol(bytes.fromhex(entry["dol"])), {tag: bytes.fromhex(v) for tag, v in values.items()})
    assert filled.hex().upper() == entry["data"]


@pytest.mark.parametrize("entry", VECTORS["atr"], ids=ids)
def test_atr(entry: Any) -> None:
    octets = bytes.fromhex(entry["atr"])
    atr = parse_atr(octets)
    assert atr.build() == octets
    assert (not emv_findings(atr)) == entry["emv_valid"]


@pytest.mark.parametrize("entry", VECTORS["field_decode"], ids=ids)
def test_fields_bit_by_bit(entry: Any) -> None:
    said = [text.en for _, text in meanings_of(TAGS[entry["field"]], bytes.fromhex(entry["hex"]))]
    printed = [line for line in map(plain, entry["decoded"]) if line]
    match entry["field"]:
        case "cvm-results" if entry["hex"].startswith("60"):
            assert printed[0] == "Unknown CVM"
            assert said[0] == "Cardholder's document shown (PBOC)", "20 is PBOC's, which emv-utils does not know"
        case "cvm-list":
            assert [line.replace(": ", "; ") for line in said] == printed
        case "issuer-app-data":
            assert [line.lower().replace(": ", " ") for line in said[2:]] == [line.lower() for line in printed[4:]]
            assert said[:2] == ["Derivation key index 01", "Cryptogram version number 12"]
        case "ttq":
            assert said == [line for line in printed if is_set(line)]
        case "term-caps":
            assert [line.removeprefix("Cardholder's document (PBOC); EMV 4.4: ") for line in said] == printed
        case _:
            assert [("RFU" if line.startswith("RFU") else line) for line in said][: len(printed)] == printed


def plain(line: str) -> str:
    """Without what emv-utils puts in front; `None` and a stray accent of one entry are no content."""
    for prefix in ("Capability: ", "(CVR): ", "CVM Performed: ", "CVM Condition: ", "CVM Result: "):
        line = line.partition(prefix)[2] or line
    return "" if line in ("`", "None") else line


def is_set(line: str) -> bool:
    return " not " not in line and line != "Online capable reader"


@pytest.mark.parametrize("entry", VECTORS["field55"], ids=ids)
def test_field_55(entry: Any) -> None:
    octets = bytes.fromhex(entry["field55"])
    record = parse_f55(octets, CUP)
    assert [item.tag_hex for item in record.items] == entry["order"]
    assert {item.tag_hex: item.value.hex().upper() for item in record.items} == entry["decoded"]
    assert build_f55(record, CUP) == octets
    assert spelt(parse_tree(octets, "F55")) == [[tag, entry["decoded"][tag]] for tag in entry["order"]]


def sessions(level: str) -> list[tuple[str, list[Step]]]:
    found = groupby((step for step in VECTORS["apdu"] if step["level"] == level), key=lambda step: str(step["session"]))
    return [(name, list(steps)) for name, steps in found]


@pytest.mark.parametrize("step", [s for s in VECTORS["apdu"] if s["level"] == "apdu"], ids=ids)
def test_every_apdu_is_rebuilt_to_the_octet(step: Step) -> None:
    command, answer = bytes.fromhex(step["capdu"]), bytes.fromhex(step["rapdu"])
    assert parse_command(command).build() == command
    if step["pcsc_replayable"]:
        assert parse_response(answer).build() == answer
    else:
        with pytest.raises(DecodeError, match="R-APDU"):
            parse_response(answer)


@pytest.mark.parametrize(("name", "steps"), sessions("tpdu"), ids=lambda value: value if isinstance(value, str) else "")
def test_t0_sessions_of_procedure_bytes(name: str, steps: list[Step]) -> None:
    """The contact (procedure byte INS: the data follow) is played here; what is sent next is the Exchange's."""
    whole = {"1": "12345678", "2": "00B2010C00", "3": "0082000004DEADBEEF",
             "4": "00A404000E315041592E5359532E444446303100"}[name.partition("case_")[2][0]]  # fmt: skip
    exchange = Exchange(parse_command(bytes.fromhex(whole)))
    recorded = [(bytes.fromhex(step["capdu"]), bytes.fromhex(step["rapdu"])) for step in steps]
    outcome: bytes | Response = exchange.tpdu
    while recorded:
        assert isinstance(outcome, bytes), "the recording goes on"
        sent, answer = recorded.pop(0)
        if len(answer) == 1:
            rest, answer = recorded.pop(0)
            sent += rest
        assert outcome == sent or (len(sent) == 5 and outcome[:5] == sent), "an early error comes behind the header"
        outcome = exchange.take(answer)
    ends_early = steps[-1]["rapdu"][:2] in ("61", "6C")
    assert isinstance(outcome, bytes) if ends_early else outcome == Response(b"", int(steps[-1]["rapdu"], 16))


@pytest.mark.parametrize(
    ("session", "first", "sw"),
    [
        ("emvutils/build_candidate_list/test_pse_blocked", 0, 0x6283),
        ("emvutils/build_candidate_list/test_aid_blocked", 3, 0x6283),
        ("boc-t0", 0, 0x9000),
    ],
)
def test_data_that_wait_are_fetched_and_a_warning_stays(session: str, first: int, sw: int) -> None:
    steps = dict(sessions("apdu"))[session][first:]
    exchange = Exchange(parse_command(bytes.fromhex(steps[0]["capdu"])))
    assert exchange.tpdu == bytes.fromhex(steps[0]["capdu"])[: 5 + exchange.tpdu[4]], "case 4 has lost its Le"
    outcome: bytes | Response = exchange.take(bytes.fromhex(steps[0]["rapdu"]))
    for step in steps[1:]:
        if isinstance(outcome, Response):
            break
        assert outcome == bytes.fromhex(step["capdu"])
        outcome = exchange.take(bytes.fromhex(step["rapdu"]))
    assert isinstance(outcome, Response)
    assert outcome.sw == sw
    assert find(parse_tree(outcome.data, "FCI"), 0x84) is not None


def answered(instruction: int) -> list[tuple[str, Command, bytes]]:
    found = []
    for step in VECTORS["apdu"]:
        if step["level"] == "apdu" and step["rapdu"].endswith("9000") and len(step["rapdu"]) > 4:
            command = parse_command(bytes.fromhex(step["capdu"]))
            if command.ins == instruction:
                found.append((ids(step), command, bytes.fromhex(step["rapdu"])[:-2]))
    return found


def test_answers_to_gpo() -> None:
    found = {name: parse_gpo(data) for name, _, data in answered(0xA8)}
    assert len(found) == 5
    both = found["emvutils/initiate_application_processing/test1_apdu_list/1"]
    assert both.aip.hex() == "7800"
    assert [(r.sfi, r.record, r.signed) for r in records_of(both.afl)] == [
        (1, 2, False), (2, 1, False), (2, 2, False), (2, 3, False), (2, 4, False), (3, 1, True), (3, 2, False),
    ]  # fmt: skip
    second = found["emvutils/initiate_application_processing/test2_apdu_list/1"]
    assert (second.aip.hex(), second.afl) == ("3900", parse_afl(bytes.fromhex("1801020120020400")))


def test_answers_to_generate_ac() -> None:
    first, last = (parse_ac(data) for _, _, data in answered(0xAE)[:2])
    assert (first.cid, first.atc.hex(), first.cryptogram.hex().upper()) == (0x80, "0002", "D8301A2F1BE62686")
    assert (last.cid, last.issuer_data) == (0x40, bytes(18))
    format_2 = parse_ac(bytes.fromhex(next(e["hex"] for e in VECTORS["tlv"] if e["id"] == "genac-format2")))
    assert (format_2.cid, format_2.cryptogram.hex().upper()) == (0x80, "EC30378BD35C4559")


BROKEN_RECORDS = {
    "emvutils/read_application_data/test4_apdu_list/1": "not a template 70",
    "emvutils/read_application_data/test5_apdu_list/1": "follow the end",
    "emvutils/read_application_data/test6_apdu_list/1": "Length 15 but only 14",
    "emvutils/read_application_data/test10_apdu_list/2": "not a template 70",
}


@pytest.mark.parametrize(("name", "command", "data"), answered(0xB2), ids=lambda v: v if isinstance(v, str) else "")
def test_records(name: str, command: Command, data: bytes) -> None:
    if name in BROKEN_RECORDS:
        with pytest.raises(DecodeError, match=BROKEN_RECORDS[name]):
            parse_record(data)
        return
    objects = parse_record(data)
    directory = any(node.tag == 0x61 for node in objects)
    assert duplicates(objects) == () or directory, "only a directory names an object twice"
    signed = signed_octets(command.p2 >> 3, data)
    assert signed == (data if command.p2 >> 3 > 10 else data[2 + (data[1] == 0x81) :])
