"""What can be wrong with a card, at every command; and what the bench may ask of it."""

from __future__ import annotations

import pytest

from harness.card.behaviours import BEHAVIOURS, settings_of
from harness.card.faults import worn_permille
from harness.card.issuing import rsa_key
from harness.card.settings import holders_cards
from harness.machine import Answer, Ask, Close, Closed, Opened, Persist, Received, Send
from protocols.emv import certificates, oda
from protocols.emv.afl import records_of
from protocols.emv.commands import PSE, get_data, read_record, select
from protocols.emv.dol import fill_dol
from protocols.emv.gpo import parse_ac, parse_gpo, parse_signature
from protocols.errors import DecodeError
from protocols.text import Text
from protocols.tlv import parse_tlv

from .reader import LINK, TOLD, Pulled, Reader, arpc, whole

AID = bytes.fromhex("A000000333010101")
COURSE = (
    ("SELECT", 1),
    ("READ RECORD", 1),
    ("SELECT", 2),
    ("GET PROCESSING OPTIONS", 1),
    ("READ RECORD", 2),
    ("GET DATA", 1),
    ("GET CHALLENGE", 1),
    ("VERIFY", 1),
    ("INTERNAL AUTHENTICATE", 1),
    ("GENERATE AC", 1),
    ("EXTERNAL AUTHENTICATE", 1),
    ("GENERATE AC", 2),
)
"""A transaction's commands, each with its number among those of its name."""
COMMANDS = (
    select(PSE).build().hex(),
    read_record(1, 1).build().hex(),
    select(AID).build().hex(),
    "80A8000002830000",
    read_record(2, 1).build().hex(),
    get_data(0x9F17).build().hex(),
    "0084000000",
    "002000800826123456FFFFFFFF",
    "00880000040102030400",
)


def through(reader: Reader, name: str = "debit") -> list[bytes | str | None]:
    """What each command of the course is answered: octets, None for nothing, "pulled" where the card is out."""
    answers: list[bytes | str | None] = []
    application = reader.chip(name).applications[0]
    first = "80AE800020" + fill_dol(application.cdol1, TOLD).hex() + "00"
    second = "80AE400022" + fill_dol(application.cdol2, TOLD).hex() + "00"
    for command in (*COMMANDS, first, "008200000A" + "00" * 10, second):
        try:
            answers.append(reader.octets(bytes.fromhex(command)))
        except Pulled:
            answers.append("pulled")
        if reader.out:
            break
    return answers


def healthy() -> list[bytes | str | None]:
    reader = Reader()
    reader.put_in("debit")
    return through(reader)


def test_the_course_is_one_that_goes_well_but_for_the_issuer() -> None:
    answers = healthy()
    words = [answer[-2:].hex() for answer in answers if isinstance(answer, bytes)]
    assert words == ["9000"] * 10 + ["6300", "9000"] and len(answers) == len(COURSE)


@pytest.mark.parametrize("at", range(len(COURSE)), ids=[f"{name} {number}" for name, number in COURSE])
def test_each_fault_strikes_where_it_is_told_to(at: int) -> None:
    name, number = COURSE[at]
    where = {"command": name.lower().replace(" ", "_"), "number": number}
    reader = Reader()
    for behaviour, ends_with in (("pulled_before", "pulled"), ("pulled_during", "pulled"), ("hanging", None)):
        reader.ask("cause", behaviour=behaviour, **where)
        reader.put_in("debit")
        answers = through(reader)
        reader.ask("heal", behaviour=behaviour)
        reader.take_out()
        assert answers[at] == ends_with, behaviour
        assert all(isinstance(answer, bytes) for answer in answers[:at])
        assert all(answer is None for answer in answers[at + 1 :])
    for behaviour, settings in (("wrong_status", {"sw": "6F00"}), ("pulled_after", {}), ("damaged_tlv", {})):
        reader = Reader()
        reader.ask("cause", behaviour=behaviour, **where, **settings)
        reader.put_in("debit")
        answers = through(reader)
        before, good = answers[at], healthy()[at]
        assert isinstance(before, bytes) and isinstance(good, bytes)
        if behaviour == "wrong_status":
            assert before == b"\x6f\x00"
        elif behaviour == "pulled_after":
            assert len(answers) == at + 1 and reader.out and before[-2:] == good[-2:]
        elif len(good) > 2 and name != "GET CHALLENGE":
            assert len(before) == len(good)
            with pytest.raises(DecodeError):
                parse_tlv(before[:-2], "damaged")


