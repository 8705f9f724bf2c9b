"""State diagrams: the terminal's life cycle from its table, everything else from what the runs went through."""

from __future__ import annotations

import re

from protocols.text import Text

from ..acquirer.oversight.notices import NOTICE_KINDS
from ..reports.state_words import MACHINES, STATES, state
from ..reports.words import same, word
from ..terminal import lifecycle
from . import guide_words as w
from .graph import EVERYWHERE, Arrow, Graph, in_order
from .runs import Runs

STATES_MIN = 3
"""Two states need no picture."""
STATES_MAX = 16
"""A machine with more states than that counts something (batches, versions) or is a list of kinds (holds)."""

_IDENTIFIER = re.compile(r"[a-z][a-z_' ]*")


def graphs(runs: Runs) -> list[Graph]:
    """Every diagram, the terminal's life cycle first."""
    return [life_cycle(), *observed(runs)]


def life_cycle() -> Graph:
    """Drawn from the table; what leads to one state from everywhere is told beside it."""
    rows = [row for row in lifecycle.TABLE if row.event not in lifecycle.FROM_EVERYWHERE]
    return Graph(
        "life-cycle",
        w.LIFE_CYCLE,
        w.FROM_TABLE,
        lifecycle.STATES,
        {event: _event(event) for event in lifecycle.EVENTS},
        tuple(
            [Arrow(row.state, row.next, row.event) for row in rows if row.state != row.next]
            + [Arrow(EVERYWHERE, state, event) for event, state in lifecycle.FROM_EVERYWHERE.items()]
        ),
    )


def observed(runs: Runs) -> list[Graph]:
    """One diagram for each other machine that the recordings tell of, with the transitions that took place."""
    found: dict[str, dict[tuple[str, str, str], None]] = {}
    for run in runs.all:
        for event in run.trace.events:
            if event.kind == "state" and event.data.get("machine") != "life_cycle":
                data = event.data
                step = (str(data.get("from") or ""), str(data.get("to") or ""), str(data.get("why") or ""))
                found.setdefault(str(data["machine"]), {})[step] = None
    graphs = [_observed(machine, list(steps)) for machine, steps in found.items()]
    return sorted((graph for graph in graphs if graph is not None), key=lambda graph: graph.id)


def _observed(machine: str, steps: list[tuple[str, str, str]]) -> Graph | None:
    names = {state for before, after, _ in steps for state in (before, after) if state}
    if any(after == "" for _, after, _ in steps) or any(not _IDENTIFIER.fullmatch(name) for name in names):
        return None
    arrows = [Arrow(a, b, why if _IDENTIFIER.fullmatch(why) else b) for a, b, why in steps if a != b]
    drawn = {state for arrow in arrows for state in (arrow.before, arrow.after) if state}
    if not STATES_MIN <= len(drawn) <= STATES_MAX:
        return None
    order = in_order(arrows)
    arrows = list(dict.fromkeys(sorted(arrows, key=lambda x: (order.index(x.after), _place(order, x.before), x.event))))
    events = dict.fromkeys(arrow.event for arrow in arrows)
    return Graph(
        machine.replace("_", "-"),
        word(MACHINES, machine),
        w.FROM_RUNS,
        {one: state(machine, one) for one in order},
        {event: _event(event) for event in events},
        tuple(arrows),
    )


def _place(order: list[str], state: str) -> int:
    return order.index(state) if state else -1


def _event(name: str) -> Text:
    if name in NOTICE_KINDS:
        return NOTICE_KINDS[name].text
    return w.EVENTS.get(name) or STATES.get(name) or same(name.replace("_", " "))
