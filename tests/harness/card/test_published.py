"""Published cards and cryptograms: the octets are somebody else's."""

from __future__ import annotations

import tomllib
from hashlib import sha1
from typing import Any

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

from harness.card.files import chip_from, load_chip
from harness.fixtures import fixtures_dir
from protocols.emv.commands import PPSE, PSE, get_data, read_record, select
from protocols.emv.gpo import parse_ac, parse_gpo, parse_signature
from protocols.tlv import find_tlv, parse_tlv

from .reader import TOLD, Reader, example, vectors

PROFILE: Any = vectors()["card_profile"][0]
AID = bytes.fromhex(PROFILE["aid"])
DATE, UN = TOLD[0x9A], TOLD[0x9F37]


def at_application(how: str = "insert") -> Reader:
    reader = Reader()
    reader.put_in("pboc-test", how)
    reader.send(select(AID))
    return reader


def test_selection_answers_as_published() -> None:
    reader = Reader()
    reader.put_in("pboc-test")
    assert reader.send(select(PSE)).data.hex().upper() == PROFILE["pse_fci"]
    assert reader.send(read_record(1, 1)).data.hex().upper() == PROFILE["pse_rec1"]
    assert reader.send(read_record(1, 2)).sw == 0x6A83
    assert reader.send(select(AID)).data.hex().upper() == PROFILE["fci_contact"]
    reader.take_out()
    reader.put_in("pboc-test", "tap")
    assert reader.send(select(PPSE)).data.hex().upper() == PROFILE["ppse_fci"]
    assert reader.send(select(AID)).data.hex().upper() == PROFILE["fci_contactless"]


def test_every_record_is_as_published() -> None:
    reader = at_application()
    for place, octets in PROFILE["records"].items():
        sfi, record = map(int, place.split("/"))
        assert reader.send(read_record(sfi, record)).data.hex().upper() == octets, place


@pytest.mark.parametrize(
    ("indicator", "name"), [("00", "gpo_debit_credit"), ("01", "gpo_ecash")], ids=["debit_credit", "ecash"]
)
def test_what_to_read_is_as_published(indicator: str, name: str) -> None:
    """9F7A in the PDOL says whether the terminal has electronic cash."""
    reader = at_application()
    answer = reader.send(f"80A8000021831F0156{indicator}0000000100000156{'00' * 20}00")
    assert answer.data.hex().upper() == "8012" + PROFILE[name]["82"] + PROFILE[name]["94"]


def test_the_contactless_answer_has_what_was_published_and_a_cryptogram_of_the_published_key() -> None:
    answer = Reader().begin("pboc-test", "tap")
    items = {item.tag: item.value for item in parse_gpo(answer.data).items}
    assert items[0x82].hex().upper() == PROFILE["gpo_qpboc"]["82"]
    assert items[0x57].hex().upper() == PROFILE["records"]["1/1"][8:42]
    iad = items[0x9F10]
    published = bytes.fromhex(PROFILE["iad_9F10"])
    assert (iad[:4], iad[7:]) == (published[:4], published[7:])
    assert items[0x9F26] == reference_ac(items[0x82], items[0x9F36], iad)


def test_the_cryptograms_are_made_with_the_published_key() -> None:
    reader = Reader()
    aip = parse_gpo(reader.begin("pboc-test").data).aip
    first = parse_ac(reader.generate("pboc-test", 0x80).data)
    assert first.cid == 0x80
    assert first.cryptogram == reference_ac(aip, first.atc, first.issuer_data)
    second = parse_ac(reader.generate("pboc-test", 0x40, second=True).data)
    assert second.cid == 0x40
    assert second.cryptogram == reference_ac(aip, second.atc, second.issuer_data)


def reference_ac(aip: bytes, atc: bytes, iad: bytes) -> bytes:
    """PBOC's cryptogram as its published worked example has it, written down again."""

    def des3(key: bytes, data: bytes) -> bytes:
        return Cipher(TripleDES(key + key[: 24 - len(key)]), modes.ECB()).encryptor().update(data)

    key = bytes.fromhex(PROFILE["keys_3des_icc"]["MK_AC"])
    session = des3(key, bytes(6) + atc) + des3(key, bytes(6) + bytes(octet ^ 0xFF for octet in atc))
    order = (0x9F02, 0x9F03, 0x9F1A, 0x95, 0x5F2A, 0x9A, 0x9C, 0x9F37)
    data = b"".join(TOLD[tag] for tag in order) + aip + atc + iad[3:7] + b"\x80"
    data += bytes(-len(data) % 8)
    mixed = bytes(8)
    for at in range(0, len(data), 8):
        mixed = bytes(a ^ b for a, b in zip(mixed, data[at : at + 8], strict=True))
        mixed = des3(session if at + 8 == len(data) else session[:8] * 3, mixed)
    return mixed