def test_a_fault_by_its_place_among_all_commands() -> None:
    reader = Reader()
    reader.ask("cause", behaviour="wrong_status", sw=0x6A80, number=3)
    reader.put_in("debit")
    assert [a[-2:].hex() for a in through(reader) if isinstance(a, bytes)][:4] == ["9000", "9000", "6a80", "6985"]


def test_a_card_pulled_before_a_command_has_not_done_it_and_one_pulled_behind_it_has() -> None:
    for behaviour, atc in (("pulled_before", 0), ("pulled_during", 1), ("pulled_after", 1)):
        reader = Reader()
        reader.ask("cause", behaviour=behaviour, command="GET PROCESSING OPTIONS")
        reader.put_in("debit")
        through(reader)
        assert reader.ask("status", card="debit")["atc"] == atc


def test_mute_and_dead_on_reset_and_garbage() -> None:
    reader = Reader()
    reader.ask("cause", behaviour="mute", card="debit")
    assert reader.put_in("debit") == b"" and reader.octets(bytes.fromhex(COMMANDS[0])) is None
    reader.take_out()
    assert reader.put_in("credit") != b""
    reader.ask("heal", behaviour="mute", card="debit")
    reader.take_out()
    atr = reader.put_in("debit")
    assert atr.hex() == "3be000008131fe45eb"
    reader.ask("cause", behaviour="mute_on_reset")
    assert reader.octets(bytes.fromhex(COMMANDS[0])) is not None
    assert reader.put_in("debit") == b"", "a warm reset: the same link once more"
    assert reader.put_in("debit") == b"", "dead until it is put in again"
    reader.take_out()
    assert reader.put_in("debit") == atr
    reader.ask("heal")
    reader.ask("cause", behaviour="garbage_atr", atr="3F00")
    assert reader.put_in("debit").hex() == "3f00"


def test_a_reset_is_no_insertion_and_ends_what_was_under_way() -> None:
    reader = Reader()
    reader.begin("debit")
    reader.put_in("debit")
    assert reader.send("80CA9F3600").sw == 0x6985
    assert reader.ask("status", card="debit")["insertions"] == 1


def test_a_slow_card_answers_when_its_time_has_come_and_not_when_it_is_out() -> None:
    reader = Reader()
    reader.ask("cause", behaviour="slow", us=2_000_000, command="select")
    reader.put_in("debit")
    assert reader.octets(bytes.fromhex(COMMANDS[0])) is None
    assert reader.machine.deadline == 2_000_000
    reader.wait(1_999_999)
    assert reader.answers == []
    reader.wait(1)
    assert reader.answers[0][-2:] == b"\x90\x00" and reader.machine.deadline is None
    assert reader.octets(bytes.fromhex(COMMANDS[2])) is None
    reader.take_out()
    assert reader.machine.deadline is None


def test_a_card_that_has_not_answered_takes_no_other_command() -> None:
    reader = Reader()
    reader.ask("cause", behaviour="slow", us=1_000, command="GET PROCESSING OPTIONS")
    reader.put_in("debit")
    reader.send(select(AID))
    for _ in range(3):
        assert reader.octets(bytes.fromhex("80A8000002830000")) is None
    reader.wait(1_000)
    assert len(reader.answers) == 1 and reader.ask("status", card="debit")["atc"] == 1


