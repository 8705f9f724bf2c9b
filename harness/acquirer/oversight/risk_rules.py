"""Risk rules as data (`fixtures/risk/rules.toml`): what each counts, its limit, its window, and what it leads to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from harness.fixtures import fixtures_dir, read_toml
from harness.machine import SECOND_US
from protocols.text import Text

Action = Literal["decline", "hold"]

HOLD_OF: Mapping[str, str] = {
    "amount": "risk_amount",
    "habit": "risk_amount",
    "frequency": "risk_frequency",
    "same_card": "risk_fraud",
    "self_swipe": "risk_fraud",
    "round_trip": "risk_fraud",
}
"""Kind of rule to the hold that it leads to."""
BEFORE = frozenset({"amount", "habit", "frequency"})
"""Kinds that look at a sale before it is booked; the others look at what was booked."""


@dataclass(frozen=True)
class RiskRule:
    """One rule.  `limit` is fen, a factor or a count, by `kind`; `window_us` is how far back it looks (0: not at all).

    `code`: F39 of a sale that it refuses.
    """

    id: str
    kind: str
    limit: int
    window_us: int
    action: Action
    title: Text
    code: str = ""


def _rule(name: str, row: Mapping[str, Any]) -> RiskRule:
    title = Text(row["title"]["zh"], row["title"]["en"])
    window_us = int(row.get("window_s", 0)) * SECOND_US
    return RiskRule(name, row["kind"], row["limit"], window_us, row["action"], title, row.get("code", ""))


@lru_cache(maxsize=1)
def shipped_rules() -> Mapping[str, RiskRule]:
    """The shipped rules by id, in the file's order."""
    return {name: _rule(name, row) for name, row in read_toml(fixtures_dir() / "risk" / "rules.toml").items()}
