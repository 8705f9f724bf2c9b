"""pyTeliumManager and pypostelium against the emulated terminal on a pty."""

from __future__ import annotations

from collections.abc import Callable

from .conftest import TerminalProcess, run_client


def test_initialise_demand_and_wait_for_the_end(terminal: Callable[..., TerminalProcess]) -> None:
    pos = terminal("concert")
    ok, full, short, again = run_client("telium_day", pos.port, "ok", "12.50:debit:1:1", "7.00:debit:1:0", "ok")
    assert ok["value"] and again["value"]
    report = full["value"].pop("report")
    assert full["value"] == {"taken": True, "succeeded": True, "result": 0, "amount": 12.5}
    assert len(report) == 55 and report[:6].isdecimal() and "*" in report
    assert short["value"] == {"taken": True, "succeeded": True, "result": 0, "amount": 7.0, "report": ""}
    assert [one["amount_fen"] for one in pos.books()["entries"]] == [1250, 700]


def test_the_answer_at_once_comes_before_the_outcome(terminal: Callable[..., TerminalProcess]) -> None:
    pos = terminal("concert")
    (deferred,) = run_client("telium_day", pos.port, "9.99:debit:0:0")
    assert deferred["value"] == {"taken": True, "succeeded": False, "result": 9, "amount": 9.99, "report": ""}
    pos.settled_down()
    (next_,) = run_client("telium_day", pos.port, "1.00:debit:1:0")
    assert next_["value"]["succeeded"]
    assert [one["amount_fen"] for one in pos.books()["entries"]] == [999, 100]


def test_a_terminal_that_cannot_sell_says_so(terminal: Callable[..., TerminalProcess]) -> None:
    pos = terminal("concert")
    assert pos.operate("sign_off")["status"] == "done"
    refused, credit = run_client("telium_day", pos.port, "5.00:debit:1:0", "5.00:credit:1:1")
    assert (refused["value"]["result"], credit["value"]["result"]) == (7, 7)
    assert pos.books()["entries"] == []


def test_pypostelium(terminal: Callable[..., TerminalProcess]) -> None:
    pos = terminal("concert", "--quirk", "concert-short")
    cheque, sale = run_client("pypostelium_sale", pos.port, "5.00:check", "5.00:card")
    assert cheque["value"] is sale["value"] is True
    assert sale["said"][-2:] == ["Answer received from Terminal", "Closing serial port for payment terminal"]
    assert not [line for line in sale["said"] if "wrong" in line or "has value" in line or "should be" in line]
    assert any("'transaction_result': '7'" in line for line in cheque["said"])
    pos.settled_down()
    (after,) = run_client("telium_day", pos.port, "1.00:debit:1:0")
    assert after["value"]["succeeded"]
    assert [one["amount_fen"] for one in pos.books()["entries"]] == [500, 100]
