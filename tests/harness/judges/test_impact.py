"""The impact of an outage, on traces that are written here."""

from __future__ import annotations

from typing import Any

from harness.judges.impact import impact
from harness.machine import MINUTE_US
from harness.trace import Event


def operation(at_min: float, party: str, phase: str, fen: int = 0, **outcome: Any) -> Event:
    data: dict[str, Any] = {"phase": phase, "op": "sale"}
    data |= {"args": {"amount_fen": fen}} if phase == "begin" else {"outcome": outcome}
    return Event(0, int(at_min * MINUTE_US), party, "operation", data, ("terminal", "register"))


def sale(at_min: float, fen: int, status: str, party: str = "terminal", **outcome: Any) -> list[Event]:
    return [operation(at_min, party, "begin", fen), operation(at_min, party, "end", status=status, **outcome)]


def from_register(at_min: float, fen: int, status: str, **outcome: Any) -> list[Event]:
    """The register asks, the terminal carries out, both tell how it ended."""
    begin, end = sale(at_min, fen, status, "register", **outcome)
    return [begin, *sale(at_min, fen, status, **outcome), end]


def test_from_the_first_sale_that_failed_to_the_next_one_booked() -> None:
    events = [
        *from_register(0, 500, "done"),
        *from_register(10, 700, "refused", cause="tampered"),
        *from_register(12, 800, "unknown", cause="no_answer"),
        *from_register(40, 900, "done"),
        *from_register(50, 900, "done"),
    ]
    found = impact(events).json()
    assert found == {
        "out_of_service_minutes": 30,
        "over": True,
        "refused": 2,
        "refused_fen": 1500,
        "takings": 0,
        "takings_fen": 0,
    }


def test_the_words_count_in_days_and_hours() -> None:
    long = [*from_register(0, 700, "refused"), *from_register(9 * 1440 + 3 * 60 + 3, 700, "done")]
    text = impact(long).text
    assert text is not None and text.zh == "停止收款 9 天 3 小时 3 分钟，未成交消费 1 笔共 7.00 元；无备用收款"
    assert text.en == "out of service for 9 d 3 h 3 min, sales not made: 1, of 7.00 yuan; no fallback takings"
    even = impact([*from_register(0, 700, "refused"), *from_register(1440, 700, "done")]).text
    assert even is not None and "停止收款 1 天，" in even.zh and "for 1 d, " in even.en


def test_a_terminal_that_does_not_answer_its_register_counts_once() -> None:
    lost = sale(1, 600, "unknown", "register", cause="register_timeout")
    found = impact([*lost, *from_register(3.5, 600, "done")])
    assert (found.refused, found.refused_fen, found.out_of_service_minutes) == (1, 600, 3)


def boot(at_min: float) -> Event:
    return Event(0, int(at_min * MINUTE_US), "terminal", "boot", {"reset_cause": "power_fail"}, ("terminal",))


def slip(at_min: float, fen: int) -> Event:
    return Event(0, int(at_min * MINUTE_US), "terminal", "slip", {"kind": "sale", "amount_fen": fen}, ("terminal",))


def test_a_sale_that_a_restart_ended_was_made_if_its_slip_comes_and_else_not() -> None:
    """Row D8: the register waits in vain either way, and counts it no second time."""
    asked, answered = sale(1, 600, "unknown", "register", cause="register_timeout")
    begun = operation(1, "terminal", "begin", 600)
    lost = impact([asked, begun, boot(2), answered, *from_register(4, 600, "done")])
    assert (lost.refused, lost.refused_fen, lost.out_of_service_minutes) == (1, 600, 3)
    booked = impact([asked, begun, boot(2), slip(2, 600), answered, *from_register(4, 700, "done")])
    assert (booked.refused, booked.outages) == (0, [])
    never = impact([asked, begun, boot(2), answered])
    assert (never.refused, never.json()["over"]) == (1, False)
    idle = impact([*from_register(1, 600, "done"), boot(2), slip(2, 600), *from_register(3, 600, "done")])
    assert idle.outages == []


def test_the_customers_own_card_or_pin_is_no_outage() -> None:
    events = [event for code in ("51", "54", "55", "75") for event in from_register(1, 100, "declined", code=code)]
    events += [
        *from_register(2, 100, "cancelled", cause="card_timeout"),
        *from_register(3, 100, "cancelled", cause="cancelled"),
    ]
    assert impact(events).text is None


def test_the_acquirers_refusals_are() -> None:
    events = [
        event for code in ("03", "58", "77", "91", "96", "A0") for event in from_register(1, 100, "declined", code=code)
    ]
    assert impact(events).refused == 6


def test_terminals_are_out_of_service_each_by_itself() -> None:
    events = [
        *sale(0, 100, "refused", "terminal"),
        *sale(5, 100, "refused", "terminal2"),
        *sale(7, 100, "done", "terminal2"),
        *sale(10, 100, "done", "terminal"),
    ]
    assert impact(events).out_of_service_minutes == 10 + 2


def test_an_outage_that_lasts_to_the_end_says_so() -> None:
    end = Event(0, 90 * MINUTE_US, "host", "state", {}, ("host",))
    found = impact([*from_register(30, 100, "declined", code="03"), end])
    assert (found.json()["over"], found.out_of_service_minutes) == (False, 60)


def test_takings_count_and_reconciliations_do_not() -> None:
    taken = [
        Event(0, 1, "register", "takings", {"what": what, "amount_fen": 250, "means": "cash"}, ("register",))
        for what in ("takings", "takings", "reconciled")
    ]
    found = impact(taken)
    assert (found.takings, found.takings_fen) == (2, 500)
    assert found.text is not None and "5.00" in found.text.en


def test_an_empty_recording() -> None:
    assert impact([]).json()["out_of_service_minutes"] == 0
