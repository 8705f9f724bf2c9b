"""The table of symptoms: what somebody at one side could observe.

A symptom knows neither scenarios nor what was injected; `causes.py` says what it speaks for and against.
"""

from __future__ import annotations

from ..story import Story
from ..symptom import Observation, Symptom
from . import (
    accounts,
    cable,
    capability,
    cards,
    case,
    codes,
    line,
    loss,
    losses,
    money,
    network,
    order,
    output,
    people,
    power,
    provider,
    quality,
    readers,
    records,
    region,
    review,
    rules,
    shipping,
    software,
)

__all__ = ["SYMPTOMS", "Observation", "Symptom", "observe"]

SYMPTOMS: tuple[Symptom, ...] = (
    *review.SYMPTOMS,
    *shipping.SYMPTOMS,
    *order.SYMPTOMS,
    *people.SYMPTOMS,
    *output.SYMPTOMS,
    *readers.SYMPTOMS,
    *cards.SYMPTOMS,
    *case.SYMPTOMS,
    *power.SYMPTOMS,
    *cable.SYMPTOMS,
    *software.SYMPTOMS,
    *records.SYMPTOMS,
    *capability.SYMPTOMS,
    *loss.SYMPTOMS,
    *network.SYMPTOMS,
    *line.SYMPTOMS,
    *money.SYMPTOMS,
    *accounts.SYMPTOMS,
    *losses.SYMPTOMS,
    *quality.SYMPTOMS,
    *provider.SYMPTOMS,
    *region.SYMPTOMS,
    *rules.SYMPTOMS,
    *codes.SYMPTOMS,
)
"""In the order in which a report shows them."""


def observe(story: Story) -> tuple[Observation, ...]:
    """All symptoms of the table that are there."""
    found = ((symptom, symptom.find(story)) for symptom in SYMPTOMS)
    return tuple(Observation(symptom.id, tuple(dict.fromkeys(events))) for symptom, events in found if events)
