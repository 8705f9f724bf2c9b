"""What pre-authorisations hold back: amounts that are reserved on a card and booked nowhere.

A granted one lowers what the card has left and is no posting: it is in no account and in no settlement totals.  A
completion posts and ends it; the void of the completion, or its reversal, opens it again, for the pre-authorisation as
such was never taken back.  After `VALID_DAYS` it holds nothing more.

Sources: UnionPay's business rules as banks publish them (a completion may be up to 115 % of the pre-authorisation, a
pre-authorisation ends after 30 days).  That exactly the amount is held, and not 115 % of it as some issuers do, is
posrig's choice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.machine import DAY_US

from ..money.ledger import Ledger, Posting

VALID_DAYS = 30
COMPLETION_PERCENT_MAX = 115

AuthorisationState = Literal["open", "voided", "completed", "reversed", "expired"]


@dataclass
class Authorisation:
    """One pre-authorisation.  `key` is its business key, `ended_by` that of the void or completion that ended it.

    `state` never says "expired": that follows from `expires_us` and the time (`state_at`).
    """

    key: str
    mid: str
    tid: str
    batch: str
    stan: str
    date: str
    amount_fen: int
    rrn: str
    auth_id: str
    card: str
    expires_us: int
    state: AuthorisationState = "open"
    ended_by: str = ""

    def state_at(self, now: int) -> AuthorisationState:
        """`state`, and "expired" for an open one that is too old."""
        return "expired" if self.state == "open" and now >= self.expires_us else self.state

    @property
    def completion_max_fen(self) -> int:
        """The largest amount it may be completed with."""
        return self.amount_fen * COMPLETION_PERCENT_MAX // 100


@dataclass
class Void:
    """A pre-authorisation void: `preauth` is the key of what it released."""

    key: str
    preauth: str
    amount_fen: int
    rrn: str
    reversed: bool = False


@dataclass
class Authorisations:
    """All of them and their voids, by business key, and how they are found."""

    all: dict[str, Authorisation] = field(default_factory=dict)
    voids: dict[str, Void] = field(default_factory=dict)
    latest: dict[str, str] = field(default_factory=dict)
    """`MID/TID/BATCH/STAN` to the newest key of a pre-authorisation or of a void."""
    by_card: dict[str, list[str]] = field(default_factory=dict)
    by_reference: dict[str, str] = field(default_factory=dict)
    """`MID/RRN` to the newest one: a completion may name the pre-authorisation by F37 alone."""

    def held_fen(self, card: str, now: int) -> int:
        """What is reserved on the card at `now`."""
        found = (self.all[key] for key in self.by_card.get(card, ()))
        return sum(granted.amount_fen for granted in found if granted.state_at(now) == "open")

    def of_card(self, mid: str, card: str) -> list[Authorisation]:
        """The merchant's on that card, the newest first."""
        return [self.all[key] for key in reversed(self.by_card.get(card, ())) if self.all[key].mid == mid]


# how records change it (`state.FOLD`)


def fold_granted(book: Authorisations, data: dict[str, Any]) -> None:
    """A pre-authorisation was granted: `data` are the fields of Authorisation but `expires_us`, and `at_us`."""
    granted = Authorisation(expires_us=data.pop("at_us") + VALID_DAYS * DAY_US, **data)
    book.all[granted.key] = granted
    book.latest[granted.key.rsplit("/", 1)[0]] = granted.key
    book.by_card.setdefault(granted.card, []).append(granted.key)
    book.by_reference[f"{granted.mid}/{granted.rrn}"] = granted.key


def fold_void(book: Authorisations, data: dict[str, Any]) -> None:
    """A pre-authorisation was voided."""
    void = Void(**data)
    book.voids[void.key] = void
    book.latest[void.key.rsplit("/", 1)[0]] = void.key
    _end(book, void.preauth, "voided", void.key)


def fold_reversal(book: Authorisations, data: dict[str, Any]) -> None:
    """The pre-authorisation, or the void of one, with that key was reversed."""
    key = data["key"]
    if key in book.all:
        book.all[key].state = "reversed"
        return
    void = book.voids[key]
    void.reversed = True
    _reopen(book, void.preauth, key)


def follow(book: Authorisations, ledger: Ledger, posting: Posting, *, undo: bool) -> None:
    """What a posting (or, with `undo`, its reversal) means for a pre-authorisation: a completion ends it, the void of a
    completion opens it again."""
    if posting.preauth:
        completion, ends = posting, not undo
    elif posting.original and ledger.postings[posting.original].preauth and posting.operation == "completion_void":
        completion, ends = ledger.postings[posting.original], undo
    else:
        return
    if ends:
        _end(book, completion.preauth, "completed", completion.key)
    else:
        _reopen(book, completion.preauth, completion.key)


def _end(book: Authorisations, key: str, state: AuthorisationState, by: str) -> None:
    granted = book.all[key]
    granted.state, granted.ended_by = state, by


def _reopen(book: Authorisations, key: str, by: str) -> None:
    granted = book.all[key]
    if granted.ended_by == by:
        granted.state, granted.ended_by = "open", ""


FOLD: Mapping[str, Callable[[Authorisations, dict[str, Any]], None]] = {
    "authorised": fold_granted,
    "authorisation_voided": fold_void,
    "authorisation_reversed": fold_reversal,
}


def rows(book: Authorisations, now: int) -> list[dict[str, Any]]:
    """For snapshots: no card."""
    return [
        {
            "stan": granted.stan,
            "tid": granted.tid,
            "mid": granted.mid,
            "batch": granted.batch,
            "date": granted.date,
            "amount_fen": granted.amount_fen,
            "rrn": granted.rrn,
            "state": granted.state_at(now),
            "voided_by": granted.ended_by.split("/")[1] if granted.state == "voided" else "",
        }
        for granted in book.all.values()
    ]
