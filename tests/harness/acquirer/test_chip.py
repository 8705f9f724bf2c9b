"""The issuer's side: right cryptograms are taken once, everything else is refused and moves no money."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.acquirer.money import chip_data
from harness.acquirer.money.issuers import load_issuers
from harness.acquirer.settings import CardAccount
from harness.machine import Note, Opened
from protocols.emv.cryptograms import KeySet
from protocols.unionpay import pin
from protocols.unionpay.message import Message, Value

from .chip_card import ChipCard, f55, objects
from .conftest import PAN, Bench, Pos

VECTORS = Path(__file__).parents[2] / "protocols" / "vectors" / "emv.json"
PUBLISHED: dict[str, Any] = json.loads(VECTORS.read_text(encoding="utf-8"))
EXAMPLES: dict[str, Any] = {row["id"]: row for row in PUBLISHED["cryptogram"]}


@pytest.fixture
def bench() -> Bench:
    return Bench.made(issuers=load_issuers("test"))


@pytest.fixture
def card() -> ChipCard:
    return ChipCard(PAN)


def sale(
    pos: Pos, card: ChipCard, amount_fen: int = 100, values: dict[str, str] | None = None, **fields: Any
) -> Message:
    """A contact sale without PIN of this card; `values` are those of F55, `fields` others as f22="072"."""
    chip = card.values(amount_fen) if values is None else values
    return pos.ask("0200", request(pos, card, amount_fen, chip) | {int(n[1:]): v for n, v in fields.items()}, mac=True)


def request(pos: Pos, card: ChipCard, amount_fen: int, values: dict[str, str]) -> dict[int, Value]:
    fields = pos.sale_fields(amount_fen, pan=card.pan)
    return fields | {14: "3012", 23: card.psn.zfill(3), 55: f55(values)}


def decision(bench: Bench) -> dict[str, Any]:
    (note,) = [e for e in bench.effects if isinstance(e, Note) and e.kind == "decision"]
    return dict(note.data)


def told(bench: Bench, what: str) -> dict[str, Any]:
    (note,) = [e for e in bench.effects if isinstance(e, Note) and e.kind == "chip" and e.data["what"] == what]
    return dict(note.data)


def test_the_published_cryptogram_is_accepted_and_its_answer_is_the_published_one() -> None:
    """The worked example's answer is to the code 01: the issuer of this card is asked to be called."""
    example = EXAMPLES["pboc-cvn01-3des"]
    account = CardAccount(balance_fen=10_000, status="01")
    bench = Bench.made(issuers=load_issuers("test"), cards={example["pan"]: account})
    pos = Pos(bench)
    pos.sign_in()
    assert pos.keys is not None
    card = ChipCard(example["pan"])
    block = pin.encrypt("123456", card.pan, pos.keys.pik)
    values = example["tags"] | {"9F10": example["9F10"]}
    reply = sale(pos, card, 1, values, f22="051", f26="06", f52=block, f53="2600000000000000")
    assert (reply.text(39), decision(bench)["cause"]) == ("01", "card_status")
    assert told(bench, "arqc")["ok"] is True
    assert objects(reply.octets(55) or b"") == {"9F36": "0240", "91": example["tag91"]}


def test_the_published_sm4_cryptogram_is_accepted_and_answered(make_bench: Callable[..., Bench]) -> None:
    example = EXAMPLES["pboc-cvn17-sm4"]
    (issuer,) = [one for one in load_issuers("test") if one.name == "posrig-gm"]
    own = replace(issuer, bins=("621498",), keys=KeySet(bytes.fromhex(example["imk_ac"]), bytes(16), bytes(16)))
    bench = make_bench(issuers=(own,))
    pos = Pos(bench)
    pos.sign_in()
    x = example["ac_input"]
    values = {
        "9F26": example["arqc"], "9F27": "80", "9F10": f"07011703{x[-6:]}04", "9F37": x[50:58], "9F36": x[62:66],
        "95": x[28:38], "9A": x[42:48], "9C": x[48:50], "9F02": x[:12], "5F2A": x[38:42], "82": x[58:62],
        "9F1A": x[24:28], "9F03": x[12:24],
    }  # fmt: skip
    fields = pos.sale_fields(1, pan=example["pan"]) | {
        23: "000",
        55: f55(values),
        3: "310000",
        60: f"01{pos.batch}00050",
    }
    del fields[4]
    reply = pos.ask("0200", fields, mac=True)
    assert reply.text(39) == "00"
    assert objects(reply.octets(55) or b"")["91"] == example["arpc"] + example["arc"]


