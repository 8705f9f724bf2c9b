"""What a card remembers and decides: PIN, counter, issuer, scripts, contactless (EMV Book 3 clauses 6.5 and 10.8)."""

from __future__ import annotations

from typing import Any

import pytest

from protocols.emv import oda, pin
from protocols.emv.apdu import Command, Response
from protocols.emv.commands import get_data, read_record, select
from protocols.emv.gpo import parse_ac, parse_gpo
from protocols.emv.issuer_data import Cvr, parse_issuer_data

from .reader import TOLD, Pulled, Reader, arpc, whole
from .talks import AID, RIGHT, WRONG, asked, messaging, online, ready, verification

# The PIN


def test_pin_tries_run_out_and_come_back_with_the_right_pin_alone() -> None:
    reader = ready("offline-pin")
    assert [reader.send(WRONG).sw for _ in range(2)] == [0x63C2, 0x63C1]
    reader.take_out()
    assert reader.begin("offline-pin").ok
    assert reader.send(RIGHT).ok
    assert [reader.send(WRONG).sw for _ in range(4)] == [0x63C2, 0x63C1, 0x63C0, 0x6983]
    assert reader.send(RIGHT).sw == 0x6983
    reader.restart()
    reader.begin("offline-pin")
    assert reader.send(RIGHT).sw == 0x6983
    assert Cvr.PIN_TRIES_EXCEEDED in verification(asked(reader, "offline-pin"))
    assert [note.data["to"] for note in reader.notes] == ["blocked"]


def test_a_try_is_counted_before_the_card_answers() -> None:
    reader = ready("offline-pin")
    reader.ask("cause", behaviour="pulled_during", command="VERIFY")
    with pytest.raises(Pulled):
        reader.send(WRONG)
    reader.restart()
    assert reader.ask("status", card="offline-pin")["pin_tries"] == 2


def test_an_enciphered_pin_needs_the_challenge_before_it() -> None:
    reader = ready("enciphered-pin")
    key = reader.chip("enciphered-pin").applications[0].pin_key
    assert key is not None

    def verify(digits: str, challenge: bytes) -> Response:
        block = pin.encipher(key.public, pin.plain_block(digits), challenge, bytes(pin.padding_octets(key.public)))
        return reader.send(Command(0, 0x20, 0, 0x88, block))

    assert verify("123456", bytes(8)).sw == 0x6984
    challenge = reader.send("0084000000").data
    assert verify("123456", challenge).ok
    assert verify("123456", challenge).sw == 0x6984, "a challenge counts once"
    challenge = reader.send("0084000000").data
    assert verify("654321", challenge).sw == 0x63C2
    assert reader.send("0084000000").data != challenge
    assert reader.send(Command(0, 0x20, 0, 0x88, b"\xff" * key.public.octets)).sw == 0x6984
    assert reader.ask("status", card="enciphered-pin")["pin_tries"] == 2


# The counter and the order


def test_the_counter_goes_up_with_each_transaction_and_ends() -> None:
    reader = Reader()
    for count in (1, 2, 3):
        reader.begin("debit")
        assert reader.send(get_data(0x9F36)).data[-2:] == count.to_bytes(2, "big")
    last = ({"kind": "application", "card": "debit", "aid": AID.hex().upper(), "atc": 0xFFFE},)
    reader = Reader(last)
    assert reader.begin("debit").ok
    for _ in range(2):
        assert reader.begin("debit").sw == 0x6985
    assert reader.ask("status", card="debit")["atc"] == 0xFFFF


def test_cryptograms_come_in_order() -> None:
    reader = ready()
    assert reader.generate("debit", 0x40, second=True).sw == 0x6700, "it has the length of the first list"
    first = reader.generate("debit", 0x80)
    assert first.ok
    assert reader.generate("debit", 0x80, second=True).sw == 0x6985
    assert reader.send("0088000004" + "00" * 4 + "00").sw == 0x6985
    assert reader.send(RIGHT).sw == 0x6985
    assert reader.generate("debit", 0x40, second=True).ok
    assert reader.generate("debit", 0x40, second=True).sw == 0x6985


