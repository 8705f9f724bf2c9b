"""What arrived of what left.  The expectations follow from the octets in the recordings, nothing else."""

from __future__ import annotations

import random
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.reports.flights import Flight, flights_of
from harness.scenarios.load import load_steps
from harness.scenarios.steps import Stage
from harness.scenarios.worlds import first_variables
from protocols.framing import SerialFramer
from protocols.mispos.dialect_b import tags
from protocols.mispos.dialect_b.message import build, message
from protocols.mispos.dialect_b.tags import TransactionType
from tests.harness.reports.worlds import Script, echo_hex


def fates(script: Script) -> list[tuple[str, str, str]]:
    return [(f.sender, f.receiver, f.fate) for f in flights_of(script.trace.events)]


def only(script: Script) -> Flight:
    (flight,) = flights_of(script.trace.events)
    return flight


def host_has_taps(script: Script) -> None:
    """One frame that arrives, so that the host is known to have been recorded."""
    script.leaves("000001")
    script.comes("000001")


def test_a_frame_that_arrives_is_one_flight_of_four_events() -> None:
    script = Script()
    host_has_taps(script)
    flight = only(script)
    assert (flight.fate, flight.seqs) == ("arrived", (1, 2, 3, 4))
    assert flight.out_message is not None and flight.in_message is not None


def test_out_at_the_terminal_without_in_at_the_host_is_lost() -> None:
    script = Script()
    host_has_taps(script)
    script.leaves("000002")
    assert fates(script)[1] == ("terminal", "host", "lost")


def test_a_reply_is_lost_the_other_way() -> None:
    script = Script()
    host_has_taps(script)
    script.octets("host", "c1", "out", "00020810")
    script.octets("terminal", "host", "in", echo_hex("999999"))
    script.octets("host", "c1", "out", "00020811")
    assert ("host", "terminal", "lost") in fates(script)


def test_a_host_without_taps_loses_nothing_that_we_know_of() -> None:
    script = Script()
    script.leaves("000002")
    assert fates(script) == [("terminal", "host", "unseen")]


def test_frames_that_change_places_both_arrive() -> None:
    script = Script()
    script.leaves("000001")
    script.leaves("000002")
    script.comes("000002")
    script.comes("000001")
    assert [f for *_, f in fates(script)] == ["arrived", "arrived"]


def test_a_frame_that_comes_twice_arrives_again() -> None:
    script = Script()
    host_has_taps(script)
    script.comes("000001")
    assert [f for *_, f in fates(script)] == ["arrived", "again"]


def test_other_octets_than_left_are_damage() -> None:
    script = Script()
    host_has_taps(script)
    script.leaves("000002")
    octets = echo_hex("000002")
    script.octets("host", "c1", "in", octets[:-1] + ("1" if octets[-1] == "0" else "0"))
    assert [f for *_, f in fates(script)] == ["arrived", "damaged"]


def test_damage_falls_on_what_left_last_and_not_on_what_was_lost_before() -> None:
    script = Script()
    host_has_taps(script)
    script.leaves("000002")
    script.leaves("000003")
    script.put("host", "bytes", {"link": "c1", "dir": "in", "length": 20, "hash": "C2A02B09541A3B84"})
    lost, damaged = flights_of(script.trace.events)[1:]
    assert (lost.fate, damaged.fate, damaged.came_octets) == ("lost", "damaged", 20)


def test_octets_that_never_left_for_the_link_was_gone() -> None:
    script = Script()
    script.message("terminal", "host", "out", "0820", "echo", {"11": "000001"}, "absent")
    script.put("terminal", "link", {"link": "host", "what": "closed", "reason": "gone", "lost": 40})
    flight = only(script)
    assert flight.fate == "lost" and flight.sent is not None and flight.sent.kind == "link"
    assert flight.out_message is not None


def test_the_tunnel_ends_at_the_host() -> None:
    script = Script()
    script.put("register", "link", {"link": "tunnel", "what": "dial", "peer": "host:1"})
    script.put("host", "link", {"link": "c1", "what": "open", "peer": "register"})
    script.octets("register", "tunnel", "out", echo_hex("000001"))
    script.octets("host", "c1", "in", echo_hex("000001"))
    assert fates(script) == [("register", "host", "arrived")]


def test_messages_are_matched_without_any_taps() -> None:
    script = Script()
    script.message("terminal", "host", "out", "0820", "echo", {"11": "000001"}, "absent")
    script.message("host", "c1", "in", "0820", "echo", {"11": "000001"}, "absent")
    assert fates(script) == [("terminal", "host", "arrived")]


