"""The register's side: frames, acknowledgements, stored results, and the host's traffic through the cable.

Source: gsccs/mispos-client, as `protocols.mispos` quotes it; the test plays the register.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from harness.machine import Effect, Received, Send, Wake
from harness.terminal.settings import Profile
from protocols.framing import Control, Frame, SerialFramer
from protocols.mispos.dialect_b import tags
from protocols.mispos.dialect_b.message import MisposMessage, build, message, parse
from protocols.mispos.dialect_b.tags import TransactionType
from protocols.unionpay import pin

from .scripted import CARD, PIK, Bench, Host, ready_settings

ACK, NAK = b"\x06", b"\x15"


class Till:
    """A register of a few lines: sends frames, acknowledges, collects results; tunnels when it is told to."""

    def __init__(self, bench: Bench, tunnel: bool = False) -> None:
        self.bench = bench
        self.tunnel = tunnel
        self.acknowledges = True
        self.seen: list[int] = []
        self.frames: list[MisposMessage] = []
        self.tunnelled: list[MisposMessage] = []
        self._framer = SerialFramer()
        self._put = SerialFramer()
        bench._one = self._one  # type: ignore[method-assign]  # the till takes the cable's effects, the bench the rest
        self._others = Bench._one.__get__(bench)

    def _one(self, effect: Effect) -> None:
        if not isinstance(effect, Send) or effect.link != "register":
            self._others(effect)
            return
        for item in self._framer.feed(effect.data):
            if isinstance(item, Control):
                self.seen.append(item.byte)
            elif isinstance(item, Frame):
                self._frame(parse(item.payload))

    def _frame(self, msg: MisposMessage) -> None:
        if not self.acknowledges:
            self.frames.append(msg)
            return
        self.feed(ACK)
        if msg.type != TransactionType.DATA_SEND:
            self.frames.append(msg)
            return
        self.tunnelled.append(msg)
        if self.tunnel:
            reply = self.bench.host.answer(msg.octets(tags.CONTENT))
            values: dict[int, str | bytes] = (
                {tags.RESULT: "-105"} if reply is None else {tags.RESULT: "00", tags.CONTENT: reply}
            )
        else:
            values = {tags.RESULT: "-108"}
        self.feed(self._put.frame(build(message(TransactionType.DATA_SEND, values))))

    def feed(self, data: bytes) -> None:
        self.bench._queue.append(Received("register", data))

    def ask(self, kind: int, **values: Any) -> MisposMessage:
        """Send a request and wait for its result."""
        self.send(frame_of(kind, values))
        return self.wait()

    def send(self, octets: bytes) -> None:
        self.bench.carry(self.bench.terminal.handle(Received("register", octets), self.bench.now))

    def wait(self) -> MisposMessage:
        while not self.frames:
            due = self.bench.terminal.deadline
            assert due is not None
            self.bench.now = max(due, self.bench.now)
            self.bench.carry(self.bench.terminal.handle(Wake(), self.bench.now))
        return self.frames.pop(0)


NAMES: Mapping[str, int] = {"amount": tags.AMOUNT, "order": tags.ORDER, "till": tags.TILL, "stan": tags.ORIGINAL_STAN}


def frame_of(kind: int, values: Mapping[str, str]) -> bytes:
    return SerialFramer().frame(build(message(kind, {NAMES[name]: value for name, value in values.items()})))


def tills(**changes: Any) -> Till:
    bench = Bench(ready_settings(**changes), Host())
    return Till(bench)


def present(till: Till) -> None:
    till.bench.ask("person", "present", card="debit", how="swipe", pin="123456")


def test_a_day_at_the_till() -> None:
    till = tills()
    assert till.ask(TransactionType.SALE, amount="000000000100").text(tags.RESULT) == "L01"
    assert till.ask(TransactionType.SIGN_IN).text(tags.RESULT) == "00"
    till.bench.get_ready()
    present(till)
    sale = till.ask(TransactionType.SALE, amount="000000000100", order="1", till="01")
    assert sale.text(tags.RESULT) == "00"
    stan = sale.text(tags.STAN)
    assert sale.text(tags.CARD) == "621214*********0012"
    assert "消费" in sale.text(tags.PRINT)
    assert till.ask(TransactionType.LAST_RESULT).text(tags.STAN) == stan
    assert till.ask(TransactionType.REPRINT).text(tags.STAN) == stan
    assert till.ask(TransactionType.VOID, stan=stan, order="2", till="01").text(tags.RESULT) == "00"
    assert till.ask(TransactionType.SETTLE).text(tags.RESULT) == "00"


def test_an_error_text_is_gbk() -> None:
    till = tills()
    refusal = till.ask(TransactionType.SALE, amount="000000000100")
    assert refusal.octets(tags.ERROR_TEXT) == "请先签到".encode("gbk")


def test_an_order_that_is_asked_twice_is_sold_once() -> None:
    till = tills()
    till.bench.get_ready()
    present(till)
    first = till.ask(TransactionType.SALE, amount="000000000100", order="7", till="01")
    again = till.ask(TransactionType.SALE, amount="000000000100", order="7", till="01")
    assert again.text(tags.STAN) == first.text(tags.STAN)
    till.bench.boot()
    assert till.ask(TransactionType.SALE, amount="000000000100", order="7", till="01").text(tags.STAN) == first.text(
        tags.STAN
    )
    assert len(till.bench.snapshot["entries"]) == 1
    other = till.ask(TransactionType.SALE, amount="000000000200", order="7", till="01")
    assert other.text(tags.RESULT) == "L18"


def test_an_order_whose_outcome_is_unknown_is_not_sold_again() -> None:
    till = tills()
    till.bench.get_ready()
    till.bench.host.change = lambda request, reply: None if request.mti == "0200" else reply
    present(till)
    assert till.ask(TransactionType.SALE, amount="000000000100", order="7", till="01").text(tags.RESULT) == "L24"
    assert till.ask(TransactionType.SALE, amount="000000000100", order="7", till="01").text(tags.RESULT) == "L24"
    assert till.bench.sent.count("0200") == 1


def test_the_hosts_code_is_passed_on() -> None:
    till = tills()
    till.bench.get_ready()
    till.bench.host.change = lambda request, reply: (
        reply.replacing({39: "51", 64: None}) if request.mti == "0200" else reply
    )
    present(till)
    assert till.ask(TransactionType.SALE, amount="000000000100").text(tags.RESULT) == "51"


def test_a_frame_that_comes_again_is_acknowledged_and_not_carried_out_twice() -> None:
    till = tills()
    till.bench.get_ready()
    octets = frame_of(TransactionType.SALE, {"amount": "000000000100", "order": "1", "till": "01"})
    till.send(octets)
    till.send(octets)
    assert till.seen == [ACK[0], ACK[0]]
    present(till)
    assert till.wait().text(tags.RESULT) == "00"
    assert till.bench.sent.count("0200") == 1 and till.frames == []


def test_a_damaged_frame_is_refused_with_nak() -> None:
    till = tills()
    octets = bytearray(frame_of(TransactionType.SIGN_IN, {}))
    octets[-1] ^= 1
    till.send(bytes(octets))
    assert NAK[0] in till.seen and till.frames == []
    till.send(frame_of(TransactionType.SIGN_IN, {})[:4])
    due = till.bench.terminal.deadline
    assert due is not None
    till.bench.now = due
    till.bench.carry(till.bench.terminal.handle(Wake(), due))
    assert till.ask(TransactionType.SIGN_IN).text(tags.RESULT) == "00"


def test_a_frame_whose_content_cannot_be_read_is_refused_with_nak() -> None:
    """An ACK would make the register wait for a result that nobody sends."""
    till = tills()
    till.send(SerialFramer().frame(bytes.fromhex("9F01000501")))
    assert (till.seen, till.frames) == ([NAK[0]], [])
    till.send(SerialFramer().frame(bytes.fromhex("9F020001") + b"1"))
    assert (till.seen, till.frames) == ([NAK[0]] * 2, [])


def test_the_balance_is_told_in_9f23() -> None:
    till = tills()
    till.bench.get_ready()
    present(till)
    assert till.ask(TransactionType.BALANCE).octets(0x9F23) == b"000000012345"


def test_an_attendant_presents_a_card_and_its_pin_whenever_the_terminal_asks() -> None:
    till = tills(attendant="debit", cards={"debit": replace(CARD, pin="123456"), "other": CARD})
    till.bench.get_ready()
    for order in ("1", "2"):
        sale = till.ask(TransactionType.SALE, amount="000000000100", order=order, till="01")
        assert sale.text(tags.RESULT) == "00"
    request = till.bench.host.seen[-1]
    assert (request.text(2), request.text(22)) == ("6212142000000000012", "051")
    # Bit 52 without the PIN's own digits: ANSI X9.8 under the PIK, checked with the key of the host.
    assert pin.decrypt(request.octets(52) or b"", "6212142000000000012", PIK) == "123456"


def test_somebody_who_acts_comes_before_the_attendant() -> None:
    till = tills(attendant="debit", cards={"debit": CARD, "other": replace(CARD, name="other", pan="6225880000000019")})
    till.bench.get_ready()
    till.bench.ask("person", "present", card="other", how="key")
    till.ask(TransactionType.SALE, amount="000000000100", order="1", till="01")
    assert till.bench.host.seen[-1].text(2) == "6225880000000019"
    till.bench.ask("person", "press", keys="CANCEL")
    assert till.ask(TransactionType.SALE, amount="000000000100", order="2", till="01").text(tags.RESULT) == "L20"


def test_the_attendant_types_the_pin_again_when_the_host_says_it_is_wrong() -> None:
    till = tills(attendant="debit", cards={"debit": replace(CARD, pin="123456")})
    till.bench.get_ready()
    till.bench.host.change = lambda request, reply: (
        reply.replacing({39: "55", 64: None}) if request.mti == "0200" else reply
    )
    assert till.ask(TransactionType.SALE, amount="000000000100").text(tags.RESULT) == "55"
    stans = [request.text(11) for request in till.bench.host.seen if request.mti == "0200"]
    assert len(stans) == len(set(stans)) == 3  # PAX: three sends, each with a new STAN


def test_a_result_that_is_not_acknowledged_is_sent_three_times() -> None:
    till = tills()
    till.acknowledges = False
    till.send(frame_of(TransactionType.SALE, {"amount": "000000000100"}))
    while till.bench.terminal.deadline is not None:
        till.bench.now = till.bench.terminal.deadline
        till.bench.carry(till.bench.terminal.handle(Wake(), till.bench.now))
    assert [msg.text(tags.RESULT) for msg in till.frames] == ["L01"] * 3


def test_an_unknown_type_and_a_bad_amount() -> None:
    till = tills()
    assert till.ask(99).text(tags.RESULT) == "L15"
    assert till.ask(TransactionType.SALE, amount="ten").text(tags.RESULT) == "L18"


def tethered(tunnel: bool) -> Till:
    bench = Bench(ready_settings(profile=Profile(host_link="register"), host_address="192.0.2.1:5000"), Host())
    return Till(bench, tunnel)


def test_the_hosts_traffic_goes_through_the_cable() -> None:
    till = tethered(True)
    assert till.ask(TransactionType.SIGN_IN).text(tags.RESULT) == "00"
    till.bench.get_ready()
    present(till)
    assert till.ask(TransactionType.SALE, amount="000000000100", order="1", till="01").text(tags.RESULT) == "00"
    request = till.tunnelled[0]
    assert (request.text(tags.ADDRESS), request.text(tags.PORT), request.text(tags.TIME_LIMIT)) == (
        "192.0.2.1",
        "5000",
        "60",
    )
    assert not any(type(effect).__name__ == "Connect" for effect in till.bench.log)


def test_the_register_has_no_network() -> None:
    """The cable is fine, the network is not: nothing was sent."""
    till = tethered(False)
    assert till.ask(TransactionType.SIGN_IN).text(tags.RESULT) == "L22"


def test_nobody_acknowledges_the_tunnel_request() -> None:
    till = tethered(True)
    till.acknowledges = False
    assert till.bench.do("sign_in")["cause"] == "connection_lost"
    assert len(till.frames) == 3


def test_a_silent_host_behind_the_tunnel_leaves_a_reversal() -> None:
    till = tethered(True)
    till.bench.get_ready()
    till.bench.host.change = lambda request, reply: None if request.mti == "0200" else reply
    present(till)
    assert till.ask(TransactionType.SALE, amount="000000000100", order="1", till="01").text(tags.RESULT) == "L24"
    till.bench.host.change = None
    assert till.bench.do("reversal")["status"] == "done"
