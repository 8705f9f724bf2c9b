"""The register's half of dialect A against a terminal that the test plays, octet by octet.

Requests are written out by hand from hehe02921/qqq, IngPosCom.cpp (UserLogin, TranPurchase, QueryList).
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.driver.driver import Driver
from harness.driver.settings import DriverSettings
from harness.machine import Answer, Ask, Close, Closed, Connect, Opened, Received, Send, Wake
from protocols.framing import ACK, EOT, SerialFramer, TcpFramer
from protocols.mispos.dialect_a import tags
from protocols.mispos.dialect_a.message import MisposAMessage, build, message, parse
from protocols.mispos.quirks import MisposAQuirks

FRAMER = SerialFramer()
ACKED = bytes((ACK,))
GONE, BACK = Closed("terminal", "gone"), Opened("terminal", "terminal")
Told = list[tuple[int, str | bytes]]


def driver(**changes: Any) -> Driver:
    return Driver(DriverSettings(protocol="mispos-a", **changes))


def frames(effects: list[Any], link: str = "terminal") -> list[MisposAMessage]:
    """The messages among what was sent, without ACK, NAK and EOT."""
    found = [effect.data for effect in effects if isinstance(effect, Send) and effect.link == link]
    messages = [parse(data[3:-2]) for data in found if len(data) > 1]
    return [one for one in messages if isinstance(one, MisposAMessage)]


def answers(effects: list[Any]) -> list[Any]:
    return [effect.value for effect in effects if isinstance(effect, Answer)]


def ask(machine: Driver, op: str, now: int = 0, **args: Any) -> MisposAMessage:
    (request,) = frames(machine.handle(Ask("person", op, args, 7), now))
    return request


def result(request: MisposAMessage, code: str, told: Told | None = None, **more: str) -> bytes:
    head: dict[int, str | bytes] = {tags.COMMAND: request.command, tags.RANDOM: request.text(tags.RANDOM)}
    tail: dict[int, str | bytes] = {tags.RESULT: code, **{int(tag, 16): value for tag, value in more.items()}}
    middle: dict[int, str | bytes] = {tags.RESULTS: b""} if told is not None else {}
    return FRAMER.frame(build(message("02", {**head, **middle, **tail}, told)))


SOLD: Told = [(tags.COMMAND, "45"), (tags.AMOUNT, "RMB  0.20"), (tags.TRACE, "000065"), (tags.INVOICE, "000065")]


def test_a_sale_has_the_tags_of_the_public_program_in_their_order() -> None:
    request = ask(driver(), "sale", amount_fen=20, order="X1")
    assert [item.tag_hex for item in request.fields] == [
        "DF01", "DF04", "DF02", "DF08", "DF03", "DF09", "DF0D", "DF46", "DFBE",
    ]  # fmt: skip
    values = (
        request.text(tags.AMOUNT),
        request.text(tags.FIXED_1),
        request.text(tags.FIXED_2),
        request.text(tags.ORDER),
    )
    assert values == ("000000000020", "5555", "3004", "X1")
    without = ask(driver(quirks=MisposAQuirks(order_number=False)), "sale", amount_fen=20)
    assert "DFBE" not in [item.tag_hex for item in without.fields]


def test_an_answer_with_another_random_number_is_not_ours() -> None:
    machine = driver()
    request = ask(machine, "sale", amount_fen=20)
    stranger = message("00", {tags.RANDOM: "0000", tags.COMMAND: "45"})
    assert answers(machine.handle(Received("terminal", ACKED + result(stranger, "00", SOLD)), 1)) == []
    (outcome,) = answers(machine.handle(Received("terminal", result(request, "00", SOLD)), 2))
    assert (outcome["status"], outcome["amount_fen"], outcome["stan"]) == ("done", 20, "000065")


@pytest.mark.parametrize(
    ("code", "status", "cause"),
    [
        ("00", "done", None),
        ("Y1", "done", None),
        ("51", "declined", "f39_51"),
        ("00010014", "refused", "not_signed_in"),
        ("00000002", "cancelled", "card_misread"),
        ("00000004", "refused", "unknown_aid"),
        ("00090024", "unknown", "reversal_pending"),
        ("00000099", "refused", "terminal_error"),
    ],
)
def test_results_are_told_apart(code: str, status: str, cause: str | None) -> None:
    machine = driver()
    request = ask(machine, "sale", amount_fen=20)
    (outcome,) = answers(machine.handle(Received("terminal", ACKED + result(request, code)), 1))
    assert (outcome["status"], outcome["cause"]) == (status, cause)


@pytest.mark.parametrize(("code", "more"), [("00010014", {}), ("51", {"DF0C": "01"}), ("77", {}), ("Z1", {})])
def test_after_a_result_that_asks_for_it_the_terminal_is_signed_in_before_the_next_sale(
    code: str, more: dict[str, str]
) -> None:
    machine = driver()
    request = ask(machine, "sale", amount_fen=20)
    machine.handle(Received("terminal", ACKED + result(request, code, None, **more)), 1)
    first = ask(machine, "sale", 2, amount_fen=20)
    assert first.kind() == "sign_in"
    effects = machine.handle(Received("terminal", ACKED + result(first, "00", [])), 3)
    (sale,) = frames(effects)
    assert (sale.kind(), answers(effects)) == ("sale", [])
    (outcome,) = answers(machine.handle(Received("terminal", ACKED + result(sale, "00", SOLD)), 4))
    assert (outcome["op"], outcome["status"]) == ("sale", "done")
    assert ask(machine, "sale", 5, amount_fen=20).kind() == "sale", "once"


def test_a_sign_in_that_fails_leaves_the_sale_unsent() -> None:
    machine = driver()
    request = ask(machine, "sale", amount_fen=20)
    machine.handle(Received("terminal", ACKED + result(request, "00010014")), 1)
    first = ask(machine, "sale", 2, amount_fen=20)
    effects = machine.handle(Received("terminal", ACKED + result(first, "97")), 3)
    (outcome,) = answers(effects)
    assert (outcome["op"], outcome["status"], outcome["cause"]) == ("sale", "refused", "not_signed_in")
    assert frames(effects) == []


def test_signing_in_by_itself_can_be_switched_off() -> None:
    machine = driver(signs_in_again=False)
    request = ask(machine, "sale", amount_fen=20)
    machine.handle(Received("terminal", ACKED + result(request, "00010014")), 1)
    assert ask(machine, "sale", 2, amount_fen=20).kind() == "sale"


def test_abort_is_an_eot_and_the_sale_ends_as_the_terminal_says() -> None:
    machine = driver()
    request = ask(machine, "sale", amount_fen=20)
    machine.handle(Received("terminal", ACKED), 1)
    effects = machine.handle(Ask("person", "abort", {}, 8), 2)
    assert Send("terminal", bytes((EOT,))) in effects
    assert [value["status"] for value in answers(effects)] == ["done"]
    (outcome,) = answers(machine.handle(Received("terminal", result(request, "00090020")), 3))
    assert (outcome["op"], outcome["status"]) == ("sale", "cancelled")


def pass_through(request: MisposAMessage, content: bytes, **more: str) -> bytes:
    named: dict[int, str | bytes] = {int(tag, 16): value for tag, value in more.items()}
    values = {tags.RANDOM: request.text(tags.RANDOM), **named, tags.RESULTS: content}
    return FRAMER.frame(build(message("01", values)))


@pytest.mark.parametrize(
    ("more", "address"),
    [
        ({"DF05": "02"}, "192.0.2.7:700"),
        ({"DF05": "03"}, ""),
        ({"DF05": "02", "DFD2": "192.0.2.1", "DFD3": "8583"}, "192.0.2.1:8583"),
        ({}, ""),
    ],
)
def test_a_host_is_named_by_number_or_by_address(more: dict[str, str], address: str) -> None:
    machine = driver(hosts={"02": "192.0.2.7:700"})
    request = ask(machine, "sale", amount_fen=20)
    effects = machine.handle(Received("terminal", ACKED + pass_through(request, b"`123", **more)), 1)
    assert Connect("tunnel", address) in effects
    assert machine.handle(Opened("tunnel"), 2) == [Send("tunnel", b"\x00\x04`123")]
    reply = machine.handle(Received("tunnel", TcpFramer().frame(b"`reply")), 3)
    (told,) = frames(reply)
    assert (told.packet, told.text(tags.RANDOM), told.octets(tags.RESULTS)) == (
        "01",
        request.text(tags.RANDOM),
        b"`reply",
    )
    assert Close("tunnel") in reply


@pytest.mark.parametrize("ending", [Closed("tunnel", "refused"), Received("tunnel", TcpFramer().frame(bytes(1024)))])
def test_where_there_is_no_reply_that_fits_the_terminal_is_told_nothing(ending: Any) -> None:
    """Dialect A has no word for it; the terminal's own time limit ends the wait."""
    machine = driver()
    request = ask(machine, "sale", amount_fen=20)
    machine.handle(Received("terminal", ACKED + pass_through(request, b"`123")), 1)
    if isinstance(ending, Received):
        machine.handle(Opened("tunnel"), 2)
    assert frames(machine.handle(ending, 3)) == []


