"""Public keys out of certificates: published chains, made-up ones, and each refusal."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from hashlib import sha1
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.emv import certificates, oda
from protocols.emv.certificates import CertificateError, Kind, Reason
from protocols.emv.rsa import PrivateKey, PublicKey
from protocols.errors import EncodeError

from .chains import (
    CARD,
    CHAINS,
    EXPIRY,
    PAN,
    PBOC,
    RSA_CRT,
    SERIAL,
    STATIC,
    TODAY,
    ca,
    flipped,
    icc_tags,
    issuer,
    keys,
    octets,
)


@pytest.mark.parametrize(
    ("chain", "pan"),
    [
        ("visa-test-dda-sda", "4761739001010119"),
        ("mastercard-test-cda", "5413330089020011"),
        ("pboc-full-functional-dda", CARD["pan"]),
        ("javaemvreader-sda", "4925640000000000"),  # its issuer certificate belongs to other PANs than its card's
    ],
)
def test_the_issuers_key_of_a_published_card(chain: str, pan: str) -> None:
    assert issuer(chain, pan, bytes.fromhex("141231")).modulus == octets(chain, "issuer_modulus")


@pytest.mark.parametrize(
    ("chain", "pan"), [("visa-test-dda-sda", "4761739001010119"), ("mastercard-test-cda", "5413330089020011")]
)
def test_the_cards_key_where_the_static_data_are_not_published(chain: str, pan: str) -> None:
    """The frame of the certificate and the key in it; its hash covers data that nobody has."""
    body, _ = certificates.opened("icc", issuer(chain, pan), octets(chain, "9F46"))
    key = octets(chain, "icc_modulus")
    assert body[21:] == key[: len(body) - 21]
    assert body[21:] + octets(chain, "9F48") == key
    assert body[2:12].hex().startswith(pan) and body[19] == len(key)
    above, tags = issuer(chain, pan), icc_tags(chain)
    with pytest.raises(CertificateError) as refused:
        certificates.icc_key(above, *tags, b"", pan, TODAY)
    assert refused.value.reason == "hash"


@pytest.mark.parametrize("files", ["gpo_debit_credit", "gpo_ecash", "gpo_qpboc"])
def test_the_published_pboc_card_from_capk_to_signature(files: str) -> None:
    """Issuer certificate, card certificate over the records that each of its three AFLs names, and a DDA signature."""
    afl, signed = bytes.fromhex(CARD[files]["94"]), []
    for at in range(0, len(afl), 4):
        sfi, first, _, count = afl[at] >> 3, *afl[at + 1 : at + 4]
        for number in range(first, first + count):
            record = bytes.fromhex(CARD["records"][f"{sfi}/{number}"])
            signed.append(record[3:] if record[1] == 0x81 else record[2:])
    static = oda.static_data("icc", signed, b"\x82", bytes.fromhex(CARD[files]["82"]))
    assert static.hex().upper() == PBOC["static_data"] + PBOC["aip"]
    above = issuer("pboc-full-functional-dda", CARD["pan"])
    card = certificates.icc_key(above, *icc_tags("pboc-full-functional-dda"), static, CARD["pan"], TODAY)
    p, q, e = (int(RSA_CRT[name], 16) for name in ("p", "q", "e"))
    assert card.modulus == (p * q).to_bytes(96, "big") == bytes.fromhex(PBOC["icc_modulus"])
    spoken = oda.verify_dda(card, bytes.fromhex(PBOC["9F4B"]), bytes.fromhex(PBOC["un_9F37"]))
    assert bytes([len(spoken)]) + spoken == bytes.fromhex(PBOC["icc_dynamic_data"])
    assert oda.sign_dda(PrivateKey(p, q, e), spoken, bytes.fromhex(PBOC["un_9F37"])) == bytes.fromhex(PBOC["9F4B"])


def test_published_signatures() -> None:
    sda = CHAINS["javaemvreader-sda"]
    static = oda.static_data("ssad", [bytes.fromhex(sda["static_data"])], b"\x82", bytes.fromhex(sda["aip"]))
    key = PublicKey(bytes.fromhex(sda["issuer_modulus"]), 3)
    assert oda.verify_sda(key, bytes.fromhex(sda["93"]), static).hex() == sda["dac"]
    visa = CHAINS["visa-test-dda-sda"]
    body, _ = certificates.opened(
        "ssad", PublicKey(bytes.fromhex(visa["issuer_modulus"]), 3), bytes.fromhex(visa["93"])
    )
    assert body[3:5].hex().upper() == visa["ssad_dac"]
    card = PublicKey(bytes.fromhex(visa["icc_modulus"]), 3)
    number = oda.verify_dda(card, bytes.fromhex(visa["9F4B"]), bytes.fromhex(visa["ddol_data"]))
    assert number.hex().upper() == visa["icc_dynamic_number"]


def test_a_published_cda_signature() -> None:
    """The data under its hash are not published; number, cryptogram information, cryptogram and hash are."""
    chain = CHAINS["mastercard-test-cda"]
    key, signature = PublicKey(bytes.fromhex(chain["icc_modulus"]), 3), bytes.fromhex(chain["9F4B"])
    body = certificates.recover("sdad", key, signature, bytes.fromhex(chain["un_9F37"]))
    inside = "".join(chain[name] for name in ("icc_dynamic_number", "cid", "ac", "txn_hash"))
    assert body[4 : 4 + body[3]] == bytes.fromhex("08" + inside)
    with pytest.raises(CertificateError) as refused:
        oda.verify_cda(key, signature, bytes.fromhex(chain["un_9F37"]), b"", 0x00)
    assert refused.value.reason == "transaction"


@pytest.mark.parametrize("chain", ["visa-test-dda-sda", "mastercard-test-cda", "pboc-full-functional-dda"])
def test_a_flipped_last_octet_is_refused(chain: str) -> None:
    pan = CHAINS[chain].get("pan", CARD["pan"])
    damaged = {tag: octets(chain, tag)[:-1] + bytes([octets(chain, tag)[-1] ^ 1]) for tag in ("90", "9F46", "9F4B")}
    with pytest.raises(CertificateError):
        certificates.issuer_key(ca(chain), damaged["90"], octets(chain, "92"), b"\x03", pan, TODAY)
    with pytest.raises(CertificateError):
        certificates.opened("icc", issuer(chain, pan), damaged["9F46"])
    card = PublicKey(octets(chain, "icc_modulus"), int(CHAINS[chain]["9F47"], 16))
    with pytest.raises(CertificateError):
        oda.verify_dda(card, damaged["9F4B"], octets(chain, "un_9F37" if "un_9F37" in CHAINS[chain] else "ddol_data"))


def issued(**changes: Any) -> tuple[PublicKey, PublicKey, PublicKey]:
    """The keys of issuer, card and PIN, recovered from certificates that were issued with `changes`."""
    made = keys()
    top = certificates.issue_issuer(made["ca"], made["issuer"].public, changes.get("holder", PAN[:6]), EXPIRY, SERIAL)
    dated = (changes.get("pan", PAN), changes.get("expiry", EXPIRY), SERIAL)
    card = certificates.issue_icc(made["issuer"], made["icc"].public, *dated, STATIC)
    pin = certificates.issue_pin(made["issuer"], made["icc_pin"].public, *dated)
    today = changes.get("today", TODAY)
    above = certificates.issuer_key(made["ca"].public, top.certificate, top.remainder, top.exponent, PAN, today)
    return (
        above,
        certificates.icc_key(
            above, card.certificate, card.remainder, card.exponent, changes.get("static", STATIC), PAN, today
        ),
        certificates.pin_key(above, pin.certificate, pin.remainder, pin.exponent, PAN, today),
    )


def test_what_we_issue_we_recover() -> None:
    made = keys()
    assert issued() == (made["issuer"].public, made["icc"].public, made["icc_pin"].public)
    assert issued(today=bytes.fromhex("281231"))  # good to the end of its month


@pytest.mark.parametrize(
    ("changes", "kind", "reason"),
    [
        ({"holder": "621215"}, "issuer", "holder"),
        ({"today": bytes.fromhex("290101")}, "issuer", "expiry"),
        ({"today": bytes.fromhex("490101")}, "issuer", "expiry"),
        ({"pan": PAN[:-1]}, "icc", "holder"),
        ({"expiry": "1026"}, "icc", "expiry"),
        ({"expiry": "1399"}, "icc", "expiry"),
        ({"expiry": "1299"}, "icc", "expiry"),  # 99 is the last century
        ({"static": STATIC + b"\x00"}, "icc", "hash"),
    ],
)
def test_what_a_certificate_says_must_fit(changes: dict[str, Any], kind: str, reason: str) -> None:
    with pytest.raises(CertificateError) as refused:
        issued(**changes)
    assert (refused.value.kind, refused.value.reason) == (kind, reason)


def resealed(kind: Kind, change: Callable[[bytearray], None], *, seal: bool = True, behind: bytes = b"") -> bytes:
    """An issuer certificate whose plain text was changed before it was signed; `seal`: with a hash that fits."""
    made = keys()
    signer = made["ca"] if kind == "issuer" else made["issuer"]
    top = certificates.issue_issuer(made["ca"], made["issuer"].public, PAN[:6], EXPIRY, SERIAL)
    card = certificates.issue_icc(made["issuer"], made["icc"].public, PAN, EXPIRY, SERIAL, STATIC)
    plain = bytearray(signer.public.apply((top if kind == "issuer" else card).certificate))
    change(plain)
    if seal:
        plain[-21:-1] = sha1(bytes(plain[1:-21]) + behind).digest()
    return signer.apply(bytes(plain))


def put(at: int, value: int) -> Callable[[bytearray], None]:
    """Sets one octet."""

    def change(plain: bytearray) -> None:
        plain[at] = value

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (put(-1, 0xBB), "trailer"),
        (put(0, 0x5A), "header"),
        (put(1, 0x04), "format"),
        (put(11, 0x02), "hash_algorithm"),
        (put(12, 0x04), "algorithm"),
        (put(13, 0xF8), "remainder"),
        (put(13, 0x00), "remainder"),
        (put(14, 0x03), "exponent"),
        (put(6, 0x00), "expiry"),
        (put(2, 0xFF), "holder"),
    ],
)
def test_every_check_of_an_issuer_certificate_has_its_reason(change: Callable[[bytearray], None], reason: str) -> None:
    made = keys()
    remainder = made["issuer"].public.modulus[made["ca"].public.octets - 36 :]
    damaged = resealed("issuer", change, behind=remainder + b"\x03")
    with pytest.raises(CertificateError) as refused:
        certificates.issuer_key(made["ca"].public, damaged, remainder, b"\x03", PAN, TODAY)
    assert refused.value.reason == reason
    assert "90" in refused.value.what.zh and refused.value.cure.en


@pytest.mark.parametrize(
    ("certificate", "remainder", "exponent", "reason"),
    [
        (None, b"", b"\x03", "missing"),
        (-1, b"", b"\x03", "length"),
        (0, b"\x00", b"\x03", "hash"),
        (0, b"", b"\x01\x00\x01", "hash"),
        (0, b"", b"", "hash"),
    ],
)
def test_parts_that_are_missing_or_changed(
    certificate: int | None, remainder: bytes, exponent: bytes, reason: str
) -> None:
    made = keys()
    top = certificates.issue_issuer(made["ca"], made["issuer"].public, PAN[:6], EXPIRY, SERIAL)
    given = b"" if certificate is None else top.certificate[: certificate or None]
    with pytest.raises(CertificateError) as refused:
        certificates.issuer_key(made["ca"].public, given, top.remainder + remainder, exponent, PAN, TODAY)
    assert refused.value.reason == reason


def test_an_exponent_that_emv_does_not_know_is_refused_even_when_signed() -> None:
    made = keys()
    remainder = made["issuer"].public.modulus[made["ca"].public.octets - 36 :]
    odd = resealed("issuer", lambda plain: None, behind=remainder + b"\x05")
    with pytest.raises(CertificateError) as refused:
        certificates.issuer_key(made["ca"].public, odd, remainder, b"\x05", PAN, TODAY)
    assert refused.value.reason == "exponent"


@lru_cache(maxsize=1)
def card_data() -> dict[str, bytes]:
    """What a card under posrig's test CA carries, and what its certificate covers."""
    made = keys()
    top = certificates.issue_issuer(made["ca"], made["issuer"].public, PAN[:6], EXPIRY, SERIAL)
    icc = certificates.issue_icc(made["issuer"], made["icc"].public, PAN, EXPIRY, SERIAL, STATIC)
    issued = {"90": top.certificate, "92": top.remainder, "9F32": top.exponent}
    return issued | {"9F46": icc.certificate, "9F48": icc.remainder, "9F47": icc.exponent, "static": STATIC}


