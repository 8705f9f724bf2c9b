"""Answers to reset: characters by ISO/IEC 7816-3, EMV's rules for cold and warm ones, refusals with their character."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.emv.atr import Atr, Group, build_atr, contact_atr, contactless_atr, parse_atr
from protocols.emv.atr_rules import emv_findings, storage_card
from protocols.errors import DecodeError, EncodeError


def outcome(data: bytes) -> tuple[int, bytes]:
    """Where the octets are refused, or what is built of them."""
    try:
        return -1, parse_atr(data).build()
    except DecodeError as error:
        return error.offset, b""


def octets(text: str) -> bytes:
    return bytes.fromhex(text)


def test_the_characters_of_a_full_one() -> None:
    atr = parse_atr(octets("3BF41300FFD0000A3F0300DEADBEEFDC"))
    assert [atr.character(letter, 1) for letter in "ABC"] == [0x13, 0x00, 0xFF]
    assert (atr.character("A", 2), atr.character("C", 2)) == (0x00, 0x0A)
    assert (atr.protocols, atr.specific_mode) == ((0,), True)
    assert (atr.fi, atr.di, atr.voltage_classes) == (372, 4, "AB")
    assert atr.historical == octets("DEADBEEF")


def test_speeds_of_the_standard() -> None:
    """ISO/IEC 7816-3 tables 7 and 8: F = 372, D = 12, 5 MHz."""
    atr = parse_atr(octets("3BDA18FF81B1FE751F030031F573C78A40009000B0"))
    assert (atr.fi, atr.di, atr.baud_max) == (372, 12, 5_000_000 * 12 // 372)
    assert atr.first("A", 1) == 0xFE
    assert atr.first("B", 1) == 0x75
    reserved = parse_atr(build_atr((Group(ta=0x7F),)))
    assert (reserved.fi, reserved.di, reserved.baud_max) == (None, None, None)


def test_the_atrs_that_posrigs_cards_use() -> None:
    """As emv-utils accepts them (vectors `emv-t1-made`, `boc-debit`)."""
    assert contact_atr(1) == octets("3BE000008131FE45EB")
    assert contact_atr(0, octets("80650849048653000000000000")) == octets("3B6D000080650849048653000000000000")
    assert contactless_atr(octets("804F0CA0000003060300010000000000")[:15]) == octets(
        "3B8F8001804F0CA000000306030001000000006A"
    )
    for protocol in (0, 1):
        assert emv_findings(parse_atr(contact_atr(protocol, b"posrig"))) == ()


def test_contactless() -> None:
    storage = parse_atr(octets("3B8F8001804F0CA000000306030001000000006A"))
    assert storage.contactless
    found = storage_card(storage)
    assert found is not None
    assert "MIFARE Classic 1K" in found.en
    payment = parse_atr(contactless_atr(octets("8031C0")))
    assert payment.contactless
    assert storage_card(payment) is None
    assert not parse_atr(contact_atr(1)).contactless


@pytest.mark.parametrize(
    ("data", "path", "offset"),
    [
        ("", "ATR/TS", 0),
        ("00", "ATR/TS", 0),
        ("3B", "ATR/T0", 1),
        ("3BF0", "ATR/TA1", 2),
        ("3B6000", "ATR/TC1", 3),
        ("3BE00000", "ATR/TD1", 4),
        ("3BE0000081", "ATR/TD2", 5),
        ("3B6200004A", "ATR/T1", 5),
        ("3BE000008131FE45", "ATR/TCK", 8),
        ("3BE000008131FE4500", "ATR/TCK", 8),
        ("3B60000000", "end", 4),
        ("3BFF", "ATR/TA1", 2),
        ("3F", "ATR/T0", 1),
        ("3B" + "00" * 40, "ATR", 33),
    ],
)
def test_garbage_is_refused_where_it_begins(data: str, path: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        parse_atr(octets(data))
    assert (caught.value.path, caught.value.offset) == (path, offset)


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ((Group(tb=0x25, tc=0),), "TB1"),
        ((Group(tc=0),), "TB1"),
        ((Group(ta=0x96, tb=0),), "TA1"),
        ((Group(tb=0, tc=2),), "TC1"),
        ((Group(tb=0), Group(protocol=14)), "T=14"),
        ((Group(tb=0), Group(protocol=0), Group(protocol=1)), "TD2"),
        ((Group(ta=0x11, tb=0), Group(ta=0x01, protocol=0)), "TA2 names another"),
        ((Group(ta=0x11, tb=0), Group(ta=0x10, protocol=0)), "implicit"),
        ((Group(tb=0), Group(tb=0, protocol=0)), "TB2"),
        ((Group(tb=0), Group(tc=0x0B, protocol=0)), "TC2"),
        ((Group(tb=0), Group(protocol=1)), "TB3"),
        ((Group(tb=0), Group(protocol=1), Group(ta=0x0F, tb=0x45, protocol=1)), "IFSC"),
        ((Group(tb=0), Group(protocol=1), Group(tb=0x55, protocol=1)), "BWI"),
        ((Group(tb=0), Group(protocol=1), Group(tb=0x46, protocol=1)), "CWI"),
        ((Group(tb=0), Group(protocol=1), Group(tb=0x45, tc=1, protocol=1)), "TC3"),
    ],
)
def test_what_emv_objects_to(groups: tuple[Group, ...], words: str) -> None:
    found = emv_findings(parse_atr(build_atr(groups)))
    assert len(found) == 1
    assert words in found[0].en


def test_tb1_of_a_warm_atr_is_free() -> None:
    atr = parse_atr(build_atr((Group(tb=0x25, tc=0x00),)))
    assert emv_findings(atr) != ()
    assert emv_findings(atr, warm=True) == ()


OCTET = st.integers(0, 255)
MAYBE = st.none() | OCTET
GROUPS = st.tuples(
    st.builds(Group, MAYBE, MAYBE, MAYBE, st.none()),
    st.lists(st.builds(Group, MAYBE, MAYBE, MAYBE, st.integers(0, 15)), max_size=3),
).map(lambda pair: (pair[0], *pair[1]))


@settings(max_examples=60)
@given(GROUPS, st.binary(max_size=15), st.sampled_from([0x3B, 0x3F]))
def test_an_atr_survives(groups: tuple[Group, ...], historical: bytes, ts: int) -> None:
    made = build_atr(groups, historical, ts)
    atr = parse_atr(made)
    assert (atr.ts, atr.groups, atr.historical) == (ts, groups, historical)
    assert atr.build() == made
    assert atr.protocols
    emv_findings(atr)


@settings(max_examples=100)
@given(st.binary(max_size=34), st.booleans())
def test_any_octets_are_an_atr_or_refused(data: bytes, started: bool) -> None:
    data = b"\x3b" + data if started else data
    place, built = outcome(data)
    assert built == data if built else 0 <= place <= len(data)


@pytest.mark.parametrize(
    "wrong",
    [
        Atr(0x3C, (Group(),), b"", None),
        Atr(0x3B, (), b"", None),
        Atr(0x3B, (Group(ta=256),), b"", None),
        Atr(0x3B, (Group(), Group()), b"", None),
        Atr(0x3B, (Group(protocol=1),), b"", None),
        Atr(0x3B, (Group(),), bytes(16), None),
        Atr(0x3B, (Group(1, 2, 3), *(Group(1, 2, 3, 1),) * 5), bytes(15), None),
    ],
)
def test_what_cannot_be_an_atr_is_not_built(wrong: Atr) -> None:
    with pytest.raises(EncodeError):
        wrong.build()
