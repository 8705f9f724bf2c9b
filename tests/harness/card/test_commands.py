"""What a card refuses, what it remembers, what it decides (EMV Book 1 clause 11, Book 3 clauses 6.5 and 10.8)."""

from __future__ import annotations

import pytest

from harness.card.files import chip_names
from harness.card.issuing import rsa_key
from protocols.emv import certificates, oda
from protocols.emv.afl import records_of
from protocols.emv.apdu import Command
from protocols.emv.commands import PPSE, PSE, read_record, select
from protocols.emv.cryptograms import verify_cryptogram
from protocols.emv.dol import fill_dol
from protocols.emv.gpo import AcAnswer, parse_ac, parse_gpo, parse_signature
from protocols.emv.issuer_data import Cvr
from protocols.emv.records import signed_octets
from protocols.tlv import parse_tlv

from .reader import TOLD, Reader, arpc
from .talks import AID, RIGHT, ready, verification


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("00", None),
        ("00A404000A1122", 0x6700),
        ("00A4040002A000", 0x6700),
        ("00A4000002A000", 0x6A86),
        ("00A4040007A000000999999900", 0x6A82),
        ("00B2010C00", 0x9000),
        ("00B2050C00", 0x6A83),
        ("00B2014C00", 0x6A82),
        ("00B2010800", 0x6A86),
        ("00B2000C00", 0x6A86),
        ("80B2010C00", 0x6E00),
        ("00CA9F3600", 0x6E00),
        ("80CA9F3600", 0x9000),
        ("80CA9F3605", 0x9000),
        ("80CA9F3602", 0x6C05),
        ("80CA9F2600", 0x6A88),
        ("80A80000028300", 0x6985),
        ("00FE000000", 0x6D00),
        ("00C0000010", 0x6D00),
        ("A0A40000023F00", 0x6E00),
        ("FFCA000000", 0x6E00),
        ("80AE8000", 0x6700),
        ("80AEC00000", 0x6A86),
        ("80AE8100", 0x6A86),
        ("0082000008" + "00" * 8, 0x6985),
        ("0020000008" + "26123456FFFFFFFF", 0x6A86),
        ("0020008007" + "26123456FFFFFF", 0x6700),
        ("002000880826123456FFFFFFFF", 0x6700),
        ("008400000000", 0x6700),
        ("0084000000", 0x9000),
        ("0088000003010203", 0x6700),
        ("841E000004" + "00" * 4, 0x6985),
        ("001E000004" + "00" * 4, 0x6E00),
    ],
)
def test_status_words_behind_get_processing_options(command: str, sw: int | None) -> None:
    """None: the octets are no command at all, which a card answers like a wrong length."""
    assert ready().send(command).sw == (sw or 0x6700)


@pytest.mark.parametrize("command", ["80A80000028300", "00B2010C00", "80CA9F3600", RIGHT, "80AE8000", "0084000000"])
def test_nothing_but_select_before_select(command: str) -> None:
    reader = Reader()
    reader.put_in("debit")
    assert reader.send(command).sw == 0x6985


@pytest.mark.parametrize(
    ("data", "sw"), [("8300", 0x6700), ("83020156", 0x6700), ("820301560000", 0x6A80), ("83", 0x6A80), ("", 0x6A80)]
)
def test_the_pdol_is_checked(data: str, sw: int) -> None:
    reader = Reader()
    reader.put_in("credit")
    reader.send(select(reader.chip("credit").applications[0].aid))
    assert reader.send(Command(0x80, 0xA8, 0, 0, bytes.fromhex(data), 256)).sw == sw
    assert reader.ask("status", card="credit")["atc"] == 0


def test_part_of_an_aid_selects_one_after_the_other() -> None:
    reader = Reader()
    reader.put_in("two-applications")
    found = [reader.send(select(AID[:7], next_one=bool(number))) for number in range(3)]
    assert [answer.sw for answer in found] == [0x9000, 0x9000, 0x6A82]
    assert AID in found[0].data and AID[:7] + b"\x02" in found[1].data
    assert reader.send(select(AID[:7], next_one=True)).sw == 0x6A82
    assert reader.send(select(AID[:6], next_one=True)).sw == 0x6A82