def test_when_the_port_is_back_a_terminal_that_knows_the_order_is_asked_again() -> None:
    machine = driver()
    request = ask(machine, "sale", amount_fen=20)
    machine.handle(Received("terminal", ACKED), 1)
    machine.handle(GONE, 2)
    assert frames(machine.handle(BACK, 3)) == [request]
    (outcome,) = answers(machine.handle(Received("terminal", ACKED + result(request, "00", SOLD)), 4))
    assert outcome["status"] == "done"


NEWER: Told = [(tags.COMMAND, "45"), (tags.AMOUNT, "RMB  0.20"), (tags.INVOICE, "000066")]
VOIDED: Told = [(tags.COMMAND, "46"), (tags.AMOUNT, "RMB -0.20"), (tags.INVOICE, "000066")]
OTHER: Told = [(tags.COMMAND, "45"), (tags.AMOUNT, "RMB  0.30"), (tags.INVOICE, "000066")]


def pulled(known: bool, acknowledged: bool = True) -> tuple[Driver, MisposAMessage, MisposAMessage]:
    """A sale without an order number whose cable was pulled and put back: driver, sale, and what is asked instead.
    `known`: a sale before it was told, with the trace number 000065."""
    machine = driver(quirks=MisposAQuirks(order_number=False))
    if known:
        before = ask(machine, "sale", amount_fen=20)
        machine.handle(Received("terminal", ACKED + result(before, "00", SOLD)), 0)
    sale = ask(machine, "sale", 1, amount_fen=20)
    if acknowledged:
        machine.handle(Received("terminal", ACKED), 1)
    machine.handle(GONE, 2)
    (instead,) = frames(machine.handle(BACK, 3))
    assert instead.kind() == "list_transactions"
    return machine, sale, instead


