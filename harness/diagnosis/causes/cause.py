"""What a cause is: one row of the catalogue, what speaks for and against it, and the tests that would prove it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from protocols.text import Text

from ...trace import Who

PROVES = 3
"""The observation hardly has another cause."""
TYPICAL = 2
"""It is typical of this cause, and of a few others: several causes at this level are a tie."""
FITS = 1
"""It fits, as it fits many."""
AGAINST = -1
"""It makes the cause less likely by one level."""
RULES_OUT = -3
"""It cannot be this cause."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One row.  `speaks`: symptom id to one of the weights above.

    `tests`: probes (`fixtures/probes`) whose answer would prove this row or clear it, the best first.
    `actor`: who must act, `action`: what they do; `rungs`: the steps of the recovery ladder that this is (1 to 11).
    `hidden_from`: sides from which nothing of this row can be seen, so that an empty picture does not clear it.
    """

    row: str
    title: Text
    speaks: Mapping[str, int]
    tests: tuple[str, ...]
    actor: Text
    action: Text
    rungs: tuple[int, ...] = ()
    hidden_from: frozenset[Who] = frozenset()