def net_fen(bench: Bench) -> int:
    return sum(posting.net_fen for posting in bench.host.state.ledger.postings.values())


def test_a_chip_sale_is_booked_and_answered(bench: Bench, pos: Pos, card: ChipCard) -> None:
    values = card.values(100)
    reply = sale(pos, card, 100, values)
    assert (reply.text(39), net_fen(bench)) == ("00", 100)
    arpc = card.arpc(values["9F26"], "0001", "00")
    assert objects(reply.octets(55) or b"") == {"9F36": "0001", "91": arpc + "3030"}


FLIPS = st.tuples(
    st.sampled_from(("9F26", "9F03", "9F1A", "95", "9A", "9F37", "82", "9F36", "9F10")), st.integers(0, 63)
)


@settings(max_examples=30, deadline=None)
@given(flip=FLIPS)
def test_one_flipped_bit_is_refused_and_books_nothing(flip: tuple[str, int]) -> None:
    """Of whatever the cryptogram covers; of 9F10 the CVR.  9F02, 5F2A and 9C have fields beside them: next test."""
    tag, bit = flip
    bench = Bench.made(issuers=load_issuers("test"))
    pos, card = Pos(bench), ChipCard(PAN)
    pos.sign_in()
    values = card.values(100)
    whole = bytearray.fromhex(values[tag])
    first, last = (3, 7) if tag == "9F10" else (0, len(whole))
    whole[first + bit // 8 % (last - first)] ^= 1 << bit % 8
    reply = sale(pos, card, 100, values | {tag: whole.hex()})
    assert reply.text(39) in ("59", "30"), (tag, whole.hex())
    assert reply.text(39) == "59" or tag == "9A", "a date that is none is a wrong form"
    assert bench.host.state.ledger.postings == {}
    assert sale(pos, card).text(39) == "00", "the card itself is good"


CONTRADICTIONS: list[tuple[dict[str, str], dict[str, Any], str]] = [
    ({"t9F02": "000000000001"}, {}, "F55/9F02"),
    ({"t5F2A": "0840"}, {}, "F55/5F2A"),
    ({"t9C": "20"}, {}, "F55/9C"),
    ({"t5F34": "02"}, {}, "F55/5F34"),
    ({"t5A": "6212142000000000020F"}, {}, "F55/5A"),
    ({"t57": "6212142000000000012D29122010000000000F"}, {"f35": "6212142000000000012D30122010000000000"}, "F55/57"),
    ({"t5F24": "291231"}, {}, "F55/5F24"),
    ({"t9A": "260303"}, {"f13": "0302"}, "F55/9A"),
]


@pytest.mark.parametrize(("changes", "fields", "place"), CONTRADICTIONS)
def test_what_contradicts_a_field_is_refused_with_its_place(
    bench: Bench, pos: Pos, card: ChipCard, changes: dict[str, str], fields: dict[str, Any], place: str
) -> None:
    assert sale(pos, card, 100, card.values(100, **changes), **fields).text(39) == "30"
    found = decision(bench)
    assert (found["cause"], found["check"]) == ("chip_data_wrong", place)
    assert bench.host.state.ledger.postings == {}


@pytest.mark.parametrize(
    ("octets", "place"),
    [
        ("9F2608", "F55/9F26"),
        ("9F3602", "F55/9F36"),
        ("9F36030000019F2700", "F55/9F36"),
        ("9F0206ABCDEF000000", "F55/9F02"),
        ("9F36020001", "F55/9F26"),
    ],
)
def test_broken_data_are_refused_with_their_place(bench: Bench, pos: Pos, octets: str, place: str) -> None:
    fields = pos.sale_fields(100) | {55: bytes.fromhex(octets)}
    assert pos.ask("0200", fields, mac=True).text(39) == "30"
    assert decision(bench)["check"] == place


@pytest.mark.parametrize("sample", PUBLISHED["field55"], ids=lambda row: str(row["id"]))
def test_published_samples_of_f55_are_read_as_they_are_meant(sample: dict[str, Any]) -> None:
    found = chip_data.read(bytes.fromhex(sample["field55"]))
    assert isinstance(found, chip_data.ChipData)
    assert {f"{tag:02X}": value.hex().upper() for tag, value in found.values.items()} == sample["decoded"]


@settings(max_examples=30, deadline=None)
@given(octets=st.binary(max_size=255), at=st.integers(0, 120), cut=st.integers(0, 3))
def test_whatever_stands_in_f55_is_answered_and_books_nothing(octets: bytes, at: int, cut: int) -> None:
    """Octets of any kind, and good data with some of them in the middle."""
    bench = Bench.made(issuers=load_issuers("test"))
    pos, card = Pos(bench), ChipCard(PAN)
    pos.sign_in()
    values = card.values(100)
    whole = f55(values | {"9F26": "0000000000000000"})
    for broken in (octets, (whole[:at] + octets[:8] + whole[at + cut :])[:255]):
        fields = request(pos, card, 100, values) | {55: broken}
        assert pos.ask("0200", fields, mac=True).text(39) in ("30", "59", "05", "62")
    assert bench.host.state.ledger.postings == {}


def test_any_order_unknown_objects_padding_and_templates_do_not_matter(bench: Bench, pos: Pos, card: ChipCard) -> None:
    """Two of six public samples have an order of their own; EMV allows 00 between objects."""
    values = card.values(100)
    shuffled = f55(dict(reversed(values.items())))
    fields = request(pos, card, 100, values) | {55: bytes.fromhex("DF8101021234") + shuffled + bytes(3)}
    assert pos.ask("0200", fields, mac=True).text(39) == "00"
    values = card.values(100)
    whole = f55(values)
    fields = request(pos, card, 100, values) | {55: b"\x77\x81" + bytes([len(whole)]) + whole}
    assert pos.ask("0200", fields, mac=True).text(39) == "00"
    values = card.values(100)
    del values["9F03"]
    assert sale(pos, card, 100, values).text(39) == "00", "9F03 of zero may be left out"


def test_a_cryptogram_is_taken_once(bench: Bench, pos: Pos, card: ChipCard) -> None:
    values = card.values(100)
    fields = request(pos, card, 100, values)
    frame = pos.frame("0200", fields, mac=True)
    first = pos.exchange(frame)
    again = pos.exchange(frame)
    assert (again.text(39), again.text(37), again.octets(55)) == ("00", first.text(37), first.octets(55)), (
        "the same request"
    )
    replay = sale(pos, card, 100, values)
    assert (replay.text(39), decision(bench)["cause"], net_fen(bench)) == ("59", "arqc_replayed", 100)
    bench.host = bench.restarted()
    assert bench.feed(Opened("c1")) == []
    assert sale(pos, card, 100, values).text(39) == "59", "nor after a restart"
    assert net_fen(bench) == 100


def test_the_counter_never_runs_back(bench: Bench, pos: Pos, card: ChipCard) -> None:
    card.atc = 41
    assert sale(pos, card).text(39) == "00"
    clone = ChipCard(PAN, atc=9)
    assert sale(pos, clone).text(39) == "59"
    assert decision(bench)["cause"] == "atc_back"
    card.atc += 600
    assert sale(pos, card).text(39) == "00"
    assert told(bench, "atc")["gap"] == 601
    assert [row["atc"] for row in bench.ask("control", "cards")["cards"]] == [643]


def test_a_wrong_pin_may_be_entered_again_with_the_same_cryptogram(bench: Bench, pos: Pos, card: ChipCard) -> None:
    """PAX asks for the PIN again and sends the same F55 under a new trace number; only a 55 opens that door, once."""
    assert pos.keys is not None
    values = card.values(100, t9F34="020300")

    def with_pin(entered: str) -> Message:
        block = pin.encrypt(entered, card.pan, pos.keys.pik if pos.keys else b"")
        return sale(pos, card, 100, values, f22="051", f26="06", f52=block, f53="2600000000000000")

    assert [with_pin(entered).text(39) for entered in ("000000", "111111", "123456")] == ["55", "55", "00"]
    assert with_pin("123456").text(39) == "59"
    values = card.values(100, t9F34="020300")
    assert with_pin("000000").text(39) == "55"
    without = sale(pos, card, 100, values | {"9F34": "1F0302"})
    assert without.text(39) == "59", "the door is for another PIN, not for none"
    assert net_fen(bench) == 100


def test_three_wrong_cryptograms_block_the_card_and_tell_it_so(bench: Bench, pos: Pos, card: ChipCard) -> None:
    good, wrong = card.values(100), card.values(100) | {"9F26": "0000000000000000"}
    replies = [sale(pos, card, 100, wrong) for _ in range(3)]
    assert [reply.text(39) for reply in replies] == ["59", "59", "59"]
    assert ["72" in objects(reply.octets(55) or b"") for reply in replies] == [False, False, True]
    sent = objects(bytes.fromhex(objects(replies[2].octets(55) or b"")["72"]))
    command = bytes.fromhex(sent["86"])
    assert command[:5].hex().upper() == "841E000004"
    assert command[5:] == card.script_mac(command, wrong["9F26"], wrong["9F36"])
    assert sale(pos, card).text(39) == "62"
    assert net_fen(bench) == 0
    stripe = pos.sale_fields(100) | {22: "022"}
    del stripe[23]
    assert pos.ask("0200", stripe, mac=True).text(39) == "62", "its stripe is blocked, too"
    bench.ask("control", "block_card", pan=PAN)
    assert sale(pos, card, 100, good).text(39) == "59", "older than the last good one"
    assert sale(pos, card).text(39) == "00"


TVRS = [
    ("4000008000", "59", ["sda_failed"]), ("0800008000", "59", ["dda_failed"]), ("0400008000", "59", ["cda_failed"]),
    ("1000008000", "62", ["exception_file"]), ("0040008000", "54", ["expired"]),
    ("0010008000", "57", ["service_not_allowed"]), ("0000808000", "05", ["cvm_failed"]),
    ("0000208000", "75", ["pin_tries_exceeded"]), ("0080008000", "00", []),
    ("008004E800", "00", []), ("8000008000", "00", []), ("0000180000", "00", []),
]  # fmt: skip


@pytest.mark.parametrize(("tvr", "code", "declined"), TVRS)
def test_the_issuer_decides_by_the_tvr(
    bench: Bench, pos: Pos, card: ChipCard, tvr: str, code: str, declined: list[str]
) -> None:
    """Bits of EMV Book 3 annex C5; the last four are TVRs of public UnionPay samples, or of no ODA."""
    reply = sale(pos, card, 100, card.values(100, t95=tvr))
    assert reply.text(39) == code
    assert decision(bench).get("facts", {}).get("declined", []) == declined
    assert net_fen(bench) == (100 if code == "00" else 0)
    assert "91" in objects(reply.octets(55) or b""), "a refusal is authenticated, too"


def test_the_cvr_is_reviewed_and_another_issuer_may_refuse_it(pos: Pos, bench: Bench, card: ChipCard) -> None:
    card.iad = "07010103A2400001"
    assert sale(pos, card).text(39) == "00"
    assert told(bench, "tvr")["reviewed"] == ["offline_pin_failed", "card_pin_tries_exceeded"]
    strict = [replace(i, rules=replace(i.rules, decline=("offline_pin_failed",))) for i in load_issuers("test")]
    other = Bench.made(issuers=tuple(strict))
    pos = Pos(other)
    pos.sign_in()
    assert sale(pos, card).text(39) == "55"


def test_a_pin_that_was_to_be_checked_online_has_to_be_there(bench: Bench, pos: Pos, card: ChipCard) -> None:
    assert sale(pos, card, 100, card.values(100, t9F34="420300")).text(39) == "30"
    assert decision(bench)["cause"] == "pin_block_missing"
    assert pos.keys is not None
    block = pin.encrypt("123456", card.pan, pos.keys.pik)
    reply = sale(pos, card, 100, card.values(100, t9F34="1E0300"), f22="051", f52=block, f53="2600000000000000")
    assert reply.text(39) == "00"
    assert told(bench, "cvm")["why"] == "pin_unasked"


LIMITS: list[tuple[dict[str, Any], dict[str, Any], int, str]] = [
    ({"amount_max_fen": 500}, {}, 501, "61"),
    ({"amount_max_fen": 500}, {}, 500, "00"),
    ({"contactless_max_fen": 500}, {"f22": "072"}, 501, "65"),
    ({"contactless_max_fen": 500}, {"f22": "052"}, 501, "00"),
    ({"no_pin_max_fen": 500}, {"f22": "072"}, 501, "55"),
    ({"no_pin_max_fen": 500}, {"f22": "072"}, 500, "00"),
]


@pytest.mark.parametrize(("rules", "fields", "amount_fen", "code"), LIMITS)
def test_an_issuers_limits(
    card: ChipCard, rules: dict[str, Any], fields: dict[str, Any], amount_fen: int, code: str
) -> None:
    issuers = tuple(replace(one, rules=replace(one.rules, **rules)) for one in load_issuers("test"))
    bench = Bench.made(issuers=issuers)
    pos = Pos(bench)
    pos.sign_in()
    assert sale(pos, card, amount_fen, **fields).text(39) == code


def test_a_chip_without_its_data_and_a_stripe_in_its_place(bench: Bench, pos: Pos, card: ChipCard) -> None:
    assert pos.sale(100).text(39) == "30"
    assert decision(bench)["cause"] == "chip_missing"
    stripe = pos.sale_fields(100) | {22: "022", 35: "6212142000000000012D30122010000000000"}
    del stripe[23]
    assert pos.ask("0200", stripe, mac=True).text(39) == "00"
    issuers = tuple(replace(one, rules=replace(one.rules, fallback=False)) for one in load_issuers("test"))
    other = Bench.made(issuers=issuers)
    pos = Pos(other)
    pos.sign_in()
    assert pos.ask("0200", stripe | {60: f"22{pos.batch}00050", 11: "000009"}, mac=True).text(39) == "45"


def test_a_void_may_carry_what_the_card_gave_before_or_an_aac(bench: Bench, pos: Pos, card: ChipCard) -> None:
    """Only what is new is used up; the original's own checks stand."""
    values = card.values(700)
    first = sale(pos, card, 700, values)
    fields = request(pos, card, 700, values) | {3: "200000", 37: first.text(37) or "", 38: first.text(38) or ""}
    fields |= {60: f"23{pos.batch}00050", 61: f"{pos.batch}{first.text(11)}"}
    assert pos.ask("0200", fields, mac=True).text(39) == "00"
    second = sale(pos, card, 300)
    values = card.values(300, t9F27="00", t9C="20", t9F10="07010103250000010A010000000000")
    fields = request(pos, card, 300, values) | {3: "200000", 37: second.text(37) or "", 38: second.text(38) or ""}
    fields |= {60: f"23{pos.batch}00050", 61: f"{pos.batch}{second.text(11)}"}
    assert pos.ask("0200", fields, mac=True).text(39) == "00"
    assert told(bench, "arqc")["ok"] is True
    assert (net_fen(bench), bench.ask("control", "cards")["cards"][0]["atc"]) == (0, 3)


def test_a_card_that_gave_no_arqc_is_refused(bench: Bench, pos: Pos, card: ChipCard) -> None:
    assert sale(pos, card, 100, card.values(100, t9F27="00")).text(39) == "05"
    assert decision(bench)["cause"] == "no_arqc"


def test_the_card_of_an_unknown_issuer_passes_and_the_trace_says_so(bench: Bench, pos: Pos) -> None:
    other = ChipCard("6225880000000019")
    reply = sale(pos, other, 100, other.values(100) | {"9F26": "0000000000000000"})
    assert reply.text(39) == "00"
    assert told(bench, "arqc") | {"ok": None, "why": "issuer_unknown"} == told(bench, "arqc")
    assert objects(reply.octets(55) or b"") == {"9F36": "0001"}


def test_a_host_without_issuers_checks_nothing_and_notes_nothing() -> None:
    bench = Bench.made()
    pos, card = Pos(bench), ChipCard(PAN)
    pos.sign_in()
    assert sale(pos, card, 100, card.values(100) | {"9F26": "0000000000000000"}).text(39) == "00"
    assert not [e for e in bench.effects if isinstance(e, Note) and e.kind == "chip"]
    assert bench.host.state.chips.cards == {}
