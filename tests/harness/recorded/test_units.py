"""Sessions and what was said in them, however the octets came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.recordings.reader import Reader
from harness.recordings.register_meaning import READERS
from harness.recordings.sessions import Chunk, sessions_of
from harness.recordings.units import HOST, Spoken, Unit, cut, spoken_in, units_of
from harness.trace import Trace
from protocols.framing import SerialFramer, TcpFramer
from protocols.registers import REGISTER_PROTOCOLS

from . import shop, zvt

PAYLOADS = st.lists(st.binary(min_size=1, max_size=30), min_size=1, max_size=5)


def in_pieces(stream: bytes, sizes: Sequence[int]) -> list[Chunk]:
    """The stream as chunks of these sizes in turn, 1 ms apart."""
    chunks: list[Chunk] = []
    at = 0
    while at < len(stream):
        size = sizes[len(chunks) % len(sizes)]
        part = stream[at : at + size]
        chunks.append(Chunk(len(chunks) + 1, 1000 * len(chunks), True, len(part), part))
        at += size
    return chunks


@settings(max_examples=60)
@given(PAYLOADS, st.lists(st.integers(1, 40), min_size=1), st.sampled_from([HOST, "mispos-b"]))
def test_frames_are_found_in_any_splitting(payloads: list[bytes], sizes: list[int], protocol: str) -> None:
    framer = TcpFramer() if protocol == HOST else SerialFramer()
    units = cut(in_pieces(b"".join(map(framer.frame, payloads)), sizes), Spoken(protocol))
    assert [(unit.what, unit.payload) for unit in units] == [("frame", payload) for payload in payloads]


@settings(max_examples=60)
@given(st.binary(max_size=200), st.lists(st.integers(1, 40), min_size=1), st.sampled_from(sorted(REGISTER_PROTOCOLS)))
def test_no_octet_is_lost_or_invented(stream: bytes, sizes: list[int], protocol: str) -> None:
    """The units joined are the stream, and the pieces of each unit are the unit, with the times at which they went."""
    chunks = in_pieces(stream, sizes)
    units = cut(chunks, Spoken(protocol))
    assert b"".join(unit.raw for unit in units) == stream
    when = [chunk.t_us for chunk in chunks for _ in range(chunk.length)]
    at = 0
    for unit in units:
        assert b"".join(piece.octets for piece in unit.slices) == unit.raw
        for piece in unit.slices:
            assert when[at] == piece.t_us
            at += len(piece.octets)
        assert unit.t_us == unit.slices[-1].t_us


def test_octets_that_were_hashed_are_one_unit_and_the_rest_goes_on() -> None:
    frame = SerialFramer().frame(b"\x9f\x01\x00\x01\x02")
    chunks = [
        Chunk(1, 0, True, 3, frame[:3]),
        Chunk(2, 1, True, 60, None, hash="ab"),
        Chunk(3, 2, True, len(frame), frame),
    ]
    units = cut(chunks, Spoken("mispos-b"))
    assert [(unit.what, unit.length) for unit in units] == [("noise", 3), ("hidden", 60), ("frame", len(frame))]


def test_sessions_of_the_sale() -> None:
    found = {one.name: one for one in sessions_of(shop.recorded().events)}
    assert set(found) == {"terminal/register/1", "register/terminal/1", "terminal/host/1", "host/c1/1"}
    assert {name: len(units_of(one)) for name, one in found.items() if "register" in name} == {
        "terminal/register/1": 4,
        "register/terminal/1": 4,
    }
    dialled, accepted = found["terminal/host/1"], found["host/c1/1"]
    assert not dialled.accepts and accepted.accepts
    assert dialled.why == "local" and accepted.why == "eof"
    assert [unit.raw for unit in units_of(dialled)] == [unit.raw for unit in units_of(accepted)]
    assert [unit.out for unit in units_of(dialled)] == [not unit.out for unit in units_of(accepted)]


def test_what_a_recording_says_is_spoken_is_spoken() -> None:
    (session,) = sessions_of(zvt.recording([(False, bytes.fromhex("060000"))], "tcp").events)
    assert spoken_in(session) == Spoken("zvt", "tcp")


@pytest.mark.parametrize("transport", ["serial", "tcp"])
def test_a_protocol_that_is_not_named_is_found_by_its_octets(transport: str) -> None:
    framer = REGISTER_PROTOCOLS["zvt"].framer("tcp" if transport == "tcp" else "serial")
    said = [(out, framer.frame(bytes.fromhex(apdu))) for out, apdu in zvt.SALE]
    (session,) = sessions_of(zvt.recording(said, transport).events)
    assert spoken_in(replace(session, protocol="")).protocol == "zvt"


def test_every_register_protocol_has_a_reader() -> None:
    assert set(READERS) == set(REGISTER_PROTOCOLS)


def test_a_zvt_payment_part_by_part() -> None:
    """Amount, currency, trace number and result of the status information (PA00P015, 04 0F)."""
    (session,) = sessions_of(zvt.recording([(True, bytes.fromhex(zvt.SALE[8][1]))], "tcp").events)
    (unit,) = units_of(session)
    parts = Reader().read(spoken_in(session), unit).parts
    assert parts["control"] == "040F"
    assert (parts["bmp04"], parts["bmp49"], parts["bmp0B"], parts["bmp27"]) == ("000000001000", "0978", "000123", "00")


@given(st.binary(max_size=60), st.sampled_from([HOST, *sorted(REGISTER_PROTOCOLS)]))
def test_rubbish_has_a_meaning_too(payload: bytes, protocol: str) -> None:
    unit = Unit("frame", True, 1, 0, payload, payload, len(payload))
    assert Reader().read(Spoken(protocol), unit).kind


def test_an_open_end_is_a_session_as_well() -> None:
    trace = Trace()
    trace.append("host", "bytes", {"link": "c1", "dir": "in", "hex": "06"}, ("host",), 5)
    (session,) = sessions_of(trace.events)
    assert (session.opened_us, session.closed_us, session.begins_us) == (None, None, 5)
