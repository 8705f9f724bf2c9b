"""What is typed after `posrig drive`: amounts to the cent, operations with their values, mistakes that are named."""

from __future__ import annotations

import re
import shlex
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.console.drive import DriveCommand, drive_command
from harness.console.driving.orders import Typed, fen_of, operation_rows, shown_amount, typed
from harness.console.driving.place import line_of, the_port
from harness.console.driving.session import LEFT
from harness.console.driving.texts import NEXT, STATUSES
from harness.console.failing import UsageProblem
from harness.driver.operations import OPERATIONS
from harness.links.port_info import PortInfo
from protocols.errors import LinkError, LocalError


@pytest.mark.parametrize(
    ("text", "fen"),
    [("12.34", 1234), ("12", 1200), ("12.3", 1230), ("0.01", 1), ("0", 0), ("9999999999.99", 10**12 - 1)],
)
def test_an_amount_is_exact(text: str, fen: int) -> None:
    assert fen_of(text) == fen


@pytest.mark.parametrize(
    "text", ["", "12,34", "1,234.00", "12.345", "-1", "+1", ".5", "12.", "1e3", "１２", "10000000000", "0x10", "1 2"]
)
def test_what_is_no_amount_is_refused_and_not_guessed(text: str) -> None:
    with pytest.raises(UsageProblem, match=r"write it as 12\.34"):
        fen_of(text)


@given(st.integers(0, 10**12 - 1))
def test_an_amount_comes_back_as_it_is_shown(fen: int) -> None:
    assert fen_of(shown_amount(fen)) == fen
    assert Decimal(shown_amount(fen)) * 100 == fen


def test_operations_follow_each_other_with_their_values() -> None:
    words = "sign-in sale 12.34 order=A17 channel=counter completion 000031 5.00 settle"
    found = typed(words.split())
    assert found == [
        Typed("sign_in"),
        Typed("sale", {"amount_fen": 1234, "order": "A17", "channel": "counter"}),
        Typed("completion", {"stan": "000031", "amount_fen": 500}),
        Typed("settle"),
    ]
    assert [one.shown for one in found] == [
        "sign-in",
        "sale 12.34 order=A17 channel=counter",
        "completion 000031 5.00",
        "settle",
    ]


def test_an_amount_may_be_written_in_four_ways() -> None:
    same = [Typed("sale", {"amount_fen": 1234})]
    assert typed(["sale", "12.34"]) == typed(["sale", "amount=12.34"]) == typed(["sale", "amount_fen=1234"]) == same
    assert typed(["sale"], {"amount_fen": 1234}) == same


def test_a_name_may_have_the_underscore_that_it_has_elsewhere() -> None:
    assert typed(["self_test", "load_keys"]) == typed(["self-test", "load-keys"])


def test_the_option_goes_to_each_operation_that_must_have_one_and_overrides_none() -> None:
    found = typed(["sign-in", "sale", "sale", "2.00"], {"amount_fen": 100})
    assert [one.args for one in found] == [{}, {"amount_fen": 100}, {"amount_fen": 200}]
    with pytest.raises(UsageProblem, match="--amount"):
        typed(["settle"], {"amount_fen": 100})


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("slae 1", "the nearest is sale"),
        ("qqqq", "there are: identify"),
        ("12.34", "begin with an operation"),
        ("sale", "sale needs AMOUNT"),
        ("completion 000031", "completion needs AMOUNT"),
        ("sale 1 2", "'2' after sale"),
        ("sale 1 amount=2", "given twice"),
        ("sale 1 colour=red", "no argument 'colour'"),
        ("sale amount_fen=1.5", "whole number"),
        ("settle now", "there is no operation 'now'"),
        ("sale abc", "'abc' is no amount"),
    ],
)
def test_a_mistake_is_named(words: str, told: str) -> None:
    with pytest.raises(UsageProblem) as raised:
        typed(words.split())
    assert told in raised.value.what.en


