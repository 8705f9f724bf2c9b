"""Bit tables, CVM lists, issuer application data, codes: values by the specifications, round trips, refusals."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.emv.bits import Bits
from protocols.emv.cvm import CvmList, CvmMethod, CvmResults, CvmRule, parse_cvm_list, parse_cvm_results
from protocols.emv.flags import AdditionalCapabilities, Aip, Auc, Ctq, TerminalCapabilities, Tsi, Ttq, Tvr
from protocols.emv.issuer_data import Cvr, parse_issuer_data
from protocols.emv.meanings import BIT_TABLES, joined, meanings_of, strict_meanings
from protocols.emv.tags import TAGS
from protocols.errors import DecodeError, EncodeError

TABLES: tuple[type[Bits], ...] = (Aip, Tvr, Tsi, Auc, TerminalCapabilities, AdditionalCapabilities, Ttq, Ctq, Cvr)


def said(tag: int, octets: str) -> list[str]:
    return [text.en for _, text in meanings_of(tag, bytes.fromhex(octets))]


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_each_bit_once_within_its_octets(table: type[Bits]) -> None:
    everything = bytes([0xFF] * table.OCTETS)
    assert table.of(everything).octets() == everything
    members = list(table)
    assert len({member.octets() for member in members}) == len(members)
    assert all(sum(octet.bit_count() for octet in member.octets()) == 1 for member in members)
    assert len({member.text.en for member in members}) == len(members)
    assert len({member.text.zh for member in members}) == len(members)
    assert table.none().rows() == ()


@pytest.mark.parametrize(
    ("flag", "octets"),
    [
        (Tvr.ODA_NOT_PERFORMED, "8000000000"),
        (Tvr.EXPIRED_APPLICATION, "0040000000"),
        (Tvr.ONLINE_CVM, "0000040000"),
        (Tvr.MERCHANT_FORCED_ONLINE, "0000000800"),
        (Tvr.ISSUER_AUTHENTICATION_FAILED, "0000000040"),
        (Tsi.SCRIPT_PROCESSING, "0400"),
        (Aip.ISSUER_AUTHENTICATION, "0400"),
        (Auc.NOT_AT_ATM, "0100"),
        (TerminalCapabilities.NO_CVM, "000800"),
        (AdditionalCapabilities.CODE_TABLE_1, "0000000001"),
        (Ttq.QPBOC, "20000000"),
        (Ttq.CVM_REQUIRED, "00400000"),
        (Ctq.ONLINE_PIN_REQUIRED, "8000"),
        (Ctq.CONSUMER_DEVICE_CVM_PERFORMED, "0080"),
    ],
)
def test_flags_stand_where_the_specifications_put_them(flag: Bits, octets: str) -> None:
    """EMV Book 3 Annex C, Book 4 Annex A; PBOC 3.0 part 12 for TTQ and CTQ."""
    assert flag.octets() == bytes.fromhex(octets)


def test_flags_are_set_asked_and_cleared_by_name() -> None:
    tvr = Tvr.none() | Tvr.NEW_CARD | Tvr["UNKNOWN_CVM"]
    assert tvr.octets() == bytes.fromhex("0008400000")
    assert Tvr.NEW_CARD in tvr
    assert (tvr & ~Tvr.NEW_CARD).octets() == bytes.fromhex("0000400000")
    assert [place for place, _ in tvr.rows()] == ["2.4", "3.7"]


def test_a_bit_without_a_name_is_kept_and_said() -> None:
    tsi = Tsi.of(bytes.fromhex("8001"))
    assert [text.en for text in tsi.texts()] == ["Offline data authentication was performed", "RFU bit 2.1"]
    assert (tsi | Tsi.SCRIPT_PROCESSING).octets() == bytes.fromhex("8401")
    aip = Aip.of(bytes.fromhex("A001"))
    assert (aip & ~Aip.DDA).octets() == bytes.fromhex("8001"), "bit 8 of octet 1 is to the left of every name"


@pytest.mark.parametrize("octets", ["", "80000000", "800000000000"])
def test_another_length_is_refused(octets: str) -> None:
    with pytest.raises(DecodeError, match="5 octets are wanted"):
        Tvr.of(bytes.fromhex(octets))
    assert meanings_of(0x95, bytes.fromhex(octets)) == ()


@settings(max_examples=50)
@given(st.sampled_from(TABLES), st.data())
def test_bits_survive(table: type[Bits], data: st.DataObject) -> None:
    octets = data.draw(st.binary(min_size=table.OCTETS, max_size=table.OCTETS))
    value = table.of(octets)
    assert value.octets() == octets
    assert len(value.rows()) == sum(octet.bit_count() for octet in octets)


def test_a_cvm_list_with_amounts() -> None:
    found = parse_cvm_list(bytes.fromhex("000000C8000001F4" + "4106" + "1F09"))
    assert found == CvmList(200, 500, (CvmRule(0x41, 6), CvmRule(0x1F, 9)))
    assert (found.rules[0].method, found.rules[0].continues) == (CvmMethod.PLAIN_PIN, True)
    assert said(0x8E, "000000C8000001F441061F09")[:2] == ["X = 200", "Y = 500"]


@pytest.mark.parametrize(
    ("octets", "offset"), [("", 0), ("00000000000000", 7), ("0000000000000000" + "42", 8), ("00" * 254, 252)]
)
def test_half_a_cvm_list_is_refused(octets: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        parse_cvm_list(bytes.fromhex(octets))
    assert caught.value.offset == offset


def test_cvm_values_out_of_range() -> None:
    with pytest.raises(EncodeError):
        CvmList(1 << 32, 0, ()).build()
    with pytest.raises(EncodeError):
        CvmList(0, 0, (CvmRule(256, 0),)).build()
    with pytest.raises(DecodeError):
        parse_cvm_results(b"\x1e\x03")
    assert [text.en for text in CvmResults(0x17, 0x55, 9).texts()] == [
        "Unknown CVM 17",
        "Unknown condition 55",
        "Unknown result 09",
    ]


@settings(max_examples=40)
@given(
    st.binary(min_size=8, max_size=40).filter(lambda octets: len(octets) % 2 == 0), st.binary(min_size=3, max_size=3)
)
def test_cvm_data_survive(octets: bytes, results: bytes) -> None:
    assert parse_cvm_list(octets).build() == octets
    assert parse_cvm_results(results).build() == results


def test_issuer_data_of_the_published_pboc_example() -> None:
    """CVN 01 with 3DES: the CVR 03A04002 is what enters its cryptogram."""
    octets = bytes.fromhex("07000103A04002010A010000001000D1F61152")
    data = parse_issuer_data(octets)
    assert data is not None
    assert (data.layout, data.key_index, data.version, data.algorithm) == ("pboc", 0, 1, 1)
    assert data.cvr_octets.hex().upper() == "03A04002"
    assert data.build() == octets
    assert said(0x9F10, octets.hex()) == [
        "Derivation key index 00",
        "Cryptogram version number 01",
        "Second GENERATE AC: not requested",
        "First GENERATE AC returned ARQC",
        "PIN Try Limit exceeded",
        "Offline dynamic data authentication performed",
        "Algorithm 01: 3DES",
    ]


@pytest.mark.parametrize("octets", ["", "0110A00003220000000000000000000000FF", "0701010304", "06011204A0B800"])
def test_issuer_data_of_others_stay_octets(octets: str) -> None:
    assert parse_issuer_data(bytes.fromhex(octets)) is None
    assert said(0x9F10, octets) == []


@settings(max_examples=40)
@given(st.sampled_from([b"\x07", b"\x06"]), st.binary(min_size=2, max_size=2), st.binary(min_size=4, max_size=24))
def test_issuer_data_survive(length: bytes, keys: bytes, rest: bytes) -> None:
    octets = length + keys + b"\x03" + rest
    data = parse_issuer_data(octets)
    assert data is not None
    assert data.build() == octets


@pytest.mark.parametrize(
    ("tag", "octets", "words"),
    [
        (0x9F27, "80", ["ARQC, online wanted"]),
        (0x9F27, "0A", ["AAC, declined", "Advice required", "PIN Try Limit exceeded"]),
        (0x9F27, "8080", []),
        (0x9F35, "22", ["Merchant, attended, offline with online capability"]),
        (0x9F35, "14", ["Financial institution, unattended, online only"]),
        (0x9F35, "77", ["Unknown value 77"]),
        (0x9C, "20", ["Refund"]),
        (0x9C, "77", ["Unknown value 77"]),
        (0x5F30, "0220", ["International, with a chip that is to be used", "Authorised by the issuer, online",
                          "No restrictions, PIN required"]),
        (0x8A, "3030", ["00"]),
        (0x50, "50424F43204372656469740000", ["PBOC Credit"]),
        (0x5F20, "D6D0B9FA", ["中国"]),
        (0x9F12, "0001", []),
        (0x94, "080103010801", []),
        (0x9F38, "9F3704", ["9F37 Unpredictable number, 4 octets"]),
        (0x9F26, "1122334455667788", []),
        (0xDFEE, "41", []),
    ],
)  # fmt: skip
def test_values_in_words(tag: int, octets: str, words: list[str]) -> None:
    assert said(tag, octets) == words


def test_one_line_of_it_all() -> None:
    found = joined(meanings_of(0x95, bytes.fromhex("0080008000")))
    assert found is not None
    assert found.zh == "IC 卡和终端应用版本不一致；交易超过最低限额"
    assert joined(()) is None


@settings(max_examples=100)
@given(st.sampled_from(sorted(TAGS)), st.binary(max_size=40))
def test_no_value_breaks_the_words(tag: int, value: bytes) -> None:
    for place, text in meanings_of(tag, value):
        assert not place or place[0] in "123456789XYC"
        assert text.en


def test_the_strict_reading_says_what_is_wrong() -> None:
    with pytest.raises(DecodeError, match="8E"):
        strict_meanings(0x8E, b"\x00")
    assert all(table.OCTETS == TAGS[tag].most == TAGS[tag].least for tag, table in BIT_TABLES.items())
