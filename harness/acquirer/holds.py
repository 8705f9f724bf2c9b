"""Holds: why the provider refuses a merchant, a terminal, a device, a model or a whole institution for the time being.

Whatever the reason (a re-check, a risk rule, fees owed, a theft report ...), a hold has a case number, a subject, the
facts that fired it, and says which requests it stops.  One table says what each kind answers; one check (`checks`)
looks them up; the portal's status query shows them with their facts, since F39 alone does not identify a cause.

Subjects: `merchant:MID`, `account:MID` (one account of several), `terminal:MID/TID`, `sn:SERIAL`, `model:NAME`,
`firmware:MODEL/VERSION`, `institution:ID`, and `all`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from protocols.text import Text

from .asks import Refused
from .books.holds import Hold
from .hold_kinds import HOLD_KINDS
from .state import Terminal
from .turn import Turn
from .wire import Request

ACTIVE_MAX = 100_000
"""Holds in force at one time.  More is a bench that never releases any."""


def hold(turn: Turn, kind: str, subject: str, stage: str = "", **facts: Any) -> Hold:
    """Put `subject` on hold.  A hold of the same kind on the same subject is brought up to date instead."""
    there = next((one for one in in_force(turn, (subject,)) if one.kind == kind), None)
    if there is not None:
        turn.record("hold_changed", case=there.case, facts={**there.facts, **facts}, stage=stage or there.stage)
        return there
    if len(turn.state.holds.active) >= ACTIVE_MAX:
        raise Refused("too_many_holds", Text("暂停记录过多", "too many holds are in force"))
    case = f"C{len(turn.state.holds.all) + 1:06d}"
    turn.record("hold", case=case, kind_of_hold=kind, subject=subject, since_us=turn.now, facts=facts, stage=stage)
    turn.changed("hold", subject, "", kind, case)
    return turn.state.holds.all[case]


def release(turn: Turn, case: str, why: str) -> None:
    """End a hold; one that is released already is left alone."""
    one = turn.state.holds.all[case]
    if one.released_us is None:
        turn.record("hold_released", case=case, at_us=turn.now, why=why)
        turn.changed("hold", one.subject, one.kind, "", why)


def in_force(turn: Turn, subjects: Iterable[str]) -> list[Hold]:
    """Holds in force on any of `subjects`, the oldest first."""
    active = turn.state.holds.active
    found = [case for subject in subjects for case in active.get(subject, ())]
    return [turn.state.holds.all[case] for case in sorted(found)]


def subjects_of(turn: Turn, terminal: Terminal) -> tuple[str, ...]:
    """Everything that a terminal falls under."""
    device = turn.state.devices.get(terminal.sn)
    found = ["all", f"institution:{turn.settings.acquirer_id}", f"merchant:{terminal.mid}"]
    found += [f"terminal:{terminal.key}", f"sn:{terminal.sn}"]
    found += [f"model:{device.model}"] if device and device.model else []
    found += [f"firmware:{device.firmware}"] if device and device.firmware else []
    return tuple(found)


def subjects(turn: Turn, request: Request) -> tuple[str, ...]:
    """Everything that a request falls under."""
    if request.terminal is not None:
        return subjects_of(turn, request.terminal)
    return ("all", f"institution:{turn.settings.acquirer_id}", f"merchant:{request.text(42)}")


def shown(turn: Turn, one: Hold) -> dict[str, Any]:
    """A hold as the portal and a snapshot show it."""
    kind = HOLD_KINDS[one.kind]
    return {
        "case": one.case,
        "kind": one.kind,
        "subject": one.subject,
        "text": {"zh": kind.text.zh, "en": kind.text.en},
        "since_us": turn.told(one.since_us),
        "stage": one.stage,
        **{name: _told(turn, name, one.facts.get(name)) for name in kind.facts},
    }


def _told(turn: Turn, name: str, value: Any) -> Any:
    return turn.told(value) if name.endswith("_us") else value
