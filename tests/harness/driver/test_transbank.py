"""The register speaks Transbank's POS protocol against a terminal that the test plays, octet by octet."""

from __future__ import annotations

from typing import Any

import pytest

from harness.driver.settings import DriverSettings
from harness.machine import SECOND_US
from protocols.transbank.quirks import TransbankQuirks

from .played import PlayedTerminal, frame

ACK, NAK = b"\x06", b"\x15"
WHO = "597029414300|75001087"


def booked(command: str, code: str = "00", ticket: str = "A1", amount: int = 1500, number: str = "000060") -> bytes:
    return frame(f"{command}|{code}|{WHO}|{ticket}|654321|{amount}|0||6677|{number}|CR|||VI|22112026|101112||0|")


class Terminal(PlayedTerminal):
    def __init__(self, **quirks: bool) -> None:
        super().__init__(DriverSettings(protocol="transbank", quirks=TransbankQuirks(**quirks)))


@pytest.mark.parametrize("op", ["status", "identify"])
def test_a_poll_is_done_with_its_ack(op: str) -> None:
    pos = Terminal()
    assert pos.ask(op) == frame("0100")
    assert pos.say(ACK) == b""
    assert pos.ended(status="done")
    pos.ask(op)
    assert [pos.wait(), pos.wait(), pos.wait()] == [frame("0100"), frame("0100"), b""]
    assert pos.ended(status="no_answer", cause="register_timeout")


def test_a_sale_with_what_is_told_meanwhile() -> None:
    pos = Terminal()
    assert pos.ask("sale", amount_fen=1500, order="A1") == frame("0200|1500|A1|||1|")
    assert pos.say(ACK) == b""
    for code in ("78", "81", "82"):
        assert pos.say(frame(f"0900|{code}|")) == ACK
    assert pos.progress == ["78", "81", "82"]
    assert pos.say(booked("0210")) == ACK
    assert pos.ended(status="done", code="00", stan="000060", amount_fen=1500, order="A1")
    assert pos.say(booked("0210")) == ACK  # its ACK was lost
    assert pos.driver.deadline is None


@pytest.mark.parametrize(
    ("op", "args", "request_", "answer"),
    [
        ("load_keys", {}, "0800", f"0810|00|{WHO}|"),
        ("sign_in", {}, "0800", f"0810|00|{WHO}"),
        ("settle", {}, "0500||", f"0510|00|{WHO}"),
        ("void", {"stan": "000060"}, "1200|60|", f"1210|00|{WHO}|654321|60|"),
    ],
)
def test_operations(op: str, args: dict[str, Any], request_: str, answer: str) -> None:
    pos = Terminal()
    assert pos.ask(op, **args) == frame(request_)
    pos.say(ACK)
    assert pos.say(frame(answer)) == ACK
    assert pos.ended(status="done", code="00")


@pytest.mark.parametrize(
    ("code", "status", "cause"),
    [
        ("26", "refused", "not_signed_in"),
        ("27", "refused", "update_required"),
        ("73", "refused", "not_activated"),
        ("13", "refused", "must_settle"),
        ("67", "refused", "batch_full"),
        ("01", "declined", "declined"),
        ("02", "no_answer", "no_answer"),
        ("07", "cancelled", "cancelled"),
        ("65", "unknown", "reversal_pending"),
        ("99", "declined", "code_99"),
    ],
)
def test_codes(code: str, status: str, cause: str) -> None:
    pos = Terminal()
    pos.ask("sale", amount_fen=1500)
    pos.say(ACK)
    pos.say(frame(f"0210|{code}|{WHO}" + "|" * 16))
    assert pos.ended(status=status, cause=cause, code=code)
    assert pos.outcome["text"]["zh"] and pos.outcome["text"]["en"]


def test_the_last_sale() -> None:
    pos = Terminal()
    assert pos.ask("last") == frame("0250|")
    pos.say(ACK + booked("0260", ticket="B7"))
    assert pos.ended(
        status="done",
        of={"op": "sale", "order": "B7", "sales_only": True, "voided": False},
        amount_fen=1500,
        stan="000060",
    )
    pos.ask("last")
    pos.say(ACK + frame(f"0260|11|{WHO}" + "|" * 16))
    assert pos.ended(status="refused", cause="no_sale", of=None)


def test_damage_is_answered_with_nak() -> None:
    pos = Terminal()
    pos.ask("sale", amount_fen=1500, order="A1")
    pos.say(ACK)
    bad = booked("0210")[:-1] + b"\x7e"
    assert pos.say(bad) == NAK
    assert not pos.outcome
    assert pos.say(booked("0210")) == ACK
    assert pos.ended(status="done")


