"""Ciphers, check values and working keys: properties, and refusals that never show a key."""

from __future__ import annotations

from typing import get_args

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher as OneShot
from cryptography.hazmat.primitives.ciphers import modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from hypothesis import given
from hypothesis import strategies as st

from protocols.ciphers import Algorithm, KeyFormatError, cipher_for, combine_components, kcv
from protocols.errors import RemoteError
from protocols.unionpay.dialect import KeyLayout
from protocols.unionpay.keys import (
    KcvMismatch,
    WorkingKeyError,
    WorkingKeys,
    mak_for_3des,
    unwrap_working_keys,
    wrap_working_keys,
)

TMK = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
PIK = bytes.fromhex("11" * 8 + "22" * 8)
MAK8 = bytes.fromhex("3132333435363738")
MAK16 = bytes.fromhex("4142434445464748494A4B4C4D4E4F50")
TDK = bytes.fromhex("5152535455565758595A5B5C5D5E5F60")

key16 = st.binary(min_size=16, max_size=16)
layouts: tuple[KeyLayout, ...] = get_args(KeyLayout)
every_layout = [
    ("pik8-mak8", WorkingKeys(PIK[:8], MAK8), 24),
    ("pik16-mak8z", WorkingKeys(PIK, MAK8), 40),
    ("pik16-mak16", WorkingKeys(PIK, MAK16), 40),
    ("pik16-mak8z-tdk16", WorkingKeys(PIK, MAK8, TDK), 60),
    ("pik16-mak16-tdk16", WorkingKeys(PIK, MAK16, TDK), 60),
    ("blocks25", WorkingKeys(PIK, MAK16), 50),
    ("blocks25", WorkingKeys(PIK, MAK16, TDK), 75),
    ("blocks25", WorkingKeys(PIK, MAK16, TDK, TMK), 100),
]


