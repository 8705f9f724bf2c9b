"""Issuer scripts, what terminals tell of chip cards afterwards, and how host and issuer can be made to misbehave."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from harness.acquirer.books.chips import ChipCard as Known
from harness.acquirer.money.issuers import load_issuers
from harness.acquirer.turn import Turn
from harness.machine import Note, Opened
from protocols.emv import cryptograms
from protocols.unionpay.message import Message, Value

from .chip_card import ChipCard, f55, objects
from .conftest import PAN, Bench, Pos
from .test_chip import request, sale, told


@pytest.fixture
def bench() -> Bench:
    return Bench.made(issuers=load_issuers("test"))


@pytest.fixture
def card() -> ChipCard:
    return ChipCard(PAN)


def script_of(reply: Message, tag: str = "72") -> tuple[str, bytes]:
    """Identifier and only command of the script in a reply."""
    found = objects(bytes.fromhex(objects(reply.octets(55) or b"")[tag]))
    return found["9F18"], bytes.fromhex(found["86"])


def card_row(bench: Bench) -> dict[str, Any]:
    (row,) = bench.ask("control", "cards")["cards"]
    return dict(row)


def notice(pos: Pos, result: str, atc: str) -> Message:
    """0620 with this DF31."""
    data = {"9F36": atc, "95": "0080008000", "DF31": result}
    told: dict[int, Value] = {2: PAN, 3: "000000", 11: pos.next_stan(), 22: "052", 25: "00", 49: "156"}
    return pos.ask("0620", told | {55: f55(data), 60: f"00{pos.batch}951", 61: f"{pos.batch}000002"})


COMMANDS = [
    ("block_application", "841E000004", b""),
    ("unblock_application", "8418000004", b""),
    ("block_card", "8416000004", b""),
    ("unblock_pin", "8424000004", b""),
    ("put_data 9F58 03", "04DA9F5805", b"\x03"),
    ("update_record 2 1 700A", "04DC011406", b"\x70\x0a"),
]
"""Headers: EMV Book 3 clause 6.5, PBOC 3.0 part 5; the last octet counts the MAC of four."""


@pytest.mark.parametrize(("text", "header", "data"), COMMANDS)
def test_each_command_goes_out_with_a_right_mac(
    bench: Bench, pos: Pos, card: ChipCard, text: str, header: str, data: bytes
) -> None:
    bench.ask("control", "cause", behaviour="script", pan=PAN, commands=[text], count=1)
    values = card.values(100)
    reply = sale(pos, card, 100, values)
    assert reply.text(39) == "00"
    identifier, command = script_of(reply)
    assert (identifier, command[:5].hex().upper(), command[5:-4]) == ("00000001", header, data)
    assert command[-4:] == card.script_mac(command, values["9F26"], values["9F36"])
    assert objects(sale(pos, card).octets(55) or b"").keys() == {"9F36", "91"}, "once was asked for"


def test_a_new_pin_travels_enciphered(bench: Bench, pos: Pos, card: ChipCard) -> None:
    bench.ask("control", "cause", behaviour="script", commands=["change_pin 654321"], template=71, count=1)
    values = card.values(100)
    _, command = script_of(sale(pos, card, 100, values), "71")
    assert command[:4].hex() == "84240002"
    assert bytes.fromhex("654321") not in command
    assert command[-4:] == card.script_mac(command, values["9F26"], values["9F36"])
    assert len(command) == 5 + 16 + 4, "a PIN block of 8 octets, its length in front, padded"


def test_the_result_of_a_script_is_accounted_for_once(bench: Bench, pos: Pos, card: ChipCard) -> None:
    bench.ask("control", "cause", behaviour="script", commands=["block_application"], count=1)
    sale(pos, card)
    assert card_row(bench)["scripts"] == [{"id": "00000001", "commands": ["block_application"], "state": "sent"}]
    assert notice(pos, "2000000001", "0001").text(39) == "00"
    assert told(bench, "script_result")["ok"] is True
    count = len(bench.records)
    assert notice(pos, "2000000001", "0001").text(39) == "00"
    assert len(bench.records) == count, "told twice, accounted for once"
    row = card_row(bench)
    assert (row["scripts"][0]["state"], row["blocked"]) == ("done", "script")
    assert sale(pos, card).text(39) == "62"
    assert bench.restarted().state == bench.host.state


@pytest.mark.parametrize(
    ("result", "state"),
    [
        ("1100000001", "failed"),
        ("0000000001", "not_performed"),
        ("2000000000", "done"),
        ("2000000009", "sent"),
        ("20", "sent"),
    ],
)
def test_results_of_every_kind_are_taken(bench: Bench, pos: Pos, card: ChipCard, result: str, state: str) -> None:
    """0 not performed, 1 failed, 2 done (EMV Book 4 annex A5); without its number the script of that transaction."""
    bench.ask("control", "cause", behaviour="script", commands=["unblock_pin"], count=1)
    sale(pos, card)
    assert notice(pos, result, "0001").text(39) == "00"
    assert card_row(bench)["scripts"][0]["state"] == state


def test_a_notice_without_a_card_number_is_found_by_its_original(bench: Bench, pos: Pos, card: ChipCard) -> None:
    bench.ask("control", "cause", behaviour="script", commands=["unblock_pin"], count=1)
    reply = sale(pos, card)
    data = {"9F36": "0001", "DF31": "2000000001"}
    fields: dict[int, Value] = {
        11: pos.next_stan(),
        55: f55(data),
        60: f"00{pos.batch}951",
        61: f"{pos.batch}{reply.text(11)}",
    }
    assert pos.ask("0620", {3: "000000", 25: "00", 49: "156", **fields}).text(39) == "00"
    assert card_row(bench)["scripts"][0]["state"] == "done"


def test_a_reversal_tells_what_the_card_made_of_the_answer(bench: Bench, pos: Pos, card: ChipCard) -> None:
    bench.ask("control", "cause", behaviour="script", commands=["unblock_pin"], template=71, count=1)
    values = card.values(100)
    fields = request(pos, card, 100, values)
    assert pos.ask("0200", fields, mac=True).text(39) == "00"
    after = {"95": "0080008060", "9F10": values["9F10"], "9F36": values["9F36"], "DF31": "1100000001"}
    assert pos.reverse(fields | {55: f55(after)}, "96").text(39) == "00"
    assert told(bench, "issuer_authentication")["ok"] is False
    assert card_row(bench)["scripts"][0]["state"] == "failed"
    assert bench.host.state.ledger.totals(pos.mid, pos.tid, pos.batch)[0] == 0


def upload(pos: Pos, card: ChipCard, stan: str, values: dict[str, str], amount_fen: int = 100) -> Message:
    fields: dict[int, Value] = {2: card.pan, 4: f"{amount_fen:012d}", 11: stan, 22: "052", 23: "001", 55: f55(values)}
    return pos.ask("0320", {**fields, 60: f"00{pos.batch}203", 62: b"610000000000000100156"})


def test_the_uploaded_cryptogram_is_checked_and_a_wrong_one_noted(bench: Bench, pos: Pos, card: ChipCard) -> None:
    first, second = card.values(100), card.values(100)
    stans = [sale(pos, card, 100, values).text(11) or "" for values in (first, second)]
    pos.settle((200, 2))
    tc = first | {"9F27": "40", "9F10": "07010103600000010A010000000000"}
    tc["9F26"] = card.ac(tc)
    assert upload(pos, card, stans[0], tc).text(39) == "00"
    assert told(bench, "tc")["ok"] is True
    assert upload(pos, card, stans[1], second | {"9F27": "40", "9F26": "0102030405060708"}).text(39) == "00"
    assert told(bench, "tc") | {"ok": False, "why": "cryptogram"} == told(bench, "tc")
    assert bench.ask("control", "cards")["tc_wrong"] == {f"{pos.mid}/{pos.tid}/{pos.batch}/{stans[1]}": "cryptogram"}
    assert upload(pos, card, stans[1], second | {"9F27": "00"}).text(39) == "00"
    assert bench.restarted().state == bench.host.state


def test_what_host_and_issuer_can_be_made_to_do(bench: Bench, pos: Pos, card: ChipCard) -> None:
    wrong = card.values(100) | {"9F26": "0000000000000000"}
    bench.ask("control", "cause", behaviour="arqc_unchecked", count=1)
    assert sale(pos, card, 100, wrong).text(39) == "00"
    bench.ask("control", "cause", behaviour="arqc_refused", count=3)
    assert [sale(pos, card).text(39) for _ in range(3)] == ["59", "59", "59"]
    assert card_row(bench)["blocked"] == "", "the host's fault is no card's"
    bench.ask("control", "cause", behaviour="issuer_refuses", issuer="posrig", code="57", count=1)
    assert sale(pos, card).text(39) == "57"
    bench.ask("control", "cause", behaviour="issuer_refuses", issuer="visa-10")
    values = card.values(100)
    good = objects(sale(pos, card, 100, values).octets(55) or b"")["91"]
    assert good == card.arpc(values["9F26"], values["9F36"], "00") + "3030"
    bench.ask("control", "cause", behaviour="wrong_arpc", count=1)
    values = card.values(100)
    bad = objects(sale(pos, card, 100, values).octets(55) or b"")["91"]
    assert bad[:16] != card.arpc(values["9F26"], values["9F36"], "00") and bad[16:] == "3030"
    bench.ask("control", "cause", behaviour="no_arpc", count=1)
    assert objects(sale(pos, card).octets(55) or b"").keys() == {"9F36"}
    bench.ask("control", "cause", behaviour="script", commands=["unblock_pin"], count=1)
    bench.ask("control", "cause", behaviour="wrong_script_mac", count=1)
    values = card.values(100)
    _, command = script_of(sale(pos, card, 100, values))
    assert command[-4:] != card.script_mac(command, values["9F26"], values["9F36"])


@pytest.mark.parametrize(
    "given",
    [
        {"commands": []},
        {"commands": ["format_disk"]},
        {"commands": ["change_pin 12"]},
        {"commands": ["change_pin"]},
        {"commands": ["put_data 9F58"]},
        {"commands": ["update_record 31 1 00"]},
        {"commands": [7]},
        {"commands": ["unblock_pin"], "template": 73},
        {},
    ],
)
def test_a_script_that_is_none_is_refused_in_words(bench: Bench, given: dict[str, Any]) -> None:
    answer = bench.answer("control", "cause", behaviour="script", **given)
    assert not answer.ok
    assert set(answer.value["error"]) == {"zh", "en"}


def test_a_visa_card_is_answered_by_method_two(bench: Bench, pos: Pos) -> None:
    """CVN 18: four octets of ARPC and the card status update, whose bit 16 approves."""
    (issuer,) = [one for one in load_issuers("test") if one.name == "visa-18"]
    visa = ChipCard("4761740000000019", iad="06011203A00000")
    values = visa.values(100)
    keys = cryptograms.card_keys(issuer.scheme, issuer.keys, visa.pan, visa.psn)
    octets = {int(tag, 16): bytes.fromhex(value) for tag, value in values.items()}
    key = cryptograms.ac_session_key(issuer.scheme, keys.ac, octets[0x9F36], octets[0x9F37])
    ac = cryptograms.application_cryptogram(issuer.scheme, key, octets)
    reply = sale(pos, visa, 100, values | {"9F26": ac.hex()})
    assert reply.text(39) == "00"
    tag_91 = bytes.fromhex(objects(reply.octets(55) or b"")["91"])
    assert (len(tag_91), tag_91[4:].hex()) == (8, "00800000")
    assert cryptograms.issuer_authenticated(issuer.scheme, key, ac, tag_91)


def test_no_key_and_no_whole_number_is_told(bench: Bench, pos: Pos) -> None:
    """The card is none of the test cards' list; what the host notes names it as slips do."""
    bench.ask("control", "cause", behaviour="script", commands=["change_pin 654321"])
    other = ChipCard("6212149999999999998")
    sale(pos, other)
    bench.ask("control", "block_card", pan=other.pan, why="lost")
    notes = [e for e in bench.effects if isinstance(e, Note) and e.kind in ("chip", "state")]
    shown = repr([notes, bench.ask("control", "cards"), bench.ask("control", "snapshot")["cards"]])
    assert notes and other.pan not in shown and "621214*********9998" in shown
    secrets = ("0123456789ABCDEF", "FEDCBA9876543210", "654321")
    assert not any(secret in shown.upper() for secret in secrets)
    assert "0123456789abcdef" not in repr(bench.host.settings).lower()