def chain(data: dict[str, bytes]) -> PublicKey:
    """From the CA down to the card."""
    above = certificates.issuer_key(keys()["ca"].public, data["90"], data["92"], data["9F32"], PAN, TODAY)
    return certificates.icc_key(above, data["9F46"], data["9F48"], data["9F47"], data["static"], PAN, TODAY)


def test_a_whole_card_is_accepted() -> None:
    assert chain(card_data()) == keys()["icc"].public


@given(st.sampled_from(["90", "92", "9F32", "9F46", "9F48", "9F47", "static"]), st.integers(0), st.integers(0, 7))
def test_one_flipped_bit_of_a_card_is_refused_with_its_reason(what: str, place: int, bit: int) -> None:
    data = card_data() | {what: flipped(card_data()[what], place, bit)}
    with pytest.raises(CertificateError) as refused:
        chain(data)
    assert refused.value.kind == ("issuer" if what in ("90", "92", "9F32") else "icc")
    assert refused.value.reason == "hash" or what in ("90", "9F46")


@settings(max_examples=60)
@given(st.binary(max_size=200), st.binary(max_size=40), st.sampled_from(get_args(Kind)))
def test_rubbish_is_refused_with_one_of_our_reasons(data: bytes, behind: bytes, kind: Kind) -> None:
    with pytest.raises(CertificateError) as refused:
        certificates.recover(kind, keys()["icc"].public, data, behind)
    assert refused.value.reason in get_args(Reason)