@given(key16, st.binary(max_size=128))
def test_a_reused_cipher_equals_a_new_one(key: bytes, data: bytes) -> None:
    """The context has no memory: each call equals one with objects made for it."""
    for algorithm, block in (("3des", 8), ("sm4", 16)):
        reference = OneShot(SM4(key) if algorithm == "sm4" else TripleDES(key + key[:8]), modes.ECB())
        text = data[: len(data) // block * block]
        cipher = cipher_for(key, "sm4" if algorithm == "sm4" else "3des")
        for _ in range(2):
            assert cipher.encrypt(text) == reference.encryptor().update(text)
            assert cipher.decrypt(text) == reference.decryptor().update(text)


def test_des_has_the_value_of_the_standard() -> None:
    """Worked example of J. Orlin Grabbe's "The DES Algorithm Illustrated"."""
    cipher = cipher_for(bytes.fromhex("133457799BBCDFF1"), "des")
    assert cipher.encrypt(bytes.fromhex("0123456789ABCDEF")).hex().upper() == "85E813540F0AB405"


def test_sm4_has_the_value_of_the_standard() -> None:
    """GB/T 32907-2016, appendix A.1: key and plain text are the same."""
    cipher = cipher_for(TMK, "sm4")
    assert cipher.encrypt(TMK).hex().upper() == "681EDF34D206965E86B3E94F536E4246"


def test_half_a_block_is_refused_and_leaves_nothing_behind() -> None:
    cipher = cipher_for(TMK, "3des")
    before = cipher.encrypt(bytes(8))
    for call in (cipher.encrypt, cipher.decrypt):
        with pytest.raises(KeyFormatError):
            call(b"half")
    assert cipher.encrypt(bytes(8)) == before


@pytest.mark.parametrize(("length", "algorithm"), [(16, "des"), (8, "3des"), (15, "3des"), (8, "sm4"), (24, "sm4")])
def test_key_length_must_fit(length: int, algorithm: Algorithm) -> None:
    with pytest.raises(KeyFormatError, match="octets does not fit"):
        cipher_for(bytes(length), algorithm)


@given(st.lists(key16, min_size=2, max_size=4))
def test_components_combine_in_any_order(parts: list[bytes]) -> None:
    whole = combine_components(*parts)
    assert whole == combine_components(*reversed(parts))
    assert combine_components(whole, *parts) == bytes(16)


@pytest.mark.parametrize("parts", [(), (TMK,), (TMK, MAK8)])
def test_components_must_be_two_of_one_length(parts: tuple[bytes, ...]) -> None:
    with pytest.raises(KeyFormatError):
        combine_components(*parts)


@pytest.mark.parametrize(("layout", "keys", "octets"), every_layout)
@pytest.mark.parametrize("algorithm", ["3des", "sm4"])
def test_working_keys_round_trip(layout: KeyLayout, keys: WorkingKeys, octets: int, algorithm: Algorithm) -> None:
    if algorithm == "sm4" and {8} & {len(keys.pik), len(keys.mak)}:
        return  # SM4 has no single-length keys
    sealed = wrap_working_keys(keys, TMK, (layout,), algorithm)
    assert len(sealed) == octets
    assert unwrap_working_keys(sealed, TMK, (layout,), algorithm) == keys
    for key in (keys.pik, keys.mak, keys.tdk):
        assert key is None or key not in sealed


def test_layout_of_40_octets_is_written_as_the_recorded_replies_are() -> None:
    """PIK16 KCV4, MAK8 and 8 zero octets, KCV4 (60.3 = 003): the form of five recorded replies."""
    f62 = wrap_working_keys(WorkingKeys(PIK, MAK8), TMK, ("pik16-mak8z", "pik16-mak16"))
    triple = OneShot(TripleDES(TMK + TMK[:8]), modes.ECB())
    single = OneShot(TripleDES(MAK8 * 3), modes.ECB())
    assert f62[:16] == triple.encryptor().update(PIK)
    assert f62[20:28] == triple.encryptor().update(MAK8)
    assert f62[28:36] == bytes(8)
    assert f62[36:] == single.encryptor().update(bytes(8))[:4]


def test_chanjet_blocks_start_with_their_attribute() -> None:
    """Chanjet POS V2.0: MAK 01, PIK 02, TDK 03, TMK 00, each 1 + 16 + 8 octets."""
    f62 = wrap_working_keys(WorkingKeys(PIK, MAK16, TDK, TMK), TMK, ("blocks25",))
    assert f62[::25] == b"\x01\x02\x03\x00"
    assert f62[17:25] == kcv(MAK16, "3des", 8)
    reordered = f62[25:50] + f62[:25]
    assert unwrap_working_keys(reordered, TMK, ("blocks25",)) == WorkingKeys(PIK, MAK16)


@pytest.mark.parametrize(("layout", "keys", "octets"), every_layout)
@given(data=st.data())
def test_any_flipped_bit_is_noticed(layout: KeyLayout, keys: WorkingKeys, octets: int, data: st.DataObject) -> None:
    """A damaged F62 is refused, and a damaged key or check value is named.

    DES ignores the lowest bit of every key octet, but a flipped bit of ciphertext changes the whole block.
    """
    f62 = bytearray(wrap_working_keys(keys, TMK, (layout,)))
    f62[data.draw(st.integers(0, octets - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises((KcvMismatch, WorkingKeyError)):
        unwrap_working_keys(bytes(f62), TMK, (layout,))


@pytest.mark.parametrize(
    ("offset", "name"), [(0, "PIK"), (16, "PIK"), (20, "MAK"), (39, "MAK"), (40, "TDK"), (59, "TDK")]
)
def test_a_wrong_check_value_names_its_key(offset: int, name: str) -> None:
    f62 = bytearray(wrap_working_keys(WorkingKeys(PIK, MAK16, TDK), TMK, ("pik16-mak16-tdk16",)))
    f62[offset] ^= 0xFF
    with pytest.raises(KcvMismatch) as caught:
        unwrap_working_keys(bytes(f62), TMK, layouts)
    assert caught.value.key_name == name
    assert name in str(caught.value)
    assert name in caught.value.what.zh
    assert isinstance(caught.value, RemoteError)


@given(st.binary(max_size=130))
def test_random_octets_are_no_working_keys(f62: bytes) -> None:
    with pytest.raises((KcvMismatch, WorkingKeyError)):
        unwrap_working_keys(f62, TMK, layouts)


def test_layouts_that_the_dialect_has_not_are_refused() -> None:
    f62 = wrap_working_keys(WorkingKeys(PIK, MAK16), TMK, ("pik16-mak16",))
    with pytest.raises(WorkingKeyError, match="pik16-mak8z"):
        unwrap_working_keys(f62, TMK, ("pik16-mak8z",))
    blocks = wrap_working_keys(WorkingKeys(PIK, MAK16), TMK, ("blocks25",))
    with pytest.raises(WorkingKeyError):
        unwrap_working_keys(blocks, TMK, ("pik16-mak8z", "pik16-mak16"))
    with pytest.raises(WorkingKeyError):
        unwrap_working_keys(blocks[:25], TMK, ("blocks25",))
    with pytest.raises(WorkingKeyError):
        unwrap_working_keys(blocks[:25] + blocks, TMK, ("blocks25",))


@pytest.mark.parametrize(
    ("keys", "allowed"),
    [
        (WorkingKeys(PIK, MAK8, TDK), ("pik16-mak8z",)),  # the TDK would be lost
        (WorkingKeys(PIK, MAK8), ("blocks25",)),
        (WorkingKeys(PIK, MAK16), ("pik16-mak8z",)),
        (WorkingKeys(PIK[:8], MAK16), layouts[:5]),
    ],
)
def test_keys_that_fit_no_layout_are_refused(keys: WorkingKeys, allowed: tuple[KeyLayout, ...]) -> None:
    with pytest.raises(KeyFormatError, match="do not fit the layout"):
        wrap_working_keys(keys, TMK, allowed)


def test_single_length_mak_fills_both_halves() -> None:
    assert mak_for_3des(MAK8) == MAK8 + MAK8
    assert mak_for_3des(MAK16) == MAK16
    assert kcv(mak_for_3des(MAK8), "3des") == kcv(MAK8, "des")


def test_no_key_in_any_text() -> None:
    keys = WorkingKeys(PIK, MAK16, TDK, TMK)
    texts = [repr(keys), str(keys), repr(cipher_for(TMK, "3des"))]
    for call in (
        lambda: wrap_working_keys(keys, TMK, ("pik16-mak8z",)),
        lambda: unwrap_working_keys(TMK + PIK, TMK, layouts),
        lambda: cipher_for(TMK[:15], "3des"),
        lambda: combine_components(TMK, TDK[:8]),
    ):
        with pytest.raises((KeyFormatError, WorkingKeyError)) as caught:
            call()
        texts += [str(caught.value), repr(caught.value), str(caught.value.what), str(caught.value.cure)]
    whole = " ".join(texts).upper()
    for key in (PIK, MAK16, TDK, TMK):
        assert key.hex()[:12].upper() not in whole
        assert repr(key)[2:10].upper() not in whole
