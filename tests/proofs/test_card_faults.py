"""A sample of `tests/realtime/card_faults.py`, and that its rules can be broken."""

from __future__ import annotations

import pytest

from . import card_rules
from .card_faults import CARDS, Case, case_of, commands_of, drawn, endure, endure_all
from .card_rules import OF_CARD
from .shop import NotRight


def test_a_case_is_its_text() -> None:
    case = Case("debit", (("slow", {"us": 5}),), (("card", 3, None),), "drop:frame=1", ("lost", 2), (("mute", {}),))
    assert case_of(str(case)) == case


@pytest.mark.parametrize("kind", ["two", "row", "cut", "line", "cable"])
def test_several_things_at_once(kind: str) -> None:
    assert endure_all(drawn(CARDS[seed % len(CARDS)], kind, 1_000 + seed) for seed in range(2)) == 2


def test_one_fault_at_the_end_of_each_stage() -> None:
    at = (("SELECT", 2), ("GENERATE AC", 1), ("EXTERNAL AUTHENTICATE", 1), ("GENERATE AC", 2))
    ways = ("pulled_during", "hanging", "damaged_tlv")
    faults = [(way, {"command": name, "number": number}) for (name, number) in at for way in ways]
    assert endure_all(Case("debit", (fault,)) for fault in [*faults[::2], *OF_CARD[::4]]) > 6


def test_what_is_against_the_rules_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the second GENERATE AC's word the sweep must see that a card which was pulled out sold something."""
    assert "GENERATE AC" in commands_of("debit")
    monkeypatch.setattr(card_rules, "_silent", lambda *_: frozenset(("declined",)))
    with pytest.raises(NotRight, match=r"python -m tests\.proofs\.card_faults"):
        endure(Case("debit", (("pulled_before", {"command": "GENERATE AC", "number": 2}),)))
