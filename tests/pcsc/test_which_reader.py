"""Which reader is meant, what its name tells, and what the return codes of PC/SC stand for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.links.pcsc import CardLinkError, ReaderInfo, choose
from harness.links.pcsc.readers import _changes, is_contactless, serial_in, suited_to
from harness.links.pcsc.troubles import CODES, TROUBLES, error_of
from harness.machine import CARD_REASONS

CONTACT = ReaderInfo("ACS ACR1281 1S Dual Reader [ACR1281 1S ICC Reader] 00 00", serial="")
PICC = ReaderInfo("ACS ACR1281 1S Dual Reader PICC 00 01", contactless=True)
OTHER = ReaderInfo(
    "HID Global OMNIKEY 3x21 Smart Card Reader [OMNIKEY 3x21] (0123A) 01 00", serial="0123A", present=True
)
ALL = (CONTACT, PICC, OTHER)


@pytest.mark.parametrize(
    ("wanted", "how", "expected"),
    [
        (CONTACT.name, "", CONTACT),
        ("0123A", "", OTHER),
        ("omnikey", "", OTHER),
        ("contactless", "", PICC),
        ("ACR1281", "tap", PICC),
        ("ACR1281", "insert", CONTACT),
        ("", "", OTHER),  # the one with a card
        ("contact", "", OTHER),
    ],
)
def test_a_reader_is_found_by_name_part_serial_number_kind_or_its_card(
    wanted: str, how: str, expected: ReaderInfo
) -> None:
    assert choose(ALL, wanted, how) == expected


@pytest.mark.parametrize(
    ("known", "wanted", "trouble"),
    [((), "", "no-reader"), (ALL, "Gemalto", "unknown-reader"), (ALL, "ACR1281", "several-readers")],
)
def test_what_cannot_be_found_is_told_with_what_there_is(
    known: tuple[ReaderInfo, ...], wanted: str, trouble: str
) -> None:
    with pytest.raises(CardLinkError) as caught:
        choose(known, wanted)
    assert caught.value.trouble == trouble
    assert caught.value.reason == "no-reader"
    if known:
        assert "ACR1281" in caught.value.what.zh and "ACR1281" in caught.value.what.en


def test_every_reader_that_a_word_may_mean_is_named() -> None:
    assert suited_to(ALL, "acr") == [CONTACT, PICC]


@pytest.mark.parametrize(
    ("name", "contactless"),
    [  # names as libccid, Windows and macOS give them
        ("ACS ACR122U PICC Interface 00 00", True),
        ("ACS ACR1252 1S CL Reader [ACR1252 Dual Reader PICC] 00 00", True),
        ("SCM Microsystems Inc. SCL010 Contactless Reader [CCID Interface] (21161044) 00 00", True),
        ("OMNIKEY AG CardMan 5121 00 01-CL", True),
        ("Identiv uTrust 3700 F CL Reader 0", True),
        ("SONY FeliCa RC-S380/P 00 00", True),
        ("posrig virtual PICC 00 00", True),
        ("Gemalto PC Twin Reader 00 00", False),
        ("Generic Smart Card Reader Interface [CCID Class] 00 00", False),
        ("ACS ACR1281 1S Dual Reader ICC 00 00", False),
        ("ACS ACR1281 1S Dual Reader SAM 02 00", False),
        ("Alcor Micro AU9540 00 00", False),
        ("Cloud Reader 00 00", False),
    ],
)
def test_contactless_readers_are_known_by_their_names(name: str, contactless: bool) -> None:
    assert is_contactless(name) is contactless


def test_where_the_name_says_nothing_the_card_does() -> None:
    """PC/SC Part 3: 3B 8n 80 01 is the ATR that a reader makes up for a contactless card."""
    assert is_contactless("HID Global OMNIKEY 5022 Smart Card Reader 00 00", bytes.fromhex("3B8F8001804F0CA000000306"))
    assert not is_contactless("Gemalto PC Twin Reader 00 00", bytes.fromhex("3B6D00008031C0520A3FFF"))


@pytest.mark.parametrize(
    ("name", "serial"),
    [
        ("SCM Microsystems Inc. SCL010 [CCID Interface] (21161044) 00 00", "21161044"),
        ("Gemalto PC Twin Reader (69A1B2C3) 01 00", "69A1B2C3"),
        ("Reader (R) of Some Maker 00 00", ""),
        ("Gemalto PC Twin Reader 00 00", ""),
    ],
)
def test_libccid_puts_the_serial_number_behind_the_name(name: str, serial: str) -> None:
    assert serial_in(name) == serial


@pytest.mark.parametrize(
    ("code", "reason"),
    [  # winscard.h, and what was seen of pcscd
        (0x8010001D, "no-service"),
        (0x8010001D - 2**32, "no-service"),  # the same as a signed number
        (0x80100013, "no-service"),  # pcscd killed while SCardGetStatusChange waits
        (0x8010006A, "no-service"),
        (0x8010001E, "no-service"),
        (0x8010002E, "no-reader"),
        (0x80100017, "no-reader"),
        (0x8010000C, "no-card"),
        (0x80100067, "mute"),
        (0x80100066, "mute"),
        (0x8010000F, "bad-atr"),
        (0x80100069, "removed"),
        (0x80100068, "reset"),
        (0x8010000B, "in-use"),
        (0x80100016, "card-error"),
        (0x8010002F, "card-error"),
    ],
)
def test_a_return_code_is_one_of_the_reasons_of_a_cards_link(code: int, reason: str) -> None:
    assert error_of(code).reason == reason


def test_every_trouble_has_a_reason_that_machines_know_and_every_code_a_trouble() -> None:
    assert {one.reason for one in TROUBLES.values()} == set(CARD_REASONS)
    assert set(CODES.values()) <= TROUBLES.keys()


def test_a_code_that_nobody_knows_is_shown() -> None:
    assert "80100099" in str(error_of(0x80100099)) and "80100099" in error_of(0x80100099).what.zh


def test_a_reader_whose_card_was_pulled_is_told_without_it() -> None:
    """The event has the ATR of the card that left, and no card."""
    (change,) = _changes({OTHER.name: OTHER}, {OTHER.name: replace(OTHER, present=False)}, {OTHER.name: 0}, {})
    assert change.what == "removed" and not change.reader.present
