"""What was decided stays decided: a request that comes again is answered as before, whatever has happened to the
merchant or the terminal since, and also when it comes again on the other side of the cut-over.
"""

from __future__ import annotations

from typing import Any

import pytest

from harness.machine import DAY_US, HOUR_US, MINUTE_US
from protocols.unionpay.message import Message, Value

from .conftest import MID, SN, Bench, Pos
from .test_preauth import advice, code, merchant_fen, preauth

TO_MIDNIGHT_US = 16 * HOUR_US
"""The clock of the host starts at 08:00."""

SINCE: dict[str, tuple[str, str, dict[str, Any]]] = {
    "suspended": ("control", "hold", {"kind": "suspended", "subject": f"merchant:{MID}"}),
    "fees": ("control", "hold", {"kind": "fees_owed", "subject": f"merchant:{MID}"}),
    "service closed": ("control", "hold", {"kind": "service_closed", "subject": "all"}),
    "licence": ("control", "hold", {"kind": "licence", "subject": "all"}),
    "closed": ("control", "merchant", {"mid": MID, "status": "closed"}),
    "old parameters": ("control", "upgrade", {"version": "2", "breaks": ["parameters"], "code": "97"}),
    "old layout": ("control", "upgrade", {"version": "2", "breaks": ["request_layout"], "minimum": "9.0"}),
    "declined by the bench": ("control", "cause", {"behaviour": "decline", "code": "05"}),
}


def advised(pos: Pos, granted: Message, stan: str, amount_fen: int = 30_000) -> Message:
    """A completion advice under a trace number of its own, as a terminal tells it again and again."""
    fields: dict[int, Value] = pos.sale_fields(amount_fen, stan) | {3: "000000", 25: "06", 60: f"24{pos.batch}0005"}
    fields |= {37: granted.text(37) or "", 38: granted.text(38) or ""}
    fields[61] = f"{pos.batch}{granted.text(11)}{granted.text(13)}"
    return pos.ask("0220", fields, mac=True)


@pytest.mark.parametrize("since", SINCE)
def test_a_sale_and_an_advice_that_were_approved_stay_so(bench: Bench, pos: Pos, since: str) -> None:
    granted = preauth(pos, 40_000)
    assert code(advised(pos, granted, "000100")) == "00"
    sale = pos.sale(1_000, "000101")
    who, name, args = SINCE[since]
    bench.ask(who, name, **args)
    again, told = pos.sale(1_000, "000101"), advised(pos, granted, "000100")
    assert (code(again), again.text(37)) == ("00", sale.text(37))
    assert code(told) == "00"
    assert code(pos.sale(1_000)) != "00", "a new one is stopped"
    assert merchant_fen(bench) == 31_000


def test_one_that_was_withdrawn_before_hears_nothing_from_the_store(bench: Bench, pos: Pos) -> None:
    """The device's keys are void with the report: without a MAC nobody learns what was decided."""
    pos.sale(1_000, "000101")
    bench.ask("portal", "report", sn=SN, status="stolen")
    assert code(pos.sale(1_000, "000101")) in ("58", "A0")


def test_a_declined_one_stays_declined_when_the_hold_has_ended(bench: Bench, pos: Pos) -> None:
    assert code(pos.sale(999_999_99, "000101")) == "51"
    case = bench.ask("control", "hold", kind="suspended", subject=f"merchant:{MID}")["case"]
    assert code(pos.sale(999_999_99, "000101")) == "51"
    bench.ask("control", "release", case=case)
    assert code(pos.sale(999_999_99, "000101")) == "51"


def test_a_frame_that_comes_twice_around_midnight_is_booked_once(bench: Bench, pos: Pos) -> None:
    bench.wait(TO_MIDNIGHT_US - 1)
    assert code(pos.sale(1_000, "000101")) == "00"
    bench.now += 2  # no time passes in between
    assert code(pos.sale(1_000, "000101")) == "00"
    assert merchant_fen(bench) == 1_000


def test_the_trace_number_is_free_again_the_next_day(bench: Bench, pos: Pos) -> None:
    """The business key has the date: a client that counts from 1 every morning sells something else."""
    assert code(pos.sale(1_000, "000101")) == "00"
    bench.wait(TO_MIDNIGHT_US + 60 * MINUTE_US)
    assert code(pos.sale(1_000, "000101")) == "00"
    assert merchant_fen(bench) == 2_000


@pytest.mark.parametrize("days", [1, 3, 40])
def test_an_advice_that_is_told_again_days_later_is_the_same(bench: Bench, pos: Pos, days: int) -> None:
    granted = preauth(pos, 40_000)
    first = advised(pos, granted, "000100")
    bench.wait(days * DAY_US)
    again = advised(pos, granted, "000100")
    assert (code(again), again.text(37)) == ("00", first.text(37))
    assert merchant_fen(bench) == 30_000
    assert code(advice(pos, granted, 30_000)) == "25", "another advice is another one"
    assert (pos.settle((30_000, 1)).text(48) or "")[30] == "1"


def test_another_advice_under_the_same_number_days_later_is_none_of_it(bench: Bench, pos: Pos) -> None:
    granted = preauth(pos, 40_000)
    advised(pos, granted, "000100")
    bench.wait(2 * DAY_US)
    other = preauth(pos, 40_000)
    assert code(advised(pos, other, "000100", 20_000)) == "00"
    assert merchant_fen(bench) == 50_000
