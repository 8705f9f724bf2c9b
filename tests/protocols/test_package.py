"""Application packages: layout, digest and signature, and the messages that bring one.

Key and signature scheme: RFC 8032, 7.1, TEST 1; digest: FIPS 180-4 (the sample "abc").
"""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.errors import DecodeError, EncodeError
from protocols.package import (
    HEAD_OCTETS_MAX,
    PACKAGE_OCTETS_MAX,
    Package,
    build_package,
    parse_package,
    sign_package,
    version_number,
)
from protocols.unionpay import software
from protocols.unionpay.dialect import CUP
from protocols.unionpay.private.f62 import parse_f62
from protocols.unionpay.private.f62_download import TlvList
from protocols.unionpay.private.layout import Context

PRIVATE = bytes.fromhex("9D61B19DEFFD5A60BA844AF492EC2CC44449C5697B326919703BAC031CAE7F60")
PUBLIC = bytes.fromhex("D75A980182B10AB7D54BFED3C964073A0EE172F3DAA62325AF021A68F707511A")
OTHER_PUBLIC = bytes.fromhex("3D4017C3E843895A92B70AA74D1B7EBC9C982CCF2EC4968CC0CD55F12AF4660C")  # TEST 2
SHA256_ABC = bytes.fromhex("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")

ascii_text = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E))
packages = st.builds(
    Package,
    model=ascii_text.filter(lambda text: 1 <= len(text) <= 16),
    version=st.from_regex(r"[0-9]{1,2}(\.[0-9]){0,2}", fullmatch=True),
    minimum=st.sampled_from(["", "1.0", "0.9.1"]),
    dialect=st.sampled_from(["", "cup", "no-60-3"]),
    payload=st.binary(max_size=80),
    digest=st.binary(min_size=32, max_size=32),
    signature=st.binary(min_size=64, max_size=64),
)


def test_the_layout_octet_by_octet() -> None:
    """Written out by hand from the module's description; the digest is the one that FIPS 180-4 gives for "abc"."""
    signed = sign_package(Package("CT-100", "1.1.0", "0.9", "cup", b"abc"), PRIVATE)
    head = b"PSRG\x01\x06CT-100\x051.1.0\x030.9\x03cup" + struct.pack(">I", 3) + SHA256_ABC
    octets = build_package(signed)
    assert octets == head + signed.signature + b"abc"
    assert parse_package(octets) == signed


def test_digest_and_signature_tell_what_is_wrong() -> None:
    good = sign_package(Package("CT-100", "1.1.0", payload=b"abc"), PRIVATE)
    assert (good.is_whole, good.is_signed_by(PUBLIC), good.is_signed_by(OTHER_PUBLIC)) == (True, True, False)
    damaged = replace(good, payload=b"abd")
    assert (damaged.is_whole, damaged.is_signed_by(PUBLIC)) == (False, True)
    for changed in (
        {"model": "CT-101"},
        {"version": "1.1.1"},
        {"minimum": "1"},
        {"dialect": "cup"},
        {"digest": bytes(32)},
    ):
        assert not replace(good, **changed).is_signed_by(PUBLIC), changed
    longer = replace(good, payload=b"abcd")
    assert not longer.is_signed_by(PUBLIC), "the length is signed, too"


@given(packages)
def test_what_was_built_is_read_again(package: Package) -> None:
    octets = build_package(package)
    assert len(octets) <= HEAD_OCTETS_MAX + len(package.payload)
    assert parse_package(octets) == package


@given(packages, st.data())
@settings(max_examples=60)
def test_a_package_that_ends_early_or_late_is_refused_with_its_place(package: Package, data: st.DataObject) -> None:
    octets = build_package(package)
    end = data.draw(st.integers(0, len(octets) - 1))
    with pytest.raises(DecodeError) as caught:
        parse_package(octets[:end])
    assert caught.value.path.startswith("package/")
    assert 0 <= caught.value.offset <= end
    with pytest.raises(DecodeError, match="package/end"):
        parse_package(octets + b"\x00")


