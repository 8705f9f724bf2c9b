"""What was tried where: life-cycle state x operation x fault, found in the traces of a run.

A *cell* is an operation that a terminal began in a state of its life cycle while a fault was in force.  A fault is one
of the catalogues (of a line, of the host, of the terminal and its parts), a cut of its power, or, where people or the
provider cause a failure by something that they do, the row of the catalogue that this is.  Which cells there are
is handed in: a report knows no machine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from protocols.text import Text

from ..machine import side_of
from ..trace import Event

HEALTHY = ""
"""The fault of an operation during which nothing was wrong."""
POWER_CUT = "power_cut"
CERTIFICATE = "certificate"


class Cell(NamedTuple):
    """`fault`: see the module; HEALTHY for none."""

    state: str
    operation: str
    fault: str


@dataclass(frozen=True, slots=True)
class Fault:
    """`operations`: those that it can meet.  `rows`: those of the catalogue that it brings about.  `named`: how often
    the documents name one of these."""

    text: Text
    operations: frozenset[str]
    rows: tuple[str, ...] = ()
    named: int = 0


@dataclass(frozen=True, slots=True)
class Universe:
    """All there is to try.  `open`: in which states a terminal lets which operations begin, by itself."""

    states: Mapping[str, Text]
    operations: Mapping[str, Text]
    open: frozenset[tuple[str, str]]
    faults: Mapping[str, Fault]

    def cells(self) -> Iterator[Cell]:
        """Every cell that a run could have, in the order of the tables; the healthy one first."""
        for state in self.states:
            for operation in self.operations:
                if (state, operation) in self.open:
                    yield Cell(state, operation, HEALTHY)
                    yield from (
                        Cell(state, operation, name)
                        for name, fault in self.faults.items()
                        if operation in fault.operations
                    )


def cells_of(events: Iterable[Event]) -> set[Cell]:
    """The cells that a recording shows.

    A fault is in force from where the bench caused it until it was healed or its remedy began, a failure that people
    cause from their step on; a power cut belongs to the operation that it ended.
    """
    found: set[Cell] = set()
    force = _InForce()
    begun: dict[str, tuple[str, str]] = {}
    for event in events:
        if event.party == "bench":
            force.note(event)
            if event.kind == "crash" and (cut := begun.pop(str(event.data.get("party")), None)) is not None:
                found.add(Cell(*cut, POWER_CUT))
        elif event.kind == "operation" and side_of(event.party) == "terminal":
            data = event.data
            if data["phase"] == "begin" and "state" in data:
                begun[event.party] = (data["state"], data["op"])
                found.update(Cell(*begun[event.party], fault) for fault in force.names())
            elif data["phase"] == "end":
                begun.pop(event.party, None)
    return found


class _InForce:
    """Which faults are in force, from what the bench notes."""

    def __init__(self) -> None:
        self._row = ""
        self._part = ""
        self._caused: dict[tuple[str, str], list[str]] = {}
        self._by_people = False

    def names(self) -> list[str]:
        """While a remedy is under way nobody can say what is still in force."""
        if self._part == "remedy":
            return []
        names = [name for caused in self._caused.values() for name in caused]
        return names + [self._row] * self._by_people or [HEALTHY]

    def note(self, event: Event) -> None:
        data = event.data
        if event.kind == "case":
            self._row, self._part = str(data.get("row") or ""), ""
            self._begin_anew()
        elif event.kind == "step":
            if self._part == "remedy" and data.get("part") != "remedy":
                self._begin_anew()
            self._part = str(data.get("part") or "")
            self._by_people |= bool(data.get("mistake"))
        elif event.kind == "cause" and "healed" in data:
            whose = str(data.get("party") or "")
            self._caused = {
                place: names for place, names in self._caused.items() if place != (whose, str(data["healed"]))
            }
        elif event.kind == "cause":
            self._caused.update(_caused(data))

    def _begin_anew(self) -> None:
        self._caused.clear()
        self._by_people = False


def _caused(data: Mapping[str, object]) -> dict[tuple[str, str], list[str]]:
    """(whose, what), as the event of its end will name it, to the faults; a line belongs to nobody."""
    link = data.get("link")
    if isinstance(link, list):
        return {("", str(data.get("path"))): [str(spec).partition(":")[0] for spec in link]}
    name = CERTIFICATE if data.get("certificate") else str(data.get("behaviour"))
    return {(str(data.get("party")), name): [name]}


@dataclass(frozen=True, slots=True)
class Coverage:
    """`ran` of the universe; `never`: the other cells, those first whose cause the documents name most often, and among
    equals those where most else was tried: a terminal spends its life there."""

    universe: Universe
    ran: frozenset[Cell]
    never: tuple[Cell, ...]
    total: int

    @property
    def permille(self) -> int:
        """Share of the cells that ran."""
        return 1000 * len(self.ran) // max(1, self.total)

    def at(self, state: str, operation: str) -> tuple[list[str], list[str]]:
        """The faults that were tried there, and those that were not, HEALTHY among them."""
        here = list(self._faults_at(operation)) if (state, operation) in self.universe.open else []
        ran = [fault for fault in here if Cell(state, operation, fault) in self.ran]
        return ran, [fault for fault in here if fault not in ran]

    def _faults_at(self, operation: str) -> Iterator[str]:
        yield HEALTHY
        yield from (name for name, fault in self.universe.faults.items() if operation in fault.operations)


def coverage(universe: Universe, recordings: Iterable[Sequence[Event]]) -> Coverage:
    """What these recordings cover of it."""
    seen: set[Cell] = set()
    for events in recordings:
        seen |= cells_of(events)
    every = list(universe.cells())
    ran = frozenset(cell for cell in every if cell in seen)
    tried = Counter(cell.fault for cell in ran)
    busy = Counter((cell.state, cell.operation) for cell in ran)

    def rank(place: int) -> tuple[int, int, int, int]:
        state, operation, name = every[place]
        fault = universe.faults.get(name)
        return -(fault.named if fault else 0), -busy[state, operation], tried[name], place

    missing = sorted((place for place, cell in enumerate(every) if cell not in ran), key=rank)
    return Coverage(universe, ran, tuple(every[place] for place in missing), len(every))
