"""CA public keys: every published one, and each way to be none."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.acquirer.terminals.emv_data import shipped_emv
from protocols.emv.capk import Capk, CapkError, check_capk, check_sm2_point, read_capk
from protocols.tlv import Tlv

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "emv.json").read_text(encoding="utf-8"))["capk"]
RSA = [entry for entry in VECTORS if "modulus" in entry]
SM2 = [entry for entry in VECTORS if "sm2_point_xy" in entry]


def capk(entry: dict[str, Any]) -> Capk:
    """A published key."""
    rid, modulus, digest = (bytes.fromhex(entry[name]) for name in ("rid", "modulus", "sha1"))
    return Capk(rid, int(entry["index"], 16), modulus, int(entry["exponent"], 16), digest)


SM2_FIELD = (  # p and b of GB/T 32918.5
    "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF",
    "28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93",
)
PUBLISHED = capk(next(entry for entry in RSA if entry["id"] == "A000000333/80"))


@pytest.mark.parametrize("entry", RSA, ids=lambda entry: entry["id"])
def test_a_published_key_has_its_check_sum(entry: dict[str, Any]) -> None:
    key = capk(entry)
    check_capk(key)
    assert key.name == entry["id"]
    assert key.key.octets * 8 == entry["bits"]


def test_every_kind_of_vector_was_seen() -> None:
    assert (len(RSA), len(SM2)) == (41, 1)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"rid": b"\xa0\x00\x00\x03"}, "rid"),
        ({"index": 256}, "rid"),
        ({"modulus": PUBLISHED.modulus[:-1] + bytes([PUBLISHED.modulus[-1] ^ 1])}, "check_sum"),
        ({"modulus": b"\x00" + PUBLISHED.modulus[1:]}, "modulus"),
        ({"modulus": bytes(63)}, "modulus"),
        ({"modulus": b"\xff" * 249}, "modulus"),
        ({"exponent": 3}, "check_sum"),
        ({"exponent": 5}, "exponent"),
        ({"index": 0x81}, "check_sum"),
        ({"sha1": b""}, "check_sum"),
    ],
)
def test_every_check_has_its_reason(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(CapkError) as refused:
        check_capk(replace(PUBLISHED, **change))
    assert refused.value.reason == reason
    assert refused.value.name in refused.value.what.zh


@given(st.integers(0, 8 * len(PUBLISHED.modulus) - 2))
def test_any_flipped_bit_of_the_modulus_is_noticed(bit: int) -> None:
    """But for the highest, without which it is too short."""
    octets = len(PUBLISHED.modulus)
    damaged = (int.from_bytes(PUBLISHED.modulus, "big") ^ 1 << bit).to_bytes(octets, "big")
    with pytest.raises(CapkError) as refused:
        check_capk(replace(PUBLISHED, modulus=damaged))
    assert refused.value.reason == "check_sum"


def test_what_the_host_hands_out_is_usable() -> None:
    names = {read_capk(objects).name for objects in shipped_emv().capks}
    assert {"A000000333/80", "A000000333/85", "A000000003/94", "A000000004/F1"} <= names


def downloaded(**changes: bytes | None) -> list[Tlv]:
    """The published key as a download brings it; a change to None leaves an object out."""
    key = PUBLISHED
    objects: dict[str, bytes | None] = {
        "9F06": key.rid, "9F22": bytes([key.index]), "DF05": b"20491231", "DF06": b"\x01", "DF07": b"\x01",
        "DF02": key.modulus, "DF04": b"\x00\x01\x00\x01", "DF03": key.sha1,
    }  # fmt: skip
    return [Tlv(int(tag, 16), value) for tag, value in (objects | changes).items() if value is not None]


def test_a_download_is_read() -> None:
    assert read_capk(downloaded()) == replace(PUBLISHED, expiry="20491231")
    assert read_capk(downloaded(DF05=None, DF06=None, DF07=None)) == PUBLISHED


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"DF02": None}, "missing"),
        ({"DF04": b""}, "missing"),
        ({"9F22": None}, "missing"),
        ({"9F06": None}, "rid"),
        ({"DF03": None}, "check_sum"),
        ({"DF07": b"\x04"}, "algorithm"),
    ],
)
def test_a_download_that_is_no_key(changes: dict[str, bytes | None], reason: str) -> None:
    with pytest.raises(CapkError) as refused:
        read_capk(downloaded(**changes))
    assert refused.value.reason == reason


@pytest.mark.parametrize("entry", SM2, ids=lambda entry: entry["id"])
def test_an_sm2_key_is_a_point_of_the_curve(entry: dict[str, Any]) -> None:
    point = bytes.fromhex(entry["sm2_point_xy"])
    check_sm2_point(entry["id"], point)
    for wrong in (point[:-1], point[:-1] + bytes([point[-1] ^ 1]), bytes(64), point + b"\x00", b"\xff" * 64):
        with pytest.raises(CapkError) as refused:
            check_sm2_point(entry["id"], wrong)
        assert refused.value.reason == "point"


def test_a_coordinate_beyond_the_field_is_refused() -> None:
    """x and x + p are the same point of the curve and not the same octets."""
    p, b = (int(text, 16) for text in SM2_FIELD)
    squares = ((x, (x**3 - 3 * x + b) % p) for x in range(100))
    x, y = next((x, pow(square, (p + 1) // 4, p)) for x, square in squares if pow(square, (p - 1) // 2, p) == 1)
    check_sm2_point("made", x.to_bytes(32, "big") + y.to_bytes(32, "big"))
    with pytest.raises(CapkError):
        check_sm2_point("made", (x + p).to_bytes(32, "big") + y.to_bytes(32, "big"))
