"""A report knows no machine, yet has words for everything that machines can be made to do."""

from __future__ import annotations

from harness.acquirer.behaviours import BEHAVIOURS
from harness.driver.behaviours import BEHAVIOURS as REGISTER_BEHAVIOURS
from harness.masking import leaks
from harness.reports import device_words, words
from harness.terminal.faults import FAULTS
from harness.terminal.hardware.maintain import ACTS
from harness.terminal.hardware.parts import PARTS


def test_every_behaviour_has_words() -> None:
    assert set(words.BEHAVIOURS) == {*BEHAVIOURS, *REGISTER_BEHAVIOURS, *FAULTS}


def test_every_part_and_everything_that_hands_do_has_words() -> None:
    assert set(device_words.PARTS) == set(PARTS)
    assert set(device_words.ACTS) == set(ACTS)
    assert set(device_words.LEAKS) == {leaks.TRACK, leaks.PIN, *leaks.IN_TEXT, leaks.BACKUP, leaks.NO_TLS}
    assert set(device_words.DEVICE_BEHAVIOURS) == set(FAULTS)
