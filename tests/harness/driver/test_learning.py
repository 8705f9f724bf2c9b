"""What the terminal's newest result says of a payment whose answer was lost: never more than it can know."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.driver.learning import VERDICTS, learned

SALE = {"amount_fen": 12_34, "order": "A17"}


def last(status: str = "done", amount_fen: int | None = 12_34, **of: Any) -> dict[str, Any]:
    cause = of.pop("cause", None)
    return {"op": "last", "status": status, "cause": cause, "amount_fen": amount_fen, **({"of": of} if of else {})}


@pytest.mark.parametrize(
    ("newest", "verdict"),
    [
        (last(op="sale", order="A17"), "same"),
        (last("declined", None, op="sale", order="A17"), "same"),
        (last(op="sale", order="A16"), "other"),
        (last(op="void", order="A17"), "other"),  # the void of that order is not its sale
        (last(order="A17"), "same"),
        (last(op="sale", order=None), "unsure"),  # an earlier sale of the same amount looks alike
        (last(op="void", order=None), "other"),
        (last(amount_fen=12_35), "other"),
        (last(), "unsure"),
        (last("refused", None), "unsure"),
        (last("refused", None, cause="not_in_protocol"), "unsure"),
        (last("refused", None, cause="busy"), "unknown"),  # it is still at it
        (last("unknown", None, op="sale", order="A17"), "unknown"),
        (last("no_answer", None), "unknown"),
    ],
)
def test_the_newest_result_is_judged(newest: dict[str, Any], verdict: str) -> None:
    assert learned("sale", SALE, newest).verdict == verdict


def test_without_an_order_number_of_our_own_nothing_is_the_same_for_certain() -> None:
    assert learned("sale", {"amount_fen": 12_34}, last(op="sale", order="A17")).verdict == "unsure"


@given(
    st.sampled_from(("done", "refused", "declined", "no_answer", "unknown", "cancelled")),
    st.one_of(st.none(), st.integers(0, 3)),
    st.one_of(st.none(), st.sampled_from(("sale", "void"))),
    st.one_of(st.none(), st.sampled_from(("A17", "A18"))),
)
def test_it_is_the_same_only_by_its_order_number(
    status: str, amount: int | None, op: str | None, order: str | None
) -> None:
    found = learned("sale", {"amount_fen": 1, "order": "A17"}, last(status, amount, op=op, order=order))
    assert (found.verdict == "same") is (
        order == "A17"
        and op in (None, "sale")
        and amount in (None, 1)  # else the number was used before
        and status in ("done", "declined", "refused")
    )
    assert VERDICTS[found.verdict] == found.text


@pytest.mark.parametrize("op", ["void", "preauth_void", "completion_void"])
def test_a_terminal_that_says_no_more_than_void_may_speak_of_any_of_them(op: str) -> None:
    assert learned(op, {"stan": "000007"}, last(op="void", order=None)).verdict == "unsure"
    assert learned(op, {"stan": "000007"}, last(op="sale", order=None)).verdict == "other"


@pytest.mark.parametrize(
    ("voided", "stan", "verdict"),
    [(True, "000007", "same"), (False, "000007", "other"), (True, "000008", "unsure"), (False, "000008", "unsure")],
)
def test_a_protocol_that_tells_its_last_sale_alone_says_of_a_void_whether_that_sale_was_the_one(
    voided: bool, stan: str, verdict: str
) -> None:
    newest = {**last(op="sale", order="A17", sales_only=True, voided=voided), "stan": stan}
    assert learned("void", {"stan": "7", "order": "A18"}, newest).verdict == verdict
    assert learned("settle", {}, newest).verdict == "unsure"
    assert learned("sale", SALE, newest).verdict == "same"