@pytest.mark.parametrize("acknowledged", [True, False])
@pytest.mark.parametrize(
    ("known", "code", "listed", "status", "cause"),
    [
        (True, "00", NEWER, "done", None),
        (True, "00", SOLD, "no_answer", "not_booked"),
        (True, "00", VOIDED, "no_answer", "not_booked"),
        (True, "00", OTHER, "no_answer", "not_booked"),
        (False, "00", OTHER, "no_answer", "not_booked"),
        (False, "00090011", None, "no_answer", "not_booked"),
    ],
)
def test_without_an_order_number_the_newest_transaction_is_fetched_and_nothing_is_asked_twice(
    known: bool, code: str, listed: Told | None, status: str, cause: str | None, acknowledged: bool
) -> None:
    machine, _, instead = pulled(known, acknowledged)
    effects = machine.handle(Received("terminal", ACKED + result(instead, code, listed)), 4)
    (outcome,) = answers(effects)
    assert (outcome["op"], outcome["status"], outcome["cause"]) == ("sale", status, cause)
    assert frames(effects) == []


@pytest.mark.parametrize(("known", "code", "listed"), [(False, "00", NEWER), (True, "00090014", None)])
def test_where_the_list_cannot_tell_the_result_is_waited_for(known: bool, code: str, listed: Told | None) -> None:
    """Nothing is known of what came before, or the terminal is still busy."""
    machine, sale, instead = pulled(known)
    assert answers(machine.handle(Received("terminal", ACKED + result(instead, code, listed)), 4)) == []
    (outcome,) = answers(machine.handle(Received("terminal", result(sale, "00", NEWER)), 5))
    assert (outcome["op"], outcome["status"], outcome["stan"]) == ("sale", "done", "000066")


