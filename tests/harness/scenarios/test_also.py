"""A scenario with two causes says so, and both must be proved."""

from __future__ import annotations

import pytest

from harness.console.opening import opener
from harness.scenarios.load import load_scenario
from harness.scenarios.model import Case, Scenario
from harness.scenarios.run import run_scenario


def together(also: tuple[str, ...]) -> Scenario:
    """The merchant pauses the service, and before that a reply was lost on the line."""
    lost, paused = load_scenario("F5"), load_scenario("H7")
    (reply,) = [case for case in lost.case if case.name == "reply-lost"]
    first = paused.case[0]
    case = Case(name="both", title=first.title, step=(*reply.step, *reply.remedy, *first.step), remedy=first.remedy)
    return lost.model_copy(update={"id": "BOTH", "diagnosis": "H7", "also": also, "case": (case,)})


def test_both_are_named() -> None:
    result = run_scenario(together(("F5",)), opener("simulated"), 2)
    assert result.failures == ()
    assert result.diagnosis == result.expected


@pytest.mark.parametrize("also", ["A4", "G5"])
def test_a_cause_that_is_not_there_is_missed(also: str) -> None:
    result = run_scenario(together((also,)), opener("simulated"), 2)
    assert not result.ok
    assert any(f"expected H7 + {also}" in failure.en for failure in result.failures)
