"""The whole diagnosis at real terminals: two faults at once, money first, the bench before the terminal.

Expected: the rows of the failure catalogue, in the order in which they are put right (bench, safety, cable, device,
network, activation, provider, money).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .situations import START_S, VISIT_S, Counter, all_well, counter, no_paper, pending_reversal, suspended

pytestmark = pytest.mark.timeout(VISIT_S + 2 * START_S)


def visit(prepare: Callable[[Counter], None], folder: Path, *more: str, lang: str = "en") -> dict[str, Any]:
    with counter(folder) as at:
        prepare(at)
        status, record, said = at.check(lang, *more)
    conclusion: dict[str, Any] = record["conclusion"]
    assert conclusion["status"] == status
    assert conclusion["next"] is not None, said
    return conclusion


def rows(conclusion: dict[str, Any]) -> list[str]:
    return [cause["row"] for cause in conclusion["causes"]]


def no_paper_and_suspended(at: Counter) -> None:
    suspended(at)
    at.terminal_ctl("cause", "behaviour=paper_out")


def test_paper_is_loaded_before_the_provider_is_called(tmp_path: Path) -> None:
    found = visit(no_paper_and_suspended, tmp_path)
    assert rows(found)[0] == "D2"
    assert rows(found)[1].startswith(("A", "G", "H"))
    assert found["actor"] == "merchant"


def tampered_and_no_paper(at: Counter) -> None:
    no_paper(at)
    at.terminal_ctl("cause", "behaviour=tamper")


def test_an_opened_terminal_is_not_worked_at(tmp_path: Path) -> None:
    found = visit(tampered_and_no_paper, tmp_path)
    assert set(rows(found)[:2]) == {"C3", "D13"}
    assert found["tied"] == 2
    assert found["next_test"] is not None
    assert found["actor"] == "repair_shop"
    assert not found["causes"][0]["retry"]


def doubt_and_no_paper(at: Counter) -> None:
    pending_reversal(at)
    at.terminal_ctl("cause", "behaviour=paper_out")


def test_money_in_doubt_is_said_before_the_paper(tmp_path: Path) -> None:
    found = visit(doubt_and_no_paper, tmp_path)
    assert "D2" in rows(found)
    assert "do not sell again" in found["warnings"][0]["en"]


def noise_and_no_paper(at: Counter) -> None:
    at.start_terminal("--ready", "--cable", "9600,noise_ppm=2000", "--fault", "paper_out")


def test_a_cable_that_damages_data_leaves_the_terminal_unjudged(tmp_path: Path) -> None:
    found = visit(noise_and_no_paper, tmp_path)
    assert (rows(found), found["status"]) == (["D9"], 3)
    assert "not judged" in found["warnings"][0]["en"]


def test_what_was_not_looked_at_is_missing_and_no_cause(tmp_path: Path) -> None:
    found = visit(all_well, tmp_path, "--skip", "electrical")
    assert (found["whole"], found["status"], found["causes"]) == ("incomplete", 1, [])
    assert [one["en"].partition(":")[0] for one in found["missing"]] == ["electrical safety"]
