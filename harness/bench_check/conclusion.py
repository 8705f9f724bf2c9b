"""The whole: did the terminal pass, what is wrong with it, who must act, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from protocols.text import Text

from .causes import CAUSES_MAX, Group, NamedCause, action_of, causes_of, diagnosis_of, groups_of, outside_of
from .checks.routing import still_to_do
from .faults import FAULTS
from .faults.told import told_cause
from .model import Actor, Check, Finding
from .next_tests import next_test_of
from .reader.words import filled
from .rows import ROW_ACTORS, of_the_record
from .visit import Visit

__all__ = ["Conclusion", "NamedCause", "Whole", "conclude", "status_of", "whole_of"]

Whole = Literal["passed", "failed", "incomplete"]
IN_DOUBT = frozenset(("begun", "sold", "unknown"))
"""States of the test sale in which money may have moved and was not taken back."""
TEST_FAULTS = frozenset(("void_failed", "sale_in_doubt", "void_in_doubt"))
"""Faults that say so of the test sale."""
DOUBT_FAULTS = TEST_FAULTS | {"pending_reversal", "unresolved_payment", "books_differ"}
"""Faults that say so of any payment."""

HAND_OVER = Text("把终端交还商户，双方在检查单上签字", "Hand the terminal back and have both sign the record")
COMPLETE = Text("再检测一次，补上还缺的：{titles}", "Run the check again and supply what is still missing: {titles}")
TITLES_MAX = 4
"""Titles in the one sentence about what is missing; `missing` has them all."""
FURTHER = Text("{titles} 等 {count} 项", "{titles} and others, {count} in all")
MISSING = Text("{title}：{why}", "{title}: {why}")
NOT_LOOKED_AT = Text("没有检查", "was not looked at")
MONEY_FIRST = Text(
    "先查清这笔钱，不要重做：检测消费 {yuan} 元（流水号 {stan}）可能还没有退回",
    "Clear up this money first and do not sell again: the test sale of {yuan} yuan (trace number {stan}) may still be "
    "booked",
)
MONEY_OPEN = Text(
    "先查清这笔钱，不要重做：{cause}",
    "Clear up this money first and do not sell again: {cause}",
)
NO_STAN = Text("未知", "not known")
NOT_JUDGED = Text(
    "终端本身还没有判断：先排除电脑、线缆或读卡器的问题，再检测一次",
    "The terminal itself was not judged: put right the computer, cable or reader first, then check again",
)
PARTLY_JUDGED = Text(
    "终端只判断了一部分：先排除电脑、线缆或读卡器的问题，再检测一次",
    "The terminal was judged only in part: put right the computer, cable or reader first, then check again",
)


@dataclass(frozen=True, slots=True)
class Conclusion:
    """`causes`: what is put right first on top.  `tied`: so many of them, from the first on, cannot be told apart (0:
    the first stands alone); `next_test` would tell them apart.

    `warnings` are said before everything else: money in doubt, a terminal that was not judged.  `missing`: of an
    incomplete whole, each required check that was not made, and why.  `next`: the one thing to do now, and by whom.
    """

    whole: Whole
    status: int
    causes: tuple[NamedCause, ...] = ()
    tied: int = 0
    next_test: Text | None = None
    next: Text | None = None
    actor: Actor | None = None
    warnings: tuple[Text, ...] = ()
    missing: tuple[Text, ...] = ()


def whole_of(checks: Sequence[Check], findings: Sequence[Finding]) -> Whole:
    """Passed, failed or incomplete.  Nothing speaks against a terminal of which only the record lacks something."""
    if any(finding.verdict == "fail" and not of_the_record(FAULTS[finding.fault]) for finding in findings):
        return "failed"
    by_id = {finding.check: finding for finding in findings}
    return "incomplete" if any(_missing(check, by_id) for check in checks) else "passed"


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
    status = status_of(whole, findings)
    money = _money_first(visit, findings)
    if whole == "passed":
        return Conclusion(whole, status, next=HAND_OVER, actor="technician", warnings=money)
    if whole == "incomplete":
        by_id = {finding.check: finding for finding in findings}
        open_ = [check for check in checks if _missing(check, by_id)]
        missing = tuple(filled(MISSING, title=check.title, why=_why(by_id.get(check.id))) for check in open_)
        todo = filled(COMPLETE, titles=_titles(open_))
        return Conclusion(whole, status, next=todo, actor="technician", warnings=money, missing=missing)
    return _failed(visit, checks, findings, Conclusion(whole, status, warnings=money))


def _failed(visit: Visit, checks: Sequence[Check], findings: Sequence[Finding], base: Conclusion) -> Conclusion:
    unplaced = all(_bench(one) for one in findings if one.verdict == "fail")
    diagnosis = None if unplaced else diagnosis_of(visit.events)
    groups = groups_of(findings, checks, diagnosis)
    first = groups[0]
    causes = [cause for group in groups for cause in causes_of(group, diagnosis)] + outside_of(diagnosis)
    tied = len(first.rows) if len(first.rows) > 1 else 0
    todo, actor = _first_step(first, causes[0])
    return Conclusion(
        *(base.whole, base.status, tuple(causes[:CAUSES_MAX]), tied, next_test_of(first.rows), todo, actor),
        warnings=base.warnings + _unjudged(groups, findings, checks),
    )


def _first_step(group: Group, cause: NamedCause) -> tuple[Text, Actor]:
    """A fault's own action is about what was found; a row's is about all that it may mean."""
    if group.fault is None:
        return cause.action, ROW_ACTORS[group.rows[0]]
    return action_of(group), group.fault.actor


def _unjudged(groups: Sequence[Group], findings: Sequence[Finding], checks: Sequence[Check]) -> tuple[Text, ...]:
    if not any(group.stage == "bench" for group in groups):
        return ()
    own = {check.id for check in checks if check.group == "bench"}
    judged = [one for one in findings if one.check not in own and one.verdict != "not_possible"]
    return (PARTLY_JUDGED if any(one.verdict == "pass" or not _bench(one) for one in judged) else NOT_JUDGED,)


def _bench(finding: Finding) -> bool:
    return FAULTS[finding.fault].blame == "bench"


def _money_first(visit: Visit, findings: Sequence[Finding]) -> tuple[Text, ...]:
    """What is said before anything else, because a repeated payment cannot be unsaid."""
    warnings = []
    sale = visit.facts.get("test_sale")
    said = any(one.fault in TEST_FAULTS for one in findings)
    if isinstance(sale, Mapping) and sale.get("state") in IN_DOUBT and not said:
        yuan = f"{int(sale.get('amount_fen') or 0) / 100:.2f}"
        warnings.append(filled(MONEY_FIRST, yuan=yuan, stan=sale.get("stan") or NO_STAN))
    for one in findings:
        if one.verdict == "fail" and one.fault in DOUBT_FAULTS:
            warnings.append(filled(MONEY_OPEN, cause=told_cause(one)))
    to_do = still_to_do(visit)
    return (*warnings, to_do) if to_do is not None else tuple(warnings)


def _missing(check: Check, by_id: Mapping[str, Finding]) -> bool:
    found = by_id.get(check.id)
    return check.required and (found is None or found.verdict != "pass")


def _why(finding: Finding | None) -> Text:
    return finding.found if finding is not None else NOT_LOOKED_AT


def _titles(checks: Sequence[Check]) -> Text:
    some = checks[:TITLES_MAX]
    titles = Text("、".join(one.title.zh for one in some), ", ".join(one.title.en for one in some))
    return titles if len(checks) <= TITLES_MAX else filled(FURTHER, titles=titles, count=len(checks))
