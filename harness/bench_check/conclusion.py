"""The whole: did the terminal pass, what is wrong with it, who must act, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from protocols.text import Text

from .faults import FAULTS
from .model import Actor, Check, Finding
from .visit import Visit

Whole = Literal["passed", "failed", "incomplete"]


@dataclass(frozen=True, slots=True)
class NamedCause:
    """A cause of the catalogue.  `because`: what was found that speaks for it.  `rungs`: the steps of the recovery
    ladder."""

    row: str
    title: Text
    because: tuple[Text, ...]
    actor: Actor
    action: Text
    retry: bool
    rungs: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Conclusion:
    """`causes`: the likeliest first; several of the first group when they cannot be told apart (`tied`).  `next_test`:
    what would tell them apart.  `next`: the one thing to do now, and by whom."""

    whole: Whole
    status: int
    causes: tuple[NamedCause, ...] = ()
    tied: int = 0
    next_test: Text | None = None
    next: Text | None = None
    actor: Actor | None = None


def whole_of(checks: Sequence[Check], findings: Sequence[Finding]) -> Whole:
    """Passed, failed or incomplete."""
    by_id = {finding.check: finding for finding in findings}
    if any(finding.verdict == "fail" for finding in findings):
        return "failed"
    missing = [check for check in checks if check.required and not _passed(by_id.get(check.id))]
    return "incomplete" if missing else "passed"


def status_of(whole: Whole, findings: Sequence[Finding]) -> int:
    """The exit status: 0, 1, or 3 where the first thing that failed is the bench's."""
    first = next((finding for finding in findings if finding.verdict == "fail"), None)
    if first is not None and FAULTS[first.fault].blame == "bench":
        return 3
    return 0 if whole == "passed" else 1


def conclude(visit: Visit, checks: Sequence[Check]) -> Conclusion:
    """What the findings, the cable's trace and what was seen come to."""
    findings = list(visit.findings.values())
    whole = whole_of(checks, findings)
    return Conclusion(whole, status_of(whole, findings))


def _passed(finding: Finding | None) -> bool:
    return finding is not None and finding.verdict == "pass"