@given(st.binary(max_size=200))
def test_anything_else_is_a_decode_error(octets: bytes) -> None:
    with pytest.raises(DecodeError):
        parse_package(octets)


@pytest.mark.parametrize(
    ("at", "octets", "path"),
    [
        (0, b"X", "package/magic"),
        (4, b"\x02", "package/format"),
        (5, b"\x00", "package/model"),
        (6, b"\xc3", "package/model"),
        (12, b"\x00", "package/version"),
        (20, b"\xff\xff\xff\xff", "package/length"),
    ],
)
def test_a_wrong_octet_is_named(at: int, octets: bytes, path: str) -> None:
    good = build_package(sign_package(Package("CT-100", "1.1.0", payload=b"abc"), PRIVATE))
    with pytest.raises(DecodeError) as caught:
        parse_package(good[:at] + octets + good[at + len(octets) :])
    assert caught.value.path == path


@pytest.mark.parametrize(
    "wrong",
    [
        Package("", "1"),
        Package("M" * 17, "1"),
        Package("M", ""),
        Package("M", "1.0.0.0.0"),
        Package("机型", "1"),
        Package("M", "1", payload=bytes(PACKAGE_OCTETS_MAX)),
    ],
)
def test_what_a_package_cannot_hold_is_not_signed(wrong: Package) -> None:
    with pytest.raises(EncodeError):
        sign_package(wrong, PRIVATE)


def test_versions_are_compared_by_their_numbers() -> None:
    order = ["", "0.9", "1", "1.0.1", "1.2", "1.9.9", "1.10", "2.0.0"]
    shuffled = [*order[4:], *order[:4]]
    assert sorted(shuffled, key=version_number) == order
    assert version_number("1.10") == version_number("1.10.0 ")
    assert version_number("beta") == ()


# the messages


@given(st.from_regex(r"[0-9.]{1,8}", fullmatch=True), st.integers(0, 65_536), st.sampled_from([b"", b"8 octets"]))
def test_a_request_for_a_block(running: str, offset: int, name: bytes) -> None:
    request = software.BlockRequest(running, offset, name)
    assert software.parse_block_request(software.build_block_request(request)) == request


@given(st.binary(min_size=1, max_size=512), st.integers(0, 60_000))
def test_a_block(octets: bytes, offset: int) -> None:
    block = software.Block("1.1.0", 65_536, b"8 octets", offset, octets)
    f62 = software.build_block(block)
    assert software.parse_block(f62) == block
    assert len(f62) <= 999, "F62 is LLL"
    assert isinstance(parse_f62(f62, CUP, Context("0810", "00", "366")), TlvList), "decode knows its objects"


def test_the_objects_of_a_block_octet_by_octet() -> None:
    block = software.Block("1.1.0", 3, b"8 octets", 0, b"abc")
    written = "DF5405312E312E30 DF550400000003 DF530838206F6374657473 DF520400000000 DF5603616263"
    assert software.build_block(block) == bytes.fromhex(written)


@pytest.mark.parametrize("offset", [1, 3, 60_000])
def test_a_block_beyond_the_end_is_refused(offset: int) -> None:
    f62 = software.build_block(software.Block("1.1.0", 3, b"8 octets", offset, b"abc"))
    with pytest.raises(DecodeError, match="F62/DF56"):
        software.parse_block(f62)


@pytest.mark.parametrize("result", sorted(software.RESULTS))
def test_how_it_ended(result: str) -> None:
    ended = software.Ended("1.0.0", "1.1.0", result)
    assert software.parse_ended(software.build_ended(ended)) == ended


@given(st.binary(max_size=60))
def test_strange_octets_are_decode_errors(f62: bytes) -> None:
    for read in (software.parse_block_request, software.parse_block, software.parse_ended):
        with pytest.raises(DecodeError):
            read(f62)
