"""The terminal speaks Concert V2 / Telium E+: the handshake written out by hand."""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import Any

import pytest

from harness.terminal.settings import Profile
from protocols.concert.quirks import ConcertQuirks

from .cable import CableEnd

ENQ, ACK, NAK, EOT = b"\x05", b"\x06", b"\x15", b"\x04"
BLANK = " " * 10


def frame(text: str) -> bytes:
    body = text.encode("ascii") + b"\x03"
    return b"\x02" + body + bytes((reduce(xor, body),))


def request(
    amount: int = 1250,
    *,
    answer: str = "0",
    mode: str = "1",
    kind: str = "0",
    private: str = BLANK,
    delay: str = "A010",
) -> bytes:
    return frame(f"01{amount:08d}{answer}{mode}{kind}978{private}{delay}B010")


class Till(CableEnd):
    def __init__(self, **changes: Any) -> None:
        super().__init__("concert", **changes)
        self.bench.get_ready()

    def ask(self, octets: bytes) -> bytes:
        """ENQ, the request, EOT: what comes behind EOT."""
        assert self.send(ENQ) == ACK
        assert self.send(octets) == ACK
        return self.send(EOT)

    def hear(self) -> str:
        """Take the answer that the terminal has announced."""
        sent = self.send(ACK)
        assert sent[:1] == b"\x02"
        text = sent[1:-2].decode("ascii")
        assert frame(text) == sent
        assert self.send(ACK) == EOT
        return text

    def pay(self, octets: bytes) -> str:
        assert self.ask(octets) == ENQ
        return self.hear()


@pytest.fixture(name="till")
def _till() -> Till:
    return Till()


def test_a_poll_is_enq_ack_eot(till: Till) -> None:
    assert till.send(ENQ) == ACK
    assert till.send(EOT) == b""
    assert till.send(ENQ) == ACK


def test_short_and_full_answer(till: Till) -> None:
    assert till.pay(request()) == f"010000012501978{BLANK}"
    full = till.pay(request(2500, answer="1", private="0000000042"))
    assert (full[:12], len(full), full[67:]) == ("010000025001", 80, "9780000000042")
    assert full[12:67].split() == ["621214*********0012", "3012"]
    assert [entry["amount_fen"] for entry in till.entries] == [1250, 2500]


def test_an_answer_at_once_says_that_the_outcome_is_unknown(till: Till) -> None:
    till.bench.terminal.settings.attendant = ""
    assert till.ask(request(delay="A011")) == ENQ
    assert till.hear()[2] == "9"
    assert till.entries == []
    assert till.send(ENQ) == NAK  # busy with it
    till.bench.ask("person", "present", card="debit", how="swipe", pin="123456")
    assert till.taken() == b""  # it was answered
    assert len(till.entries) == 1


@pytest.mark.parametrize(
    "octets",
    [request(mode="C"), request(kind="1"), request(0), request(kind="2")],
    ids=["cheque", "credit", "0", "refund"],
)
def test_what_it_does_not_do(till: Till, octets: bytes) -> None:
    assert till.pay(octets)[2] == "7"
    assert till.entries == []


def test_not_done_and_unknown(till: Till) -> None:
    till.bench.host.change = lambda asked, reply: reply.replacing({39: "51"})
    assert till.pay(request())[2] == "7"
    till.bench.host.change = lambda asked, reply: None
    assert till.ask(request()) == b""
    sent = b""
    while not sent:
        sent = till.wait()
    assert till.hear()[2] == "9"  # a reversal is pending


def test_damage_is_asked_for_again_and_given_up_after_three(till: Till) -> None:
    bad = request()[:-1] + b"\xff"
    assert till.send(ENQ) == ACK
    assert till.send(bad) == till.send(bad) == NAK
    assert till.send(bad) == EOT
    assert till.wait() == b""  # the damage ends with the silence behind it
    assert till.send(ENQ) == ACK
    assert till.send(frame("0100")) == NAK  # a good frame that is no request
    assert till.send(request()) == ACK
    assert till.send(EOT) == ENQ
    assert till.hear()[2] == "0"
    assert len(till.entries) == 1


def test_without_enq_nothing_is_taken(till: Till) -> None:
    assert till.send(request()) == b""
    assert till.entries == []


def test_a_request_without_its_eot_counts_after_a_second(till: Till) -> None:
    assert till.send(ENQ) == ACK
    assert till.send(request()) == ACK
    assert till.wait() == ENQ
    assert till.hear()[2] == "0"


def test_the_request_again_because_its_ack_was_lost_is_one_sale(till: Till) -> None:
    assert till.send(ENQ) == ACK
    assert till.send(request()) == ACK
    assert till.send(request()) == ACK
    assert till.send(EOT) == ENQ
    assert till.hear()[2] == "0"
    assert len(till.entries) == 1


