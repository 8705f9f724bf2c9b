"""Keys and cryptograms of chip cards against published worked examples and values that were checked against an HSM."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import ciphers
from protocols.emv import cryptograms, derivation
from protocols.emv.cryptograms import ATC, IAD, SCHEMES, UN, IncompleteData, KeySet, Scheme, scheme_of
from protocols.errors import EncodeError

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "emv.json").read_text(encoding="utf-8"))
CASES: dict[str, dict[str, Any]] = {case["id"]: case for case in VECTORS["cryptogram"]}
CARD = VECTORS["card_profile"][0]

FULL = {  # scheme, the vector, its 9F10
    "pboc-01": ("pboc-cvn01-3des", "07000103A04002010A010000001000D1F61152"),
    "visa-10": ("visa-cvn10", "06010A03A06010"),
    "visa-18": ("visa-cvn18", "06011203A0B800"),
    "visa-22": ("visa-cvn22", "06011203A0B800"),
}
octets8 = st.binary(min_size=8, max_size=8)
key16 = st.binary(min_size=16, max_size=16)


def octets(case: str, name: str) -> bytes:
    """A value of a vector."""
    return bytes.fromhex(CASES[case][name])


def issuer(case: str) -> KeySet:
    """The issuer's keys of a vector; those that it does not give are zeros."""
    names = ("imk_ac", "imk_smi", "imk_smc")
    return KeySet(*(bytes.fromhex(CASES[case].get(name, "00" * 16)) for name in names))


def values(scheme: str) -> dict[int, bytes]:
    """The data objects of a vector that has all of them."""
    case, iad = FULL[scheme]
    found = {int(tag, 16): bytes.fromhex(value) for tag, value in CASES[case]["tags"].items()}
    return found | {IAD: bytes.fromhex(iad)}


@pytest.mark.parametrize("name", FULL)
def test_a_whole_transaction(name: str) -> None:
    case, data, scheme = FULL[name][0], values(name), SCHEMES[name]
    keys = cryptograms.card_keys(scheme, issuer(case), CASES[case]["pan"], CASES[case]["psn"])
    session = cryptograms.ac_session_key(scheme, keys.ac, data[ATC], data[UN])
    arqc = cryptograms.application_cryptogram(scheme, session, data)
    assert arqc == octets(case, "arqc")
    assert cryptograms.verify_cryptogram(scheme, keys.ac, data, arqc)
    answer = octets(case, "csu" if scheme.arpc_method == 2 else "arc")
    key = cryptograms.arpc_session_key(scheme, keys.ac, data[ATC], data[UN])
    tag_91 = cryptograms.issuer_authentication_data(scheme, key, arqc, answer)
    assert tag_91 == octets(case, "arpc") + answer
    assert cryptograms.issuer_authenticated(scheme, key, arqc, tag_91)


def test_pboc_3des_step_by_step() -> None:
    """What the published example prints on the way: diversified key, session key, input."""
    case = "pboc-cvn01-3des"
    key = derivation.icc_key_a(octets(case, "imk_ac"), CASES[case]["pan"], CASES[case]["psn"])
    assert key == octets(case, "icc_mk")
    assert derivation.session_key_pboc(key, octets(case, "atc")) == octets(case, "session_key")
    assert cryptograms.ac_input(SCHEMES["pboc-01"], values("pboc-01")) == octets(case, "ac_input")


def test_pboc_sm4_step_by_step() -> None:
    """The published SM4 example; its CVR ends the input, and the ARPC follows from the X that it prints."""
    case, scheme = "pboc-cvn17-sm4", SCHEMES["pboc-17"]
    keys = cryptograms.card_keys(scheme, issuer(case), CASES[case]["pan"], CASES[case]["psn"])
    assert keys.ac == octets(case, "icc_mk")
    session = cryptograms.ac_session_key(scheme, keys.ac, octets(case, "atc"))
    assert session == octets(case, "session_key")
    lengths = (6, 6, 2, 5, 2, 3, 1, 4, 2, 2)
    data, at, text = {}, 0, octets(case, "ac_input")
    for tag, length in zip(cryptograms.AC_TAGS, lengths, strict=True):
        data[tag], at = text[at : at + length], at + length
    data[IAD] = bytes.fromhex("070017") + text[at:] + b"\x04"
    assert scheme_of(data[IAD]) is scheme
    arqc = cryptograms.application_cryptogram(scheme, session, data)
    assert arqc == octets(case, "arqc")
    mixed = octets(case, "arpc_x")  # published: what stands in front of eight zeros under the session key
    answer = cryptograms.arpc(scheme, session, arqc, octets(case, "arc"))
    assert answer == ciphers.Cipher(session, "sm4").encrypt(mixed + bytes(8))[:8] == octets(case, "arpc")


