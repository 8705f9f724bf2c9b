"""The coverage map as a report shows it: states by operations, the faults with where they were tried, what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from protocols.text import Text

from .coverage import HEALTHY, Cell, Coverage, Fault
from .words import COMMA, SEMICOLON, joined, same

UNTESTED_SHOWN = 300
"""Combinations that the page lists; `posrig coverage --json` has them all."""

TITLE = Text("故障覆盖图", "Failure coverage map")
HOW = Text(
    "左列为终端的生命周期状态，上方为操作。格中数字：在该状态做该操作时试过几种故障，共有几种可能；指向它可看名称。"
    "“·”表示一次也没有试过；空白处终端自己不让操作开始。",
    "States of the terminal's life cycle on the left, operations on top. In a cell: how many faults were tried while a "
    "terminal in that state did that, of how many it can meet; point at it for their names. · never tried; blank: the "
    "terminal itself does not let it begin.",
)
FIGURE = Text("已试 {ran} 格，共 {total} 格（{percent}%）", "{ran} of {total} cells tried ({percent} %)")
CORNER = Text("状态 ↓ 操作 →", "state ↓ operation →")
FAULTS = Text("各种故障", "Fault by fault")
FAULT, ROWS = Text("注入的故障", "Fault"), Text("对应编号", "Rows")
NAMED = Text("文档提及", "Named")
TRIED, PLACES = Text("已试", "Tried"), Text("在哪里试过", "Where")
UNTESTED = Text("未试的组合，文档提得最多的在前", "Untested combinations, what the documents name most often first")
STATE, OPERATION = Text("状态", "State"), Text("操作", "Operation")
WITHOUT_FAULT = Text("无故障", "no fault")
NOTHING = Text("未试过", "never")
MORE = Text("另有 {count} 个，见 posrig coverage --json", "{count} more: posrig coverage --json")


@dataclass(frozen=True, slots=True)
class MapCell:
    """`ran` faults of `possible`; `tone` 0 (none) to 4 (all); `told`: their names."""

    ran: int
    possible: int
    tone: int
    told: Text


@dataclass(frozen=True, slots=True)
class MapFault:
    """One fault: `ran` of `possible` places, and which they were."""

    text: Text
    rows: tuple[str, ...]
    named: int
    ran: int
    possible: int
    places: Text


@dataclass(frozen=True, slots=True)
class CoverageMap:
    """`grid`: a row of cells per state, None where the operation does not begin.  `more`: untested, not listed."""

    figure: Text
    operations: tuple[Text, ...]
    grid: tuple[tuple[Text, tuple[MapCell | None, ...]], ...]
    faults: tuple[MapFault, ...]
    untested: tuple[tuple[Text, Text, Text, Fault | None], ...]
    """Fault by fault and state by state: state, operations, the fault's name, and what the documents say of it."""
    more: int


def coverage_map(found: Coverage) -> CoverageMap:
    """What the template needs."""
    universe = found.universe
    shown = [op for op in universe.operations if any(op == other for _, other in universe.open)]
    percent = f"{found.permille / 10:.1f}"
    return CoverageMap(
        figure=FIGURE.format(ran=len(found.ran), total=found.total, percent=percent),
        operations=tuple(universe.operations[op] for op in shown),
        grid=tuple((text, tuple(_cell(found, state, op) for op in shown)) for state, text in universe.states.items()),
        faults=_faults(found),
        untested=_untested(found),
        more=max(0, len(found.never) - UNTESTED_SHOWN),
    )


def _cell(found: Coverage, state: str, operation: str) -> MapCell | None:
    ran, never = found.at(state, operation)
    possible = len(ran) + len(never)
    if not possible:
        return None
    tone = -(-4 * len(ran) // possible)
    return MapCell(len(ran), possible, tone, _listed([_name(found, fault) for fault in ran]))


def _untested(found: Coverage) -> tuple[tuple[Text, Text, Text, Fault | None], ...]:
    """The first ones, in order; what differs in nothing but the operation stands in one line."""
    universe = found.universe
    operations: dict[tuple[str, str], list[Text]] = {}
    for cell in found.never[:UNTESTED_SHOWN]:
        operations.setdefault((cell.fault, cell.state), []).append(universe.operations[cell.operation])
    return tuple(
        (universe.states[state], joined(*named, by=COMMA), _name(found, fault), universe.faults.get(fault))
        for (fault, state), named in operations.items()
    )


def _faults(found: Coverage) -> tuple[MapFault, ...]:
    universe = found.universe
    ran_at: dict[str, list[Cell]] = {}
    for cell in sorted(found.ran):
        ran_at.setdefault(cell.fault, []).append(cell)
    possible: dict[str, int] = {}
    for cell in universe.cells():
        possible[cell.fault] = possible.get(cell.fault, 0) + 1
    everything = [(HEALTHY, Fault(WITHOUT_FAULT, frozenset())), *universe.faults.items()]
    views = []
    for name, fault in everything:
        places = [
            joined(universe.states[cell.state], universe.operations[cell.operation]) for cell in ran_at.get(name, ())
        ]
        views.append(MapFault(fault.text, fault.rows, fault.named, len(places), possible.get(name, 0), _listed(places)))
    return tuple(views)


def _name(found: Coverage, fault: str) -> Text:
    known = found.universe.faults.get(fault)
    return known.text if known else WITHOUT_FAULT if fault == HEALTHY else same(fault)


def _listed(texts: Sequence[Text]) -> Text:
    return joined(*texts, by=SEMICOLON) if texts else NOTHING
