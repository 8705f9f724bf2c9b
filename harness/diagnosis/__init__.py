"""From observations to causes.  Sees what a person at one side could see, never what was injected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from protocols.text import Text

from ..machine import Json
from ..trace import Event, Who, strip
from .causes import CAUSES, Cause
from .causes.cause import PROVES, RULES_OUT
from .ladder import rungs
from .probes import best_probe, probe_text
from .story import Story
from .symptoms import SYMPTOMS, Observation, observe

__all__ = ["Candidate", "Diagnosis", "diagnose"]

ALL_RECORDINGS = "both_ends"
"""The probe that lays the recordings of all sides side by side."""

_OUTSIDE = frozenset(symptom.id for symptom in SYMPTOMS if symptom.outside)
_SYMPTOM_TEXTS = {symptom.id: symptom.text for symptom in SYMPTOMS}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One cause with the evidence for and against it.

    `level` is the weight of the strongest observation for it, less one for each that speaks against it where none
    proves it; `support` is the sum of all that speaks for it.
    """

    cause: Cause
    level: int
    support: int
    speaks_for: tuple[Observation, ...]
    speaks_against: tuple[Observation, ...]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`ranking` holds the causes that anything speaks for and nothing rules out, the likeliest first; empty: no fault.

    `hidden`: what this side could not see if it were there, given when it sees no fault.
    """

    seen_by: Who
    observations: tuple[Observation, ...]
    ranking: tuple[Candidate, ...]
    hidden: tuple[Cause, ...] = ()

    @property
    def first(self) -> str | None:
        """The row that is named first, None for no fault."""
        return self.ranking[0].cause.row if self.ranking else None

    @property
    def outside(self) -> tuple[Observation, ...]:
        """What is wrong and not the terminal's, nor of any row: the customer's card."""
        return tuple(item for item in self.observations if item.symptom in _OUTSIDE)

    @property
    def unexplained(self) -> tuple[Observation, ...]:
        """Observations that nothing explains."""
        return () if self.ranking else tuple(item for item in self.observations if item.symptom not in _OUTSIDE)

    @property
    def tied(self) -> tuple[Candidate, ...]:
        """The first group: all candidates of the highest level."""
        return tuple(c for c in self.ranking if c.level == self.ranking[0].level)

    @property
    def group(self) -> tuple[str, ...]:
        """The rows of the first group; where this side sees no fault, those that are hidden from it."""
        return tuple(c.cause.row for c in self.tied) or tuple(cause.row for cause in self.hidden)

    @property
    def named(self) -> tuple[str, ...]:
        """The rows that are proved: more than one when several causes are there at once."""
        return tuple(c.cause.row for c in self.ranking if c.level >= PROVES)

    @property
    def shown(self) -> tuple[Candidate, ...]:
        """The first group, and of the others those for which something speaks that the first group does not explain.

        A refusal code speaks for a dozen rows; once one of them is proved, it tells nothing of the others.
        """
        explained = {item for candidate in self.tied for item in candidate.speaks_for}
        return tuple(c for c in self.ranking if c in self.tied or not explained.issuperset(c.speaks_for))

    @property
    def next_probe(self) -> str | None:
        """The id of the test that tells the first group apart, or confirms the only one.

        Who sees no fault at all can only ask what the others have recorded.
        """
        if self.ranking:
            return best_probe([c.cause for c in self.tied])
        return ALL_RECORDINGS if self.hidden else None

    @property
    def next_test(self) -> Text | None:
        """What to do to tell the top two apart, or to confirm the only one."""
        name = self.next_probe
        return probe_text(name) if name else None

    def json(self) -> dict[str, Json]:
        """For `posrig diagnose --json`."""
        return {
            "seen_by": self.seen_by,
            "first": self.first,
            "group": list(self.group),
            "named": list(self.named),
            "next_probe": self.next_probe,
            "next_test": _words(self.next_test) if self.next_test else None,
            "ranking": [_candidate(candidate, candidate in self.shown) for candidate in self.ranking],
            "outside": [_evidence(item) for item in self.outside],
            "hidden": [{"row": cause.row, "title": _words(cause.title)} for cause in self.hidden],
        }


def diagnose(events: Sequence[Event], seen_by: Who = "all") -> Diagnosis:
    """Rank the causes that explain what `seen_by` could see of `events`."""
    observations = observe(Story(strip(events, seen_by)))
    candidates = [found for cause in CAUSES if (found := _weigh(cause, observations)) is not None]
    ranking = tuple(sorted(candidates, key=lambda c: (-c.level, -c.support, c.cause.row)))
    hidden = () if observations else tuple(cause for cause in CAUSES if seen_by in cause.hidden_from)
    return Diagnosis(seen_by, observations, ranking, hidden)


def _weigh(cause: Cause, observations: Sequence[Observation]) -> Candidate | None:
    weights = {item: cause.speaks[item.symptom] for item in observations if item.symptom in cause.speaks}
    speaks_for = tuple(item for item, weight in weights.items() if weight > 0)
    against = tuple(item for item, weight in weights.items() if weight < 0)
    level = max((weights[item] for item in speaks_for), default=0)
    level -= len(against) if level < PROVES else 0  # of two causes at once, each shows what speaks against the other
    if level <= 0 or any(weights[item] <= RULES_OUT for item in against):
        return None
    return Candidate(cause, level, sum(weights[item] for item in speaks_for), speaks_for, against)


def symptom_text(symptom: str) -> Text:
    """The words of a symptom."""
    return _SYMPTOM_TEXTS[symptom]


def _candidate(candidate: Candidate, shown: bool) -> dict[str, Json]:
    cause = candidate.cause
    return {
        "row": cause.row,
        "title": _words(cause.title),
        "level": candidate.level,
        "support": candidate.support,
        "shown": shown,
        "actor": _words(cause.actor),
        "action": _words(cause.action),
        "ladder": [{"rung": number, **_words(rungs()[number])} for number in cause.rungs],
        "for": [_evidence(item) for item in candidate.speaks_for],
        "against": [_evidence(item) for item in candidate.speaks_against],
    }


def _words(text: Text) -> dict[str, Json]:
    return {"zh": text.zh, "en": text.en}


def _evidence(item: Observation) -> dict[str, Json]:
    return {"symptom": item.symptom, "text": _words(_SYMPTOM_TEXTS[item.symptom]), "events": list(item.events)}
