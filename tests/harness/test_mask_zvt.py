"""No card number that is not listed reaches the trace through ZVT, on a serial line or over TCP."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from harness.cards import listed_pans
from harness.mask import Masker
from harness.masking.digits import luhn_sum
from protocols.framing import Frame
from protocols.zvt.bitmaps import ADDITIONAL_TEXT, AMOUNT, EXPIRY, PAN, TRACK1, TRACK2
from protocols.zvt.explain import trace_fields
from protocols.zvt.framing import ZvtSerialFramer, ZvtTcpFramer
from protocols.zvt.message import ZvtMessage, build, message, parse
from protocols.zvt.tlv import ZvtTlv

REAL = "4111111111111111"
"""The schemes' public example, which is no card of this bench."""
LISTED = sorted(listed_pans())[0]


def whole(body: str) -> str:
    return body + str((10 - luhn_sum(body + "0")) % 10)


pans = st.text("0123456789", min_size=11, max_size=17).map(lambda rest: whole("4" + rest))


def kept(msg: ZvtMessage, transport: str, cuts: tuple[int, ...] = ()) -> list[bytes]:
    """The octets of the message as the trace keeps them, put together again."""
    masker = Masker(frozenset((LISTED,)))
    spoken = {"link": "terminal", "what": "protocol", "protocol": "zvt", "transport": transport}
    masker.enter(0, "register", "link", spoken)
    framer = ZvtTcpFramer() if transport == "tcp" else ZvtSerialFramer()
    octets = framer.frame(build(msg))
    edges = [0, *sorted(cut % (len(octets) + 1) for cut in cuts), len(octets)]
    shown: dict[int, str] = {}
    for seq, (start, end) in enumerate(pairwise(edges), 1):
        event = {"link": "terminal", "dir": "out", "hex": octets[start:end].hex().upper()}
        shown[seq] = str(masker.enter(seq, "register", "bytes", event).get("hex", ""))
        shown |= {amended: str(data.get("hex", "")) for amended, data in masker.take_amended()}
    return [bytes.fromhex(shown[seq]) for seq in sorted(shown)]


def message_of(pan: str) -> ZvtMessage:
    packed = pan + "F" * (len(pan) % 2)
    track = f"{pan}D2912206899031006"
    return message(
        0x0601,
        bitmaps={
            AMOUNT: "000000001000",
            PAN: packed,
            EXPIRY: "2912",
            TRACK2: track + "F" * (len(track) % 2),
            TRACK1: f"B{pan}^NAME/A^2912206".encode(),
            ADDITIONAL_TEXT: f"Karte {pan}".encode(),
        },
        tlv=[ZvtTlv(0x57, bytes.fromhex(packed)), ZvtTlv(0x1F17, pan.encode())],
    )


def test_a_real_number_is_hidden_everywhere_and_the_frame_stays_one() -> None:
    for transport, framer in (("serial", ZvtSerialFramer()), ("tcp", ZvtTcpFramer())):
        octets = b"".join(kept(message_of(REAL), transport))
        assert REAL not in octets.hex()
        assert REAL.encode() not in octets
        assert bytes.fromhex("2912206899031006") not in octets
        (frame,) = framer.feed(octets)
        assert isinstance(frame, Frame)
        shown = parse(frame.payload)
        assert shown.nibbles(AMOUNT) == "000000001000"
        assert shown.nibbles(PAN).startswith("99")


def test_a_listed_card_stays_whole() -> None:
    msg = message_of(LISTED)
    assert b"".join(kept(msg, "serial")) == ZvtSerialFramer().frame(build(msg))


@given(
    pans.filter(lambda pan: pan != LISTED),
    st.sampled_from(("serial", "tcp")),
    st.lists(st.integers(0, 300), max_size=4),
)
def test_no_number_survives_however_it_is_cut(pan: str, transport: str, cuts: list[int]) -> None:
    octets = b"".join(kept(message_of(pan), transport, tuple(cuts)))
    assert pan not in octets.replace(b"\x10\x10", b"\x10").hex()
    assert pan.encode() not in octets


def test_receipts_passwords_and_tunnelled_traffic() -> None:
    line = kept(message(0x06D1, {"attribute": 0, "text": f"Nr. {REAL}".encode()}), "serial")
    assert REAL.encode() not in b"".join(line)
    block = kept(message(0x06D3, tlv=[ZvtTlv(0x25, (ZvtTlv(0x07, REAL.encode()),))]), "tcp")
    assert REAL.encode() not in b"".join(block)
    assert b"\x12\x34\x56" not in b"".join(kept(message(0x0693, {"password": "123456"}), "serial"))
    secret = message(0x0601, bitmaps={0x3A: "123F", 0x3D: "654321", 0xD1: b"\xaa\xbb\xcc"})  # CVV, password, PIN data
    shown = b"".join(kept(secret, "tcp")).hex()
    assert not any(one in shown for one in ("123f", "654321", "aabbcc"))
    assert set(trace_fields(secret).values()) == {"****", "******"}
    # A message that no dialect reads: not even a part of it is shown.
    tunnelled = kept(message(0x06D9, {"timeout_s": 30, "data": bytes.fromhex("0200" + REAL)}), "serial")
    assert REAL not in b"".join(tunnelled).hex()


def test_a_number_that_the_terminal_masked_is_left_as_it_is() -> None:
    # bezahl-online capture
    msg = message(0x040F, bitmaps={0x27: 0, PAN: "EEEEEEEEEEEEEEE4281F"})
    assert b"".join(kept(msg, "serial")) == ZvtSerialFramer().frame(build(msg))
