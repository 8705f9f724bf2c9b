"""What dialect B asks besides selling: set-up, search for the port, host address, downloads, long content."""

from __future__ import annotations

import pytest

from harness.machine import Received
from harness.terminal.register.mispos_b import MisposB
from protocols.framing import EOT, SerialFramer
from protocols.mispos.dialect_b import tags
from protocols.mispos.dialect_b.message import MisposMessage, build, message, without_length
from protocols.mispos.dialect_b.tags import MANAGER, TransactionType
from protocols.mispos.quirks import MisposBQuirks

from .test_register import Till, tethered, tills

Values = dict[int, str | bytes]


def ask(till: Till, kind: int, values: Values | None = None) -> MisposMessage:
    till.send(SerialFramer().frame(build(message(kind, values or {}))))
    return till.wait()


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (TransactionType.FIND_PORT, {}),
        (TransactionType.SET_UP, {}),
        (TransactionType.PRE_AUTHORISATION_VOID, {tags.APPLICATION: MANAGER}),
    ],
)
def test_a_search_for_the_port_finds_whose_terminal_it_is(kind: int, values: Values) -> None:
    till = tills()
    told = ask(till, kind, values)
    state = till.bench.terminal.desk.state
    assert (told.text(tags.RESULT), told.text(tags.TID), told.text(tags.MID)) == ("00", state.tid, state.mid)
    assert (told.type, told.text(tags.BATCH)) == (kind, state.batch)


def test_the_host_is_set_for_good_and_not_during_an_operation() -> None:
    till = tills()
    till.bench.get_ready()
    wanted: Values = {tags.ADDRESS: "192.0.2.9", tags.PORT: "5000"}
    till.send(SerialFramer().frame(build(message(TransactionType.SALE, {tags.AMOUNT: "000000000100"}))))
    assert ask(till, TransactionType.SET_COMMUNICATION, wanted).text(tags.RESULT) == "L14"
    till.send(bytes((EOT,)))
    assert till.wait().text(tags.RESULT) == "L20", "the sale was cancelled"
    assert ask(till, TransactionType.SET_COMMUNICATION, wanted).text(tags.RESULT) == "00"
    till.bench.boot()
    assert till.bench.terminal.desk.config.host_address == "192.0.2.9:5000"
    told = ask(till, TransactionType.SET_UP)
    assert (told.text(tags.ADDRESS), told.text(tags.PORT)) == ("192.0.2.9", "5000")
    for bad in ({tags.ADDRESS: "192.0.2.9"}, {tags.ADDRESS: "192.0.2.9", tags.PORT: "70000"}, {tags.PORT: "1"}):
        assert ask(till, TransactionType.SET_COMMUNICATION, {**bad}).text(tags.RESULT) == "L18"
    assert ask(till, TransactionType.SET_COMMUNICATION).text(tags.RESULT) == "00"
    assert till.bench.terminal.desk.config.host_address == "", "the terminal's own"


@pytest.mark.parametrize("kind", [TransactionType.DOWNLOAD_PARAMETERS, TransactionType.SET_PARAMETERS])
def test_parameters_by_either_type(kind: int) -> None:
    till = tills()
    assert ask(till, TransactionType.SIGN_IN).text(tags.RESULT) == "00"
    assert ask(till, kind).text(tags.RESULT) == "00"


def test_chip_parameters_have_a_type_of_their_own() -> None:
    till = tills()
    assert ask(till, TransactionType.SIGN_IN).text(tags.RESULT) == "00"
    assert ask(till, TransactionType.SET_IC_PARAMETERS).text(tags.RESULT) == "00"


def test_a_result_that_no_frame_holds_comes_without_its_print() -> None:
    till = tills(quirks=MisposBQuirks(data_octets_max=256))
    till.bench.get_ready()
    till.bench.ask("person", "present", card="debit", how="swipe", pin="123456")
    sale = ask(till, TransactionType.SALE, {tags.AMOUNT: "000000000100"})
    assert (sale.text(tags.RESULT), sale.octets(tags.PRINT)) == ("00", b"")
    assert sale.text(tags.STAN)


def test_a_request_that_no_frame_holds_has_not_been_sent() -> None:
    till = tethered(True)
    till.bench.get_ready()
    till.tunnelled.clear()
    side = till.bench.terminal.register
    assert isinstance(side, MisposB)
    side.cable._quirks = MisposBQuirks(data_octets_max=128)  # the sign-in had to fit
    outcome = till.bench.sell()
    assert outcome["cause"] == "no_connection"
    assert till.tunnelled == [], "nothing has left"


@pytest.mark.parametrize("content", [b"`1234", b"\x00\x05`1234"])
def test_tunnelled_content_with_its_length_or_without(content: bytes) -> None:
    assert without_length(content) == b"`1234"


@pytest.mark.parametrize("code", ["-115", "-108"])
def test_what_the_register_could_not_open_was_not_sent(code: str) -> None:
    till = tethered(False)
    till.tunnel = False
    till.send(SerialFramer().frame(build(message(TransactionType.SIGN_IN, {}))))
    assert till.wait().text(tags.RESULT) == "L22"
    till.bench.carry(till.bench.terminal.handle(Received("register", _late(code)), till.bench.now))
    assert till.bench.terminal.idle


def _late(code: str) -> bytes:
    return SerialFramer().frame(build(message(TransactionType.DATA_SEND, {tags.RESULT: code})))
