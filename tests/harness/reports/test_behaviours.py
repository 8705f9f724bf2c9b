"""A report knows no machine, yet has words for everything that machines can be made to do."""

from __future__ import annotations

from harness.acquirer.behaviours import BEHAVIOURS
from harness.reports import words
from harness.terminal.faults import FAULTS


def test_every_behaviour_has_words() -> None:
    assert set(words.BEHAVIOURS) == {*BEHAVIOURS, *FAULTS}
