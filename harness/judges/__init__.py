"""What must hold over a whole trace: money, order, settlement, secrecy.  Judges read the trace and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..trace import Event
from .money import judge_money
from .secrecy import judge_secrecy
from .sequence import judge_sequence
from .settlement import judge_settlement
from .verdict import Verdict

__all__ = ["Verdict", "judge"]


def judge(events: Sequence[Event], test_pans: Collection[str] = ()) -> list[Verdict]:
    """All verdicts over `events`, in a fixed order: I1 I2 I3 C1 I4 I5 I8 I6 I7 I9."""
    return [
        *judge_money(events),
        *judge_sequence(events),
        *judge_settlement(events),
        *judge_secrecy(events, test_pans),
    ]
