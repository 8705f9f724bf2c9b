"""The diagnosis reasons from what can be observed: it knows no scenario, and nothing in its tables is dead."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import harness.diagnosis
from harness.cards import listed_pans
from harness.console.opening import opener
from harness.diagnosis import diagnose
from harness.scenarios.load import LIFE, load_scenario, scenario_ids
from harness.scenarios.look import VIEWS
from harness.scenarios.run import begun, play_case
from harness.scenarios.values import microseconds
from harness.scenarios.vary import noise, varied
from tests.harness.recordings import HARMFUL, before_remedy

Json = Any
PACKAGE = Path(harness.diagnosis.__file__ or "").parent
SOURCES = [*sorted((PACKAGE / "symptoms").glob("*.py")), PACKAGE / "story.py", PACKAGE / "symptom.py"]
DIALECTS = ("cup", "cup-cbc", "chanjet", "sm4", "no-60-3", "stx-ascii")
CUT_PLACES = 10
FIELDS_MAX = 128
"""Numbers up to here are those of fields."""

NO_FAULT_IN = {"H2": ("sm4", "chanjet"), "E5": ("stx-ascii",)}
"""Dialects in which a row's causes are none: keys of the algorithm and length that the rule wants, no header in which
the host could ask for an update."""

# what the sources may hold -----------------------------------------------------------------------------------------


def literals(path: Path) -> Iterator[str | int]:
    """Strings and numbers of a module, without its docstrings and without the words that are shown to people."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    hidden: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            hidden.add(id(node.value))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Text":
            hidden.update(id(inner) for inner in ast.walk(node))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in hidden and isinstance(node.value, str | int):
            yield node.value


def values(value: Json, keys: tuple[str, ...] = ("", "")) -> Iterator[tuple[str, str, Json]]:
    """All values of a scenario with the keys they stand under, the outer one first."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from values(inner, (keys[-1], str(name)))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from values(inner, keys)
    else:
        yield keys[0], keys[1], value


def incidental() -> tuple[set[str], set[int]]:
    """Texts and numbers of all scenarios that belong to the scenario alone: amounts, times, what people are told, what
    a merchant says of himself, names of cases.

    One word in small letters is a word of the provider's language (stolen, closed), and no name.
    """
    texts: set[str] = set()
    numbers: set[int] = set()
    for row in (LIFE, *scenario_ids()):
        scenario = load_scenario(row).model_dump(mode="json", exclude_defaults=True)
        texts |= {case["name"] for case in scenario["case"] if "-" in case["name"]}
        for outer, key, value in values(scenario):
            if (outer == "merchant" or key in ("zh", "en", "reason")) and isinstance(value, str):
                texts |= set() if value.isascii() and value.islower() and value.isalpha() else {value}
            elif key == "time" and isinstance(value, str):
                numbers.add(microseconds(value))
            elif key.endswith("_fen") and isinstance(value, int):
                numbers.add(value)
    return texts | set(listed_pans()), numbers - {0, 1}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_symptom_knows_a_value_of_a_scenario(path: Path) -> None:
    texts, numbers = incidental()
    found = set(literals(path))
    assert found & texts == set()
    assert {one for one in found if isinstance(one, int) and one > FIELDS_MAX} & numbers == set()


def test_the_diagnosis_opens_no_scenario() -> None:
    """The import contract keeps its code away from scenarios and faults; this keeps it away from their files."""
    found = {one for path in PACKAGE.rglob("*.py") for one in literals(path) if isinstance(one, str)}
    assert {"probes", "ladder.toml"} <= found, "what it does open"
    assert not {one for one in found if "scenario" in one}


# the same failure in other clothes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("row", scenario_ids())
def test_another_dialect_and_other_values_change_nothing(row: str) -> None:
    """Each row in another dialect than the default, one of its cases with all that is incidental changed at random."""
    rng = random.Random(row)
    dialect = rng.choice([one for one in DIALECTS[1:] if one not in NO_FAULT_IN.get(row, ())])
    given = load_scenario(row)
    scenario = varied(given.model_copy(update={"setup": given.setup.model_copy(update={"dialect": dialect})}), rng)
    name = rng.choice([case for of, case in HARMFUL if of == row])
    (case,) = [case for case in scenario.case if case.name == name]
    stage = begun(scenario, opener("simulated"), rng.randrange(1000), noise=noise(rng))
    try:
        play_case(stage, scenario, case)
        assert diagnose(stage.bench.events()).group == (row,), (dialect, name)
    finally:
        stage.bench.finish()


# recordings that end early -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("one", HARMFUL, ids="-".join)
def test_a_recording_that_ends_anywhere_is_read(one: tuple[str, str]) -> None:
    events = before_remedy(*one)
    rng = random.Random("/".join(one))
    for number in range(CUT_PLACES):
        end, start = rng.randrange(len(events)), rng.choice((0, rng.randrange(len(events))))
        found = diagnose(events[start:end], VIEWS[number % len(VIEWS)])
        assert (found.first is None) == (not found.ranking)
    for view in VIEWS:
        assert diagnose((), view).ranking == ()


def test_events_of_kinds_that_nobody_knows_say_nothing() -> None:
    """A newer version's, or those of a bench with more to it."""
    events = before_remedy("H3", "self-swipe")
    data: Json = {"fields": None, "outcome": 7, "dir": [], "link": {}}
    strange = [
        replace(event, seq=event.seq + 1_000_000, kind="camera", party=party, data=data)
        for event, party in zip(events, ("bench2", "terminal", "host", "register") * len(events), strict=False)
    ]
    mixed = [event for both in zip(events, strange, strict=True) for event in both]
    for view in VIEWS:
        assert diagnose(mixed, view).json() == diagnose(events, view).json()
