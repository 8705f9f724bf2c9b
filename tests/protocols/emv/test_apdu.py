"""Commands and responses: the seven cases of ISO/IEC 7816-3, what is refused and where; status words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.emv import commands
from protocols.emv.apdu import Command, Response, case_of, parse_command, parse_response
from protocols.emv.commands import instruction_of
from protocols.emv.status_words import category, meaning, tries_left
from protocols.errors import DecodeError, EncodeError, PosrigError

OCTET = st.integers(0, 255)
LONG = bytes(range(256)) + b"\x01\x02"


def refusal(parse: Callable[[bytes], object], octets: bytes) -> DecodeError | None:
    """Why `parse` refuses the octets; None where it takes them."""
    try:
        parse(octets)
    except DecodeError as error:
        return error
    return None


def command(data: bytes = b"", le: int | None = None) -> Command:
    return Command(0x00, 0xB2, 0x01, 0x0C, data, le)


@pytest.mark.parametrize(
    ("octets", "data", "le", "case"),
    [
        ("00B2010C", b"", None, "1"),
        ("00B2010C00", b"", 256, "2S"),
        ("00B2010C1C", b"", 28, "2S"),
        ("00B2010C02AABB", b"\xaa\xbb", None, "3S"),
        ("00B2010C02AABB00", b"\xaa\xbb", 256, "4S"),
        ("00B2010C000000", b"", 65536, "2E"),
        ("00B2010C000100", b"", 256, "2E"),
        ("00B2010C000002AABB", b"\xaa\xbb", None, "3E"),
        ("00B2010C000002AABB0000", b"\xaa\xbb", 65536, "4E"),
        ("00B2010C000102" + LONG.hex(), LONG, None, "3E"),
    ],
)
def test_the_cases_of_iso_7816_3(octets: str, data: bytes, le: int | None, case: str) -> None:
    given_octets = bytes.fromhex(octets)
    assert parse_command(given_octets) == command(data, le)
    assert case_of(given_octets) == case
    assert command(data, le).build(extended=case.endswith("E")) == given_octets


@pytest.mark.parametrize(
    ("octets", "offset", "path"),
    [
        ("", 0, "C-APDU"),
        ("00B201", 3, "C-APDU"),
        ("00B2010C03AABB", 4, "C-APDU/Lc"),
        ("00B2010C02AABB0000", 4, "C-APDU/Lc"),
        ("00B2010C0000", 4, "C-APDU/Lc"),
        ("00B2010C00000000", 5, "C-APDU/Lc"),
        ("00B2010C000003AABB", 5, "C-APDU/Lc"),
        ("00B2010C000002AABB00", 5, "C-APDU/Lc"),
    ],
)
def test_lengths_that_do_not_fit_are_refused(octets: str, offset: int, path: str) -> None:
    with pytest.raises(DecodeError) as caught:
        parse_command(bytes.fromhex(octets))
    assert (caught.value.path, caught.value.offset) == (path, offset)


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        (Command(256, 0, 0, 0), "APDU/CLA"),
        (Command(0, -1, 0, 0), "APDU/INS"),
        (Command(0, 0, 0, 0, bytes(65536)), "APDU/Lc"),
        (Command(0, 0, 0, 0, b"", 0), "APDU/Le"),
        (Command(0, 0, 0, 0, b"", 65537), "APDU/Le"),
        (Response(b"", 0x10000), "APDU/SW"),
        (Response(bytes(65537), 0x9000), "APDU/data"),
    ],
)
def test_values_out_of_range_are_not_built(wrong: Command | Response, path: str) -> None:
    with pytest.raises(EncodeError) as caught:
        wrong.build()
    assert caught.value.path == path


@settings(max_examples=60)
@given(
    OCTET,
    OCTET,
    OCTET,
    OCTET,
    st.binary(max_size=300),
    st.none() | st.integers(1, 256) | st.just(65536),
    st.booleans(),
)
def test_a_command_survives(cla: int, ins: int, p1: int, p2: int, data: bytes, le: int | None, extended: bool) -> None:
    one = Command(cla, ins, p1, p2, data, le)
    assert parse_command(one.build(extended)) == one


@settings(max_examples=100)
@given(st.binary(max_size=20))
def test_what_is_read_is_rebuilt_or_refused(octets: bytes) -> None:
    error = refusal(parse_command, octets)
    if error is None:
        assert parse_command(octets).build(extended=case_of(octets).endswith("E")) == octets
    else:
        assert 0 <= error.offset <= len(octets)


@pytest.mark.parametrize("octets", [b"", b"\x90"])
def test_a_response_without_a_status_word_is_refused(octets: bytes) -> None:
    with pytest.raises(DecodeError, match="R-APDU"):
        parse_response(octets)


def test_a_response() -> None:
    read = parse_response(bytes.fromhex("9F360204D29000"))
    assert read == Response(bytes.fromhex("9F360204D2"), 0x9000)
    assert (read.ok, read.sw1, read.sw2) == (True, 0x90, 0x00)
    assert not parse_response(b"\x6a\x82").ok
    with pytest.raises(DecodeError, match="65538"):
        parse_response(bytes(65539))


@pytest.mark.parametrize(
    ("made", "octets"),
    [
        (commands.select(commands.PSE), "00A404000E315041592E5359532E444446303100"),
        (commands.select(bytes.fromhex("A000000004101000")[:7], next_one=True), "00A4040207A000000004101000"),
        (commands.get_processing_options(), "80A8000002830000"),
        (commands.get_processing_options(bytes.fromhex("05780578")), "80A800000683040578057800"),
        (commands.read_record(1, 2), "00B2020C00"),
        (commands.read_record(12, 1), "00B2016400"),
        (commands.get_data(0x9F36), "80CA9F3600"),
        (commands.get_challenge(), "0084000000"),
        (commands.verify(bytes.fromhex("241234FFFFFFFFFF")), "0020008008241234FFFFFFFFFF"),
        (commands.external_authenticate(bytes.fromhex("DEADBEEF")), "0082000004DEADBEEF"),
        (commands.generate_ac("ARQC", b"\x01"), "80AE8000010100"),
        (commands.generate_ac("TC", b"\x01", cda=True), "80AE5000010100"),
        (commands.internal_authenticate(b"\x01\x02\x03\x04"), "00880000040102030400"),
    ],
)
def test_the_commands_as_recorded_terminals_send_them(made: Command, octets: str) -> None:
    assert made.build() == bytes.fromhex(octets)


def test_a_long_pdol_has_its_length_in_two_octets() -> None:
    data = commands.get_processing_options(bytes(200)).data
    assert data[:3] == b"\x83\x81\xc8"
    assert len(data) == 203


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        ("80AE800000", "GENERATE AC"),
        ("8418000000", "APPLICATION UNBLOCK"),
        ("FFCA000000", "GET UID"),
        ("FFB0000000", "INS B0"),
        ("80EE000000", "INS EE"),
    ],
)
def test_names_of_commands(octets: str, code: str) -> None:
    assert instruction_of(parse_command(bytes.fromhex(octets))).code == code


@pytest.mark.parametrize(
    ("sw", "kind", "words"),
    [
        (0x9000, "ok", "Normal ending"),
        (0x6110, "more", "16 octets"),
        (0x6100, "more", "256 octets"),
        (0x6C1C, "length", "28"),
        (0x6283, "warning", "blocked"),
        (0x63C2, "warning", "2 tries left"),
        (0x6300, "warning", "Authentication failed"),
        (0x6983, "error", "blocked"),
        (0x6A82, "error", "not found"),
        (0x6985, "error", "Conditions of use not satisfied"),
        (0x9403, "warning", "Key index"),
        (0x91AE, "warning", "own"),
        (0x1234, "unknown", "Not a status word"),
        (0x6000, "unknown", "Not a status word"),
    ],
)
def test_status_words(sw: int, kind: str, words: str) -> None:
    assert category(sw) == kind
    assert words in meaning(sw).en


def test_every_status_word_has_a_meaning() -> None:
    assert all(meaning(sw) for sw in range(0x10000))
    assert [sw for sw in range(0x10000) if tries_left(sw) is not None] == list(range(0x63C0, 0x63D0))


def test_errors_say_what_to_do() -> None:
    with pytest.raises(PosrigError) as caught:
        parse_command(b"\x00\xa4")
    assert caught.value.cure.zh
    assert caught.value.cure.en
