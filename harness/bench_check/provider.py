"""Where a terminal stands by what its provider has on record: the portal's answers as steps of the ladder.  Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from protocols.text import Text

from .faults.answers import BY_STATE
from .faults.holds import BY_HOLD
from .ladder import CASE, DASH, Ladder, Obstacle, items_text, minutes_text, plain, stage_text
from .reader.words import filled

IN_TIME = Text("还在承诺时间内", "still within what was promised")
BY = Text("承诺 {time}内有结果", "promised within {time}")
LATE = Text("已超过承诺时间，请催办", "past what was promised: urge them")


def climb_by_portal(ladder: Ladder, status: Mapping[str, Any]) -> None:
    """What the portal's status query says of the serial number or the merchant."""
    if status.get("cause") in ("sn_unknown", "merchant_unknown"):
        if ladder.steps["signed_in"] != "done":
            ladder.lack(Obstacle("no_application", "activated"))
        return
    if status.get("cause"):
        return
    state = str(status.get("status") or "")
    if state in ("lost", "stolen"):
        ladder.lack(Obstacle(BY_STATE[state], "released"))
        return
    parcel = _table(status, "parcel")
    if parcel.get("state") == "damaged":
        ladder.lack(Obstacle("arrived_damaged", "self_tested"))
    terminals = _rows(status, "terminals")
    for terminal in terminals:
        _climb_by_terminal(ladder, terminal)
    update = _table(status, "update")
    if update.get("required"):
        fault = "vulnerable_software" if update.get("why") == "vulnerable" else "old_software"
        ladder.lack(Obstacle(fault, "software"))
    elif terminals and ladder.obstacle is None:
        ladder.steps["software"] = ladder.steps["released"] = "done"


def _climb_by_terminal(ladder: Ladder, terminal: Mapping[str, Any]) -> None:
    for hold in _rows(terminal, "holds"):
        if str(hold.get("kind")) in BY_HOLD:
            ladder.lack(obstacle_of_hold(hold))
    if terminal.get("status") == "withdrawn":
        ladder.lack(Obstacle("withdrawn", "released"))
    elif terminal.get("status") == "unbound":
        ladder.lack(Obstacle("not_bound", "activated"))
    elif terminal.get("activated") is False:
        ladder.lack(Obstacle("not_activated", "activated"))
    refusal = _table(terminal, "last_refusal")
    cause = {"rule_broken": "rule_broken", "parameters_old": "parameters_old"}.get(str(refusal.get("cause") or ""))
    if cause is not None:
        ladder.lack(Obstacle(cause, "released"))


def obstacle_of_hold(hold: Mapping[str, Any]) -> Obstacle:
    """A hold as the portal shows it."""
    fault = BY_HOLD[str(hold["kind"])]
    owed = hold.get("sum_fen")
    values = {
        CASE: plain(hold.get("case")),
        "items": items_text(_names(hold, "items")),
        "sum": plain(f"{int(owed) / 100:.2f}" if isinstance(owed, int) else "?"),
    }
    step = "software" if fault in ("old_software", "vulnerable_software") else "released"
    return Obstacle(fault, step, values)


def climb_by_progress(ladder: Ladder, progress: Mapping[str, Any]) -> None:
    """What the portal says of an application."""
    if progress.get("cause") == "no_application":
        ladder.lack(Obstacle("no_application", "activated"))
        return
    obstacle = _of_progress(progress)
    if obstacle is not None:
        ladder.lack(obstacle)
    for hold in _rows(progress, "holds"):
        if str(hold.get("kind")) in BY_HOLD:
            ladder.lack(obstacle_of_hold(hold))


def _of_progress(told: Mapping[str, Any]) -> Obstacle | None:
    state, queue, shipping = str(told.get("state") or ""), _table(told, "queue"), _table(told, "shipping")
    if state == "in_review":
        if (queue.get("late") or queue.get("ahead_late")) and queue.get("position"):
            return Obstacle("review_queued", "activated", {"position": plain(queue["position"])})
        late = LATE if told.get("late") else _promised(told.get("promised_in_minutes"))
        age = minutes_text(told.get("age_minutes"))
        return Obstacle(
            "review_pending", "activated",
            {"stage": stage_text(str(told.get("stage") or "")), "age": age, "promised": late},
        )  # fmt: skip
    if state == "rejected":
        disputed = _names(told, "disputed")
        if disputed:
            return Obstacle("documents_untrue", "activated", {"items": items_text(disputed)})
        return Obstacle("review_rejected", "activated", {"reason": plain(told.get("reason"))})
    if state == "incomplete":
        missing = _names(told, "items")
        return Obstacle("documents_missing", "activated", {"items": items_text(missing)})
    if state == "draft":
        following = str(_table(told, "draft").get("next_step") or "")
        return Obstacle("application_draft", "activated", {"next": plain(following)})
    if state == "withdrawn":
        return Obstacle("no_application", "activated")
    if shipping.get("state") == "lost":
        return Obstacle("reported_lost", "activated")
    if shipping.get("state") in ("held", "in_transit"):
        place = _table(shipping, "place")
        where = Text(str(place["zh"]), str(place["en"])) if place.get("zh") and place.get("en") else DASH
        return Obstacle("device_in_transit", "activated", {"place": where})
    if told.get("code_expired"):
        return Obstacle("code_expired", "activated")
    if told.get("tries_left") == 0:
        return Obstacle("code_locked", "activated")
    if queue.get("position"):
        return Obstacle("review_queued", "activated", {"position": plain(queue["position"])})
    return None


def _promised(minutes: object) -> Text:
    """Until when an answer was promised."""
    known = isinstance(minutes, int) and not isinstance(minutes, bool) and minutes > 0
    return filled(BY, time=minutes_text(minutes)) if known else IN_TIME


# whatever a portal sends


def _table(told: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = told.get(key)
    return value if isinstance(value, Mapping) else {}


def _rows(told: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = told.get(key)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _names(told: Mapping[str, Any], key: str) -> list[str]:
    value = told.get(key)
    return [str(one) for one in value] if isinstance(value, list) else []