def test_common_session_key_and_both_arpc_methods() -> None:
    case = "emv-csk-option-a"
    key = derivation.icc_key_a(octets(case, "imk_ac"), CASES[case]["pan"], CASES[case]["psn"])
    session = derivation.session_key_common(key, octets(case, "r"))
    assert (key, session) == (octets(case, "icc_mk"), octets(case, "session_key"))
    checks = {"imk": octets(case, "imk_ac"), "icc_mk": key, "sk": session}
    assert {name: ciphers.kcv(k, "3des", 2).hex().upper() for name, k in checks.items()} == CASES[case]["kcv"]
    data = octets(case, "ac_input")
    arqc = ciphers.CbcMac(session[:8], ciphers.Cipher(session, "3des")).mac(data + b"\x80")
    assert arqc == octets(case, "arqc")
    first, second = SCHEMES["mastercard-20"], SCHEMES["visa-18"]
    assert cryptograms.arpc(first, key, arqc, bytes(2)) == octets(case, "arpc1_with_icc_mk_rc0000")
    assert cryptograms.arpc(second, session, arqc, bytes(4)) == octets(case, "arpc2_csu00000000_with_sk")


def test_pans_above_16_digits() -> None:
    case = "emv-csk-17digit-pan"
    key = derivation.icc_key_a(octets(case, "imk_ac"), CASES[case]["pan"], CASES[case]["psn"])
    session = derivation.session_key_common(key, octets(case, "r"))
    assert (key, session) == (octets(case, "icc_mk"), octets(case, "session_key"))
    arpc = cryptograms.arpc(SCHEMES["mastercard-20"], session, octets(case, "arqc"), bytes(2))
    assert arpc == octets(case, "arpc1_with_sk_rc0000")
    case = "emv-icc-mk-option-b-17digit"
    assert derivation.icc_key_b(octets(case, "imk_ac"), CASES[case]["pan"], CASES[case]["psn"]) == octets(
        case, "icc_mk"
    )


def test_tree_and_visa_session_keys() -> None:
    """The examples in pyemv's own documentation (module kd, 1.5.0)."""
    key, atc = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"), bytes.fromhex("001C")
    assert derivation.session_key_tree(key, atc).hex().upper() == "E5BF6D1067F194B0A89B7F5D83BC64A2"
    assert derivation.session_key_visa(key, atc).hex().upper() == "0123456789ABCDF2FEDCBA987654CDF2"


@pytest.mark.parametrize(("name", "check"), [("MK_AC", "97DCB0"), ("MK_SMI", "CE4E2C"), ("MK_SMC", "B37DF3")])
def test_the_keys_of_the_published_card_have_their_check_values(name: str, check: str) -> None:
    assert ciphers.kcv(bytes.fromhex(CARD["keys_3des_icc"][name]), "3des", 3).hex().upper() == check


@pytest.mark.parametrize(
    ("iad", "aid", "name"),
    [
        ("07010103000000010A01000000000000000000", "", "pboc-01"),
        ("07010103A0000001", "A000000333010101", "pboc-01"),
        ("07010103A0000004", "A000000333010101", "pboc-17"),
        ("07011703A00000", "", "pboc-17"),
        ("06010A03A06010", "", "visa-10"),
        ("06011203A0B800", "A0000000031010", "visa-18"),
        ("1F22010000000000", "", "visa-22"),
        ("0110A00003220000000000000000000000FF", "", "mastercard-16"),
        ("0615A00003220000000000000000000000FF", "A0000000041010", "mastercard-21"),
        ("0F018503A0000000", "", "interac-133"),
        ("06011103A0B800", "", None),
        ("", "", None),
        ("07", "A000000333010101", None),
        ("0110A00003220000000000000000000000FF", "A000000025010801", None),
    ],
)
def test_the_scheme_is_found_by_the_issuer_application_data(iad: str, aid: str, name: str | None) -> None:
    found = scheme_of(bytes.fromhex(iad), bytes.fromhex(aid))
    assert (found.name if found else None) == name


