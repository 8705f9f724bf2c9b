"""What an export writes, against blocks and frames that were put together by hand from the format's description."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.recordings.export import EPOCH_US, export
from harness.recordings.pcapng import (
    ETHERNET,
    Endpoint,
    Interface,
    check_sum,
    interface,
    names,
    packet,
    section,
    tcp_frame,
)
from harness.recordings.reader import Reader
from harness.recordings.respelled import respelled
from harness.recordings.sessions import sessions_of
from harness.recordings.units import spoken_in, units_of
from harness.trace import Trace, program_version

from . import shop, zvt


def blocks(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """(type, body) of each block; every length stands twice, and is a multiple of 4."""
    at = 0
    while at < len(octets):
        kind, length = struct.unpack_from("<II", octets, at)
        assert length % 4 == 0 and length >= 12
        assert struct.unpack_from("<I", octets, at + length - 4) == (length,)
        yield kind, octets[at + 8 : at + length - 4]
        at += length
    assert at == len(octets)


def packets(octets: bytes) -> list[tuple[int, int, bytes]]:
    """(interface, microseconds, data) of each packet."""
    found = []
    for kind, body in blocks(octets):
        if kind == 6:
            line, high, low, kept, length = struct.unpack_from("<IIIII", body)
            assert kept == length
            found.append((line, (high << 32 | low) - EPOCH_US, body[20 : 20 + length]))
    return found


def segments(octets: bytes) -> list[tuple[int, int, int, int, int, bytes]]:
    """(source port, destination port, sequence, acknowledged, flags, data) of each TCP segment, its sums checked."""
    found = []
    for line, _, frame in packets(octets):
        if line:
            continue
        assert frame[12:14] == b"\x08\x00" and frame[14] == 0x45 and frame[23] == 6
        ip, tcp = frame[14:34], frame[34:]
        assert check_sum((ip,)) == 0
        assert check_sum((ip[12:20], struct.pack(">HH", 6, len(tcp)), tcp)) == 0
        source, target, sequence, ack, offset, flags = struct.unpack_from(">HHIIBB", tcp)
        found.append((source, target, sequence, ack, flags, tcp[(offset >> 4) * 4 :]))
    return found


def test_blocks_as_the_format_says() -> None:
    assert section("x") == bytes.fromhex(
        "0A0D0D0A280000004D3C2B1A01000000FFFFFFFFFFFFFFFF04000100780000000000000028000000"
    )
    assert interface(Interface(ETHERNET, "tcp")) == bytes.fromhex(
        "0100000020000000010000000000000002000300746370000000000020000000"
    )
    assert names({"10.0.1.1": "host"}) == bytes.fromhex(
        "0400000020000000010009000A000101686F7374000000000000000020000000"
    )
    assert packet(2, 0x1_0000_0002, b"\xaa\xbb", "hi", 2) == bytes.fromhex(
        "06000000"
        "38000000"
        "02000000"
        "01000000"
        "02000000"
        "02000000"
        "02000000"
        "AABB0000"
        "0100020068690000"
        "0200040002000000"
        "00000000"
        "38000000"
    )


def test_a_check_sum_as_in_its_description() -> None:
    """RFC 1071, section 3: the sum of 0001 f203 f4f5 f6f7 is ddf2, of which the complement is sent."""
    assert check_sum((bytes.fromhex("0001F203F4F5F6F7"),)) == 0xFFFF - 0xDDF2


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_a_check_sum_makes_the_whole_zero(one: bytes, two: bytes) -> None:
    frame = tcp_frame(Endpoint("10.0.1.1", 8583), Endpoint("10.0.2.1", 40000), 1, 1, 0x18, one + two)
    assert check_sum((frame[14:34],)) == 0


def test_a_name_for_each_party_and_a_line_for_each_kind() -> None:
    octets = export(shop.recorded().events, "cup", "en").octets
    kinds = [kind for kind, _ in blocks(octets)]
    assert kinds[:6] == [0x0A0D0D0A, 1, 1, 1, 1, 4]
    assert set(kinds[6:]) == {6}
    (records,) = (body for kind, body in blocks(octets) if kind == 4)
    assert b"\x0a\x00\x01\x01host\0" in records and b"\x0a\x00\x02\x01terminal\0" in records
    assert f"posrig {program_version()}".encode() in octets[:80]


def test_streams_have_the_numbers_that_tcp_would_give_them() -> None:
    exported = export(shop.recorded().events, "cup", "en")
    following: dict[tuple[int, int], int] = {}
    for source, target, sequence, ack, flags, data in segments(exported.octets):
        way = (source, target)
        if flags & 2:
            following.pop((target, source), None) if flags == 2 else None
            following[way] = 0
        assert sequence == following[way]
        following[way] += len(data) + bool(flags & 3)
        if flags & 16:
            assert ack == following[target, source]
    assert exported.sessions == 2 and exported.protocols == {"iso8583"}


def test_octets_as_they_were_on_the_wire() -> None:
    """The stream of each direction is what the trace has of it, length, TPDU and header included."""
    trace = shop.recorded()
    for out, port in ((True, 40_000), (False, 8583)):
        direction = "out" if out else "in"
        said = "".join(
            event.data["hex"]
            for event in trace.events
            if event.kind == "bytes"
            and (event.party, event.data["link"], event.data["dir"]) == ("terminal", "host", direction)
        )
        exported = export(trace.events, "cup", "en", wire=True)
        stream = b"".join(data for source, *_, data in segments(exported.octets) if source // 100 == port // 100)
        assert stream.hex().upper() == said


def test_the_time_is_that_of_the_recording() -> None:
    trace = shop.recorded()
    times = {event.t_us for event in trace.events if event.kind in ("bytes", "link")}
    found = [t_us for _, t_us, _ in packets(export(trace.events, "cup", "en").octets)]
    assert set(found) <= times
    assert found == sorted(found)


def test_the_same_recording_gives_the_same_octets() -> None:
    trace = shop.recorded()
    assert export(trace.events, "cup", "zh").octets == export(trace.events, "cup", "zh").octets


def test_what_one_party_saw() -> None:
    ends = {source for source, *_ in segments(export(shop.recorded().events, "cup", "en", party="host").octets)}
    assert ends == {8583, 40_000}
    assert export(shop.recorded().events, "cup", "en", party="nobody").sessions == 0


def test_a_sale_in_the_spelling_of_the_dissector() -> None:
    """By hand from ISO 8583:1987: length low octet first, MTI, bitmap in hex digits, fields in characters."""
    reader = Reader()
    session = next(one for one in sessions_of(shop.recorded().events) if (one.party, one.link) == ("terminal", "host"))
    meaning = reader.read(spoken_in(session), units_of(session)[0])
    assert meaning.message is not None and meaning.dialect is not None
    octets, left_out = respelled(meaning.message, meaning.dialect)
    assert int.from_bytes(octets[:2], "little") == len(octets) - 2
    text = octets[2:].decode("ascii")
    assert text.startswith("0200702406C020C09231")  # 2 3 4 11 14 22 23 25 26 35 41 42 49 52 55 59 60 64
    assert text[20:].startswith("196212142000000000012000000000000001234")
    assert "376212142000000000012D30122010000000000" in text and shop.TID + shop.MID + "156" in text
    assert left_out == {"53": "2600000000000000"}


@pytest.mark.parametrize("wire", [False, True])
def test_zvt_on_a_serial_line_loses_its_doubled_dles(wire: bool) -> None:
    """A frame with 10 in its data: doubled on the wire, single for the dissector; the CRC is the same (PA00P016)."""
    stuffed = bytes.fromhex("1002060107040000000010100010036291")
    trace = zvt.recording([(False, stuffed), (True, b"\x06")], "serial")
    (first, second) = packets(export(trace.events, "cup", "en", wire=wire).octets)
    assert first[0] == second[0] == 1 and second[2] == b"\x06"
    assert first[2] == (stuffed if wire else stuffed.replace(b"\x10\x10", b"\x10"))


def test_octets_that_are_no_frame_do_not_disturb_the_stream() -> None:
    """A length that leads nowhere would lose the dissector for good: it stands in a comment instead."""
    trace = Trace()
    trace.append("host", "link", {"link": "c1", "what": "open", "peer": "terminal"}, ("host",), 0)
    trace.append("host", "bytes", {"link": "c1", "dir": "in", "hex": "FFFF0102"}, ("host",), 10)
    octets = export(trace.events, "cup", "en").octets
    assert [data for *_, data in segments(octets)][3:] == [b""]
    assert b"FFFF0102" in octets


@settings(max_examples=60)
@given(st.lists(st.tuples(st.booleans(), st.binary(min_size=1, max_size=80)), max_size=12), st.booleans())
def test_whatever_was_said_can_be_exported(said: list[tuple[bool, bytes]], wire: bool) -> None:
    """Any octets in any order: the file is whole, the numbers of the streams follow each other, and with `wire` nothing
    is lost that the recording has."""
    trace = Trace()
    trace.append("host", "link", {"link": "c1", "what": "open", "peer": "terminal"}, ("host",), 0)
    for number, (out, data) in enumerate(said, 1):
        octets = {"link": "c1", "dir": "out" if out else "in", "hex": data.hex().upper()}
        trace.append("host", "bytes", octets, ("host",), number)
    found = segments(export(trace.events, "cup", "en", wire=wire).octets)
    following = {8583: 0, 40_000: 0}
    for source, _, sequence, _, flags, data in found:
        assert sequence == following[source]
        following[source] += len(data) + bool(flags & 3)
    if wire:
        kept = {
            out: sum(
                len(event.data["hex"]) // 2 if "hex" in event.data else event.data["length"]
                for event in trace.events
                if event.kind == "bytes" and event.data["dir"] == out
            )
            for out in ("in", "out")
        }
        assert following == {8583: kept["out"] + 1, 40_000: kept["in"] + 1}
