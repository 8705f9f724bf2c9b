"""What was seen during a visit, as the trace that the diagnosis reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from harness.trace import Event, Trace

from .visit import PARTY, SEEN_BY

if TYPE_CHECKING:
    from harness.bench.register import Register
    from harness.machine import Json


def events_of(
    taps: Sequence[Register], noted: Sequence[tuple[str, Mapping[str, Json]]], carried: Sequence[Event] = ()
) -> list[Event]:
    """The events of every session at the cable, those of before an interruption first (`carried`), then what people
    saw; masked as every trace is."""
    trace = Trace()
    for event in carried:
        trace.append(event.party, event.kind, event.data, event.seen_by, event.t_us)
    for session in taps:
        for event in session.events:
            trace.append(event.party, event.kind, event.data, event.seen_by, event.t_us)
    last_us = max((event.t_us for event in trace.events), default=0)
    for kind, data in noted:
        trace.append(PARTY, kind, data, SEEN_BY, last_us)
    return list(trace.events)
