"""A payment is final only when the register took its status information and every print command (PA00P015 chapter
2.2.8); whatever the register or the power does, host and terminal have the same books.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.machine import Closed
from protocols.registers import Transport
from protocols.unionpay.message import Message

from .scripted import Bench, Host, PowerCut, ready_settings
from .zvt_register import TAKEN, ZvtRegister, commands

INFO = "040f"
SALE = "06010704000000001234"
EFFECTS_MAX = 400


def ready(transport: Transport = "tcp", config: str = "be", more: str = "", **changes: Any) -> ZvtRegister:
    register = ZvtRegister(transport, **changes)
    register.get_ready(config, more)
    return register


def taken_up_to(register: ZvtRegister, count: int, then: str | None) -> None:
    """The first `count` of status information and print commands are taken, the next one gets `then`."""
    left = count

    def answer(apdu: str) -> str | None:
        nonlocal left
        if apdu[:4] not in (INFO, "06d1", "06d3"):
            return TAKEN
        left -= 1
        return TAKEN if left >= 0 else then

    register.answers = answer


@pytest.mark.parametrize("transport", ["tcp", "serial"])
@pytest.mark.parametrize("then", [None, "846600", "84ff00"])
def test_whatever_is_not_taken_is_reversed(transport: Transport, then: str | None) -> None:
    register = ready(transport)
    commands_of_a_sale = sum(apdu[:4] in (INFO, "06d1") for apdu in register.pay(1))
    assert commands_of_a_sale > 10
    for count in range(0, commands_of_a_sale, 5):
        taken_up_to(register, count, then)
        register.card()
        register.send(SALE)
        register.settle()
        assert register.kept == register.booked == [1], count
        assert "060f" not in commands(register.told)
    taken_up_to(register, commands_of_a_sale, None)
    assert register.pay(2)[-1] == "060f00"
    assert register.kept == register.booked == [1, 2]


def test_84_00_is_positive() -> None:
    register = ready()
    register.answers = lambda apdu: "840000" if apdu.startswith(INFO) else TAKEN
    assert register.pay()[-1] == "060f00"


def test_what_happens_to_the_completion_changes_nothing() -> None:
    register = ready()
    register.answers = lambda apdu: None if apdu.startswith("060f") else TAKEN
    register.pay(700)
    register.settle()
    assert register.kept == register.booked == [700]
    assert register.closed == 1, "T3 is over: the socket is closed (PA00P016)"


def test_a_register_that_does_not_answer_the_completion_may_go_on() -> None:
    register = ready()
    register.answers = lambda apdu: None if apdu.startswith("060f") else TAKEN
    register.pay(700)
    assert register.ask("050100") == [TAKEN, "060f0100"]


@pytest.mark.parametrize("at", [INFO, "06d1", "04ff"])
def test_the_cable_is_pulled_out_while_the_register_should_answer(at: str) -> None:
    register = ready("serial")
    register.answers = lambda apdu: None if apdu.startswith(at) else TAKEN
    register.card()
    register.send(SALE)
    register.plug(False)
    register.settle()
    register.plug(True)
    register.answers = lambda apdu: TAKEN
    assert register.kept == register.booked == []
    assert register.pay(5)[-1] == "060f00"
    assert register.kept == register.booked == [5]


def test_a_cable_that_is_out_when_the_host_approves() -> None:
    register = ready("serial")
    register.card()
    pulled = Closed("register", "gone")

    def pull(request: Message, reply: Message) -> Message:
        register.bench._queue.append(pulled)
        return reply

    register.bench.host.change = pull
    assert "060f" not in commands(register.ask(SALE))
    assert register.kept == register.booked == []


# vending


def test_a_register_that_needs_time_is_asked_again_in_two_seconds() -> None:
    """84 9C, up to BMP 02 + 1 status informations."""
    register = ready(config="80")
    register.answers = lambda apdu: "849c00" if apdu.startswith(INFO) else TAKEN
    begun = register.bench.now
    register.card()
    told = register.ask("0601090202" + "04000000001234")
    assert commands(told).count(INFO) == 4, "three for the goods, one that it failed"
    assert register.bench.now - begun >= 4_000_000
    assert register.kept == []


def test_goods_for_a_smaller_amount_leave_that_amount() -> None:
    """84 9D 07 04 amount."""
    register = ready(config="80")
    register.answers = lambda apdu: "849d0704000000001000" if apdu.startswith(INFO) else TAKEN
    assert register.pay(1234)[-1] == "060f00"
    assert register.kept == register.booked == [-234, 1234]


def test_goods_for_a_smaller_amount_whose_rest_cannot_be_given_back_are_not_told_as_declined() -> None:
    """The customer has paid all of it: the register has to look (FF), and its newest receipt tells the sale."""
    register = ready(config="80")
    register.answers = lambda apdu: "849d0704000000001000" if apdu.startswith(INFO) else TAKEN
    register.bench.host.change = lambda request, reply: (
        reply.replacing({39: "05", 64: None}) if request.mti == "0220" else reply
    )
    assert register.pay(1234)[-1][:8] == "061e01ff"
    assert register.booked == [1234]


def test_no_answer_within_the_time_that_the_register_named() -> None:
    register = ready(config="80")
    register.answers = lambda apdu: None if apdu.startswith(INFO) else TAKEN
    register.card()
    begun = register.bench.now
    register.send("0601090114" + "04000000001234")
    register.settle()
    assert register.bench.now - begun >= 20_000_000, "BMP 01: 20 s"
    assert register.kept == []


# twice


def test_double_booking_protection() -> None:
    """Tag 1F1F: an order that comes again gets the stored result."""
    register = ready()
    order = "060111" + "04000000001234" + "0608" + "1f1f05" + "0000000007"
    for _ in range(3):
        register.card()
        assert register.ask(order)[-1] == "060f00"
        register.bench.boot()
        register.register()
    assert register.kept == register.booked == [1234]
    other = order.replace("0000000007", "0000000008")
    register.card()
    assert register.ask(other)[-1] == "060f00"
    assert register.kept == [1234, 1234]


def test_message_sequence_ids() -> None:
    """PA00P015 chapter 5.1: zvt-a-15 and zvt-a-17, then an id that comes again."""
    register = ready(quirks={"sequence_ids": True}, config="9e", more="060c26040a0206d31f7303000000")
    assert register.register("9e", "060c26040a0206d31f7303000000")[1].endswith("060c26040a0206d31f7303000000")
    sale = "060114" + "04000000000100" + "490978" + "1944" + "06061f7303000001"
    register.card()
    told = register.ask(sale)
    assert told[0] == "80000806061f7303000001", "the answer repeats the id"
    ids = [apdu[-6:] for apdu in told[1:]]
    assert ids == [f"{number:06d}" for number in range(2, 2 + len(ids))]
    assert told[-1].startswith("060f08")
    register.card()
    again = register.ask(sale)
    assert "04000000000100" in next(apdu for apdu in again if apdu.startswith(INFO))
    assert register.kept == [100]
    register.register("9e", "060c26040a0206d31f7303000000")
    assert register.ask(sale)[-1][:4] == "060f", "a new registration counts from the beginning"
    assert register.kept == [100, 100]


def test_a_lost_acknowledgement_starts_nothing_twice() -> None:
    register = ready("serial")
    register.card()
    frame = register.framer.frame(bytes.fromhex(SALE))
    register.deaf = True
    register.octets(frame)
    register.octets(frame)
    register.deaf = False
    register.octets(frame)
    register.settle()
    assert len(register.kept) <= 1
    assert register.kept == register.booked


# serial


def test_a_damaged_frame_is_asked_for_again() -> None:
    register = ready("serial")
    frame = register.framer.frame(bytes.fromhex("050100"))
    register.controls.clear()
    register.octets(frame[:-1] + bytes((frame[-1] ^ 1,)))
    assert register.controls == [0x15]
    register.octets(frame)
    assert register.controls[1] == 0x06
    assert register.told[-1] == "060f0100"


def test_200_ms_of_silence_in_a_frame_is_a_nak() -> None:
    register = ready("serial")
    frame = register.framer.frame(bytes.fromhex("050100"))
    register.controls.clear()
    register.octets(frame[:4])
    begun = register.bench.now
    assert register.wait()
    assert register.bench.now - begun == 200_000
    assert register.controls == [0x15]


def test_three_sends_then_it_is_given_up() -> None:
    register = ready("serial")
    register.deaf = True
    begun = register.bench.now
    register.send("050100")
    register.settle()
    assert register.told[:3] == [TAKEN] * 3, "80 00 00, five seconds apart (T2)"
    assert len(register.told) <= 4, "what waits behind is given up, too"
    assert register.bench.now - begun >= 15_000_000


# power


@pytest.mark.parametrize("config", ["be", "80"])
def test_the_power_fails_at_every_effect_of_a_payment(config: str) -> None:
    for after in range(EFFECTS_MAX):
        register = ready(config=config)
        register.card()
        register.bench.cut_after = after
        try:
            register.ask(SALE)
        except PowerCut:
            register.bench.cut_after = None
            register.bench.boot()
            if register.terminal.status()["session"] != "signed_in":
                register.bench.get_ready()
            register.register(config)
            register.answers = lambda apdu: TAKEN
            assert register.pay(77)[-1] == "060f00", after
            assert register.kept == register.booked, after
            assert register.kept in ([77], [77, 1234]), after
            continue
        assert after > 20
        return
    raise AssertionError("the payment never ends")


# robustness


@cache
def shared(transport: Transport) -> ZvtRegister:
    """One for all examples: what one leaves behind is what the next one meets."""
    return ready(transport)


KNOWN = (
    SALE,
    "065003123456",
    "067000",
    "06b000",
    "800000",
    "849c00",
    "060200",
    "050100",
    "06230387ffff",
    "063003123456",
)
APDUS = st.one_of(
    st.sampled_from([bytes.fromhex(apdu) for apdu in KNOWN]),
    st.builds(
        lambda head, data: head + bytes((len(data),)) + data, st.binary(min_size=2, max_size=2), st.binary(max_size=24)
    ),
)


@settings(max_examples=60)
@given(st.lists(APDUS, max_size=6), st.sampled_from(["tcp", "serial"]), st.booleans())
def test_no_apdu_stops_the_terminal(apdus: list[bytes], transport: Transport, silent: bool) -> None:
    """Whatever comes, nothing is raised, money agrees, and a register that is not heard out can come back."""
    register = shared(transport)
    if silent:
        register.answers = lambda apdu: None
    for apdu in apdus:
        register.octets(register.framer.frame(apdu))
    register.answers = lambda apdu: TAKEN
    register.plug(False)
    register.settle()
    register.plug(True)
    assert register.ask("050100")[0] in (TAKEN, "849c00")
    register.settle()
    assert sum(register.kept) == sum(register.booked)


@settings(max_examples=40)
@given(st.binary(max_size=60), st.sampled_from(["tcp", "serial"]))
def test_no_octets_stop_the_terminal(octets: bytes, transport: Transport) -> None:
    register = shared(transport)
    register.octets(octets)
    register.plug(False)
    register.settle()
    register.plug(True)
    assert register.ask("050100")[0] == TAKEN


def test_a_bench_without_a_register_sells_as_ever() -> None:
    """A payment at the terminal's own keypad waits for nobody."""
    bench = Bench(ready_settings(register_protocol="zvt"), Host())
    bench.get_ready()
    assert bench.sell()["status"] == "done"


def test_an_id_that_is_none_is_no_id() -> None:
    """1F73 has three octets of digits; with any other there is no order number, and the payment is one of its own."""
    register = ready(quirks={"sequence_ids": True}, more="06061f7303000000")
    for told in ("1f730401234567", "1f730201ff", "1f7300"):
        register.card()
        data = "04000000000100" + "06" + f"{len(told) // 2:02x}" + told
        assert register.ask(f"0601{len(data) // 2:02x}{data}")[0] == TAKEN
    assert register.kept == [100, 100, 100]
