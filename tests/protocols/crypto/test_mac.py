"""The five MAC forms against a second, plain implementation with objects made for one message."""

from __future__ import annotations

from typing import get_args

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher as OneShot
from cryptography.hazmat.primitives.ciphers import modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from hypothesis import given
from hypothesis import strategies as st

from protocols.ciphers import KeyFormatError
from protocols.unionpay.dialect import MacForm
from protocols.unionpay.mac import MacKey, mac, mac_key, verify, xor_fold

FORMS: tuple[MacForm, ...] = get_args(MacForm)
key16 = st.binary(min_size=16, max_size=16)
messages = st.binary(max_size=400)


def des3(key: bytes, block: bytes) -> bytes:
    """One block or more under 8 octets (single DES) or 16."""
    return OneShot(TripleDES(key * 3 if len(key) == 8 else key + key[:8]), modes.ECB()).encryptor().update(block)


def undes(key: bytes, block: bytes) -> bytes:
    return OneShot(TripleDES(key * 3), modes.ECB()).decryptor().update(block)


def sm4(key: bytes, block: bytes) -> bytes:
    return OneShot(SM4(key), modes.ECB()).encryptor().update(block)


def blocks(data: bytes, size: int) -> list[bytes]:
    """Zero padded, nothing added when aligned; an empty message is one block of zeros."""
    padded = data + bytes(-len(data) % size) or bytes(size)
    return [padded[at : at + size] for at in range(0, len(padded), size)]


def xor(one: bytes, two: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, two, strict=True))


def plain(form: MacForm, key: bytes, data: bytes) -> bytes:
    """The definitions, word by word."""
    size = 16 if form == "sm4" else 8
    folded = bytes(size)
    for block in blocks(data, size):
        folded = xor(folded, block)
    if form == "fold":
        return des3(key, folded)
    if form in ("ecb", "sm4"):
        encrypt = sm4 if form == "sm4" else des3
        text = folded.hex().upper().encode()
        return encrypt(key, xor(encrypt(key, text[:size]), text[size:])).hex().upper()[:8].encode()
    chain = bytes(8)
    inner = key[:8] if form == "x9.19" else key
    for block in blocks(data, 8):
        chain = des3(inner, xor(chain, block))
    return des3(key[:8], undes(key[8:], chain)) if form == "x9.19" else chain


@pytest.mark.parametrize("form", FORMS)
@given(key=key16, data=messages)
def test_equals_the_plain_definition(form: MacForm, key: bytes, data: bytes) -> None:
    value = mac(form, key, data)
    assert value == plain(form, key, data)
    assert len(value) == 8


@pytest.mark.parametrize("form", ["ecb", "cbc", "fold"])
@given(key=st.binary(min_size=8, max_size=8), data=messages)
def test_equals_the_plain_definition_under_a_single_length_key(form: MacForm, key: bytes, data: bytes) -> None:
    assert mac(form, key, data) == plain(form, key, data)


@given(key=st.binary(min_size=8, max_size=8), data=messages)
def test_x919_under_a_single_length_key_is_cbc(key: bytes, data: bytes) -> None:
    """Both halves equal: D and E at the end cancel."""
    assert mac("x9.19", key, data) == plain("cbc", key, data) == mac("x9.19", key + key, data)


@pytest.mark.parametrize("form", FORMS)
@given(key=key16, sequence=st.lists(messages, min_size=2, max_size=5))
def test_a_mac_key_has_no_memory(form: MacForm, key: bytes, sequence: list[bytes]) -> None:
    """Contexts are reused: what came before must not show, whatever its length."""
    reused = MacKey(form, key)
    assert [reused.mac(data) for data in sequence] == [plain(form, key, data) for data in sequence]


@pytest.mark.parametrize("form", FORMS)
def test_empty_and_aligned_input(form: MacForm) -> None:
    """Empty counts as one block of zeros; an aligned message gets no further block."""
    key = bytes(range(16))
    size = 16 if form == "sm4" else 8
    assert mac(form, key, b"") == mac(form, key, bytes(size))
    aligned = b"\x12" * size * 3
    assert mac(form, key, aligned) == plain(form, key, aligned)
    if form in ("cbc", "x9.19"):
        assert mac(form, key, aligned) != mac(form, key, aligned + bytes(size))


@pytest.mark.parametrize("form", FORMS)
@given(key=key16, data=st.binary(min_size=1, max_size=100), place=st.integers(0), bit=st.integers(0, 7))
def test_any_flipped_bit_is_noticed(form: MacForm, key: bytes, data: bytes, place: int, bit: int) -> None:
    at = place % len(data)
    damaged = data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]
    assert verify(form, key, data, mac(form, key, data))
    assert not verify(form, key, damaged, mac(form, key, data))


@pytest.mark.parametrize("form", FORMS)
def test_a_short_or_long_f64_is_wrong(form: MacForm) -> None:
    key = mac_key(form, bytes(range(16)))
    value = key.mac(b"0200")
    assert key.verify(b"0200", value)
    for wrong in (b"", value[:4], value[:7], value + b"0"):
        assert not key.verify(b"0200", wrong)


@given(messages, st.sampled_from([8, 16]))
def test_fold_is_the_xor_of_the_blocks(data: bytes, size: int) -> None:
    value = bytes(size)
    for block in blocks(data, size):
        value = xor(value, block)
    assert xor_fold(data, size) == int.from_bytes(value, "big")


@pytest.mark.parametrize(("form", "length"), [("ecb", 24), ("cbc", 7), ("x9.19", 24), ("fold", 0), ("sm4", 8)])
def test_key_length_must_fit(form: MacForm, length: int) -> None:
    with pytest.raises(KeyFormatError, match=str(length)):
        mac(form, bytes(length), b"0200")


def test_no_key_in_the_repr() -> None:
    assert repr(MacKey("ecb", bytes(range(16)))) == "MacKey(ecb)"
