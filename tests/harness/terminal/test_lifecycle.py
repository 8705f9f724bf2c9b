"""The life cycle is one table, total over states and events, with no dead ends and nothing out of reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.terminal.faults import FAULTS
from harness.terminal.gate import GATE
from harness.terminal.lifecycle import EVENTS, STATES, TABLE, diagram, next_state, path_to
from harness.terminal.terminal import Terminal

from .scripted import Bench, box_settings, ready_settings

BARE = ("unboxed", "self_tested", "connected", "tampered")


def test_every_state_answers_every_event() -> None:
    for state in STATES:
        for event in EVENTS:
            assert next_state(state, event) in STATES


def test_the_table_says_each_thing_once() -> None:
    pairs = [(row.state, row.event) for row in TABLE]
    assert len(pairs) == len(set(pairs))
    assert all(row.state in STATES and row.next in STATES for row in TABLE)


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_reached_and_left(state: str) -> None:
    at = "unboxed"
    for event in path_to(state):
        at = next_state(at, event)
    assert at == state
    assert any(row.state == state and row.next != state for row in TABLE)


def test_the_documented_order_leads_to_ready() -> None:
    """CardInfoLink Smart-POS documents: activation, keys, sign-in, downloads, transactions."""
    assert path_to("ready") == (
        "self_test_passed",
        "host_reached",
        "activation_granted",
        "tmk_loaded",
        "signed_in",
        "downloads_complete",
    )


def test_an_unknown_event_is_refused() -> None:
    with pytest.raises(ValueError, match="surprise"):
        next_state("ready", "surprise")


@pytest.mark.parametrize("state", STATES)
def test_a_terminal_starts_in_any_state(state: str) -> None:
    settings = box_settings(start_at=state) if state in BARE else ready_settings(start_at=state)
    bench = Bench(settings)
    if state in ("signed_in", "ready"):
        bench.do("sign_in")
    assert bench.terminal.status()["life_cycle"] == state


@pytest.mark.parametrize("state", ["keyed", "nowhere"])
def test_a_start_that_cannot_be_is_refused_with_a_cure(state: str) -> None:
    from protocols.errors import LocalError

    with pytest.raises(LocalError, match=r"Use one of|--terminal"):
        Terminal(box_settings(start_at=state)).start([], 0)


def test_the_documentation_is_drawn_from_the_tables() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "terminal.md").read_text(encoding="utf-8")
    assert diagram() in page
    assert ", ".join(f"`{rule.cause}`" for rule in GATE) in page
    assert all(f"| `{name}` |" in page for name in FAULTS)