def test_every_kind_and_reason_has_its_words() -> None:
    assert set(certificates.KINDS) == set(get_args(Kind))
    assert set(certificates.REASONS) == set(get_args(Reason))


def test_private_keys_are_checked_and_never_shown() -> None:
    icc = keys()["icc"]
    assert repr(icc) == "PrivateKey(exponent=3)"
    assert str(icc.p) not in f"{icc}{icc!r}"
    published = int(RSA_CRT["p"], 16), int(RSA_CRT["q"], 16)
    assert {prime % 3 for prime in published} >= {1}  # made for 65537: 3 has no inverse there
    for primes in ((*published, 3), (icc.p, icc.p, 3), (icc.p, icc.q, 5), ((1 << 61) - 1, (1 << 89) - 1, 65537)):
        with pytest.raises(EncodeError):
            PrivateKey(*primes)
    for key in (icc, icc.public):
        with pytest.raises(EncodeError):
            key.apply(b"short")
    with pytest.raises(EncodeError):  # 21 octets have no room for a signature
        oda.sign_sda(PrivateKey((1 << 61) - 1, (1 << 107) - 1, 65537), bytes(2), b"")


@pytest.mark.parametrize(
    ("holder", "expiry", "serial"),
    [("62", EXPIRY, SERIAL), ("621214200", EXPIRY, SERIAL), ("62121A", EXPIRY, SERIAL), ("621214", "12", SERIAL),
     ("621214", EXPIRY, b"\x01")],
)  # fmt: skip
def test_nothing_is_issued_that_nobody_could_read(holder: str, expiry: str, serial: bytes) -> None:
    made = keys()
    with pytest.raises(EncodeError) as refused:
        certificates.issue_issuer(made["ca"], made["issuer"].public, holder, expiry, serial)
    assert holder not in str(refused.value)
    for digits in ("1234567", "1" * 20):
        with pytest.raises(EncodeError):
            certificates.issue_pin(made["issuer"], made["icc_pin"].public, digits, EXPIRY, SERIAL)


def test_a_key_that_fits_into_its_certificate_has_no_remainder() -> None:
    """What is behind it is BB up to the hash (EMV Book 2 table 13)."""
    made = keys()
    top = certificates.issue_issuer(made["ca"], made["icc"].public, PAN[:6], EXPIRY, SERIAL)
    body, _ = certificates.opened("issuer", made["ca"].public, top.certificate)
    assert (top.remainder, body[15:]) == (b"", made["icc"].public.modulus + b"\xbb" * (176 - 36 - 128))
    found = certificates.issuer_key(made["ca"].public, top.certificate, b"", top.exponent, PAN, TODAY)
    assert found == made["icc"].public
