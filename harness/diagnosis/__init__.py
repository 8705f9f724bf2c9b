"""From observations to causes.  Sees what a person at one side could see, never what was injected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from protocols.text import Text

from ..machine import Json
from ..trace import Event, Who, strip
from .causes import CAUSES, Cause
from .story import Story
from .symptoms import SYMPTOMS, Observation, observe

__all__ = ["Candidate", "Diagnosis", "diagnose"]

_SYMPTOM_TEXTS = {symptom.id: symptom.text for symptom in SYMPTOMS}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One cause with the evidence for and against it."""

    cause: Cause
    score: int
    speaks_for: tuple[Observation, ...]
    speaks_against: tuple[Observation, ...]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`ranking` holds the causes that anything speaks for, the likeliest first; empty: no fault found."""

    seen_by: Who
    observations: tuple[Observation, ...]
    ranking: tuple[Candidate, ...]

    @property
    def first(self) -> str | None:
        """The row that is named first, None for no fault."""
        return self.ranking[0].cause.row if self.ranking else None

    @property
    def tied(self) -> tuple[Candidate, ...]:
        """The first group: all candidates with the highest score."""
        return tuple(c for c in self.ranking if c.score == self.ranking[0].score)

    @property
    def next_test(self) -> Text | None:
        """What to do to tell the top two apart, or to confirm the only one."""
        return self.ranking[0].cause.next_test if self.ranking else None

    def json(self) -> dict[str, Json]:
        """For `posrig diagnose --json`."""
        return {
            "seen_by": self.seen_by,
            "first": self.first,
            "next_test": _words(self.next_test) if self.next_test else None,
            "ranking": [
                {
                    "row": candidate.cause.row,
                    "title": _words(candidate.cause.title),
                    "score": candidate.score,
                    "actor": _words(candidate.cause.actor),
                    "action": _words(candidate.cause.action),
                    "for": [_evidence(item) for item in candidate.speaks_for],
                    "against": [_evidence(item) for item in candidate.speaks_against],
                }
                for candidate in self.ranking
            ],
        }


def diagnose(events: Sequence[Event], seen_by: Who = "all") -> Diagnosis:
    """Rank the causes that explain what `seen_by` could see of `events`."""
    observations = observe(Story(strip(events, seen_by)))
    candidates = []
    for cause in CAUSES:
        weights = {item: cause.speaks.get(item.symptom, 0) for item in observations}
        speaks_for = tuple(item for item, weight in weights.items() if weight > 0)
        against = tuple(item for item, weight in weights.items() if weight < 0)
        score = sum(weights.values())
        if speaks_for and score > 0:
            candidates.append(Candidate(cause, score, speaks_for, against))
    ranking = tuple(sorted(candidates, key=lambda candidate: (-candidate.score, candidate.cause.row)))
    return Diagnosis(seen_by, observations, ranking)


def symptom_text(symptom: str) -> Text:
    """The words of a symptom."""
    return _SYMPTOM_TEXTS[symptom]


def _words(text: Text) -> dict[str, Json]:
    return {"zh": text.zh, "en": text.en}


def _evidence(item: Observation) -> dict[str, Json]:
    return {"symptom": item.symptom, "text": _words(_SYMPTOM_TEXTS[item.symptom]), "events": list(item.events)}