@given(cuts=st.lists(st.integers(1, 60), max_size=6, unique=True))
def test_pieces_make_the_frame_whole(cuts: list[int]) -> None:
    script = Script()
    script.leaves("000001")
    octets = echo_hex("000001")
    at = [0, *sorted(2 * c for c in cuts if 2 * c < len(octets)), len(octets)]
    for a, b in pairwise(at):
        script.octets("host", "c1", "in", octets[a:b])
    flight = only(script)
    assert flight.fate == "arrived"
    assert set(flight.seqs) == set(range(1, len(script.trace.events) + 1))


@given(drops=st.sets(st.integers(0, 19)), seed=st.integers(0, 99))
def test_exactly_the_dropped_frames_are_lost(drops: set[int], seed: int) -> None:
    script = Script()
    order = list(range(20))
    for number in order:
        script.leaves(f"{number:06d}")
    random.Random(seed).shuffle(order)
    arriving = [number for number in order if number not in drops]
    for number in arriving:
        script.comes(f"{number:06d}")
    expected = ["lost" if arriving and n in drops else "unseen" if n in drops else "arrived" for n in range(20)]
    assert [f for *_, f in fates(script)] == expected


_events = st.lists(
    st.tuples(
        st.sampled_from(["terminal", "host", "register"]),
        st.sampled_from(["bytes", "message", "link"]),
        st.sampled_from(["host", "c1", "terminal", "tunnel", "register"]),
        st.sampled_from(["in", "out"]),
        st.sampled_from(["06", "00020810", "0002", "0810", ""]),
    ),
    max_size=40,
)


PIECES_OF_THE_FIRST_OF_TWO = [
    ("host", "message", "host", "out", "06"),
    ("terminal", "bytes", "terminal", "in", "06"),
    ("host", "message", "host", "out", "06"),
]


@given(_events)
@example(PIECES_OF_THE_FIRST_OF_TWO)
def test_no_recording_breaks_it_and_no_event_is_used_twice(events: list[tuple[str, str, str, str, str]]) -> None:
    script = Script()
    for party, kind, link, way, octets in events:
        data = {"link": link, "dir": way, "hex": octets, "mti": octets, "kind": "x", "fields": {}, "what": "closed"}
        script.put(party, kind, data)
    seqs = [seq for flight in flights_of(script.trace.events) for seq in flight.seqs]
    assert len(seqs) == len(set(seqs))
    taps = {e.seq for e in script.trace.events if e.kind == "bytes" and e.data["dir"] == "out"}
    assert taps <= set(seqs)


def cable_frame(till: bytes) -> str:
    """A frame of the register's cable, in hex."""
    return SerialFramer().frame(build(message(TransactionType.SIGN_IN, {tags.TILL: till.decode()}))).hex().upper()


def test_an_ack_and_a_frame_in_one_read_both_arrive() -> None:
    """What a pty does: the reader gets everything that is there."""
    script = Script()
    frame = cable_frame(b"000001")
    script.octets("register", "terminal", "out", "06")
    script.octets("register", "terminal", "out", frame)
    script.octets("terminal", "register", "in", "06" + frame)
    assert fates(script) == [("register", "terminal", "arrived")] * 2


def test_a_read_that_brings_a_frame_and_half_of_the_next() -> None:
    script = Script()
    first, second = cable_frame(b"000001"), cable_frame(b"000002")
    script.octets("register", "terminal", "out", first)
    script.octets("register", "terminal", "out", second)
    script.octets("terminal", "register", "in", first + second[:6])
    script.octets("terminal", "register", "in", second[6:])
    assert fates(script) == [("register", "terminal", "arrived")] * 2
    seqs = [seq for flight in flights_of(script.trace.events) for seq in flight.seqs]
    assert sorted(seqs) == [1, 2, 3, 4]


def test_a_tethered_terminal_loses_nothing_on_a_line_that_it_has_not() -> None:
    """Its host line is the register's tunnel: the octets leave there."""
    world = SimulatedBench(World(profile="tethered"), 1)
    stage = Stage(world, first_variables(world))
    stage.play(load_steps("ready").step, "ready")
    assert stage.failures == []
    flights = flights_of(world.finish().events)
    assert {flight.fate for flight in flights} == {"arrived"}
    carried = [f for f in flights if (f.sender, f.receiver) == ("register", "host")]
    assert carried
    assert all(f.out_message is not None and f.out_message.party == "terminal" for f in carried)
