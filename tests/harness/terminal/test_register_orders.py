"""An order of the register is carried out once: also across a settlement that the terminal made by itself, and after
its reversal was handed to people.
"""

from __future__ import annotations

from typing import Any

import pytest

from protocols.mispos.dialect_b import tags
from protocols.mispos.dialect_b.tags import TransactionType

from .test_records import listed
from .test_register import Till, present, tills

SALE = TransactionType.SALE


def sale(till: Till, order: str, amount: str = "000000000100") -> Any:
    return till.ask(SALE, amount=amount, order=order, till="01")


def opened() -> Till:
    till = tills()
    till.bench.get_ready()
    return till


def settle_and_sign_in(till: Till) -> None:
    assert till.bench.do("settle")["status"] == "done"
    assert till.bench.do("sign_in")["status"] == "done"


@pytest.mark.parametrize("boot", [False, True])
def test_an_order_whose_batch_was_settled_meanwhile_is_not_sold_again(boot: bool) -> None:
    till = opened()
    present(till)
    first = sale(till, "7")
    settle_and_sign_in(till)
    if boot:
        till.bench.boot()
    present(till)
    again = sale(till, "7")
    assert (again.text(tags.RESULT), again.text(tags.STAN)) == ("00", first.text(tags.STAN))
    assert sorted(till.bench.host.ledger.values()) == [100]
    assert sale(till, "7", "000000000200").text(tags.RESULT) != "00", "the same order of another amount"


def test_a_register_may_count_its_orders_from_one_again_after_a_settlement() -> None:
    """Only the newest order can be one that is asked for again."""
    till = opened()
    for order in ("1", "2"):
        present(till)
        sale(till, order)
    settle_and_sign_in(till)
    present(till)
    assert sale(till, "1").text(tags.RESULT) == "00"
    assert len(till.bench.host.ledger) == 3


def test_an_order_that_people_have_to_look_at_is_not_sold_again() -> None:
    till = opened()
    present(till)
    till.bench.host.change = lambda request, reply: None if request.mti in ("0200", "0400") else reply
    assert sale(till, "7").text(tags.RESULT) == "L24"
    assert till.bench.do("mark_unresolved", password="12345678")["status"] == "done"
    till.bench.host.change = None
    present(till)
    assert sale(till, "7").text(tags.RESULT) == "L24"
    assert sale(till, "8").text(tags.RESULT) == "00"
    assert sorted(till.bench.host.ledger.values()) == [100, 100]


def test_an_order_whose_reversal_the_storage_lost_is_not_sold_again() -> None:
    """The host has booked it, people have it in hand: the register asks for it again and learns that."""
    till = opened()
    till.bench.host.change = lambda request, reply: None if request.mti == "0200" else reply
    present(till)
    sale(till, "7")
    till.bench.host.change = None
    pending = till.bench.snapshot["pending_reversal"]["stan"]
    till.bench.ask("control", "cause", behaviour="storage_wiped", what="all")
    till.bench.boot()
    till.bench.get_ready()
    told = listed((pending, "sale", 100), last=int(pending))
    assert till.bench.do("host_list", listed=told)["supplied"] == 0
    present(till)
    assert sale(till, "7").text(tags.RESULT) != "00"
    assert sum(till.bench.host.ledger.values()) == 100


@pytest.mark.parametrize("boot", [False, True])
def test_a_refund_whose_answer_was_lost_is_not_paid_twice(boot: bool) -> None:
    till = opened()
    present(till)
    stan = sale(till, "7").text(tags.STAN)
    till.bench.host.change = lambda request, reply: None if request.mti == "0220" else reply
    refund = {"amount": "000000000040", "order": "8", "till": "01", "stan": stan}
    assert till.ask(TransactionType.REFUND, **refund).text(tags.RESULT) == "L24"
    till.bench.host.change = None
    if boot:
        till.bench.boot()
    assert till.ask(TransactionType.REFUND, **refund).text(tags.RESULT) == "L24"
    assert till.bench.sent.count("0220") == 1
