"""Every fault of a card at every command of its sale, simulated: each card of its kind in one long day."""

from __future__ import annotations

import pytest

from tests.proofs.chip import Till, faults_of, suffer


@pytest.mark.parametrize("card", ["debit", "credit", "tap"])
def test_every_fault_at_every_command(card: str) -> None:
    till = Till(card)
    faults = list(faults_of(till))
    assert len(faults) > 30
    for fault, settings in faults:
        suffer(till, fault, settings)
    till.close()
