"""A card with power: what it forgets when the power goes, and the turn in which it takes a command."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from protocols.emv.apdu import Response
from protocols.emv.commands import AcKind
from protocols.emv.issuer_data import Cvr

from ..machine import Effect, Json, Note, Persist, Record
from .profile import Application, Chip, Directory, How
from .state import ApplicationState, CardState, State, apply

SEEN = ("card",)

Stage = Literal["selected", "started", "asked", "done"]
"""Behind SELECT, GET PROCESSING OPTIONS, a first GENERATE AC that asks for the issuer (ARQC), the last GENERATE AC."""


@dataclass(slots=True)
class Transaction:
    """What one transaction knows, from SELECT on.  `values`: what the terminal told, by tag."""

    application: Application
    stage: Stage = "selected"
    way: str = "insert"
    atc: int = 0
    values: dict[int, bytes] = field(default_factory=dict)
    pin_verified: bool | None = None
    """None: no offline PIN was offered."""
    dda_done: bool = False
    issuer_authenticated: bool | None = None
    """None: the issuer has not been authenticated."""
    ac: bytes = b""
    """The cryptogram that the issuer answers, and scripts refer to: the first of the transaction."""
    first: AcKind = "AAC"
    """What the first GENERATE AC gave."""
    scripts: int = 0
    """Script commands with a good MAC so far."""
    signed_data: bytes = b""
    """Values of PDOL and CDOLs as they came: what CDA covers."""
    before: Cvr = field(default_factory=Cvr.none)
    scripts_before: int = 0
    """What the transactions before left to tell, taken when this one began."""


@dataclass(slots=True)
class Session:
    """From ATR to power-off.  `selected`: what SELECT found."""

    chip: Chip
    how: How
    muted: bool = False
    """Not a word more until it is put in again."""
    hanging: bool = False
    """Not a word more until it is reset."""
    directory: Directory | None = None
    transaction: Transaction | None = None
    named: bytes = b""
    """What the last SELECT asked for, and which of those that begin so is the next; -1: there is none."""
    found: int = -1
    challenge: bytes | None = None
    count: int = 0
    """Commands since the ATR."""
    counts: Counter[str] = field(default_factory=Counter)
    """The same by name."""


class Turn:
    """One command: the card's durable state, and what the turn leaves behind."""

    def __init__(self, state: State, session: Session, rng: Random) -> None:
        self._state = state
        self.session = session
        self.rng = rng
        self.challenge: bytes | None = session.challenge
        """What GET CHALLENGE gave: it counts for the command behind it alone."""
        self.records: list[Record] = []
        self.notes: list[Note] = []

    @property
    def card(self) -> CardState:
        return self._state.card(self.session.chip.name)

    def application(self, application: Application) -> ApplicationState:
        """Its durable state."""
        return self.card.application(application.aid)

    def record(self, kind: str, **data: Json) -> None:
        """Make a durable record and apply it at once."""
        record = {"kind": kind, "card": self.session.chip.name, **data}
        self.records.append(record)
        apply(self._state, record)

    def change(self, application: Application, **data: Json) -> None:
        """A record of one application: fields of `ApplicationState`; octets as hex."""
        self.record("application", aid=application.aid.hex().upper(), **data)

    def changed(self, what: str, old: str, new: str, why: str) -> None:
        """Tell the trace of a change that lasts."""
        data = {"machine": what, "subject": self.session.chip.name, "from": old, "to": new, "why": why}
        self.notes.append(Note("state", data, SEEN))

    def behaviour(self, name: str) -> dict[str, Json] | None:
        """The settings of what is wrong with this card, None where it is not."""
        known = self._state.behaviours
        found = known.get((name, self.session.chip.name))
        return known.get((name, "")) if found is None else found

    def strikes(self, name: str) -> bool:
        """Whether a behaviour without settings is on."""
        return self.behaviour(name) is not None

    def effects(self) -> list[Effect]:
        """Durable before it is told."""
        kept: list[Effect] = [Persist(tuple(self.records))] if self.records else []
        return [*kept, *self.notes]

    @property
    def pin_tries(self) -> int:
        left = self.card.pin_tries
        return self.session.chip.pin_tries if left is None else left

    @property
    def pin(self) -> str:
        return self.session.chip.pin if self.card.pin is None else self.card.pin

    @property
    def card_blocked(self) -> bool:
        return self.session.chip.blocked if self.card.blocked is None else self.card.blocked

    def application_blocked(self, application: Application) -> bool:
        """Whether an issuer, or the card itself, has blocked it."""
        known = self.application(application).blocked
        return application.blocked if known is None else known

    def value(self, application: Application, tag: int) -> bytes | None:
        """A data object as it stands by now."""
        changed = self.application(application).data.get(tag)
        return application.data.get(tag) if changed is None else changed


def status(sw: int) -> Response:
    """An answer without data."""
    return Response(b"", sw)


OK = status(0x9000)
WRONG_LENGTH = status(0x6700)
NOT_NOW = status(0x6985)
WRONG_DATA = status(0x6A80)
WRONG_P1P2 = status(0x6A86)
NOT_FOUND = status(0x6A82)
NO_RECORD = status(0x6A83)
NO_DATA = status(0x6A88)
NO_INSTRUCTION = status(0x6D00)
NO_CLASS = status(0x6E00)
NOT_SUPPORTED = status(0x6A81)
