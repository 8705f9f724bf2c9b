"""What is said to a card, behind the terminal: by name and meaning, no octets, and not without end."""

from __future__ import annotations

from harness.reports.item import LANES, Item
from harness.reports.items import APDUS_MAX, items_of
from harness.trace import Event

BOTH = ("terminal",)


def pair(number: int, name: str = "READ RECORD", sw: str = "9000", said: str = "Normal ending") -> list[Event]:
    """One command and its answer, as both ends recorded them."""
    hexes = (("terminal", "out", "00B2010C00"), ("card", "in", "00B2010C00"))
    answers = (("card", "out", "70009000"), ("terminal", "in", "70009000"))
    found = []
    for party, way, octets in (*hexes, *answers):
        link = "card" if party == "terminal" else "c1"
        found.append(Event(0, 0, party, "bytes", {"link": link, "dir": way, "hex": octets}, (party,)))
    meaning = {"zh": said, "en": said} if sw else said
    told = {"link": "card", "name": name, "ins": "B2", "p1": "01", "p2": "0C", "sw": sw, "meaning": meaning}
    found.append(Event(0, 0, "terminal", "apdu", told, BOTH))
    return [Event(number * 10 + at, number, e.party, e.kind, e.data, e.seen_by) for at, e in enumerate(found)]


def drawn(*pairs: list[Event]) -> list[Item]:
    return items_of([event for one in pairs for event in one])


def test_command_and_answer_are_one_line_behind_the_terminal() -> None:
    (item,) = drawn(pair(1))
    assert (item.shape, item.start, item.stop) == ("note", LANES["card"], LANES["card"])
    assert LANES["terminal"] < LANES["card"] < LANES["link"]
    assert (item.label.en, item.sub) == ("READ RECORD", None)
    assert item.good


def test_an_answer_that_is_not_9000_is_said_and_is_no_failure() -> None:
    (item,) = drawn(pair(1, sw="6A83", said="Record not found"))
    assert item.sub is not None
    assert item.sub.en == "6A83 Record not found"
    assert item.good


def test_no_answer_is_a_failure() -> None:
    (item,) = drawn(pair(1, sw="", said="removed"))
    assert item.sub is not None
    assert "pulled out" in item.sub.en
    assert not item.good


def test_what_went_well_ends_at_the_limit() -> None:
    items = drawn(
        *(pair(number) for number in range(APDUS_MAX + 20)), pair(999, sw="6F00", said="No precise diagnosis")
    )
    assert len(items) == APDUS_MAX + 1
    assert items[-1].seqs == (9994,)
