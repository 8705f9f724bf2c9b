"""Terminal, cards and host together: what a chip brings into messages, batch and slip, and how it ends at the card."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.console.rig import Rig
from protocols.tlv import parse_tlv

Json = dict[str, Any]
TC, ARQC, AAC = "40", "80", "00"
DEBIT = {"card": "debit", "how": "insert", "pin": "123456"}


class Till:
    """A terminal beside a purse of cards; each call begins where the last one ended."""

    def __init__(self) -> None:
        self.bench = SimulatedBench(World(card="chip"), 1)
        self.rig = Rig(self.bench)
        assert self.rig.sign_in().done
        self.since = 0

    def do(self, op: str, *presented: Mapping[str, Any], **args: Any) -> Json:
        """One operation; these cards are presented, in this order."""
        ask = self.bench.ask
        self.since = len(self.bench.trace.events)
        for one in presented:
            ask("terminal", "person", "present", **one)
        return dict(ask("terminal", "person", "operate", op=op, **args))

    def cause(self, party: str, behaviour: str, **settings: Any) -> None:
        self.bench.ask(party, "control", "cause", behaviour=behaviour, **settings)

    def heal(self) -> None:
        self.bench.ask("card", "control", "heal")
        for name in ("wrong_arpc", "no_arpc", "script", "no_answer"):
            self.bench.ask("host", "control", "heal", behaviour=name)

    def seen(self, kind: str, party: str = "terminal", **where: Any) -> list[Json]:
        """What was noted since the last operation began."""
        found = [dict(e.data) for e in self.bench.trace.events[self.since :] if (e.kind, e.party) == (kind, party)]
        return [data for data in found if where.items() <= data.items()]

    def sent(self, mti: str) -> list[Json]:
        """Fields of the terminal's messages of this MTI."""
        return [data["fields"] for data in self.seen("message", dir="out", mti=mti)]

    def commands(self) -> list[str]:
        return [data["name"] for data in self.seen("apdu")]

    def steps(self) -> dict[str, Json]:
        return {data["what"]: data for data in self.seen("chip")}


def objects(f55: str) -> dict[str, str]:
    return {f"{item.tag:X}": item.value.hex().upper() for item in parse_tlv(bytes.fromhex(f55), "F55")}


@pytest.fixture(scope="module")
def shared() -> Iterator[Till]:
    made = Till()
    yield made
    settled = made.do("settle")
    assert settled["status"] == "done"
    wrong = [verdict for verdict in made.rig.judge() if verdict.ok is False]
    made.rig.close()
    assert wrong == []


@pytest.fixture
def till(shared: Till) -> Iterator[Till]:
    yield shared
    shared.heal()


def test_a_sale_with_all_that_a_chip_brings(till: Till) -> None:
    result = till.do("sale", DEBIT, amount_fen=12_345)
    assert (result["status"], result["code"]) == ("done", "00")
    (fields,) = till.sent("0200")
    told = {number: fields[number] for number in ("2", "14", "22", "23", "26", "53")}
    assert told == {
        "2": "6212142000000000012", "14": "3012", "22": "051", "23": "001", "26": "12", "53": "2600000000000000",
    }  # fmt: skip
    assert fields["35"].startswith("6212142000000000012D3012") and len(fields["52"]) == 16
    chip = objects(fields["55"])
    assert (chip["9F27"], chip["9F02"], chip["9C"], chip["95"], chip["9F34"]) == (
        ARQC, "000000012345", "00", "0000048000", "420300",
    )  # fmt: skip
    assert till.commands()[-3:] == ["GENERATE AC", "EXTERNAL AUTHENTICATE", "GENERATE AC"]
    assert [data["what"] for data in till.seen("chip")] == [
        "power", "selected", "application", "oda", "restrictions", "cvm", "risk", "action", "first_ac",
        "issuer_authentication", "second_ac",
    ]  # fmt: skip
    assert all(data["ok"] for data in till.seen("chip", "host"))


def test_what_stands_on_the_slip(till: Till) -> None:
    till.do("sale", DEBIT, amount_fen=1_000)
    (slip,) = till.seen("slip")
    lines = [line["en"] for line in slip["lines"]]
    chip = objects(till.sent("0200")[0]["55"])
    assert "Application UnionPay Debit" in lines and "AID A000000333010101" in lines
    assert f"ATC {chip['9F36']}" in lines and "TVR 0000048000" in lines and "TSI F800" in lines
    (tc,) = [line for line in lines if line.startswith("TC ")]
    assert tc != f"TC {chip['9F26']}", "it is the second cryptogram"


