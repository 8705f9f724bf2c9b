"""A self-test is honest about what a part can know of itself (row D4: the self-test is good, and the glass is blank).

Whatever is wrong with a part and is not found, the same event says that there is something which this test cannot see.
"""

from __future__ import annotations

from typing import Any

import pytest

from harness.machine import HOUR_US
from harness.terminal.hardware.defects import DEFECTS
from harness.terminal.hardware.parts import PARTS
from harness.terminal.settings import Profile

from .scripted import Bench, ready_settings

PROFILE = Profile(name="all", parts=tuple(PARTS), battery_us=10 * HOUR_US)
FIT: dict[str, dict[str, Any]] = {
    "part_failed": {"part": "clock"},
    "reader_mute": {"part": "chip_reader"},
    "worn": {"part": "chip_reader", "uses": 200_000},
    "key_dead": {"keys": "1"},
    "key_repeats": {"keys": "1"},
    "keys_swapped": {"keys": "1 2"},
}
"""Settings of those that need some."""
UNSEEN_BY_ALL = ("power_cut", "crash", "hang", "slows", "power_cut_at_byte")
"""The program's, of no part that could test itself."""
UNKNOWN_TO_ITSELF = ("display_blank", "display_garbled", "ribbon_worn", "key_dead", "case_cracked", "battery_worn")
KNOWN_TO_ITSELF = ("paper_out", "paper_jam", "field_off", "part_failed")


@pytest.mark.parametrize("what", [name for name in DEFECTS if name not in UNSEEN_BY_ALL])
def test_what_a_self_test_does_not_find_it_says_that_it_may_not_see(what: str) -> None:
    bench = Bench(ready_settings(profile=PROFILE))
    assert bench.do("self_test")["status"] == "done"
    bench.notes.clear()
    settings = FIT.get(what, {})
    assert bench.ask("control", "cause", behaviour=what, **settings).ok
    bench.boot()  # defects are durable
    outcome = bench.do("self_test")
    part = DEFECTS[what].part or settings["part"]
    told = {note.data["part"]: note.data for note in bench.notes if note.kind == "self_test"}
    if what in KNOWN_TO_ITSELF:
        assert part in outcome["parts"]
    if what in UNKNOWN_TO_ITSELF:
        assert outcome["status"] == "done"
    assert part not in told or not told[part]["ok"] or told[part]["blind"] or what.startswith("storage")
