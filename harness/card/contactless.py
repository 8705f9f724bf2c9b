"""qPBOC: the whole card's part of a transaction in the answer to GET PROCESSING OPTIONS (PBOC 3.0 part 12).

Offline (TC) where electronic cash pays and the reader leaves the choice to the card; else the issuer is asked
(ARQC) if the reader can; else declined.  The signature (fDDA) is version 00: over the terminal's unpredictable
number, its dynamic number is the ATC.
"""

from __future__ import annotations

from protocols.emv.apdu import Response
from protocols.emv.commands import AC_REFERENCE, AcKind
from protocols.emv.flags import Ctq, Ttq
from protocols.emv.gpo import AFL, AIP, ATC, CID, CRYPTOGRAM, FORMAT_2, ISSUER_DATA, SIGNED_DATA
from protocols.tlv import Tlv, build_tlv

from .acting import approved_offline
from .cryptogram import UN, atc_octets, cryptogram, dynamic_signature, issuer_data, verification
from .profile import APPLICATION_CURRENCY, CTQ, EC_BALANCE
from .risk import cash_suffices
from .session import NOT_NOW, Transaction, Turn

TTQ, CURRENCY, TRACK2, PSN = 0x9F66, 0x5F2A, 0x57, 0x5F34


def answer(turn: Turn, transaction: Transaction) -> Response:
    """AIP, ATC, track 2, cryptogram and what it needs; offline also the records to read and the card's signature."""
    ttq = Ttq.of(transaction.values[TTQ].ljust(Ttq.OCTETS, b"\x00")[: Ttq.OCTETS])
    if Ttq.QPBOC not in ttq:
        return NOT_NOW
    application = transaction.application
    kind = _action(turn, transaction, ttq)
    iad = issuer_data(transaction, verification(turn, transaction), kind)
    transaction.first, transaction.ac = kind, cryptogram(turn, transaction, iad)
    transaction.stage = "asked" if kind == "ARQC" else "done"
    way = application.ways["tap"]
    items = [
        Tlv(AIP, way.aip),
        Tlv(ATC, atc_octets(transaction)),
        Tlv(TRACK2, application.track2),
        Tlv(ISSUER_DATA, iad),
        Tlv(CRYPTOGRAM, transaction.ac),
        Tlv(CID, bytes((AC_REFERENCE[kind],))),
        Tlv(PSN, bytes.fromhex(application.psn)),
        Tlv(CTQ, _ctq(turn, transaction, ttq)),
    ]
    if kind == "TC":
        items.insert(1, Tlv(AFL, way.afl))
        signature = dynamic_signature(turn, transaction, atc_octets(transaction), transaction.values[UN])
        items += [Tlv(SIGNED_DATA, signature)] if signature is not None else []
        approved_offline(turn, transaction)
    return Response(build_tlv((Tlv(FORMAT_2, build_tlv(items)),)), 0x9000)


def _action(turn: Turn, transaction: Transaction, ttq: Ttq) -> AcKind:
    application = transaction.application
    if turn.application_blocked(application):
        return "AAC"
    own = transaction.values.get(CURRENCY) == turn.value(application, APPLICATION_CURRENCY)
    pays = own and EC_BALANCE in application.data and cash_suffices(turn, transaction)
    if pays and not ttq & (Ttq.ONLINE_CRYPTOGRAM_REQUIRED | Ttq.CVM_REQUIRED):
        return "TC"
    return "AAC" if Ttq.OFFLINE_ONLY in ttq else "ARQC"


def _ctq(turn: Turn, transaction: Transaction, ttq: Ttq) -> bytes:
    """What the reader is to do: the verification of the holder that the card wants and the reader can."""
    application = transaction.application
    ctq = Ctq.of((turn.value(application, CTQ) or b"").ljust(Ctq.OCTETS, b"\x00")[: Ctq.OCTETS])
    ctq &= ~(Ctq.ONLINE_PIN_REQUIRED | Ctq.SIGNATURE_REQUIRED)
    if Ttq.CVM_REQUIRED in ttq:
        if application.tap_cvm == "online_pin" and Ttq.ONLINE_PIN in ttq:
            ctq |= Ctq.ONLINE_PIN_REQUIRED
        elif application.tap_cvm != "none" and Ttq.SIGNATURE in ttq:
            ctq |= Ctq.SIGNATURE_REQUIRED
    return ctq.octets()
