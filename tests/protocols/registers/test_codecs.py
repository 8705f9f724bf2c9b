"""Codecs of the small register protocols: whatever is built parses back, and any octets only raise our error."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.concert import message as concert
from protocols.concert.results import MEANINGS, NAMES, STATUSES
from protocols.errors import DecodeError, EncodeError
from protocols.families import caisse_ap, codepay, ecr17, poslink, transport
from protocols.transbank import commands, results
from protocols.transbank import message as transbank

plain = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters="|"), max_size=20)
octets = st.binary(max_size=30)


def fixed(count: int, alphabet: str = "") -> st.SearchStrategy[str]:
    characters = st.sampled_from(alphabet) if alphabet else st.characters(min_codepoint=0x20, max_codepoint=0x7E)
    return st.text(characters, min_size=count, max_size=count)


digits = "0123456789"
requests = st.builds(
    concert.ConcertRequest, fixed(8, digits), fixed(2), fixed(1), fixed(1), fixed(1), fixed(3, digits), fixed(10),
    fixed(4), fixed(4),
)  # fmt: skip
answers = st.builds(
    concert.ConcertAnswer, fixed(1), fixed(8, digits), fixed(2), fixed(1), st.one_of(st.just(""), fixed(55)),
    fixed(3, digits), fixed(10),
)  # fmt: skip
MESSAGES: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "transbank": (
        transbank,
        st.builds(transbank.TransbankMessage, fixed(4, digits), st.lists(plain, max_size=24).map(tuple)),
    ),
    "concert": (concert, requests | answers),
    "ecr17": (ecr17, st.builds(ecr17.Ecr17Message, fixed(8, digits), fixed(1), plain)),
    "poslink": (
        poslink,
        st.builds(
            poslink.PoslinkMessage, st.from_regex("[A-Z][0-9]{2}", fullmatch=True), plain,
            st.lists(plain, max_size=5).map(tuple), st.sampled_from(["", "0", "1"]),
        ),
    ),
    "codepay": (
        codepay,
        st.builds(codepay.CodepayMessage, st.integers(0, 255), st.integers(0, 255), st.integers(0, 255), octets),
    ),
    "caisse-ap": (
        caisse_ap,
        st.dictionaries(st.sampled_from(sorted(set(caisse_ap.TAGS) - {"CZ"})), plain, max_size=6).map(
            lambda tags: caisse_ap.CaisseMessage({"CZ": "0300", **tags})
        ),
    ),
    "transport": (
        transport,
        st.builds(
            transport.TransportMessage, fixed(2), fixed(2), fixed(1), fixed(1), fixed(4), fixed(4), fixed(2), fixed(1),
            st.lists(st.tuples(fixed(2), octets), max_size=5).map(tuple),
        ),
    ),
}  # fmt: skip


@settings(max_examples=40)
@given(st.data())
@pytest.mark.parametrize("name", MESSAGES)
def test_what_is_built_parses_back(name: str, data: st.DataObject) -> None:
    codec, messages = MESSAGES[name]
    message = data.draw(messages)
    assert codec.parse(codec.build(message)) == message


@settings(max_examples=40)
@given(st.binary(max_size=90))
@pytest.mark.parametrize("name", MESSAGES)
def test_any_octets_rebuild_or_are_refused(name: str, data: bytes) -> None:
    codec, _ = MESSAGES[name]
    try:
        message = codec.parse(data)
    except DecodeError:
        return
    assert message is None or codec.build(message) == data


@pytest.mark.parametrize(
    "message",
    [
        transbank.TransbankMessage("20"),
        transbank.TransbankMessage("02a0"),
        transbank.TransbankMessage("0200", ("a|b",)),
        transbank.TransbankMessage("0200", ("卡",)),
        transbank.TransbankMessage("0200", ("",) * 65),
    ],
)
def test_transbank_refuses(message: transbank.TransbankMessage) -> None:
    with pytest.raises(EncodeError):
        transbank.build(message)


@pytest.mark.parametrize(
    "change", [{"amount": "1250"}, {"currency": "97"}, {"private": "卡" * 10}, {"delay": "A010 "}, {"pos": "\x021"}]
)
def test_concert_refuses(change: dict[str, str]) -> None:
    with pytest.raises(EncodeError) as caught:
        concert.build(replace(concert.ConcertRequest("00001250"), **change))
    assert caught.value.path == next(iter(change))


@pytest.mark.parametrize(
    ("text", "path", "offset"),
    [
        (b"0100001250", "length", 10),
        (b"01" + b"0000125x" + b"0" * 24, "amount", 2),
        (b"01" + b"00001250" + b"000" + b"EUR" + b"0" * 18, "currency", 13),
        (b"01" + b"00001250" + b"000978" + b"\x00" + b"0" * 17, "private", 16),
    ],
)
def test_concert_says_where(text: bytes, path: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        concert.parse(text)
    assert (caught.value.path, caught.value.offset) == (path, offset)


def test_the_response_codes_that_transbank_documents() -> None:
    """The table of "POS Integrado", 80 and 83 to 87 of its client, 90 of those of "POS Autoservicio"."""
    documented = [*range(23), *range(24, 28), *range(60, 63), 65, 67, 68, *range(70, 89), 90, 93, 94, 95]
    assert sorted(map(int, results.CODES)) == documented
    assert [results.CODES[code].cause for code in ("26", "27", "73")] == [
        "not_signed_in",
        "update_required",
        "not_activated",
    ]
    must_close = {results.CODES[code].cause for code in ("13", "67", "74", "76", "77")}
    assert must_close == {"must_settle", "batch_full"}
    assert set(results.INTERMEDIATE) >= {"78", "80", "82"}


def test_every_code_that_is_sent_is_documented_and_tells_its_cause() -> None:
    assert set(results.BY_CAUSE.values()) <= results.CODES.keys()
    assert set(results.BY_STATUS.values()) <= results.CODES.keys()
    assert results.code_for("done", None) == "00"
    assert results.code_for("declined", "declined") == "01"
    assert results.code_for("refused", "anything else") == "12"


def test_every_layout_has_names_for_its_texts() -> None:
    for layout in (*commands.REQUESTS.values(), *commands.ANSWERS.values()):
        assert set(layout.names) <= commands.NAMES.keys()
        assert not layout.answer or layout.answer in commands.ANSWERS
        values = dict.fromkeys(layout.names, "1")
        message = transbank.compose(layout.command, layout.names, values, trailing=layout.trailing)
        if layout.command != "0260":  # which it is, its texts say
            assert commands.layout_of(message) == layout
    with pytest.raises(KeyError):
        transbank.compose("0200", ("amount",), {"amuont": "1"}, trailing=True)


def test_0260_is_a_request_or_an_answer() -> None:
    asked = commands.layout_of(transbank.TransbankMessage("0260", ("1", "")))
    told = commands.layout_of(transbank.TransbankMessage("0260", ("00", "597029414300")))
    assert asked is not None and told is not None
    assert (asked.side, told.side) == ("register", "terminal")


def test_concerts_words() -> None:
    assert STATUSES.keys() == {"0", "7", "9"}
    assert set(MEANINGS) <= NAMES.keys()
