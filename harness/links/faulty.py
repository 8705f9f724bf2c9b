"""Applies a fault plan to one connection: no clock, no I/O; shared by the simulated network and the real proxy.

Frame faults come first (they need whole frames, so octets wait for the rest of their frame while one is to strike),
then the byte faults in the order of the plan.  A plan that is spent lets everything through untouched and at once.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from ..machine import Json
from ..pieces import Framer, Piece, Splitter
from .dials import Dials
from .faults import Cut, Delivery, Outcome, Stream
from .faults.base import US_PER_MS, ByteFault, Chunk, FrameFault, Toxic
from .plan import FaultPlan, entry_of

__all__ = ["Cut", "Delivery", "FaultPlan", "Faulty", "Outcome", "Stream"]

Report = Callable[[Mapping[str, Json]], None]
"""Told once per frame a frame fault strikes, and once per connection for a byte fault: the fault's entry and `struck`,
the number of the frame among those that match, or of the connection."""

FramerFactory = Callable[[], Framer]


@dataclass(slots=True)
class _Spending:
    """How much of a plan is used up; shared by all connections of one path."""

    connections: int = 0
    matched: dict[int, int] = field(default_factory=dict)
    since_us: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Lane:
    """One direction of the open connection."""

    splitter: Splitter
    last_us: int = 0
    held: list[Chunk] = field(default_factory=list)
    ended: bool = False


class Faulty:
    """The faults of `plan` on one connection at a time; `sibling` gives another connection of the same path."""

    def __init__(
        self, plan: FaultPlan, framer_factory: FramerFactory, rng: random.Random, report: Report | None = None
    ) -> None:
        self.plan: FaultPlan = plan.drawn(rng)
        self._framer_factory = framer_factory
        self._rng = rng
        self._report = report
        self._spending = _Spending()
        self._dials = Dials(self.plan.faults)
        self._open = self._cut_behind = False
        self._reset(open_=False)

    def sibling(self) -> Faulty:
        """For a second connection that is open at the same time: it spends the same plan."""
        other = Faulty(self.plan, self._framer_factory, self._rng, self._report)
        other._spending = self._spending
        return other

    def dialled(self) -> str:
        """The reason for which the dial that is just made fails, "" when it comes through to `opened`."""
        return self._dials.next()

    def opened(self, now_us: int) -> list[Outcome]:
        """A connection is dialled.  A Cut "refused" means that it does not open; other Cuts come later."""
        self._reset(open_=True)
        self._spending.connections += 1
        self._number = self._spending.connections
        outcomes: list[Outcome] = []
        for index, fault in self._byte_faults():
            if self._is_on(index, fault, now_us):
                toxic = fault.begin(now_us, self._rng)
                self._toxics[index] = toxic
                cuts = toxic.opened(now_us)
                if toxic.refuses():
                    cuts = [Cut(now_us, "refused")]
                if cuts:
                    self._tell(index, self._number)
                outcomes += cuts
        return outcomes

    def push(self, stream: Stream, data: bytes, now_us: int) -> list[Outcome]:
        """`data` was put in at the near end of `stream`; what comes out at the far end, and when."""
        lane = self._lanes[stream]
        if not self._open or lane.ended or not data:
            return []
        if lane.splitter.pending or self._awaits_frames(stream) or lane.held:
            chunks = [c for piece in lane.splitter.feed(data) for c in self._frame_faults(stream, piece, now_us)]
            if not self._awaits_frames(stream) and not lane.held:
                # Nothing waits for whole frames any more: what has arrived of the next one goes on at once.
                chunks += [Chunk(now_us, rest)] if (rest := lane.splitter.rest()) else []
                lane.splitter = Splitter(self._framer_factory())
        else:
            chunks = [Chunk(now_us, data)]
        outcomes = self._byte_flow(stream, chunks, now_us)
        if self._cut_behind and self._open:
            self._open = False
            outcomes.append(Cut(max(now_us, lane.last_us), "reset"))
        return outcomes

    def closed(self, stream: Stream, now_us: int) -> list[Outcome]:
        """The near end of `stream` closed; what was held is let through before its peer learns it."""
        lane = self._lanes[stream]
        if not self._open or lane.ended:
            return []
        rest = lane.splitter.rest()
        chunks = ([Chunk(now_us, rest)] if rest else []) + self._release(lane, now_us)
        outcomes = self._byte_flow(stream, chunks, now_us)
        lane.ended = True
        at_us: int | None = max(now_us, lane.last_us)
        for index, toxic in self._working(stream, now_us):
            before = at_us
            at_us = toxic.close_at(at_us) if at_us is not None else None
            if before != at_us:
                self._tell_once(index)
        return outcomes if at_us is None else [*outcomes, Cut(at_us, "eof", stream)]

    def spent(self, now_us: int) -> bool:
        """True when no entry of the plan can strike any more."""
        if not self._dials.spent:
            return False
        over = not self._open or all(lane.ended for lane in self._lanes.values())
        for index, fault in enumerate(self.plan.faults):
            if isinstance(fault, FrameFault):
                if self._spending.matched.get(index, 0) < fault.frame + fault.times - 1:
                    return False
            elif isinstance(fault, ByteFault) and fault.for_ms:
                since_us = self._spending.since_us.get(index)
                if since_us is None or now_us < since_us + fault.for_ms * US_PER_MS:
                    return False
            elif isinstance(fault, ByteFault):
                left = fault.connection + fault.times - 1 - self._spending.connections
                if left > 0 or (left == 0 and not over):
                    return False
        return True

    # Inside -----------------------------------------------------------------------------------------------------

    def _reset(self, open_: bool) -> None:
        self._open = open_
        self._cut_behind = False
        self._number = 0
        self._toxics: dict[int, Toxic] = {}
        self._told: set[int] = set()
        self._lanes: dict[Stream, _Lane] = {
            "upstream": _Lane(Splitter(self._framer_factory())),
            "downstream": _Lane(Splitter(self._framer_factory())),
        }

    def _byte_faults(self) -> list[tuple[int, ByteFault]]:
        return [(i, f) for i, f in enumerate(self.plan.faults) if isinstance(f, ByteFault)]

    def _is_on(self, index: int, fault: ByteFault, now_us: int) -> bool:
        if self._number < fault.connection:
            return False
        if not fault.for_ms:
            return self._number < fault.connection + fault.times
        since_us = self._spending.since_us.setdefault(index, now_us)
        return now_us < since_us + fault.for_ms * US_PER_MS

    def _working(self, stream: Stream, now_us: int) -> list[tuple[int, Toxic]]:
        """The toxics that are at work in `stream` now, in the order of the plan."""
        working = []
        for index, toxic in self._toxics.items():
            fault = self.plan.faults[index]
            assert isinstance(fault, ByteFault)
            if (fault.stream == stream or fault.both_ways or toxic.refuses()) and self._is_on(index, fault, now_us):
                working.append((index, toxic))
        return working

    def _awaits_frames(self, stream: Stream) -> bool:
        """Some frame fault of `stream` has not struck for the last time."""
        matched = self._spending.matched
        return any(
            isinstance(f, FrameFault) and f.stream == stream and matched.get(i, 0) < f.frame + f.times - 1
            for i, f in enumerate(self.plan.faults)
        )

    def _frame_faults(self, stream: Stream, piece: Piece, now_us: int) -> list[Chunk]:
        chunks = [Chunk(now_us, piece.raw)]
        if piece.payload is None:
            return chunks
        lane = self._lanes[stream]
        hold = False
        for index, fault in enumerate(self.plan.faults):
            if isinstance(fault, FrameFault) and fault.stream == stream and fault.matches(piece.payload):
                count = self._spending.matched[index] = self._spending.matched.get(index, 0) + 1
                if fault.frame <= count < fault.frame + fault.times:
                    self._tell(index, count)
                    hold = hold or fault.holds
                    self._cut_behind = self._cut_behind or fault.cuts
                    chunks = [c for chunk in chunks for c in fault.strike(chunk.data, chunk.at_us, self._rng)]
        if hold:
            lane.held += chunks
            return []
        return chunks + self._release(lane, now_us)

    def _release(self, lane: _Lane, now_us: int) -> list[Chunk]:
        released = [Chunk(max(now_us, chunk.at_us), chunk.data) for chunk in lane.held]
        lane.held.clear()
        return released

    def _byte_flow(self, stream: Stream, chunks: list[Chunk], now_us: int) -> list[Outcome]:
        flowing: list[Chunk | Cut] = list(chunks)
        for index, toxic in self._working(stream, now_us):
            if flowing:
                self._tell_once(index)
            flowing = [
                out for item in flowing for out in ([item] if isinstance(item, Cut) else toxic.flow_in(stream, item))
            ]
        return self._in_order(self._lanes[stream], stream, flowing)

    def _in_order(self, lane: _Lane, stream: Stream, flowing: list[Chunk | Cut]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for item in flowing:
            at_us = max(item.at_us, lane.last_us)
            if isinstance(item, Cut):
                self._open = False
                return [*outcomes, replace(item, at_us=at_us)]
            if item.ordered:
                lane.last_us = at_us
            outcomes.append(Delivery(at_us, stream, item.data))
        return outcomes

    def _tell_once(self, index: int) -> None:
        if index not in self._told:
            self._tell(index, self._number)

    def _tell(self, index: int, struck: int) -> None:
        self._told.add(index)
        if self._report is not None:
            self._report({**entry_of(self.plan.faults[index]), "struck": struck})