def test_an_answer_that_is_not_heard_is_offered_three_times(till: Till) -> None:
    assert till.ask(request()) == ENQ
    assert [till.wait(), till.wait(), till.wait()] == [ENQ, ENQ, b""]
    assert till.bench.terminal.register.deadline is None
    assert len(till.entries) == 1


def test_a_damaged_answer_is_sent_again(till: Till) -> None:
    assert till.ask(request()) == ENQ
    first = till.send(ACK)
    assert till.send(NAK) == first
    assert till.wait() == first
    assert till.wait() == EOT  # given up
    assert len(till.entries) == 1


def test_a_numbered_request_whose_answer_nobody_took_gets_that_answer(till: Till) -> None:
    numbered = request(private="0000000042")
    assert till.ask(numbered) == ENQ
    for _ in range(3):
        till.wait()
    assert till.pay(numbered)[2] == "0"
    assert len(till.entries) == 1
    assert till.pay(numbered)[2] == "0"  # it was taken: this is another sale
    assert len(till.entries) == 2


def test_a_request_without_a_number_is_never_taken_for_an_old_one(till: Till) -> None:
    assert till.ask(request()) == ENQ
    for _ in range(3):
        till.wait()
    assert till.pay(request())[2] == "0"
    assert len(till.entries) == 2


def test_a_register_that_asks_anew_has_given_up_on_the_answer(till: Till) -> None:
    assert till.ask(request()) == ENQ
    assert till.send(ENQ) == ACK
    assert till.send(request(700)) == ACK
    assert till.send(EOT) == ENQ
    assert till.hear()[3:11] == "00000700"


def test_pulled_out_and_plugged_in_the_answer_is_offered_again(till: Till) -> None:
    assert till.ask(request()) == ENQ
    assert till.plug(False) == b""
    assert till.bench.terminal.register.deadline is None
    assert till.plug(True) == ENQ
    assert till.hear()[2] == "0"


def test_a_request_that_was_pulled_out_before_its_eot_is_dropped(till: Till) -> None:
    """Where the ACK was lost the register sends it again: carried out now, it would be sold twice."""
    assert till.send(ENQ) == ACK
    assert till.send(request()) == ACK
    till.plug(False)
    assert till.plug(True) == b""
    assert till.entries == []


def test_seven_bits() -> None:
    till = Till(quirks=ConcertQuirks(seven_bits=True))
    seven = bytes(octet | (octet.bit_count() % 2) << 7 for octet in request())
    assert seven[0] == 0x82
    assert till.send(ENQ) == ACK
    assert till.send(request()) == b"\x95"  # NAK: half of the characters of 8N1 have the wrong parity
    assert till.wait() == b""
    assert till.send(ENQ) == ACK
    assert till.send(seven) == ACK
    assert till.send(b"\x84") == ENQ
    assert till.send(ACK)[0] == 0x82


def test_seven_bits_with_bare_controls() -> None:
    till = Till(quirks=ConcertQuirks(seven_bits=True, bare_controls=True))
    seven = bytes(octet | (octet.bit_count() % 2) << 7 for octet in request())
    assert till.send(ENQ) == ACK
    assert till.send(b"\x02" + seven[1:]) == ACK
    assert till.send(EOT) == ENQ
    answer = till.send(ACK)
    assert (answer[0], answer[3]) == (2, 0x30) and 0xB1 in answer
    assert till.send(ACK) == EOT


@pytest.mark.parametrize(
    ("quirk", "answer"),
    [("own_number", "0100000125019780000000001"), ("short_only", f"010000012501978{BLANK}")],
)
def test_other_answers(quirk: str, answer: str) -> None:
    till = Till(quirks=ConcertQuirks(**{quirk: True}))
    told = till.pay(request(answer="0" if quirk == "own_number" else "1"))
    stan = till.entries[0]["stan"]
    assert told == (answer[:15] + stan.zfill(10) if quirk == "own_number" else answer)


def test_no_eot_and_no_delay() -> None:
    till = Till(quirks=ConcertQuirks(no_eot=True, no_delay=True))
    assert till.ask(request(delay="A011")) == ENQ
    assert till.send(ACK)[3:4] == b"0"  # the outcome, although it was asked for at once
    assert till.send(ACK) == b""
    assert till.send(ENQ) == ACK


def test_no_host_traffic_goes_through_this_protocol() -> None:
    till = CableEnd("concert", profile=Profile(host_link="register"))
    assert till.bench.do("sign_in")["status"] == "no_answer"
