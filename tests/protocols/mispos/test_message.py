"""Register interface, dialect B: worked examples from the layout of gsccs/mispos-client, and properties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import DecodeError, EncodeError
from protocols.mispos.dialect_b import tags
from protocols.mispos.dialect_b.message import (
    DATA_OCTETS_MAX,
    MisposMessage,
    build,
    message,
    parse,
)

# Data part of frames written out by hand from CommDataManager.java (2-octet tag, 2-octet binary length).
SIGN_IN = bytes.fromhex("9f00000541505030319f01000101")
SALE = bytes.fromhex("9f00000541505030319f010001029f02000c3030303030303030303030319f0600023031")
DATA_SEND = bytes.fromhex(
    "9f01000111"
    "9f150016"
    "60000300006031003112140800002000000000c00000"
    "9f160009"
    "3132372e302e302e31"
    "9f170004"
    "38353833"
    "9f18000236"
    "30"
)


def test_examples() -> None:
    assert (parse(SIGN_IN).type, parse(SIGN_IN).text(tags.APPLICATION)) == (1, "APP01")
    sale = parse(SALE)
    assert (sale.type_name, sale.text(tags.AMOUNT), sale.text(tags.OPERATOR)) == ("SALE", "000000000001", "01")
    tunnel = parse(DATA_SEND)
    assert (tunnel.type, tunnel.text(tags.ADDRESS), tunnel.text(tags.PORT), tunnel.text(tags.TIME_LIMIT)) == (
        17,
        "127.0.0.1",
        "8583",
        "60",
    )
    assert tunnel.octets(tags.CONTENT).hex() == "60000300006031003112140800002000000000c00000"
    for data in (SIGN_IN, SALE, DATA_SEND):
        assert build(parse(data)) == data


def test_text_is_gbk() -> None:
    assert message(2, {tags.ERROR_TEXT: "请先签到"}).octets(tags.ERROR_TEXT).hex() == "c7ebcfc8c7a9b5bd"
    with pytest.raises(EncodeError, match="9F02"):
        message(2, {tags.AMOUNT: "１"})


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (SIGN_IN[:-1], "9F01"),
        (SALE[:-3], "9F06"),
        (b"\x9f", "9F.."),
        (SIGN_IN + SIGN_IN[-5:], "9F01"),
        (SALE[:9], "9F01"),
        (bytes.fromhex("df010100"), "DF.."),
        (bytes.fromhex("9f0100020101"), "9F01"),
    ],
)
def test_refused(data: bytes, path: str) -> None:
    with pytest.raises(DecodeError) as caught:
        parse(data)
    assert caught.value.path == path


def test_too_long() -> None:
    with pytest.raises(EncodeError, match="limit"):
        build(message(17, {tags.CONTENT: bytes(DATA_OCTETS_MAX)}))


FIELDS = st.dictionaries(st.sampled_from([t for t in tags.TAGS if t != tags.TYPE]), st.binary(max_size=24), max_size=9)


@given(st.integers(0, 255), FIELDS)
def test_round_trip(kind: int, fields: dict[int, bytes]) -> None:
    original = MisposMessage({tags.TYPE: bytes([kind]), **fields})
    assert parse(build(original)) == original


@given(st.binary(max_size=80))
def test_random_octets_only_raise_our_error(data: bytes) -> None:
    try:
        assert build(parse(data)) == data
    except DecodeError:
        pass


@given(FIELDS)
def test_every_truncation_is_seen(fields: dict[int, bytes]) -> None:
    data = build(message(2, fields))
    whole = parse(data)
    for cut in range(len(data)):
        try:
            assert len(parse(data[:cut]).fields) < len(
                whole.fields
            )  # cut between two tags: a shorter list, LEN sees it
        except DecodeError:
            pass
