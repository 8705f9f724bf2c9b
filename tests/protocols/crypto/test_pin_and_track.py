"""PIN blocks and track encryption: properties, refusals, and no PIN in any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.ciphers import Algorithm, cipher_for
from protocols.errors import EncodeError
from protocols.unionpay import pin, track

PIK = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
PAN = "6212142000000000012"

pins = st.text("0123456789", min_size=4, max_size=12)
pans = st.none() | st.text("0123456789", min_size=13, max_size=19)
algorithms = st.sampled_from(("3des", "sm4"))


@given(pins, pans, st.binary(min_size=16, max_size=16), algorithms)
def test_pin_round_trip(digits: str, pan: str | None, pik: bytes, algorithm: Algorithm) -> None:
    block = pin.encrypt(digits, pan, pik, algorithm)
    assert len(block) == (16 if algorithm == "sm4" else 8)
    assert pin.decrypt(block, pan, pik, algorithm) == digits


@given(pins, pans)
def test_clear_block_is_the_xor_of_its_two_halves(digits: str, pan: str | None) -> None:
    """ISO 9564-1 format 0, written as two halves of 16 nibbles."""
    plain = f"0{len(digits):x}{digits}".ljust(16, "f")
    account = "0000" + (pan[-13:-1] if pan else "0" * 12)
    wanted = "".join(f"{int(a, 16) ^ int(b, 16):x}" for a, b in zip(plain, account, strict=True))
    assert pin.clear_block(digits, pan).hex() == wanted
    tail = pin.clear_block(digits, pan, "sm4").hex()
    assert tail[20:] == "".join(f"{15 ^ int(b, 16):x}" for b in account[4:])
    assert tail.startswith(plain[:14])


@pytest.mark.parametrize(("digits", "head"), [("1234", "041234"), ("1234567890", "0A1234"), ("123456789012", "0C1234")])
def test_length_is_one_hex_nibble(digits: str, head: str) -> None:
    assert pin.clear_block(digits, None).hex().upper().startswith(head)


@pytest.mark.parametrize("digits", ["", "123", "1234567890123", "12a4", "１２３４", " 1234"])
def test_a_pin_of_other_than_4_to_12_digits_is_refused(digits: str) -> None:
    with pytest.raises(EncodeError) as caught:
        pin.clear_block(digits, PAN)
    assert not digits.strip() or digits not in str(caught.value)
    with pytest.raises(EncodeError):
        pin.clear_block("1234", digits + "x")


@pytest.mark.parametrize(
    ("clear", "reason"),
    [
        ("16123456FFFFFFFF", "格式号"),  # format 1
        ("03123FFFFFFFFFFF", "4 至 12"),
        ("0D1234567890123F", "4 至 12"),
        ("0612345AFFFFFFFF", "不是数字"),
        ("06123456FFFFFFF0", "填充位"),
    ],
)
def test_what_is_no_pin_block_is_told(clear: str, reason: str) -> None:
    with pytest.raises(pin.PinBlockError) as caught:
        pin.decrypt(cipher_for(PIK, "3des").encrypt(bytes.fromhex(clear)), None, PIK)
    assert reason in caught.value.what.zh
    assert "12345" not in str(caught.value)


@given(pins)
def test_another_pan_is_noticed(digits: str) -> None:
    """Every digit of the other PAN differs, so filler or format must break (PINs of 12 digits leave 2 nibbles)."""
    block = pin.encrypt(digits, "6212142000000000012", PIK)
    with pytest.raises(pin.PinBlockError):
        pin.decrypt(block, "9987875333333333398", PIK)


def test_another_pik_is_noticed() -> None:
    block = pin.encrypt("123456", PAN, PIK)
    with pytest.raises(pin.PinBlockError):
        pin.decrypt(block, PAN, PIK[::-1])


@pytest.mark.parametrize(("octets", "algorithm"), [(0, "3des"), (7, "3des"), (16, "3des"), (8, "sm4")])
def test_block_length(octets: int, algorithm: Algorithm) -> None:
    with pytest.raises(pin.PinBlockError):
        pin.decrypt(bytes(octets), PAN, PIK, algorithm)


tracks3 = st.text("0123456789D", min_size=17, max_size=104)
tracks_sm4 = st.text("0123456789D", min_size=33, max_size=104)


@given(tracks3, st.binary(min_size=16, max_size=16))
def test_track_round_trip(text: str, tdk: bytes) -> None:
    sealed = track.encrypt(text, tdk)
    assert len(sealed) == len(text)
    assert track.decrypt(sealed, tdk) == text


@given(tracks_sm4, st.binary(min_size=16, max_size=16))
def test_track_round_trip_sm4(text: str, tdk: bytes) -> None:
    assert track.decrypt(track.encrypt(text, tdk, "sm4"), tdk, "sm4") == text


@given(tracks3)
def test_block_lies_where_the_bestpay_host_looks_for_it(text: str) -> None:
    """Digits [n-17, n-1) of an odd track, [n-18, n-2) of an even one."""
    n = len(text)
    if n == 17 or n >= 18:
        start, end = (n - 17, n - 1) if n % 2 else (n - 18, n - 2)
        sealed = track.encrypt(text, PIK)
        assert (sealed[:start], sealed[end:]) == (text[:start], text[end:])
        assert bytes.fromhex(sealed[start:end]) == cipher_for(PIK, "3des").encrypt(bytes.fromhex(text[start:end]))


@pytest.mark.parametrize(
    ("text", "algorithm"),
    [("1" * 16, "3des"), ("1" * 32, "sm4"), ("1" * 105, "3des"), ("", "3des"), ("1234567890123456789=0508", "3des")],
)
def test_short_long_or_foreign_tracks_are_refused(text: str, algorithm: Algorithm) -> None:
    with pytest.raises(EncodeError):
        track.encrypt(text, PIK, algorithm)
    with pytest.raises(track.TrackError):
        track.decrypt(text, PIK, algorithm)


def test_no_track_has_a_block_of_ff() -> None:
    assert track.data_block(None) == b"\xff" * 8
    assert track.data_block(None, "sm4") == b"\xff" * 16


def test_a_track_under_another_tdk_is_noticed() -> None:
    sealed = track.encrypt("1234567890123456789D0508201781999168302", PIK)
    with pytest.raises(track.TrackError) as caught:
        track.decrypt(sealed, PIK[::-1])
    assert "1234567890" not in str(caught.value)
