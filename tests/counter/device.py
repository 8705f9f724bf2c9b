"""The checks of the device at terminals that only a cable leads to, and the technician's own reader behind a real
pcscd.

Some seconds; `python -m pytest tests/counter/device.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from harness.bench.fleet import RegisterSpec
from harness.bench.standing import USUAL, StandingTerminal
from harness.bench.virtual_reader import VirtualReader
from harness.bench_check.asking import AnswerFile, GoodFaith, Nobody
from harness.bench_check.checks import CHECKS
from harness.bench_check.faults import FAULTS
from harness.bench_check.model import Finding
from harness.bench_check.runner import run_checks
from harness.bench_check.screen import Screenful
from harness.bench_check.settings import Settings
from harness.bench_check.visit import Visit

pytestmark = [pytest.mark.timeout(120)]


@contextmanager
def terminal(protocol: str, *faults: str, **start: Any) -> Iterator[Visit]:
    """A terminal at a cable, and a visit to it at which nobody answers."""
    at = replace(USUAL, serial="", tcp="127.0.0.1:0", register=RegisterSpec(protocol, "tcp"), faults=faults, **start)
    with StandingTerminal(at) as one:
        facts = {"port": one.port, "protocol": protocol, "line": "", "transport": "tcp"}
        visit = Visit(Settings(with_reader=False), Nobody(), lambda text: None, facts)
        with visit.stack:
            yield visit


def found(visit: Visit, *ids: str) -> dict[str, str]:
    run_checks(visit, [check for check in CHECKS if check.id in ids], Screenful())
    return {name: one.fault or one.verdict for name, one in visit.findings.items()}


@pytest.mark.parametrize("protocol", ["mispos-b", "mispos-a", "zvt"])
def test_a_tampered_terminal_is_told_by_its_refusal_to_sign_in(protocol: str) -> None:
    with terminal(protocol, "tamper") as visit:
        assert found(visit, "part.tamper") == {"part.tamper": "tampered"}
    assert FAULTS["tampered"].retry is False


@pytest.mark.parametrize("protocol", ["mispos-b", "mispos-a", "zvt", "transbank"])
def test_whoever_signs_in_was_not_opened(protocol: str) -> None:
    with terminal(protocol) as visit:
        assert found(visit, "part.tamper") == {"part.tamper": "pass"}


@pytest.mark.parametrize(
    ("fault", "check", "expected"),
    [
        ("paper_out", "part.printer", "printer_stopped"),
        ("part_failed:part=chip_reader", "part.readers", "chip_reader_broken"),
        ("part_failed:part=clock", "clock", "clock_broken"),
    ],
)
def test_what_a_zvt_terminal_tells_of_a_part_is_asked_of_nobody(fault: str, check: str, expected: str) -> None:
    with terminal("zvt", fault) as visit:
        assert found(visit, check) == {check: expected}


@pytest.mark.parametrize(("protocol", "expected"), [("zvt", "batch_full"), ("mispos-b", "not_possible")])
def test_a_full_batch_shows_where_the_protocol_has_a_status_for_it(protocol: str, expected: str) -> None:
    with terminal(protocol, ready=False, at="must_settle") as visit:
        assert found(visit, "batch") == {"batch": expected}


@pytest.mark.parametrize(
    ("answers", "card", "expected"),
    [
        ({"reader.balance": ["yes"]}, "debit", "pass"),
        ({"reader.balance": ["no"]}, "debit", "not_possible"),
        ({"reader.balance": ["no"], "reader.test": ["mute"]}, "debit", "reader_mute"),
    ],
)
def test_a_balance_is_asked_where_somebody_agrees(
    answers: Mapping[str, Sequence[str]], card: str, expected: str
) -> None:
    with terminal("mispos-b", card=card) as visit:
        visit.asker = AnswerFile(answers, "answers.toml", Nobody())
        assert found(visit, "reader_terminal") == {"reader_terminal": expected}
        moved = [event for event in visit.events if event.kind == "message" and event.data.get("kind") == "sale"]
        assert moved == []


def test_in_good_faith_everything_that_people_look_at_is_good() -> None:
    with terminal("mispos-b") as visit:
        visit.asker = GoodFaith(Nobody())
        verdicts = found(visit, "visual", *(check.id for check in CHECKS if check.group == "device"))
    assert {name for name, what in verdicts.items() if what != "pass"} == {"reader_here", "clock"}


# the technician's own reader


def own(**settings: Any) -> Finding:
    visit = Visit(Settings(**settings), Nobody(), lambda text: None)
    run_checks(visit, [check for check in CHECKS if check.id == "reader_here"], Screenful())
    return visit.findings["reader_here"]


def test_the_technician_s_own_reader_reads_the_test_card(posrig_reader: VirtualReader) -> None:
    assert own().verdict == "not_possible"  # nothing is in it
    posrig_reader.insert("debit")
    finding = own()
    assert finding.verdict == "pass"
    figures = {figure.id: figure for figure in finding.figures}
    assert figures["reader_errors"].value == 0 and figures["reader_p95"].value > 0


def test_a_mute_card_is_the_bench_s_own_fault(posrig_reader: VirtualReader) -> None:
    posrig_reader.cause("mute")
    posrig_reader.insert("debit")
    finding = own()
    assert finding.fault == "own_reader_mute" and FAULTS[finding.fault].blame == "bench"


def test_a_reader_that_was_named_and_is_not_there_fails(posrig_reader: VirtualReader) -> None:
    assert own(reader="no such reader").fault == "own_reader_missing"
