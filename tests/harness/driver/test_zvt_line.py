"""The register's side of ZVT when the line, the cable or the terminal does not do as it should, and host traffic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.driver.driver import Driver
from harness.driver.settings import DriverSettings
from harness.machine import SECOND_US, Answer, Ask, Close, Closed, Connect, Opened, Received, Send, Wake
from protocols.registers import Transport
from protocols.zvt.commands import LAYOUTS
from protocols.zvt.quirks import ZvtQuirks

from .zvt_terminal import ACK, NAK, REGISTERED, STATUS_INFO, TAKEN, Played


@pytest.fixture(params=["serial", "tcp"])
def played(request: pytest.FixtureRequest) -> Played:
    return Played(request.param)


# the line


def test_a_frame_that_is_not_acknowledged_goes_out_three_times() -> None:
    driver = Driver(DriverSettings(protocol="zvt", quirks=ZvtQuirks(), ack_timeout_us=5 * SECOND_US))
    effects = driver.handle(Ask("person", "status", {}, ticket=1), 0)
    frames = [e.data for e in effects if isinstance(e, Send)]
    assert frames == [bytes.fromhex("1002050100") + bytes.fromhex("1003") + frames[0][-2:]]
    for repeat in (1, 2):  # T2 is 5 s
        assert driver.deadline == repeat * 5 * SECOND_US
        again = [e.data for e in driver.handle(Wake(), repeat * 5 * SECOND_US) if isinstance(e, Send)]
        assert again == frames
    last = driver.handle(Wake(), 15 * SECOND_US)
    (answer,) = [e.value for e in last if isinstance(e, Answer)]
    assert (answer["status"], answer["cause"]) == ("unknown", "register_timeout")
    assert driver.deadline is None


def test_a_nak_brings_the_frame_again_and_a_damaged_one_is_refused_with_nak() -> None:
    played = Played("serial")
    driver = played.driver
    frame = b"".join(e.data for e in driver.handle(Ask("person", "status", {}, ticket=1), 0) if isinstance(e, Send))
    assert [e.data for e in driver.handle(Received("terminal", NAK), 1) if isinstance(e, Send)] == [frame]
    driver.handle(Received("terminal", ACK), 2)
    taken = played.framer.frame(bytes.fromhex(TAKEN))
    damaged = taken[:-1] + bytes((taken[-1] ^ 1,))
    assert [e.data for e in driver.handle(Received("terminal", damaged), 3) if isinstance(e, Send)] == [NAK]
    assert [e.data for e in driver.handle(Received("terminal", taken), 4) if isinstance(e, Send)] == [ACK]


def test_half_a_frame_is_refused_after_200_ms() -> None:
    played = Played("serial")
    played.ask("status")
    played.handle(Received("terminal", b"\x10\x02\x80"))
    assert played.driver.deadline == SECOND_US // 5  # T1
    played.wait(0.2)
    assert played.octets == NAK


def test_a_frame_that_comes_again_because_our_ack_was_lost_is_acknowledged_and_not_acted_on() -> None:
    played = Played("serial")
    played.registered()
    played.ask("settle")
    played.say(TAKEN)
    driver, line = played.driver, played.framer.frame(bytes.fromhex("06d10300" + "4142"))
    first = [e.data for e in driver.handle(Received("terminal", line), 10) if isinstance(e, Send)]
    assert first == [ACK, played.framer.frame(bytes.fromhex(TAKEN))]
    again = [e.data for e in driver.handle(Received("terminal", line), 20) if isinstance(e, Send)]
    assert again == [ACK]
    driver.handle(Received("terminal", ACK), 30)
    third = [e.data for e in driver.handle(Received("terminal", line), 40) if isinstance(e, Send)]
    assert len(third) == 2  # the same text once more is another line
    driver.handle(Received("terminal", ACK), 50)
    played.say("060f00")
    assert played.answers[0]["printed"] == ["AB", "AB"]


def test_t3_and_t4(played: Played) -> None:
    played.registered()
    played.ask("sale", amount_fen=1)
    assert played.driver.deadline == played.now + 5 * SECOND_US
    played.say(TAKEN)
    assert played.driver.deadline == played.now + 180 * SECOND_US
    played.say("04ff020a03")  # time-out of three minutes, BCD
    assert played.driver.deadline == played.now + 180 * SECOND_US
    played.say("04ff020a01")
    assert played.driver.deadline == played.now + 60 * SECOND_US
    played.wait(60)
    (told,) = played.answers
    assert (told["status"], told["cause"]) == ("unknown", "register_timeout")


def test_an_abort_ends_the_operation_on_the_terminal(played: Played) -> None:
    played.registered()
    played.ask("sale", amount_fen=1)
    played.say(TAKEN, "04ff010a")
    played.sent.clear()
    played.handle(Ask("person", "abort", {}, ticket=2))
    assert played.sent == ["06b000"]
    assert played.answers.pop()["status"] == "done"
    assert played.answers == []  # the sale goes on until the terminal says that it has ended
    played.say(TAKEN, "040f02276c", "061e016c")
    assert (played.answers[0]["op"], played.answers[0]["status"]) == ("sale", "cancelled")


def test_what_nobody_asked_for_is_answered(played: Played) -> None:
    played.say("04ff010e", "0401080c123456aa261122")
    assert played.sent == [TAKEN, TAKEN]
    played.say("06990 0".replace(" ", ""))
    assert played.sent[-1] == "848300"
    played.say("040f0327 0007")  # an unknown bitmap
    assert played.sent[-1] == "848300"


def test_over_tcp_an_apdu_whose_rest_does_not_come_does_not_swallow_what_comes_later() -> None:
    played = Played("tcp")
    played.registered()
    played.ask("sale", amount_fen=1234)
    played.handle(Received("terminal", bytes.fromhex("8000ff")))  # its length is beyond what comes
    played.wait(6)
    assert played.answers.pop()["status"] == "unknown"
    assert Close("terminal") in played.effects
    played.handle(Closed("terminal", "local"))
    played.handle(Opened("terminal"))
    played.ask("settle")
    played.say(TAKEN, "060f00")
    assert played.answers.pop()["status"] == "done"


# a payment whose answer was lost


def sold(played: Played) -> None:
    """One sale that was told whole, so that the newest trace number is known."""
    played.registered()
    played.ask("sale", amount_fen=1234)
    played.say(TAKEN, STATUS_INFO, "060f00")
    assert played.answers.pop()["status"] == "done"
    played.sent.clear()


def pulled(played: Played) -> None:
    played.handle(Closed("terminal", "gone"))
    played.now += SECOND_US
    played.handle(Opened("terminal"))


def newest(trace: str, amount: str) -> str:
    return STATUS_INFO.replace("0b000470", f"0b{trace}").replace("04000000001234", f"04{amount}")


@pytest.mark.parametrize(
    ("trace", "amount", "status", "cause"),
    [
        ("000471", "000000000500", "done", None),
        ("000470", "000000001234", "no_answer", "not_booked"),
        ("000471", "000000000999", "unknown", "port_gone"),
    ],
)
def test_a_sale_is_not_asked_twice_the_newest_receipt_tells(
    played: Played, trace: str, amount: str, status: str, cause: str | None
) -> None:
    sold(played)
    played.ask("sale", amount_fen=500)
    played.sent.clear()
    pulled(played)
    assert played.sent == ["062003000000"]
    played.say(TAKEN, newest(trace, amount), "060f00")
    assert not any(sent.startswith("0601") for sent in played.sent)
    (told,) = played.answers
    assert (told["op"], told["status"], told["cause"]) == ("sale", status, cause)


def test_an_earlier_sale_of_the_same_amount_is_not_taken_for_the_new_one(played: Played) -> None:
    sold(played)
    played.ask("sale", amount_fen=1234)
    pulled(played)
    played.say(TAKEN, STATUS_INFO, "060f00")
    assert (played.answers[0]["status"], played.answers[0]["cause"]) == ("no_answer", "not_booked")


def test_a_terminal_that_goes_on_after_the_cable_was_back_is_let(played: Played) -> None:
    sold(played)
    played.ask("sale", amount_fen=500)
    played.say(TAKEN, "04ff010a")
    played.sent.clear()
    pulled(played)
    assert played.sent == []
    played.say(newest("000471", "000000000500"), "060f00")
    assert (played.answers[0]["status"], played.answers[0]["stan"]) == ("done", "000471")


def test_a_terminal_that_stays_silent_is_asked_and_while_it_is_busy_again(played: Played) -> None:
    sold(played)
    played.ask("sale", amount_fen=500)
    played.say(TAKEN, "04ff010a")
    pulled(played)
    played.sent.clear()
    played.wait(20)
    assert played.sent == ["062003000000"]
    played.say("849c00")
    played.wait(2)
    assert played.sent == ["062003000000"] * 2
    played.say(TAKEN, newest("000470", "000000001234"), "060f00")
    assert (played.answers[0]["status"], played.answers[0]["cause"]) == ("no_answer", "not_booked")


def test_nothing_is_learned_from_a_receipt_when_none_was_known_before(played: Played) -> None:
    played.registered()
    played.ask("sale", amount_fen=1234)
    pulled(played)
    played.say(TAKEN, STATUS_INFO, "060f00")
    assert (played.answers[0]["status"], played.answers[0]["cause"]) == ("unknown", "port_gone")


def test_a_terminal_that_lost_its_power_is_registered_again_before_it_is_asked(played: Played) -> None:
    sold(played)
    played.ask("sale", amount_fen=500)
    pulled(played)
    played.sent.clear()
    played.say("061e016b")
    assert played.sent[-1].startswith("0600")
    played.say(TAKEN, REGISTERED)
    assert played.sent[-1] == "062003000000"
    played.say(TAKEN, newest("000471", "000000000500"), "060f00")
    assert played.answers[0]["status"] == "done"


def test_with_sequence_ids_the_command_comes_again_with_its_id() -> None:
    played = Played(sequence_ids=True)
    # PA00P015 chapter 5.1: the registration asks for ids with 1F73 = 000000.
    played.ask("sale", amount_fen=100)
    assert played.sent[0] == "060014000000be0978060c26040a0206d31f7303000000"
    played.say(TAKEN, "060f1819002965000028490978060c26040a0206d31f7303000000")
    command = "06011204000000000100490978" + "06061f7303000001"
    assert played.sent[-1] == command
    pulled(played)
    assert played.sent[-1] == command
    played.say("80000806061f7303000001", "04ff0a170306061f7303000008")
    assert played.sent[-1] == "80000806061f7303000008"
    played.say("060f0806061f7303000011")
    played.ask("settle")
    assert played.sent[-1].endswith("1f7303000012")  # one count for both ends


def test_behind_a_new_registration_the_number_of_a_payment_counts_no_more_so_it_is_learned() -> None:
    played = Played(sequence_ids=True)
    played.ask("sale", amount_fen=100)
    played.say(TAKEN, "060f1819002965000028490978060c26040a0206d31f7303000000")
    command = played.sent[-1]
    pulled(played)
    assert played.sent[-1] == command
    played.say("846b00")  # the terminal has lost its power, and with it the registration
    assert played.sent[-1].startswith("0600")
    sent = len(played.sent)
    played.say(TAKEN, "060f1819002965000028490978060c26040a0206d31f7303000000")
    later = [one for one in played.sent[sent:] if not one.startswith("8000")]
    assert [one[:4] for one in later] == ["0620"]  # repeat receipt, never 06 01


def test_a_payment_that_stayed_unknown_is_not_taken_for_the_next_one(played: Played) -> None:
    sold(played)
    played.ask("sale", amount_fen=500)
    played.say(TAKEN)
    played.wait(200)  # T4 is over: nobody knows
    assert played.answers.pop()["status"] == "unknown"
    played.ask("sale", amount_fen=500)
    pulled(played)
    played.say(TAKEN, newest("000471", "000000000500"), "060f00")  # the first of the two
    assert played.answers[0]["status"] == "unknown"


def test_a_refusal_that_comes_again_does_not_end_a_payment_that_is_still_to_be_learned(played: Played) -> None:
    sold(played)
    played.ask("sale", amount_fen=500)
    played.say(TAKEN)
    pulled(played)
    played.wait(25)
    assert played.sent[-1] == "062003000000"
    played.say("849c00", "849c00")  # still busy; the terminal did not see our ACK
    assert not played.answers
    played.wait(3)
    assert played.sent[-1] == "062003000000"
    played.say(TAKEN, newest("000471", "000000000500"), "060f00")
    assert played.answers[0]["status"] == "done"


def test_a_void_is_not_learned_from_a_sale(played: Played) -> None:
    sold(played)
    played.ask("void", stan="000469")
    pulled(played)
    played.say(TAKEN, newest("000471", "000000000500"), "060f00")  # somebody sold at the keypad
    assert played.answers[0]["status"] == "unknown"


# host traffic through the register


def test_host_traffic_through_the_register(played: Played) -> None:
    played.registered()
    played.ask("sale", amount_fen=1)
    played.say(TAKEN)
    played.sent.clear()
    address = b"10.0.0.1:8583".hex()
    played.say("06d80e1e" + address)
    assert [e.address for e in played.effects if isinstance(e, Connect)] == ["10.0.0.1:8583"]
    assert played.sent == []  # the answer comes with the connection
    played.handle(Opened("tunnel"))
    assert played.sent == [TAKEN]
    played.say("06d9051e00021000")
    assert [e.data for e in played.effects if isinstance(e, Send) and e.link == "tunnel"] == [b"\x00\x02\x10\x00"]
    played.say("06da011e")
    assert played.sent == [TAKEN, TAKEN]
    played.handle(Received("tunnel", b"\x00\x01\xaa"))
    assert played.sent[-1] == "8000030001aa"
    played.say("06da011e")
    played.wait(30)
    assert played.sent[-1] == "84a100"
    played.say("06db00")
    assert played.sent[-1] == TAKEN
    assert [e.link for e in played.effects if isinstance(e, Close)] == ["tunnel"]
    played.say("06da011e")
    assert played.sent[-1] == "84a300"


def test_a_host_that_cannot_be_reached(played: Played) -> None:
    played.registered()
    played.ask("sale", amount_fen=1)
    played.say(TAKEN, "06d8010a")
    played.handle(Closed("tunnel", "refused"))
    assert played.sent[-1] == "849b00"


@pytest.mark.parametrize("then", ["06d9043caabbcc", "061e016c"])  # sends before it was let, or gives up
def test_a_dial_that_the_terminal_does_not_wait_for_is_ended_all_the_same(played: Played, then: str) -> None:
    """Or the next request would find the way to the host taken, and a reversal could never be sent."""
    played.registered()
    played.ask("sale", amount_fen=1)
    played.say(TAKEN, "06d8010a", then, "06db00")
    assert [e.link for e in played.effects if isinstance(e, Close)] == ["tunnel"]
    played.say("061e016c")
    assert len([e for e in played.effects if isinstance(e, Close)]) == 1


# whatever comes

SPOKEN = [bytes.fromhex(f"{n:04x}") for n in (0x8000, 0x849C, *sorted(LAYOUTS))]


@given(
    st.sampled_from(("serial", "tcp")),
    st.sampled_from(("sale", "sign_in", "status", "settle", "last", "download")),
    st.lists(
        st.binary(max_size=30)
        | st.builds(
            lambda control, data: control + bytes((len(data),)) + data,
            st.sampled_from(SPOKEN),
            st.binary(max_size=20),
        )
        | st.sampled_from([ACK, NAK, b"away", b"back", b"wait", b"abort"]),
        max_size=12,
    ),
)
def test_nothing_that_a_terminal_sends_breaks_the_driver(transport: Transport, op: str, came: list[bytes]) -> None:
    played = Played(transport)
    played.ask(op, **({"amount_fen": 1} if op == "sale" else {}))
    for one in came:
        played.now += SECOND_US
        if one == b"away":
            played.handle(Closed("terminal", "gone"))
        elif one == b"back":
            played.handle(Opened("terminal"))
        elif one == b"wait":
            played.wait(200)
        elif one == b"abort":
            played.handle(Ask("person", "abort", {}, ticket=2))
            played.answers.pop()
        elif transport == "serial" and len(one) > 2:
            played.handle(Received("terminal", played.framer.frame(one)))
        else:
            played.handle(Received("terminal", one))
    played.handle(Opened("terminal"))
    for _ in range(400):
        if played.answers:
            break
        assert played.driver.deadline is not None
        played.now = max(played.now, played.driver.deadline)
        played.handle(Wake())
    assert len(played.answers) == 1
    assert played.answers[0]["status"] in ("done", "refused", "declined", "no_answer", "unknown", "cancelled")
