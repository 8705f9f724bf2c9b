"""Trees, DOLs, AFLs, records, the formats 80 and 77: rules of EMV Book 3, round trips, refusals with their place."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.emv.afl import AflEntry, build_afl, parse_afl, records_of
from protocols.emv.dol import DolEntry, build_dol, fill_dol, fit, parse_dol, split_dol
from protocols.emv.gpo import parse_ac, parse_gpo, parse_signature
from protocols.emv.records import parse_record, signed_octets
from protocols.emv.tags import TAGS, format_of, tag_name
from protocols.emv.tree import MAX_DEPTH, Node, duplicates, find, parse_tree, walk
from protocols.errors import DecodeError, EncodeError
from protocols.tlv import Tlv, build_tlv, is_template
from protocols.unionpay.private.parameter_tags import PARAMETER_TAGS, parameter_meaning, parameter_name


def octets(text: str) -> bytes:
    return bytes.fromhex(text)


def place_of_refusal(parse: Callable[[bytes, str], object], data: bytes) -> tuple[str, int]:
    """Where the octets are refused; their beginning where they are taken."""
    try:
        parse(data, "x")
    except DecodeError as error:
        return error.path, error.offset
    return "x", 0


def nested(depth: int) -> bytes:
    data = b""
    for _ in range(depth):
        data = build_tlv([Tlv(0x6F, data)])
    return data


def test_find_looks_into_templates() -> None:
    tree = parse_tree(octets("6F0E8407A0000000031010A5038801015A00"), "FCI")
    assert find(tree, 0x88) == b"\x01"
    assert find(tree, 0x50) is None
    assert find(tree, 0x5A) == b""
    assert [node.tag for node in walk(tree)] == [0x6F, 0x84, 0xA5, 0x88, 0x5A]


def test_duplicates() -> None:
    assert duplicates(parse_tree(octets("70085A01015A01028F00"), "x")) == (0x5A,)
    assert duplicates(parse_tree(octets("61025A0061025A00"), "x")) == (0x5A,)
    assert duplicates(parse_tree(octets("61004F00"), "x")) == ()


@pytest.mark.parametrize("filled", ["9F270180", "009F270180", "9F27018000", "00009F2701800000"])
def test_zeros_between_objects_are_passed_over(filled: str) -> None:
    assert parse_tree(octets(filled), "x") == (Node(0x9F27, b"\x80"),)


@pytest.mark.parametrize(
    ("data", "path", "offset"),
    [
        ("6F05840201", "x/6F", 2),
        ("6F0484039F27", "x/6F/84", 4),
        ("6F06A5048402A0", "x/6F", 2),
        ("6F07A5058403A000", "x/6F", 2),
        ("6F05A5038403A0", "x/6F/A5/84", 6),
        ("FFFF", "x", 0),
        ("9F", "x", 0),
        ("9F26", "x/9F26", 2),
        ("9F2680", "x/9F26", 2),
        ("9F268180", "x/9F26", 4),
    ],
)
def test_an_object_must_end_with_its_template(data: str, path: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        parse_tree(octets(data), "x")
    assert (caught.value.path, caught.value.offset) == (path, offset)


def test_depth_and_count_are_bounded() -> None:
    assert parse_tree(nested(MAX_DEPTH + 1), "x")
    with pytest.raises(DecodeError, match="deep"):
        parse_tree(nested(MAX_DEPTH + 2), "x")
    with pytest.raises(DecodeError, match="More than 256"):
        parse_tree(build_tlv([Tlv(0x70, build_tlv([Tlv(0x5A, b"")] * 200)) for _ in range(2)]), "x")


TREES = st.recursive(
    st.builds(Tlv, st.sampled_from([0x5A, 0x9F36, 0x50, 0xDF31]), st.binary(max_size=20)),
    lambda inner: st.builds(
        lambda tag, items: Tlv(tag, build_tlv(items)),
        st.sampled_from([0x6F, 0xA5, 0xBF0C]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=8,
)


@settings(max_examples=50)
@given(st.lists(TREES, max_size=4))
def test_a_tree_holds_what_was_built(items: list[Tlv]) -> None:
    def flat(nodes: tuple[Node, ...]) -> bytes:
        return build_tlv(Tlv(node.tag, flat(node.children) if node.constructed else node.value) for node in nodes)

    assert flat(parse_tree(build_tlv(items), "x")) == build_tlv(items)


@settings(max_examples=100)
@given(st.binary(max_size=40))
def test_any_octets_are_a_tree_or_refused_with_their_place(data: bytes) -> None:
    for parse in (parse_tree, parse_record, parse_gpo, parse_ac, parse_signature, parse_afl, parse_dol):
        path, offset = place_of_refusal(parse, data)
        assert 0 <= offset <= len(data)
        assert path.startswith("x")


@pytest.mark.parametrize(
    ("tag", "value", "length", "filled"),
    [
        (0x9F02, "000000012345", 6, "000000012345"),
        (0x9F02, "12345678", 6, "000012345678"),
        (0x9F02, "000000012345", 4, "00012345"),
        (0x9F02, None, 6, "000000000000"),
        (0x5A, "622800", 5, "622800FFFF"),
        (0x5A, "6228000100001117", 4, "62280001"),
        (0x9F4E, "41", 3, "410000"),
        (0x9F4E, "414243", 2, "4142"),
        (0x95, "0080008000", 7, "00800080000000"),
        (0x95, "0080008000", 2, "0080"),
        (0xBF0C, "9F4D020B0A", 5, "0000000000"),
        (0xDF7F, "AABB", 3, "AABB00"),
        (0x9F02, "000000012345", 0, ""),
    ],
)
def test_values_are_cut_and_filled_up_by_their_format(tag: int, value: str | None, length: int, filled: str) -> None:
    """EMV Book 3 clause 5.4."""
    values = {} if value is None else {tag: octets(value)}
    assert fill_dol([DolEntry(tag, length)], values) == octets(filled)


DOLS = st.lists(st.builds(DolEntry, st.sampled_from(sorted(TAGS)), st.integers(0, 30)), max_size=12)


@settings(max_examples=40)
@given(DOLS, st.dictionaries(st.sampled_from(sorted(TAGS)), st.binary(max_size=40)))
def test_a_dol_is_rebuilt_filled_and_split(entries: list[DolEntry], values: dict[int, bytes]) -> None:
    assert list(parse_dol(build_dol(entries))) == entries
    filled = fill_dol(entries, values)
    assert len(filled) == sum(entry.length for entry in entries)
    firsts: dict[int, int] = {}
    for entry in entries:
        firsts.setdefault(entry.tag, entry.length)
    expected = {tag: fit(tag, values.get(tag), length) for tag, length in firsts.items()}
    assert split_dol(entries, filled) == expected


@pytest.mark.parametrize(("data", "offset"), [("9F02", 2), ("9F", 0), ("9F02FD", 2), ("9F37049F", 3)])
def test_a_dol_that_is_cut_off_is_refused(data: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        parse_dol(octets(data))
    assert caught.value.offset == offset


def test_dols_that_cannot_be() -> None:
    with pytest.raises(EncodeError):
        build_dol([DolEntry(0x9F, 1)])
    with pytest.raises(EncodeError):
        build_dol([DolEntry(0x95, 253)])
    with pytest.raises(DecodeError, match="More than 126"):
        parse_dol(b"\x95\x00" * 127)
    with pytest.raises(DecodeError, match="4 octets are wanted, 3 are there"):
        split_dol([DolEntry(0x9F37, 4)], bytes(3))


ENTRIES = st.tuples(st.integers(1, 30), st.integers(1, 255), st.integers(0, 20), st.integers(0, 21)).map(
    lambda t: AflEntry(t[0], t[1], min(255, t[1] + t[2]), min(t[3], min(255, t[1] + t[2]) - t[1] + 1))
)


@settings(max_examples=40)
@given(st.lists(ENTRIES, max_size=6))
def test_an_afl_survives_and_names_its_records(entries: list[AflEntry]) -> None:
    assert list(parse_afl(build_afl(entries))) == entries
    records = list(records_of(entries))
    assert len(records) == sum(entry.last - entry.first + 1 for entry in entries)
    assert sum(record.signed for record in records) == sum(entry.signed for entry in entries)


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        ("080101", 0),
        ("0801010008", 4),
        ("00010100", 0),
        ("F8010100", 0),
        ("09010100", 0),
        ("08000100", 0),
        ("08020100", 0),
        ("08010102", 0),
        ("0801010010020100", 4),
        ("08010100" * 64, 252),
    ],
)
def test_illegal_afls(data: str, offset: int) -> None:
    """EMV Book 3 clause 10.2 lets the terminal end the transaction."""
    with pytest.raises(DecodeError) as caught:
        parse_afl(octets(data))
    assert caught.value.offset == offset
    with pytest.raises(EncodeError):
        build_afl([AflEntry(31, 1, 1)])


def test_what_of_a_record_is_signed() -> None:
    """EMV Book 3 clause 10.3: without the template's tag and length up to SFI 10, with them from 11."""
    record = octets("70045A021234")
    assert signed_octets(10, record) == octets("5A021234")
    assert signed_octets(11, record) == record
    with pytest.raises(DecodeError, match="not a template 70"):
        signed_octets(11, octets("5A021234"))


