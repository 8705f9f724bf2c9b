"""Symptoms of a whole region: what happens to several terminals in the same minute happens to none of them alone."""

from __future__ import annotations

from collections.abc import Iterable

from protocols.text import Text

from ...machine import MINUTE_US, side_of
from ...trace import Event
from ..story import Story
from ..symptom import Symptom

TOGETHER_US = MINUTE_US
"""So close together is the same moment: power comes back street by street, people press a key when they see it."""
SEVERAL = 3
"""Two shops may have the same accident on the same day."""
SILENT_US = 10 * MINUTE_US
"""A shop sells every few minutes: so close together their last sales are when they all fell silent at once."""


def together(events: Iterable[tuple[str, Event]]) -> list[int]:
    """Events of at least `SEVERAL` different ones of whatever the names tell apart, within one minute.

    `events` in order, each with the name of whose it is.
    """
    window: list[tuple[str, Event]] = []
    found: dict[int, None] = {}
    for name, event in events:
        window = [(n, e) for n, e in window if event.t_us - e.t_us <= TOGETHER_US] + [(name, event)]
        if len({n for n, _ in window}) >= SEVERAL:
            found.update((e.seq, None) for _, e in window)
    return list(found)


def _powered_together(story: Story) -> list[int]:
    """Not the very first start out of the box."""
    return together((e.party, e) for e in story.of("boot", "terminal") if e.data.get("reset_cause") != "first_start")


def _cut_off_together(story: Story) -> list[int]:
    """Operations of different terminals that did not get as far as the host."""
    ends = ((e, o) for e, o in story.outcomes() if side_of(e.party) == "terminal")
    return together((e.party, e) for e, o in ends if o.get("status") == "no_answer")


def _silent_together(story: Story) -> list[int]:
    """The provider's list of silent terminals: at least `SEVERAL` of them since the same moment, and not because nobody
    bought anything, for then they work when they are used next."""
    found = []
    for event, answer in story.portal("silent"):
        since = sorted(int(row["since_us"]) for row in answer.get("terminals", ()))
        if any(last - first <= SILENT_US for first, last in zip(since, since[SEVERAL - 1 :], strict=False)):
            next_use: dict[str, object] = {}
            for end, outcome in story.outcomes():
                if end.seq > event.seq:
                    next_use.setdefault(end.party, outcome.get("status"))
            if list(next_use.values()).count("done") < SEVERAL:
                found.append(event.seq)
    return found


def _dark_and_cut_off(story: Story) -> list[int]:
    """The register: the terminal vanished from the cable, and when it was there again it got no answer."""
    gone, found = 0, []
    for event in story.events:
        if (event.kind, event.party) == ("link", "register") and event.data.get("link") == "terminal":
            gone = event.seq if event.data.get("reason") == "gone" else gone
        elif gone and (event.kind, event.party) == ("operation", "terminal") and event.data.get("phase") == "end":
            if event.data.get("outcome", {}).get("status") == "no_answer":
                found += [gone, event.seq]
            gone = 0
    return found


SYMPTOMS: tuple[Symptom, ...] = (
    Symptom(
        "powered_together",
        Text("多台终端在同一时刻重新上电", "Several terminals started again at the same moment"),
        _powered_together,
    ),
    Symptom(
        "cut_off_together",
        Text("多台终端同时得不到主机应答", "Several terminals got no answer at the same time"),
        _cut_off_together,
    ),
    Symptom(
        "silent_together",
        Text(
            "服务商的失联终端名单：多台终端自同一时刻起没有交易",
            "The provider's list: several terminals silent since one moment",
        ),
        _silent_together,
    ),
    Symptom(
        "dark_and_cut_off",
        Text("终端断电，来电后仍得不到主机应答", "The terminal lost its power, and back again it got no answer"),
        _dark_and_cut_off,
    ),
)
