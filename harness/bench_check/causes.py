"""What the faults that were found and the trace come to: causes of the catalogue, the one to put right first on top.

Two witnesses are heard.  A fault that a check found names rows, the likeliest first; the trace names rows with a weight
each (`harness.diagnosis`).  A row that a fault names alone, or that the trace proves, stands.  Of the rows of a fault
that names several the trace chooses; where it cannot they are a tie.  What the trace finds merely typical counts only
for a fault that names no row itself and at which the check ended: everything that was seen is about it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from protocols.text import Text

from .faults import FAULTS
from .faults.told import told_action, told_cause
from .model import Actor, Check, Fault, Finding
from .reader.words import filled
from .rows import OUTSIDE_ACTORS, ROW_ACTORS, STAGES, Stage, stage_of, stage_of_row

if TYPE_CHECKING:
    from harness.diagnosis import Candidate, Diagnosis
    from harness.trace import Event

OWN_DOING = frozenset(("C1", "C5", "E4"))
"""Rows that the trace proves whenever an operation is asked out of turn, with nobody signed on, or of a model that
lacks it: here the checks ask, so they stand only where a fault names them."""
PROVES_IT = 3
"""`diagnosis.causes.cause.PROVES`, which is imported only where something was seen."""
BECAUSE_MAX = 4
"""Lines that speak for a cause; the record has all findings anyway."""
CAUSES_MAX = 8
"""Causes that are told; more of them only bury the one to begin with."""
SAID = Text("{title}：{found}", "{title}: {found}")


@dataclass(frozen=True, slots=True)
class NamedCause:
    """A cause, of the catalogue where it has a `row`, else ("") a fault that is none of its rows.

    `because`: what was found that speaks for it.  `rungs`: the steps of the recovery ladder.
    """

    row: str
    title: Text
    because: tuple[Text, ...]
    actor: Actor
    action: Text
    retry: bool
    rungs: tuple[Text, ...] = ()


@dataclass(slots=True)
class Group:
    """Rows of which one is the cause (none: a fault that is no row), the fault that was found, and what speaks for it.

    `stage`: when its turn comes.
    """

    stage: Stage
    rows: tuple[str, ...]
    fault: Fault | None = None
    finding: Finding | None = None
    because: list[Text] = field(default_factory=list)


def groups_of(findings: Sequence[Finding], checks: Sequence[Check], diagnosis: Diagnosis | None) -> list[Group]:
    """The faults that were found, then what the trace alone proves, in the order in which they are put right."""
    by_id = {check.id: check for check in checks}
    weighed = {one.cause.row: one for one in diagnosis.ranking} if diagnosis else {}
    found: list[Group] = []
    for finding in findings:
        if finding.verdict == "fail":
            check, fault = by_id.get(finding.check), FAULTS[finding.fault]
            rows = _chosen(fault, weighed, diagnosis)
            said = filled(SAID, title=check.title, found=finding.found) if check else finding.found
            stage = stage_of(fault, check.group if check else "bench")
            found.append(Group(stage, rows, fault, finding, [said]))
    groups = _joined(found)
    known = {row for group in groups for row in group.rows}
    if diagnosis and not any(group.stage == "bench" for group in groups):
        alone = [row for row in diagnosis.named if row not in known and row not in OWN_DOING]
        groups += [Group(stage_of_row(row), (row,)) for row in alone]
    return sorted(groups, key=lambda group: (STAGES.index(group.stage), group.fault is None))


def _chosen(fault: Fault, weighed: Mapping[str, Candidate], diagnosis: Diagnosis | None) -> tuple[str, ...]:
    """The rows of a fault that are left when the trace has been heard."""
    if fault.blame == "bench" or diagnosis is None:
        return fault.rows
    if not fault.rows:
        if not fault.ends:
            return ()
        return tuple(one.cause.row for one in diagnosis.tied if one.cause.row not in OWN_DOING)
    levels = {row: weighed[row].level for row in fault.rows if row in weighed and row not in OWN_DOING}
    best = max(levels.values(), default=0)
    own = OWN_DOING if best < PROVES_IT else frozenset()
    return tuple(row for row in fault.rows if not best or levels.get(row) == best or row in own)


def _joined(found: Sequence[Group]) -> list[Group]:
    """A tie of which one row stands already is explained by it; the same rows twice are one cause."""
    groups: list[Group] = []
    for group in sorted(found, key=lambda one: (len(one.rows) > 1, STAGES.index(one.stage))):
        same = next((one for one in groups if one.rows and set(one.rows) <= set(group.rows)), None)
        if same is None or (group.stage == "bench") != (same.stage == "bench"):
            groups.append(group)
        else:
            same.because += group.because
    return groups


def causes_of(group: Group, diagnosis: Diagnosis | None) -> list[NamedCause]:
    """The causes of a group, told apart by their rows."""
    if not group.rows:
        return [_of_fault(group)] if group.fault else []
    from harness.diagnosis import symptom_text
    from harness.diagnosis.causes import CAUSES
    from harness.diagnosis.ladder import rungs

    catalogue = {cause.row: cause for cause in CAUSES}
    seen = {one.cause.row: one.speaks_for for one in diagnosis.ranking} if diagnosis else {}
    told: list[NamedCause] = []
    for row in group.rows:
        cause = catalogue[row]
        shown = [symptom_text(one.symptom) for one in seen.get(row, ())]
        because = [cause_of(group), *group.because] if group.fault else shown
        ladder = tuple(rungs()[number] for number in cause.rungs)
        actor, action = ROW_ACTORS[row], cause.action
        if group.fault and len(group.rows) == 1:
            actor, action = group.fault.actor, action_of(group)
        retry = group.fault is not None and group.fault.retry
        told.append(NamedCause(row, cause.title, tuple(because[:BECAUSE_MAX]), actor, action, retry, ladder))
    return told


def outside_of(diagnosis: Diagnosis | None) -> list[NamedCause]:
    """What is wrong and not the terminal's: a customer's card, a worn test card."""
    from harness.diagnosis import symptom_text

    seen = [one.symptom for one in diagnosis.outside] if diagnosis else []
    return [NamedCause("", symptom_text(one), (), OUTSIDE_ACTORS[one], OUTSIDE_ACTIONS[one], False) for one in seen]


OUTSIDE_ACTIONS: Mapping[str, Text] = {
    "card_alone": Text(
        "请持卡人向发卡银行换卡；终端没有问题",
        "Ask the card's holder to have it replaced by the bank; the terminal is fine",
    ),
    "test_card_worn": Text("换一张新的测试卡，再测一次", "Take a new test card and test again"),
}


def cause_of(group: Group) -> Text:
    """What is wrong, in the words of a group's fault."""
    assert group.finding is not None
    return told_cause(group.finding)


def action_of(group: Group) -> Text:
    """What to do about a group's fault."""
    assert group.finding is not None
    return told_action(group.finding)


def diagnosis_of(events: Sequence[Event]) -> Diagnosis | None:
    """What the trace says, as the register's side saw it; None where nothing was seen at all."""
    if not events:
        return None
    from harness.diagnosis import diagnose

    return diagnose(events, "register")


def _of_fault(group: Group) -> NamedCause:
    assert group.fault is not None
    because = tuple(group.because[:BECAUSE_MAX])
    return NamedCause("", cause_of(group), because, group.fault.actor, action_of(group), group.fault.retry)
