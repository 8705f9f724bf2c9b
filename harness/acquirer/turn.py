"""One turn of the host: the state, the time, and what the turn leaves behind (records, notes)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from harness.machine import Json, Note, Record

from .settings import HostSettings
from .state import State, apply

HOST_ONLY = ("host",)


def shown_card(pan: str) -> str:
    """First six and last four digits, as a slip shows them; "" for what is no card number."""
    return pan[:6] + "*" * (len(pan) - 10) + pan[-4:] if len(pan) > 10 else ""


class Turn:
    """Handed to every part of the host.  `now` counts from the epoch of the first start, so that it stays right
    after a restart.
    """

    def __init__(self, state: State, settings: HostSettings, now: int, shift_us: int = 0) -> None:
        self.state = state
        self.settings = settings
        self.now: int = now + shift_us
        self.shift_us = shift_us
        self.records: list[Record] = []
        self.notes: list[Note] = []
        self._drawn = 0
        self.begin_request()

    def begin_request(self) -> None:
        """One of the requests of this turn starts: its reference is counted from here."""
        self.first_sequence: int = self.state.sequence

    def record(self, kind: str, **data: Json) -> None:
        """Make a durable record and apply it at once."""
        record = {"kind": kind, **data}
        self.records.append(record)
        apply(self.state, record)

    def note(self, kind: str, data: Mapping[str, Json], seen_by: tuple[str, ...] = HOST_ONLY) -> None:
        """An event for the trace."""
        self.notes.append(Note(kind, data, seen_by))

    def told(self, time_us: int | None) -> int | None:
        """A stored time as the outside counts it in this run."""
        return None if time_us is None else time_us - self.shift_us

    def changed(self, machine: str, subject: str, old: str, new: str, why: str) -> None:
        """Note a change of state."""
        self.note("state", {"machine": machine, "subject": subject, "from": old, "to": new, "why": why})

    def draw(self, purpose: str, octets: int) -> bytes:
        """`octets` (at most 32) that nobody without the seed can foretell.

        Derived from the count of records, so a host that restarts goes on with new values instead of repeating old
        ones.
        """
        self._drawn += 1
        text = f"{purpose}/{self.state.sequence}/{self._drawn}".encode()
        return hashlib.sha256(self.settings.seed + b"/" + text).digest()[:octets]

    def digits(self, purpose: str, count: int) -> str:
        """`count` (at most 18) random decimal digits."""
        return f"{int.from_bytes(self.draw(purpose, 16), 'big') % 10**count:0{count}d}"

    @property
    def clock(self) -> datetime:
        """The host's local date and time."""
        return datetime.fromisoformat(self.state.epoch) + timedelta(microseconds=self.now)

    @property
    def business_date(self) -> date:
        """The settlement day: it changes at the cut-over."""
        return self.business_date_ago(0)

    def business_date_ago(self, us: int) -> date:
        """The settlement day `us` microseconds ago."""
        return (self.clock - timedelta(seconds=self.settings.cut_over_s, microseconds=us)).date()

    def card_hash(self, pan: str) -> str:
        """A name for a card that does not tell its number."""
        return hashlib.sha256(f"{self.state.salt}/{pan}".encode()).hexdigest()[:24] if pan else ""
