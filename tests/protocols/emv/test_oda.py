"""Signatures of cards: what they cover, made and checked, and each refusal.  Published ones: `test_certificates`."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.emv import certificates, oda
from protocols.emv.certificates import CertificateError

from .chains import UN, flipped, keys


@pytest.mark.parametrize(("tag_list", "ends"), [(None, b""), (b"", b""), (b"\x82", b"\x7c\x00")])
def test_static_data_end_with_the_aip_where_the_card_says_so(tag_list: bytes | None, ends: bytes) -> None:
    assert oda.static_data("icc", [b"ab", b"c"], tag_list, b"\x7c\x00") == b"abc" + ends


@pytest.mark.parametrize("tag_list", [b"\x82\x82", b"\x95", b"\x82\x95"])
def test_a_tag_list_with_other_tags_is_refused(tag_list: bytes) -> None:
    with pytest.raises(CertificateError) as refused:
        oda.static_data("icc", [], tag_list, b"\x7c\x00")
    assert refused.value.reason == "tag_list"


TRANSACTION = bytes(range(60))
SIGNED = oda.Combined(b"\x01\x02\x03", 0x80, bytes(range(8)))


@pytest.mark.parametrize(
    ("un", "transaction", "cid", "reason"),
    [
        (bytes(4), TRANSACTION, 0x80, "hash"),
        (UN, TRANSACTION + b"\0", 0x80, "transaction"),
        (UN, TRANSACTION, 0x40, "cryptogram"),
    ],
)
def test_a_combined_signature_of_another_transaction(un: bytes, transaction: bytes, cid: int, reason: str) -> None:
    icc = keys()["icc"]
    signature = oda.sign_cda(icc, SIGNED, UN, TRANSACTION)
    assert oda.verify_cda(icc.public, signature, UN, TRANSACTION, 0x80) == SIGNED
    with pytest.raises(CertificateError) as refused:
        oda.verify_cda(icc.public, signature, un, transaction, cid)
    assert refused.value.reason == reason


@pytest.mark.parametrize("data", ["00", "0901020304050607080900", "0401", "FF", ""])
def test_dynamic_data_of_a_wrong_length_are_refused(data: str) -> None:
    icc, inside = keys()["icc"], bytes.fromhex(data)
    signature = certificates.sign("sdad", icc, bytes([1, len(inside)]) + inside, UN)
    with pytest.raises(CertificateError) as refused:
        oda.verify_dda(icc.public, signature, UN)
    assert refused.value.reason == "dynamic_data"
    with pytest.raises(CertificateError) as refused:
        oda.verify_cda(icc.public, signature, UN, TRANSACTION, 0x80)
    assert refused.value.reason == "dynamic_data"


def test_a_number_without_the_rest_is_no_combined_signature() -> None:
    icc = keys()["icc"]
    with pytest.raises(CertificateError) as refused:
        oda.verify_cda(icc.public, oda.sign_dda(icc, b"\x01\x02", UN), UN, TRANSACTION, 0x80)
    assert refused.value.reason == "dynamic_data"


@settings(max_examples=40)
@given(
    number=st.binary(min_size=2, max_size=8), un=st.binary(min_size=4, max_size=40), static=st.binary(max_size=300),
    place=st.integers(0), bit=st.integers(0, 7),
)  # fmt: skip
def test_signatures_hold_and_one_flipped_bit_breaks_them(
    number: bytes, un: bytes, static: bytes, place: int, bit: int
) -> None:
    made = keys()
    static_signature = oda.sign_sda(made["issuer"], b"\xda\xc0", static)
    dynamic = oda.sign_dda(made["icc"], number, un)
    assert oda.verify_sda(made["issuer"].public, static_signature, static) == b"\xda\xc0"
    assert oda.verify_dda(made["icc"].public, dynamic, un) == number
    with pytest.raises(CertificateError):
        oda.verify_sda(made["issuer"].public, flipped(static_signature, place, bit), static)
    with pytest.raises(CertificateError):
        oda.verify_dda(made["icc"].public, dynamic, flipped(un, place, bit))
    with pytest.raises(CertificateError):
        oda.verify_dda(made["icc"].public, flipped(dynamic, place, bit), un)
