"""Frames of both dialects decode to their documented values and rebuild to the same octets; the broken one is refused.

`../vectors/mispos.json` names the source of each frame.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from protocols.framing import BAD_LRC, Control, Frame, Noise, SerialFramer
from protocols.mispos.dialect_a import message as dialect_a
from protocols.mispos.dialect_a.message import MisposAMessage, Notice
from protocols.mispos.dialect_b import message as dialect_b
from protocols.mispos.dialect_b import tags as b_tags

FILE = Path(__file__).parents[1] / "vectors" / "mispos.json"
VECTORS: list[dict[str, Any]] = json.loads(FILE.read_text("utf-8"))["vectors"]
GOOD_A = [v for v in VECTORS if v["protocol"].startswith("MISPOS DF") and "invalid" not in v]
GOOD_B = [v for v in VECTORS if v["protocol"].startswith("MISPOS 9F") and "invalid" not in v]
BAD = [v for v in VECTORS if "invalid" in v]


def payload_of(vector: dict[str, Any]) -> bytes:
    (frame,) = SerialFramer().feed(bytes.fromhex(vector["hex"]))
    assert isinstance(frame, Frame)
    return frame.payload


def test_the_vectors_are_all_there() -> None:
    assert (len(GOOD_A), len(GOOD_B), len(BAD)) == (3, 4, 1)


@pytest.mark.parametrize("vector", GOOD_A, ids=lambda v: v["id"])
def test_dialect_a(vector: dict[str, Any]) -> None:
    payload = payload_of(vector)
    msg = dialect_a.parse(payload)
    assert isinstance(msg, MisposAMessage)
    wanted = dict(vector["fields"])
    assert len(payload) == wanted.pop("bcd_length", len(payload))
    for name, value in wanted.items():
        place = name.split("_")[0]  # DF06.DF0A_trace
        if place.startswith("DF06."):
            found = msg.told_text(int(place[5:], 16))
        else:
            found = msg.text(int(place, 16))
        assert found == value.removesuffix(" (F)").removesuffix(" (E)"), name
    assert SerialFramer().frame(dialect_a.build(msg)).hex() == vector["hex"]
    assert dialect_a.build(MisposAMessage(msg.fields, msg.told)) == payload


@pytest.mark.parametrize("vector", GOOD_B, ids=lambda v: v["id"])
def test_dialect_b(vector: dict[str, Any]) -> None:
    msg = dialect_b.parse(payload_of(vector))
    for name, value in vector["fields"].items():
        tag = int(name, 16)
        octets = msg.octets(tag)
        if tag == b_tags.TYPE:
            assert msg.type == value
        elif tag == b_tags.CONTENT:
            assert octets.hex() == value
        else:
            assert msg.text(tag) == value
    assert SerialFramer().frame(dialect_b.build(msg)).hex() == vector["hex"]


@pytest.mark.parametrize("vector", BAD, ids=lambda v: v["id"])
def test_the_broken_frame_is_refused(vector: dict[str, Any]) -> None:
    items = SerialFramer().feed(bytes.fromhex(vector["hex"]))
    assert all(isinstance(item, Noise) for item in items)
    assert isinstance(items[0], Noise)
    assert items[0].reason == BAD_LRC


def test_an_ack_may_be_glued_to_the_answer() -> None:
    """As the public register program of dialect A meets it: `06 02 ...`."""
    items = SerialFramer().feed(b"\x06" + bytes.fromhex(GOOD_A[0]["hex"]))
    assert items[0] == Control(0x06)
    assert isinstance(items[1], Frame)


@pytest.mark.parametrize(
    ("text", "notice", "invoice"),
    [
        (b"ACKACK000006", Notice("ACKACK", b"000006"), "000006"),
        (b"ACKACK", Notice("ACKACK", b""), ""),
        (b"ACKACK00", Notice("ACKACK", b"00"), ""),
        (b"ACK", Notice("ACK", b""), ""),
        (b"LOGLOG\xb0\xb2", Notice("LOGLOG", b"\xb0\xb2"), ""),
    ],
)
def test_notices(text: bytes, notice: Notice, invoice: str) -> None:
    found = dialect_a.parse(text)
    assert found == notice
    assert isinstance(found, Notice)
    assert found.invoice == invoice
    assert dialect_a.build(found) == text