def test_a_sale_that_is_not_acknowledged_is_sent_three_times_and_stays_unknown() -> None:
    pos = Terminal()
    sale = pos.ask("sale", amount_fen=1500, order="A1")
    assert [pos.wait(), pos.wait(), pos.wait()] == [sale, sale, b""]
    assert pos.ended(status="unknown", cause="register_timeout")


def test_the_answer_acknowledges_the_request() -> None:
    pos = Terminal()
    pos.ask("sale", amount_fen=1500, order="A1")
    assert pos.say(booked("0210")) == ACK
    assert pos.ended(status="done")
    assert pos.driver.deadline is None


def lost_cable(pos: Terminal, *, acknowledged: bool = True) -> bytes:
    pos.ask("sale", amount_fen=1500, order="A1")
    if acknowledged:
        pos.say(ACK)
    pos.plug(False)
    return pos.plug(True)


@pytest.mark.parametrize("acknowledged", [True, False])
def test_after_a_lost_cable_the_last_sale_is_asked_for_and_never_the_sale_again(acknowledged: bool) -> None:
    pos = Terminal()
    assert lost_cable(pos, acknowledged=acknowledged) == frame("0250|")
    pos.say(ACK + booked("0260"))
    assert pos.ended(op="sale", status="done", stan="000060", amount_fen=1500)


@pytest.mark.parametrize(
    "told",
    [booked("0260", ticket="B7"), booked("0260", amount=1501), booked("0260", "04"), frame(f"0260|11|{WHO}{'|' * 16}")],
    ids=["ticket", "amount", "voided", "none"],
)
def test_another_last_sale_means_that_this_one_was_not_booked(told: bytes) -> None:
    pos = Terminal()
    lost_cable(pos)
    pos.say(ACK + told)
    assert pos.ended(op="sale", status="no_answer", cause="not_booked")


def test_the_sale_before_with_the_same_ticket_is_another_one() -> None:
    pos = Terminal()
    pos.ask("sale", amount_fen=1500, order="A1")
    pos.say(ACK + booked("0210"))
    assert pos.ended(status="done")
    lost_cable(pos)
    pos.say(ACK + booked("0260"))  # the very sale that was told before
    assert pos.ended(status="no_answer", cause="not_booked")


def test_while_the_terminal_is_busy_it_is_asked_again() -> None:
    pos = Terminal()
    lost_cable(pos)
    pos.say(ACK + frame(f"0260|18|{WHO}" + "|" * 16))
    assert not pos.outcome
    before = pos.now
    assert pos.wait() == frame("0250|")
    assert pos.now - before == 2 * SECOND_US
    pos.say(ACK + booked("0260"))
    assert pos.ended(status="done")


def test_its_own_answer_may_come_first() -> None:
    pos = Terminal()
    lost_cable(pos)
    assert pos.say(booked("0210")) == ACK
    assert pos.ended(status="done")


def test_a_void_is_asked_again_and_once_voided_is_done() -> None:
    pos = Terminal()
    request = pos.ask("void", stan="60")
    pos.say(ACK)
    pos.plug(False)
    assert pos.plug(True) == request
    pos.say(ACK + frame(f"1210|04|{WHO}||60|"))
    assert pos.ended(op="void", status="done")
    pos.ask("void", stan="60")
    pos.say(ACK + frame(f"1210|04|{WHO}||60|"))
    assert pos.ended(status="refused", cause="already_voided")


def test_tickets_do_not_come_again() -> None:
    pos, seen = Terminal(), set()
    for _ in range(50):
        ticket = pos.ask("sale", amount_fen=1).split(b"|")[2]
        assert len(ticket) == 6 and ticket not in seen
        seen.add(ticket)
        pos.say(ACK + frame(f"0210|01|{WHO}" + "|" * 16))
    again = Terminal()  # a register that starts anew, later
    again.now = 10 * SECOND_US
    assert again.ask("sale", amount_fen=1).split(b"|")[2] not in seen


@pytest.mark.parametrize(
    "args",
    [{"amount_fen": 0}, {"amount_fen": 10**9}, {"amount_fen": 1, "order": "ABCDEFG"}, {"amount_fen": "x"}],
)
def test_what_cannot_be_said_is_refused_before_a_frame_leaves(args: dict[str, Any]) -> None:
    pos = Terminal()
    assert pos.ask("sale", **args) == b""
    assert "error" in pos.outcome


def unattended(command: str, code: str = "00", ticket: str = "A-LONG-TICKET", amount: int = 1500) -> bytes:
    return frame(f"{command}|{code}|{WHO}|{ticket}|654321|{amount}|6677|60|CR|||VI|22112026|101112||0|0|0|")