class Cards(RuleBasedStateMachine):
    """Two cards at one terminal: sales, replays, crashes, reversals, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench.made(issuers=load_issuers("test"))
        self.pos = Pos(self.bench)
        self.pos.sign_in()
        self.cards = (ChipCard(PAN), ChipCard("6222020000000000018"))
        self.seen: list[tuple[ChipCard, dict[str, str], dict[int, Any]]] = []
        self.approved_fen = 0

    @rule(which=st.integers(0, 1), skipped=st.sampled_from((0, 0, 3)))
    def sale(self, which: int, skipped: int) -> None:
        card = self.cards[which]
        card.atc += skipped
        values = card.values(100)
        fields = request(self.pos, card, 100, values)
        assert self.pos.ask("0200", fields, mac=True).text(39) == "00"
        self.approved_fen += 100
        self.seen.append((card, values, fields))

    @rule(index=st.integers(0, 9))
    def replay(self, index: int) -> None:
        if self.seen:
            card, values, _ = self.seen[index % len(self.seen)]
            assert sale(self.pos, card, 100, values).text(39) == "59"

    @rule(index=st.integers(0, 9))
    def reverse(self, index: int) -> None:
        if self.seen:
            card, values, fields = self.seen.pop(index % len(self.seen))
            assert self.pos.reverse(fields | {55: f55({"9F36": values["9F36"]})}).text(39) == "00"
            self.approved_fen -= 100
            assert sale(self.pos, card, 100, values).text(39) == "59", "what was taken back is not given again"

    @rule(which=st.integers(0, 1))
    def wrong(self, which: int) -> None:
        card = ChipCard(self.cards[which].pan, atc=self.cards[which].atc, imk="00" * 16)
        known = self.known(card)
        if known is None or known.wrong < 2:  # a third one blocks the card
            assert sale(self.pos, card).text(39) == "59"

    @rule()
    def crash(self) -> None:
        self.bench.host = self.bench.restarted()
        self.bench.feed(Opened("c1"))

    def known(self, card: ChipCard) -> Known | None:
        name = Turn(self.bench.host.state, self.bench.host.settings, 0).card_hash(card.pan)
        return self.bench.host.state.chips.cards.get(name)

    @invariant()
    def money_moves_for_right_cryptograms_alone(self) -> None:
        postings = self.bench.host.state.ledger.postings.values()
        assert sum(posting.net_fen for posting in postings) == self.approved_fen

    @invariant()
    def the_counter_is_the_highest_that_was_right(self) -> None:
        for card in self.cards:
            known = self.known(card)
            assert known is None or known.atc <= card.atc


def test_any_sequence_of_two_cards() -> None:
    run_state_machine_as_test(Cards, settings=settings(max_examples=12, stateful_step_count=20, deadline=None))
