"""The card's side of cryptograms: issuer application data, AC, the answer that has them, signed or not."""

from __future__ import annotations

from protocols.emv import oda
from protocols.emv.apdu import Response
from protocols.emv.commands import AC_REFERENCE, AcKind
from protocols.emv.cryptograms import ac_session_key, application_cryptogram
from protocols.emv.gpo import AIP, ATC, CID, FORMAT_1, FORMAT_2, ISSUER_DATA, SIGNED_DATA
from protocols.emv.issuer_data import Cvr
from protocols.tlv import Tlv, build_tlv

from .session import Transaction, Turn
from .verification import cvr_octets, joined

UN = 0x9F37
CVR_AT = slice(3, 7)
DYNAMIC_NUMBER_OCTETS = 8


def atc_octets(transaction: Transaction) -> bytes:
    """The counter as it is told, 2 octets."""
    return transaction.atc.to_bytes(2, "big")


def verification(turn: Turn, transaction: Transaction) -> Cvr:
    """What of this transaction and of those before it the issuer is told."""
    return transaction.before | joined(
        (transaction.pin_verified is not None, Cvr.OFFLINE_PIN_PERFORMED),
        (transaction.pin_verified is False, Cvr.OFFLINE_PIN_FAILED),
        (not turn.pin_tries, Cvr.PIN_TRIES_EXCEEDED),
        (transaction.dda_done, Cvr.DDA_PERFORMED),
        (transaction.issuer_authenticated is False, Cvr.ISSUER_AUTHENTICATION_FAILED),
    )


def issuer_data(transaction: Transaction, flags: Cvr, first: AcKind, second: AcKind | None = None) -> bytes:
    """Tag 9F10 with its CVR."""
    iad = transaction.application.iad
    cvr = cvr_octets(flags, transaction.scripts_before, first, second)
    return iad[: CVR_AT.start] + cvr + iad[CVR_AT.stop :]


def cryptogram(turn: Turn, transaction: Transaction, iad: bytes) -> bytes:
    """Tag 9F26 over what the terminal told."""
    application = transaction.application
    atc, aip = atc_octets(transaction), application.ways[transaction.way].aip
    values = {**transaction.values, AIP: aip, ATC: atc, ISSUER_DATA: iad}
    values[UN] = _unpredictable(turn, values[UN])
    key = ac_session_key(application.scheme, application.keys.ac, atc, values[UN])
    ac = application_cryptogram(application.scheme, key, values)
    return bytes((ac[0] ^ 0x01,)) + ac[1:] if turn.strikes("wrong_cryptogram") else ac


def answered(turn: Turn, transaction: Transaction, kind: AcKind, iad: bytes, ac: bytes, signed: bool) -> Response:
    """The answer to GENERATE AC: format 1, or format 2 with a signature in place of the cryptogram (CDA)."""
    cid, atc = bytes((AC_REFERENCE[kind],)), atc_octets(transaction)
    key = transaction.application.icc_key
    if not signed or key is None:
        return Response(build_tlv((Tlv(FORMAT_1, cid + atc + ac + iad),)), 0x9000)
    head, tail = [Tlv(CID, cid), Tlv(ATC, atc)], [Tlv(ISSUER_DATA, iad)]
    covered = transaction.signed_data + build_tlv([*head, *tail])
    combined = oda.Combined(turn.rng.randbytes(DYNAMIC_NUMBER_OCTETS), cid[0], ac)
    sdad = oda.sign_cda(key, combined, _unpredictable(turn, transaction.values[UN]), covered)
    signature = Tlv(SIGNED_DATA, damaged_signature(turn, sdad))
    return Response(build_tlv((Tlv(FORMAT_2, build_tlv([*head, signature, *tail])),)), 0x9000)


def dynamic_signature(turn: Turn, transaction: Transaction, number: bytes, data: bytes) -> bytes | None:
    """Tag 9F4B over what the terminal sent; None where the card has no key for it."""
    key = transaction.application.icc_key
    if key is None:
        return None
    transaction.dda_done = True
    return damaged_signature(turn, oda.sign_dda(key, number, _unpredictable(turn, data)))


def damaged_signature(turn: Turn, signature: bytes) -> bytes:
    """One bit off, where a fault says so."""
    wrong = turn.behaviour("wrong_certificate")
    if wrong is None or wrong["which"] != "dynamic":
        return signature
    return signature[:-1] + bytes((signature[-1] ^ 0x01,))


def _unpredictable(turn: Turn, data: bytes) -> bytes:
    """A card that was recorded before answers with another terminal's number."""
    return bytes(len(data)) if turn.strikes("wrong_unpredictable") else data