def test_an_unattended_terminal() -> None:
    pos = Terminal(self_service=True)
    assert pos.ask("void", stan="60") == b""  # its void names no sale
    assert pos.ask("sale", amount_fen=1500, order="A-LONG-TICKET") == frame("0200|1500|A-LONG-TICKET|0|1")
    pos.say(ACK + unattended("0210"))
    assert pos.ended(status="done", amount_fen=1500, stan="60")
    assert pos.ask("void", stan="000060") == frame("1200")
    pos.say(ACK + frame(f"1210|00|{WHO}|654321|60"))
    assert pos.ended(status="done")
    assert pos.ask("void", stan="60") == b""
    assert pos.ask("last") == frame("0250|0")
    pos.say(ACK + unattended("0260"))
    assert pos.ended(status="done", of={"op": "sale", "order": "A-LONG-TICKET", "sales_only": True, "voided": False})
    assert pos.ask("settle") == frame("0500|0")
    pos.say(ACK + frame(f"0510|00|{WHO}|"))
    assert pos.ended(status="done")


def test_an_unattended_terminal_is_initialised_and_asked_how_it_ended() -> None:
    pos = Terminal(self_service=True)
    assert pos.ask("download") == frame("0070")
    assert pos.say(ACK) == frame("0080")
    pos.say(ACK + frame("1080|18||"))
    assert not pos.outcome
    assert pos.wait() == frame("0080")
    pos.say(ACK + frame("1080|90|22112026|101112"))
    assert pos.ended(status="done", code="90")
    pos.ask("download")
    pos.say(ACK)
    pos.say(ACK + frame("1080|03||"))
    assert pos.ended(status="no_answer", cause="no_connection")


def test_an_unattended_terminals_last_sale_is_learned() -> None:
    pos = Terminal(self_service=True)
    pos.ask("sale", amount_fen=1500, order="A-LONG-TICKET")
    pos.say(ACK)
    pos.plug(False)
    assert pos.plug(True) == frame("0250|0")
    pos.say(ACK + unattended("0260"))
    assert pos.ended(op="sale", status="done", amount_fen=1500)


def test_padding_and_the_other_lrc() -> None:
    assert Terminal(zero_padded=True).ask("sale", amount_fen=15, order="A1") == frame("0200|000000015|0000A1|||1|")
    whole = Terminal(lrc_without_etx=True).ask("status")
    assert whole == b"\x020100\x03" + bytes((0x30 ^ 0x31 ^ 0x30 ^ 0x30,))


@pytest.mark.parametrize("op", ["refund", "download", "preauth"])
def test_what_the_protocol_lacks(op: str) -> None:
    pos = Terminal()
    args = {"refund": {"amount_fen": 1}, "preauth": {"amount_fen": 1}}.get(op, {})
    assert pos.ask(op, **args) == b""
    assert pos.ended(status="refused", cause="not_in_protocol")


@pytest.mark.parametrize(
    ("code", "number", "status", "cause"),
    [("04", "60", "done", None), ("00", "60", "no_answer", "not_booked"), ("00", "59", "unknown", "port_gone")],
)
def test_a_void_that_names_no_sale_is_never_asked_again(code: str, number: str, status: str, cause: str | None) -> None:
    pos = Terminal(self_service=True)
    pos.ask("sale", amount_fen=1500, order="A1")
    pos.say(ACK + unattended("0210", ticket="A1"))
    assert pos.ask("void", stan="60") == frame("1200")
    pos.say(ACK)
    pos.plug(False)
    assert pos.plug(True) == frame("0250|0")
    last_sale = frame(f"0260|{code}|{WHO}|A1|654321|1500|6677|{number}|CR|||VI|22112026|101112||0|0|0|")
    pos.say(ACK + last_sale)
    assert pos.ended(op="void", status=status, cause=cause)


@pytest.mark.parametrize("code", ["26", "63", "99"])
def test_a_last_sale_that_is_not_told_decides_nothing(code: str) -> None:
    pos = Terminal()
    lost_cable(pos)
    pos.say(ACK + frame(f"0260|{code}|{WHO}" + "|" * 16))
    assert pos.ended(op="sale", status="unknown")


def test_an_answer_that_comes_late_is_not_taken_for_the_next_sale() -> None:
    pos = Terminal()
    pos.ask("sale", amount_fen=1500, order="A2")
    assert pos.say(ACK + booked("0210", ticket="A1")) == ACK
    assert not pos.outcome
    pos.say(booked("0210", ticket="A2", number="000061"))
    assert pos.ended(status="done", stan="000061")
    pos.ask("void", stan="61")
    pos.say(ACK + frame(f"1210|00|{WHO}|654321|60|"))
    assert not pos.outcome
    pos.say(frame(f"1210|00|{WHO}|654321|61|"))
    assert pos.ended(op="void", status="done")
