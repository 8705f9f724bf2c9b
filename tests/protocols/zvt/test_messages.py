"""Messages, bitmaps and containers for any values: what is built reads back, and what is damaged is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import DecodeError, EncodeError
from protocols.zvt import codes, commands
from protocols.zvt.apdu import Apdu, join_apdu, split_apdu
from protocols.zvt.bitmaps import AMOUNT, BITMAPS, CARD_NAME, CURRENCY, PAN, TLV, BitmapInfo
from protocols.zvt.charset import CHARSETS, Charset, decode_text, encode_text
from protocols.zvt.commands import COMPLETION, LAYOUTS, PRINT_LINE, STATUS_ENQUIRY
from protocols.zvt.intermediate import INTERMEDIATE, REMOVE_CARD
from protocols.zvt.message import Bitmap, Value, ZvtMessage, build, message, parse
from protocols.zvt.quirks import ZvtQuirks
from protocols.zvt.tlv import ZvtTlv, build_container, parse_container

NIBBLES = "0123456789ABCDEF"
TEMPLATES = (0x24, 0x25, 0x26, 0x60, 0xE4, 0xF2)
PRIMITIVES = (0x07, 0x0A, 0x1D, 0x43, 0x1F10, 0x1F73, 0xC1, 0xFF40, 0xFF41)


def packed(octets: st.SearchStrategy[int]) -> st.SearchStrategy[str]:
    return octets.flatmap(lambda count: st.text(NIBBLES, min_size=2 * count, max_size=2 * count))


primitives = st.builds(ZvtTlv, st.sampled_from(PRIMITIVES), st.binary(max_size=150), st.just(0))
trees: st.SearchStrategy[ZvtTlv] = st.recursive(
    primitives,
    lambda inner: st.builds(ZvtTlv, st.sampled_from(TEMPLATES), st.lists(inner, min_size=1, max_size=3).map(tuple)),
    max_leaves=8,
)
containers = st.lists(trees, max_size=4).map(tuple)


def values_of(info: BitmapInfo) -> st.SearchStrategy[Bitmap]:
    most = 0 if info.octets else 10**info.length_digits - 1
    size = st.just(info.octets) if info.octets else st.integers(0, min(most, 120))
    value: st.SearchStrategy[Value | tuple[ZvtTlv, ...]]
    if info.shape == "container":
        value = containers
    elif info.shape == "octet":
        value = st.integers(0, 255)
    elif info.shape == "packed":
        value = packed(size)
    else:
        value = size.flatmap(lambda count: st.binary(min_size=count, max_size=count))
    return value.map(lambda one: Bitmap(info.number, one))


bitmap_rows = st.lists(st.sampled_from(list(BITMAPS.values())).flatmap(values_of), max_size=6).map(tuple)


@given(st.sampled_from((0x0601, 0x0630, 0x040F, 0x8000, 0x0622, 0x060F)), bitmap_rows, st.booleans())
def test_bitmaps_in_any_order_read_back(control: int, rows: tuple[Bitmap, ...], long_form: bool) -> None:
    sent = ZvtMessage(control, {}, rows, long_form)
    pending = 0x0600 if control == COMPLETION else 0
    octets = build(sent, pending)
    got = parse(octets, pending)
    assert (got.control, dict(got.values), got.bitmaps) == (control, {}, rows)
    assert build(got, pending) == octets


@given(containers)
def test_containers_read_back(items: tuple[ZvtTlv, ...]) -> None:
    assert parse_container(build_container(items)) == items


@given(st.binary(max_size=60))
def test_any_container_that_reads_rebuilds(data: bytes) -> None:
    try:
        items = parse_container(data)
    except DecodeError:
        return
    assert build_container(items) == data


@given(st.sampled_from(sorted(LAYOUTS)), st.binary(max_size=40), st.sampled_from((0, 0x0501, 0x0600, 0x06DA)))
def test_any_apdu_that_reads_rebuilds_and_others_are_refused_with_their_place(
    control: int, data: bytes, pending: int
) -> None:
    octets = join_apdu(Apdu(control, data))
    try:
        msg = parse(octets, pending)
    except DecodeError as error:
        place, where = error.path, error.offset
    else:
        assert build(msg, pending) == octets
        return
    assert place
    assert 2 <= where <= len(octets)


@given(st.binary(max_size=30))
def test_loose_octets_never_raise_anything_else(octets: bytes) -> None:
    try:
        split_apdu(octets)
        parse(octets)
    except DecodeError:
        pass


@given(st.sampled_from(range(0x01, 0x64)), st.binary(max_size=10))
def test_answers_with_octets_that_are_no_bitmaps_are_kept(code: int, data: bytes) -> None:
    octets = join_apdu(Apdu(0x8400 | code, data))
    assert build(parse(octets)) == octets


def test_length_forms_are_kept() -> None:
    # A longer form than needed, of the APDU, of the container, and of an object in it.
    for octets in ("0601ff020006 00", "06010306 8100", "060105068102 0700", "0601 0606 04 0782 0000"):
        data = bytes.fromhex(octets.replace(" ", ""))
        assert build(parse(data)) == data


def test_the_length_of_a_container_has_three_forms() -> None:
    # PA00P015 chapter 13: 00..7F, 81 nn, 82 hh ll; 80 is invalid.
    for size, head in ((0x70, "70"), (0x80, "8180"), (0x1FC, "8201FC")):
        inner = ZvtTlv(0x07, bytes(size - (2 if size < 0x80 else 2 if size < 0x82 else 4)))
        built = build(message(0x06D3, tlv=[inner]))
        assert f"06{head}" in built.hex().upper()
        assert parse(built).tlv == (inner,)
    with pytest.raises(DecodeError, match="80"):
        parse(bytes.fromhex("06d3020680"))


def test_private_tags_with_the_constructed_bit_stay_plain_octets() -> None:
    """FF40 and FF41 (EVerest, change of the host's address), also where their octets would read as a list."""
    for tag in ("FF40", "FF41"):
        (item,) = parse(bytes.fromhex(f"0813080606{tag}03070141")).tlv
        assert (item.tag_hex, item.value, item.children) == (tag, bytes.fromhex("070141"), ())
    (template,) = parse(bytes.fromhex("08130706052D03070141")).tlv
    assert template.children[0].octets == b"A"


def test_a_masked_number_keeps_its_nibbles() -> None:
    # bezahl-online capture: 19 digits, all but four masked, padded with F.
    msg = message(0x040F, bitmaps={PAN: "EEEEEEEEEEEEEEE4281F", CARD_NAME: b"MAESTRO\0"})
    assert build(msg).hex() == "040f1822f1f0eeeeeeeeeeeeeee4281f8bf0f84d41455354524f00"
    assert parse(build(msg)).nibbles(PAN) == "EEEEEEEEEEEEEEE4281F"


@pytest.mark.parametrize(
    ("octets", "path", "says"),
    [
        ("06010407aabbcc", "bitmaps", "Unknown bitmap 07"),
        ("0601030400 00", "04", "needs 6 octets"),
        ("06010422F1A1 12", "22", "F1A1 is no variable length"),
        ("0601052206000000", "22", "no variable length"),
        ("06010406021f10", "06/1F10", "length octet is missing"),
        ("0601", "length", "no whole head"),
        ("060002123456", "length", "The length says 2, 3 octets"),
        ("0600021234", "password", "needs 3 octets"),
        ("06d100", "attribute", "needs 1 octets"),
    ],
)
def test_damage_is_named_with_its_place(octets: str, path: str, says: str) -> None:
    with pytest.raises(DecodeError) as caught:
        parse(bytes.fromhex(octets.replace(" ", "")))
    assert says in str(caught.value)
    assert caught.value.path == path or path == "bitmaps"


@pytest.mark.parametrize(
    ("msg", "says"),
    [
        (message(0x0600, {"password": "12345"}), "0600"),
        (message(0x0600, {"password": "12345", "config": 1}), "password"),
        (message(0x0600, {"password": "123456", "config": 256}), "config"),
        (message(0x0601, bitmaps={AMOUNT: "12"}), "04"),
        (message(0x0601, bitmaps={AMOUNT: 12}), "04"),
        (message(0x0601, bitmaps={CURRENCY: b"\x09\x78"}), "49"),
        (message(0x0601, bitmaps={CARD_NAME: bytes(100)}), "8B"),
        (message(0x0601, bitmaps={0x07: b""}), "Unknown bitmap 07"),
        (message(0x0601, tlv=[ZvtTlv(0x1F, b"")]), "tlv"),
    ],
)
def test_what_cannot_be_sent_is_refused(msg: ZvtMessage, says: str) -> None:
    with pytest.raises(EncodeError, match=says):
        build(msg)


def test_registration_without_a_currency_may_have_a_service_byte_and_a_container() -> None:
    plain = parse(bytes.fromhex("06000812345608 0302 0600".replace(" ", "")))
    assert (dict(plain.values), plain.octet(0x03), plain.has(TLV)) == ({"password": "123456", "config": 8}, 2, True)


@given(st.binary(max_size=30).filter(lambda text: b"\x06" not in text), st.lists(primitives, min_size=0, max_size=2))
def test_a_printed_line_may_have_a_container_behind_it(text: bytes, items: list[ZvtTlv]) -> None:
    """Text without an octet 06 is never taken for a container, and one behind it is found."""
    got = parse(build(message(PRINT_LINE, {"attribute": 0, "text": text})))
    assert (got.octets("text"), got.has(TLV)) == (text, False)
    more = parse(build(message(PRINT_LINE, {"attribute": 0x81, "text": text}, tlv=items)))
    assert (more.octets("text"), more.tlv) == (text, tuple(items))


@given(st.sampled_from(CHARSETS), st.text("ABC abc 123 ÄÖÜäöüß", max_size=30))
def test_texts_come_back_in_every_set(charset: Charset, text: str) -> None:
    if charset == "ascii" and not text.isascii():
        with pytest.raises(EncodeError, match="ascii"):
            encode_text(text, charset)
        return
    assert decode_text(encode_text(text, charset), charset) == text


def test_the_seven_bit_set_is_that_of_the_specification() -> None:
    # PA00P015 chapter 15: 5B-5D are Ä Ö Ü, 7B-7E are ä ö ü ß.
    assert decode_text(bytes.fromhex("5b5c5d7b7c7d7e"), "zvt-7bit") == "ÄÖÜäöüß"
    with pytest.raises(EncodeError):
        encode_text("{", "zvt-7bit")


def test_codes_41_to_5d_say_what_01_to_1d_say_and_ask_for_the_card() -> None:
    for code in range(0x01, 0x1E):
        if code == 0x0A:  # insert card: the one without a counterpart
            assert 0x4A not in INTERMEDIATE
        elif code != 0x0B:
            assert INTERMEDIATE[0x40 + code].en == f"{INTERMEDIATE[code].en}, {REMOVE_CARD.en}"


def test_the_cures_are_those_of_the_specification() -> None:
    # PA00P015 chapter 11.1, recovery by decimal code.
    cures = {code: codes.STATUS[code].cure for code in codes.STATUS}
    assert cures[81] is codes.Cure.INITIALISE
    assert cures[98] is codes.Cure.SET_TIME
    assert cures[101] is codes.Cure.OPT_ACTION
    assert cures[177] is codes.Cure.END_OF_DAY
    assert cures[178] is codes.Cure.READ_JOURNAL
    assert cures[193] is cures[194] is codes.Cure.DIAGNOSE
    assert cures[196] is codes.Cure.UPDATE
    assert cures[223] is codes.Cure.TECHNICIAN
    assert cures[228] is codes.Cure.ACTIVATE  # CCV: by the technician, with 08 13


def test_every_code_of_the_chapter_has_a_text() -> None:
    listed = (
        "00 64 65 66 67 68 6A 6B 6C 6E 6F 71 72 73 74 75 76 77 78 79 7A 7B 7C 7D 7E 83 85 89 9A 9B 9C A0 A1 A3 A4 A5 "
        "B1 B2 B4 B5 B7 B8 BF C0 C1 C2 C3 C4 C5 C6 C8 C9 CB CC CD D2 DC DD DE E0 E2 E3 E4 E7 E8 E9 EA EB EC ED F0 F1 "
        "F5 F6 FA FB FC FD FE FF"
    )
    assert {int(code, 16) for code in listed.split()} <= set(codes.RESULTS)
    states = "00 51 62 9C 9D B1 B2 BF C0 C1 C2 C4 CC DC DF E0 E1 E2 E3 E4 F0 F6"
    assert {int(code, 16) for code in states.split()} <= set(codes.STATUS)
    assert codes.result_text(0x05).en == "code 05 of the host"


def test_commands_that_a_completion_answers_choose_its_layout() -> None:
    status = message(COMPLETION, {"status": 0xE0})
    assert build(status, STATUS_ENQUIRY).hex() == "060f01e0"
    with pytest.raises(EncodeError):
        build(status, commands.REGISTRATION)


@pytest.mark.parametrize("wrong", [{"stop_bits": 3}, {"charset": "ebcdic"}, {"password": "12"}, {"activation": "0813"}])
def test_quirks_take_known_values_only(wrong: dict[str, Any]) -> None:
    with pytest.raises(Exception, match=next(iter(wrong))):
        ZvtQuirks(**wrong)
