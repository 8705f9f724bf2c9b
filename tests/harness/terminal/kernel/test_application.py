"""GET PROCESSING OPTIONS and records: the recorded sessions of emv-utils' own tests, and the published PBOC card."""

from __future__ import annotations

from typing import Any

import pytest

from harness.terminal.kernel import application
from harness.terminal.kernel.session import COMMANDS_MAX, Ended, Session
from protocols.emv.afl import parse_afl
from protocols.emv.flags import Aip

from .driving import UNIONPAY, VECTORS, desk_with, notes, replayed, run, session_of

CARD = VECTORS["card_profile"][0]


def options(number: int, pdol: str = "") -> tuple[Any, Session]:
    session = session_of(desk_with(UNIONPAY))
    session.data[0x9F33] = bytes.fromhex("60F0C8")  # the terminal of those tests
    session.data[0x9F38] = bytes.fromhex(pdol)
    card, asked = replayed(f"emvutils/initiate_application_processing/test{number}_apdu_list")
    told, sent = run(application.options(session), card)
    assert sent == asked
    return told, session


@pytest.mark.parametrize(
    ("number", "aip", "afl"),
    [(1, "7800", "080202001001040018010201"), (2, "3900", "1801020120020400")],
)
def test_both_formats(number: int, aip: str, afl: str) -> None:
    told, session = options(number)
    assert session.data[0x82] == bytes.fromhex(aip)
    octets = b"".join(bytes((one.sfi << 3, one.first, one.last, one.signed)) for one in told.afl)
    assert octets.hex().upper() == afl


def test_a_pdol_is_filled_with_what_the_terminal_knows() -> None:
    told, session = options(4, pdol="9F3303")
    assert told is not None and session.sent == bytes.fromhex("60F0C8")


def test_conditions_that_are_not_met_mean_another_application() -> None:
    told, _ = options(3, pdol="9F3303")
    assert told is None


def test_any_other_refusal_ends_it() -> None:
    with pytest.raises(Ended) as ended:
        options(6, pdol="9F3303")
    assert (ended.value.cause, ended.value.instead) == ("card_error", "")


AFLS = {3: "08020200", 4: "08020200", 5: "08020200", 6: "08020200", 7: "08020200",
        8: "0802020010010200", 9: "0802020010010200", 10: "080202016001010110010200580101" + "01",
        11: "080202011001020058010101"}  # fmt: skip
"""By the commands of the recorded sessions: files 1 (record 2), 2, 11, 12; which of them are signed is chosen here."""


def records(number: int) -> tuple[Session, list[str], list[str]]:
    session = session_of(desk_with(UNIONPAY))
    card, asked = replayed(f"emvutils/read_application_data/test{number}_apdu_list")
    _, sent = run(application.records(session, parse_afl(bytes.fromhex(AFLS[number]))), card)
    return session, sent, asked


@pytest.mark.parametrize("number", [3, 4, 5, 6, 8])
def test_records_that_cannot_be_used_end_it(number: int) -> None:
    """6985, a record that is no template 70, one that does not end with it (twice), the same object twice."""
    with pytest.raises(Ended) as ended:
        records(number)
    assert (ended.value.cause, ended.value.instead) == ("card_error", "")


@pytest.mark.parametrize("number", [7, 9])
def test_mandatory_data_are_missing(number: int) -> None:
    session, sent, asked = records(number)
    assert sent == asked
    with pytest.raises(Ended) as ended:
        application.complete(session)
    assert ended.value.cause == "card_data_missing"
    assert notes(session.desk)[-1]["why"] == "data_missing"


def test_a_record_of_a_scheme_that_is_no_template_spoils_authentication_alone() -> None:
    session, sent, asked = records(10)
    assert sent == asked and not session.oda_sound
    application.complete(session)
    assert session.pan == "4761739001010119" and session.expiry == "2212" and session.sequence == "001"


def test_all_that_is_signed_is_kept() -> None:
    session, sent, asked = records(11)
    assert sent == asked and session.oda_sound
    assert session.oda_records[-1] == bytes.fromhex("70030101FF"), "a file above 10 is signed with its template"
    assert session.oda_records[0][:2] == b"\x57\x11", "one below without"


@pytest.mark.parametrize("afl", ["gpo_debit_credit", "gpo_qpboc"])
def test_the_published_card(afl: str) -> None:
    session = session_of(desk_with(UNIONPAY))

    def card(command: bytes) -> bytes:
        return bytes.fromhex(CARD["records"][f"{command[3] >> 3}/{command[2]}"] + "9000")

    run(application.records(session, parse_afl(bytes.fromhex(CARD[afl]["94"]))), card)
    session.data[0x82] = bytes.fromhex(CARD[afl]["82"])
    assert (session.pan, session.expiry, session.sequence) == (CARD["pan"], "3012", "001")
    assert Aip.DDA in session.aip and Aip.ISSUER_AUTHENTICATION in session.aip


def test_no_card_tells_the_terminal_what_the_amount_is() -> None:
    session = session_of(desk_with(UNIONPAY), amount_fen=100)
    content = bytes.fromhex("9F0206000000000001" + "9505FFFFFFFFFF" + "9F1A020840")
    record = b"\x70" + bytes((len(content),)) + content + b"\x90\x00"
    run(application.records(session, parse_afl(bytes.fromhex("08010100"))), lambda command: record)
    assert session.data[0x9F02] == bytes.fromhex("000000000100")
    assert session.data[0x9F1A] == bytes.fromhex("0156")
    assert session.told()[0x95] == bytes(5)


def test_a_card_that_leads_in_circles_is_left() -> None:
    session = session_of(desk_with(UNIONPAY))
    afl = parse_afl(bytes.fromhex("A801FF00" * 4))
    with pytest.raises(Ended):
        run(application.records(session, afl), lambda command: bytes.fromhex("70009000"))
    assert session.commands <= COMMANDS_MAX
