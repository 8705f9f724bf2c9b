"""What happened, as far as the visible events tell it: exchanges, operations, the provider's answers.

Works on a view (`harness.trace.strip`): what the chosen side could not see is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from ..machine import side_of
from ..trace import Event

Json = Any
Found = TypeVar("Found")
FINANCIAL = ("0100", "0200", "0220")
"""MTIs of requests that move money, or hold it."""


@dataclass(frozen=True)
class Exchange:
    """A request that one side of the host line put out or took in, and the reply that belongs to it, if it was seen."""

    request: Event
    reply: Event | None

    @property
    def party(self) -> str:
        """The terminal or host that saw it."""
        return self.request.party

    @cached_property
    def kind(self) -> str:
        return str(self.request.data.get("kind") or "")

    @cached_property
    def code(self) -> str:
        """F39 of the reply, "" when there is none."""
        return field_of(self.reply, 39) if self.reply else ""


def field_of(event: Event, number: int) -> str:
    """Wire text of a field of a `message` event, "" when absent."""
    fields: Mapping[str, Json] = event.data.get("fields", {})
    return str(fields.get(str(number), ""))


_Key = tuple[str, str, str, str]
"""Who saw it, the MTI of the reply that belongs to it, F11 and F41 of the request."""


def _key(request: Event) -> _Key:
    mti = str(request.data["mti"])
    reply_mti = f"{mti[:2]}{int(mti[2]) + 1}{mti[3]}"
    return request.party, reply_mti, field_of(request, 11), field_of(request, 41)


def _keys_answered_by(reply: Event) -> list[_Key]:
    """What a request has, its reply must have; a request that lacks a field is answered by any value of it."""
    return [
        (reply.party, str(reply.data["mti"]), stan, tid)
        for stan in dict.fromkeys((field_of(reply, 11), ""))
        for tid in dict.fromkeys((field_of(reply, 41), ""))
    ]


class Story:
    """The visible events of one trace.

    A party is asked for by its name ("terminal2", "host2"); "terminal" and "host" stand for all of that side, which is
    one in most recordings.
    """

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = events
        self._by_kind: dict[tuple[str, str | None], list[Event]] = {}
        for event in events:
            for name in dict.fromkeys((None, event.party, side_of(event.party))):
                self._by_kind.setdefault((event.kind, name), []).append(event)
        self._exchanges: dict[str, list[Exchange]] = {}
        self._found: dict[Callable[[Story], Any], Any] = {}

    def once(self, find: Callable[[Story], Found]) -> Found:
        """`find(self)`, looked for once: several symptoms are read off the same finding.  Nobody may change it."""
        if find not in self._found:
            self._found[find] = find(self)
        found: Found = self._found[find]
        return found

    def exchanges(self, party: str) -> list[Exchange]:
        """Requests and replies of the host line as `party` saw them, in the requests' order."""
        if party not in self._exchanges:
            self._exchanges[party] = self._paired(party)
        return list(self._exchanges[party])

    def _paired(self, party: str) -> list[Exchange]:
        asks, gives = ("out", "in") if side_of(party) == "terminal" else ("in", "out")
        found: list[Exchange] = []
        waiting: dict[_Key, list[int]] = {}
        for event in self.of("message", party):
            if not event.data.get("mti"):
                continue
            if event.data["dir"] == asks:
                waiting.setdefault(_key(event), []).append(len(found))
                found.append(Exchange(event, None))
            elif event.data["dir"] == gives:
                open_ = [waiting[key] for key in _keys_answered_by(event) if waiting.get(key)]
                if open_:
                    newest = max(open_, key=lambda numbers: numbers[-1])
                    at = newest.pop()
                    found[at] = Exchange(found[at].request, event)
        return found

    def of(self, kind: str, party: str | None = None) -> Iterator[Event]:
        """Events of one kind, of one party, of one side or of all."""
        return iter(self._by_kind.get((kind, party), ()))

    @cached_property
    def terminals(self) -> tuple[str, ...]:
        """Every terminal of which anything was seen, "terminal" first, then by number."""
        return self._parties("terminal")

    @cached_property
    def hosts(self) -> tuple[str, ...]:
        """Every host of which anything was seen, in the same order."""
        return self._parties("host")

    def _parties(self, side: str) -> tuple[str, ...]:
        names = {event.party for event in self.events if side_of(event.party) == side}
        return tuple(sorted(names, key=lambda name: (len(name), name)))

    def outcomes(self) -> list[tuple[Event, Mapping[str, Json]]]:
        """How each operation ended, as terminal or register told it."""
        return list(self.once(Story._ends))

    def _ends(self) -> list[tuple[Event, Mapping[str, Json]]]:
        ends = (e for e in self.of("operation") if e.data.get("phase") == "end")
        return [(event, event.data["outcome"]) for event in ends if isinstance(event.data.get("outcome"), Mapping)]

    def portal(self, action: str) -> list[tuple[Event, Mapping[str, Json]]]:
        """The provider's answers to one portal action."""
        return [(e, e.data["answer"]) for e in self.of("portal") if e.data.get("action") == action]