def test_the_tc_goes_up_with_the_batch(till: Till) -> None:
    sold = till.do("sale", DEBIT, amount_fen=777)
    till.do("settle")
    details = {fields["11"]: objects(fields["55"]) for fields in till.sent("0320") if "55" in fields}
    assert details[sold["stan"]]["9F27"] == TC and details[sold["stan"]]["9F02"] == "000000000777"
    assert till.seen("chip", "host", what="tc")[-1]["ok"]
    assert till.rig.sign_in().done


@pytest.mark.parametrize(
    ("card", "typed", "f22", "cvm"),
    [
        ("credit", {}, "052", "5E0300"),
        ("cda", {}, "052", "5E0300"),
        ("sda", {"pin": "123456"}, "051", "420300"),
        ("offline-pin", {"pin": "123456"}, "052", "410302"),
        ("enciphered-pin", {"pin": "123456"}, "052", "440302"),
        ("signature", {}, "052", "1E0300"),
        ("no-pse", {"pin": "123456"}, "051", "420300"),
        ("sm4", {"pin": "123456"}, "051", "420300"),
        ("foreign", {}, "052", "5E0300"),
    ],
)
def test_other_cards(till: Till, card: str, typed: Mapping[str, str], f22: str, cvm: str) -> None:
    assert till.do("sale", {"card": card, "how": "insert", **typed}, amount_fen=500)["status"] == "done"
    (fields,) = till.sent("0200")
    assert fields["22"] == f22 and objects(fields["55"])["9F34"] == cvm
    assert ("52" in fields) == (f22 == "051")
    assert till.steps()["oda"]["ok"] and till.steps()["second_ac"]["given"] == "TC"


@pytest.mark.parametrize(
    ("card", "status", "cause"),
    [("blocked", "refused", "card_blocked"), ("blocked-application", "refused", "application_blocked")],
)
def test_what_the_issuer_blocked_is_taken_no_other_way(till: Till, card: str, status: str, cause: str) -> None:
    result = till.do("sale", {"card": card, "how": "insert"}, amount_fen=500)
    assert (result["status"], result["cause"]) == (status, cause)
    assert not till.seen("message") and not till.seen("part", ok=False)


def test_a_tap(till: Till) -> None:
    result = till.do("sale", {"card": "tap", "how": "tap", "pin": "123456"}, amount_fen=200_000)
    assert result["status"] == "done"
    (fields,) = till.sent("0200")
    chip = objects(fields["55"])
    assert (fields["22"], fields["23"], chip["9F27"], chip["95"]) == ("071", "001", ARQC, "0000000000")
    assert "9F34" not in chip and "52" in fields
    assert "GENERATE AC" not in till.commands()


def test_a_mute_chip_leaves_it_to_the_stripe(till: Till) -> None:
    till.cause("card", "mute")
    result = till.do("sale", DEBIT, {"card": "debit", "how": "swipe"}, amount_fen=600)
    assert result["status"] == "done"
    (fields,) = till.sent("0200")
    assert fields["22"].startswith("02") and fields["60"][11:13] == "51" and "55" not in fields
    (told,) = till.seen("part", ok=False)
    assert (told["part"], told["what"], told["detail"]) == ("chip_reader", "card_error", "mute")
    assert till.steps()["fallback"]["instead"] == "swipe"


@pytest.mark.parametrize("command", ["GET PROCESSING OPTIONS", "GENERATE AC"])
def test_once_the_application_has_begun_no_stripe_stands_in(till: Till, command: str) -> None:
    till.cause("card", "hanging", command=command)
    result = till.do("sale", DEBIT, {"card": "debit", "how": "swipe"}, amount_fen=600)
    assert (result["status"], result["cause"]) == ("cancelled", "card_error")
    assert not till.sent("0200") and "fallback" not in till.steps()
    assert till.do("sale", amount_fen=600)["cause"] == "use_chip", "the stripe that still lies there is no fallback"
    till.bench.ask("terminal", "person", "press", keys="CANCEL")
    till.do("sale", amount_fen=600)


def test_pulled_out_while_the_host_is_asked(till: Till) -> None:
    result = till.do("sale", {**DEBIT, "pulled": True}, amount_fen=700)
    assert (result["status"], result["cause"]) == ("cancelled", "card_removed")
    (reversal,) = till.sent("0400")
    assert reversal["39"] == "96" and objects(reversal["55"]).keys() >= {"95", "9F1E", "9F10", "9F36"}


