"""What the kernel checks, bit by bit: restrictions, cardholder, risk, action codes; TVR values of public samples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from harness.terminal.kernel import action, cardholder, cryptogram, restrictions, risk
from harness.terminal.kernel.parameters import applications, public_key
from harness.terminal.kernel.session import Ended, Session
from harness.terminal.state import apply
from harness.terminal.wants import GaveUp
from protocols.emv.flags import Tsi, Tvr

from .driving import UNIONPAY, VECTORS, aid, desk_with, replayed, run, session_of

PAN = "6212142000000000012"


def ready(amount_fen: int = 100, **data: str) -> Session:
    """A session whose application was read: `t9F07="FF00"` and so on."""
    desk = desk_with(UNIONPAY)
    session = session_of(desk, amount_fen=amount_fen)
    session.application = applications(desk.state.aids)[0]
    usual = {"t5A": PAN + "F", "t5F24": "301231", "t82": "7C00", "t9F08": "0020"}
    for name, value in {**usual, **data}.items():
        session.data[int(name[1:], 16)] = bytes.fromhex(value)
    session.data[0x9F09] = session.application.version
    return session


def marks(session: Session) -> str:
    return session.tvr.octets().hex().upper()


# restrictions; the terminal's date is 2 March 2026


@pytest.mark.parametrize(
    ("data", "tvr"),
    [
        ({}, "0000000000"),
        ({"t9F08": "0030"}, "0080000000"),
        ({"t5F24": "260301"}, "0040000000"),
        ({"t5F24": "260302"}, "0000000000"),
        ({"t5F24": "991231"}, "0040000000"),
        ({"t5F25": "260303"}, "0020000000"),
        ({"t5F25": "991231"}, "0000000000"),
        ({"t9F07": "FE00"}, "0010000000"),
        ({"t9F07": "0100", "t5F28": "0156"}, "0010000000"),
        ({"t9F07": "2100", "t5F28": "0156"}, "0000000000"),
        ({"t9F07": "2100", "t5F28": "0840"}, "0010000000"),
        ({"t9F07": "1100", "t5F28": "0840"}, "0000000000"),
        ({"t9F07": "0100"}, "0000000000"),
    ],
)
def test_restrictions(data: Mapping[str, Any], tvr: str) -> None:
    session = ready(**data)
    restrictions.restrict(session)
    assert marks(session) == tvr


# terminal risk management


@pytest.mark.parametrize(
    ("case", "tvr"),
    [
        (0, "0000000000"), (1, "0000006000"), (2, "0000000000"), (3, "0000004000"),
        (4, "0000004000"), (5, "0000006000"), (6, "0008000000"), (7, "0008006000"),
    ],
)  # fmt: skip
def test_velocity_as_in_the_recorded_sessions(case: int, tvr: str) -> None:
    """Lower limit 18, upper 52, between which the recorded counters were chosen; no transaction is at the floor."""
    session = ready(amount_fen=0, t9F14="12", t9F23="34")
    session.application = applications([aid("A000000333010101", ("9F1B", "00000100"))])[0]
    card, asked = replayed(f"emvutils/terminal_risk_management/case{case}")
    _, sent = run(risk.manage(session), card)
    assert sent == asked
    assert marks(session) == tvr
    assert session.tsi == Tsi.TERMINAL_RISK_MANAGEMENT


def floor(amount_fen: int, **facts: str) -> str:
    rows = {"9F1B": "00001000", "DF15": "00000800", "DF16": "00", "DF17": "00", **facts}
    session = ready(amount_fen=amount_fen)
    session.application = applications([aid("A000000333010101", *rows.items())])[0]
    run(risk.manage(session), lambda command: None)
    return marks(session)


def test_floor_limit_and_random_selection() -> None:
    assert floor(0x1000) == "0000008000"
    assert floor(0xFFF) == "0000000000"
    assert floor(0xFFF, DF16="99") == "0000001000", "just below the limit the highest share is chosen"
    assert floor(0x800, DF16="99") == "0000000000", "at the threshold the usual one"
    assert floor(0x7FF, DF17="99") == "0000001000"


def test_the_exception_file_is_the_downloaded_blacklist() -> None:
    session = ready(amount_fen=0, t82="7400")
    apply(session.desk.state, {"kind": "downloaded", "what": "bin_blacklist", "items": [PAN[:8]]})
    run(risk.manage(session), lambda command: None)
    assert marks(session) == "1000000000" and Tsi.TERMINAL_RISK_MANAGEMENT not in session.tsi


# cardholder verification

WRONG_ONCE = ("9F170103", "63C2", "9000")


def verified(rules: str, *typed: Any, card: tuple[str, ...] = (), amount_fen: int = 100, **data: str) -> Session:
    session = ready(amount_fen=amount_fen, t8E="0000100000002000" + rules, t9F42="0156", **data)
    left = list(card)

    def answers(command: bytes) -> bytes:
        answer = left.pop(0)
        return bytes.fromhex(answer if len(answer) == 4 else answer + "9000")

    run(cardholder.verify(session), answers, *typed)
    assert left == []
    return session


@pytest.mark.parametrize(
    ("rules", "typed", "card", "results", "tvr"),
    [
        ("4203", ("123456",), (), "420300", "0000040000"),  # online PIN; as the sample cup-cn-hosttlv
        ("0203", ("123456",), (), "020300", "0000040000"),  # as cup-cn-online-pin
        ("1E03", (), (), "1E0300", "0000000000"),  # signature; as cup-hk-contact
        ("1F00", (), (), "1F0002", "0000000000"),
        ("0203", ("",), (), "020301", "0000880000"),  # ENTER alone: bypassed, and no rule behind it
        ("42031E03", ("",), (), "1E0300", "0000080000"),
        ("420341031E03", ("",), (), "1E0300", "0000080000"),  # no second PIN is asked for
        ("0103", ("1234",), ("9F170103", "9000"), "010302", "0000000000"),
        ("0103", ("1234", "4321"), WRONG_ONCE, "010302", "0000000000"),
        ("41031E03", ("1234",), ("9F170101", "63C0"), "1E0300", "0000200000"),
        ("41031E03", (), ("9F170100",), "1E0300", "0000200000"),
        ("0103", ("1234",), ("6A88", "6983"), "010301", "0000A00000"),
        ("0303", ("1234",), ("9F170103", "9000"), "030300", "0000000000"),
        ("0000", (), (), "000001", "0000800000"),
        ("6003", (), (), "3F0001", "0000800000"),  # a document: only where it is supported
        ("6000", (), (), "600001", "0000800000"),
        ("2A00", (), (), "2A0001", "0000C00000"),  # a method that nobody knows
        ("6A001F00", (), (), "1F0002", "0000400000"),
        ("0201", (), (), "3F0001", "0000800000"),  # unattended cash
        ("0204", (), (), "3F0001", "0000800000"),
        ("0205", (), (), "3F0001", "0000800000"),
        ("1F061E00", (), (), "1F0602", "0000000000"),  # below X
    ],
)
def test_the_rules_of_a_list(rules: str, typed: Any, card: Any, results: str, tvr: str) -> None:
    session = verified(rules, *typed, card=card)
    assert session.data[0x9F34].hex().upper() == results
    assert marks(session) == tvr
    assert session.tsi == Tsi.CARDHOLDER_VERIFICATION
    assert session.pin == ("123456" if "123456" in typed else "")


@pytest.mark.parametrize(
    ("condition", "amount_fen", "applies"),
    [
        ("06", 0x0FFF, True), ("06", 0x1000, False), ("07", 0x1001, True), ("07", 0x1000, False),
        ("08", 0x1FFF, True), ("08", 0x2000, False), ("09", 0x2001, True), ("09", 0x2000, False),
    ],
)  # fmt: skip
def test_amounts_in_the_currency_of_the_application(condition: str, amount_fen: int, applies: bool) -> None:
    """X is 1000, Y 2000 (hex)."""
    assert (verified(f"1F{condition}", amount_fen=amount_fen).data[0x9F34][0] == 0x1F) is applies
    session = ready(amount_fen=amount_fen, t8E=f"00001000000020001F{condition}", t9F42="0840")
    run(cardholder.verify(session), lambda command: None)
    assert session.data[0x9F34] == bytes.fromhex("3F0001")


def test_no_list_or_no_verification() -> None:
    session = ready()
    run(cardholder.verify(session), lambda command: None)
    assert (session.data[0x9F34].hex().upper(), marks(session)) == ("3F0000", "2000000000")
    session = ready(t82="6C00", t8E="00000000000000001F00")
    run(cardholder.verify(session), lambda command: None)
    assert (session.data[0x9F34].hex().upper(), marks(session)) == ("3F0000", "0000000000")


def test_whoever_cancels_at_the_pin_ends_it() -> None:
    session = ready(t8E="00000000000000000203")
    with pytest.raises(Ended) as ended:
        run(cardholder.verify(session), lambda command: None, GaveUp("cancelled"))
    assert ended.value.cause == "cancelled"


def test_the_plain_pin_block() -> None:
    """Book 3 clause 6.5.12: control 2, length, digits, filled up with F."""
    seen: list[str] = []

    def card(command: bytes) -> bytes:
        seen.append(command.hex().upper())
        return b"\x90\x00" if command[1] == 0x20 else bytes.fromhex("9F1701039000")

    run(cardholder.verify(ready(t8E="00000000000000000100")), card, "1234")
    assert seen == ["80CA9F1700", "0020008008241234FFFFFFFFFF"]


# action codes


@pytest.mark.parametrize(
    ("tvr", "card", "asked"),
    [
        ("0000000000", {}, "ARQC"),
        ("0010000000", {}, "AAC"),  # DF13, TAC denial
        ("0000200000", {}, "ARQC"),
        ("0000200000", {"t9F0E": "0000200000"}, "AAC"),
        ("FFEFFFFFFF", {}, "ARQC"),
    ],
)
def test_what_the_card_is_asked_for(tvr: str, card: Mapping[str, Any], asked: str) -> None:
    session = ready(**card)
    session.tvr = Tvr.of(bytes.fromhex(tvr))
    assert action.decide(session) == asked


# what the card may answer


def generated(when: Any, asked: Any, answer: str) -> tuple[str, Session]:
    session = ready(t8C="9F0206", t8D="8A02")
    given, sent = run(cryptogram.generate(session, when, asked), lambda command: bytes.fromhex(answer))
    assert sent[0][:6] == "80AE" + {"ARQC": "80", "TC": "40", "AAC": "00"}[asked]
    return given, session


AC = "0005" + "1122334455667788" + "07010103A0A802010A0100"


@pytest.mark.parametrize(
    ("when", "asked", "cid", "given"),
    [
        ("first_ac", "ARQC", "80", "ARQC"),
        ("first_ac", "ARQC", "00", "AAC"),
        ("first_ac", "AAC", "00", "AAC"),
        ("second_ac", "TC", "40", "TC"),
        ("second_ac", "TC", "00", "AAC"),
        ("second_ac", "TC", "80", "AAC"),  # no third way is left
        ("second_ac", "AAC", "40", "AAC"),  # more than it was asked for
    ],
)
def test_which_cryptogram_counts(when: str, asked: str, cid: str, given: str) -> None:
    both = (f"8016{cid}{AC}9000", f"77229F2701{cid}9F360200059F260811223344556677889F100B07010103A0A802010A01009000")
    for answer in both:
        found, session = generated(when, asked, answer)
        assert found == given
        usable = given == {"80": "ARQC", "40": "TC", "00": "AAC"}[cid]
        assert (session.data.get(0x9F36) == bytes.fromhex("0005")) is usable
        assert (session.tsi == Tsi.CARD_RISK_MANAGEMENT) is usable


@pytest.mark.parametrize("answer", [f"801640{AC}9000", f"8016C0{AC}9000", "6985", "800380000590009000", "9000"])
def test_a_first_answer_that_cannot_be_ends_it(answer: str) -> None:
    """A TC for an ARQC, a kind that does not exist, a refusal, half an answer, none."""
    with pytest.raises(Ended) as ended:
        generated("first_ac", "ARQC", answer)
    assert ended.value.cause == "card_error"


# downloaded parameters


@pytest.mark.parametrize("row", VECTORS["aid_params"], ids=lambda row: str(row["id"]))
def test_downloaded_parameters(row: Mapping[str, Any]) -> None:
    (one,) = applications([row["tlv"]])
    told = row["decoded"]
    assert one.aid.hex().upper() == told["9F06"] and not one.exact
    codes = (one.tac_default, one.tac_online, one.tac_denial)
    assert [code.hex().upper() for code in codes] == [told[tag] for tag in ("DF11", "DF12", "DF13")]
    assert one.floor_limit_fen == int(told["9F1B"], 16) and (one.target, one.max_target) == (99, 99)
    limits = (one.contactless_floor_fen, one.contactless_limit_fen, one.contactless_cvm_fen)
    assert limits == tuple(int(told[tag]) if tag in told else None for tag in ("DF19", "DF20", "DF21"))


def test_what_is_damaged_in_a_download_is_passed_over() -> None:
    assert [one.aid for one in applications(["9F06", "zz", "", aid("A0000003"), UNIONPAY])] == [
        bytes.fromhex("A000000333010101")
    ]
    assert public_key(["9F06", "zz"], b"", b"") is None
