"""Every link fault by name, the notation of plans, and what holds for all plans."""

from __future__ import annotations

import random
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.links.faults import Cut, Delivery, Outcome, Stream
from harness.links.faulty import FaultPlan, Faulty
from harness.links.plan import BYTE_FAULTS, FRAME_FAULTS, KINDS
from protocols.errors import ScenarioError
from protocols.framing import SerialFramer, TcpFramer

MS = 1_000
UP: Stream = "upstream"
DOWN: Stream = "downstream"


def frame(text: bytes) -> bytes:
    return TcpFramer().frame(text)


A, B, C, D = (frame(text) for text in (b"alpha", b"bravo", b"charlie", b"delta"))


def faulty(*specs: str, seed: int = 1, told: list[Mapping[str, Any]] | None = None) -> Faulty:
    link = Faulty(
        FaultPlan.from_specs(specs), TcpFramer, random.Random(seed), told.append if told is not None else None
    )
    link.opened(0)
    return link


def data(outcomes: list[Outcome]) -> bytes:
    return b"".join(o.data for o in outcomes if isinstance(o, Delivery))


def push_all(link: Faulty, *frames: bytes, step_us: int = 0) -> list[Outcome]:
    return [o for n, f in enumerate(frames) for o in link.push(UP, f, n * step_us)]


# frame faults


def test_drop_loses_the_named_frame_and_no_other() -> None:
    link = faulty("drop:stream=upstream,frame=2")
    assert data(push_all(link, A, B, C)) == A + C
    assert data(link.push(DOWN, B, 9)) == B


def test_drop_may_strike_several_times_in_a_row() -> None:
    assert data(push_all(faulty("drop:stream=upstream,frame=2,times=2"), A, B, C, D)) == A + D


def test_frames_can_be_chosen_by_octets_at_a_place() -> None:
    link = faulty("drop:stream=upstream,offset=0,octets=6272617661")  # "brava" is no frame
    assert data(push_all(link, A, B)) == A + B
    link = faulty("drop:stream=upstream,offset=1,octets=7261")  # "ra" at offset 1: bravo
    assert data(push_all(link, A, B, C, B)) == A + C + B
    link = faulty("drop:stream=upstream,octets=6c,frame=2")  # "l" anywhere, the second such frame: charlie
    assert data(push_all(link, A, B, C, D)) == A + B + D


def test_delay_is_in_milliseconds_and_keeps_the_order() -> None:
    link = faulty("delay:stream=upstream,delay=70000")
    assert push_all(link, A, B, step_us=5) == [Delivery(70_000 * MS, UP, A), Delivery(70_000 * MS, UP, B)]


def test_duplicate_sends_a_second_copy_after_its_delay() -> None:
    assert push_all(faulty("duplicate:stream=upstream"), A, B) == [
        Delivery(0, UP, A),
        Delivery(0, UP, A),
        Delivery(0, UP, B),
    ]
    late = faulty("duplicate:stream=upstream,delay=9")
    assert push_all(late, A, B) == [Delivery(0, UP, A), Delivery(9 * MS, UP, A), Delivery(0, UP, B)]


def test_reorder_lets_the_next_frame_pass_first() -> None:
    link = faulty("reorder:stream=upstream")
    assert link.push(UP, A, 0) == []
    assert data(link.push(UP, B[:3], 4)) == b""
    assert data(link.push(UP, B[3:] + C[:2], 5)) == B + A + C[:2]
    assert data(link.push(UP, C[2:], 6)) == C[2:]


def test_reorder_lets_its_frame_go_when_the_connection_closes() -> None:
    link = faulty("reorder:stream=upstream")
    link.push(UP, A, 0)
    assert link.closed(UP, 7) == [Delivery(7, UP, A), Cut(7, "eof", UP)]


def test_truncate_keeps_the_first_octets() -> None:
    assert data(push_all(faulty("truncate:stream=upstream,bytes=4"), A, B)) == A[:4] + B


def test_flip_turns_one_bit_over() -> None:
    out = data(push_all(faulty("flip:stream=upstream,bit=16"), A, B))
    assert out == bytes((A[0], A[1], A[2] ^ 0x80)) + A[3:] + B


