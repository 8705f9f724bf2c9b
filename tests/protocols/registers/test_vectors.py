"""Public and observed frames of the small register protocols decode to the documented values and rebuild unchanged.

`vectors/registers.json`: each entry names its source and whether a source printed it (`basis`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from protocols.concert import decode as concert
from protocols.concert import message as concert_message
from protocols.errors import DecodeError
from protocols.explained import Explained
from protocols.families import caisse_ap, codepay, ecr17, poslink, transport
from protocols.framing import Control, Frame, SerialFramer
from protocols.transbank import decode as transbank
from protocols.transbank import message as transbank_message

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "registers.json").read_text("utf-8")
)["vectors"]


def ecr17_again(payload: bytes, data: bytes) -> bytes:
    mode = ecr17.explain(data).frame.get("lrc_mode", "std")
    message = ecr17.parse(payload)
    return ecr17.Ecr17Framer(mode).frame(ecr17.build(message) if message else payload)


PROTOCOLS: dict[str, tuple[Callable[[bytes], Explained], Any, Callable[[bytes, bytes], bytes]]] = {
    "Transbank POS Integrado": (
        transbank.explain,
        transbank_message.framer,
        lambda p, _: transbank_message.framer().frame(transbank_message.build(transbank_message.parse(p))),
    ),
    "Concert V2 / Telium E+": (
        concert.explain,
        concert_message.framer,
        lambda p, _: concert_message.framer().frame(concert_message.build(concert_message.parse(p))),
    ),
    "ECR17": (ecr17.explain, ecr17.Ecr17Framer, ecr17_again),
    "Caisse-AP (TCP)": (
        caisse_ap.explain,
        caisse_ap.CaisseFramer,
        lambda p, _: caisse_ap.CaisseFramer().frame(caisse_ap.build(caisse_ap.parse(p))),
    ),
    "PAX POSLINK": (
        poslink.explain,
        poslink.framer,
        lambda p, _: poslink.framer().frame(poslink.build(poslink.parse(p))),
    ),
    "CodePay 55AA": (
        codepay.explain,
        codepay.CodepayFramer,
        lambda p, _: codepay.CodepayFramer().frame(codepay.build(codepay.parse(p))),
    ),
    "STX-BCD-LRC transport/presentation header": (
        transport.explain,
        SerialFramer,
        lambda p, _: SerialFramer().frame(transport.build(transport.parse(p))),
    ),
}


def test_every_protocol_has_its_vectors() -> None:
    assert len(VECTORS) == 32
    assert {entry["protocol"] for entry in VECTORS} == PROTOCOLS.keys()


@pytest.mark.parametrize("entry", VECTORS, ids=lambda entry: entry["id"])
def test_vector(entry: dict[str, Any]) -> None:
    explain, framer, again = PROTOCOLS[entry["protocol"]]
    data = bytes.fromhex(entry["hex"])
    shown = explain(data)
    found = {**shown.frame, **shown.fields}
    for name, value in entry["fields"].items():
        assert len(found["report"]) == 55 if name == "report" else found[name] == value
    assert shown.name.zh and shown.name.en
    assert all(name.zh and name.en for _, name, _, _ in shown.rows)
    json.dumps(found)
    live = framer()
    (item,) = live.feed(data) + live.expire()
    if isinstance(item, Frame):
        assert again(item.payload, data) == data
    else:
        assert isinstance(item, Control)


@pytest.mark.parametrize("entry", VECTORS, ids=lambda entry: entry["id"])
def test_no_prefix_and_no_surplus_is_a_message(entry: dict[str, Any]) -> None:
    explain, _, _ = PROTOCOLS[entry["protocol"]]
    data = bytes.fromhex(entry["hex"])
    shortest = 6 if entry["protocol"].startswith("Caisse") else 0
    for end in range(len(data)):
        if data[:end] == b"\x06" or (shortest and end > shortest):
            continue  # a lone ACK; tags without a frame end after any of them
        with pytest.raises(DecodeError):
            explain(data[:end])
    with pytest.raises(DecodeError):
        explain(data + b"\x01")


@pytest.mark.parametrize("entry", VECTORS, ids=lambda entry: entry["id"])
def test_a_wrong_check_octet_is_named(entry: dict[str, Any]) -> None:
    explain, framer, _ = PROTOCOLS[entry["protocol"]]
    data = bytearray.fromhex(entry["hex"])
    if len(data) < 5 or data[0] == 1 or data[:2] == b"CZ":
        return  # these carry none
    at = len(data) - (3 if data[:2] == b"\x55\xaa" else 1)
    data[at] ^= 0x40
    with pytest.raises(DecodeError) as caught:
        explain(bytes(data))
    assert (caught.value.path, caught.value.offset) == ("LRC", len(data) - 1)
    live = framer()
    assert not [item for item in live.feed(bytes(data)) + live.expire() if isinstance(item, Frame)]


PRINTED = {
    "02303235307c0378": ("last sale", "78"),
    "0230373130307c0337": None,
    "023037303030317c7c0304": None,
    "02303731307c30307c317c32303030034a": ("totals, answer", "4a"),
    "02303236307c7c0307": ("details of sales", "07"),
    "023035303030": None,
}
"""Transbank "POS Integrado": frames that its pages print, and some that are broken."""


@pytest.mark.parametrize("octets", PRINTED)
def test_frames_that_transbank_prints(octets: str) -> None:
    expected = PRINTED[octets]
    if expected is None:
        with pytest.raises(DecodeError):
            transbank.explain(bytes.fromhex(octets))
        return
    shown = transbank.explain(bytes.fromhex(octets))
    assert (shown.kind, shown.frame["lrc"]) == expected


def test_the_one_frame_that_transbank_prints_wrongly() -> None:
    """The totals' answer in hex lacks a digit and has the LRC of another message."""
    with pytest.raises(DecodeError) as caught:
        transbank.explain(bytes.fromhex("02303731307c30307c317c3230300304"))
    assert caught.value.path == "LRC"