def test_a_card_that_does_not_believe_the_issuer(till: Till) -> None:
    """The card answers AAC to an approval: the money goes back, and the reversal says what the card found."""
    till.cause("host", "wrong_arpc")
    result = till.do("sale", DEBIT, amount_fen=800)
    assert (result["status"], result["cause"]) == ("cancelled", "card_rejected")
    (reversal,) = till.sent("0400")
    assert reversal["39"] == "96"
    assert objects(reversal["55"])["95"] == "0000048040", "issuer authentication failed"
    assert till.steps()["second_ac"]["given"] == "AAC"


def test_a_wrong_pin_is_typed_again_and_the_card_begins_anew(till: Till) -> None:
    ask = till.bench.ask
    ask("terminal", "person", "press", keys="654321 ENTER 123456 ENTER")
    result = till.do("sale", {"card": "debit", "how": "insert"}, amount_fen=900)
    assert result["status"] == "done"
    first, second = till.sent("0200")
    assert first["52"] != second["52"] and int(second["11"]) == int(first["11"]) + 1
    before, after = objects(first["55"]), objects(second["55"])
    assert int(after["9F36"], 16) == int(before["9F36"], 16) + 1 and before["9F26"] != after["9F26"]
    given = [data["given"] for data in till.seen("chip", what="second_ac")]
    assert given == ["AAC", "TC"]


def test_no_answer_from_the_host_is_told_to_the_card(till: Till) -> None:
    till.cause("host", "no_answer")
    result = till.do("sale", DEBIT, amount_fen=1000)
    assert result["status"] == "unknown"
    assert (till.steps()["second_ac"]["asked"], till.steps()["second_ac"]["given"]) == ("AAC", "AAC")
    till.heal()
    assert till.do("reversal")["status"] == "done"


def test_scripts_and_how_they_went(till: Till) -> None:
    till.cause("host", "script", commands=["unblock_pin"], template=72)
    assert till.do("sale", DEBIT, amount_fen=1100)["status"] == "done"
    assert till.commands()[-1] == "PIN CHANGE/UNBLOCK"
    till.heal()
    assert till.do("balance", DEBIT)["status"] == "done"
    (notice,) = till.sent("0620")
    assert objects(notice["55"])["DF31"][:2] == "20"


def test_a_balance_asks_the_chip_too(till: Till) -> None:
    result = till.do("balance", DEBIT)
    assert result["status"] == "done" and result["balance_fen"] > 0
    (fields,) = till.sent("0200")
    assert objects(fields["55"])["9C"] == "31" and "4" not in fields
    assert till.steps()["second_ac"]["given"] == "TC"


def test_a_preauthorisation_and_its_type(till: Till) -> None:
    held = till.do("preauth", DEBIT, amount_fen=5_000)
    assert held["status"] == "done" and objects(till.sent("0100")[0]["55"])["9C"] == "03"
    assert till.do("preauth_void", stan=held["stan"])["status"] == "done"


def test_a_refund_only_reads_the_card(till: Till) -> None:
    sold = till.do("sale", DEBIT, amount_fen=2_000)
    result = till.do("refund", DEBIT, rrn=sold["rrn"], date="0306", amount_fen=500)
    fields = till.sent("0220")[0]
    assert (fields["22"], fields["23"]) == ("052", "001") and "55" not in fields and "52" not in fields
    assert "GENERATE AC" not in till.commands()
    assert result["status"] in ("done", "declined")


def test_a_register_may_ask_which_card_is_there(till: Till) -> None:
    result = till.do("read_card", {"card": "sm4", "how": "insert"})
    assert result["card"]["how"] == "insert" and result["card"]["pan"].startswith("621214")


def test_the_cardholder_chooses_between_two_applications(till: Till) -> None:
    till.bench.ask("terminal", "person", "press", keys="2 ENTER")
    till.do("sale", {"card": "two-applications", "how": "insert", "pin": "123456"}, amount_fen=300)
    shown = [data["en"] for data in till.seen("display")]
    (asked,) = [text for text in shown if text.startswith("Choose the application")]
    assert asked.endswith("1 UnionPay Credit；2 UnionPay Debit"), "in the order of their priorities"
    assert till.steps()["selected"]["aid"] == "A000000333010101"


def test_the_reader_test_reads_a_card(till: Till) -> None:
    result = till.do("reader_test", {"card": "debit", "how": "insert"}, interface="insert", reads=5)
    assert result["reading"]["insert"]["errors"] == 0 and till.bench.ask("card", "control", "status", card="debit")
    till.cause("card", "mute")
    result = till.do("reader_test", {"card": "debit", "how": "insert"}, interface="insert", reads=5)
    assert (result["cause"], result["reading"]["insert"]["errors"]) == ("reader_failed", 5)