def test_a_reset_revives_a_card_that_hangs() -> None:
    reader = Reader()
    reader.ask("cause", behaviour="hanging", command="SELECT", number=2)
    reader.put_in("debit")
    assert reader.octets(bytes.fromhex(COMMANDS[0])) is not None
    assert reader.octets(bytes.fromhex(COMMANDS[2])) is reader.octets(bytes.fromhex("80CA9F3600")) is None
    assert reader.put_in("debit") != b""
    assert reader.octets(bytes.fromhex(COMMANDS[0])) is not None


def test_worn_contacts_fail_more_often_the_more_often_they_were_used() -> None:
    """Ten lives of a card without a contact error, and a share beyond, the same each time."""
    assert [worn_permille(used, 10_000) for used in (0, 10_000, 12_000, 15_000, 90_000)] == [0, 0, 200, 500, 1000]
    failed = []
    for used in (9_000, 12_000, 18_000):
        reader = Reader(chips={"own": whole(contact_life=10_000)})
        reader.ask("cause", behaviour="worn", card="own", insertions=used)
        bad = 0
        for _ in range(60):
            if not reader.put_in("own") or reader.octets(bytes.fromhex(COMMANDS[0])) == b"\x00":
                bad += 1
            reader.take_out()
        failed.append(bad)
        for _ in range(3):
            assert reader.put_in("own", "tap") != b"", "contactless has no contacts"
            reader.take_out()
    assert failed[0] == 0 < failed[1] < failed[2] < 60


def test_a_wrong_cryptogram_and_a_wrong_number() -> None:
    answers = {}
    for behaviour in ("", "wrong_cryptogram", "wrong_unpredictable"):
        reader = Reader()
        if behaviour:
            reader.ask("cause", behaviour=behaviour)
        reader.begin("debit")
        answers[behaviour] = parse_ac(reader.generate("debit", 0x80).data).cryptogram
    assert len(set(answers.values())) == 3


@pytest.mark.parametrize("which", ["issuer", "icc", "static", "dynamic"])
def test_a_wrong_certificate_is_wrong_where_it_says(which: str) -> None:
    """`debit` is of posrig's own CA; another card is measured below."""
    reader = Reader()
    reader.ask("cause", behaviour="wrong_certificate", which=which)
    aip = parse_gpo(reader.begin("debit").data).aip
    objects: dict[int, bytes] = {}
    static = b""
    for sfi, record in ((2, 1), (2, 2), (3, 1)):
        (template,) = parse_tlv(reader.send(read_record(sfi, record)).data, "70")
        objects |= {item.tag: item.value for item in parse_tlv(template.value, "70")}
        static = template.value + aip
    signed = parse_signature(reader.send("0088000004" + TOLD[0x9F37].hex() + "00").data)
    found, reason = first_that_fails(objects, static, signed)
    assert found == {"issuer": "issuer", "dynamic": "sdad"}.get(which, "icc")
    assert which != "static" or reason == "hash"


def first_that_fails(objects: dict[int, bytes], static: bytes, signed: bytes) -> tuple[str, str]:
    """Which signature of the chain does not hold, and why; nothing where all do."""
    pan, today = "6212142000000000012", TOLD[0x9A]
    try:
        issuer = certificates.issuer_key(
            rsa_key("ca").public, objects[0x90], objects[0x92], objects[0x9F32], pan, today
        )
        icc = certificates.icc_key(issuer, objects[0x9F46], objects[0x9F48], objects[0x9F47], static, pan, today)
        oda.verify_dda(icc, signed, TOLD[0x9F37])
    except certificates.CertificateError as error:
        return error.kind, error.reason
    return "", ""


def test_a_card_that_disbelieves_its_issuer_and_a_copy_whose_counter_is_behind() -> None:
    reader = Reader()
    reader.ask("cause", behaviour="issuer_disbelieved")
    reader.begin("debit")
    first = parse_ac(reader.generate("debit", 0x80).data)
    assert reader.send("008200000A" + arpc(reader, "debit", first).hex()).sw == 0x6300
    reader.ask("cause", behaviour="atc_back", by=2)
    for _ in range(2):
        reader.begin("debit")
    reader.begin("debit")
    assert parse_ac(reader.generate("debit", 0x80).data).atc == b"\x00\x02"
    assert reader.ask("status", card="debit")["atc"] == 4


