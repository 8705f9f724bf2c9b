"""What is asked of a terminal that nobody knows, in which order, and which answers prove something."""

from __future__ import annotations

import pytest

from harness.driver.operations import OPERATIONS
from harness.driver.probing import ATTEMPTS_MAX, acknowledges, attempts, protocols_probed, proves
from harness.driver.speakers import PROBES, operations_of
from protocols.registers import REGISTER_PROTOCOLS


def test_every_protocol_that_the_driver_speaks_can_be_found_by_an_operation_that_it_has() -> None:
    for name in protocols_probed():
        assert PROBES[name] in operations_of(name), name
    assert protocols_probed()[0] == "mispos-b"


def test_nothing_that_is_asked_books_or_destroys() -> None:
    assert set(PROBES.values()) <= {"last", "status", "identify"}
    for op in PROBES.values():
        assert not OPERATIONS[op].books and not OPERATIONS[op].destructive


def test_each_protocol_is_asked_at_its_usual_rate_before_any_is_asked_at_another() -> None:
    names = protocols_probed()
    asked = [(one.protocol, one.baud) for one in attempts(names, tcp=False)]
    assert asked[: len(names)] == [(name, REGISTER_PROTOCOLS[name].baudrates[0]) for name in names]
    assert len(set(asked)) == len(asked) <= ATTEMPTS_MAX
    assert {rate for name, rate in asked if name == "mispos-b"} == set(REGISTER_PROTOCOLS["mispos-b"].baudrates)


def test_what_is_known_is_not_tried_out() -> None:
    assert [one.line for one in attempts(("mispos-b",), tcp=False, baud=19_200, bits="7E1")] == ["19200-7E1"]
    assert [one.line for one in attempts(("mispos-b",), tcp=True)] == [""]


@pytest.mark.parametrize(
    ("status", "cause", "found"),
    [
        ("done", None, True),
        ("refused", "busy", True),
        ("declined", "f39_77", True),
        ("unknown", "register_timeout", False),
        ("no_answer", "register_timeout", False),  # as Concert says it: nothing was sent
        ("refused", "not_in_protocol", False),
    ],
)
def test_any_answer_proves_the_protocol_and_silence_does_not(status: str, cause: str | None, found: bool) -> None:
    outcome = {"status": status, "cause": cause}
    assert proves(outcome, b"\x06\x02") is found
    assert not proves(None, b"\x06")
    assert not proves(outcome, b"\x15\x15"), "NAK is said to whatever cannot be read"


def test_acknowledgements_alone_are_told_from_silence_and_from_noise() -> None:
    assert acknowledges(b"\x06") and acknowledges(b"\x15\x15\x15")
    assert not acknowledges(b"") and not acknowledges(b"\x06\x02") and not acknowledges(b"\x86")