def test_directories_belong_to_their_interface() -> None:
    reader = Reader()
    for how, own, other in (("insert", PSE, PPSE), ("tap", PPSE, PSE)):
        reader.put_in("debit", how)
        assert (reader.send(select(own)).sw, reader.send(select(other)).sw) == (0x9000, 0x6A82)
        reader.take_out()
    reader.put_in("no-pse")
    assert reader.send(select(PSE)).sw == 0x6A82
    assert reader.send(select(AID)).ok
    reader.take_out()
    reader.put_in("no-pse", "tap")
    assert reader.send(select(PPSE)).sw == reader.send(select(AID)).sw == 0x6A82


def test_the_directory_lists_by_priority() -> None:
    reader = Reader()
    reader.put_in("two-applications")
    reader.send(select(PSE))
    first, second = (reader.send(read_record(1, number)).data for number in (1, 2))
    assert AID[:7] + b"\x02" in first and AID in second


def test_a_blocked_card_selects_nothing_and_does_nothing() -> None:
    reader = Reader()
    assert reader.put_in("blocked")
    assert reader.send(select(PSE)).sw == reader.send(select(AID)).sw == 0x6A81
    assert reader.send("80CA9F3600").sw == 0x6985


def test_a_blocked_application_gives_nothing_but_aac() -> None:
    """EMV Book 3 clause 6.5.1."""
    reader = Reader()
    reader.put_in("blocked-application")
    answer = reader.send(select(AID))
    assert answer.sw == 0x6283 and answer.data
    assert reader.send("80A80000028300").ok
    for p1 in (0x80, 0x40):
        reader = Reader()
        reader.begin("blocked-application")
        assert parse_ac(reader.generate("blocked-application", p1).data).cid == 0x00


@pytest.mark.parametrize("name", sorted(set(chip_names()) - {"blocked"}))
def test_every_card_signs_and_computes_as_it_says(name: str) -> None:
    """Offline data authentication and the first cryptogram of every card that is shipped."""
    reader = Reader()
    options = parse_gpo(reader.begin(name).data)
    application = reader.chip(name).applications[0]
    objects: dict[int, bytes] = {}
    static = []
    for place in records_of(options.afl):
        octets = reader.send(read_record(place.sfi, place.record)).data
        static += [signed_octets(place.sfi, octets)] if place.signed else []
        (template,) = parse_tlv(octets, "70")
        objects |= {item.tag: item.value for item in parse_tlv(template.value, "70")}
    assert objects[0x5A].hex().rstrip("f") == application.pan
    if 0x90 in objects and name != "pboc-test":  # whose CA is not ours
        _authenticated(reader, objects, oda.static_data("icc", static, objects[0x9F4A], options.aip), application.pan)
    answer = parse_ac(reader.generate(name, 0x80).data)
    assert answer.cid == (0x00 if name == "blocked-application" else 0x80)
    values = {**TOLD, 0x82: options.aip, 0x9F36: answer.atc, 0x9F10: answer.issuer_data}
    assert verify_cryptogram(application.scheme, application.keys.ac, values, answer.cryptogram)


def _authenticated(reader: Reader, objects: dict[int, bytes], static: bytes, pan: str) -> None:
    today, un = TOLD[0x9A], TOLD[0x9F37]
    issuer = certificates.issuer_key(rsa_key("ca").public, objects[0x90], objects[0x92], objects[0x9F32], pan, today)
    if 0x93 in objects:
        oda.verify_sda(issuer, objects[0x93], static)
        assert reader.send("0088000004" + un.hex() + "00").sw == 0x6D00
        return
    icc = certificates.icc_key(issuer, objects[0x9F46], objects[0x9F48], objects[0x9F47], static, pan, today)
    oda.verify_dda(icc, parse_signature(reader.send("0088000004" + un.hex() + "00").data), un)


def test_cda_covers_what_was_said_both_times() -> None:
    reader = Reader()
    reader.begin("cda")
    application = reader.chip("cda").applications[0]
    assert application.icc_key is not None
    said = reader.generate("cda", 0x90)
    first = parse_ac(said.data)
    covered = fill_dol(application.cdol1, TOLD)
    combined = oda.verify_cda(
        application.icc_key.public, first.signed_data, TOLD[0x9F37], covered + first.hashed, first.cid
    )
    told = {**TOLD, 0x91: arpc(reader, "cda", AcAnswer(first.cid, first.atc, combined.ac, b"", b"", ()))}
    second = parse_ac(reader.generate("cda", 0x50, second=True, told=told).data)
    assert second.cid == 0x40 and not verification(second) & Cvr.ISSUER_AUTHENTICATION_FAILED
    covered += fill_dol(application.cdol2, told)
    oda.verify_cda(application.icc_key.public, second.signed_data, TOLD[0x9F37], covered + second.hashed, second.cid)
