"""A register that has a scanner of its own: it hands the customer's payment code to the terminal (DF6A, dialect A)."""

from __future__ import annotations

import pytest

from .till import Till

CODE = "134650783012345678"


def till(profile: str = "smart", protocol: str = "mispos-a") -> Till:
    made = Till(protocol, profile=profile)
    assert made.do("sign_in")["status"] == "done"
    return made


def test_a_code_pays_without_anybody_at_the_terminal() -> None:
    one = till()
    sale = one.do("sale", amount_fen=100, payment_code=CODE, order="17")
    assert (sale["status"], sale["amount_fen"]) == ("done", 100)
    (message,) = one.seen("terminal", "message", dir="out", mti="0200")
    assert message["kind"] == "sale_qr" and message["fields"]["22"] == "032"
    assert (one.do("last")["stan"], one.do("last")["of"]["op"]) == (sale["stan"], "sale")
    assert one.do("sale", amount_fen=100, payment_code=CODE)["code"] == "94"
    assert one.do("void", stan=sale["stan"])["status"] == "done"
    kept = one.do("sale", amount_fen=300, payment_code="2812345678901234")
    assert one.do("refund", amount_fen=50, stan=kept["stan"], rrn=kept["rrn"])["status"] == "done"
    assert one.do("settle")["status"] == "done"
    one.check()
    text = one.bench.finish().text()
    assert CODE not in text and CODE.encode().hex().upper() not in text.upper()


def test_a_lost_answer_is_reversed_and_the_order_is_not_paid_twice() -> None:
    one = till()
    one.bench.ask("host", "control", "cause", behaviour="no_answer", kinds=["sale_qr"], count=1)
    assert one.do("sale", amount_fen=100, payment_code=CODE)["status"] == "unknown"
    one.bench.ask("terminal", "person", "operate", op="send_reversal")
    assert one.do("sale", amount_fen=100, payment_code="2812345678901234")["status"] == "done"
    assert one.posted() == [0, 100], "net of the reversed one, and the one that stands"
    assert one.do("settle")["status"] == "done"
    one.check()


@pytest.mark.parametrize("code", ["123", "x" * 18, "1" * 25])
def test_what_is_no_code_is_refused_before_anything_is_sent(code: str) -> None:
    one = till()
    refused = one.bench.ask("register", "person", "status")
    assert refused["status"] == "done"
    with pytest.raises(Exception, match="16 to 24 digits"):
        one.do("sale", amount_fen=100, payment_code=code)


def test_a_model_without_the_function_and_a_dialect_without_the_tag() -> None:
    other = till("countertop")
    assert other.do("sale", amount_fen=100, payment_code=CODE)["cause"] == "not_supported"
    assert not other.seen("terminal", "message", dir="out", mti="0200")
    with pytest.raises(Exception, match="there is no argument 'payment_code'"):
        till(protocol="mispos-b").do("sale", amount_fen=100, payment_code=CODE)