def test_a_terminal_that_tells_the_result_by_itself_is_heard() -> None:
    machine, sale, _ = pulled(known=True)
    (outcome,) = answers(machine.handle(Received("terminal", ACKED + result(sale, "00", NEWER)), 4))
    assert (outcome["op"], outcome["status"]) == ("sale", "done")


def test_nobody_knows_when_the_list_is_not_answered_either() -> None:
    machine, _, _ = pulled(known=True)
    ended: list[Any] = []
    while (due := machine.deadline) is not None:
        ended += answers(machine.handle(Wake(), due))
    assert [(one["op"], one["status"], one["cause"]) for one in ended] == [("sale", "unknown", "register_timeout")]


def test_pulled_again_while_the_list_is_asked_for() -> None:
    machine, _, first = pulled(known=True)
    machine.handle(GONE, 4)
    (second,) = frames(machine.handle(BACK, 5))
    assert second.kind() == "list_transactions" and second.text(tags.RANDOM) != first.text(tags.RANDOM)
    (outcome,) = answers(machine.handle(Received("terminal", ACKED + result(second, "00", NEWER)), 6))
    assert (outcome["op"], outcome["status"]) == ("sale", "done")


def test_the_last_result_is_the_first_of_the_list_whatever_packets_follow() -> None:
    machine = driver()
    first = ask(machine, "last")
    assert first.kind() == "list_transactions"
    newest: Told = [*SOLD, (tags.ORDER, "A-9")]
    older: Told = [(tags.COMMAND, "46"), (tags.AMOUNT, "RMB -9.99"), (tags.INVOICE, "000064"), (tags.ORDER, "A-8")]
    (second,) = frames(machine.handle(Received("terminal", ACKED + result(first, "00", newest, DF24="01")), 1))
    assert second.text(tags.RANDOM) != first.text(tags.RANDOM)
    (outcome,) = answers(machine.handle(Received("terminal", ACKED + result(second, "00", older, DF24="00")), 2))
    assert (outcome["stan"], outcome["amount_fen"]) == ("000065", 20)
    assert outcome["of"] == {"op": "sale", "order": "A-9"}


def test_what_dialect_a_has_no_command_for_is_refused_before_anything_leaves() -> None:
    machine = driver()
    effects = machine.handle(Ask("person", "sign_off", {}, 7), 0)
    assert frames(effects) == []
    assert [value["cause"] for value in answers(effects)] == ["not_in_protocol"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=5))
def test_whatever_the_terminal_sends_the_driver_ends_the_operation_once(pieces: list[bytes]) -> None:
    machine = driver()
    request = ask(machine, "status")
    ended = [value for piece in pieces for value in answers(machine.handle(Received("terminal", piece), 1))]
    for _ in range(8):
        if (due := machine.deadline) is None:
            break
        ended += answers(machine.handle(Wake(), due))
    assert len(ended) == 1
    assert request.text(tags.RANDOM)
