"""Any bytes at the port: an error or a closed connection, never an exception, and nothing booked."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.machine import Close, Closed, Note, Opened, Received, Send
from protocols.framing import Frame, TcpFramer
from protocols.unionpay.message import codec_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.harness.acquirer.conftest import Bench, Pos


def sent(bench: Bench, frame: bytes) -> list[Send]:
    return [e for e in bench.feed(Received("c1", frame)) if isinstance(e, Send)]


def test_a_broken_field_behind_f11_is_answered_30(pos: Pos, bench: Bench) -> None:
    frame = bytearray(pos.frame("0200", pos.sale_fields(100), mac=True))
    at = frame.index(b"156") - 1
    frame = frame[: at + 4] + frame[at + 12 :]  # F60 and F64 are cut
    frame[:2] = (len(frame) - 2).to_bytes(2, "big")
    (send,) = sent(bench, bytes(frame))
    (item,) = TcpFramer().feed(send.data)
    assert isinstance(item, Frame)
    reply = codec_for(pos.dialect).parse(item.payload)
    assert (reply.mti, reply.text(39), reply.text(11), reply.text(41)) == ("0210", "30", "000002", pos.tid)
    assert bench.host.state.ledger.postings == {}


def test_trailing_octets_are_30(pos: Pos, bench: Bench) -> None:
    frame = pos.frame("0200", pos.sale_fields(100), mac=True)[2:] + b"\x00"
    (send,) = sent(bench, TcpFramer().frame(frame))
    assert b"30" in send.data
    assert bench.host.state.ledger.postings == {}


def test_what_is_no_message_closes_the_connection(bench: Bench) -> None:
    effects = bench.feed(Received("c1", b"\x00\x05hello"))
    assert Close("c1") in effects
    assert any(isinstance(e, Note) and e.kind == "noise" for e in effects)
    assert bench.feed(Received("c1", b"\x00\x05hello")) == []


def test_a_length_of_zero_closes(bench: Bench) -> None:
    assert Close("c1") in bench.feed(Received("c1", b"\x00\x00"))


def test_a_reply_is_not_answered(pos: Pos, bench: Bench) -> None:
    assert sent(bench, pos.frame("0810", {11: "000001", 39: "00", 60: "00000001003"})) == []


def test_silent_connections_are_closed(bench: Bench) -> None:
    due = bench.host.deadline
    assert due == bench.host.settings.limits.links_idle_us
    bench.now = due
    from harness.machine import Wake

    assert bench.feed(Wake()) == [Close("c1")]
    assert bench.host.deadline is None


def test_no_more_connections_than_the_limit(make_bench: Callable[..., Bench]) -> None:
    from harness.acquirer.settings import Limits

    bench = make_bench(limits=Limits(links=2))
    assert bench.feed(Opened("c2")) == []
    assert bench.feed(Opened("c3")) == [Close("c3")]
    bench.feed(Closed("c2", "eof"))
    assert bench.feed(Opened("c3")) == []


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_random_octets(make_bench: Callable[..., Bench], data: bytes) -> None:
    bench = _shared(make_bench)
    bench.feed(Opened("c9"))
    bench.feed(Received("c9", data))
    bench.feed(Received("c9", TcpFramer().frame(data or b"x")))
    bench.feed(Closed("c9", "eof"))


_benches: list[Bench] = []


def _shared(make_bench: Callable[..., Bench]) -> Bench:
    """One host for all examples: what one leaves behind must not hurt the next."""
    if not _benches:
        _benches.append(make_bench())
    return _benches[0]


def test_mutated_messages_book_nothing(bench: Bench, pos: Pos) -> None:
    """Two thousand mutations of a good sale: no exception, and no posting unless F64 still fits."""
    rng = random.Random(8583)
    good = pos.frame("0200", pos.sale_fields(100), mac=True)
    for _ in range(2000):
        frame = bytearray(good)
        for _ in range(rng.randint(1, 4)):
            frame[rng.randrange(13, len(frame))] = rng.randrange(256)
        if rng.random() < 0.3:
            del frame[rng.randrange(13, len(frame)) :]
        frame[:2] = (len(frame) - 2).to_bytes(2, "big")
        if bytes(frame) == good:
            continue
        bench.feed(Opened("c5"))
        bench.feed(Received("c5", bytes(frame)))
        bench.feed(Closed("c5", "eof"))
    assert bench.host.state.ledger.postings == {}
    assert bench.host.state.tombstones == {}
