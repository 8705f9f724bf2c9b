"""The life cycle of a terminal as one table: (state, event, next state).

What the table does not name changes nothing.  The state diagram of the documentation is drawn from `TABLE`.
Sources of the order: CardInfoLink Smart-POS documents (activation, parameters, keys), PAX and Topwise terminals
(sign-in, forced downloads, settlement, reset of the sign-in status), Chanjet POS V2.0 (header requirement 3, F39 = 77).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from protocols.text import Text

STATES: dict[str, Text] = {
    "unboxed": Text("开箱", "unboxed"),
    "self_tested": Text("已自检", "self-tested"),
    "connected": Text("已联网", "connected"),
    "activated": Text("已激活", "activated"),
    "keyed": Text("已装主密钥", "keyed"),
    "signed_in": Text("已签到", "signed in"),
    "ready": Text("可交易", "ready"),
    "must_settle": Text("须结算", "must settle"),
    "must_sign_in": Text("须签到", "must sign in"),
    "settling": Text("结算中", "settling"),
    "batching": Text("批上送中", "uploading the batch"),
    "signed_off": Text("已签退", "signed off"),
    "suspended": Text("已停用", "suspended"),
    "tampered": Text("已触发自毁", "tampered"),
}
FIRST = "unboxed"


class Transition(NamedTuple):
    """One arrow of the state diagram."""

    state: str
    event: str
    next: str


SESSION_STATES = frozenset(("signed_in", "ready", "must_settle", "must_sign_in", "settling", "batching", "signed_off"))
"""States of one account's session; all others are the device's, and so every account's."""


def concerns_device(before: str, after: str) -> bool:
    """Whether this step of one account is a step of the whole device."""
    return after not in SESSION_STATES or before in ("suspended", "tampered")


_IN_USE = ("keyed", "signed_in", "ready", "must_settle", "must_sign_in", "signed_off")
_SESSION = ("signed_in", "ready", "must_settle")


def _from(states: Iterable[str], event: str, then: str) -> tuple[Transition, ...]:
    return tuple(Transition(state, event, then) for state in states)


TABLE: tuple[Transition, ...] = (
    Transition("unboxed", "self_test_passed", "self_tested"),
    Transition("self_tested", "host_reached", "connected"),
    Transition("connected", "activation_granted", "activated"),
    Transition("activated", "tmk_loaded", "keyed"),
    *_from(_IN_USE, "tmk_loaded", "keyed"),
    *_from(("keyed", "must_sign_in", "signed_off"), "signed_in", "signed_in"),
    Transition("ready", "signed_in", "signed_in"),
    Transition("signed_in", "downloads_complete", "ready"),
    *_from(("signed_in", "ready"), "batch_full", "must_settle"),
    *_from(_SESSION, "sign_in_required", "must_sign_in"),
    *_from(_SESSION, "settlement_begun", "settling"),
    Transition("settling", "totals_answered", "batching"),
    Transition("settling", "settlement_abandoned", "signed_in"),
    *_from(("settling", "batching"), "settlement_done", "must_sign_in"),
    *_from((*_SESSION, "must_sign_in"), "signed_off", "signed_off"),
    *_from((*_IN_USE, "activated"), "suspended_by_host", "suspended"),
    Transition("suspended", "reinstated", "must_sign_in"),
    *_from((*_IN_USE, "activated", "suspended"), "unbound", "connected"),
    *_from([state for state in STATES if state != "tampered"], "tamper_detected", "tampered"),
    *_from([state for state in STATES if state != FIRST], "repaired", FIRST),
)

FROM_EVERYWHERE = {"tamper_detected": "tampered", "repaired": FIRST}
"""Events that lead to one state from all others; the diagram tells them in a note."""
EVENTS: tuple[str, ...] = tuple(dict.fromkeys(row.event for row in TABLE))
_NEXT: dict[tuple[str, str], str] = {(row.state, row.event): row.next for row in TABLE}


def next_state(state: str, event: str) -> str:
    """The state after `event`; `state` itself where the table has no such arrow.  Total over STATES x EVENTS."""
    if state not in STATES or event not in EVENTS:
        raise ValueError(f"no such life-cycle state or event: {state}, {event}")
    return _NEXT.get((state, event), state)


def diagram() -> str:
    """The table as a Mermaid state diagram; arrows between the same two states are joined."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for row in TABLE:
        if row.state != row.next and row.event not in FROM_EVERYWHERE:
            arrows.setdefault((row.state, row.next), []).append(row.event)
    lines = [f"    {a} --> {b}: {', '.join(dict.fromkeys(events))}" for (a, b), events in arrows.items()]
    lines += [
        f"    note right of {state}: {event} leads here from every state" for event, state in FROM_EVERYWHERE.items()
    ]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {FIRST}", *lines])


def path_to(state: str) -> tuple[str, ...]:
    """The shortest list of events from `unboxed` to `state`.  Raises ValueError when there is none."""
    frontier: list[tuple[str, tuple[str, ...]]] = [(FIRST, ())]
    seen = {FIRST}
    for at, events in frontier:
        if at == state:
            return events
        for row in TABLE:
            if row.state == at and row.next not in seen:
                seen.add(row.next)
                frontier.append((row.next, (*events, row.event)))
    raise ValueError(f"no path leads to the life-cycle state {state}")
