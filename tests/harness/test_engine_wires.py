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


def test_a_party_that_is_back_before_its_peer_has_seen_it_go_has_its_wire() -> None:
    engine = wired()
    engine.crash("terminal")
    engine.restart("terminal")
    engine.settle()
    assert heard(engine, "register")[1:] == [Closed("terminal", "gone"), Opened("terminal", "terminal")]
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


def ports(engine: Engine) -> list[str]:
    """Under which names the register had the device, in turn."""
    assert isinstance(engine.trace, Trace)
    opened = [
        e.data for e in engine.trace.events if e.kind == "link" and e.party == "register" and e.data["what"] == "open"
    ]
    assert all(data["device"] == "SN1" for data in opened)
    return [str(data["port"]) for data in opened]


def unplugged(spec: str) -> Engine:
    engine = Engine(1, Trace())
    engine.add_party(lambda: Echo("register", "terminal"), MemoryStore())
    engine.add_party(lambda: Echo("terminal", "register"), MemoryStore())
    engine.wire(("register", "terminal"), ("terminal", "register"), latency_us=10, device="SN1")
    engine.settle()
    engine.set_faults(("register", "terminal"), engine.faulty(FaultPlan.from_specs([spec]), TcpFramer, "register"))
    return engine


def test_a_plug_that_comes_out_is_back_under_another_name_with_the_same_device() -> None:
    engine = unplugged("unplug:after=500,away=2000,times=2")
    engine.advance(400_000)
    assert heard(engine, "register")[1:] == []
    engine.advance(200_000)
    gone = [Closed("terminal", "gone")]
    assert heard(engine, "register")[1:] == gone and heard(engine, "terminal")[1:] == [Closed("register", "gone")]
    engine.advance(1_000_000)
    assert heard(engine, "register")[1:] == gone
    engine.advance(60_000_000)
    back = [Opened("terminal", "terminal")]
    assert heard(engine, "register")[1:] == gone + back + gone + back, "twice, and then the plan is spent"
    assert ports(engine) == ["port1", "port2", "port3"]


def test_a_plug_may_come_out_at_the_first_octets_which_are_lost() -> None:
    engine = unplugged("unplug:stream=upstream,away=1000")
    engine.ask("register", "person", "ping")
    engine.run_idle()
    assert heard(engine, "terminal")[1:] == [Closed("register", "gone"), Opened("register", "register")]


def test_a_plug_that_stays_out_is_in_again_when_the_line_is_healed() -> None:
    engine = unplugged("unplug:after=1")
    engine.advance(3_600_000_000)
    assert heard(engine, "register")[1:] == [Closed("terminal", "gone")]
    engine.set_faults(("register", "terminal"), None)
    engine.settle()
    assert heard(engine, "register")[2:] == [Opened("terminal", "terminal")]
    assert ports(engine) == ["port1", "port2"]
