"""The message codec: packing rules as the specification words them, then properties over every dialect."""

from __future__ import annotations

import string
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.fixtures import dialect_names, load_dialect
from protocols.errors import DecodeError, EncodeError
from protocols.fields import BITMAP_PLANS_MAX, Bitmapped, Digits
from protocols.unionpay import Dialect, Header, Message, Requirement, Tpdu, codec_for
from protocols.unionpay.decode import decode
from protocols.unionpay.dialect import MacForm
from protocols.unionpay.fields import FieldSpec, field_table
from protocols.unionpay.header import REQUIREMENT_NAMES
from protocols.unionpay.message import Value

DIALECTS = [load_dialect(name) for name in dialect_names()]
BODY = Dialect(has_tpdu=False, has_header=False)
LATIN = st.characters(min_codepoint=0, max_codepoint=255)
NIBBLES = "0123456789ABCDEF"


def values(spec: FieldSpec) -> st.SearchStrategy[Value]:
    """Any value that the row of the field table allows; lengths kept short so that the tests stay fast."""
    low, high = (0, min(spec.length, 40)) if spec.length_octets else (spec.length, spec.length)
    if spec.format in ("n", "z"):
        text = st.text(string.digits if spec.format == "n" else NIBBLES, min_size=low, max_size=high)
        return text.map(lambda digits: digits[: len(digits) & ~1]) if spec.count_octets else text
    if spec.format == "b" or spec.raw:
        return st.binary(min_size=low, max_size=high)
    return st.text(LATIN, min_size=low, max_size=high)


def hex_text(count: int) -> st.SearchStrategy[str]:
    return st.text(NIBBLES, min_size=count, max_size=count)


@st.composite
def messages(draw: st.DrawFn, dialect: Dialect) -> Message:
    table = field_table(dialect)
    numbers = sorted(draw(st.sets(st.sampled_from(sorted(table)), max_size=20)))
    pads = {n: draw(st.sampled_from(NIBBLES)) for n in numbers if draw(st.integers(0, 9)) == 0}
    requirement = draw(st.sampled_from(Requirement))
    header = Header(draw(hex_text(2)), draw(hex_text(2)), draw(hex_text(1)), requirement, draw(hex_text(6)))
    return Message(
        "0" + draw(st.text(string.digits, min_size=3, max_size=3)),
        {n: draw(values(table[n])) for n in numbers},
        Tpdu("60", draw(hex_text(4)), draw(hex_text(4))) if dialect.has_tpdu else None,
        header if dialect.has_header else None,
        pads,
    )


