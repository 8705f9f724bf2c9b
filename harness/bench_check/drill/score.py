"""What a lesson is worth: a table, and sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PARTS: Mapping[str, int] = {"diagnosis": 40, "actor": 20, "action": 25, "no_harm": 15}
"""The most that each part gives; together 100.  posrig's choice: to find out what it is comes first, then that the
right thing is done about it."""
RETRY_POINTS = 5
"""Of `no_harm`: the right answer to "may trying again help?".  The rest is lost by the first act that does harm."""
HINT_POINTS: Mapping[int, int] = {1: 5, 2: 5, 3: 10}
"""What a hint costs, by level."""
MINUTE_POINTS: Mapping[int, int] = {1: 2, 2: 2, 3: 4}
"""What each minute costs that was begun after the fifth, by level."""
GOAL_S = 300
"""Five minutes at the counter."""
PASS_POINTS = 80
LEVELS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a trainee did with one lesson.  `harmed`: acts that did harm."""

    diagnosis: bool
    actor: bool
    action: bool
    retry: bool
    harmed: int
    hints: int
    seconds: int
    level: int


def points_of(taken: Taken) -> dict[str, int]:
    """Points by part, the deductions below zero, and `total`, which is never below zero."""
    points = {
        "diagnosis": PARTS["diagnosis"] * taken.diagnosis,
        "actor": PARTS["actor"] * taken.actor,
        "action": PARTS["action"] * taken.action,
        "no_harm": (PARTS["no_harm"] - RETRY_POINTS) * (not taken.harmed) + RETRY_POINTS * taken.retry,
        "hints": -HINT_POINTS[taken.level] * taken.hints,
        "minutes": -MINUTE_POINTS[taken.level] * (max(0, taken.seconds - GOAL_S + 59) // 60),
    }
    return {**points, "total": max(0, sum(points.values()))}


def passes(points: float) -> bool:
    """Whether so many points, or so many on average, are enough."""
    return points >= PASS_POINTS
