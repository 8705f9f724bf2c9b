"""Framers of the small register protocols: any split, any noise, damage, bounds, software parity."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.concert import message as concert
from protocols.delimited import CUT_OFF, SEEMS_7E1, DelimitedFramer, with_parity
from protocols.errors import EncodeError
from protocols.families.caisse_ap import CaisseFramer
from protocols.families.codepay import CodepayFramer
from protocols.families.ecr17 import LRC_MODES, Ecr17Framer
from protocols.framing import ACK, BAD_LRC, EOT, NAK, Control, Frame, Item, Noise
from protocols.transbank import message as transbank

texts = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=40).map(str.encode)
junk = st.binary(max_size=12).map(lambda data: bytes(octet for octet in data if octet not in b"\x01\x02\x06\x15\x55"))
cuts_in = st.lists(st.integers(0, 400), max_size=12)
FRAMERS: dict[str, Callable[[], DelimitedFramer]] = {
    "transbank": transbank.framer,
    "concert": concert.framer,
    "concert 7E1": lambda: concert.framer("even"),
    "ecr17": Ecr17Framer,
}


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    at = sorted({cut % (len(data) + 1) for cut in cuts})
    return [data[a:b] for a, b in zip([0, *at], [*at, len(data)], strict=True)]


def frames(items: Sequence[Item]) -> list[bytes]:
    return [item.payload for item in items if isinstance(item, Frame)]


@settings(max_examples=50)
@given(st.sampled_from(sorted(FRAMERS)), st.lists(st.tuples(junk, texts), max_size=4), cuts_in)
def test_frames_between_noise_in_any_split(name: str, sent: list[tuple[bytes, bytes]], cuts: list[int]) -> None:
    make = FRAMERS[name]
    noisy = "7E1" not in name  # there noise may turn into a mark when the parity is taken off
    stream = b"".join((before if noisy else b"") + make().frame(text) for before, text in sent)
    whole, split = make(), make()
    one = whole.feed(stream) + whole.expire()
    many = [item for piece in pieces(stream, cuts) for item in split.feed(piece)] + split.expire()
    assert frames(one) == frames(many) == [text for _, text in sent]
    assert whole.idle and split.idle and not whole.pending_octets


@settings(max_examples=50)
@given(st.sampled_from(sorted(FRAMERS)), texts, texts, st.data())
def test_a_good_frame_behind_a_damaged_one(name: str, first: bytes, second: bytes, data: st.DataObject) -> None:
    framer = FRAMERS[name]()
    damaged = bytearray(framer.frame(first))
    damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= data.draw(st.integers(1, 255))
    items = framer.feed(bytes(damaged) + framer.frame(second)) + framer.expire()
    assert frames(items)[-1:] == [second]


@settings(max_examples=50)
@given(st.sampled_from(sorted(FRAMERS)), st.binary(max_size=900), cuts_in)
def test_anything_is_read_without_raising_and_stays_bounded(name: str, data: bytes, cuts: list[int]) -> None:
    framer = FRAMERS[name]()
    framer.limit_octets = 64
    for piece in pieces(data, cuts):
        framer.feed(piece)
    assert framer.pending_octets <= 64 + 3
    framer.expire()
    assert framer.idle


def test_control_octets_stand_alone_and_not_inside_garbage() -> None:
    framer = concert.framer()
    good = framer.frame(b"x")
    assert framer.feed(bytes((concert.ENQ, ACK)) + good + bytes((ACK, EOT, NAK))) == [
        Control(concert.ENQ),
        Control(ACK),
        Frame(b"x"),
        Control(ACK),
        Control(EOT),
        Control(NAK),
    ]
    assert transbank.framer().feed(bytes((concert.ENQ,))) != [Control(concert.ENQ)]
    damaged = good[:-1] + bytes((good[-1] ^ 1,))
    (noise,) = framer.feed(damaged + bytes((NAK,)))
    assert isinstance(noise, Noise) and noise.reason == BAD_LRC
    assert not framer.idle
    framer.expire()
    assert framer.feed(bytes((NAK,))) == [Control(NAK)]


def test_a_cut_off_frame_does_not_wait_for_its_end() -> None:
    framer = transbank.framer()
    items = framer.feed(b"\x0202" + framer.frame(b"0100"))
    assert items == [Noise(b"\x0202", CUT_OFF), Frame(b"0100")]


@pytest.mark.parametrize("text", [b"", bytes(2049), b"a\x02b", b"a\x03b"])
def test_what_no_receiver_takes_is_refused(text: bytes) -> None:
    with pytest.raises(EncodeError):
        transbank.framer().frame(text)


def test_seven_bits_on_a_line_of_eight() -> None:
    """Arithmetic: 02, 04 and 15 have an odd number of ones, so bit 7 is set; 03, 05 and 06 look as ever."""
    assert with_parity(bytes((2, 4, 0x15, 3, 5, 6)), "even") == bytes((0x82, 0x84, 0x95, 3, 5, 6))
    plain, even = concert.framer(), concert.framer("even")
    sent = even.frame(b"010000")
    assert sent[0] == 0x82
    (noise,) = plain.feed(sent)
    assert isinstance(noise, Noise) and noise.reason == SEEMS_7E1
    assert even.feed(sent) == [Frame(b"010000")]
    # Some stacks send control octets without parity; a character with a wrong parity is damage.
    assert even.feed(b"\x02" + sent[1:]) == [Frame(b"010000")]
    twice = bytes(octet ^ 0x80 if octet == 0x30 else octet for octet in sent)
    assert not frames(even.feed(twice) + even.expire())
    with pytest.raises(EncodeError):
        even.frame(b"\xe9")


@settings(max_examples=50)
@given(texts, st.sampled_from(sorted(LRC_MODES)))
def test_ecr17_reads_any_lrc_unless_one_is_named(text: bytes, mode: str) -> None:
    sent = Ecr17Framer(mode).frame(text)
    assert Ecr17Framer().feed(sent) == [Frame(text)]
    others = [name for name in LRC_MODES if name != mode]
    assert not any(frames(Ecr17Framer(name).feed(sent)) for name in others)


def test_ecr17_progress_and_acks() -> None:
    framer = Ecr17Framer()
    progress = b"\x01" + b"ATTENDERE PREGO".ljust(20)
    stream = framer.control(ACK) + framer.frame(progress) + framer.frame(b"AB") + framer.control(NAK)
    assert framer.control(ACK) == bytes.fromhex("060379")
    for size in (1, 2, 5, len(stream)):
        items = [item for at in range(0, len(stream), size) for item in framer.feed(stream[at : at + size])]
        assert items == [Control(ACK), Frame(progress), Frame(b"AB"), Control(NAK)]
    assert framer.feed(b"\x06") == [] and framer.expire() == [Control(ACK)]
    assert framer.feed(b"\x06" + framer.frame(b"AB")) == [Control(ACK), Frame(b"AB")]
    with pytest.raises(EncodeError):
        framer.frame(b"\x01short")


@settings(max_examples=50)
@given(st.lists(st.binary(max_size=30), min_size=1, max_size=3), junk, cuts_in)
def test_codepay_in_any_split_between_noise(datas: list[bytes], noise: bytes, cuts: list[int]) -> None:
    payloads = [b"\x00\x01\x02" + len(data).to_bytes(2, "big") + data for data in datas]
    stream = b"".join(noise + CodepayFramer().frame(payload) for payload in payloads)
    framer = CodepayFramer()
    items = [item for piece in pieces(stream, cuts) for item in framer.feed(piece)] + framer.expire()
    assert frames(items) == payloads


@settings(max_examples=50)
@given(st.binary(max_size=300), cuts_in)
def test_codepay_and_caisse_read_anything(data: bytes, cuts: list[int]) -> None:
    framers: list[Any] = [CodepayFramer(), CaisseFramer(limit_octets=64)]
    for framer in framers:
        for piece in pieces(data, cuts):
            framer.feed(piece)
        assert framer.pending_octets <= 1024
        framer.expire()
        assert framer.idle


caisse = st.dictionaries(st.sampled_from(["CJ", "CA", "CB", "AE"]), st.binary(max_size=12), max_size=4).map(
    lambda tags: b"CZ0040300" + b"".join(f"{tag}{len(v):03d}".encode() + v for tag, v in tags.items())
)


@settings(max_examples=50)
@given(st.lists(caisse, min_size=1, max_size=3), cuts_in)
def test_caisse_messages_end_at_the_next_or_at_silence(sent: list[bytes], cuts: list[int]) -> None:
    framer = CaisseFramer()
    items = [item for piece in pieces(b"".join(sent), cuts) for item in framer.feed(piece)]
    assert frames(items) == sent[:-1]
    assert framer.expire() == [Frame(sent[-1])]
    assert not framer.feed(sent[0][:-1] if len(sent[0]) > 9 else b"CZ0040")
    (noise,) = framer.expire()
    assert isinstance(noise, Noise)
    (lost,) = framer.feed(b"GET / HTTP/1.1")
    assert isinstance(lost, Noise) and lost.fatal
