"""The register's side against a terminal that the test plays, octet by octet."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.driver.driver import Driver
from harness.machine import SECOND_US, Answer, Ask, Close, Closed, Connect, Opened, Received, Send, Wake
from protocols.framing import SerialFramer
from protocols.mispos.dialect_b import tags
from protocols.mispos.dialect_b.message import build, message, parse
from protocols.mispos.dialect_b.tags import TransactionType

ACK, NAK = b"\x06", b"\x15"
FRAMER = SerialFramer()


def frame(kind: int, values: dict[int, str | bytes]) -> bytes:
    return FRAMER.frame(build(message(kind, values)))


def sent(effects: list[Any], link: str = "terminal") -> list[bytes]:
    return [effect.data for effect in effects if isinstance(effect, Send) and effect.link == link]


def answers(effects: list[Any]) -> list[Answer]:
    return [effect for effect in effects if isinstance(effect, Answer)]


def begin_sale(driver: Driver) -> bytes:
    (request,) = sent(driver.handle(Ask("person", "sale", {"amount_fen": 1234}, ticket=7), 0))
    return request


RESULT = frame(
    2,
    {
        tags.RESULT: "00",
        tags.AMOUNT: "000000001234",
        tags.STAN: "000003",
        tags.BATCH: "000001",
        tags.RRN: "123456789012",
    },
)


def test_sale() -> None:
    driver = Driver()
    request = begin_sale(driver)
    msg = parse(request[3:-2])
    assert (msg.type, msg.text(tags.AMOUNT)) == (TransactionType.SALE, "000000001234")
    assert driver.handle(Received("terminal", ACK), 10) == []
    effects = driver.handle(Received("terminal", RESULT), 20)
    assert sent(effects) == [ACK]
    (answer,) = answers(effects)
    expected = {
        "status": "done",
        "code": "00",
        "stan": "000003",
        "batch": "000001",
        "amount_fen": 1234,
        "rrn": "123456789012",
    }
    assert answer.ticket == 7 and expected.items() <= answer.value.items()
    assert driver.deadline is None


@pytest.mark.parametrize(
    ("code", "status", "cause"),
    [
        ("51", "declined", "f39_51"),
        ("L01", "refused", "not_signed_in"),
        ("L24", "unknown", "reversal_pending"),
        ("77", "declined", "f39_77"),
        ("00 ", "done", None),
        ("", "unknown", "no_result"),
        ("-105", "unknown", "no_result"),
    ],
)
def test_results_are_told_apart(code: str, status: str, cause: str | None) -> None:
    driver = Driver()
    begin_sale(driver)
    (answer,) = answers(driver.handle(Received("terminal", ACK + frame(2, {tags.RESULT: code})), 1))
    assert (answer.value["status"], answer.value["cause"]) == (status, cause)


def test_three_sends_then_unknown() -> None:
    driver = Driver()
    request = begin_sale(driver)
    assert sent(driver.handle(Received("terminal", NAK), 5)) == [request]
    now = driver.deadline
    assert now is not None
    assert sent(driver.handle(Wake(), now)) == [request]
    now = driver.deadline
    assert now is not None
    (answer,) = answers(driver.handle(Wake(), now))
    assert (answer.value["status"], answer.value["cause"]) == ("unknown", "register_timeout")


def test_a_repeated_frame_is_acknowledged_not_acted_on() -> None:
    driver = Driver()
    begin_sale(driver)
    driver.handle(Received("terminal", ACK + RESULT), 1)
    assert driver.handle(Received("terminal", RESULT), 2) == [Send("terminal", ACK)]


def test_damaged_frame_is_answered_nak_and_the_next_good_one_counts() -> None:
    driver = Driver()
    begin_sale(driver)
    damaged = RESULT[:-1] + bytes([RESULT[-1] ^ 1])
    effects = driver.handle(Received("terminal", ACK + damaged), 1) + driver.handle(Wake(), 2_000_000)
    assert NAK in sent(effects) and not answers(effects)
    assert answers(driver.handle(Received("terminal", RESULT), 2_000_001))


GONE, BACK = Closed("terminal", "gone"), Opened("terminal", "terminal")
AWAY_US = 30_000_000


def test_an_order_whose_port_vanished_is_asked_again_under_the_same_number() -> None:
    """Only then may the terminal give its stored result instead of selling twice."""
    for heard in (b"", ACK):
        driver = Driver()
        request = begin_sale(driver)
        driver.handle(Received("terminal", heard), 1)
        assert sent(driver.handle(GONE, 2)) == []
        assert sent(driver.handle(BACK, 3)) == [request]
        (answer,) = answers(driver.handle(Received("terminal", ACK + RESULT), 4))
        assert answer.value["status"] == "done"


def test_a_port_that_stays_away_is_named() -> None:
    driver = Driver()
    begin_sale(driver)
    driver.handle(Received("terminal", ACK), 1)
    driver.handle(GONE, 2)
    assert driver.deadline == 2 + AWAY_US
    (answer,) = answers(driver.handle(Wake(), 2 + AWAY_US))
    assert (answer.value["status"], answer.value["cause"]) == ("unknown", "port_gone")
    assert "USB" in answer.value["text"]["en"]


def test_what_is_asked_while_the_port_is_away_goes_out_when_it_is_back() -> None:
    driver = Driver()
    driver.handle(GONE, 0)
    assert sent(driver.handle(Ask("person", "last", {}, ticket=3), 5)) == []
    assert len(sent(driver.handle(BACK, 6))) == 1
    late = Driver()
    late.handle(GONE, 0)
    late.handle(Ask("person", "last", {}, ticket=3), 5)
    (answer,) = answers(late.handle(Wake(), 5 + AWAY_US))
    assert answer.value["cause"] == "port_gone"


def test_a_settlement_that_was_taken_is_not_asked_for_twice() -> None:
    driver = Driver()
    driver.handle(Ask("person", "settle", {}, ticket=1), 0)
    driver.handle(Received("terminal", ACK), 1)
    driver.handle(GONE, 2)
    assert sent(driver.handle(BACK, 3)) == []


def test_a_port_that_comes_and_goes_ends_at_its_limit() -> None:
    driver = Driver()
    begin_sale(driver)
    ends = []
    for turn in range(10):
        driver.handle(GONE, turn)
        ends += answers(driver.handle(BACK, turn))
    assert [end.value["cause"] for end in ends] == ["port_gone"]


def test_busy_and_unknown_operations_are_refused() -> None:
    driver = Driver()
    begin_sale(driver)
    (busy,) = answers(driver.handle(Ask("person", "settle", {}, ticket=8), 1))
    (unknown,) = answers(driver.handle(Ask("person", "sell", {}, ticket=9), 1))
    assert not busy.ok and "sale" in busy.value["error"]["en"]
    assert not unknown.ok and "settle" in unknown.value["error"]["en"]
    (bad,) = answers(Driver().handle(Ask("person", "sale", {"amount_fen": -1}, ticket=1), 0))
    assert not bad.ok


DATA_SEND = frame(17, {tags.CONTENT: b"\x60" * 20, tags.ADDRESS: "127.0.0.1", tags.PORT: "8583", tags.TIME_LIMIT: "60"})


def test_tunnel() -> None:
    driver = Driver()
    begin_sale(driver)
    effects = driver.handle(Received("terminal", ACK + DATA_SEND), 1)
    assert Connect("tunnel", "127.0.0.1:8583") in effects
    assert driver.handle(Opened("tunnel"), 2) == [Send("tunnel", b"\x00\x14" + b"\x60" * 20)]
    assert driver.handle(Received("tunnel", b"\x00\x03ab"), 3) == []
    effects = driver.handle(Received("tunnel", b"c"), 4)
    assert Close("tunnel") in effects
    reply = parse(sent(effects)[0][3:-2])
    assert (reply.type, reply.text(tags.RESULT), reply.octets(tags.CONTENT)) == (17, "00", b"abc")
    assert Connect("tunnel", "127.0.0.1:8583") in driver.handle(Received("terminal", ACK + DATA_SEND), 5)


def test_a_terminal_that_names_no_host_leaves_the_choice_to_the_register() -> None:
    driver = Driver()
    begin_sale(driver)
    nameless = frame(17, {tags.CONTENT: b"\x60" * 20, tags.ADDRESS: "", tags.PORT: "", tags.TIME_LIMIT: "60"})
    assert Connect("tunnel", "") in driver.handle(Received("terminal", ACK + nameless), 1)


@pytest.mark.parametrize(("reason", "code"), [("refused", "-115"), ("reset", "-114")])
def test_tunnel_failure_is_told_to_the_terminal(reason: str, code: str) -> None:
    driver = Driver()
    begin_sale(driver)
    driver.handle(Received("terminal", ACK + DATA_SEND), 1)
    if reason == "reset":
        driver.handle(Opened("tunnel"), 1)
    reply = parse(sent(driver.handle(Closed("tunnel", reason), 2))[0][3:-2])
    assert reply.text(tags.RESULT) == code


def test_tunnel_time_limit() -> None:
    driver = Driver()
    begin_sale(driver)
    driver.handle(Received("terminal", ACK + DATA_SEND), 1)
    driver.handle(Opened("tunnel"), 2)
    assert driver.deadline == 60_000_001
    reply = parse(sent(driver.handle(Wake(), 60_000_001))[0][3:-2])
    assert reply.text(tags.RESULT) == "-114"


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_any_octets_leave_the_driver_able_to_work(chunks: list[bytes]) -> None:
    driver = Driver()
    begin_sale(driver)
    now = 0
    for chunk in chunks:
        driver.handle(Received("terminal", chunk), now := now + 1)
    driver.handle(Wake(), now := now + 5_000_000)
    effects = driver.handle(Received("terminal", RESULT), now + 1)
    for _ in range(4):
        if answers(effects) or driver.deadline is None:
            break
        effects = driver.handle(Wake(), driver.deadline) + driver.handle(
            Received("terminal", RESULT), driver.deadline or 0
        )
    assert driver.deadline is None or answers(effects)


def test_a_restarted_register_repeats_no_order_number() -> None:
    """The terminal answers a repeated order with the stored result, so two sales must never share a number."""
    first = parse(begin_sale(Driver())[3:-2]).text(tags.ORDER)
    (request,) = sent(Driver().handle(Ask("person", "sale", {"amount_fen": 1234}, ticket=1), 1))
    assert parse(request[3:-2]).text(tags.ORDER) != first


def test_what_the_terminal_answers_by_itself_is_not_waited_for_as_long_as_a_sale() -> None:
    driver = Driver()
    driver.handle(Opened("terminal"), 0)
    driver.handle(Ask("person", "last", {}, 1), 0)
    driver.handle(Received("terminal", ACK), 1000)
    assert driver.deadline == 30 * SECOND_US + 1000
    driver.handle(Wake(), 30 * SECOND_US + 1000)
    driver.handle(Ask("person", "sale", {"amount_fen": 100}, 2), 31 * SECOND_US)
    driver.handle(Received("terminal", ACK), 31 * SECOND_US)
    assert driver.deadline == (31 + 420) * SECOND_US