def test_behaviours_are_kept_over_a_restart() -> None:
    reader = Reader()
    reader.ask("cause", behaviour="mute", card="debit")
    reader.restart()
    assert reader.put_in("debit") == b""
    assert reader.ask("snapshot")["behaviours"] == [{"behaviour": "mute", "card": "debit"}]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"behaviour": "mut"}, "the nearest is mute"),
        ({"behaviour": "mute", "card": "debti"}, "the nearest is debit"),
        ({"behaviour": "mute", "numbr": 1}, "number"),
        ({"behaviour": "mute", "number": 1}, "has no setting"),
        ({"behaviour": "slow", "us": -1}, "us must be a number"),
        ({"behaviour": "slow", "us": True}, "us must be a number"),
        ({"behaviour": "wrong_status", "sw": "9"}, "sw must be a number"),
        ({"behaviour": "wrong_status", "command": "GENERATE"}, "the nearest is GENERATE AC"),
        ({"behaviour": "garbage_atr", "atr": "3B"}, "2 to 33 octets"),
        ({"behaviour": "wrong_certificate", "which": "ic"}, "the nearest is icc"),
        ({}, "behaviour"),
    ],
)
def test_a_request_that_is_misspelt_says_what_there_is(args: dict[str, object], said: str) -> None:
    assert said in Reader().refused("cause", **args)


def test_every_behaviour_can_be_switched_on_as_it_stands() -> None:
    for name in BEHAVIOURS:
        assert not isinstance(settings_of(name, {}), Text)
        reader = Reader()
        reader.ask("cause", behaviour=name, card="debit")
        reader.put_in("debit")
        through(reader)


def test_two_readers_never_hold_the_same_card() -> None:
    reader = Reader()
    reader.put_in("debit")
    assert reader.machine.handle(Opened("c2", "debit/insert"), 0) == [Close("c2")]
    sent = [one for one in reader.machine.handle(Opened("c2", "credit/insert"), 0) if isinstance(one, Send)]
    assert sent and reader.send(select(PSE)).ok
    reader.take_out()
    reader.machine.handle(Closed("c2", "local"), 0)
    assert [type(one) for one in reader.machine.handle(Opened("c3", "debit/tap"), 0)] == [Send]


def test_cards_that_do_not_exist_are_not_put_in() -> None:
    reader = Reader()
    for name in ("", "nobody", "../../test", "stripe", "wallet", "x.toml"):
        assert reader.machine.handle(Opened(LINK, f"{name}/insert"), 0) == [Close(LINK)]
    assert reader.machine.handle(Received(LINK, b"\x00\xa4\x04\x00"), 0) == []


def test_the_holders_names_lead_to_chips() -> None:
    assert holders_cards()["two-applications-debit"] == "two-applications"
    reader = Reader()
    assert reader.put_in("two-applications-debit") != b""
    assert reader.ask("status", card="two-applications")["insertions"] == 1


def test_what_is_durable_comes_before_what_is_said() -> None:
    reader = Reader()
    reader.put_in("debit")
    reader.send(select(AID))
    effects = reader.machine.handle(Received(LINK, bytes.fromhex("80A8000002830000")), 0)
    assert [type(one) for one in effects] == [Persist, Send]
    (answer,) = reader.machine.handle(Ask("person", "status", {}, 3), 0)
    assert isinstance(answer, Answer) and not answer.ok


@pytest.mark.parametrize("name", ["sda", "pboc-test", "debit"])
def test_wrong_static_data_are_in_what_is_signed_and_nowhere_else(name: str) -> None:
    reader = Reader()
    right = reader.chip(name).applications[0].records
    reader.ask("cause", behaviour="wrong_certificate", which="static")
    afl = parse_gpo(reader.begin(name).data).afl
    for place in records_of(afl):
        read = reader.send(read_record(place.sfi, place.record)).data
        assert (read != right[place.sfi, place.record]) is place.signed
