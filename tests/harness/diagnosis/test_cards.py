"""A card that is bad is told apart from a reader that is: by what another card does in the same reader."""

from __future__ import annotations

import pytest

from harness.console.traces import diagnosis_lines
from harness.diagnosis import diagnose
from harness.machine import Json
from harness.trace import Event
from tests.harness.recordings import before_remedy, looks

ONE, OTHER, THIRD = "6212142000000000012", "6222020000000000018", "6228000100001117"


class Told:
    """Events of one terminal, as whoever stands there sees them."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def note(self, event: str, **data: Json) -> None:
        number = len(self.events)
        self.events.append(Event(number, number * 1_000_000, "terminal", event, data, ("terminal", "register")))

    def insert(self, card: str, good: bool, fallback: bool = True) -> None:
        """One sale; where the chip fails, the stripe stands in for it."""
        self.note("operation", phase="begin", op="sale")
        self.note("card", what="presented", how="insert", pan=card)
        if not good:
            self.note("part", part="chip_reader", what="card_error", ok=False, detail="mute")
        if good or fallback:
            mode = {"22": "052"} if good else {"22": "021", "60": "22000001000" + "51"}
            fields = {"2": card, "11": f"{len(self.events):06d}", "41": "20000001", **mode}
            self.note("message", dir="out", link="host", mti="0200", kind="sale", fields=fields)
            self.note("message", dir="in", link="host", mti="0210", kind="sale", fields={**fields, "39": "00"})
        outcome: Json = {"op": "sale", "status": "done"} if good or fallback else _MISREAD
        self.note("operation", phase="end", op="sale", outcome=outcome)

    def clean(self) -> None:
        self.note("maintenance", act="clean", args={})

    def test_with(self, card: str, errors: int) -> None:
        """Of two hundred reads."""
        rates = {"permille": errors * 5, "low_permille": errors * 4, "high_permille": errors * 6}
        ok = errors == 0
        self.note("operation", phase="begin", op="reader_test")
        self.note("card", what="presented", how="insert", pan=card)
        told = {"part": "chip_reader", "what": "read_test", "ok": ok, "id": "7", "reads": 200, "errors": errors}
        self.note("part", **told, **rates)
        outcome = {"op": "reader_test", "status": "done" if ok else "refused"}
        self.note("operation", phase="end", op="reader_test", outcome=outcome)

    def seen(self) -> tuple[set[str], tuple[str, ...]]:
        """The symptoms, and the first group."""
        found = diagnose(self.events)
        return {item.symptom for item in found.observations}, found.group


_MISREAD = {"op": "sale", "status": "cancelled", "cause": "card_misread"}


def test_one_card_fails_and_another_is_read() -> None:
    told = Told()
    for card, good in ((ONE, False), (OTHER, True), (ONE, False)):
        told.insert(card, good)
    assert told.seen() == ({"card_alone"}, ())


def test_every_card_fails() -> None:
    told = Told()
    for card in (ONE, OTHER, ONE):
        told.insert(card, good=False)
    assert told.seen() == ({"fallback"}, ("D1", "D12", "D7"))


def test_once_happens_to_everybody() -> None:
    told = Told()
    told.insert(ONE, good=False)
    told.insert(OTHER, good=True)
    assert told.seen() == (set(), ())


def test_another_card_that_was_read_before_says_nothing() -> None:
    """A reader may break between two customers."""
    told = Told()
    told.insert(OTHER, good=True)
    told.insert(ONE, good=False)
    told.insert(ONE, good=False)
    assert told.seen() == ({"fallback"}, ("D1", "D12", "D7"))


def test_a_reader_that_was_cleaned_meanwhile_proves_nothing_of_the_card() -> None:
    told = Told()
    told.insert(ONE, good=False)
    told.insert(ONE, good=False)
    told.clean()
    told.insert(OTHER, good=True)
    assert told.seen() == ({"fallback"}, ("D1", "D12", "D7"))


def test_a_card_that_nobody_can_read_at_all() -> None:
    told = Told()
    for card, good in ((ONE, False), (ONE, False), (OTHER, True)):
        told.insert(card, good, fallback=False)
    symptoms, group = told.seen()
    assert (symptoms, group) == ({"card_alone"}, ())


def test_a_worn_test_card() -> None:
    told = Told()
    told.test_with(ONE, 80)
    told.test_with(OTHER, 0)
    assert told.seen() == ({"test_card_worn"}, ())


def test_a_worn_reader_errs_with_every_card() -> None:
    told = Told()
    told.test_with(ONE, 80)
    told.test_with(OTHER, 80)
    assert told.seen() == ({"read_errors"}, ("D12", "D7"))


def test_a_reader_that_was_cleaned_between_two_cards() -> None:
    told = Told()
    told.test_with(ONE, 80)
    told.clean()
    told.test_with(OTHER, 0)
    symptoms, group = told.seen()
    assert "test_card_worn" not in symptoms
    assert group == ("D12",)


def test_the_same_card_twice_proves_nothing_of_it() -> None:
    told = Told()
    told.test_with(ONE, 80)
    told.test_with(ONE, 0)
    assert "test_card_worn" not in told.seen()[0]


@pytest.mark.parametrize(
    ("row", "case", "symptom"), [("D1", "card-broken", "card_alone"), ("D7", "card-worn", "test_card_worn")]
)
def test_the_card_is_named_in_the_evidence(row: str, case: str, symptom: str) -> None:
    """No row fits, whoever looks; and the events that are told of are the card's."""
    for one in looks(row, case):
        if one.found.observations:
            assert [item.symptom for item in one.found.outside] == [symptom], one.view
            assert (one.found.first, one.found.unexplained) == (None, ()), one.view
    events = {event.seq: event for event in before_remedy(row, case)}
    (evidence,) = looks(row, case)[0].found.outside
    kinds = {events[seq].kind for seq in evidence.events}
    assert kinds <= {"card", "part", "operation"}
    lines = diagnosis_lines(looks(row, case)[0].found, "en")
    assert lines[0] == "No row of the catalogue fits, nothing is wrong with the terminal:"
    assert "card" in lines[1]
