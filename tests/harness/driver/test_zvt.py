"""The register's side of ZVT: which commands each operation is, and what the answers mean."""

from __future__ import annotations

from typing import Any

import pytest

from .zvt_terminal import REGISTERED, STATUS_INFO, TAKEN, Played


@pytest.fixture(params=["serial", "tcp"])
def played(request: pytest.FixtureRequest) -> Played:
    return Played(request.param)


def test_a_sale(played: Played) -> None:
    played.ask("sale", amount_fen=1234)
    # card complete's registration for unattended use: text blocks permitted, config BE.
    assert played.sent == ["06000e000000be0978060626040a0206d3"]
    played.say(TAKEN, REGISTERED)
    assert played.sent[1:] == [TAKEN, "06010a04000000001234490978"]
    played.sent.clear()
    played.say(TAKEN, "04ff1e0a01061a241807164269747465204b617274652065696e737465636b656e", STATUS_INFO)
    played.say("06d10800488e4e444c4552", "06d10181", "060f00")
    assert played.sent == [TAKEN] * 5
    (told,) = played.answers
    expected = {
        "op": "sale", "status": "done", "code": "00", "cause": None, "stan": "000470", "receipt": "0470",
        "amount_fen": 1234, "printed": ["HÄNDLER", ""],
    }  # fmt: skip
    assert expected.items() <= told.items()
    (progress,) = played.notes("progress")
    assert progress["state"] == "0A"
    assert progress["text"]["en"] == "insert card: Bitte Karte einstecken"
    assert played.driver.deadline is None


def test_a_second_operation_does_not_register_again_and_a_restarted_terminal_is_registered_again(
    played: Played,
) -> None:
    played.registered()
    played.ask("settle")
    assert played.sent == ["065003000000"]
    played.say("846b00")  # PA00P015: PT not registered
    assert played.sent[1:] == ["06000e000000be0978060626040a0206d3"]
    played.say(TAKEN, REGISTERED)
    assert played.sent[-1] == "065003000000"
    played.say("061e016b")
    assert played.answers[0]["cause"] == "not_registered"  # not for ever


@pytest.mark.parametrize(
    ("said", "status", "cause", "code"),
    [
        (["061e0151"], "refused", "not_signed_in", "51"),
        (["061e01e4"], "refused", "not_activated", "E4"),
        (["061e01c2"], "refused", "no_parameters", "C2"),
        (["061e01f0"], "refused", "must_settle", "F0"),
        (["849c00"], "refused", "busy", "9C"),
        (["061e0185"], "refused", "no_tmk", "85"),
        (["800000", "040f022733", "061e0133"], "declined", "f39_51", "51"),
        (["800000", "040f022705", "061e0105"], "declined", "f39_05", "05"),
        (["800000", "040f02276c", "061e016c"], "cancelled", "cancelled", "6C"),
        (["800000", "040f042705a090", "061e0105"], "declined", "f39_90", "90"),
        (["800000", "040f04276ca001", "061e016c"], "cancelled", "cancelled", "6C"),
        (["800000", "061e01ff"], "unknown", "reversal_pending", "FF"),
        (["800000", "061e017d"], "no_answer", "no_connection", "7D"),
        (["800000", "061e00"], "cancelled", "aborted", None),
        (["841e036f0978"], "refused", "wrong_currency", "6F"),
    ],
)
def test_refusals(played: Played, said: list[str], status: str, cause: str, code: str | None) -> None:
    played.registered()
    played.ask("sale", amount_fen=1)
    played.say(*said)
    (told,) = played.answers
    assert (told["status"], told["cause"], told["code"]) == (status, cause, code)


def test_another_amount_than_the_one_ordered_is_said(played: Played) -> None:
    played.registered()
    played.ask("sale", amount_fen=1234)
    played.say(TAKEN, "040f0c270004000000009999870017", "060f00")
    (told,) = played.answers
    assert (told["status"], told["cause"], told["amount_fen"]) == ("done", "other_amount", 9999)
    assert "9999" in told["text"]["en"] and "1234" in told["text"]["zh"]


def test_approved_and_yet_aborted_is_learned_from_the_newest_receipt(played: Played) -> None:
    """Whether it was taken back the abort does not say."""
    played.registered()
    played.ask("sale", amount_fen=1234)
    played.say(TAKEN, STATUS_INFO, "061e01a1")
    assert played.sent[-1] == "062003000000" and not played.answers
    played.say(TAKEN, "061e0183")
    (told,) = played.answers
    assert told["status"] == "unknown"


def test_a_lock_is_told_with_its_cure(played: Played) -> None:
    played.ask("status")
    assert played.sent == ["050100"]  # allowed without a registration
    played.say(TAKEN, "060f01e4")
    (told,) = played.answers
    assert (told["status"], told["cause"], told["terminal_status"]) == ("done", "not_activated", "E4")
    assert "08 13" in told["text"]["en"] and "激活" in told["text"]["zh"]


