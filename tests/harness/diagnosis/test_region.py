"""A region is several terminals in the same minute: two are an accident, and a shop that sells nothing is none."""

from __future__ import annotations

from typing import Any

import pytest

from harness.diagnosis import diagnose
from harness.diagnosis.story import Story
from harness.diagnosis.symptoms.region import SYMPTOMS
from harness.machine import MINUTE_US, SECOND_US
from harness.trace import Event

Json = Any
FIND = {symptom.id: symptom.find for symptom in SYMPTOMS}
NAMES = ("terminal", "terminal2", "terminal3", "terminal4")


def recording(*rows: tuple[int, str, str, Json]) -> list[Event]:
    """(seconds, party, kind, data) each."""
    sides = {"operation": ("terminal", "register"), "portal": ("register", "host")}
    return [
        Event(seq, t_s * SECOND_US, party, kind, data, sides.get(kind, (party.rstrip("0123456789"),)))
        for seq, (t_s, party, kind, data) in enumerate(rows, 1)
    ]


def boot(t_s: int, party: str, cause: str = "power_on") -> tuple[int, str, str, Json]:
    return t_s, party, "boot", {"reset_cause": cause, "records": 3, "pending_reversal": None}


def ended(t_s: int, party: str, status: str) -> tuple[int, str, str, Json]:
    return t_s, party, "operation", {"phase": "end", "op": "echo", "outcome": {"op": "echo", "status": status}}


def listed(t_s: int, *since_s: int) -> tuple[int, str, str, Json]:
    rows = [{"tid": f"2000000{n}", "since_us": s * SECOND_US} for n, s in enumerate(since_s)]
    return t_s, "host", "portal", {"action": "silent", "request": {}, "answer": {"terminals": rows}}


def found(symptom: str, *rows: tuple[int, str, str, Json]) -> list[int]:
    return FIND[symptom](Story(recording(*rows)))


@pytest.mark.parametrize(
    ("rows", "seqs"),
    [
        ([boot(0, "terminal"), boot(30, "terminal2"), boot(60, "terminal3")], [1, 2, 3]),
        ([boot(0, "terminal"), boot(30, "terminal2"), boot(61, "terminal3")], []),
        ([boot(0, "terminal"), boot(1, "terminal2")], []),
        ([boot(0, "terminal"), boot(1, "terminal"), boot(2, "terminal2")], []),
        ([boot(0, name, "first_start") for name in NAMES], []),
        ([boot(0, "terminal"), boot(90, "terminal2"), boot(91, "terminal3"), boot(92, "terminal4")], [2, 3, 4]),
        ([boot(0, "host"), boot(0, "host2"), boot(0, "terminal")], []),
    ],
    ids=["together", "too-late", "two", "one-twice", "out-of-the-box", "the-first-is-another", "hosts"],
)
def test_several_in_the_same_minute(rows: list[tuple[int, str, str, Json]], seqs: list[int]) -> None:
    assert found("powered_together", *rows) == seqs
    assert (diagnose(recording(*rows)).first == "H11") == bool(seqs)


def test_the_register_tells_of_its_own_terminal_only() -> None:
    cut = [ended(n, name, "no_answer") for n, name in enumerate(NAMES)]
    assert found("cut_off_together", *cut) == [1, 2, 3, 4]
    told_twice = [
        ended(0, "terminal", "no_answer"),
        ended(0, "register", "no_answer"),
        ended(1, "terminal2", "no_answer"),
    ]
    assert found("cut_off_together", *told_twice) == []
    assert found("cut_off_together", *[ended(n, name, "declined") for n, name in enumerate(NAMES)]) == []


def test_terminals_that_fell_silent_at_once() -> None:
    assert found("silent_together", listed(9000, 100, 400, 700)) == [1]
    assert found("silent_together", listed(9000, 100, 400, 701)) == []
    assert found("silent_together", listed(9000, 100, 400)) == []
    assert found("silent_together", listed(9000, 0, 5000, 5100, 5200)) == [1]


def test_terminals_that_nobody_needed_are_not_silent_for_a_reason() -> None:
    well = [ended(9001 + n, name, "done") for n, name in enumerate(NAMES)]
    assert found("silent_together", listed(9000, 100, 100, 100), *well) == []
    ill = [ended(9001 + n, name, "no_answer") for n, name in enumerate(NAMES)]
    assert found("silent_together", listed(9000, 100, 100, 100), *ill, *well) == [1], "the first use is what counts"


def test_a_terminal_that_was_off_and_works_again_is_no_disaster() -> None:
    gone = (0, "register", "link", {"link": "terminal", "what": "closed", "reason": "gone"})
    back = (60, "register", "link", {"link": "terminal", "what": "open", "peer": "terminal"})
    assert found("dark_and_cut_off", gone, back, ended(70, "terminal", "no_answer")) == [1, 3]
    assert (
        found("dark_and_cut_off", gone, back, ended(70, "terminal", "done"), ended(80, "terminal", "no_answer")) == []
    )
    assert found("dark_and_cut_off", back, ended(70, "terminal", "no_answer")) == []
    assert found("dark_and_cut_off", gone, back, ended(70, "terminal2", "no_answer")) == []


def test_the_minute_is_a_minute() -> None:
    assert found("powered_together", *[boot(n * MINUTE_US // SECOND_US, name) for n, name in enumerate(NAMES)]) == []