@given(st.integers(0, 2**32))
def test_flip_at_random_changes_exactly_one_bit_behind_the_length(seed: int) -> None:
    out = data(push_all(faulty("flip:stream=upstream", seed=seed), A))
    changed = int.from_bytes(out, "big") ^ int.from_bytes(A, "big")
    assert changed.bit_count() == 1
    assert out[:2] == A[:2]


def test_frames_of_a_serial_line_are_frames_too() -> None:
    one, two = (SerialFramer().frame(text) for text in (b"one", b"two"))
    link = Faulty(FaultPlan.from_specs(["drop:stream=upstream"]), SerialFramer, random.Random(1))
    link.opened(0)
    assert data(link.push(UP, b"\x06" + one[:4], 0) + link.push(UP, one[4:] + two, 1)) == b"\x06" + two


def test_frames_are_counted_over_connections() -> None:
    link = faulty("drop:stream=upstream,frame=2")
    assert data(link.push(UP, A, 0)) == A
    link.closed(UP, 1)
    link.opened(2)
    assert data(link.push(UP, B, 3)) == b""
    assert data(link.push(UP, C, 4)) == C


def test_cut_resets_the_connection_right_behind_the_frame() -> None:
    link = faulty("cut:stream=upstream,frame=2")
    assert push_all(link, A, B, C) == [Delivery(0, UP, A), Delivery(0, UP, B), Cut(0, "reset")]


# byte faults


def test_noop_changes_nothing() -> None:
    assert push_all(faulty("noop:stream=upstream"), A) == [Delivery(0, UP, A)]


def test_latency_is_in_milliseconds() -> None:
    assert push_all(faulty("latency:stream=upstream,latency=250"), A) == [Delivery(250 * MS, UP, A)]


def test_jitter_never_changes_the_order() -> None:
    link = faulty("latency:stream=upstream,latency=50,jitter=50")
    out = [o for n in range(50) for o in link.push(UP, bytes([n]), n * MS)]
    assert data(out) == bytes(range(50))
    times = [o.at_us for o in out]
    assert times == sorted(times)
    assert all(0 <= t - n * MS <= 100 * MS + 50 * MS for n, t in enumerate(times))
    assert len({t - n * MS for n, t in enumerate(times)}) > 5


def test_bandwidth_counts_kilobytes_per_second() -> None:
    out = faulty("bandwidth:stream=upstream,rate=2").push(UP, bytes(4000), 0)
    assert out == [Delivery(2_000_000, UP, bytes(4000))]


def test_slow_close_tells_the_end_later() -> None:
    link = faulty("slow_close:stream=upstream,delay=40")
    assert link.closed(DOWN, 5) == [Cut(5, "eof", DOWN)]
    assert link.closed(UP, 5) == [Cut(5 + 40 * MS, "eof", UP)]


def test_timeout_swallows_everything_and_then_closes() -> None:
    link = Faulty(FaultPlan.from_specs(["timeout:stream=upstream,timeout=30"]), TcpFramer, random.Random(1))
    assert link.opened(100) == [Cut(100 + 30 * MS, "eof")]
    assert link.push(UP, A, 200) == []
    assert data(link.push(DOWN, B, 200)) == B


def test_timeout_zero_leaves_the_connection_half_open() -> None:
    link = faulty("timeout:stream=upstream")
    assert link.push(UP, A, 1) == []
    assert link.closed(UP, 2) == []


def test_reset_peer_resets_at_the_first_octet_or_after_its_time() -> None:
    assert faulty("reset_peer:stream=upstream").push(UP, A, 3) == [Cut(3, "reset")]
    later = Faulty(FaultPlan.from_specs(["reset_peer:timeout=20"]), TcpFramer, random.Random(1))
    assert later.opened(0) == [Cut(20 * MS, "reset")]


def test_slicer_cuts_into_pieces_with_microseconds_between() -> None:
    out = faulty("slicer:stream=upstream,average_size=2,delay=10").push(UP, A, 0)
    assert [(o.at_us, len(o.data)) for o in out if isinstance(o, Delivery)] == [(0, 2), (10, 2), (20, 2), (30, 1)]
    assert data(out) == A


def test_limit_data_lets_so_many_octets_pass_and_ends_the_connection() -> None:
    link = faulty("limit_data:stream=upstream,bytes=9")
    assert link.push(UP, A, 0) == [Delivery(0, UP, A)]
    assert link.push(UP, B, 1) == [Delivery(1, UP, B[:2]), Cut(1, "eof")]
    assert link.push(UP, C, 2) == []