def test_every_operation_can_be_typed_as_help_shows_it() -> None:
    values = {"AMOUNT": "1.00", "TRACE-NUMBER": "000030", "HOST:PORT": "10.0.0.1:8583"}
    for row, _ in operation_rows():
        words = [values.get(word, word) for word in row.split()]
        (one,) = typed(words)
        assert OPERATIONS[one.op].takes.wrong(one.args) is None


def test_every_way_to_end_has_its_words_and_what_to_do() -> None:
    assert set(STATUSES) == {"done", "refused", "declined", "cancelled", "no_answer", "unknown"}
    assert set(NEXT) == set(STATUSES) - {"done"}
    assert LEFT


@given(st.lists(st.text(max_size=12), max_size=6))
def test_whatever_is_typed_is_understood_or_refused(words: list[str]) -> None:
    try:
        found = typed(words)
    except UsageProblem:
        return
    assert all(OPERATIONS[one.op].takes.wrong(one.args) is None for one in found)


@pytest.mark.parametrize(
    ("given", "baud", "bits"),
    [
        ((), None, ""),
        (("115200",), 115_200, ""),
        (("7E1",), None, "7E1"),
        (("9600-8N2",), 9600, "8N2"),
        (("19200", "7e1"), 19_200, "7E1"),
        (("19200-7E1", "7E1"), 19_200, "7E1"),
        (("8N1-rtscts",), None, "8N1-rtscts"),
    ],
)
def test_rate_and_format_may_be_given_apart_or_together(given: tuple[str, ...], baud: int | None, bits: str) -> None:
    assert line_of(*given) == (baud, bits)


@pytest.mark.parametrize("given", [("9N1",), ("fast",), ("10",), ("9600", "115200-8N1"), ("8N1", "9600-7E1"), ("8X1",)])
def test_a_line_that_is_none_or_two_is_refused(given: tuple[str, ...]) -> None:
    with pytest.raises(LocalError):
        line_of(*given)


def port(name: str, **more: object) -> PortInfo:
    return PortInfo(name, **more)  # type: ignore[arg-type]  # whatever a test says


def test_the_only_port_needs_no_name() -> None:
    usb = port("/dev/ttyUSB0", vid=0x1A86, pid=0x7523, place="1-2")
    assert the_port(lambda: [port("/dev/ttyS0"), usb]) == "/dev/ttyUSB0", "an adapter comes before the board's own"
    assert the_port(lambda: [port("/dev/ttyS0"), port("/dev/ttyS1", phantom=True)]) == "/dev/ttyS0"


@pytest.mark.parametrize(
    ("ports", "told"),
    [
        ([], "there is no serial port"),
        ([port("/dev/ttyS1", phantom=True)], "there is no serial port"),
        ([port("/dev/ttyUSB0", vid=1, pid=2), port("/dev/ttyUSB1", vid=1, pid=2)], "there are 2 serial ports"),
    ],
)
def test_none_and_several_are_told_with_what_to_do(ports: list[PortInfo], told: str) -> None:
    with pytest.raises(LinkError) as raised:
        the_port(lambda: ports)
    assert told in raised.value.what.en and "--port" in raised.value.cure.en


PAGE = (Path(__file__).parents[3] / "docs" / "drive.md").read_text(encoding="utf-8")
COMMANDS = [*re.findall(r"^    (posrig drive .*)$", PAGE, re.MULTILINE), *cast(DriveCommand, drive_command).examples]


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith("posrig drive")])
def test_every_example_is_understood_as_it_is_printed(line: str) -> None:
    words = shlex.split(line, comments=True)[2:]
    context = drive_command.make_context("drive", words)
    found = typed(context.params["words"])
    assert found or words == []
    assert all(OPERATIONS[one.op].takes.wrong(one.args) is None for one in found)


def test_the_page_has_every_operation_as_it_is_typed() -> None:
    table = set(re.findall(r"`([^`\n]+)`", PAGE))
    assert {row for row, _ in operation_rows()} <= table