def test_the_published_chain_holds_from_the_ca_to_a_signature_of_the_card() -> None:
    """EMV Book 2, written down again: CAPK, issuer's certificate, card's certificate, DDA."""
    capk = next(one for one in vectors()["capk"] if one["id"] == PROFILE["capk"])
    reader = Reader()
    aip = parse_gpo(reader.begin("pboc-test").data).aip
    objects: dict[int, bytes] = {}
    static = b""
    for sfi, record in ((2, 1), (2, 2), (3, 1)):
        (template,) = parse_tlv(reader.send(read_record(sfi, record)).data, "70")
        objects |= {item.tag: item.value for item in parse_tlv(template.value, "70")}
        static = template.value
    issuer = recovered(int(capk["modulus"], 16), int(capk["exponent"], 16), objects[0x90])
    assert sha1(issuer[1:-21] + objects[0x92] + objects[0x9F32]).digest() == issuer[-21:-1]
    issuer_modulus = int.from_bytes(issuer[15:-21] + objects[0x92], "big")
    icc = recovered(issuer_modulus, int.from_bytes(objects[0x9F32], "big"), objects[0x9F46])
    behind = objects[0x9F48] + objects[0x9F47] + static + aip
    assert sha1(icc[1:-21] + behind).digest() == icc[-21:-1]
    modulus = int.from_bytes(icc[21:-21] + objects[0x9F48], "big")
    published = PROFILE["rsa_icc_crt"]
    assert modulus == int(published["p"], 16) * int(published["q"], 16)
    signed = parse_signature(reader.send("0088000004" + UN.hex() + "00").data)
    plain = recovered(modulus, int.from_bytes(objects[0x9F47], "big"), signed)
    assert plain[1:3] == b"\x05\x01"
    assert sha1(plain[1:-21] + UN).digest() == plain[-21:-1]


def recovered(modulus: int, exponent: int, signed: bytes) -> bytes:
    plain = pow(int.from_bytes(signed, "big"), exponent, modulus).to_bytes(len(signed), "big")
    assert plain[0] == 0x6A and plain[-1] == 0xBC
    return plain


def test_the_published_pin_and_its_tries() -> None:
    reader = at_application()
    assert reader.send(get_data(0x9F17)).data.hex() == "9f170103"
    assert reader.send("0020008008" + "2412FFFFFFFFFFFF").sw == 0x63C2
    assert reader.send("0020008008" + "241234FFFFFFFFFF").sw == 0x9000
    assert reader.send(get_data(0x9F17)).data.hex() == "9f170103"


def test_get_data_reads_what_was_personalised() -> None:
    reader = at_application()
    personalised = parse_tlv(bytes.fromhex(PROFILE["get_data_0D01"])[2:], "70")
    for item in personalised:
        read = find_tlv(parse_tlv(reader.send(get_data(item.tag)).data, "-"), item.tag)
        assert read == item.value, item.tag_hex


# Cryptograms, ARPCs and scripts that were published: a card is brought to where they begin, and must say the same.

CDOL = "9F02069F03069F1A0295055F2A029A039C019F3704"


def card_of(issuer: str, pan: str, aip: str, iad: str, **more: Any) -> dict[str, Any]:
    """A card with the keys of a published example, whose files hold the two lists alone."""
    arpc = "9108" if issuer == "visa-18" else "910A"
    lists = bytes.fromhex("8C15" + CDOL + "8D19" + "8A02" + arpc + CDOL)
    return {
        "kind": "whole",
        "issuer": issuer,
        "pan": pan,
        "sequence": "00",
        "aid": "A000000333010101",
        "label": "EXAMPLE",
        "iad": iad,
        "fci": {"insert": "6F0A8408A000000333010101"},
        "processing": {"insert": {"aip": aip, "afl": "08010100"}},
        "records": {"1/1": (b"\x70" + bytes((len(lists),)) + lists).hex()},
        **more,
    }


def told(tags: dict[str, str]) -> dict[int, bytes]:
    return {int(tag, 16): bytes.fromhex(value) for tag, value in tags.items()}


def test_a_published_worked_example_under_3des() -> None:
    one = example("pboc-cvn01-3des")
    key = PROFILE["rsa_icc_crt"]
    table = card_of(
        "pboc-example", one["pan"], one["tags"]["82"], "07000103000000" + "01", sequence=one["psn"],
        icc_key={"p": key["p"], "q": key["q"], "exponent": key["e"]},
    )  # fmt: skip
    table["records"] = {"1/1": table["records"]["1/1"], "1/2": "70069F49039F3704"}
    history = (
        {"kind": "application", "card": "own", "aid": "A000000333010101", "atc": 0x23F, "last_online_atc": 5},
        {"kind": "pin", "card": "own", "tries": 0},
    )
    reader = Reader(history, {"own": chip_from(table, "own.toml")})
    reader.begin("own")
    assert reader.send("0088000004" + one["tags"]["9F37"] + "00").ok  # "DDA performed" in the CVR
    answer = parse_ac(reader.generate("own", 0x80, told=told(one["tags"])).data)
    assert answer.atc.hex().upper() == one["atc"]
    assert answer.issuer_data[3:7].hex().upper() == one["cvr"]
    assert answer.cryptogram.hex().upper() == one["arqc"]
    assert reader.send("008200000A" + one["tag91"]).ok