def test_down_refuses_so_many_dials() -> None:
    link = Faulty(FaultPlan.from_specs(["down:times=2"]), TcpFramer, random.Random(1))
    assert link.opened(0) == [Cut(0, "refused")]
    assert link.opened(5) == [Cut(5, "refused")]
    assert link.opened(9) == []


def test_down_for_a_time() -> None:
    link = Faulty(FaultPlan.from_specs(["down:for_ms=60"]), TcpFramer, random.Random(1))
    assert link.opened(1000) == [Cut(1000, "refused")]
    assert link.opened(1000 + 59 * MS) == [Cut(1000 + 59 * MS, "refused")]
    assert link.opened(1000 + 60 * MS) == []


def test_byte_faults_strike_the_connection_they_name() -> None:
    link = faulty("latency:stream=upstream,latency=1,connection=2")
    assert link.push(UP, A, 0) == [Delivery(0, UP, A)]
    link.opened(10)
    assert link.push(UP, A, 10) == [Delivery(10 + MS, UP, A)]
    link.opened(20)
    assert link.push(UP, A, 20) == [Delivery(20, UP, A)]


def test_siblings_spend_one_plan() -> None:
    one = faulty("drop:stream=upstream,frame=2")
    two = one.sibling()
    two.opened(0)
    assert data(one.push(UP, A, 0)) == A
    assert data(two.push(UP, B, 0)) == b""
    assert data(one.push(UP, C, 0)) == C


def test_every_strike_is_told_once() -> None:
    told: list[Mapping[str, Any]] = []
    link = faulty("drop:stream=upstream,frame=2", "latency:stream=upstream,latency=5", told=told)
    push_all(link, A, B, C)
    assert [(t["fault"], t["struck"]) for t in told] == [("latency", 1), ("drop", 2)]


# notation


def test_the_two_notations_mean_the_same() -> None:
    written = FaultPlan.from_specs(["drop:frame=3,stream=upstream", "latency:latency=5", "drop:octets=0200,offset=11"])
    assert written == FaultPlan.parse(
        [
            {"fault": "drop", "frame": 3, "stream": "upstream"},
            {"fault": "latency", "latency": 5},
            {"fault": "drop", "octets": "0200", "offset": 11},
        ]
    )
    assert FaultPlan.parse(written.entries()) == written


