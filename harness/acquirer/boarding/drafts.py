"""Drafts (草稿): an application that is filled in page by page, and may be left lying half-way.

A draft has the number that the application will have.  What was given is kept, also after the draft expired; then it
must be resumed before it goes on, with the same form or a shorter one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from protocols.text import Text

from ..asks import Args, Refused, Value, bad_argument, text_of
from ..books.applications import Application
from ..books.drafts import Draft
from ..turn import Turn
from . import onboarding
from .applications import change, create, find, more_items, particulars, wrong_state
from .service import DRAFT_VALID_US, FORMS, FormStep


def begin(turn: Turn, args: Args) -> Value:
    """`{form: full | short, model, sn}`: begins a draft; the answer says how many steps and things it asks for, how far
    it is, and until when it is valid.
    """
    form = _form(turn, args, "full")
    application = create(turn, args, "draft", {}, [])
    times = {"saved_us": turn.now, "expires_us": turn.now + DRAFT_VALID_US}
    turn.record("draft", application=application.number, form=form, **times)
    return shown(turn, application)


def _form(turn: Turn, args: Args, default: str) -> str:
    form = text_of(turn, args, "form", default)
    if form not in FORMS:
        raise bad_argument("form", f"可用: {', '.join(FORMS)}", f"known forms: {', '.join(FORMS)}")
    return form


def _draft(turn: Turn, args: Args) -> tuple[Application, Draft]:
    application = find(turn, args)
    if application.state != "draft":
        raise wrong_state(application)
    return application, turn.state.drafts.all[application.number]


def save_step(turn: Turn, args: Args) -> Value:
    """`{application, step, merchant, items}`: one page, with all that it asks for and was not given before.

    The last page hands the application in; then `state` is in_review.  Raises Refused.
    """
    application, draft = _draft(turn, args)
    if turn.now >= draft.expires_us:
        raise Refused("draft_expired", Text("草稿已过期，请先恢复", "the draft has expired; resume it first"))
    steps = FORMS[draft.form]
    step = text_of(turn, args, "step")
    next_step = next((name for name in steps if name not in draft.done), "")
    if step != next_step:
        raise bad_argument("step", f"下一步是 {next_step}", f"the next step is {next_step}")
    merchant = {**application.merchant, **particulars(turn, args, need_name=False)}
    items = more_items(turn, application, args)
    missing = _missing(steps[step], merchant, items)
    if any(missing.values()):
        told = ", ".join([*missing["merchant"], *missing["items"]])
        raise Refused("step_incomplete", Text(f"本步骤缺少: {told}", f"this step lacks: {told}"))
    change(turn, application, "save_step", merchant=merchant, items=items)
    turn.record("draft_changed", application=application.number, done=[*draft.done, step], saved_us=turn.now)
    turn.changed("draft_step", application.number, draft.done[-2] if len(draft.done) > 1 else "", step, "save_step")
    if len(draft.done) == len(steps):
        begin_us = {"submitted_us": turn.now}
        turn.record("application_changed", application=application.number, **begin_us)
        onboarding.begin_review(turn, application, "handed_in")
    return shown(turn, application)


def _missing(step: FormStep, merchant: Mapping[str, Any], items: list[str]) -> dict[str, list[str]]:
    """Particulars and items; a licence is both, its number and the document."""
    return {
        "merchant": [name for name in step.particulars if not merchant.get(name)],
        "items": [item for item in step.items if item not in items],
    }


def resume(turn: Turn, args: Args) -> Value:
    """`{application, form}`: go on with a draft, which is valid anew; with another form, from its beginning, and
    nothing is asked again that was given.  Raises Refused.
    """
    application, draft = _draft(turn, args)
    form = _form(turn, args, draft.form)
    done = draft.done if form == draft.form else []
    values = {"form": form, "done": list(done), "expires_us": turn.now + DRAFT_VALID_US}
    turn.record("draft_changed", application=application.number, **values)
    return shown(turn, application)


def shown(turn: Turn, application: Application) -> Value:
    """A draft as the portal shows it: its form's steps, what is asked for, how far it is, until when it is valid."""
    draft = turn.state.drafts.all[application.number]
    steps = FORMS[draft.form]
    left = [name for name in steps if name not in draft.done]
    return {
        "application": application.number,
        "state": application.state,
        "form": draft.form,
        "steps": len(steps),
        "asked": sum(step.asked for step in steps.values()),
        "steps_done": len(draft.done),
        "last_step": draft.done[-1] if draft.done else "",
        "next_step": left[0] if left else "",
        "wanted": _missing(steps[left[0]], application.merchant, application.items)
        if left
        else {"merchant": [], "items": []},
        "saved_us": turn.told(draft.saved_us),
        "expires_us": turn.told(draft.expires_us),
        "expired": application.state == "draft" and turn.now >= draft.expires_us,
    }


PORTAL: Mapping[str, Callable[[Turn, Args], Value]] = {"draft": begin, "save_step": save_step, "resume": resume}
