"""The simulated shell: machines, links and stores in one thread and in virtual time.

A heap of timed actions, ordered by (time, sequence): the same seed gives the same run, octet for octet.  Nothing blocks
and nothing hangs: every wait has a limit in virtual time, every instant a limit of turns; both end in a named error.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .clock import VirtualClock
from .engine_errors import (
    NO_PARTY,
    NO_PARTY_CURE,
    EngineError,
    NeverHolds,
    NoAnswer,
    PartyDown,
    TimeStandsStill,
)
from .links.certificates import Served
from .links.faulty import FaultPlan, Faulty, FramerFactory
from .links.leads import Leads
from .links.memory import End, LinkFaults, Network
from .machine import (
    HOUR_US,
    Answer,
    Ask,
    Close,
    Connect,
    Effect,
    Event,
    Json,
    Machine,
    Note,
    Persist,
    Restart,
    Send,
    Wake,
    side_of,
)
from .stores import Store
from .trace import Recorder

__all__ = ["Engine", "EngineError", "NeverHolds", "NoAnswer", "PartyDown", "Recorder", "TimeStandsStill"]

ASK_LIMIT_US = 6 * HOUR_US
"""Longer than any operation with all its time-outs and repeats; who waits for people asks again instead."""

RUN_LIMIT_US = 24 * HOUR_US
"""Default limit of `run_until` and `run_idle`."""

TURNS_AT_ONE_INSTANT_MAX = 100_000
"""A machine whose deadline never moves on would stop time; a real instant has some tens of turns."""


BeforeEffect = Callable[[str, int, Effect], bool]
"""(party, running index of the effect from 1, the effect): True crashes the party before the effect is carried out."""


@dataclass(slots=True, eq=False)
class _Party:
    name: str
    factory: Callable[[], Machine]
    store: Store
    machine: Machine | None = None
    effects: int = 0
    wake_us: int | None = None
    wake_sequence: int = 0
    booting: bool = True


class Engine:
    """One simulated world.

    `trace` None records nothing (for exploration).  `seed` feeds `random_for`, the only source of randomness.
    `before_effect` may be set to a hook that decides about crashes (see `BeforeEffect`).
    """

    def __init__(self, seed: int = 0, trace: Recorder | None = None, clock: VirtualClock | None = None) -> None:
        self.seed = seed
        self.trace = trace
        self.clock: VirtualClock = clock or VirtualClock()
        self.before_effect: BeforeEffect | None = None
        self._now = self.clock.now_us()
        self._heap: list[tuple[int, int, Callable[[], None] | _Party]] = []
        self._in_flight = 0
        self._sequence = 0
        self._turns_now = 0
        self._parties: dict[str, _Party] = {}
        self._network = Network(self)
        self._asked: dict[int, tuple[str, str]] = {}
        self._answers: dict[int, Answer] = {}
        self._lost: dict[int, tuple[str, str]] = {}
        self._tickets = 0
        self._crashes: dict[str, dict[int, int | None]] = {}

    # Setting up -------------------------------------------------------------------------------------------------

    def random_for(self, purpose: str) -> random.Random:
        """A generator of its own for `purpose`: what one party draws does not shift what another one gets."""
        return random.Random(f"{self.seed}/{purpose}")

    def add_party(self, factory: Callable[[], Machine], store: Store, name: str = "") -> str:
        """A party, started when the engine next runs; `factory` makes its machine, now and at each restart.

        Returns its name, the machine's unless another is given.
        """
        machine = factory()
        party = _Party(name or machine.name, factory, store)
        self._parties[party.name] = party
        self.later(self._now, lambda: self._boot(party, machine))
        return party.name

    def wire(
        self, near: End, far: End, *, latency_us: int = 0, faults: LinkFaults | None = None, device: str = ""
    ) -> None:
        """A cable that stays plugged in (serial): open while both parties are up.  `near` is the client's end, which
        knows the far one by the number `device`.  `End` is (party, link as that party names it).
        """
        self._network.wire(near, far, latency_us, faults, device)

    def route(
        self,
        near: End,
        far_party: str,
        *,
        latency_us: int = 0,
        faults: LinkFaults | None = None,
        leads: Leads | None = None,
        told: bool = False,
    ) -> None:
        """`Connect` on the link `near` leads to `far_party`, which gets it as "c1", "c2" ...

        `leads`: where each address leads instead.  `told`: the far party's peer is the address that was dialled.
        """
        self._network.route(near, far_party, latency_us, faults, leads, told)

    def set_faults(self, near: End, faults: LinkFaults | None) -> None:
        """Replace the faults on the cable of `near`, at once also on a connection that is open; None heals it."""
        self._network.set_faults(near, faults)

    def faulty(self, plan: FaultPlan, framer_factory: FramerFactory, path: str) -> Faulty:
        """`plan` made ready for a cable of this world; every strike becomes a `fault` event with `path` in it."""

        def report(data: Mapping[str, Json]) -> None:
            self._note_bench("fault", {**data, "path": path})

        return Faulty(plan, framer_factory, self.random_for(f"faults/{path}"), report)

    def serve(self, party: str, served: Served) -> None:
        """How `party` takes connections that are dialled with TLS."""
        self._network.serve(party, served)

    def crash_after(self, party: str, effects: int, restart_after_us: int | None = None) -> None:
        """Crash `party` once it has carried out `effects` effects in all (see `effects_of`), before the next one.

        `restart_after_us`: power comes back by itself; None: `restart` brings it back.
        """
        self._crashes.setdefault(party, {})[effects] = restart_after_us

    # Looking ----------------------------------------------------------------------------------------------------

    @property
    def now_us(self) -> int:
        return self._now

    @property
    def in_flight(self) -> int:
        """Octets under way, dials, starts and asks that are not delivered yet.  Deadlines do not count."""
        return self._in_flight

    def machine(self, party: str) -> Machine | None:
        """The machine of `party`, None while it is down."""
        return self._party(party).machine

    def effects_of(self, party: str) -> int:
        """How many effects `party` has carried out, over all its starts."""
        return self._party(party).effects

    # Running ----------------------------------------------------------------------------------------------------

    def ask(self, party: str, who: str, name: str, /, **args: Json) -> Answer:
        """Ask and run until the answer is there.  Raises NoAnswer after ASK_LIMIT_US, and PartyDown."""
        return self.wait_answer(self.submit(party, who, name, args))

    def submit(self, party: str, who: str, name: str, args: Mapping[str, Json]) -> int:
        """Ask without waiting; the ticket goes to `wait_answer` or `answer_of`.  Raises PartyDown."""
        target = self._party(party)
        if target.machine is None and not target.booting:
            raise PartyDown(party, name)
        self._tickets += 1
        ticket = self._tickets
        self._asked[ticket] = (party, name)
        self.later(self._now, lambda: self.deliver(party, Ask(who, name, dict(args), ticket)))
        return ticket

    def answer_of(self, ticket: int) -> Answer | None:
        """Take the answer, None as long as there is none.  Raises PartyDown when there will be none."""
        if ticket in self._lost:
            party, name = self._lost.pop(ticket)
            raise PartyDown(party, name)
        return self._answers.pop(ticket, None)

    def wait_answer(self, ticket: int, limit_us: int = ASK_LIMIT_US) -> Answer:
        """Run until `ticket` is answered.  Raises NoAnswer and PartyDown."""
        end = self._now + limit_us
        party, name = self._asked.get(ticket, ("?", f"ticket {ticket}"))
        while (answer := self.answer_of(ticket)) is None:
            if not self._step(end):
                raise NoAnswer(party, name, limit_us)
        return answer

    def run_until(self, condition: Callable[[], bool], limit_us: int = RUN_LIMIT_US) -> None:
        """Run until `condition()` is true; it is asked before every event.  Raises NeverHolds."""
        end = self._now + limit_us
        while not condition():
            if not self._step(end):
                raise NeverHolds(limit_us)

    def run_idle(self, limit_us: int = RUN_LIMIT_US) -> bool:
        """Run until nothing is left to happen, or until `limit_us` has passed; True when nothing is left."""
        end = self._now + limit_us
        while self._step(end):
            pass
        return self._next_at() is None

    def settle(self, limit_us: int = RUN_LIMIT_US) -> None:
        """Run until nothing is in flight and no deadline is due: clocks may be advanced then.  Raises NeverHolds."""
        self.run_until(lambda: not self._in_flight and self._next_at() != self._now, limit_us)

    def advance(self, us: int) -> None:
        """Let `us` microseconds pass and everything happen that falls due in them."""
        end = self._now + us
        while self._step(end):
            pass
        self._move_to(end)

    # Power ------------------------------------------------------------------------------------------------------

    def crash(self, name: str) -> None:
        """Power off: all that is volatile is gone, links break, open asks get no answer.  Down already: nothing."""
        party = self._party(name)
        if party.machine is None:
            return
        self._note_bench("crash", {"party": name, "effects": party.effects})
        self._power_off(party)

    def restart(self, name: str) -> None:
        """Power on: a new machine that knows its records and nothing else.  A party that is up is crashed first."""
        self.crash(name)
        self._power_on(self._party(name))

    def _power_on(self, party: _Party) -> None:
        party.booting = True
        self.later(self._now, lambda: self._boot(party, party.factory()))

    def _power_off(self, party: _Party, wires: bool = True) -> None:
        party.machine = None
        party.wake_us = None
        for ticket in [t for t, (asked, _) in self._asked.items() if asked == party.name]:
            self._lost[ticket] = self._asked.pop(ticket)
        self._network.party_down(party.name, wires=wires)

    # What the network needs (`links.memory.World`) ----------------------------------------------------------------

    def is_up(self, party: str) -> bool:
        return self._party(party).machine is not None

    def later(self, at_us: int, action: Callable[[], None]) -> None:
        """Do `action` at `at_us`, behind everything that was put there before."""
        self._sequence += 1
        self._in_flight += 1
        heapq.heappush(self._heap, (max(at_us, self._now), self._sequence, action))

    def deliver(self, party: str, event: Event) -> None:
        """One turn of `party`; nothing when it is down."""
        target = self._party(party)
        machine = target.machine
        if machine is not None:
            self._carry_out(target, machine, machine.handle(event, self._now))

    def record(self, party: str, kind: str, data: Mapping[str, Json]) -> None:
        """An event that `party` itself sees."""
        self._note(party, kind, data, (side_of(party),))

    # Inside -----------------------------------------------------------------------------------------------------

    def _party(self, name: str) -> _Party:
        try:
            return self._parties[name]
        except KeyError:
            known = ", ".join(sorted(self._parties))
            raise EngineError(NO_PARTY.format(name=name), NO_PARTY_CURE.format(known=known)) from None

    def _note_bench(self, kind: str, data: Mapping[str, Json]) -> None:
        self._note("bench", kind, data, ("bench",))

    def _note(self, party: str, kind: str, data: Mapping[str, Json], seen_by: Sequence[str]) -> None:
        if self.trace is not None:
            self.trace.append(party, kind, data, seen_by, self._now)

    def _boot(self, party: _Party, machine: Machine) -> None:
        if not party.booting:
            return
        party.machine = machine
        party.booting = False
        self._carry_out(party, machine, machine.start(party.store.load(), self._now))
        if party.machine is machine:
            self._network.party_up(party.name)

    def _carry_out(self, party: _Party, machine: Machine, effects: Sequence[Effect]) -> None:
        for effect in effects:
            if self._crashes_before(party, effect):
                self.crash(party.name)
            if party.machine is not machine:
                return
            party.effects += 1
            self._do(party, effect)
        if party.machine is machine:
            self._arm(party, machine.deadline)

    def _crashes_before(self, party: _Party, effect: Effect) -> bool:
        planned = self._crashes.get(party.name)
        if planned and party.effects in planned:
            restart_after_us = planned.pop(party.effects)
            if restart_after_us is not None:
                name = party.name
                self.later(self._now + restart_after_us, lambda: self.restart(name))
            return True
        return self.before_effect is not None and self.before_effect(party.name, party.effects + 1, effect)

    def _do(self, party: _Party, effect: Effect) -> None:
        match effect:
            case Note():
                self._note(party.name, effect.kind, effect.data, effect.seen_by)
            case Persist():
                party.store.append(effect.records)
                self.record(party.name, "persist", {"kinds": [record["kind"] for record in effect.records]})
            case Send():
                self._network.send((party.name, effect.link), effect.data)
            case Answer():
                if self._asked.pop(effect.ticket, None) is not None:
                    self._answers[effect.ticket] = effect
            case Connect():
                self._network.dial((party.name, effect.link), effect)
            case Close():
                self._network.close((party.name, effect.link))
            case Restart():
                self._power_off(party, wires=False)
                self._power_on(party)

    def _arm(self, party: _Party, deadline: int | None) -> None:
        if deadline == party.wake_us:
            return
        party.wake_us = deadline
        if deadline is not None:
            self._sequence += 1
            party.wake_sequence = self._sequence
            heapq.heappush(self._heap, (max(deadline, self._now), self._sequence, party))

    def _next_at(self) -> int | None:
        """Time of the next thing that will happen; deadlines that were moved meanwhile are thrown away."""
        heap = self._heap
        while heap:
            at_us, sequence, what = heap[0]
            if not isinstance(what, _Party) or (what.wake_us is not None and what.wake_sequence == sequence):
                return at_us
            heapq.heappop(heap)
        return None

    def _step(self, end_us: int) -> bool:
        """The next thing, if it happens at `end_us` or before."""
        at_us = self._next_at()
        if at_us is None or at_us > end_us:
            return False
        _, _, what = heapq.heappop(self._heap)
        self._move_to(at_us)
        self._turns_now += 1
        if self._turns_now > TURNS_AT_ONE_INSTANT_MAX:
            name = what.name if isinstance(what, _Party) else "?"
            raise TimeStandsStill(name, self._now)
        if isinstance(what, _Party):
            what.wake_us = None
            self.deliver(what.name, Wake())
        else:
            self._in_flight -= 1
            what()
        return True

    def _move_to(self, t_us: int) -> None:
        if t_us > self._now:
            self.clock.advance(t_us - self._now)
            self._now = t_us
            self._turns_now = 0
