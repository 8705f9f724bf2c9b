"""Wires of the simulated world: cables that stay plugged in, with parties and faults that come and go."""

from __future__ import annotations

from collections.abc import Sequence

from harness.engine import Engine
from harness.links.faulty import FaultPlan
from harness.machine import Answer, Ask, Closed, Effect, Event, Opened, Received, Record, Send
from harness.stores.memory import MemoryStore
from harness.trace import Trace
from protocols.framing import TcpFramer


class Echo:
    deadline: int | None = None

    def __init__(self, name: str, link: str) -> None:
        self.name, self.link = name, link
        self.heard: list[Event] = []

    def start(self, records: Sequence[Record], now: int) -> list[Effect]:
        return []

    def handle(self, event: Event, now: int) -> list[Effect]:
        self.heard.append(event)
        if isinstance(event, Ask):
            return [Send(self.link, b"ping"), Answer(event.ticket, {})]
        return []


def wired(*specs: str) -> Engine:
    engine = Engine(1, Trace())
    engine.add_party(lambda: Echo("register", "terminal"), MemoryStore())
    engine.add_party(lambda: Echo("terminal", "register"), MemoryStore())
    faults = engine.faulty(FaultPlan.from_specs(specs), TcpFramer, "register") if specs else None
    engine.wire(("register", "terminal"), ("terminal", "register"), latency_us=10, faults=faults)
    engine.settle()
    return engine


def heard(engine: Engine, party: str) -> list[Event]:
    machine = engine.machine(party)
    assert isinstance(machine, Echo)
    return [e for e in machine.heard if not isinstance(e, Ask)]


def test_a_wire_is_open_once_both_ends_are_up_and_carries_octets() -> None:
    engine = wired()
    engine.ask("register", "person", "ping")
    engine.settle()
    assert heard(engine, "terminal") == [Opened("register", "register"), Received("register", b"ping")]
    assert heard(engine, "register") == [Opened("terminal", "terminal")]


def test_a_wire_comes_back_with_the_party() -> None:
    engine = wired()
    engine.crash("terminal")
    engine.settle()
    assert heard(engine, "register")[1:] == [Closed("terminal", "gone")]
    engine.restart("terminal")
    engine.settle()
    assert heard(engine, "register")[2:] == [Opened("terminal", "terminal")]
    assert heard(engine, "terminal") == [Opened("register", "register")]


def test_a_wire_that_a_fault_pulled_is_plugged_in_again() -> None:
    engine = wired("reset_peer:stream=upstream")
    engine.ask("register", "person", "ping")
    engine.run_idle()
    assert heard(engine, "register")[1:] == [Closed("terminal", "reset"), Opened("terminal", "terminal")]
    engine.ask("register", "person", "ping")
    engine.run_idle()
    assert heard(engine, "terminal")[-1] == Received("register", b"ping")


def test_a_wire_that_is_down_is_silent() -> None:
    engine = wired("down")
    engine.ask("register", "person", "ping")
    engine.settle()
    assert heard(engine, "terminal") == [Opened("register", "register")]
