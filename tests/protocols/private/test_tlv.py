"""BER-TLV: EMV Book 3 Annex B, and values of published messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import DecodeError, EncodeError
from protocols.tlv import MAX_ITEMS, Tlv, build_tlv, find_tlv, parse_tlv

PATH = "F55"


def legal_tags() -> st.SearchStrategy[int]:
    """Tags whose continuation bits are right, one to four octets."""
    one = st.integers(0, 0xFF).filter(lambda t: t & 0x1F != 0x1F)
    first = st.integers(0, 7).map(lambda n: n << 5 | 0x1F)
    middle = st.lists(st.integers(0x80, 0xFF), max_size=2)
    many = st.builds(lambda f, m, e: int.from_bytes(bytes([f, *m, e]), "big"), first, middle, st.integers(0, 0x7F))
    return one | many


TLVS = st.builds(Tlv, legal_tags(), st.binary(max_size=300))


def test_reply_of_yuantu_sale() -> None:
    """Source: unionpay vectors, id yuantu-sale-resp, F55."""
    items = parse_tlv(bytes.fromhex("9F3602031E910A42FE066E2918B0883030"), PATH)
    assert [(i.tag_hex, i.value.hex().upper()) for i in items] == [("9F36", "031E"), ("91", "42FE066E2918B0883030")]
    assert find_tlv(items, 0x91) == bytes.fromhex("42FE066E2918B0883030")
    assert find_tlv(items, 0x71) is None


@pytest.mark.parametrize(
    ("size", "head"),
    [(0x00, "9F1000"), (0x7F, "9F107F"), (0x80, "9F108180"), (0xFF, "9F1081FF"), (0x100, "9F10820100")],
)
def test_length_forms(size: int, head: str) -> None:
    """EMV Book 3 B.2: short form to 127, then 81, then 82."""
    value = bytes(size)
    assert build_tlv([Tlv(0x9F10, value)]) == bytes.fromhex(head) + value
    assert parse_tlv(bytes.fromhex(head) + value, PATH) == (Tlv(0x9F10, value),)


def test_longer_length_form_is_kept() -> None:
    data = bytes.fromhex("5A81021234")
    (item,) = parse_tlv(data, PATH)
    assert (item.value, item.length_octets) == (b"\x12\x34", 1)
    assert build_tlv([item]) == data


def test_three_octet_tag_and_template() -> None:
    first, second = parse_tlv(bytes.fromhex("DF81010131" + "72030102AA"), PATH)
    assert (first.tag, first.value) == (0xDF8101, b"1")
    assert second.constructed and not first.constructed


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        ("9F", 0),  # the tag is cut off
        ("9F8080808001", 0),  # five octets of tag
        ("9F36", 2),  # no length
        ("9F360203", 3),  # value cut off: GreedyRange would return a shorter list
        ("9F3602031E9F10", 7),
        ("9F3680", 2),  # indefinite form
        ("9F3683000001AA", 2),
        ("9F3682AA", 3),
    ],
)
def test_cut_off_lists_are_errors(data: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        parse_tlv(bytes.fromhex(data), PATH)
    assert caught.value.offset == offset
    assert caught.value.path.startswith(PATH)


def test_number_of_items_is_capped() -> None:
    assert len(parse_tlv(bytes.fromhex("8200") * MAX_ITEMS, PATH)) == MAX_ITEMS
    with pytest.raises(DecodeError, match=str(MAX_ITEMS)):
        parse_tlv(bytes.fromhex("8200") * (MAX_ITEMS + 1), PATH)


@pytest.mark.parametrize(
    "item", [Tlv(0x9F, b""), Tlv(0x8210, b""), Tlv(-1, b""), Tlv(0x82, bytes(70000)), Tlv(0x82, bytes(200), 3)]
)
def test_illegal_objects_are_not_built(item: Tlv) -> None:
    with pytest.raises(EncodeError):
        build_tlv([item])


@given(st.lists(TLVS, max_size=8))
def test_round_trip(items: list[Tlv]) -> None:
    assert parse_tlv(build_tlv(items), PATH) == tuple(items)


@given(st.binary(max_size=80))
def test_any_octets_rebuild_or_are_refused(data: bytes) -> None:
    try:
        items = parse_tlv(data, PATH)
    except DecodeError:
        return
    assert build_tlv(items) == data
