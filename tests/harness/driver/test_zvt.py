"""The register's side of ZVT against a terminal that the test plays with literal APDUs.

The APDUs are those of PA00P015 and of published captures; the played terminal knows nothing of our codec but its
framers.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.driver.driver import Driver
from harness.driver.settings import DriverSettings
from harness.machine import SECOND_US, Answer, Ask, Close, Closed, Connect, Note, Opened, Received, Send, Wake
from protocols.framing import Frame
from protocols.zvt.commands import LAYOUTS
from protocols.zvt.framing import ZvtSerialFramer, ZvtTcpFramer
from protocols.zvt.quirks import ZvtQuirks

ACK, NAK = b"\x06", b"\x15"
TAKEN = "800000"
REGISTERED = "060f0a19002929001006490978"  # bezahl-online, capture
STATUS_INFO = (
    "040f2a 2700 04000000001234 49 0978 0b000470 0c223953 0d1006 870470 29 28004869 8a2e 22f1f0eeeeeeeeeeeeeee4281f"
)


class Played:
    """A terminal played by the test, on either transport.  `sent` are the APDUs that it has received."""

    def __init__(self, transport: str = "tcp", **quirks: Any) -> None:
        settings = DriverSettings(protocol="zvt", transport=transport, quirks=ZvtQuirks(**quirks))  # type: ignore[arg-type]
        self.serial = transport == "serial"
        self.driver = Driver(settings)
        self.driver.start([], 0)
        self.now = 0
        self.framer = ZvtSerialFramer() if self.serial else ZvtTcpFramer()
        self.sent: list[str] = []
        self.octets = b""
        self.effects: list[Any] = []
        self.answers: list[Any] = []

    def handle(self, event: Any) -> None:
        effects = self.driver.handle(event, self.now)
        self.effects += effects
        self.octets = b"".join(e.data for e in effects if isinstance(e, Send) and e.link == "terminal")
        self.answers += [e.value for e in effects if isinstance(e, Answer)]
        for item in self.framer.feed(self.octets):
            if isinstance(item, Frame):
                self.sent.append(item.payload.hex())
                if self.serial:
                    self.handle(Received("terminal", ACK))

    def ask(self, op: str, **args: Any) -> None:
        self.handle(Ask("person", op, args, ticket=1))

    def say(self, *apdus: str) -> None:
        for apdu in apdus:
            octets = bytes.fromhex(apdu.replace(" ", ""))
            if apdu.startswith("040f2a"):
                octets = octets[:2] + bytes((len(octets) - 3,)) + octets[3:]
            self.now += 1000
            self.handle(Received("terminal", self.framer.frame(octets)))

    def wait(self, seconds: float) -> None:
        self.now += int(seconds * SECOND_US)
        self.handle(Wake())

    def registered(self) -> None:
        self.ask("identify")
        self.say(TAKEN, REGISTERED, TAKEN, "060f0100")
        self.sent.clear()
        self.answers.clear()

    def notes(self, kind: str) -> list[Any]:
        return [e.data for e in self.effects if isinstance(e, Note) and e.kind == kind]


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
        (["800000", "040f022751", "061e0151"], "declined", "f39_51", "51"),
        (["800000", "040f022705", "061e0105"], "declined", "f39_05", "05"),
        (["800000", "040f02276c", "061e016c"], "cancelled", "cancelled", "6C"),
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
def test_nothing_that_a_terminal_sends_breaks_the_driver(transport: str, op: str, came: list[bytes]) -> None:
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
