"""Worked examples and recorded exchanges of public sources (`vectors.json` names them) against our crypto."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from protocols.ciphers import Algorithm, cipher_for, combine_components, kcv
from protocols.emv.capk import check_sum, read_capk
from protocols.tlv import find_tlv, parse_tlv
from protocols.unionpay import mac, pin, track
from protocols.unionpay.dialect import CUP, MacForm
from protocols.unionpay.download import build_tmk_request, parse_tmk_request
from protocols.unionpay.keys import unwrap_working_keys
from protocols.unionpay.private.f62_keys import parse_working_keys

DATA: dict[str, Any] = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="utf-8"))
CRYPTO: dict[str, Any] = {entry["id"]: entry for entry in DATA["crypto"]}


def given(entry: str, name: str) -> bytes:
    """An input of a worked example, as octets."""
    return bytes.fromhex(CRYPTO[entry]["inputs"][name])


def step(entry: str, name: str) -> bytes:
    """An intermediate value that the source prints."""
    return bytes.fromhex(CRYPTO[entry]["steps"][name])


def expected(entry: str) -> bytes:
    """What must come out."""
    return bytes.fromhex(CRYPTO[entry]["expected"])


def unwrapped(entry: str, key: str, name: str, algorithm: Algorithm = "3des") -> bytes:
    """A key that the entry gives encrypted under another one."""
    return cipher_for(given(entry, key), algorithm).decrypt(given(entry, name))


def body(entry: dict[str, Any]) -> bytes:
    """MTI to F64 of a recorded message."""
    framing = entry["framing"]
    start = 2 * framing["length_prefix"] + framing["tpdu_bytes"] + framing["header_bytes"]
    return bytes.fromhex(entry["hex"])[start:]


def test_every_worked_example_has_a_test() -> None:
    """A vector that is added here must be used below."""
    source = Path(__file__).read_text(encoding="utf-8")
    assert [entry for entry in CRYPTO if f'"{entry}"' not in source] == []


@pytest.mark.parametrize("entry", ["pin-3des-moehuster", "pin-3des-agiledata"])
def test_pin_block_under_a_pik_of_the_tmk(entry: str) -> None:
    inputs = CRYPTO[entry]["inputs"]
    pik = unwrapped(entry, "TMK", "PIK_cipher")
    assert pik == step(entry, "PIK")
    assert pin.clear_block(inputs["PIN"], inputs["PAN"]) == step(entry, "clear_block")
    assert pin.encrypt(inputs["PIN"], inputs["PAN"], pik) == expected(entry)
    assert pin.decrypt(expected(entry), inputs["PAN"], pik) == inputs["PIN"]


@pytest.mark.parametrize("entry", ["pin-clear-block-1", "pin-clear-block-2"])
def test_clear_pin_block(entry: str) -> None:
    inputs = CRYPTO[entry]["inputs"]
    assert pin.clear_block(inputs["PIN"], inputs["PAN"]) == expected(entry)


def test_sm4_pin_block_and_kcv() -> None:
    entry = "sm4-pin-and-kcv"
    inputs = CRYPTO[entry]["inputs"]
    key = unwrapped(entry, "TMK", "key_cipher", "sm4")
    assert key == step(entry, "work_key")
    assert kcv(key, "sm4", 16) == step(entry, "kcv")
    assert kcv(key, "sm4", 8) == step(entry, "kcv_in_source")
    assert pin.clear_block(inputs["PIN"], inputs["PAN"], "sm4") == expected(entry)
    sealed = step(entry, "encrypted_block_not_in_source")
    assert pin.encrypt(inputs["PIN"], inputs["PAN"], key, "sm4") == sealed
    assert pin.decrypt(sealed, inputs["PAN"], key, "sm4") == inputs["PIN"]


def test_mac_ecb_under_a_single_length_mak() -> None:
    entry = "mac-cup-ecb-a"
    mak = cipher_for(given(entry, "TMK"), "3des").decrypt(given(entry, "TAK_cipher"))
    assert mak == step(entry, "TAK")
    assert mac.xor_fold(given(entry, "MAB"), 8) == int.from_bytes(step(entry, "xor_fold"), "big")
    assert mac.mac("ecb", mak, given(entry, "MAB")).decode() == CRYPTO[entry]["expected"]


def test_mac_ecb_under_a_double_length_mak() -> None:
    entry = "mac-cup-ecb-b"
    assert mac.mac("ecb", given(entry, "TAK"), given(entry, "MAB")) == step(entry, "f64_hex")


def test_mac_ecb_expands_to_upper_case() -> None:
    """A terminal that expands to lower case computes f8966538 for the same message: known, and refused."""
    entry = "mac-cup-ecb-c"
    key, data = given(entry, "TAK"), given(entry, "MAB")
    lower = CRYPTO[entry]["steps"]["lowercase_expansion_gives"].encode()
    assert mac.mac("ecb", key, data).decode() == CRYPTO[entry]["expected"]
    assert mac.verify("ecb", key, data, CRYPTO[entry]["expected"].encode())
    assert not mac.verify("ecb", key, data, CRYPTO[entry]["expected"].lower().encode())
    assert not mac.verify("ecb", key, data, lower)
    assert not mac.verify("ecb", key, data, lower.upper())


def test_mac_cbc() -> None:
    entry = "mac-cbc-moehuster"
    mak = unwrapped(entry, "TMK", "MAK_cipher")
    assert mak == step(entry, "MAK")
    assert mac.mac("cbc", mak, given(entry, "MAB")) == expected(entry)


def test_mac_x919_under_a_key_of_two_components() -> None:
    entry = "mac-x919"
    zmk = combine_components(given(entry, "ZMK_part1"), given(entry, "ZMK_part2"))
    assert zmk == step(entry, "ZMK")
    mak = cipher_for(zmk, "3des").decrypt(given(entry, "MAK_cipher"))
    assert mak == step(entry, "MAK")
    assert mac.mac("x9.19", mak, given(entry, "MAB")) == expected(entry)


def test_check_values_of_key_components() -> None:
    entry = "zmk-components-kcv"
    parts = given(entry, "part1"), given(entry, "part2")
    for part, name in zip(parts, ("part1_kcv", "part2_kcv"), strict=True):
        assert kcv(part, "3des", 2) == given(entry, name)
    zmk = combine_components(*parts)
    assert zmk == expected(entry)
    for name in ("PIK_cipher_kcv", "MAK_cipher_kcv"):
        sealed, check = (bytes.fromhex(text) for text in CRYPTO[entry]["inputs"][name].split("|"))
        assert kcv(cipher_for(zmk, "3des").decrypt(sealed), "3des") == check


def test_working_keys_of_a_sign_in_reply() -> None:
    entry = "workkey-decrypt-easy8583"
    keys = unwrap_working_keys(given(entry, "F62"), given(entry, "TMK"), CUP.key_layouts)
    assert (keys.pik, keys.mak, keys.tdk) == (step(entry, "PIK"), step(entry, "MAK"), None)
    assert kcv(keys.pik, "3des") == step(entry, "PIK_kcv")
    assert kcv(keys.mak, "3des") == step(entry, "MAK_kcv")


def test_track_data_block() -> None:
    entry = "track2-tdb2"
    digits = CRYPTO[entry]["inputs"]["track2"].replace("=", "D")
    assert track.data_block(digits) == expected(entry)


@pytest.mark.parametrize("entry", DATA["f62"], ids=lambda entry: entry["id"])
def test_f62_splits_as_its_source_says(entry: dict[str, Any]) -> None:
    sealed = parse_working_keys(bytes.fromhex(entry["f62"]))
    assert sealed is not None
    for slot in sealed.slots:
        assert (slot.cipher + slot.filler).hex().upper() == entry["split"][f"{slot.kind.lower()}_cipher"]
        assert slot.kcv.hex().upper() == entry["split"][f"{slot.kind.lower()}_kcv"]
    if "zero_filler" in entry["split"]:
        assert bool(sealed.slots[1].filler) is entry["split"]["zero_filler"]


@pytest.mark.parametrize("entry", DATA["mac_messages"], ids=lambda entry: entry["id"])
def test_mac_of_a_recorded_message(entry: dict[str, Any]) -> None:
    octets = body(entry)
    form: MacForm = "ecb"
    if entry["mak"]:
        mak = bytes.fromhex(entry["mak"])
    elif "DES-CBC" in entry["check"]:
        form, mak = "cbc", step("mac-cbc-moehuster", "MAK")
    else:
        form, mak = "x9.19", step("mac-x919", "MAK")
    assert octets[-8:].hex().upper() == entry["f64"]
    assert mac.verify(form, mak, octets[:-8], octets[-8:])
    damaged = bytes([octets[0] ^ 1]) + octets[1:-8]
    assert not mac.verify(form, mak, damaged, octets[-8:])


@pytest.mark.parametrize("entry", DATA["capk"], ids=lambda entry: entry["id"])
def test_digest_of_a_downloaded_public_key(entry: dict[str, Any]) -> None:
    items = parse_tlv(bytes.fromhex(entry["f62"])[1:], "F62")
    capk = read_capk(items)
    assert check_sum(capk.rid, capk.index, capk.key) == find_tlv(items, 0xDF03)


@pytest.mark.parametrize("entry", DATA["tmk"], ids=lambda entry: entry["id"])
def test_recorded_tmk_request(entry: dict[str, Any]) -> None:
    """The order of the tags is free; the four of them and their values are not."""
    octets = bytes.fromhex(entry["f62"])
    request = parse_tmk_request(octets)
    assert (len(request.sealed_key), len(request.kcv)) == (128, 4)
    rebuilt = parse_tlv(build_tmk_request(request), "F62")
    assert sorted(rebuilt, key=lambda item: item.tag) == sorted(parse_tlv(octets, "F62"), key=lambda item: item.tag)
