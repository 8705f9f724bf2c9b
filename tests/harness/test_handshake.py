"""ENQ, ACK, frame, ACK, EOT in both directions, over a line that loses and damages octets."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.handshake import HandshakeLine, Sent, Timing
from harness.machine import SECOND_US
from protocols.concert.quirks import ConcertQuirks

ENQ, ACK, NAK, EOT = b"\x05", b"\x06", b"\x15", b"\x04"
LATENCY_US = 1000
END_US = 120 * SECOND_US


@dataclass
class End:
    """One end: what it heard, what became of what it sent."""

    name: str
    line: HandshakeLine
    out: list[bytes]
    heard: list[bytes] = field(default_factory=list)
    became: list[Sent] = field(default_factory=list)

    def look(self, arrived: list[bytes]) -> None:
        self.heard += arrived
        if (sent := self.line.take_sent()) is not None:
            self.became.append(sent)


def end(name: str, quirks: ConcertQuirks, yields: bool) -> End:
    out: list[bytes] = []
    line = HandshakeLine(
        out.append, lambda data, why: None, lambda text: True, lambda: False,
        quirks=quirks, timing=Timing(), yields=yields,
    )  # fmt: skip
    return End(name, line, out)


class Wire:
    """Two ends; each piece that is sent is let through, lost, or damaged, as `fates` say; then all is well."""

    def __init__(self, fates: list[str], vendor: ConcertQuirks | None = None) -> None:
        quirks = vendor or ConcertQuirks()
        self.register, self.terminal = end("register", quirks, False), end("terminal", quirks, True)
        self.fates = fates
        self.now = 0
        self.under_way: list[tuple[int, End, bytes]] = []

    def pick_up(self) -> None:
        for sender, receiver in ((self.register, self.terminal), (self.terminal, self.register)):
            for data in sender.out:
                fate = self.fates.pop(0) if self.fates else "good"
                if fate == "damaged":
                    data = data[:-1] + bytes((data[-1] ^ 0x40,))
                if fate != "lost":
                    self.under_way.append((self.now + LATENCY_US, receiver, data))
            sender.out.clear()

    def run(self) -> None:
        while True:
            self.pick_up()
            due = [at for at, _, _ in self.under_way]
            due += [one.line.deadline for one in (self.register, self.terminal) if one.line.deadline is not None]
            if not due:
                return
            self.now = max(self.now, min(due))
            assert self.now < END_US
            ready = [one for one in self.under_way if one[0] <= self.now]
            self.under_way = [one for one in self.under_way if one[0] > self.now]
            for _, receiver, data in ready:
                receiver.look(receiver.line.received(data, self.now))
            for one in (self.register, self.terminal):
                if one.line.deadline is not None and one.line.deadline <= self.now:
                    one.look(one.line.wake(self.now))


fates = st.lists(st.sampled_from(["good", "good", "lost", "damaged"]), max_size=14)
quirks = st.builds(ConcertQuirks, seven_bits=st.booleans(), bare_controls=st.booleans(), no_eot=st.booleans())


@settings(max_examples=60)
@given(fates, quirks)
def test_a_text_arrives_at_most_once_and_is_known_to_have_arrived_only_when_it_has(
    plan: list[str], vendor: ConcertQuirks
) -> None:
    wire = Wire(list(plan), vendor)
    wire.register.line.send(b"request", 0)
    wire.run()
    (sent,) = wire.register.became
    assert wire.terminal.heard in ([], [b"request"])
    if sent.taken and plan.count("damaged") == 0:  # a damaged NAK or ENQ may look like an ACK
        assert wire.terminal.heard == [b"request"]
    if not sent.left:
        assert wire.terminal.heard == []


@settings(max_examples=60)
@given(fates, quirks)
def test_request_and_answer_over_a_line_that_loses(plan: list[str], vendor: ConcertQuirks) -> None:
    wire = Wire([fate for fate in plan if fate != "damaged"], vendor)
    wire.register.line.send(b"request", 0)
    answered = False
    for _ in range(4):
        wire.run()
        if wire.terminal.heard and not answered:
            answered = True
            wire.terminal.line.send(b"answer", wire.now)
    assert wire.terminal.heard in ([], [b"request"])
    assert wire.register.heard in ([], [b"answer"])
    if not plan:
        assert wire.register.heard == [b"answer"]
    if wire.terminal.became and wire.terminal.became[-1].taken:
        assert wire.register.heard == [b"answer"]
    assert not wire.register.line.busy and not wire.terminal.line.busy


def test_a_healthy_exchange_octet_by_octet() -> None:
    wire = Wire([])
    line, out = wire.register.line, wire.register.out
    line.send(b"AB", 0)
    assert out.pop() == ENQ
    assert line.received(ACK, 1) == [] and out.pop() == b"\x02AB\x03\x00"
    assert line.received(ACK, 2) == [] and out.pop() == EOT
    assert line.take_sent() == Sent(taken=True, left=True)
    assert line.received(ENQ, 3) == [] and out.pop() == ACK
    assert line.received(b"\x02CD\x03\x04", 4) == [] and out.pop() == ACK
    assert line.received(EOT, 5) == [b"CD"] and out == []
    assert line.deadline is None


def test_both_ask_at_once_and_the_terminal_gives_way() -> None:
    wire = Wire([])
    wire.register.line.send(b"request", 0)
    wire.terminal.line.send(b"old answer", 0)
    wire.run()
    assert wire.terminal.heard == [b"request"]
    assert wire.register.heard == []
    assert wire.terminal.became == [Sent(taken=False, left=False)]


def test_a_poll_leaves_an_answer_that_waits_as_it_is() -> None:
    wire = Wire([])
    wire.register.line.send(b"", 0)
    wire.terminal.line.send(b"answer", 0)
    wire.run()
    assert wire.register.became == [Sent(taken=True, left=False)]
    assert wire.register.heard == [b"answer"]


@pytest.mark.parametrize(("tries", "left"), [(ENQ, False), (b"frame", True)])
def test_nobody_answers(tries: bytes, left: bool) -> None:
    """Three times, three seconds each (Telium waits up to 3 s)."""
    wire = Wire([])
    line, out = wire.register.line, wire.register.out
    line.send(b"A", 0)
    if left:
        line.received(ACK, 0)
        out.pop(0)
    now = 0
    while line.deadline is not None:
        now = line.deadline
        line.wake(now)
    assert now == 9 * SECOND_US
    assert line.take_sent() == Sent(taken=False, left=left)
    assert out == ([b"\x02A\x03B"] * 3 + [EOT] if left else [ENQ] * 3)


def test_a_refused_enq_is_asked_again_when_its_time_has_come() -> None:
    wire = Wire([])
    line, out = wire.register.line, wire.register.out
    line.send(b"A", 0)
    line.received(NAK, 0)
    assert out == [ENQ]
    line.wake(3 * SECOND_US)
    assert out == [ENQ, ENQ]


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_anything_may_come(pieces: list[bytes]) -> None:
    wire = Wire([])
    line = wire.terminal.line
    now = 0
    for piece in pieces:
        line.received(piece, now)
        now += 10
    while line.deadline is not None:
        now = line.deadline
        line.wake(now)
        assert now < END_US


def test_what_was_acknowledged_before_the_cable_was_pulled_is_handed_over() -> None:
    wire = Wire([])
    line = wire.register.line
    line.received(ENQ, 0)
    line.received(b"\x02CD\x03\x04", 1)
    assert line.reset(2, resend=False) == [b"CD"]
    assert line.reset(3, resend=True) == []
