"""Dialect A beyond its vectors: BER lengths, forms of values, what is refused and where, and properties.

Expected octets are written out by hand from the layout in hehe02921/qqq, IngPosCom.cpp (TlvCmdPack, TlvGetLenBuf).
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import DecodeError, EncodeError
from protocols.mispos.dialect_a import tags
from protocols.mispos.dialect_a.commands import ASSIGNED, COMMANDS, SEEN, Command, codes_with
from protocols.mispos.dialect_a.message import MisposAMessage, Notice, build, message, parse
from protocols.mispos.dialect_a.results import TERMINAL_ERRORS, code_of
from protocols.mispos.results import LOCAL_RESULTS
from protocols.mispos.taglist import ITEMS_MAX
from protocols.tlv import Tlv

SALE = bytes.fromhex("df010100df04024321df020145df08025555df0306000000000020df09023004df460430303139")


def read(data: bytes) -> MisposAMessage:
    found = parse(data)
    assert isinstance(found, MisposAMessage)
    return found


def test_a_sale_as_the_public_program_builds_it() -> None:
    values: dict[int, str | bytes] = {
        tags.RANDOM: "4321",
        tags.COMMAND: "45",
        tags.FIXED_1: "5555",
        tags.AMOUNT: "000000000020",
        tags.FIXED_2: "3004",
        tags.DESK: "0019",
    }
    assert build(message("00", values)) == SALE
    assert read(SALE).text(tags.AMOUNT) == "000000000020"
    assert (read(SALE).packet, read(SALE).command) == ("00", "45")


@pytest.mark.parametrize(("octets", "head"), [(0, "00"), (127, "7f"), (128, "8180"), (255, "81ff"), (256, "820100")])
def test_ber_lengths(octets: int, head: str) -> None:
    value = bytes(octets)
    data = bytes.fromhex(f"df010101df06{head}") + value
    assert build(message("01", {tags.RESULTS: value})) == data
    assert read(data).octets(tags.RESULTS) == value


@pytest.mark.parametrize("head", ["8105", "820005"])
def test_a_longer_length_than_needed_is_kept(head: str) -> None:
    """The public program writes 82 00 FF where 81 FF would do."""
    data = bytes.fromhex(f"df010101df06{head}0102030405")
    assert read(data).octets(tags.RESULTS) == bytes((1, 2, 3, 4, 5))
    assert build(read(data)) == data


def test_second_octets_above_7f_do_not_make_a_longer_tag() -> None:
    data = bytes.fromhex("df010100df900331323 3dfbe0141".replace(" ", ""))
    assert (read(data).text(tags.OLD_PAY_ORDER), read(data).text(tags.ORDER)) == ("123", "A")


def test_a_tag_that_comes_twice_is_kept_and_the_first_counts() -> None:
    """The public program sends DF0D twice in a sale."""
    data = bytes.fromhex("df010100df0d0131df0d0130")
    assert read(data).text(tags.CARD_KIND) == "1"
    assert build(read(data)) == data


@pytest.mark.parametrize(("value", "text"), [("3030", "00"), ("5931", "Y1"), ("00010014", "00010014")])
def test_a_result_is_two_characters_or_four_bcd_octets(value: str, text: str) -> None:
    data = bytes.fromhex(f"df010102df07{len(value) // 2:02x}{value}")
    assert read(data).text(tags.RESULT) == text
    assert build(message("02", {tags.RESULT: text})) == data


def test_an_amount_is_bcd_when_asked_for_and_text_when_told() -> None:
    told = message("02", {tags.AMOUNT: "000000000020"}, [(tags.AMOUNT, "RMB  0.20")])
    assert build(told).hex() == "df010102df0306000000000020df060cdf0309" + b"RMB  0.20".hex()
    assert read(build(told)) == told


def test_pass_through_content_is_not_taken_for_tags() -> None:
    content = bytes.fromhex("60000300006031003112140800")
    msg = read(build(message("01", {tags.RANDOM: "1234", tags.HOST: "02", tags.RESULTS: content})))
    assert (msg.octets(tags.RESULTS), msg.told, msg.text(tags.HOST)) == (content, (), "02")


@pytest.mark.parametrize(
    ("data", "path", "offset"),
    [
        ("df0101", "DF01", 3),
        ("df", "DF..", 1),
        ("df01", "DF01", 2),
        ("df010100df0480", "DF04", 6),
        ("df010100df0483000001", "DF04", 6),
        ("df010100df0482", "DF04", 7),
        ("df010100df040212", "DF04", 7),
        ("df04024321", "DF01", 0),
        ("df01020000", "DF01", 0),
        ("df0101009f0100", "9F..", 4),
        ("df010102df0603df0a05", "DF06/DF0A", 10),
        ("df010102df060130", "DF06/30..", 7),
    ],
)
def test_refused(data: str, path: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        parse(bytes.fromhex(data))
    assert (caught.value.path, caught.value.offset) == (path, offset)


@pytest.mark.parametrize(
    ("tag", "value"), [(tags.AMOUNT, "1"), (tags.AMOUNT, "0g"), (tags.MID, "商户"), (tags.MERCHANT_ZH, "\U0001f600")]
)
def test_text_that_a_tag_cannot_hold(tag: int, value: str) -> None:
    with pytest.raises(EncodeError, match=f"{tag:04X}"):
        message("00", {tag: value})


def test_what_cannot_be_built() -> None:
    with pytest.raises(EncodeError, match="9F01"):
        build(MisposAMessage((Tlv(0x9F01, b""),)))
    with pytest.raises(EncodeError, match="DF06"):
        build(MisposAMessage((Tlv(0xDF06, bytes(0x10000)),)))


def test_no_more_items_than_a_list_may_have() -> None:
    with pytest.raises(DecodeError, match=str(ITEMS_MAX)):
        parse(bytes.fromhex("df010100") + bytes.fromhex("df0400") * ITEMS_MAX)


def test_codes_are_marked_and_two_commands_never_share_one() -> None:
    codes = [info.code for info in COMMANDS.values()]
    assert len(set(codes)) == len(codes) == len(Command)
    assert {command for command, info in COMMANDS.items() if info.basis == SEEN} == {
        Command.STATUS,
        Command.SALE,
        Command.VOID,
    }
    assert {info.basis for info in COMMANDS.values()} == {SEEN, ASSIGNED}
    assert codes_with(("sale=21",))[Command.SALE] == "21"
    for wrong in ("sales=21", "sale=2", "sale", "sale=xx"):
        with pytest.raises(ValueError, match="COMMAND=NN"):
            codes_with((wrong,))


def test_each_refusal_has_its_own_number_and_the_public_ones_are_as_published() -> None:
    assert code_of("not_signed_in") == "00010014"
    assert code_of("card_misread") == "00000002"
    assert code_of("no_tmk") == "00090003"
    assert code_of("connection_refused") == "00090101"
    assert {TERMINAL_ERRORS[code_of(result.cause)].cause for result in LOCAL_RESULTS.values()} == {
        result.cause for result in LOCAL_RESULTS.values()
    }
    assert code_of("something new") == code_of("wrong_order")


OUTER = st.lists(
    st.tuples(
        st.sampled_from([tag for tag in tags.TAGS if tag not in (tags.PACKET, tags.RESULTS)]), st.binary(max_size=150)
    ),
    max_size=6,
)


@given(st.sampled_from(["00", "02"]), OUTER, OUTER)
def test_round_trip(packet: str, outer: list[tuple[int, bytes]], told: list[tuple[int, bytes]]) -> None:
    original = message(packet, dict(outer), told)
    again = parse(build(original))
    assert again == original
    assert build(again) == build(original)


@given(st.binary(max_size=80) | st.binary(max_size=60).map(lambda rest: bytes.fromhex("df010102df06") + rest))
def test_random_octets_only_raise_our_error_and_what_is_read_rebuilds(data: bytes) -> None:
    try:
        found = parse(data)
    except DecodeError:
        return
    assert build(found) == data


@given(OUTER, OUTER)
def test_a_message_cut_short_is_never_read_as_the_whole(
    outer: list[tuple[int, bytes]], told: list[tuple[int, bytes]]
) -> None:
    data = build(message("02", dict(outer), told))
    for cut in range(len(data)):
        try:
            found = parse(data[:cut])
        except DecodeError:
            continue
        assert isinstance(found, Notice) or len(found.fields) < len(read(data).fields)