def test_a_published_worked_example_under_sm4() -> None:
    one = example("pboc-cvn17-sm4")
    fields = one["ac_input"]
    values = {"9F02": fields[:12], "9F03": fields[12:24], "9F1A": fields[24:28], "95": fields[28:38]}
    values |= {"5F2A": fields[38:42], "9A": fields[42:48], "9C": fields[48:50], "9F37": fields[50:58]}
    table = card_of("pboc-example-sm4", one["pan"], fields[58:62], "07011703000000" + "04", sequence=one["psn"])
    history = ({"kind": "application", "card": "own", "aid": "A000000333010101", "atc": 0, "last_online_atc": 5},)
    reader = Reader(history, {"own": chip_from(table, "own.toml")})
    reader.begin("own")
    answer = parse_ac(reader.generate("own", 0x80, told=told(values)).data)
    assert answer.issuer_data[3:7].hex().upper() == fields[66:]
    assert answer.cryptogram.hex().upper() == one["arqc"]
    assert reader.send("008200000A" + one["arpc"] + one["arc"]).ok


VISA_10 = {"last_online_atc": 5, "offline_count": 9, "script_count": 1}
VISA_18 = {"last_online_atc": 0, "offline_count": 9, "online_open": True, "authentication_failed": True}


@pytest.mark.parametrize(
    ("name", "issuer", "iad", "tries", "state"),
    [
        ("visa-cvn10", "visa-10", "06010A03000000", 0, VISA_10),
        ("visa-cvn18", "visa-18", "06011203000000", 3, VISA_18),
        ("visa-cvn22", "visa-22", "06011603000000", 3, VISA_18),
    ],
)
def test_published_values_of_another_scheme(
    name: str, issuer: str, iad: str, tries: int, state: dict[str, Any]
) -> None:
    """Cryptogram, issuer's answer and script MACs of public test values that their author checked with an HSM."""
    one = example(name)
    table = card_of(issuer, one["pan"], one["tags"]["82"], iad, data={"9F58": "03", "9F52": "4000"})
    history = (
        {"kind": "application", "card": "own", "aid": "A000000333010101", "atc": 0x1B, **state},
        {"kind": "pin", "card": "own", "tries": tries},
    )
    reader = Reader(history, {"own": chip_from(table, "own.toml")})
    reader.begin("own")
    values = told(one["tags"])
    answer = parse_ac(reader.generate("own", 0x80, told=values).data)
    assert answer.issuer_data[3:7].hex().upper() == (one.get("cvr") or one["iad"][6:])
    if name != "visa-cvn22":  # the published value of CVN 22 has the 9F10 of CVN 18
        assert answer.cryptogram.hex().upper() == one["arqc"]
        arpc = {**values, 0x91: bytes.fromhex(one["tag91"]), 0x8A: b"00"}
        assert parse_ac(reader.generate("own", 0x40, second=True, told=arpc).data).cid == 0x40
        mac = one["app_unblock_mac"]
        assert reader.send(mac["header"] + mac["mac"]).ok
        assert reader.send(one["pin_change_9999"]).ok
        assert reader.send(get_data(0x9F17)).data[-1] == 3
        assert reader.machine.state.card("own").pin == "9999"


def test_the_cards_cas_are_among_the_keys_that_hosts_hand_out() -> None:
    """Each certificate of a shipped card names a key of `fixtures/emv/capks.toml`, whose check sum is right."""
    keys = {}
    for row in tomllib.loads((fixtures_dir() / "emv" / "capks.toml").read_text(encoding="utf-8"))["capk"]:
        tags = {item.tag: item.value for item in parse_tlv(bytes.fromhex("".join(row["tlv"].split())), "capk")}
        digest = sha1(tags[0x9F06] + tags[0x9F22] + tags[0xDF02] + tags[0xDF04]).digest()
        assert digest == tags[0xDF03]
        keys[tags[0x9F06], tags[0x9F22]] = tags
    for name in ("debit", "foreign", "pboc-test", "sda"):
        application = load_chip(name).applications[0]
        indexes = [record.partition(bytes.fromhex("8F01"))[2][:1] for record in application.records.values()]
        index = next(found for found in indexes if found)
        assert (application.aid[:5], index) in keys, name
