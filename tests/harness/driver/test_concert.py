"""The register speaks Concert V2 / Telium E+ against a terminal that the test plays."""

from __future__ import annotations

from typing import Any

import pytest

from harness.driver.settings import DriverSettings
from protocols.concert.quirks import ConcertQuirks

from .played import PlayedTerminal, frame

ENQ, ACK, NAK, EOT = b"\x05", b"\x06", b"\x15", b"\x04"
REQUEST = "01000012500101560000000042A010B010"


def answer(status: str = "0", amount: int = 1250, private: str = "0000000042") -> bytes:
    return frame(f"01{status}{amount:08d}1156{private}")


class Terminal(PlayedTerminal):
    def __init__(self, **quirks: bool) -> None:
        super().__init__(DriverSettings(protocol="concert", quirks=ConcertQuirks(**quirks)))

    def sell(self) -> None:
        """Up to EOT behind the request."""
        assert self.ask("sale", amount_fen=1250, order="0000000042") == ENQ
        assert self.say(ACK) == frame(REQUEST)
        assert self.say(ACK) == EOT


def test_the_request_is_the_documented_one() -> None:
    """34 characters: till 01, 12.50, short answer, card, debit, currency, private data, wait, terminal decides."""
    assert len(REQUEST) == 34
    pos = Terminal()
    pos.sell()
    assert not pos.outcome


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("0", {"status": "done", "code": "0", "amount_fen": 1250}),
        ("7", {"status": "declined", "code": "7"}),
        ("9", {"status": "unknown", "cause": "not_verified"}),
        ("5", {"status": "unknown"}),
    ],
)
def test_an_answer(status: str, expected: dict[str, Any]) -> None:
    pos = Terminal()
    pos.sell()
    assert pos.say(ENQ) == ACK
    assert pos.say(answer(status)) == ACK
    assert pos.say(EOT) == b""
    assert pos.ended(**expected)
    assert pos.driver.deadline is None


def test_an_answer_without_its_eot_counts_after_a_second() -> None:
    pos = Terminal()
    pos.sell()
    pos.say(ENQ)
    pos.say(answer())
    pos.wait()
    assert pos.ended(status="done")


def test_a_full_answer_that_was_not_asked_for_is_read_all_the_same() -> None:
    pos = Terminal()
    pos.sell()
    pos.say(ENQ)
    assert pos.say(frame("010000012501" + "621214*********0012".ljust(55) + "1560000000042")) == ACK
    pos.say(EOT)
    assert pos.ended(status="done")


@pytest.mark.parametrize("other", [answer(amount=1251), answer(private="0000000041")], ids=["amount", "private"])
def test_the_answer_to_another_request_is_not_taken_for_this_one(other: bytes) -> None:
    pos = Terminal()
    pos.sell()
    assert pos.say(ENQ) == ACK
    assert pos.say(other) == ACK
    pos.say(EOT)
    assert not pos.outcome
    pos.say(ENQ)
    pos.say(answer())
    pos.say(EOT)
    assert pos.ended(status="done")


def test_nobody_there_and_nothing_was_sent() -> None:
    pos = Terminal()
    assert pos.ask("sale", amount_fen=1250) == ENQ
    assert [pos.wait(), pos.wait(), pos.wait()] == [ENQ, ENQ, b""]
    assert pos.ended(status="no_answer", cause="register_timeout")
    assert "7E1" in pos.outcome["text"]["en"]


def test_a_request_that_nobody_acknowledges_is_sent_three_times_and_stays_unknown() -> None:
    pos = Terminal()
    pos.ask("sale", amount_fen=1250, order="0000000042")
    assert pos.say(ACK) == frame(REQUEST)
    assert [pos.say(NAK), pos.wait(), pos.wait()] == [frame(REQUEST), frame(REQUEST), EOT]
    assert pos.ended(status="unknown")
    assert "journal" in pos.outcome["text"]["en"] and "结算" in pos.outcome["text"]["zh"]


def test_an_enq_shows_that_the_request_arrived() -> None:
    pos = Terminal()
    pos.ask("sale", amount_fen=1250, order="0000000042")
    pos.say(ACK)  # the ACK of the request is lost
    assert pos.say(ENQ) == ACK
    pos.say(answer())
    pos.say(EOT)
    assert pos.ended(status="done")


def test_no_answer_leaves_it_unknown() -> None:
    pos = Terminal()
    pos.sell()
    pos.wait()
    assert pos.ended(status="unknown", cause="register_timeout")
    assert pos.ask("last") == b""
    assert pos.ended(status="refused", cause="not_in_protocol")


@pytest.mark.parametrize("op", ["status", "identify"])
def test_a_poll(op: str) -> None:
    pos = Terminal()
    assert pos.ask(op) == ENQ
    assert pos.say(ACK) == EOT
    assert pos.ended(status="done")


def test_pulled_out_before_the_request_was_delivered_it_begins_anew() -> None:
    pos = Terminal()
    assert pos.ask("sale", amount_fen=1250, order="0000000042") == ENQ
    assert pos.plug(False) == b""
    assert pos.plug(True) == ENQ
    assert pos.say(ACK) == frame(REQUEST)


def test_pulled_out_afterwards_nothing_is_asked_again() -> None:
    pos = Terminal()
    pos.sell()
    assert pos.plug(False) == b""
    assert pos.plug(True) == b""
    pos.say(ENQ)
    pos.say(answer())
    pos.say(EOT)
    assert pos.ended(status="done")


def test_pulled_out_behind_the_answer_it_is_known() -> None:
    pos = Terminal()
    pos.sell()
    pos.say(ENQ)
    assert pos.say(answer()) == ACK
    pos.plug(False)
    assert pos.ended(status="done")


def test_a_terminal_may_offer_an_old_answer_while_nothing_is_under_way() -> None:
    pos = Terminal()
    assert pos.say(ENQ) == ACK
    assert pos.say(answer()) == ACK
    assert pos.say(EOT) == b""
    pos.sell()


def test_seven_bits_and_the_terminals_own_number() -> None:
    pos = Terminal(seven_bits=True, own_number=True)
    assert pos.ask("sale", amount_fen=1250, order="0000000042") == ENQ
    sent = pos.say(ACK)
    assert bytes(octet & 0x7F for octet in sent) == frame(REQUEST) and sent[0] == 0x82
    assert pos.say(ACK) == b"\x84"
    pos.say(ENQ)
    own = bytes(octet | (octet.bit_count() % 2) << 7 for octet in answer(private="0000000030"))
    assert pos.say(own) == ACK
    pos.say(b"\x84")
    assert pos.ended(status="done", stan="000030")


@pytest.mark.parametrize("args", [{"amount_fen": 0}, {"amount_fen": 10**8}, {"amount_fen": 1, "order": "x" * 11}])
def test_what_cannot_be_said_is_refused_before_an_octet_leaves(args: dict[str, Any]) -> None:
    pos = Terminal()
    assert pos.ask("sale", **args) == b""
    assert "error" in pos.outcome
