"""The simulated shell with toy machines: order, dials, crashes, limits, and the same octets for the same seed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.engine import Engine, EngineError, NeverHolds, NoAnswer, PartyDown, TimeStandsStill
from harness.links.faulty import FaultPlan
from harness.machine import (
    SECOND_US,
    Answer,
    Ask,
    Close,
    Closed,
    Connect,
    Effect,
    Event,
    Note,
    Opened,
    Persist,
    Received,
    Record,
    Send,
    Wake,
)
from harness.stores.memory import MemoryStore
from harness.trace import Header, Trace
from protocols.framing import Frame, TcpFramer

ROOT = Path(__file__).parents[2]
WAIT_US = 5 * SECOND_US
NEAR = ("terminal", "host")


def frame(text: bytes) -> bytes:
    return TcpFramer().frame(text)


class Toy:
    """Dials the host when asked "buy", counts what it has done, and gives up after WAIT_US."""

    name = "terminal"

    def __init__(self) -> None:
        self.deadline: int | None = None
        self.done = 0
        self.ticket = 0
        self.heard: list[Event] = []
        self.framer = TcpFramer()

    def start(self, records: Sequence[Record], now: int) -> list[Effect]:
        self.done = len(records)
        return [Note("boot", {"records": len(records)}, ("terminal",))]

    def handle(self, event: Event, now: int) -> list[Effect]:
        self.heard.append(event)
        match event:
            case Ask(name="buy", ticket=ticket):
                self.ticket, self.deadline = ticket, now + WAIT_US
                return [Connect("host")]
            case Ask(name="never"):
                return []
            case Ask(name="spin"):
                self.deadline = now
                return []
            case Ask(name="hang_up", ticket=ticket):
                return [Close("host"), Answer(ticket, {})]
            case Ask(name="count", ticket=ticket):
                return [Answer(ticket, {"done": self.done})]
            case Opened(link="host"):
                self.framer = TcpFramer()
                return [Send("host", frame(b"buy"))]
            case Received(link="host", data=data) if any(isinstance(i, Frame) for i in self.framer.feed(data)):
                return self.end("ok", [Persist(({"kind": "bought"},)), Close("host")])
            case Closed(link="host", reason=reason):
                return self.end(reason, []) if self.ticket else []
            case Wake() if self.ticket:
                return self.end("no_answer", [Close("host")])
        return []

    def end(self, how: str, effects: list[Effect]) -> list[Effect]:
        self.done += any(isinstance(e, Persist) for e in effects)
        self.deadline, ticket, self.ticket = None, self.ticket, 0
        return [*effects, Answer(ticket, {"how": how})]


class Shop:
    """Answers every frame, after making it durable."""

    name = "host"
    deadline: int | None = None

    def __init__(self) -> None:
        self.framers: dict[str, TcpFramer] = {}
        self.sold = 0

    def start(self, records: Sequence[Record], now: int) -> list[Effect]:
        self.sold = len(records)
        return []

    def handle(self, event: Event, now: int) -> list[Effect]:
        effects: list[Effect] = []
        if isinstance(event, Opened):
            self.framers[event.link] = TcpFramer()
        elif isinstance(event, Received):
            for item in self.framers[event.link].feed(event.data):
                if isinstance(item, Frame):
                    effects += [Persist(({"kind": "sold"},)), Send(event.link, frame(b"sold " + item.payload))]
        return effects


def world(seed: int = 1, *specs: str, latency_us: int = 1_000) -> tuple[Engine, Trace]:
    trace = Trace(Header(seed=seed, program="test"))
    engine = Engine(seed, trace)
    engine.add_party(Toy, MemoryStore())
    engine.add_party(Shop, MemoryStore())
    plan = FaultPlan.from_specs(specs)
    engine.route(NEAR, "host", latency_us=latency_us, faults=engine.faulty(plan, TcpFramer, "host") if specs else None)
    return engine, trace


def kinds(trace: Trace) -> list[tuple[str, str]]:
    return [(e.party, e.kind) for e in trace.events]


def test_a_conversation_is_in_the_trace_at_both_ends() -> None:
    engine, trace = world()
    assert engine.ask("terminal", "person", "buy").value == {"how": "ok"}
    assert engine.now_us == 4_000  # there and back for the dial, there and back for the message
    engine.run_idle()
    told = [
        (e.t_us, e.party, e.kind, *(str(e.data.get(k)) for k in ("link", "what", "dir", "hex") if k in e.data))
        for e in trace.events
        if e.kind in ("link", "bytes", "persist")
    ]
    assert told == [
        (0, "terminal", "link", "host", "dial"),
        (2_000, "host", "link", "c1", "open"),
        (2_000, "terminal", "link", "host", "open"),
        (2_000, "terminal", "bytes", "host", "out", "0003627579"),
        (3_000, "host", "bytes", "c1", "in", "0003627579"),
        (3_000, "host", "persist"),
        (3_000, "host", "bytes", "c1", "out", "0008736F6C6420627579"),
        (4_000, "terminal", "bytes", "host", "in", "0008736F6C6420627579"),
        (4_000, "terminal", "persist"),
        (4_000, "terminal", "link", "host", "closed"),
        (5_000, "host", "link", "c1", "closed"),
    ]
    assert all(set(e.seen_by) == {e.party} for e in trace.events)


def test_the_link_names_of_the_host_count_up() -> None:
    engine, trace = world()
    for _ in range(3):
        engine.ask("terminal", "person", "buy")
    opened = [e.data["link"] for e in trace.events if e.party == "host" and e.data.get("what") == "open"]
    assert opened == ["c1", "c2", "c3"]


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [("dial_refused", "refused"), ("dial_unreachable", "unreachable"), ("dial_unresolved", "name-not-found")],
)
def test_a_dial_that_fails_says_why(fault: str, outcome: str) -> None:
    engine, _ = world()
    engine.set_faults(NEAR, engine.faulty(FaultPlan.from_specs([fault]), TcpFramer, "host"))
    assert engine.ask("terminal", "person", "buy").value == {"how": outcome}
    assert engine.ask("terminal", "person", "buy").value == {"how": "ok"}


def test_a_dial_that_was_given_up_does_not_open_later() -> None:
    engine, _ = world(latency_us=10 * SECOND_US)
    assert engine.ask("terminal", "person", "buy").value == {"how": "no_answer"}
    engine.run_idle()
    machine = engine.machine("terminal")
    assert isinstance(machine, Toy)
    assert not any(isinstance(e, Opened) for e in machine.heard)


def test_a_host_that_is_down_refuses_and_breaks_what_was_open() -> None:
    engine, _ = world(1, "drop:stream=downstream")
    ticket = engine.submit("terminal", "person", "buy", {})
    engine.advance(SECOND_US)
    engine.crash("host")
    assert engine.wait_answer(ticket).value == {"how": "reset"}
    assert engine.ask("terminal", "person", "buy").value == {"how": "refused"}
    engine.restart("host")
    engine.settle()
    assert engine.ask("terminal", "person", "buy").value == {"how": "ok"}


def test_sending_on_a_link_that_is_gone_is_noted_and_dropped() -> None:
    class Rash(Toy):
        def handle(self, event: Event, now: int) -> list[Effect]:
            return [Send("host", b"\x00\x01x"), Answer(event.ticket, {})] if isinstance(event, Ask) else []

    trace = Trace()
    engine = Engine(1, trace)
    engine.add_party(Rash, MemoryStore())
    engine.ask("terminal", "person", "go")
    assert trace.events[-1].data == {"link": "host", "what": "closed", "reason": "gone", "lost": 3}


# faults on the way


def test_a_lost_reply_is_noted_by_the_bench_and_the_link_heals() -> None:
    engine, trace = world(1, "drop:stream=downstream,frame=1")
    assert engine.ask("terminal", "person", "buy").value == {"how": "no_answer"}
    fault = next(e for e in trace.events if e.kind == "fault")
    assert (fault.data["fault"], fault.data["path"], fault.seen_by) == ("drop", "host", ("bench",))
    assert engine.ask("terminal", "person", "buy").value == {"how": "ok"}


def test_down_refuses_the_dial() -> None:
    engine, _ = world(1, "down")
    assert engine.ask("terminal", "person", "buy").value == {"how": "refused"}
    assert engine.ask("terminal", "person", "buy").value == {"how": "ok"}


def test_limit_data_closes_both_ends_inside_the_reply() -> None:
    engine, trace = world(1, "limit_data:bytes=5")
    assert engine.ask("terminal", "person", "buy").value == {"how": "eof"}
    assert [e.data["reason"] for e in trace.events if e.data.get("what") == "closed"] == ["eof", "eof"]


def test_faults_can_be_put_on_and_taken_off_an_open_link() -> None:
    engine, _ = world()
    engine.ask("terminal", "person", "buy")
    engine.set_faults(NEAR, engine.faulty(FaultPlan.from_specs(["timeout:times=9"]), TcpFramer, "host"))
    assert engine.ask("terminal", "person", "buy").value == {"how": "no_answer"}
    engine.set_faults(NEAR, None)
    assert engine.ask("terminal", "person", "buy").value == {"how": "ok"}


# crashes


def effects_in_a_purchase() -> int:
    engine, _ = world()
    engine.settle()
    before = engine.effects_of("terminal")
    engine.ask("terminal", "person", "buy")
    return engine.effects_of("terminal") - before


def test_a_crash_between_any_two_effects_loses_what_was_not_persisted_and_nothing_else() -> None:
    total = effects_in_a_purchase()
    assert total == 5  # connect, send, persist, close, answer
    seen = []
    for cut in range(total):
        engine, trace = world()
        engine.settle()
        base = engine.effects_of("terminal")
        engine.crash_after("terminal", base + cut)
        with pytest.raises(PartyDown, match="terminal"):
            engine.ask("terminal", "person", "buy")
        assert engine.effects_of("terminal") == base + cut
        assert [e.data for e in trace.events if e.kind == "crash"] == [{"party": "terminal", "effects": base + cut}]
        engine.restart("terminal")
        engine.settle()
        seen.append(engine.ask("terminal", "person", "count").value["done"])
        assert engine.ask("terminal", "person", "buy").value == {"how": "ok"}
    assert seen == [0, 0, 0, 1, 1]


def test_power_can_come_back_by_itself() -> None:
    engine, trace = world()
    engine.settle()
    engine.crash_after("terminal", engine.effects_of("terminal") + 1, restart_after_us=SECOND_US)
    with pytest.raises(PartyDown):
        engine.ask("terminal", "person", "buy")
    engine.advance(2 * SECOND_US)
    assert engine.ask("terminal", "person", "buy").value == {"how": "ok"}
    assert [e.t_us for e in trace.events if e.kind == "boot"] == [0, 2_000 + SECOND_US]  # the dial was open at 2 ms


def test_a_hook_decides_about_crashes() -> None:
    engine, _ = world()
    engine.before_effect = lambda party, index, effect: isinstance(effect, Persist) and party == "host"
    assert engine.ask("terminal", "person", "buy").value == {"how": "reset"}
    assert engine.machine("host") is None


def test_a_party_that_is_down_cannot_be_asked() -> None:
    engine, _ = world()
    engine.settle()
    engine.crash("terminal")
    engine.crash("terminal")
    with pytest.raises(PartyDown, match="buy"):
        engine.ask("terminal", "person", "buy")


# limits


def test_an_ask_that_is_never_answered_ends_with_a_name() -> None:
    engine, _ = world()
    with pytest.raises(NoAnswer, match="terminal did not answer never within 21600 s"):
        engine.ask("terminal", "person", "never")


def test_a_condition_that_never_holds_ends_with_a_name() -> None:
    engine, _ = world()
    with pytest.raises(NeverHolds, match="60 s"):
        engine.run_until(lambda: False, 60 * SECOND_US)


def test_a_machine_that_stops_time_is_named() -> None:
    engine, _ = world()
    with pytest.raises(TimeStandsStill, match="terminal"):
        engine.ask("terminal", "person", "spin")


def test_an_unknown_party_is_told_with_those_that_exist() -> None:
    engine, _ = world()
    with pytest.raises(EngineError, match=r"no party named till.*host, terminal"):
        engine.ask("till", "person", "buy")


def test_advancing_passes_time_and_what_falls_due_in_it() -> None:
    engine, _ = world(1, "timeout")
    engine.submit("terminal", "person", "buy", {})
    engine.advance(WAIT_US - 1)
    machine = engine.machine("terminal")
    assert isinstance(machine, Toy)
    assert machine.ticket
    engine.advance(1)
    assert not machine.ticket
    assert engine.clock.now_us() == engine.now_us == WAIT_US


# the same seed, the same octets

SCRIPT = """
import sys
sys.path[:0] = {path!r}
from test_engine import world
engine, trace = world(11, "latency:latency=20,jitter=20,times=9",
                      "slicer:stream=upstream,average_size=2,size_variation=1", "flip:frame=3", "drop:frame=2")
for _ in range(6):
    engine.ask("terminal", "person", "buy")
engine.restart("host")
engine.run_idle()
sys.stdout.write(trace.text())
"""


def test_one_seed_gives_one_trace_whatever_the_hash_seed() -> None:
    script = SCRIPT.format(path=[str(Path(__file__).parent), str(ROOT)])

    def run(hash_seed: str) -> bytes:
        env = {**os.environ, "PYTHONHASHSEED": hash_seed}
        return subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, check=True).stdout

    first = run("1")
    assert first.count(b"\n") > 60
    assert first == run("271828")


def test_another_seed_gives_another_trace() -> None:
    def text(seed: int) -> str:
        engine, trace = world(seed, "latency:latency=20,jitter=20,times=9")
        engine.ask("terminal", "person", "buy")
        return "\n".join(e.line() for e in trace.events)

    assert text(1) == text(1)
    assert text(1) != text(2)


def test_what_one_purpose_draws_does_not_shift_another() -> None:
    def draw(purpose: str) -> float:
        return Engine(5).random_for(purpose).random()

    engine = Engine(5)
    engine.random_for("terminal").random()
    assert engine.random_for("faults/host").random() == draw("faults/host")
    assert draw("faults/host") != draw("terminal")
