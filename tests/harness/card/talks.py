"""Transactions with a card, as tests of the card need them."""

from __future__ import annotations

from typing import Any

from protocols.emv.apdu import Command
from protocols.emv.gpo import AcAnswer, parse_ac
from protocols.emv.issuer_data import Cvr, parse_issuer_data
from protocols.emv.scripts import SecureMessaging

from .reader import Reader, arpc, whole

AID = bytes.fromhex("A000000333010101")
RIGHT, WRONG = "0020008008" + "26123456FFFFFFFF", "0020008008" + "26654321FFFFFFFF"


def ready(name: str = "debit", how: str = "insert", **more: Any) -> Reader:
    reader = Reader(chips={"own": whole(**more)} if more else None)
    assert reader.begin(name, how).ok
    return reader


def verification(answer: AcAnswer) -> Cvr:
    data = parse_issuer_data(answer.issuer_data)
    assert data is not None
    return data.cvr


def asked(reader: Reader, name: str = "debit") -> AcAnswer:
    return parse_ac(reader.generate(name, 0x80).data)


def messaging(reader: Reader, name: str, first: AcAnswer) -> SecureMessaging:
    application = reader.chip(name).applications[0]
    return SecureMessaging(application.scheme, application.keys, first.atc, first.cryptogram)


def online(reader: Reader, name: str = "debit") -> AcAnswer:
    """A whole transaction that the issuer approves."""
    reader.begin(name)
    first = asked(reader, name)
    assert reader.send(Command(0, 0x82, 0, 0, arpc(reader, name, first))).ok
    return parse_ac(reader.generate(name, 0x40, second=True).data)