def test_the_default_stream_is_toxiproxys() -> None:
    assert FaultPlan.from_specs(["latency"]).faults[0].stream == "downstream"


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("latancy", "no link fault named latancy.*nearest is latency"),
        ("drop:farme=3", "drop has no setting farme.*nearest is frame"),
        ("drop:frame=0", "0 is no value for frame.*from 1"),
        ("drop:frame=two", "'two' is no value for frame"),
        ("drop:stream=sideways", "'sideways' is no value for stream.*upstream"),
        ("drop:frame", "is no value for frame.*once"),
        ("drop:frame=1,frame=2", "once"),
        ("drop:octets=xyz", "'xyz' is no value for octets.*hex"),
        ("bandwidth:rate=0", "0 is no value for rate"),
        ("latency:latency=99999999999", "no value for latency"),
        ("", "no link fault named"),
    ],
)
def test_a_wrong_spec_names_the_key_and_the_nearest(spec: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        FaultPlan.from_specs([spec])


def test_a_wrong_entry_names_its_place() -> None:
    with pytest.raises(ScenarioError, match=r"case\.toml\[1\]: the key `fault` is missing"):
        FaultPlan.parse([{"fault": "noop"}, {"frame": 1}], "case.toml")
    with pytest.raises(ScenarioError, match="True is no value for frame"):
        FaultPlan.parse([{"fault": "drop", "frame": True}])
    with pytest.raises(ScenarioError, match="the limit is 1000"):
        FaultPlan.parse([{"fault": "noop"}] * 1001)


def test_all_faults_of_the_catalogue_are_there() -> None:
    assert set(KINDS) == {
        *("noop", "latency", "bandwidth", "slow_close", "timeout", "reset_peer", "slicer", "limit_data", "down"),
        *("unplug", "uart"),
        *("drop", "delay", "duplicate", "reorder", "truncate", "flip", "cut"),
        "unstable",
        *("dial_refused", "dial_unreachable", "dial_unresolved", "dial_timeout", "dial_no_line"),
    }


def test_dial_faults_answer_so_many_dials_one_after_the_other() -> None:
    link = Faulty(FaultPlan.from_specs(["dial_refused:times=2", "drop", "dial_no_line"]), TcpFramer, random.Random(1))
    assert [link.dialled() for _ in range(4)] == ["refused", "refused", "no-line", ""]
    link.opened(0)
    assert data(link.push(DOWN, A, 0)) == b""
    assert link.spent(0)


# what holds for every plan

STREAMS = st.sampled_from(["upstream", "downstream"])
FRAME_PLANS = st.builds(
    lambda kind, stream, number, times: {"fault": kind.name, "stream": stream, "frame": number, "times": times},
    st.sampled_from(FRAME_FAULTS),
    STREAMS,
    st.integers(1, 4),
    st.integers(1, 2),
)
BYTE_PLANS = st.builds(
    lambda kind, stream, times, for_ms: {"fault": kind.name, "stream": stream, "times": times, "for_ms": for_ms},
    st.sampled_from(BYTE_FAULTS),
    STREAMS,
    st.integers(1, 2),
    st.sampled_from([0, 50]),
)
HARMLESS = st.sampled_from(
    ["noop", "latency:latency=3,jitter=3", "bandwidth:rate=1", "slicer:average_size=3", "delay:delay=9"]
)


def chunked(stream: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(c % (len(stream) + 1) for c in cuts), len(stream)]
    return [stream[a:b] for a, b in pairwise(edges)]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(HARMLESS, max_size=4),
    st.lists(st.binary(min_size=1, max_size=30), min_size=1, max_size=6),
    st.lists(st.integers(0, 500), max_size=8),
    STREAMS,
)
def test_faults_that_do_no_damage_lose_and_reorder_no_octet(
    specs: list[str], payloads: list[bytes], cuts: list[int], stream: Stream
) -> None:
    sent = b"".join(map(frame, payloads)) + b"\x00"  # and the beginning of one more
    plan = [s + ("," if ":" in s else ":") + f"stream={stream}" for s in specs]
    link = faulty(*plan)
    out: list[Outcome] = []
    for at_us, chunk in enumerate(chunked(sent, cuts)):
        out += link.push(stream, chunk, at_us * 500)
    out += link.closed(stream, 10_000_000)
    assert data(out) == sent
    times = [o.at_us for o in out]
    assert times == sorted(times)
    assert out[-1] == Cut(times[-1], "eof", stream)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(FRAME_PLANS, BYTE_PLANS), max_size=5), st.integers(0, 99))
def test_a_spent_plan_is_healthy(entries: list[dict[str, Any]], seed: int) -> None:
    link = Faulty(FaultPlan.parse(entries), TcpFramer, random.Random(seed))
    now_us = 0
    for _ in range(20):  # connections of one exchange each; every plan above is spent by then
        now_us += 100 * MS
        if any(isinstance(o, Cut) and o.reason == "refused" for o in link.opened(now_us)):
            link.closed(UP, now_us)
            link.closed(DOWN, now_us)
            continue
        for stream in (UP, DOWN):
            link.push(stream, A, now_us)
            link.closed(stream, now_us)
    now_us += 100 * MS
    assert link.spent(now_us)
    assert link.opened(now_us) == []
    assert link.push(UP, B[:3], now_us) == [Delivery(now_us, UP, B[:3])]
    assert link.push(UP, B[3:] + C, now_us) == [Delivery(now_us, UP, B[3:] + C)]
    assert link.push(DOWN, D, now_us) == [Delivery(now_us, DOWN, D)]
    assert link.closed(UP, now_us + 5) == [Cut(now_us + 5, "eof", UP)]


def test_a_plan_with_a_strike_left_is_not_spent() -> None:
    link = faulty("drop:stream=upstream,frame=2")
    link.push(UP, A, 0)
    assert not link.spent(1)
    link.push(UP, B, 1)
    assert link.spent(2)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(FRAME_PLANS, BYTE_PLANS), max_size=4), st.integers(0, 99))
def test_the_same_seed_gives_the_same_outcome(entries: list[dict[str, Any]], seed: int) -> None:
    def run() -> list[Outcome]:
        link = Faulty(FaultPlan.parse(entries), TcpFramer, random.Random(seed))
        return [*link.opened(0), *push_all(link, A, B, C, step_us=7), *link.closed(UP, 100)]

    assert run() == run()
