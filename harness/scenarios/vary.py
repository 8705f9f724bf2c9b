"""The same failure with other incidental values: amounts, names, waiting times, harmless operations in between.

A diagnosis that reasons from symptoms says the same; one that recognises a scenario's own values does not.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from . import model
from .values import microseconds

Json = Any
FACTORS = (2, 3, 5, 7)
"""All amounts of a scenario grow by one of these, so that sums and comparisons between them stay true."""
WAIT_MORE = 0.02
"""Waiting times grow by up to this share: a scenario waits until something is over, not for an exact time."""
EVERYDAY = (
    model.Operate(do="operate", op="echo"),
    model.Operate(do="operate", op="balance", card="debit"),
)
NAMES = ("晨光超市", "江南茶庄", "Harbour Books", "和平药房", "老街面馆", "Blue Door Ltd")
NOISE = (
    "latency:stream=upstream,latency={delay},jitter={jitter},times=100000",
    "latency:stream=downstream,latency={delay},jitter={jitter},times=100000",
    "down:connection={dial},times=1",
)
"""A slower line than usual, and one dial that fails and is repeated: both are everyday life."""


def varied(scenario: model.Scenario, rng: random.Random) -> model.Scenario:
    """`scenario` with other incidental values, drawn from `rng`.  What `keep` names stays."""
    kept = [value for value in scenario.keep if not isinstance(value, bool)]
    names = {
        text: f"{rng.choice(NAMES)} {rng.randrange(10_000)}" for text in _merchant_texts(scenario) if text not in kept
    }
    factor = 1 if "amount_fen" in kept else rng.choice(FACTORS)
    raw = scenario.model_dump(mode="json", exclude_defaults=True)

    def change(key: str, value: Json) -> Json:
        if isinstance(value, Mapping):
            return {name: change(name, item) for name, item in value.items()}
        if isinstance(value, list):
            return [change(key, item) for item in value]
        if isinstance(value, str) and value in names:
            return names[value]
        if value in kept:
            return value
        if key.endswith("_fen") and isinstance(value, int):
            return value * factor
        if key == "time" and isinstance(value, str):
            return f"{int(microseconds(value) * (1 + rng.uniform(0, WAIT_MORE)))}us"
        return value

    cases = [change("case", case) for case in raw["case"]]
    found = model.Scenario.model_validate({**raw, "case": cases})
    if "ready" not in scenario.setup.use:
        return found
    return found.model_copy(update={"case": tuple(_with_everyday_life(case, rng) for case in found.case)})


def _with_everyday_life(case: model.Case, rng: random.Random) -> model.Case:
    return case.model_copy(update={"step": (*rng.sample(EVERYDAY, rng.randint(0, len(EVERYDAY))), *case.step)})


def _merchant_texts(scenario: model.Scenario) -> list[str]:
    """Every text that a merchant gives of himself, in the order in which it appears."""
    found: dict[str, None] = {}
    for case in scenario.case:
        for step in (*case.step, *case.remedy, *case.cured):
            merchant = step.args.get("merchant") if isinstance(step, model.Portal) else None
            if isinstance(merchant, Mapping):
                found.update((text, None) for text in merchant.values() if isinstance(text, str) and "${" not in text)
    return list(found)


def noise(rng: random.Random) -> tuple[str, ...]:
    """Link faults that do no harm, for the host's line."""
    values = {"delay": rng.randint(20, 900), "jitter": rng.randint(0, 100), "dial": rng.randint(2, 6)}
    return tuple(spec.format(**values) for spec in NOISE)