def test_identify_says_what_the_terminal_says_of_itself(played: Played) -> None:
    played.ask("identify")
    played.say(TAKEN, REGISTERED)
    assert played.sent[-1] == "0501050000000304"
    played.say(
        TAKEN,
        # EVerest, capture
        "060f89f0f4f04745522d4150502d76322e302e393b635230322e30312e30312d30302e30392d322d323b4343323600065b1f440452500245"
        "e4431f400a6356454e4420626f782b1f41284745522d4150502d76322e302e393b635230322e30312e30312d30302e30392d322d323b4343"
        "32361f420411e930ec1f430100340d1f0e04202306221f0f03085556",
    )
    (told,) = played.answers
    expected = {"status": "done", "tid": "52500245", "model": "cVEND box+", "sn": "11E930EC", "terminal_status": "00"}
    assert expected.items() <= told.items()
    assert told["version"].startswith("GER-APP-v2.0.9")


@pytest.mark.parametrize(
    ("op", "args", "quirks", "commands"),
    [
        ("load_keys", {}, {}, ["069303000000"]),
        ("sign_in", {}, {"password": "123456"}, ["069303123456", "06000e123456be0978060626040a0206d3"]),
        ("download", {}, {}, ["06700506031b0103", "06700506031b0104"]),
        ("self_test", {}, {}, ["06700506031b0101"]),
        ("settle", {}, {}, ["065003000000"]),
        ("reprint", {}, {}, ["062003000000"]),
        ("refund", {"amount_fen": 100}, {}, ["06310d00000004000000000100490978"]),
        ("void", {"stan": "000470"}, {}, ["063006000000870470"]),
        ("preauth", {"amount_fen": 2500}, {}, ["06220a04000000002500490978"]),
        ("preauth_void", {"stan": "231"}, {}, ["062503870231"]),
        ("completion", {"stan": "231", "amount_fen": 2500}, {}, ["06240d87023104000000002500490978"]),
        ("activate", {"tid": "29001006"}, {"activation": "06 1B"}, ["061b080000002929001006", "069303000000"]),
        ("activate", {}, {"activation": "08 22"}, ["082200", "069303000000"]),
        ("activate", {"code": "A1"}, {}, ["08130e00000006092d071d01011c024131", "069303000000"]),
    ],
)
def test_operations_are_these_commands(
    op: str, args: dict[str, Any], quirks: dict[str, Any], commands: list[str]
) -> None:
    played = Played(**quirks)
    played.registered()
    played.ask(op, **args)
    for command in commands:
        assert played.sent[-1] == command
        played.say(TAKEN)
        if op in ("refund", "void", "preauth", "preauth_void", "completion"):
            played.say(STATUS_INFO)
        played.say("060f00")
    assert played.sent[-1] == TAKEN
    assert [told["status"] for told in played.answers] == ["done"]


def test_sign_in_that_left_the_terminal_without_initialisation(played: Played) -> None:
    played.registered()
    played.ask("sign_in")
    played.say(TAKEN, "060f00", TAKEN, "060f0a19012929001006490978")
    assert (played.answers[0]["status"], played.answers[0]["cause"]) == ("refused", "not_signed_in")


def test_log_off_ends_with_its_answer_and_undoes_the_registration(played: Played) -> None:
    played.registered()
    played.ask("sign_off")
    assert played.sent == ["060200"]
    played.say(TAKEN)
    assert played.answers[0]["status"] == "done"
    played.ask("settle")
    assert played.sent[-1].startswith("0600")


def test_a_void_names_the_receipt_that_the_sale_was_told_with(played: Played) -> None:
    played.registered()
    played.ask("sale", amount_fen=1234)
    played.say(TAKEN, STATUS_INFO.replace("870470", "870099"), "060f00")
    played.ask("void", stan="000470")
    assert played.sent[-1] == "063006000000870099"


def test_receipts_by_text_block_in_the_agreed_set() -> None:
    played = Played()
    played.ask("settle")
    # a-02: the completion names character set 01, ISO 8859-1.
    played.say(TAKEN, "060f1119002952001233490978060527031401 01".replace(" ", ""))
    played.say(TAKEN, "06d31406121f070103250c0708c4d6dc412031323307 00", "060f00")
    assert played.answers[0]["status"] == "done"
    assert played.answers[0]["printed"] == ["ÄÖÜA 123", ""]


def test_a_vendor_that_always_sends_latin_1() -> None:
    played = Played(charset="iso-8859-1")
    played.registered()
    played.ask("settle")
    played.say(TAKEN, "06d10d005465737420e420f620fc20df", "060f0227e0")
    assert played.answers[0]["printed"] == ["Test ä ö ü ß"]
    # card complete: the end of day is done, and remote maintenance follows.
    assert played.answers[0]["status"] == "done"
