"""What a card does not forget: the fold of its durable records.

Records are of one purse, all cards of whoever stands there: each names its card.  A value that is None, or not
there, is the one that the card was personalised with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..machine import Json, Record

ATC_MAX = 0xFFFF
"""A card whose counter is there makes no transaction any more (EMV Book 3 clause 6.5.8)."""


@dataclass(slots=True)
class ApplicationState:
    """Of one application.  `atc`, `last_online_atc`: 0 to FFFF."""

    atc: int = 0
    last_online_atc: int = 0
    blocked: bool | None = None
    offline_count: int = 0
    """Transactions approved offline since the last one that was completed online."""
    online_open: bool = False
    """An ARQC went out, and no transaction was completed online since."""
    authentication_failed: bool = False
    not_authenticated: bool = False
    script_count: int = 0
    script_failed: bool = False
    sda_declined: bool = False
    dda_declined: bool = False
    data: dict[int, bytes] = field(default_factory=dict)
    """Objects that PUT DATA, or electronic cash, changed."""
    records: dict[str, bytes] = field(default_factory=dict)
    """Records that UPDATE RECORD changed, by "SFI/record"."""
    log: list[bytes] = field(default_factory=list)
    """The newest first."""


@dataclass(slots=True)
class CardState:
    """Of one card."""

    insertions: int = 0
    pin: str | None = field(default=None, repr=False)
    pin_tries: int | None = None
    blocked: bool | None = None
    applications: dict[str, ApplicationState] = field(default_factory=dict)

    def application(self, aid: bytes) -> ApplicationState:
        """That of an application: an empty one, which is not kept, where the card has not been used yet."""
        return self.applications.get(aid.hex().upper()) or ApplicationState()


@dataclass(slots=True)
class State:
    """All cards, and what is wrong with them: behaviour by (name, card; "" for every card)."""

    cards: dict[str, CardState] = field(default_factory=dict)
    behaviours: dict[tuple[str, str], dict[str, Json]] = field(default_factory=dict)

    def card(self, name: str) -> CardState:
        """That of a card: an empty one, which is not kept, where it has not been used yet."""
        return self.cards.get(name) or CardState()


LOG_MAX = 255
"""Records that a file may have (ISO/IEC 7816-4)."""
_PLAIN = (
    "atc",
    "last_online_atc",
    "blocked",
    "offline_count",
    "online_open",
    "authentication_failed",
    "not_authenticated",
    "script_count",
    "script_failed",
    "sda_declined",
    "dda_declined",
)


def rebuilt(records: Iterable[Record]) -> State:
    """The state that a card has after these records."""
    state = State()
    for record in records:
        apply(state, record)
    return state


def apply(state: State, record: Record) -> None:
    """One durable fact."""
    match record["kind"]:
        case "inserted":
            _card(state, record).insertions += int(record["count"])
        case "pin":
            card = _card(state, record)
            card.pin_tries = record["tries"]
            card.pin = record.get("pin", card.pin)
        case "card_blocked":
            _card(state, record).blocked = True
        case "application":
            known = _card(state, record).applications.setdefault(record["aid"], ApplicationState())
            _apply_application(known, record)
        case "caused":
            state.behaviours[record["behaviour"], record["card"]] = dict(record["settings"])
        case "healed":
            state.behaviours.pop((record["behaviour"], record["card"]), None)


def _card(state: State, record: Record) -> CardState:
    return state.cards.setdefault(record["card"], CardState())


def _apply_application(known: ApplicationState, record: Mapping[str, Json]) -> None:
    for name in _PLAIN:
        if name in record:
            setattr(known, name, record[name])
    known.data.update({int(tag, 16): bytes.fromhex(value) for tag, value in record.get("data", {}).items()})
    known.records.update({place: bytes.fromhex(value) for place, value in record.get("records", {}).items()})
    if "logged" in record:
        known.log = [bytes.fromhex(record["logged"]), *known.log][:LOG_MAX]