def test_the_issuer_is_believed_once_and_by_its_arpc_alone() -> None:
    reader = ready()
    first = asked(reader)
    right = arpc(reader, "debit", first)
    assert reader.send(Command(0, 0x82, 0, 0, right[:7] + b"\x00" + right[8:])).sw == 0x6300
    assert reader.send(Command(0, 0x82, 0, 0, right)).sw == 0x6985
    second = parse_ac(reader.generate("debit", 0x40, second=True).data)
    assert second.cid == 0x00, "an issuer that failed approves nothing (9F52)"
    assert Cvr.ISSUER_AUTHENTICATION_FAILED in verification(second)
    reader.begin("debit")
    assert Cvr.LAST_ISSUER_AUTHENTICATION_FAILED in verification(asked(reader))


def test_what_is_told_of_the_transaction_before() -> None:
    reader = ready()
    assert Cvr.NEW_CARD in verification(asked(reader))
    reader.take_out()
    reader.begin("debit")
    told = verification(asked(reader))
    assert told & Cvr.LAST_ONLINE_NOT_COMPLETED and told & Cvr.NEW_CARD
    assert online(reader).cid == 0x40
    reader.begin("debit")
    assert not verification(asked(reader)) & (Cvr.NEW_CARD | Cvr.LAST_ONLINE_NOT_COMPLETED)
    assert reader.send(get_data(0x9F13)).data[-2:] == b"\x00\x03"


def test_no_answer_from_the_issuer() -> None:
    reader = Reader()
    online(reader)
    reader.begin("debit")
    asked(reader)
    declined = parse_ac(reader.generate("debit", 0x00, second=True, told={**TOLD, 0x8A: b"Z3"}).data)
    assert declined.cid == 0x00
    reader.begin("debit")
    assert Cvr.LAST_ONLINE_NOT_COMPLETED in verification(asked(reader))


def test_transactions_offline_are_counted_and_limited() -> None:
    """9F58 lets three pass; the fourth asks the issuer, and 9F59 ends it where there is none."""
    reader = Reader()
    online(reader)
    for _ in range(3):
        reader.begin("debit")
        assert parse_ac(reader.generate("debit", 0x40).data).cid == 0x40
    reader.begin("debit")
    first = parse_ac(reader.generate("debit", 0x40).data)
    assert first.cid == 0x80 and Cvr.VELOCITY_EXCEEDED in verification(first)
    told = {**TOLD, 0x8A: b"Y3"}
    second = parse_ac(reader.generate("debit", 0x40, second=True, told=told).data)
    assert second.cid == 0x40 and Cvr.UNABLE_TO_GO_ONLINE in verification(second)


def test_the_log_has_the_newest_first_and_no_more_than_its_file() -> None:
    reader = Reader()
    for _ in range(12):
        online(reader)
    rows = [reader.send(read_record(11, number)) for number in range(1, 12)]
    assert [row.sw for row in rows] == [0x9000] * 10 + [0x6A83]
    assert [row.data[-2:] for row in rows[:3]] == [b"\x00\x0c", b"\x00\x0b", b"\x00\x0a"]


# Issuer scripts


def test_scripts_need_a_cryptogram_and_their_mac() -> None:
    reader = ready()
    first = asked(reader)
    block = messaging(reader, "debit", first).application_block()
    damaged = Command(block.cla, block.ins, 0, 0, block.data[:-1] + bytes((block.data[-1] ^ 1,)))
    assert reader.send(damaged).sw == 0x6988
    assert reader.send(block).ok
    assert parse_ac(reader.generate("debit", 0x40, second=True).data).cid == 0x00
    reader.take_out()
    reader.put_in("debit")
    assert reader.send(select(AID)).sw == 0x6283
    reader.begin("debit")
    again = parse_ac(reader.generate("debit", 0x80).data)
    data = parse_issuer_data(again.issuer_data)
    assert again.cid == 0x00 and data is not None
    assert Cvr.LAST_SCRIPT_FAILED in data.cvr
    assert data.cvr.octets()[2] >> 4 == 1, "commands with a good MAC in the transaction before"
    assert reader.send(messaging(reader, "debit", again).application_unblock()).ok
    reader.begin("debit")
    assert asked(reader).cid == 0x80


def test_a_script_of_another_transaction_is_refused() -> None:
    reader = ready()
    old = messaging(reader, "debit", asked(reader)).application_block()
    reader.begin("debit")
    asked(reader)
    assert reader.send(old).sw == 0x6988