@pytest.mark.parametrize(
    ("parse", "data", "path", "offset"),
    [
        (parse_gpo, "", "GPO", 0),
        (parse_gpo, "6F00", "GPO", 0),
        (parse_gpo, "800178", "GPO/80", 2),
        (parse_gpo, "80067C000801010000", "GPO", 8),
        (parse_gpo, "7706940408010100", "GPO/82", 2),
        (parse_gpo, "77038201" + "7C", "GPO/82", 2),
        (parse_gpo, "80057C00080101", "GPO/94", 0),
        (parse_ac, "800A80000111111111111111", "GENERATE AC/80", 2),
        (parse_ac, "770F9F3602000A9F2608" + "11" * 6, "GENERATE AC", 2),
        (parse_ac, "77109F3602000A9F2608" + "11" * 8, "GENERATE AC/9F27", 2),
        (parse_ac, "77099F2701809F360200AA", "GENERATE AC/9F26", 2),
        (parse_ac, "771A9F2701809F360200019F2608" + "11" * 8 + "9F1000", "GENERATE AC", 2),
        (parse_signature, "7700", "INTERNAL AUTHENTICATE/9F4B", 2),
        (parse_signature, "8000", "INTERNAL AUTHENTICATE/9F4B", 2),
    ],
)
def test_answers_that_are_none(parse: Callable[[bytes], object], data: str, path: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        parse(octets(data))
    assert caught.value.path.startswith(path)


def test_a_contactless_answer_without_records() -> None:
    options = parse_gpo(octets("7709820219809F36020001"))
    assert options.afl == ()
    assert options.aip == octets("1980")


def test_what_a_cda_signature_covers_of_the_answer() -> None:
    plain = "9F2701809F360200019F10080701010300000001"
    answer = parse_ac(octets(f"7719{plain}9F4B02AABB"))
    assert answer.cryptogram == b""
    assert answer.signed_data == octets("AABB")
    assert answer.hashed == octets(plain)


def test_signatures_in_both_formats() -> None:
    assert parse_signature(octets("8003AABBCC")) == octets("AABBCC")
    assert parse_signature(octets("77069F4B03AABBCC")) == octets("AABBCC")


def test_the_dictionary_is_sound() -> None:
    assert len(TAGS) > 150
    for tag, info in TAGS.items():
        assert build_tlv([Tlv(tag, b"")])
        assert 0 <= info.least <= info.most
        assert all(is_template(template) or template == 0x80 for template in info.templates)
    assert tag_name(0x9F26).zh == "应用密文"
    assert tag_name(0xDFEE).en == "Tag DFEE"
    assert format_of(0xDFEE) == "b"


def test_a_df_tag_means_one_thing_on_the_card_and_another_in_a_download() -> None:
    assert PARAMETER_TAGS.keys() & TAGS.keys() == set(), "no name would be looked up in the wrong place"
    assert parameter_name(0xDF11).en == "TAC default"
    assert tag_name(0xDF11).en == "Tag DF11"
    assert parameter_name(0x9F06) == tag_name(0x9F06)
    said = parameter_meaning(0xDF12, octets("D84004F800"))
    assert said is not None
    assert said.en.startswith("Offline data authentication was not performed; Static Data Authentication (SDA) failed")
    assert parameter_meaning(0xDF21, bytes(16)) is None
