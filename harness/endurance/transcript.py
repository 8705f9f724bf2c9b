"""What the register saw of the operation under way: enough to tell why it failed, and no more of a run of days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..machine import Json
from ..spoken import PROTOCOL
from ..trace import Trace, dumps

LINES_MAX = 2_000
"""Of one operation: a settlement with its upload has a few hundred."""
OPERATIONS_KEPT = 2
"""The one that has ended and the one before it, which is often to blame."""


class Transcript:
    """A Recorder that keeps the last operations, masked as any trace is."""

    def __init__(self) -> None:
        self._traces: list[Trace] = [Trace()]
        self._spoken: list[tuple[str, str, Mapping[str, Json], Sequence[str], int]] = []

    def append(self, party: str, kind: str, data: Mapping[str, Json], seen_by: Sequence[str], t_us: int) -> None:
        """As `Trace.append`; an operation that begins begins a trace of its own."""
        if kind == "link" and data.get("what") == PROTOCOL:
            self._spoken.append((party, kind, data, seen_by, t_us))
        if kind == "operation" and data.get("phase") == "begin":
            self._begin()
        trace = self._traces[-1]
        if len(trace.events) < LINES_MAX:
            trace.append(party, kind, data, seen_by, t_us)

    def _begin(self) -> None:
        self._traces = [*self._traces, Trace()][-OPERATIONS_KEPT:]
        for told in self._spoken:
            self._traces[-1].append(*told)

    def lines(self) -> list[Json]:
        """The events that are kept, one line of JSON each."""
        kept = [event for trace in tuple(self._traces) for event in tuple(trace.events)]
        return [dumps({"t_us": e.t_us, "kind": e.kind, **e.data}) for e in kept[-LINES_MAX:]]
