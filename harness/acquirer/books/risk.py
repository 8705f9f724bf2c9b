"""The book of risk control (see `acquirer.risk`): rules in force, amounts that were examined, merchants' own cards.

What a rule counts is not here: it is read from the ledger, which has it anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class RiskBook:
    """The durable part."""

    in_force: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Rule id to the settings that differ from the shipped ones."""
    accepted_fen: dict[str, int] = field(default_factory=dict)
    """Merchant to the amount up to which evidence was accepted: no rule about amounts questions it any more."""


def _rules(book: RiskBook, data: dict[str, Any]) -> None:
    book.in_force = data["rules"]


def _accepted(book: RiskBook, data: dict[str, Any]) -> None:
    book.accepted_fen[data["mid"]] = max(data["amount_fen"], book.accepted_fen.get(data["mid"], 0))


FOLD: Mapping[str, Callable[[RiskBook, dict[str, Any]], None]] = {
    "risk_rules": _rules,
    "risk_accepted": _accepted,
}
