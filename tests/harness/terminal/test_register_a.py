"""The register's side in dialect A, octet by octet: the test plays the register.

Octets are written by the layout of hehe02921/qqq, IngPosCom.cpp, as `protocols.mispos.dialect_a` quotes it; command
codes are posrig's table.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.machine import Effect, Received, Send, Wake
from harness.terminal.wants import Order
from protocols.framing import ACK, EOT, NAK, Control, Frame, SerialFramer
from protocols.mispos.dialect_a import tags
from protocols.mispos.dialect_a.commands import COMMANDS
from protocols.mispos.dialect_a.message import MisposAMessage, build, message, parse
from protocols.mispos.quirks import MisposAQuirks

from .scripted import Bench, Host, ready_settings

Values = dict[int, str | bytes]


class TillA:
    """A register of a few lines that speaks dialect A."""

    def __init__(self, *, acknowledges: bool = True, quirks: MisposAQuirks | None = None, **changes: Any) -> None:
        self.bench = Bench(ready_settings(register_protocol="mispos-a", quirks=quirks, **changes), Host())
        self.acknowledges = acknowledges
        self.octets: list[int] = []
        self.told: list[MisposAMessage] = []
        self._framer = SerialFramer()
        self._others = self.bench._one
        self.bench._one = self._one  # type: ignore[method-assign]  # the till takes the cable's effects, the bench the rest

    def _one(self, effect: Effect) -> None:
        if not isinstance(effect, Send) or effect.link != "register":
            self._others(effect)
            return
        for item in self._framer.feed(effect.data):
            if isinstance(item, Control):
                self.octets.append(item.byte)
            elif isinstance(item, Frame):
                msg = parse(item.payload)
                assert isinstance(msg, MisposAMessage)
                self.told.append(msg)
                if self.acknowledges:
                    self.bench._queue.append(Received("register", bytes((ACK,))))

    def put(self, octets: bytes) -> None:
        self.bench.carry(self.bench.terminal.handle(Received("register", octets), self.bench.now))

    def ask(self, command: str, random: str = "4321", **more: Any) -> MisposAMessage:
        """Send a request and wait for its answer."""
        self.told.clear()
        self.put(request(command, random, more.get("values")))
        return self.answer()

    def answer(self) -> MisposAMessage:
        while not self.told:
            self.wait()
        return self.told[-1]

    def wait(self) -> None:
        due = self.bench.terminal.deadline
        assert due is not None
        self.bench.now = max(due, self.bench.now)
        self.bench.carry(self.bench.terminal.handle(Wake(), self.bench.now))

    def present(self) -> None:
        self.bench.ask("person", "present", card="debit", how="swipe", pin="123456")


def request(command: str, random: str = "4321", values: Values | None = None) -> bytes:
    code = COMMANDS[command].code
    msg = message("00", {tags.RANDOM: random, tags.COMMAND: code, **(values or {})})
    return SerialFramer().frame(build(msg))


def amount(fen: int) -> Values:
    return {tags.AMOUNT: f"{fen:012d}"}


def test_an_answer_repeats_the_random_number_and_says_whose_terminal_it_is() -> None:
    status = TillA().ask("status", "0815")
    assert (status.text(tags.RANDOM), status.text(tags.RESULT), status.packet) == ("0815", "00", "02")
    assert status.told_text(tags.TID) and status.told_text(tags.MID)
    assert status.text(tags.SIGN_IN_NEEDED) == "01", "nobody has signed in yet"


def test_a_sale_without_keys_asks_for_a_sign_in() -> None:
    till = TillA()
    refusal = till.ask("sale", values=amount(100))
    assert (refusal.text(tags.RESULT), refusal.text(tags.SIGN_IN_NEEDED)) == ("00010014", "01")
    assert not refusal.octets(tags.RESULTS), "the public program takes a nested code for success"
    signed = till.ask("sign_in")
    assert (signed.text(tags.RESULT), signed.text(tags.SIGN_IN_NEEDED)) == ("00", "")


def test_a_sale_tells_what_the_public_program_reads() -> None:
    till = TillA()
    till.bench.get_ready()
    till.present()
    sale = till.ask("sale", values=amount(1234))
    assert sale.text(tags.RESULT) == "00"
    assert sale.told_text(tags.AMOUNT) == "RMB 12.34"
    assert sale.told_text(tags.CARD) == "621214*********0012"
    assert len(sale.told_octets(tags.TRACE)) == 3 and sale.told_text(tags.TRACE) == sale.told_text(tags.INVOICE)
    void = till.ask("void", "4322", values={tags.ORIGINAL_INVOICE: sale.told_text(tags.INVOICE)})
    assert void.told_text(tags.AMOUNT) == "RMB-12.34"
    assert void.told_text(tags.ORIGINAL_INVOICE) == sale.told_text(tags.INVOICE)


def test_a_broken_frame_is_answered_by_one_nak() -> None:
    till = TillA()
    octets = bytearray(request("status"))
    octets[-1] ^= 1
    till.put(bytes(octets))
    assert till.octets == [NAK]
    till.wait()  # a 02 within the broken frame may have begun another: silence ends it
    assert till.ask("status").text(tags.RESULT) == "00"
    assert till.octets == [NAK, ACK]


@pytest.mark.parametrize("under_way", [True, False])
def test_eot_ends_what_waits_for_a_person(under_way: bool) -> None:
    till = TillA()
    till.bench.get_ready()
    if under_way:
        till.put(request("sale", values=amount(100)))
    till.told.clear()
    till.put(bytes((EOT,)))
    assert [msg.text(tags.RESULT) for msg in till.told] == (["00090020"] if under_way else [])
    assert till.bench.snapshot["entries"] == []


def test_eot_does_not_end_what_somebody_began_at_the_keypad() -> None:
    till = TillA()
    till.bench.get_ready()
    till.bench.terminal.operate(Order("sale", {"amount_fen": 1}), 7)
    till.put(bytes((EOT,)))
    assert not till.bench.terminal.idle


def test_a_result_that_did_not_arrive_is_told_again_and_nothing_is_sold_twice() -> None:
    till = TillA(acknowledges=False, quirks=MisposAQuirks(order_number=False))
    till.bench.get_ready()
    till.present()
    octets = request("sale", values=amount(100))
    till.put(octets)
    while till.bench.terminal.deadline is not None:
        till.wait()
    assert [msg.text(tags.RESULT) for msg in till.told] == ["00"] * 3
    till.acknowledges = True
    till.put(octets)
    assert till.told[-1] == till.told[0]
    till.present()
    till.put(octets)
    assert len(till.bench.snapshot["entries"]) == 2, "once it was acknowledged, the same request is a new sale"


def test_an_order_that_comes_again_gets_the_stored_result() -> None:
    till = TillA()
    till.bench.get_ready()
    till.present()
    values: Values = {**amount(100), tags.DESK: "01", tags.ORDER: "A-1"}
    first = till.ask("sale", "1111", values=values)
    again = till.ask("sale", "2222", values=values)
    assert first.told == again.told
    assert again.text(tags.RANDOM) == "2222"
    assert len(till.bench.snapshot["entries"]) == 1


def test_the_register_sets_the_hosts_address_for_good_but_not_during_an_operation() -> None:
    till = TillA()
    till.bench.get_ready()
    values: Values = {tags.HOST_ADDRESS: "192.0.2.9", tags.HOST_PORT: "5000"}
    till.put(request("sale", values=amount(100)))
    till.put(request("set_communication", "5555", values=values))
    assert till.told[-1].text(tags.RESULT) == "00090014", "busy"
    till.put(bytes((EOT,)))
    assert till.ask("set_communication", "5556", values=values).text(tags.RESULT) == "00"
    till.bench.boot()
    assert till.bench.terminal.desk.config.host_address == "192.0.2.9:5000"
    assert till.ask("set_communication", values={tags.HOST: "02"}).text(tags.RESULT) == "00"
    assert till.bench.terminal.desk.config.host_address == "02"
    bad: Values = {tags.HOST_ADDRESS: "192.0.2.9", tags.HOST_PORT: "x"}
    assert till.ask("set_communication", values=bad).text(tags.RESULT) == "00090018"


@pytest.mark.parametrize(
    ("command", "values", "code"),
    [
        ("sale", {}, "00090018"),
        ("sale", {tags.AMOUNT: "000000000100", tags.BARCODE: "6220001234567890123"}, "00090015"),  # it has no scanner
        ("refund", {tags.AMOUNT: "000000000100", tags.BARCODE: "6220001234567890123"}, "00090018"),
        ("list_transactions", {}, "00090011"),
    ],
)
def test_requests_that_cannot_be_carried_out(command: str, values: Values, code: str) -> None:
    till = TillA()
    till.bench.get_ready()
    assert till.ask(command, values=values).text(tags.RESULT) == code


def test_totals_and_a_makers_own_code() -> None:
    till = TillA(quirks=MisposAQuirks(commands=("totals=99",)))
    till.bench.get_ready()
    till.present()
    till.ask("sale", values=amount(250))
    till.told.clear()
    till.put(SerialFramer().frame(build(message("00", {tags.RANDOM: "1234", tags.COMMAND: "99"}))))
    assert (till.told[0].told_text(tags.DEBIT_SUM), till.told[0].told_text(tags.DEBIT_COUNT)) == (
        "000000000250",
        "0001",
    )
    assert till.ask("totals").text(tags.RESULT) == "00090015", "61 is no command of this maker"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 60), max_size=6))
def test_the_answer_does_not_hang_on_how_the_octets_are_split(places: list[int]) -> None:
    till = TillA()
    octets = request("status")
    bounds = sorted({0, len(octets), *(place for place in places if place < len(octets))})
    for start, end in pairwise(bounds):
        till.put(octets[start:end])
    assert [msg.text(tags.RESULT) for msg in till.told] == ["00"]
    assert till.octets == [ACK]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=40) | st.just(request("status")) | st.just(bytes((EOT,))), max_size=5))
def test_whatever_comes_in_the_terminal_still_answers(pieces: list[bytes]) -> None:
    till = TillA()
    for piece in pieces:
        till.put(piece)
    while till.bench.terminal.deadline is not None:
        till.wait()
    till.told.clear()
    assert till.ask("status", "7777").text(tags.RANDOM) == "7777"


def test_an_ack_after_noise_counts_once_the_line_was_silent() -> None:
    till = TillA(acknowledges=False)
    till.put(request("status"))
    till.put(b"A")
    till.bench.now += 1_000_000
    till.bench.carry(till.bench.terminal.handle(Wake(), till.bench.now))
    till.put(bytes((ACK,)))
    assert till.bench.terminal.register.deadline is None, "the result is acknowledged"


def test_a_register_that_sends_no_ack_need_not_wait_for_the_repetitions() -> None:
    till = TillA(acknowledges=False)
    for number in ("1111", "2222", "3333"):
        assert till.ask("status", number).text(tags.RANDOM) == number
    assert till.bench.now == 0


def test_who_asks_in_the_midst_of_an_operation_is_not_told_its_number() -> None:
    """With a fresh random number in each frame the refusal "busy" would else look like the sale's own result."""
    till = TillA(quirks=MisposAQuirks(fresh_random=True))
    till.bench.get_ready()
    till.put(request("sale", "1001", amount(100)))
    till.put(request("list_transactions", "1002"))
    busy = till.told[-1]
    assert (busy.text(tags.RESULT), busy.text(tags.RANDOM)) == ("00090014", "1002")
    till.told.clear()
    till.present()
    assert till.answer().text(tags.RANDOM) == "1001"


def test_while_the_newest_refund_is_with_people_the_list_tells_no_earlier_one_as_the_newest() -> None:
    till = TillA()
    till.bench.get_ready()
    till.present()
    stan = till.ask("sale", "1001", values=amount(700)).told_text(tags.TRACE)
    till.bench.host.change = lambda seen, reply: None if seen.mti == "0220" else reply
    lost = till.ask("refund", "1002", values={**amount(300), tags.ORIGINAL_TRACE: stan})
    assert till.ask("list_transactions", "1003").text(tags.RESULT) == lost.text(tags.RESULT) != "00"
