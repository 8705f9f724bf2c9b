"""Transbank's own client against the emulated terminal on a pty."""

from __future__ import annotations

from collections.abc import Callable

from .conftest import TerminalProcess, run_client

KEYS = {"function_code": 810, "response_code": "00", "response_message": "Aprobado", "success": True}


def test_a_day(terminal: Callable[..., TerminalProcess]) -> None:
    pos = terminal("transbank")
    steps = ("poll", "load_keys", 'sale[1500,"A1"]', 'sale[2500,"A2","status"]', "last_sale", "totals", "details[true]")
    poll, keys, sale, second, last, totals, details = run_client("transbank_day", pos.port, *steps)
    assert poll["value"] is True
    assert keys["value"].items() >= KEYS.items()
    assert (sale["value"]["response_code"], sale["value"]["ticket"], sale["value"]["amount"]) == ("00", "A1", "1500")
    assert sale["value"]["terminal_id"] == keys["value"]["terminal_id"]
    assert (len(sale["value"]["last_4_digits"]), sale["told"]) == (4, [])
    assert second["told"] == ["78", "81", "82"]
    kept = {key: value for key, value in second["value"].items() if key != "function_code"}
    assert last["value"] == {**kept, "function_code": 260}
    assert (totals["value"]["tx_count"], totals["value"]["tx_total"]) == ("2", "4000")
    assert [one["ticket"] for one in details["value"]] == ["A1", "A2", ""]

    number = int(second["value"]["operation_number"])
    evening = (f"refund[{number}]", f"refund[{number}]", "totals", "close", "totals", "set_normal_mode")
    refund, again, left, close, after, normal = run_client("transbank_day", pos.port, *evening)
    assert refund["value"]["success"] and int(refund["value"]["operation_number"]) == number
    assert (again["value"]["success"], again["value"]["response_message"]) == (False, "Transacción ya Fue Anulada")
    assert (left["value"]["tx_count"], left["value"]["tx_total"]) == ("1", "1500")
    assert close["value"]["success"] and (after["value"]["tx_count"], after["value"]["tx_total"]) == ("0", "0")
    assert normal["value"] is True

    books = pos.books()
    assert [(one["kind"], one["amount_fen"]) for one in books["entries"]] == [
        ("sale", 1500),
        ("sale", 2500),
        ("void", 2500),
    ]
    (settled,) = books["settled"]
    assert settled["balanced"]


def test_no_sale_before_the_keys_are_loaded(terminal: Callable[..., TerminalProcess]) -> None:
    pos = terminal("transbank")
    assert pos.operate("sign_off")["status"] == "done"
    refused, keys, sale = run_client("transbank_day", pos.port, 'sale[1000,"A1"]', "load_keys", 'sale[1000,"A1"]')
    assert (refused["value"]["response_code"], refused["value"]["response_message"]) == ("26", "Debe Cargar Llaves")
    assert not refused["value"]["success"]
    assert keys["value"].items() >= KEYS.items()
    assert sale["value"]["success"]
    assert len(pos.books()["entries"]) == 1


def test_what_the_terminal_refuses(terminal: Callable[..., TerminalProcess]) -> None:
    pos = terminal("transbank", "--card", "none")
    steps = ("last_sale", "refund[60]", 'multicode_sale[1000,"A1",550062712310]')
    last, refund, other = run_client("transbank_day", pos.port, *steps)
    assert last["value"]["response_message"] == "No existe venta"
    assert refund["value"]["response_message"] == "No existe Transacción para Anular"
    assert (other["value"]["function_code"], other["value"]["success"]) == (271, False)
    assert pos.books()["entries"] == []
