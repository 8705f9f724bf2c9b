"""The review of applications (进件): stages with their promised times, teams that are waited for, the decision.

    draft -> submitted -> in_review (documents -> risk -> bank_approval) -> approved -> dispatch (`handover`)
                             |             ^
                             +-> incomplete + supply         in_review -> rejected -> resubmit -> in_review
    draft, in_review, incomplete, rejected -> withdrawn

Every application has its own time: one that is held back does not hold back the later ones.  A team with a backlog
does (`teams`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .. import behaviours
from ..asks import Args, bad_argument, items_of, text_of
from ..books.applications import Application
from ..state import State
from ..turn import Turn
from . import companies, handover, teams
from .applications import OPEN, UNDECIDED, change, create, find, more_items, particulars, wrong_state


def submit(turn: Turn, args: Args) -> Application:
    """A new application; its review starts at once, or when the team comes to it.  Raises Refused."""
    items = items_of(turn, args, "items", turn.settings.required_items)
    application = create(turn, args, "submitted", particulars(turn, args), items)
    begin_review(turn, application, "apply")
    return application


def begin_review(turn: Turn, application: Application, why: str) -> None:
    """The whole review is before it."""
    stages = turn.settings.stages
    waits = teams.enter(turn, "review", application.number)
    change(
        turn,
        application,
        why,
        state="in_review",
        stage=0,
        missing=[],
        disputed=[],
        reason="",
        decided_us=None,
        due_us=None if waits else turn.now + stages[0].promised_us,
        promised_us=turn.now + sum(stage.promised_us for stage in stages),
    )


def _due_us(state: State, application: Application) -> int | None:
    """When the current stage ends by itself; None while the application waits for somebody."""
    return behaviours.held_until(state, application) if application.state == "in_review" else None


def next_due_us(state: State) -> int | None:
    """The next time at which a stage ends or a team takes somebody up."""
    times = [_due_us(state, application) for application in state.applications.values()]
    return min((time for time in (*times, teams.next_due_us(state)) if time is not None), default=None)


def advance(turn: Turn) -> None:
    """Everything whose time has come: teams take up whose turn it is, stages end."""
    for team, taken_up in TAKEN_UP.items():
        for number, at_us in teams.take_due(turn, team):
            if number:
                taken_up(turn, turn.state.applications[number], at_us)
    for application in turn.state.applications.values():
        due = _due_us(turn.state, application)
        while due is not None and due <= turn.now:
            _end_stage(turn, application, due)
            due = _due_us(turn.state, application)


def _review_taken_up(turn: Turn, application: Application, at_us: int) -> None:
    change(turn, application, "taken", due_us=at_us + turn.settings.stages[application.stage].promised_us)


def _activation_taken_up(turn: Turn, application: Application, at_us: int) -> None:
    change(turn, application, "taken", cleared=True)


TAKEN_UP: Mapping[str, Callable[[Turn, Application, int], None]] = {
    "review": _review_taken_up,
    "dispatch": handover.dispatched,
    "activation": _activation_taken_up,
}
"""By team: what happens to an application whose turn has come."""


def _end_stage(turn: Turn, application: Application, ended_us: int) -> None:
    """The stage ended at `ended_us`, which may be long ago when the clock was advanced; the next one counts from
    there.
    """
    stages = turn.settings.stages
    missing = [item for item in turn.settings.required_items if item not in application.items]
    if missing:
        change(turn, application, "items_missing", state="incomplete", missing=missing)
        return
    disputed = companies.disputed(turn, application.merchant)
    if disputed:
        values = {
            "reason": f"{companies.DISAGREES.zh} ({companies.DISAGREES.en})",
            "disputed": disputed,
            "decided_us": ended_us,
        }
        change(turn, application, "registry", state="rejected", **values)
        return
    if application.stage + 1 < len(stages):
        stage = application.stage + 1
        change(turn, application, "stage", stage=stage, due_us=ended_us + stages[stage].promised_us)
        turn.changed("review_stage", application.number, stages[stage - 1].name, stages[stage].name, "stage_done")
        return
    handover.approve(turn, application, ended_us)


def review(turn: Turn, args: Args) -> Application:
    """A reviewer decides at once: `{application, decision: approve | reject | incomplete, reason, items}`. Raises
    Refused.
    """
    application = find(turn, args)
    if application.state not in UNDECIDED:
        raise wrong_state(application)
    decision = text_of(turn, args, "decision")
    reason = text_of(turn, args, "reason", "")
    teams.drop(turn, application.number)
    if decision == "approve":
        handover.approve(turn, application, turn.now)
    elif decision == "reject":
        change(turn, application, "rejected", state="rejected", missing=[], reason=reason, decided_us=turn.now)
    elif decision == "incomplete":
        missing = items_of(turn, args, "items", turn.settings.required_items)
        kept = [item for item in application.items if item not in missing]
        change(turn, application, "items_missing", state="incomplete", missing=missing, items=kept, reason=reason)
    else:
        raise bad_argument("decision", "应为 approve、reject 或 incomplete", "must be approve, reject or incomplete")
    return application


def supply(turn: Turn, args: Args) -> Application:
    """The merchant hands in items; once nothing is missing the review goes on where it stopped.  Raises Refused."""
    application = find(turn, args)
    if application.state not in UNDECIDED:
        raise wrong_state(application)
    items = more_items(turn, application, args)
    missing = [item for item in application.missing if item not in items]
    values: dict[str, object] = {"items": items, "missing": missing}
    if application.state == "incomplete" and not missing:
        stages = turn.settings.stages[application.stage :]
        values |= {"state": "in_review", "reason": "", "due_us": turn.now + stages[0].promised_us}
        values["promised_us"] = turn.now + sum(stage.promised_us for stage in stages)
    change(turn, application, "supplied", **values)
    return application


def resubmit(turn: Turn, args: Args) -> Application:
    """`{application, items, merchant}`: a rejected application goes through the whole review again, with more items
    and corrected particulars.  Raises Refused.
    """
    application = find(turn, args)
    if application.state != "rejected":
        raise wrong_state(application)
    merchant = {**application.merchant, **particulars(turn, args, need_name=False)}
    change(turn, application, "resubmitted", items=more_items(turn, application, args), merchant=merchant)
    begin_review(turn, application, "resubmitted")
    return application


def withdraw(turn: Turn, args: Args) -> Application:
    """The merchant gives up.  Raises Refused once it is approved."""
    application = find(turn, args)
    if application.state not in OPEN | {"rejected"}:
        raise wrong_state(application)
    teams.drop(turn, application.number)
    change(turn, application, "withdrawn", state="withdrawn", missing=[], disputed=[], decided_us=turn.now)
    return application


def position(turn: Turn, application: Application) -> int | None:
    """How many undecided applications came before it; None once it is decided."""
    if application.state != "in_review":
        return None
    before = [a for a in turn.state.applications.values() if a.number < application.number]
    return sum(a.state == "in_review" for a in before)
