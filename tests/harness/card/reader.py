"""A reader for tests: puts cards in, sends commands, keeps what the card made durable."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from harness.card.card import Card
from harness.card.files import chip_from
from harness.card.profile import Chip
from harness.card.settings import CardSettings
from harness.machine import Answer, Ask, Close, Closed, Effect, Note, Opened, Persist, Received, Record, Send, Wake
from protocols.emv.apdu import Command, Response, parse_response
from protocols.emv.commands import PPSE, PSE, get_processing_options, select
from protocols.emv.cryptograms import arpc_session_key, issuer_authentication_data
from protocols.emv.dol import fill_dol
from protocols.emv.gpo import AcAnswer

LINK = "c1"
VECTORS = Path(__file__).parents[2] / "protocols" / "vectors" / "emv.json"

TOLD: Mapping[int, bytes] = {
    0x9F02: bytes.fromhex("000000010000"),
    0x9F03: bytes(6),
    0x9F1A: bytes.fromhex("0156"),
    0x95: bytes(5),
    0x5F2A: bytes.fromhex("0156"),
    0x9A: bytes.fromhex("261122"),
    0x9C: b"\x00",
    0x9F37: bytes.fromhex("01020304"),
    0x9F66: bytes.fromhex("26000000"),
    0x8A: b"00",
}
"""What a terminal says in a sale of 100 yuan; 9F66: qPBOC, online PIN and signature."""


@lru_cache(maxsize=1)
def vectors() -> Any:
    """Published values."""
    return json.loads(VECTORS.read_text(encoding="utf-8"))


def example(name: str) -> Any:
    """One published cryptogram."""
    return next(one for one in vectors()["cryptogram"] if one["id"] == name)


class Pulled(Exception):
    """The card is out."""


class Reader:
    """One reader with one card at a time."""

    def __init__(self, records: tuple[Record, ...] = (), chips: Mapping[str, Chip] | None = None) -> None:
        self.settings = CardSettings(rng=random.Random(7), chips=chips or {})
        self.records: list[Record] = list(records)
        self.notes: list[Note] = []
        self.machine = self._made()
        self.now = 0
        self.answers: list[bytes] = []
        self.out = True

    def _made(self) -> Card:
        machine = Card(self.settings)
        machine.start(tuple(self.records), 0)
        return machine

    def restart(self) -> None:
        """The power of the whole bench fails."""
        self.machine, self.out = self._made(), True

    def handle(self, event: Any) -> list[Effect]:
        effects = self.machine.handle(event, self.now)
        for effect in effects:
            match effect:
                case Persist(records=records):
                    self.records += json.loads(json.dumps(records))
                case Note():
                    self.notes.append(effect)
                case Send(data=data):
                    self.answers.append(data)
                case Close():
                    self.out = True
        return effects

    def put_in(self, name: str, how: str = "insert") -> bytes:
        """The ATR; nothing from a mute card."""
        self.answers, self.out = [], False
        self.handle(Opened(LINK, f"{name}/{how}"))
        return self.answers.pop() if self.answers else b""

    def take_out(self) -> None:
        self.out = True
        self.handle(Closed(LINK, "local"))

    def octets(self, data: bytes) -> bytes | None:
        """What the card sends back, None where it says nothing.  Raises Pulled where it is out before it answers."""
        self.answers = []
        self.handle(Received(LINK, data))
        if self.answers:
            return self.answers[0]
        if self.out:
            raise Pulled
        return None

    def send(self, command: Command | str) -> Response:
        """The answer to a command, or to one that is written in hex."""
        octets = bytes.fromhex(command) if isinstance(command, str) else command.build()
        answer = self.octets(octets)
        assert answer is not None, "the card hangs"
        return parse_response(answer)

    def wait(self, us: int) -> None:
        self.now += us
        self.handle(Wake())

    def ask(self, name: str, **args: Any) -> Any:
        """The answer to a request of the bench, which must be legal."""
        (answer,) = [one for one in self.handle(Ask("control", name, args, 1)) if isinstance(one, Answer)]
        assert answer.ok, answer.value
        return answer.value

    def refused(self, name: str, **args: Any) -> str:
        """Why a request of the bench is not legal."""
        (answer,) = [one for one in self.handle(Ask("control", name, args, 1)) if isinstance(one, Answer)]
        assert not answer.ok
        return str(answer.value["error"]["en"])

    # a transaction

    def chip(self, name: str) -> Chip:
        found = self.settings.chip(name)
        assert found is not None
        return found

    def begin(self, name: str, how: str = "insert", told: Mapping[int, bytes] = TOLD) -> Response:
        """From the ATR to the answer of GET PROCESSING OPTIONS."""
        self.put_in(name, how)
        self.send(select(PSE if how == "insert" else PPSE))
        application = self.chip(name).applications[0]
        self.send(select(application.aid))
        pdol = application.pdol["tap" if how == "tap" else "insert"]
        return self.send(get_processing_options(fill_dol(pdol, told)))

    def generate(self, name: str, p1: int, second: bool = False, told: Mapping[int, bytes] = TOLD) -> Response:
        """GENERATE AC with what the card's list asks for."""
        application = self.chip(name).applications[0]
        data = fill_dol(application.cdol2 if second else application.cdol1, told)
        return self.send(Command(0x80, 0xAE, p1, 0, data, 256))


def whole(**more: Any) -> Chip:
    """A card of the test's own: the debit card's file with other keys."""
    table = {"kind": "debit", "pan": "6212142000000000012", **more}
    return chip_from(table, "own.toml")


def arpc(reader: Reader, name: str, first: AcAnswer, arc: bytes = b"00") -> bytes:
    """What an issuer with the card's keys answers."""
    application = reader.chip(name).applications[0]
    key = arpc_session_key(application.scheme, application.keys.ac, first.atc, TOLD[0x9F37])
    return issuer_authentication_data(application.scheme, key, first.cryptogram, arc)
