"""The activation profile against its definition: F59 = A2 {01..05} + A8, F62 = DF8101 to DF8108."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import DecodeError, EncodeError
from protocols.tlv import Tlv
from protocols.unionpay.activation import (
    STAGE_TEXTS,
    STATE_TEXTS,
    TAG_NAMES,
    ActivationRequest,
    ActivationState,
    Stage,
    State,
    build_request,
    build_state,
    parse_request,
    parse_state,
)
from protocols.unionpay.dialect import CUP

REQUEST = (
    b"A2060"
    b"01002" b"04"
    b"02015" b"000001040000123"
    b"03006" b"000012"
    b"04008" b"1A2B3C4D"
    b"05004" b"1.02"
    b"A8008" b"12345678"
)  # fmt: skip


def test_request_by_hand() -> None:
    record = ActivationRequest("04", "000001040000123", "000012", "1A2B3C4D", "1.02", "12345678")
    assert build_request(record, CUP) == REQUEST
    assert parse_request(REQUEST, CUP) == record


def test_request_without_code() -> None:
    assert parse_request(REQUEST[:65], CUP).code == ""


@pytest.mark.parametrize(
    "value",
    [
        b"",
        REQUEST[:-1],
        REQUEST[65:],  # no A2
        REQUEST + b"A3001X",
        REQUEST[65:] + REQUEST[:65],  # A8 first
        REQUEST[:65] + b"A8000",  # an empty code is written by leaving A8 out
        b"A2053" + REQUEST[12:65],  # 01 is missing
        b"A2060" + REQUEST[12:65] + REQUEST[5:12],  # 01 behind 05
        b"A2067" + REQUEST[5:12] + REQUEST[5:65],  # 01 twice
    ],
)
def test_request_of_another_form(value: bytes) -> None:
    with pytest.raises(DecodeError):
        parse_request(value, CUP)


def test_refusals_by_hand() -> None:
    """In review at the bank for 2 days and 3 hours; a wrong code with two tries left; an expired code with its date."""
    review = bytes.fromhex("DF810109") + b"in_review" + bytes.fromhex("DF81020D") + b"bank_approval"
    review += bytes.fromhex("DF81030400003060")
    assert parse_state(review, CUP) == ActivationState(State.IN_REVIEW, Stage.BANK_APPROVAL, age_minutes=3060)
    wrong = bytes.fromhex("DF81010A") + b"code_wrong" + bytes.fromhex("DF81080102")
    assert build_state(ActivationState(State.CODE_WRONG, tries_left=2), CUP) == wrong
    expired = bytes.fromhex("DF81010C") + b"code_expired" + bytes.fromhex("DF810706202608312359")
    assert parse_state(expired, CUP).valid_until == "202608312359"
    items = bytes.fromhex("DF81010A") + b"incomplete" + bytes.fromhex("DF81040F") + b"licence,id_card"
    assert parse_state(items, CUP).item_codes == ("licence", "id_card")


def test_unknown_state_and_tag_are_kept() -> None:
    value = bytes.fromhex("DF810103") + b"odd" + bytes.fromhex("DF81090158")
    got = parse_state(value, CUP)
    assert (got.state, isinstance(got.state, State), got.extra) == ("odd", False, (Tlv(0xDF8109, b"X"),))
    assert build_state(got, CUP) == value


@pytest.mark.parametrize(
    "tail",
    [
        "DF8103030030",  # three octets where n8 is wanted
        "DF8103040000306A",  # no digit
        "DF81080102DF81080102",  # twice
        "DF81080102DF81030400003060",  # order
        "DF8108810102",  # a longer length form
        "DF81",
    ],
)
def test_state_of_another_form(tail: str) -> None:
    with pytest.raises(DecodeError):
        parse_state(bytes.fromhex("DF810105") + b"draft" + bytes.fromhex(tail), CUP)


def test_state_is_not_optional() -> None:
    with pytest.raises(DecodeError, match="DF8101"):
        parse_state(bytes.fromhex("DF81080102"), CUP)


@pytest.mark.parametrize(
    "record",
    [
        ActivationState(State.DRAFT, age_minutes=100_000_000),
        ActivationState(State.DRAFT, tries_left=-1),
        ActivationState(State.DRAFT, tries_left=100),
        ActivationState(State.DRAFT, valid_until="2026"),
        ActivationState(State.DRAFT, case_number="案件"),
    ],
)
def test_state_out_of_range(record: ActivationState) -> None:
    with pytest.raises(EncodeError):
        build_state(record, CUP)


def test_request_out_of_range() -> None:
    with pytest.raises(EncodeError):
        build_request(ActivationRequest("04", "S" * 51, "", "", ""), CUP)
    with pytest.raises(EncodeError):
        build_request(ActivationRequest("04", "S", "", "", "", "1" * 33), CUP)


def test_every_state_and_stage_and_tag_has_words() -> None:
    assert set(STATE_TEXTS) == set(State)
    assert set(STAGE_TEXTS) == set(Stage)
    assert sorted(TAG_NAMES) == list(range(0xDF8101, 0xDF8109))


WORDS = st.text(st.characters(codec="latin-1"), max_size=20)
ITEM_CODES = st.lists(st.text("abcdefgh_", min_size=1, max_size=10), max_size=5).map(tuple)


@given(
    st.builds(
        ActivationRequest, st.sampled_from(("01", "02", "03", "04", "05")), WORDS, WORDS, WORDS, WORDS, WORDS
    )
)  # fmt: skip
def test_request_round_trip(record: ActivationRequest) -> None:
    assert parse_request(build_request(record, CUP), CUP) == record


@given(
    st.builds(
        ActivationState,
        st.sampled_from(State),
        st.none() | st.sampled_from(Stage),
        st.none() | st.integers(0, 99_999_999),
        ITEM_CODES,
        st.none() | WORDS,
        st.none() | WORDS,
        st.none() | st.integers(0, 10**12 - 1).map("{:012d}".format),
        st.none() | st.integers(0, 99),
    )
)
def test_state_round_trip(record: ActivationState) -> None:
    assert parse_state(build_state(record, CUP), CUP) == record


@given(st.binary(max_size=60) | st.binary(max_size=30).map(lambda tail: bytes.fromhex("DF81010131") + tail))
def test_any_octets_rebuild_or_are_refused(value: bytes) -> None:
    try:
        record = parse_state(value, CUP)
    except DecodeError:
        return
    assert build_state(record, CUP) == value


@given(st.integers(0, len(REQUEST) - 1), st.integers(0, 255))
def test_damaged_request_rebuilds_or_is_refused(at: int, octet: int) -> None:
    value = REQUEST[:at] + bytes([octet]) + REQUEST[at + 1 :]
    try:
        record = parse_request(value, CUP)
    except DecodeError:
        return
    assert build_request(record, CUP) == value