def test_scripts_change_pin_data_and_records_for_good() -> None:
    reader = ready("offline-pin")
    assert [reader.send(WRONG).sw for _ in range(3)][-1] == 0x63C0
    script = messaging(reader, "offline-pin", asked(reader, "offline-pin"))
    assert reader.send(script.pin_change("8888")).ok
    assert reader.send(script.put_data(0x9F58, b"\x09")).ok
    assert reader.send(script.put_data(0x9F58, b"\x09\x09")).sw == 0x6A80
    assert reader.send(script.put_data(0x9F99, b"\x09")).sw == 0x6A88
    assert reader.send(script.update_record(4, 1, bytes.fromhex("70039F4201"))).sw == 0x6A80
    assert reader.send(script.update_record(4, 9, bytes.fromhex("7000"))).sw == 0x6A83
    assert reader.send(script.update_record(4, 1, bytes.fromhex("70059F42020840"))).ok
    reader.restart()
    reader.begin("offline-pin")
    assert reader.send("0020008008" + "248888FFFFFFFFFF").ok
    assert reader.send(get_data(0x9F58)).data[-1:] == b"\x09"
    assert reader.send(read_record(4, 1)).data.hex() == "70059f42020840"
    script = messaging(reader, "offline-pin", asked(reader, "offline-pin"))
    assert reader.send(script.pin_change("1234", "8888")).ok
    assert reader.machine.state.card("offline-pin").pin == "1234"
    assert reader.send(script.card_block()).ok
    assert reader.send(select(AID)).sw == 0x6A81
    reader.restart()
    reader.put_in("offline-pin")
    assert reader.send(select(AID)).sw == 0x6A81


# Contactless and electronic cash


def tapped(name: str, ttq: str, **more: Any) -> dict[int, bytes]:
    reader = Reader(chips={"own": whole(**more)} if more else None)
    answer = reader.begin(name, "tap", {**TOLD, 0x9F66: bytes.fromhex(ttq)})
    assert answer.ok
    return {item.tag: item.value for item in parse_gpo(answer.data).items}


def test_a_tap_asks_the_issuer_and_says_how_the_holder_is_verified() -> None:
    online_pin, nothing = tapped("tap", "26400000"), tapped("tap", "26000000")
    assert (online_pin[0x9F27], nothing[0x9F27]) == (b"\x80", b"\x80")
    assert (online_pin[0x9F6C], nothing[0x9F6C]) == (b"\x80\x00", b"\x00\x00")
    assert tapped("tap", "22400000")[0x9F6C] == b"\x40\x00", "the reader has no PIN pad"
    assert tapped("own", "26400000", tap_cvm="signature")[0x9F6C] == b"\x40\x00"
    assert tapped("tap", "2E400000")[0x9F27] == b"\x00", "an offline reader cannot ask"
    assert 0x94 not in online_pin


def test_a_reader_that_does_not_know_qpboc_gets_nothing() -> None:
    assert Reader().begin("tap", "tap", {**TOLD, 0x9F66: bytes.fromhex("00000000")}).sw == 0x6985


def test_electronic_cash_pays_a_tap_offline_and_gets_less() -> None:
    reader = Reader()
    items = {i.tag: i.value for i in parse_gpo(reader.begin("ecash", "tap").data).items}
    key = reader.chip("ecash").applications[0].icc_key
    assert items[0x9F27] == b"\x40" and items[0x94] and key is not None
    assert oda.verify_dda(key.public, items[0x9F4B], TOLD[0x9F37]) == items[0x9F36]
    assert reader.send(get_data(0x9F79)).data.hex() == "9f7906000000040000"
    reader.take_out()
    wanted = parse_gpo(reader.begin("ecash", "tap", {**TOLD, 0x9F66: bytes.fromhex("26800000")}).data)
    assert {i.tag: i.value for i in wanted.items}[0x9F27] == b"\x80"
    reader.take_out()
    too_much = {**TOLD, 0x9F02: bytes.fromhex("000000040001")}
    answer = {i.tag: i.value for i in parse_gpo(reader.begin("ecash", "tap", too_much).data).items}
    assert answer[0x9F27] == b"\x80"
    assert reader.generate("ecash", 0x40, second=True).sw == 0x6985


def test_no_balance_no_electronic_cash() -> None:
    """The published card has a balance of nothing."""
    reader = Reader()
    reader.begin("pboc-test", told={**TOLD, 0x9F7A: b"\x01"})
    assert parse_ac(reader.generate("pboc-test", 0x40).data).cid == 0x80
