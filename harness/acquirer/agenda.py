"""What happens at the provider by itself when its time has come, as one table.

Each row says when it is next due (microseconds since the epoch of the first start, None for never) and does all that
is due by then.  A row reads durable state alone, so that a host that was down makes up for what it missed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .boarding import companies, onboarding, parcels
from .money import billing
from .oversight import appeals, compliance, notices
from .state import State
from .turn import Turn


class Duty(NamedTuple):
    """`next_due_us(state)`; `advance(turn)` carries out what is due at `turn.now`."""

    next_due_us: Callable[[State], int | None]
    advance: Callable[[Turn], None]


AGENDA: tuple[Duty, ...] = (
    Duty(onboarding.next_due_us, onboarding.advance),
    Duty(parcels.next_due_us, parcels.advance),
    Duty(companies.next_due_us, companies.advance),
    Duty(notices.next_due_us, notices.advance),
    Duty(compliance.next_due_us, compliance.advance),
    Duty(billing.next_due_us, billing.advance),
    Duty(appeals.next_due_us, appeals.advance),
)


def next_due_us(state: State) -> int | None:
    """When the first duty is due."""
    return min((due for duty in AGENDA if (due := duty.next_due_us(state)) is not None), default=None)


def advance(turn: Turn) -> None:
    """Everything that is due now, in the order of the table."""
    for duty in AGENDA:
        due = duty.next_due_us(turn.state)
        if due is not None and due <= turn.now:
            duty.advance(turn)
