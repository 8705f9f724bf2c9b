"""Remote TMK download: the whole exchange with a real RSA key pair, and every refusal."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from protocols.ciphers import Algorithm, kcv
from protocols.errors import DecodeError
from protocols.tlv import Tlv, build_tlv, parse_tlv
from protocols.unionpay import download
from protocols.unionpay.keys import KcvMismatch

# Two primes of 512 bits made for this test: 1024 bits are a size that terminals use.
P = int(
    "FE94815AE1DA63AA4CC1DD9434088978615BD102111F6BFC01C46DB60FDA35D2"
    "DE4BDFCBB5BAA2FA0F53BB703CF7B1388B07BDBA1AFC4D5F8CAA8E389E00D95D",
    16,
)
Q = int(
    "CC5D82EE207CDA20DDAE71F6160DF3A6435F7A6001E2E036C45ED0F28D5BE1FF"
    "22D028B232140B258D111D8621D12661602D87F84F613D2B55E2F2C70EF4592F",
    16,
)
MODULUS = P * Q
PRIVATE_EXPONENT = pow(65537, -1, (P - 1) * (Q - 1))
PRIVATE = download.RsaPrivateKey(MODULUS, PRIVATE_EXPONENT)
PUBLIC = download.RsaKey(bytes.fromhex("A000000333"), b"\x01", MODULUS.to_bytes(128, "big"), b"\x01\x00\x01")
TRANSPORT = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
TMK = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")

key16 = st.binary(min_size=16, max_size=16)


@given(key16, key16, st.sampled_from(("3des", "sm4")))
def test_the_whole_exchange(transport: bytes, tmk: bytes, algorithm: Algorithm) -> None:
    rsa_key = download.parse_rsa_key(download.build_rsa_key(PUBLIC))
    assert rsa_key == PUBLIC
    f62 = download.build_tmk_request(download.request_tmk(rsa_key, transport, algorithm))
    opened = download.open_transport_key(download.parse_tmk_request(f62), PRIVATE, algorithm)
    assert opened == transport
    reply = download.build_tmk_reply(download.seal_tmk(tmk, opened, algorithm))
    assert download.open_tmk(download.parse_tmk_reply(reply), transport, algorithm) == tmk


def test_block_under_rsa_has_the_pax_form() -> None:
    """00 02, FF to the length of the modulus, 00, key; seen through an RSA that is not ours."""
    request = download.request_tmk(PUBLIC, TRANSPORT)
    block = pow(int.from_bytes(request.sealed_key, "big"), PRIVATE_EXPONENT, MODULUS).to_bytes(128, "big")
    assert block == b"\x00\x02" + b"\xff" * 109 + b"\x00" + TRANSPORT
    assert request.kcv == kcv(TRANSPORT, "3des")


def test_random_padding_of_pkcs1_is_accepted() -> None:
    sealed = rsa.RSAPublicNumbers(65537, MODULUS).public_key().encrypt(TRANSPORT, padding.PKCS1v15())
    request = download.TmkRequest(b"", b"", sealed, kcv(TRANSPORT, "3des"))
    assert download.open_transport_key(request, PRIVATE) == TRANSPORT


def test_tags_of_the_three_messages() -> None:
    request = parse_tlv(download.build_tmk_request(download.request_tmk(PUBLIC, TRANSPORT)), "F62")
    reply = parse_tlv(download.build_tmk_reply(download.seal_tmk(TMK, TRANSPORT)), "F62")
    key = parse_tlv(download.build_rsa_key(PUBLIC), "F62")
    assert [item.tag_hex for item in key] == ["9F06", "9F22", "DF02", "DF04"]
    assert [item.tag_hex for item in request] == ["9F06", "9F22", "DF23", "DF24"]
    assert [item.tag_hex for item in reply] == ["DF21", "DF22"]


@pytest.mark.parametrize("block", [b"\x00\x01" + b"\xff" * 109 + b"\x00", b"\x00\x02" + b"\xff" * 50 + b"\x00" * 60])
def test_what_is_no_transport_key_is_refused(block: bytes) -> None:
    value = int.from_bytes(block + TRANSPORT, "big")
    sealed = pow(value, 65537, MODULUS).to_bytes(128, "big")
    with pytest.raises(download.TransportKeyError):
        download.open_transport_key(download.TmkRequest(b"", b"", sealed, kcv(TRANSPORT, "3des")), PRIVATE)


@pytest.mark.parametrize("sealed", [b"", bytes(127), bytes(129), b"\xff" * 128, bytes(128)])
def test_rsa_data_of_wrong_length_or_size_is_refused(sealed: bytes) -> None:
    with pytest.raises(download.TransportKeyError):
        download.open_transport_key(download.TmkRequest(b"", b"", sealed, bytes(4)), PRIVATE)


def test_wrong_check_values_are_refused() -> None:
    request = download.request_tmk(PUBLIC, TRANSPORT)
    for wrong in (bytes(4), b""):
        with pytest.raises(KcvMismatch, match="transport key"):
            download.open_transport_key(download.TmkRequest(b"", b"", request.sealed_key, wrong), PRIVATE)
        with pytest.raises(KcvMismatch, match="TMK"):
            download.open_tmk(download.TmkReply(download.seal_tmk(TMK, TRANSPORT).sealed_tmk, wrong), TRANSPORT)
    with pytest.raises(KcvMismatch):
        download.open_tmk(download.seal_tmk(TMK, TRANSPORT), TMK)
    with pytest.raises(download.TransportKeyError):
        download.open_tmk(download.TmkReply(bytes(15), bytes(4)), TRANSPORT)


@pytest.mark.parametrize(
    ("modulus", "exponent"),
    [
        (b"\x81" * 63, b"\x03"),
        (b"\x81" * 513, b"\x03"),
        (b"\x80" * 64, b"\x03"),  # even
        (b"\x00" + b"\x81" * 64, b"\x03"),
        (b"\x81" * 64, b""),
        (b"\x81" * 64, b"\x01"),
        (b"\x81" * 64, b"\x00\x00\x01"),
        (b"\x81" * 64, b"\x04"),
        (b"\x81" * 64, b"\x01" * 5),
    ],
)
def test_unusable_rsa_keys_are_refused(modulus: bytes, exponent: bytes) -> None:
    f62 = build_tlv([Tlv(0x9F06, b""), Tlv(0x9F22, b""), Tlv(0xDF02, modulus), Tlv(0xDF04, exponent)])
    with pytest.raises(DecodeError, match="RSA"):
        download.parse_rsa_key(f62)


@pytest.mark.parametrize("tag", [0x9F06, 0x9F22, 0xDF02, 0xDF04])
def test_a_missing_tag_is_named(tag: int) -> None:
    items = [item for item in parse_tlv(download.build_rsa_key(PUBLIC), "F62") if item.tag != tag]
    with pytest.raises(DecodeError, match=f"{tag:04X}"):
        download.parse_rsa_key(build_tlv(items))


@pytest.mark.parametrize("key", [b"", bytes(8), bytes(24)])
def test_a_transport_key_has_16_octets(key: bytes) -> None:
    with pytest.raises(download.RsaKeyError):
        download.request_tmk(PUBLIC, key)


def test_a_modulus_too_short_for_the_block_is_refused() -> None:
    short = download.RsaKey(b"", b"", b"\x81" * 63, b"\x03")
    with pytest.raises(download.RsaKeyError, match="63"):
        download.request_tmk(short, TRANSPORT)


@given(st.binary(max_size=60))
def test_random_octets_give_errors_and_nothing_else(f62: bytes) -> None:
    for parse in (download.parse_rsa_key, download.parse_tmk_request, download.parse_tmk_reply):
        with pytest.raises(DecodeError):
            parse(f62)


def test_no_key_in_any_text() -> None:
    texts = repr(PRIVATE)
    for call in (
        lambda: download.request_tmk(PUBLIC, TRANSPORT[:8]),
        lambda: download.open_tmk(download.seal_tmk(TMK, TRANSPORT), TMK),
    ):
        with pytest.raises((download.RsaKeyError, KcvMismatch)) as caught:
            call()
        texts += str(caught.value) + repr(caught.value)
    assert str(PRIVATE_EXPONENT) not in texts
    assert TRANSPORT.hex()[:10] not in texts.lower()
