"""ZVT's framers: the specification's check value, then any split, noise before, between and inside, and the limits."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.errors import EncodeError
from protocols.framing import ACK, NAK, Control, Frame, Item, Noise
from protocols.zvt.framing import BAD_CRC, BAD_DLE, DLE, END, START, ZvtSerialFramer, ZvtTcpFramer, crc

REGISTRATION = bytes.fromhex("060006123456BA0978")
apdus = st.binary(min_size=1, max_size=60) | st.sampled_from((b"\x10", b"\x10\x10", b"\x10\x03", b"\x10\x02\x10"))
pieces_of_noise = st.binary(max_size=20)
cut_places = st.lists(st.integers(0, 400), max_size=20)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    """`data` cut at the places that `cuts` name (taken modulo its length)."""
    at = sorted({cut % (len(data) + 1) for cut in cuts})
    return [data[a:b] for a, b in zip([0, *at], [*at, len(data)], strict=True)]


def frames(items: Sequence[Item]) -> list[bytes]:
    return [item.payload for item in items if isinstance(item, Frame)]


def folded(items: Sequence[Item]) -> list[object]:
    """Neighbouring noise of one reason is one: where it is cut depends on how it came in."""
    out: list[object] = []
    for item in items:
        last = out[-1] if out else None
        if isinstance(item, Noise) and isinstance(last, Noise) and item.reason == last.reason:
            out[-1] = Noise(last.data + item.data, item.reason, item.fatal)
        else:
            out.append(item)
    return out


def test_the_check_value_of_the_specification() -> None:
    # PA00P016: 10 02 06 00 06 12 34 56 BA 09 78 10 03 24 C3
    assert ZvtSerialFramer().frame(REGISTRATION).hex() == "1002060006123456ba0978100324c3"


def test_the_crc_is_kermit() -> None:
    """CRC-16/KERMIT of "123456789" is 2189 in the catalogue of CRCs; bit by bit here, and ETX is always at the end."""

    def kermit(data: bytes) -> int:
        value = 0
        for octet in data:
            value ^= octet
            for _ in range(8):
                value = value >> 1 ^ (0x8408 if value & 1 else 0)
        return value

    assert kermit(b"123456789") == 0x2189
    assert crc(b"12345678") == kermit(b"12345678\x03").to_bytes(2, "little")


@pytest.mark.parametrize("check", ["1010", "1003", "1002", "0610", "1006"])
def test_a_crc_of_control_octets_is_never_doubled(check: str) -> None:
    """An APDU whose CRC is just that; the frame ends two octets behind DLE ETX, whatever they are."""
    apdu = next(
        apdu
        for apdu in (b"\x06\x01\x02" + number.to_bytes(2, "big") for number in range(0x10000))
        if crc(apdu).hex() == check
    )
    frame = ZvtSerialFramer().frame(apdu)
    assert frame.hex().endswith("1003" + check)
    assert ZvtSerialFramer().feed(frame + frame) == [Frame(apdu), Frame(apdu)]


@given(st.lists(apdus, max_size=5), cut_places)
def test_serial_any_split(sent: list[bytes], cuts: list[int]) -> None:
    framer = ZvtSerialFramer()
    stream = b"".join(framer.frame(apdu) for apdu in sent)
    got = [item for piece in pieces(stream, cuts) for item in framer.feed(piece)]
    assert got == [Frame(apdu) for apdu in sent]
    assert framer.idle


@given(st.lists(apdus.map(ZvtSerialFramer().frame) | pieces_of_noise, max_size=5), cut_places)
def test_serial_the_split_makes_no_difference(parts: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(parts)
    whole, cut = ZvtSerialFramer(), ZvtSerialFramer()
    at_once = whole.feed(stream) + whole.expire()
    in_pieces = [item for piece in pieces(stream, cuts) for item in cut.feed(piece)] + cut.expire()
    assert folded(at_once) == folded(in_pieces)


@given(st.lists(apdus.map(ZvtSerialFramer().frame) | pieces_of_noise, max_size=5), cut_places)
def test_serial_no_octet_is_lost_or_made_up(parts: list[bytes], cuts: list[int]) -> None:
    framer = ZvtSerialFramer()
    stream = b"".join(parts)
    items = [item for piece in pieces(stream, cuts) for item in framer.feed(piece)] + framer.expire()
    raw = b"".join(
        framer.frame(item.payload)
        if isinstance(item, Frame)
        else item.data
        if isinstance(item, Noise)
        else bytes((item.byte,))
        for item in items
    )
    assert raw == stream
    assert framer.idle
    assert framer.pending_octets == 0


@given(st.binary(max_size=30), apdus)
def test_serial_a_good_frame_is_never_lost_behind_noise(noise: bytes, apdu: bytes) -> None:
    framer = ZvtSerialFramer()
    items = framer.feed(noise + framer.frame(apdu)) + framer.expire()
    assert frames(items)[-1:] == [apdu]


@given(apdus, st.integers(0, 10**6), st.integers(1, 255))
def test_serial_a_damaged_octet_never_gives_another_apdu(apdu: bytes, at: int, change: int) -> None:
    framer = ZvtSerialFramer()
    frame = bytearray(framer.frame(apdu))
    frame[at % len(frame)] ^= change
    assert all(got == apdu for got in frames(framer.feed(bytes(frame)) + framer.expire()))


def test_what_stands_between_frames_is_control_and_inside_damage_it_is_not() -> None:
    framer = ZvtSerialFramer()
    good = framer.frame(REGISTRATION)
    assert framer.feed(b"\x06\x15" + good) == [Control(ACK), Control(NAK), Frame(REGISTRATION)]
    bad = good[:-1] + bytes((good[-1] ^ 1,))
    items = framer.feed(bad + b"\x15")
    assert {item.reason for item in items if isinstance(item, Noise)} >= {BAD_CRC}
    assert not any(isinstance(item, Control) for item in items)
    assert framer.expire() == []
    assert framer.feed(b"\x15") == [Control(NAK)]


def test_an_end_that_is_none() -> None:
    framer = ZvtSerialFramer()
    items = framer.feed(START + b"\x06\x10\x07" + framer.frame(REGISTRATION))
    assert items[-1] == Frame(REGISTRATION)
    assert BAD_DLE in {item.reason for item in items if isinstance(item, Noise)}


def test_a_frame_beyond_the_limit_is_given_up_and_the_next_one_found() -> None:
    framer = ZvtSerialFramer(limit_octets=8)
    endless = START + b"\x55" * 40
    items = framer.feed(endless)
    assert framer.pending_octets <= 2 * 8 + 6
    items += framer.feed(framer.frame(b"\x80\x00\x00"))
    assert items[-1] == Frame(b"\x80\x00\x00")
    with pytest.raises(EncodeError):
        framer.frame(bytes(9))
    with pytest.raises(EncodeError):
        framer.frame(b"")
    with pytest.raises(ValueError, match="limit_octets"):
        ZvtSerialFramer(0)


def test_the_longest_apdu_passes_octet_by_octet() -> None:
    apdu = b"\x06\xd3\xff\xff\xff" + bytes((DLE, 3)) * 0x7FFF + b"\0"
    framer = ZvtSerialFramer()
    frame = framer.frame(apdu)
    assert frame.count(END) > 1
    got = [item for at in range(0, len(frame), 7) for item in framer.feed(frame[at : at + 7])]
    assert got == [Frame(apdu)]


@given(st.lists(st.binary(max_size=300), max_size=4), cut_places, st.booleans())
def test_tcp_any_segmentation(data: list[bytes], cuts: list[int], long_form: bool) -> None:
    def apdu(one: bytes) -> bytes:
        long = long_form or len(one) > 0xFE
        return b"\x04\x0f" + (b"\xff" + len(one).to_bytes(2, "little") if long else bytes((len(one),))) + one

    framer = ZvtTcpFramer()
    sent = [apdu(one) for one in data]
    got = [item for piece in pieces(b"".join(sent), cuts) for item in framer.feed(piece)]
    assert got == [Frame(one) for one in sent]
    assert [framer.frame(one) for one in sent] == sent
    assert framer.idle


def test_tcp_what_stays_incomplete_is_fatal() -> None:
    framer = ZvtTcpFramer()
    assert framer.feed(bytes.fromhex("06d118402a")) == []
    (item,) = framer.expire()
    assert isinstance(item, Noise) and item.fatal and item.data.hex() == "06d118402a"
    assert [type(one) for one in framer.feed(b"\x80\x00\x00")] == [Noise]
    assert ZvtTcpFramer().expire() == []


def test_tcp_a_frame_beyond_the_limit_is_fatal() -> None:
    framer = ZvtTcpFramer(limit_octets=100)
    items = framer.feed(bytes.fromhex("800000") + bytes.fromhex("06d1ff6400") + bytes(10))
    assert items[0] == Frame(b"\x80\x00\x00")
    assert isinstance(items[1], Noise) and items[1].fatal
    with pytest.raises(EncodeError, match="length says 3"):
        framer.frame(bytes.fromhex("80000000"))
