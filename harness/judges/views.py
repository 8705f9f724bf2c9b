"""One terminal with all that the hosts know: how a judge that knows one terminal and one host looks at a fleet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from protocols.text import Text

from ..machine import Json, side_of
from ..trace import Event
from .verdict import Verdict, last_snapshot


def parties(events: Sequence[Event], side: str) -> tuple[str, ...]:
    """Every "terminal" or "host" that the recording knows, the first one first; there is at least that."""
    found = {event.party for event in events if side_of(event.party) == side} | {side}
    return tuple(sorted(found, key=lambda party: (len(party), party)))


def beside_hosts(events: Sequence[Event], terminal: str, hosts: Sequence[str]) -> list[Event]:
    """What `terminal` saw, under the name "terminal", and as the last event the books of all hosts in one snapshot."""
    seen = alone(events, terminal)
    last = {event.party: event for event in events if event.kind == "snapshot" and event.party in hosts}
    if last:
        newest = max(last.values(), key=lambda event: event.seq)
        books = [last[host].data for host in hosts if host in last]
        seen.append(replace(newest, party="host", data=_together(books)))
    return seen


def by_account(events: Sequence[Event], terminal: str, hosts: Sequence[str]) -> dict[str, list[Event]]:
    """`beside_hosts` for each merchant account of `terminal`, under its name, or its name and MID for a further one.

    A view has the books of one account as its terminal's snapshot.  A device and the one that replaced it have the same
    numbers, and one set of books between them.
    """
    seen = beside_hosts(events, terminal, hosts)
    last = next((e for e in reversed(seen) if e.kind == "snapshot" and e.party == "terminal"), None)
    if last is None:
        return {terminal: seen}
    rest = [event for event in seen if event is not last]
    everyone = [books for name in parties(events, "terminal") for books in _books(events, name)]
    views: dict[str, list[Event]] = {}
    for books in _books(events, terminal):
        name = terminal if not views else f"{terminal}/{books['mid']}"
        same = [one for one in everyone if one["tid"] and (one["tid"], one["mid"]) == (books["tid"], books["mid"])]
        views[name] = [*rest, replace(last, data=_joined(books, [one for one in same if one is not books]))]
    return views


def _books(events: Sequence[Event], terminal: str) -> list[Mapping[str, Json]]:
    """The last books of each account of one device."""
    last = last_snapshot(events, terminal)
    return [last, *last.get("accounts", ())] if last else []


def _joined(books: Mapping[str, Json], same: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
    pending = (one["pending_reversal"] for one in (books, *same) if one["pending_reversal"])
    lists = {name: [item for one in (books, *same) for item in one[name]] for name in SHARED_BOOKS}
    return {**books, **lists, "pending_reversal": next(pending, None)}


SHARED_BOOKS = ("entries", "receipts", "unresolved", "settled")


def alone(events: Sequence[Event], party: str) -> list[Event]:
    """What `party` saw, under the name of its side."""
    return by_side([event for event in events if event.party == party])


def by_side(events: Sequence[Event]) -> list[Event]:
    """All events, under the names of their sides."""
    return [event if side_of(event.party) == event.party else _renamed(event) for event in events]


def _renamed(event: Event) -> Event:
    return replace(event, party=side_of(event.party))


NOT_JUDGED_IS_DOUBT = ("I1", "I2")
"""Here "not judged" says that something is still open; elsewhere only that a party did nothing of the kind."""


def all_under(verdicts: Mapping[str, Verdict]) -> Verdict:
    """One verdict over those of several parties: wrong where one is, in doubt where one is, else good where one is."""
    judge = next(iter(verdicts.values())).judge
    wrong = {name: verdict for name, verdict in verdicts.items() if verdict.ok is False}
    good = [verdict for verdict in verdicts.values() if verdict.ok]
    open_ = {name: verdict for name, verdict in verdicts.items() if verdict.ok is None}
    if not wrong and (not open_ or (good and judge not in NOT_JUDGED_IS_DOUBT)):
        return good[0]
    told = wrong or open_
    return Verdict(
        judge,
        False if wrong else None,
        Text(
            "；".join(f"{name}：{verdict.what.zh}" for name, verdict in told.items()),
            "; ".join(f"{name}: {verdict.what.en}" for name, verdict in told.items()),
        ),
        tuple(sorted({stan for verdict in told.values() for stan in verdict.stans})),
        tuple(sorted({seq for verdict in told.values() for seq in verdict.events})),
    )


def _together(books: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
    """The lists of several hosts' snapshots, one behind the other.  A terminal's number is one host's alone."""
    joined: dict[str, Json] = {}
    for book in books:
        for key, value in book.items():
            if isinstance(value, list):
                joined[key] = [*joined.get(key, ()), *value]
            else:
                joined.setdefault(key, value)
    return joined
