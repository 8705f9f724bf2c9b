"""Framers: worked frames from public dumps, then properties over any split and any noise."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import EncodeError
from protocols.framing import (
    ACK,
    NAK,
    NOT_DIGITS,
    STX,
    Control,
    DigitsFramer,
    Frame,
    HostFramer,
    Item,
    Noise,
    Prefix,
    SerialFramer,
    TcpFramer,
)

# codetd.com article 2788100: STX, 0106, 106 octets, ETX, LRC 22.
STX_DUMP = bytes.fromhex(
    "020106600007080802003020050020C0101C0040000000000099800000010021000337621402100007415078D156071220100000000031"
    "32333435363738303433202020202020202020202020C58EB20018031E9A00063030303030310006303030303030000630303030303103"
    "22"
)

payloads = st.binary(min_size=1, max_size=60)
serial_noise = st.binary(max_size=20).map(lambda data: data.replace(bytes((STX,)), b"\x7e"))


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    """`data` cut at the places that `cuts` name (taken modulo its length)."""
    at = sorted({cut % (len(data) + 1) for cut in cuts})
    return [data[a:b] for a, b in zip([0, *at], [*at, len(data)], strict=True)]


def frames(items: Sequence[Item]) -> list[bytes]:
    return [item.payload for item in items if isinstance(item, Frame)]


def noise(items: Sequence[Item]) -> bytes:
    return b"".join(item.data for item in items if isinstance(item, Noise))


def test_serial_dump_is_one_frame() -> None:
    (item,) = SerialFramer().feed(STX_DUMP)
    assert isinstance(item, Frame)
    assert item.payload == STX_DUMP[3:-2]
    assert SerialFramer().frame(item.payload) == STX_DUMP


def test_tcp_length_is_binary_and_excludes_itself() -> None:
    assert TcpFramer().frame(bytes(60))[:2] == bytes.fromhex("003C")
    assert TcpFramer().frame(bytes(163))[:2] == bytes.fromhex("00A3")


@given(st.lists(payloads, max_size=5), st.lists(st.integers(0, 400), max_size=20))
def test_tcp_any_split(sent: list[bytes], cuts: list[int]) -> None:
    framer = TcpFramer()
    stream = b"".join(framer.frame(payload) for payload in sent)
    got = [item for piece in pieces(stream, cuts) for item in framer.feed(piece)]
    assert got == [Frame(payload) for payload in sent]
    assert framer.pending_octets == 0


@pytest.mark.parametrize("prefix", ["0000", "FFFF", "1001"])
def test_tcp_bad_length_is_fatal_and_stays_so(prefix: str) -> None:
    framer = TcpFramer(limit_octets=4096)
    items = framer.feed(framer.frame(b"ok") + bytes.fromhex(prefix) + b"rest")
    assert items[0] == Frame(b"ok")
    assert isinstance(items[1], Noise)
    assert items[1].fatal
    assert items[1].data == bytes.fromhex(prefix) + b"rest"
    (after,) = framer.feed(framer.frame(b"ok"))
    assert isinstance(after, Noise)
    assert after.fatal
    assert framer.pending_octets == 0


cuts_in = st.lists(st.integers(0, 500), max_size=20)


@given(st.lists(st.tuples(serial_noise, payloads), max_size=4), serial_noise, cuts_in)
def test_serial_frames_between_noise(sent: list[tuple[bytes, bytes]], tail: bytes, cuts: list[int]) -> None:
    framer = SerialFramer()
    stream = b"".join(junk + framer.frame(payload) for junk, payload in sent) + tail
    got = [item for piece in pieces(stream, cuts) for item in framer.feed(piece)]
    assert frames(got) == [payload for _, payload in sent]


@given(st.lists(st.one_of(payloads.map(SerialFramer().frame), st.binary(max_size=30)), max_size=6), cuts_in)
def test_serial_result_does_not_depend_on_the_split(parts: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(parts)
    whole, split = SerialFramer(), SerialFramer()
    one = whole.feed(stream) + whole.expire()
    many = [item for piece in pieces(stream, cuts) for item in split.feed(piece)] + split.expire()
    assert frames(one) == frames(many)
    assert noise(one) == noise(many)
    assert [item for item in one if isinstance(item, Control)] == [item for item in many if isinstance(item, Control)]
    assert whole.idle
    assert split.idle


@given(payloads, payloads, st.data())
def test_serial_good_frame_behind_a_damaged_one(first: bytes, second: bytes, data: st.DataObject) -> None:
    framer = SerialFramer()
    damaged = bytearray(framer.frame(first))
    damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= data.draw(st.integers(1, 255))
    items = framer.feed(bytes(damaged) + framer.frame(second)) + framer.expire()
    assert second in frames(items)


def test_serial_good_frame_inside_a_cut_off_one_waits_for_the_time_out() -> None:
    framer = SerialFramer()
    cut_off = framer.frame(b"x" * 200)[:20]
    assert framer.feed(cut_off + framer.frame(b"good")) == []
    assert not framer.idle
    items = framer.expire()
    assert frames(items) == [b"good"]
    assert noise(items) == cut_off
    assert framer.idle
    assert framer.pending_octets == 0


def test_serial_control_octets() -> None:
    framer = SerialFramer()
    good = framer.frame(bytes((NAK, STX, ACK, 3)))
    assert framer.feed(bytes((ACK,)) + good + bytes((NAK, 0x04))) == [
        Control(ACK),
        Frame(bytes((NAK, STX, ACK, 3))),
        Control(NAK),
        Control(4),
    ]
    damaged = good[:-1] + bytes((good[-1] ^ 1,))
    assert not [item for item in framer.feed(damaged) if isinstance(item, Control)]
    assert not framer.idle
    framer.expire()
    assert framer.feed(bytes((ACK,))) == [Control(ACK)]


@given(st.binary(max_size=3000))
def test_framers_stay_bounded(data: bytes) -> None:
    serial, tcp = SerialFramer(limit_octets=64), TcpFramer(limit_octets=64)
    for at in range(0, len(data), 7):
        serial.feed(data[at : at + 7])
        tcp.feed(data[at : at + 7])
        assert serial.pending_octets <= 64 + 5
        assert tcp.pending_octets <= 64 + 2


@pytest.mark.parametrize("framer", [TcpFramer(limit_octets=10), SerialFramer(limit_octets=10)])
@pytest.mark.parametrize("payload", [b"", bytes(11)])
def test_frame_refuses_what_no_receiver_takes(framer: TcpFramer | SerialFramer, payload: bytes) -> None:
    with pytest.raises(EncodeError):
        framer.frame(payload)


@given(
    st.sampled_from([TcpFramer, SerialFramer, DigitsFramer]),
    st.lists(st.binary(max_size=900).map(lambda body: bytes.fromhex("6000030000") + body), min_size=1, max_size=3),
    st.lists(st.integers(0, 40), max_size=8),
)
def test_a_hosts_line_is_read_in_either_framing(
    kind: type[TcpFramer] | type[SerialFramer], sent: list[bytes], cuts: list[int]
) -> None:
    """Told by the first octets in any splitting, lengths of 512 and more (02 ..) included; answered in the same."""
    framer = HostFramer()
    data = b"".join(kind().frame(payload) for payload in sent)
    got: list[Item] = []
    for piece in pieces(data, cuts):
        got += framer.feed(piece)
        assert framer.pending_octets <= len(data)
    assert frames(got) == sent and not noise(got) and framer.pending_octets == 0
    assert framer.frame(b"answer") == kind().frame(b"answer")


@given(st.binary(max_size=200), st.lists(st.integers(0, 40), max_size=8))
def test_a_hosts_line_never_raises_and_stays_bounded(data: bytes, cuts: list[int]) -> None:
    framer = HostFramer(limit_octets=64)
    for piece in pieces(data, cuts):
        framer.feed(piece)
        assert framer.pending_octets <= 64 + 5


def test_a_length_of_four_digits() -> None:
    """ASC mode of a public register program: sprintf("%04d") in front of the message."""
    assert DigitsFramer().frame(bytes(60))[:4] == b"0060"
    (item,) = DigitsFramer().feed(b"0003abc")
    assert item == Frame(b"abc")
    (bad,) = DigitsFramer().feed(b"00\x3cabc")
    assert isinstance(bad, Noise) and bad.fatal and bad.reason == NOT_DIGITS


@pytest.mark.parametrize(
    ("prefix", "sent", "taken"),
    [
        ("binary", b"\x00\x04`abc", True),
        ("binary", b"0004`abc", False),
        ("digits", b"0004`abc", True),
        ("digits", b"\x00\x04`abc", False),
        ("", b"0004`abc", True),
    ],
)
def test_a_host_has_one_prefix_alone(prefix: Prefix, sent: bytes, taken: bool) -> None:
    assert frames(HostFramer(prefix=prefix).feed(sent)) == ([b"`abc"] if taken else [])
