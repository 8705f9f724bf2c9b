"""Arguments that no protocol can carry are refused before a frame leaves, in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from harness.console.driving.orders import typed
from harness.console.failing import UsageProblem
from harness.driver.driver import Driver
from harness.driver.settings import DriverSettings
from harness.driver.speakers import SPEAKERS, operations_of
from harness.machine import Answer, Ask, Send

WRONG: list[tuple[str, dict[str, Any]]] = [
    ("void", {"stan": "abc"}),
    ("void", {"stan": "1234560045"}),  # cut to its last digits it would be another payment
    ("void", {"stan": "-1"}),
    ("refund", {"amount_fen": 5_00, "date": "1322"}),
    ("refund", {"amount_fen": 5_00, "rrn": "1234567890123"}),
    ("sale", {"amount_fen": 5_00, "order": "一二"}),
    ("sale", {"amount_fen": 5_00, "order": ""}),
    ("sale", {"amount_fen": 5_00, "account": "商户"}),
]


CARRIED = [
    (protocol, op, args)
    for protocol in SPEAKERS
    for op, args in WRONG
    if op in operations_of(protocol) and set(args) <= set(operations_of(protocol)[op].names)
]


@pytest.mark.parametrize(("protocol", "op", "args"), CARRIED)
def test_a_value_that_cannot_be_carried_is_refused_and_nothing_is_sent(
    protocol: str, op: str, args: dict[str, Any]
) -> None:
    driver = Driver(DriverSettings(protocol=protocol))
    driver.start([], 0)
    effects = driver.handle(Ask("person", op, args, 1), 0)
    (answer,) = [effect for effect in effects if isinstance(effect, Answer)]
    name = next(name for name in args if name != "amount_fen")
    assert not answer.ok and name in answer.value["error"]["en"] and name in answer.value["error"]["zh"]
    assert answer.value["error"]["zh"].rpartition("：")[2] != answer.value["error"]["en"].rpartition(": ")[2]
    assert not [effect for effect in effects if isinstance(effect, Send)]


def test_all_that_is_typed_is_checked_before_the_first_operation_begins() -> None:
    with pytest.raises(UsageProblem, match="void: stan='abc': a trace number has 1 to 6 digits"):
        typed(["sale", "5.00", "void", "abc"])
