"""What goes between a terminal and a chip card must show no card number, no PIN and no name in the trace."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cards import listed_pans
from harness.mask import Masker
from protocols.tlv import Tlv, build_tlv

PAN = "6222021234567890128"
VECTORS = Path(__file__).parents[1] / "protocols" / "vectors" / "emv.json"


def entered(masker: Masker, octets: bytes, direction: str, party: str = "terminal", link: str = "card") -> str:
    data = masker.enter(1, party, "bytes", {"link": link, "dir": direction, "hex": octets.hex().upper()})
    if "hex" in data:
        assert len(data["hex"]) == 2 * len(octets)
    return json.dumps(data)


def record(pan: str) -> bytes:
    track = f"{pan}D30122010000000000"
    return (
        build_tlv(
            [
                Tlv(
                    0x70,
                    build_tlv(
                        [
                            Tlv(0x9F46, bytes.fromhex(f"6A04{pan}F") + bytes(100)),
                            Tlv(0x57, bytes.fromhex(track + "F" * (len(track) % 2))),
                            Tlv(0x5A, bytes.fromhex(pan + "F" * (len(pan) % 2))),
                            Tlv(0x5F20, b"ZHANG SAN/"),
                        ]
                    ),
                )
            ]
        )
        + b"\x90\x00"
    )


@pytest.mark.parametrize(("party", "link", "direction"), [("terminal", "card", "in"), ("card", "c7", "out")])
def test_a_record_of_a_real_card_loses_number_certificate_and_name(party: str, link: str, direction: str) -> None:
    shown = entered(Masker(), record(PAN), direction, party, link)
    assert PAN not in shown and PAN[6:15] not in shown
    assert b"ZHANG".hex().upper() not in shown
    assert "5A" in json.loads(shown)["masked"] and json.loads(shown)["fingerprints"]


def test_a_listed_test_card_stays_whole() -> None:
    octets = record(min(listed_pans(), key=len) if min(map(len, listed_pans())) == 19 else "6212142000000000012")
    assert json.loads(entered(Masker(), octets, "in"))["hex"] == octets.hex().upper()


def test_a_plain_pin_never_enters() -> None:
    shown = entered(Masker(), bytes.fromhex("0020008008241234FFFFFFFFFF"), "out")
    assert "1234FF" not in shown
    assert json.loads(shown)["masked"] == ["PIN"]


def test_a_number_that_no_list_holds_is_hashed() -> None:
    shown = json.loads(entered(Masker(), bytes.fromhex("80A80000118310" + PAN + "F" + "00" * 6), "out"))
    assert "hex" not in shown and shown["length"] == 23


@given(st.from_regex(r"62[0-9]{14,17}", fullmatch=True), st.binary(max_size=40), st.booleans())
def test_no_octets_around_a_number_let_it_through(pan: str, rest: bytes, template: bool) -> None:
    inner = build_tlv([Tlv(0x5A, bytes.fromhex(pan + "F" * (len(pan) % 2))), Tlv(0x9F10, rest)])
    octets = (build_tlv([Tlv(0x77, inner)]) if template else inner) + b"\x90\x00"
    assert pan not in entered(Masker(cards=()), octets, "in")


def test_what_public_cards_answered_keeps_its_length() -> None:
    masker = Masker()
    for one in json.loads(VECTORS.read_text())["apdu"]:
        if one.get("level") == "apdu" and one.get("rapdu"):
            entered(masker, bytes.fromhex(one["capdu"]), "out")
            entered(masker, bytes.fromhex(one["rapdu"]), "in")
