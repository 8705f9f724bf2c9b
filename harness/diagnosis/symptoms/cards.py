"""Symptoms of the customers' cards: what fails with one of them alone is not the terminal's.

No row of the catalogue is about a bad card, so that these are causes by themselves (`Symptom.outside`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from protocols.text import Text

from ...trace import Event
from ..story import Story, field_of
from ..symptom import Symptom

INSERT, CHIP_READER = "insert", "chip_reader"
CONTACT = ("05", "95")
"""F22, first two digits, of a chip that was read."""
FALLBACK, STRIPE, FELL_BACK = "80", ("02", "90"), ("1", "2")
"""F22, first two digits, and 60.5 of a stripe that stands in for a chip."""
CONDITION_AT = 12
"""Where 60.5 stands in F60, behind 60.1 N2, 60.2 N6, 60.3 N3 and 60.4 N1."""
PEOPLES = ("read_test", "card_removed_early")
"""What a part tells that is no failure of the card in it: a test has a verdict of its own, people pull cards out."""
REACHED = ("done", "declined", "unknown", "no_answer")
"""Outcomes of an operation that had read its card."""
TOUCHED = ("clean", "replace_part", "repair")
"""What people do to a reader after which its earlier failures say nothing."""
AGAIN = 2
"""One chip that is not read once happens to everybody."""


@dataclass(frozen=True, slots=True)
class Use:
    """A card in a terminal's chip reader.  `place`: the terminal; `card`: its number, "" where nobody saw it."""

    place: str
    card: str
    failed: bool
    events: tuple[int, ...]


def fell_back(request: Event) -> bool:
    """The stripe of a request stands in for a chip that was not read."""
    mode, f60 = field_of(request, 22)[:2], field_of(request, 60)
    return mode == FALLBACK or (mode in STRIPE and f60[CONDITION_AT : CONDITION_AT + 1] in FELL_BACK)


def _uses(story: Story) -> list[Use]:
    """As whoever stands at the terminal saw them, else as the host did."""
    return _at_the_terminal(story) if any(story.of("card")) else list(_at_the_host(story))


def _at_the_terminal(story: Story) -> list[Use]:
    found: list[Use] = []
    ready: dict[str, Event] = {}
    for event in story.events:
        data, place = event.data, event.party
        if event.kind == "card" and data.get("how") == INSERT and data.get("what") == "presented":
            ready[place] = event
        elif event.kind == "card" and data.get("how") == INSERT and data.get("what") == "misread":
            found.append(Use(place, "", True, (event.seq,)))
        elif place in ready and event.kind == "part" and data.get("part") == CHIP_READER and data.get("ok") is False:
            if data.get("what") not in PEOPLES:
                found.append(_used(ready.pop(place), True, event))
        elif place in ready and event.kind == "operation" and data.get("phase") == "end":
            presented, outcome = ready.pop(place), data.get("outcome") or {}
            if outcome.get("status") in REACHED:
                found.append(_used(presented, False, event))
    return found


def _used(presented: Event, failed: bool, event: Event) -> Use:
    return Use(presented.party, str(presented.data.get("pan", "")), failed, (presented.seq, event.seq))


def _at_the_host(story: Story) -> Iterable[Use]:
    for exchange in story.exchanges("host"):
        request = exchange.request
        failed = fell_back(request)
        if failed or field_of(request, 22)[:2] in CONTACT:
            card = field_of(request, 2) or field_of(request, 35).partition("D")[0]
            yield Use(field_of(request, 41), card, failed, (request.seq,))


def _to_blame(story: Story) -> Mapping[str, tuple[int, ...]]:
    """By terminal: the failures of the one card that fails there, and what another card did in the same reader."""
    uses = story.once(_uses)
    touched = [event for event in story.of("maintenance") if event.data.get("act") in TOUCHED]
    found = {}
    for place in dict.fromkeys(use.place for use in uses):
        failed = [use for use in uses if use.place == place and use.failed]
        if len(failed) < AGAIN or len({use.card for use in failed}) > 1 or not failed[0].card:
            continue
        begun = failed[0].events[0]
        end = min((event.seq for event in touched if event.party == place and event.seq > begun), default=None)
        good = [use for use in uses if use.place == place and not use.failed and use.card not in ("", failed[0].card)]
        good = [use for use in good if use.events[0] > begun and (end is None or use.events[-1] < end)]
        if good:
            found[place] = tuple(seq for use in (*failed, good[0]) for seq in use.events)
    return found


def is_the_cards(story: Story, *places: str) -> bool:
    """What failed at the terminal (its party, or F41) is explained by the one card that failed there."""
    blamed = story.once(_to_blame)
    return any(place in blamed for place in places)


def _card_alone(story: Story) -> list[int]:
    return [seq for events in story.once(_to_blame).values() for seq in events]


SYMPTOMS: tuple[Symptom, ...] = (
    Symptom(
        "card_alone",
        Text(
            "同一张卡的芯片一再读不出，另一张卡在同一读卡器正常：是这张卡，不是终端；请持卡人找发卡行换卡",
            "The chip of one card fails again and again, and the same reader reads another one: it is this card, not "
            "the terminal; its holder asks the bank for a new one",
        ),
        _card_alone,
        outside=True,
    ),
)
