"""The order of checks, where they stop, what they need, and what is durable when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.bench_check.asking import Nobody
from harness.bench_check.model import Check, Finding, failed, not_possible, passed
from harness.bench_check.runner import run_checks
from harness.bench_check.screen import Screenful
from harness.bench_check.settings import Settings
from harness.bench_check.visit import Visit
from protocols.errors import LinkError, LocalError
from protocols.text import Text

FOUND = Text("好", "fine")
WHY, CURE = Text("坏", "broken"), Text("修", "mend it")
ENDS, GOES_ON = "unplugged", "check_broken"
"""Faults of the table: one behind which nothing can be trusted, and one that is not like that."""


class Heard(Screenful):
    """Keeps what the screen is told, in its place among what becomes durable."""

    def __init__(self, order: list[str]) -> None:
        self._order = order

    def begin(self, check: Check) -> None:
        self._order.append(f"begin {check.id}")

    def end(self, check: Check, finding: Finding) -> None:
        self._order.append(f"end {check.id}")

    def stop(self, check: Check, left: int) -> None:
        self._order.append(f"stop {check.id} {left}")


def check(id_: str, run: Callable[[Visit], Finding], needs: tuple[str, ...] = (), group: str = "bench") -> Check:
    title = Text(f"检查{id_}", f"check {id_}")
    return Check(id_, group, title, title, run, needs)


def good(id_: str, **more: Any) -> Check:
    return check(id_, lambda visit: passed(id_, FOUND), **more)


def bad(id_: str, fault: str, **more: Any) -> Check:
    return check(id_, lambda visit: failed(id_, fault, FOUND, values={"what": "x"}), **more)


def run(
    *checks: Check, settings: Settings | None = None, before: dict[str, Finding] | None = None
) -> tuple[Visit, list[str]]:
    order: list[str] = []
    screen = Heard(order)
    visit = Visit(settings or Settings(), Nobody(), screen.tell, findings=dict(before or {}))
    visit.keep = lambda kind, data: order.append(f"{kind} {data['check']}")
    run_checks(visit, checks, screen)
    return visit, order


def verdicts(visit: Visit) -> dict[str, str]:
    return {id_: found.verdict for id_, found in visit.findings.items()}


def test_each_finding_is_durable_before_it_is_shown() -> None:
    _, order = run(good("a"), good("b"))
    assert order == ["begin a", "finding a", "end a", "begin b", "finding b", "end b"]


def test_behind_a_fault_that_ends_nothing_is_made() -> None:
    visit, order = run(good("a"), bad("b", ENDS), good("c"), good("d"))
    assert order[-4:] == ["end b", "finding c", "finding d", "stop b 2"], "told once, not check by check"
    assert verdicts(visit) == {"a": "pass", "b": "fail", "c": "not_possible", "d": "not_possible"}
    assert "check b" in visit.findings["d"].found.en and "检查b" in visit.findings["d"].found.zh


def test_behind_any_other_fault_only_what_needs_it_is_left_out() -> None:
    visit, _ = run(bad("a", GOES_ON), good("b", needs=("a",)), good("c"))
    assert verdicts(visit) == {"a": "fail", "b": "not_possible", "c": "pass"}


def test_what_an_interrupted_visit_found_is_not_made_again() -> None:
    visit, order = run(bad("a", GOES_ON), good("b"), before={"a": passed("a", FOUND)})
    assert verdicts(visit) == {"a": "pass", "b": "pass"}
    assert order == ["begin b", "finding b", "end b"]


def test_an_interrupted_visit_stays_stopped_where_it_was() -> None:
    visit, _ = run(good("a"), good("b"), before={"a": failed("a", ENDS, FOUND)})
    assert verdicts(visit)["b"] == "not_possible"


@pytest.mark.parametrize(
    ("settings", "made"),
    [(Settings(only=("a",)), {"a"}), (Settings(skip=("a",)), {"b"}), (Settings(only=("look",)), {"b"})],
)
def test_only_and_skip_take_checks_and_groups(settings: Settings, made: set[str]) -> None:
    visit, _ = run(good("a"), good("b", group="look"), settings=settings)
    assert {id_ for id_, verdict in verdicts(visit).items() if verdict == "pass"} == made


def test_a_link_that_fails_within_a_check_is_the_cable() -> None:
    def run_it(visit: Visit) -> Finding:
        raise LinkError(WHY, CURE)

    visit, _ = run(check("a", run_it), good("b"))
    assert (visit.findings["a"].verdict, visit.findings["b"].verdict) == ("fail", "not_possible")


def test_an_error_of_ours_is_no_verdict_about_the_terminal() -> None:
    def run_it(visit: Visit) -> Finding:
        raise LocalError(WHY, CURE)

    visit, _ = run(check("a", run_it), good("b"))
    assert verdicts(visit) == {"a": "not_possible", "b": "pass"}
    assert visit.findings["a"].found == WHY


def test_a_bug_in_a_check_costs_that_check_alone() -> None:
    def run_it(visit: Visit) -> Finding:
        raise KeyError("boo")

    visit, _ = run(check("a", run_it), good("b"))
    assert verdicts(visit) == {"a": "fail", "b": "pass"}
    assert visit.findings["a"].fault == "check_broken"
    assert "KeyError" in visit.findings["a"].found.en


def test_not_possible_bars_nothing() -> None:
    visit, _ = run(check("a", lambda visit: not_possible("a", WHY)), good("b", needs=("a",)))
    assert verdicts(visit) == {"a": "not_possible", "b": "pass"}
