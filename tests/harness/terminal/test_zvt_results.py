"""ZVT's codes for what becomes of an operation: complete, honest, and read by the register as they were meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.terminal.outcome import CODE_CAUSES, DIAL_FAILURES, FAILURES, declined, outcome, refused
from harness.terminal.register.zvt_results import RESULT_BY_CAUSE, STATUS_BY_CAUSE, result_code, standing
from harness.terminal.texts import CAUSES
from protocols.mispos.results import LOCAL_RESULTS
from protocols.zvt.codes import RESULTS, STATUS
from protocols.zvt.commands import AUTHORISATION, INITIALISATION
from protocols.zvt.outcomes import LOCKS, VERDICTS, verdict

from .scripted import Bench, box_settings, ready_settings

LOCAL_CAUSES = sorted({result.cause for result in LOCAL_RESULTS.values()})
KNOWN = RESULTS.keys() | STATUS.keys() | set(range(1, 0x64))


@pytest.mark.parametrize("cause", sorted({*LOCAL_CAUSES, *CAUSES} - {"done"}))
def test_every_cause_has_a_code_that_people_can_look_up(cause: str) -> None:
    assert RESULT_BY_CAUSE[cause] in KNOWN


def test_causes_of_the_host_and_of_the_line_are_among_them() -> None:
    assert {*CODE_CAUSES.values(), *DIAL_FAILURES.values(), *FAILURES.values()} <= RESULT_BY_CAUSE.keys()


def test_no_code_without_a_cause() -> None:
    assert RESULT_BY_CAUSE.keys() <= {*LOCAL_CAUSES, *CAUSES}


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (0xE4, "not_activated"),
        (0x51, "not_signed_in"),
        (0xC2, "no_parameters"),
        (0xB1, "must_settle"),
        (0xE0, "update_required"),
        (0xC0, "tampered"),
        (0xDF, "suspended"),
        (0xBF, "battery_low"),
        (0xFB, "storage_fault"),
        (0xFC, "wrong_part"),
        (0x85, "no_tmk"),
        (0xB4, "already_voided"),
        (0xCC, "printer_fault"),
        (0x83, "not_supported"),
        (0x9C, "busy"),
    ],
)
def test_the_register_reads_it_as_it_was_meant(code: int, cause: str) -> None:
    """Both tables say what the specification's code means."""
    assert result_code(refused("sale", cause)) == code
    assert verdict(code, asked_host=False) == ("refused", cause)


def test_locks_are_locks_for_the_register() -> None:
    assert set(STATUS_BY_CAUSE.values()) <= LOCKS.keys()
    assert set(VERDICTS) <= KNOWN


def test_the_hosts_code_goes_out_as_a_number() -> None:
    assert result_code(declined("sale", "55")) == 0x37
    assert result_code(declined("sale", "05")) == 0x05
    assert result_code(declined("sale", "77")) == 0x51, "the session is over: initialisation required"
    assert result_code(declined("sale", "96")) == 0x60
    assert result_code(declined("sale", "A1")) == 0x05, "no number; the code itself stands in BMP A0"


def test_an_outcome_that_nobody_knows_is_no_refusal() -> None:
    assert verdict(result_code(outcome("sale", "unknown", "no_answer"))) == ("unknown", "reversal_pending")
    assert verdict(result_code(outcome("sale", "no_answer", "no_answer")))[0] == "no_answer"


def test_a_host_that_cannot_be_reached_is_7d_for_an_initialisation() -> None:
    """CCV OPM-C60: 06 1E 7D, no communication."""
    unreached = outcome("sign_in", "no_answer", "connection_refused")
    assert result_code(unreached, INITIALISATION) == 0x7D
    assert result_code(unreached, AUTHORISATION) == 0xA3


def test_where_a_terminal_stands() -> None:
    box = Bench(box_settings())
    assert standing(box.terminal.desk) == (0xE4, True)
    bench = Bench()
    assert standing(bench.terminal.desk) == (0x51, True)
    assert bench.do("sign_in")["status"] == "done"
    assert standing(bench.terminal.desk) == (0xC2, True)
    bench.get_ready()
    assert standing(bench.terminal.desk) == (0x00, False)
    bench.ask("control", "cause", behaviour="paper_out")
    assert standing(bench.terminal.desk) == (0xCC, False)
    bench.ask("control", "maintain", act="load_paper")
    bench.ask("control", "cause", behaviour="tamper")
    assert standing(bench.terminal.desk) == (0xC0, True)
    free = Bench(ready_settings(gate=False))
    assert standing(free.terminal.desk) == (0x00, False), "without its gate it lets everything out"


def test_the_page_has_the_table() -> None:
    page = (Path(__file__).parents[3] / "docs" / "zvt.md").read_text("utf-8")
    rows = {
        cause: int(cells[1], 16)
        for cells in (line.split("|") for line in page.partition("## Result codes")[2].splitlines())
        if len(cells) == 4 and len(cells[1].strip()) == 2
        for cause in cells[2].replace(" ", "").split(",")
    }
    assert rows == dict(RESULT_BY_CAUSE)