def test_what_is_missing_is_named() -> None:
    data = values("pboc-01")
    del data[0x95], data[ATC], data[0x9F03]  # 9F03 counts as zero
    with pytest.raises(IncompleteData) as refused:
        cryptograms.application_cryptogram(SCHEMES["pboc-01"], bytes(16), data)
    assert refused.value.tags == (0x95, ATC)
    assert "95 9F36" in str(refused.value)


@pytest.mark.parametrize(
    ("pan", "psn"), [("", "00"), ("12a4567890123456", "00"), ("1" * 20, "00"), ("1234567890123456", "1"), ("1", "0a")]
)
def test_a_pan_that_is_none_is_refused_and_not_shown(pan: str, psn: str) -> None:
    with pytest.raises(EncodeError) as refused:
        derivation.icc_key_b(bytes(16), pan, psn)
    assert not pan or pan not in f"{refused.value} {refused.value!r}" or len(pan) < 4


def test_a_tree_that_is_too_small_is_refused() -> None:
    with pytest.raises(EncodeError):
        derivation.session_key_tree(bytes(range(16)), bytes(2), height=8, branches=2)


def test_no_key_shows_in_a_repr() -> None:
    keys = KeySet(b"A" * 16, b"B" * 16, b"C" * 16)
    assert not {"AAAA", "BBBB", "CCCC"} & {f"{keys!r}{keys}"[at : at + 4] for at in range(200)}


@given(
    scheme=st.sampled_from(list(SCHEMES.values())), keys=st.builds(KeySet, key16, key16, key16),
    pan=st.text("0123456789", min_size=12, max_size=19), bit=st.integers(0, 63), place=st.integers(0),
    answer=st.binary(min_size=4, max_size=4),
)  # fmt: skip
def test_one_flipped_bit_is_noticed(
    scheme: Scheme, keys: KeySet, pan: str, bit: int, place: int, answer: bytes
) -> None:
    """In the cryptogram, in any value that it covers, and in the issuer's answer."""
    card = cryptograms.card_keys(scheme, keys, pan, "01")
    data = values("pboc-01") | {IAD: bytes(range(1, 19))}
    session = cryptograms.ac_session_key(scheme, card.ac, data[ATC], data[UN])
    arqc = cryptograms.application_cryptogram(scheme, session, data)
    assert cryptograms.verify_cryptogram(scheme, card.ac, data, arqc)
    assert not cryptograms.verify_cryptogram(scheme, card.ac, data, _flipped(arqc, bit))
    tag = cryptograms.AC_TAGS[place % len(cryptograms.AC_TAGS)]
    assert not cryptograms.verify_cryptogram(scheme, card.ac, data | {tag: _flipped(data[tag], bit)}, arqc)
    key = cryptograms.arpc_session_key(scheme, card.ac, data[ATC], data[UN])
    tag_91 = cryptograms.issuer_authentication_data(scheme, key, arqc, answer[: 2 if scheme.arpc_method == 1 else 4])
    assert cryptograms.issuer_authenticated(scheme, key, arqc, tag_91)
    assert not cryptograms.issuer_authenticated(scheme, key, arqc, _flipped(tag_91, bit))
    assert not cryptograms.issuer_authenticated(scheme, key, arqc, tag_91[:-1])
    assert not cryptograms.issuer_authenticated(scheme, key, arqc, b"")


def _flipped(data: bytes, bit: int) -> bytes:
    at = bit % (8 * len(data))
    return (int.from_bytes(data, "big") ^ 1 << at).to_bytes(len(data), "big")