def body(fields: dict[int, Value], dialect: Dialect = BODY) -> str:
    """Upper-case hex behind MTI and bitmap."""
    return codec_for(dialect).build(Message("0200", fields))[10:].hex().upper()


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_build_then_parse_is_identity(dialect: Dialect, data: st.DataObject) -> None:
    message = data.draw(messages(dialect))
    codec = codec_for(dialect)
    octets = codec.build(message)
    parsed = codec.parse(octets)
    assert (parsed.mti, parsed.fields, parsed.tpdu, parsed.header) == (
        message.mti,
        message.fields,
        message.tpdu,
        message.header,
    )
    assert codec.build(parsed) == octets
    assert codec.parse_body(codec.build_body(message)).fields == message.fields
    assert parsed.bitmap == octets[codec.envelope_octets + 2 : codec.envelope_octets + 10]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_every_truncation_is_refused_inside_the_input(dialect: Dialect, data: st.DataObject) -> None:
    codec = codec_for(dialect)
    octets = codec.build(data.draw(messages(dialect)))
    for end in range(len(octets)):
        with pytest.raises(DecodeError) as caught:
            codec.parse(octets[:end])
        assert 0 <= caught.value.offset <= end


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.data())
def test_random_octets_raise_nothing_but_decode_errors(noise: bytes, data: st.DataObject) -> None:
    codec = codec_for(data.draw(st.sampled_from(DIALECTS)))
    try:
        message = codec.parse(noise)
    except DecodeError as error:
        offset = error.offset
    else:
        offset = 0
        assert codec.build(message) == noise
    assert 0 <= offset <= len(noise)
    with pytest.raises(DecodeError):
        decode(noise[:60] + b"\xff", dialects=DIALECTS)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mutated_messages_rebuild_or_raise_decode_errors(data: st.DataObject) -> None:
    dialect = data.draw(st.sampled_from(DIALECTS))
    codec = codec_for(dialect)
    octets = bytearray(codec.build(data.draw(messages(dialect))))
    for _ in range(data.draw(st.integers(1, 3))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    try:
        message = codec.parse(bytes(octets))
    except DecodeError:
        return
    assert codec.build(message) == octets


@pytest.mark.parametrize(
    ("fields", "wire"),
    [
        ({22: "051"}, "0510"),  # left-aligned, trailing 0
        ({23: "001"}, "0001"),  # right-aligned
        ({2: "6212142000000000012"}, "1962121420000000000120"),  # LL 19, 10 octets, pad 0
        ({4: "000000000001"}, "000000000001"),
        ({60: "00000001003"}, "0011000000010030"),  # LLL counts digits, pad 0
        ({59: b"A3019" + b"1" * 19}, "0024" + b"A3019".hex() + "31" * 19),  # LLL counts octets
        ({35: "6222D30"}, "076222D300"),
        ({49: "156"}, "313536"),
        ({52: bytes(8)}, "00" * 8),
        ({53: "2600000000000000"}, "2600000000000000"),
        ({44: "0309       4843       "}, "22" + b"0309       4843       ".hex()),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_packing_rules(fields: dict[int, Value], wire: str) -> None:
    assert body(fields) == wire.upper()


def test_dialects_pack_differently() -> None:
    assert body({22: "021"}, replace(BODY, f22_align="right")) == "0021"
    assert body({35: "6222D30"}, replace(BODY, track_pad="F")) == "076222D30F"
    assert body({48: "0000"}) == "00040000"
    assert body({48: b"KP77"}, replace(BODY, f48_form="ans")) == "00044B503737"
    assert body({60: "000001"}, replace(BODY, f60_form="ans")) == "0006303030303031"
    assert body({61: "181114"}, replace(BODY, f61_count="octets")) == "0003181114"
    with pytest.raises(EncodeError, match="no whole octets"):
        body({61: "18111"}, replace(BODY, f61_count="octets"))
    assert body({5: "a", 6: "b"}, replace(BODY, order_fields=True)) == "0001610162"


def test_a_foreign_pad_nibble_survives() -> None:
    codec = codec_for(BODY)
    data = bytes.fromhex("0200" + "4000000000000000" + "19621214200000000001" + "2F")
    message = codec.parse(data)
    assert message.get(2) == "6212142000000000012"
    assert message.pads == {2: "F"}
    assert codec.build(message) == data
    assert codec.build(message.replacing({2: "6212142000000000012"})) == data[:-1] + b"\x20"


@pytest.mark.parametrize(
    ("octets", "path", "offset"),
    [
        ("", "MTI", 0),
        ("0200", "bitmap", 2),
        ("1200" + "00" * 8, "MTI", 0),  # version digit
        ("02A0" + "00" * 8, "MTI", 0),
        ("0200" + "80" + "00" * 7, "bitmap", 2),  # 128 fields
        ("0200" + "00" * 7 + "80" + "00", "F57", 10),  # the length itself is cut off
        ("0200" + "0080" + "00" * 6, "F9", 2),  # not defined
        ("0200" + "40" + "00" * 7 + "20" + "00" * 10, "F2", 10),  # over 19 digits
        ("0200" + "40" + "00" * 7 + "1A" + "00" * 10, "F2", 10),  # length no BCD
        ("0200" + "20" + "00" * 7 + "00000A", "F3", 10),  # nibble above 9
        ("0200" + "00" * 7 + "02" + "1001" + "00" * 9, "F63", 10),  # LLL of four digits
        ("0200" + "00" * 7 + "01" + "00" * 7, "F64", 10),
        ("0200" + "00" * 8 + "00", "end", 10),
    ],
)
def test_bad_octets_are_refused_at_their_place(octets: str, path: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        codec_for(BODY).parse(bytes.fromhex(octets))
    assert (caught.value.path, caught.value.offset) == (path, offset)


@pytest.mark.parametrize(
    ("number", "value"),
    [
        (3, "00000"),
        (3, "00000a"),
        (3, "00 000"),  # bytes.fromhex would skip the space
        (3, "00000²"),  # a digit to str.isdigit, not to BCD
        (3, "00000٣"),
        (3, b"000000"),
        (4, 100),
        (2, "1" * 20),
        (35, "6222=30"),
        (35, "6222d30"),
        (42, "name"),
        (42, "银" * 15),
        (52, bytes(7)),
        (52, "00000000"),
        (62, bytes(1000)),
        (9, "00000000"),
        (1, "x"),
        (65, b""),
        (0, b""),
    ],
)
def test_bad_values_are_refused_with_their_field(number: int, value: Value) -> None:
    with pytest.raises(EncodeError) as caught:
        codec_for(BODY).build(Message("0200", {11: "000001", number: value}))
    assert caught.value.path == f"F{number}"


def test_the_envelope_must_be_what_the_dialect_says() -> None:
    full = codec_for(Dialect())
    for message, path in [
        (Message("0800", {}, None, Header()), "TPDU"),
        (Message("0800", {}, Tpdu(), None), "header"),
        (Message("0800", {}, Tpdu(id="61"), Header()), "TPDU"),
        (Message("0800", {}, Tpdu(), Header(reserved="0")), "header"),
        (Message("1800", {}, Tpdu(), Header()), "MTI"),
    ]:
        with pytest.raises(EncodeError) as caught:
            full.build(message)
        assert caught.value.path == path
    with pytest.raises(EncodeError):
        codec_for(BODY).build(Message("0800", {}, Tpdu()))


def test_tpdu_and_header() -> None:
    assert Tpdu.from_hex("6005810000").swapped().hex() == "6000000581"  # UnionPay test host
    header = Header.from_hex("603132310108")
    assert (header.requirement, header.reserved) == (Requirement.UPLOAD_STATUS, "310108")
    assert Header.from_hex("61320032fff1").hex() == "61320032FFF1"
    assert set(REQUIREMENT_NAMES) == set(Requirement)


def test_mac_input_is_mti_through_f63_with_bit_64() -> None:
    message = Message("0200", {3: "000000", 64: bytes(8)}, Tpdu(), Header())
    codec = codec_for(Dialect())
    frame = codec.build(message)
    assert codec.mac_input(frame).hex().upper() == "0200" + "2000000000000001" + "000000"
    with pytest.raises(EncodeError):
        codec.mac_input(codec.build(message.replacing({64: None})))


def test_replacing_sets_and_removes() -> None:
    message = Message("0200", {3: "000000", 11: "000001"})
    changed = message.replacing({11: None, 2: "62", 39: "00"})
    assert list(changed.fields) == [2, 3, 39]
    assert message.fields == {3: "000000", 11: "000001"}


def test_remembered_bitmaps_are_bounded() -> None:
    layout = Bitmapped({n: Digits(2) for n in range(2, 65)})
    for bits in range(2 * BITMAP_PLANS_MAX):
        layout._plan(bits.to_bytes(8, "big"), 0)
        layout._build_plan(tuple(n for n in range(2, 65) if bits >> (64 - n) & 1))
        assert len(layout._plans) <= BITMAP_PLANS_MAX
        assert len(layout._build_plans) <= BITMAP_PLANS_MAX


def test_every_mac_form_is_in_a_dialect() -> None:
    assert {dialect.mac_form for dialect in DIALECTS} == set(get_args(MacForm))
