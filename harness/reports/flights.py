"""Which octets that left one party arrived at the other: the taps at both ends of every link, put side by side.

Octets are compared, stream by stream and in order; nothing else tells a lost frame from one that was damaged, came
twice or came late.  A party that has no taps in the recording (a real host) cannot lose anything that we would know of.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..machine import side_of
from ..trace import Event

Fate = Literal["arrived", "lost", "damaged", "again", "unseen"]
"""arrived; lost on the way; other octets arrived instead; arrived once more; the other end was not recorded."""
ON_THE_WAY_US = 50_000
"""An ACK that left so shortly before the recording's end counts as arrived: nobody waits for it, so a test that fails
shows its transcript while it travels."""

End = tuple[str, str]
"""(party, link as that party names it)."""

FIXED_PEERS: Mapping[End, str] = {
    ("terminal", "register"): "register",
    ("register", "terminal"): "terminal",
}
"""All other links lead to a host."""
CARD = "card"
"""Link and party: what terminal and card say to each other is told by the events `apdu`, not by its octets."""
HOST_LINE: End = ("terminal", "host")
TUNNEL: End = ("register", "tunnel")
"""A tethered terminal notes the messages of its host line; their octets travel through the register's tunnel."""

OPEN_DEPARTURES_MAX = 4_096
"""Departures of one stream that still wait for their arrival; the oldest is given up beyond this."""


@dataclass(slots=True, eq=False)
class Flight:
    """What left `sender` for `receiver`.  Either end may be missing in the recording.

    `out_message`, `in_message`: the decoded message as the two ends noted it.  `hex`: the octets that left (that
    arrived, where the departure was not seen).  `came_octets`: how many arrived, where only a part did.
    """

    sender: str
    receiver: str
    fate: Fate
    sent: Event | None = None
    arrived: Event | None = None
    out_message: Event | None = None
    in_message: Event | None = None
    hex: str = ""
    came_octets: int = 0
    first_message: Event | None = None
    """What arrives again was noted when it left for the first time; that note belongs to the first arrival."""
    more: list[int] = field(default_factory=list)
    """Sequence numbers of further events that belong to it (pieces of it that arrived one by one)."""

    @property
    def events(self) -> list[Event]:
        """The events that it is made of, in order."""
        parts = (self.out_message, self.sent, self.arrived, self.in_message)
        return sorted({e.seq: e for e in parts if e is not None}.values(), key=lambda e: e.seq)

    @property
    def seqs(self) -> tuple[int, ...]:
        return tuple(sorted({*(e.seq for e in self.events), *self.more}))

    @property
    def message(self) -> Event | None:
        """The decoded message; as the sender meant it, where both ends noted it."""
        return self.out_message or self.first_message or self.in_message

    @property
    def is_control(self) -> bool:
        """A lone ACK, NAK or EOT of the serial line."""
        return self.message is None and len(self.hex) == 2


@dataclass(slots=True)
class _Stream:
    """One direction between two parties: departures in order, and what they looked like."""

    waiting: deque[Flight] = field(default_factory=deque)
    done: dict[str, Flight] = field(default_factory=dict)
    part: str = ""
    part_seqs: list[int] = field(default_factory=list)
    part_of: Flight | None = None
    """The departure whose pieces these are."""


def flights_of(events: Sequence[Event]) -> list[Flight]:
    """All flights of a recording, by the place of their first event."""
    matcher = _Matcher(events)
    for event in events:
        matcher.take(event)
    return sorted(matcher.finish(), key=lambda flight: flight.seqs[0])


class _Matcher:
    def __init__(self, events: Iterable[Event]) -> None:
        tapped = (e for e in events if (e.kind == "bytes" or e.data.get("lost")) and not _of_card(e))
        taps = {(e.party, str(e.data.get("link", ""))) for e in tapped}
        self._tapped = {_stand(party) for party, _ in taps}
        self._carried = HOST_LINE not in taps and TUNNEL in taps
        self._flights: list[Flight] = []
        self._streams: dict[tuple[str, str], _Stream] = {}
        self._notes: dict[End, deque[Event]] = {}
        self._landed: dict[End, Flight] = {}
        self._peers: dict[End, str] = dict(FIXED_PEERS)
        self._dialler = "terminal"
        self._end_us = 0

    def take(self, event: Event) -> None:
        self._end_us = max(self._end_us, event.t_us)
        if event.kind not in ("bytes", "message", "link") or _of_card(event):
            return
        end = (event.party, str(event.data.get("link", "")))
        if event.kind == "message" and end == HOST_LINE and self._carried:
            end = TUNNEL
        outward = event.data.get("dir") == "out"
        if event.kind == "link":
            self._link(event, end)
        elif event.kind == "message":
            self._message_out(event, end) if outward else self._message_in(event, end)
        elif outward:
            self._departure(event, end)
        else:
            self._arrival(event, end)

    def finish(self) -> list[Flight]:
        for end in list(self._notes):
            self._give_up_notes(end)
        for (_, receiver), stream in self._streams.items():
            if stream.part and stream.waiting:
                self._land_damaged(stream, self._broken(stream))
            for flight in stream.waiting:
                under_way = flight.is_control and flight.events[0].t_us > self._end_us - ON_THE_WAY_US
                flight.fate = "unseen" if receiver not in self._tapped else "arrived" if under_way else "lost"
        return self._flights

    # links

    def _peer(self, end: End) -> str:
        return self._peers.get(end) or (self._dialler if _stand(end[0]) == "host" else "host")

    def _stream(self, sender: str, receiver: str) -> _Stream:
        return self._streams.setdefault((_stand(sender), _stand(receiver)), _Stream())

    def _link(self, event: Event, end: End) -> None:
        what, peer = event.data.get("what"), str(event.data.get("peer", ""))
        if what == "dial":
            self._dialler = event.party
        elif what == "open" and _stand(end[0]) == "host":
            self._peers[end] = peer if side_of(peer) in ("terminal", "register") else self._dialler
        elif what == "closed" and event.data.get("lost"):
            note = self._next_note(end)
            self._flights.append(Flight(end[0], self._peer(end), "lost", sent=event, out_message=note))
        elif what == "closed":
            self._give_up_notes(end)

    # messages as they were noted

    def _message_out(self, event: Event, end: End) -> None:
        self._notes.setdefault(end, deque()).append(event)
        if _stand(event.party) not in self._tapped:
            note = self._next_note(end)
            self._depart(Flight(event.party, self._peer(end), "unseen", out_message=note), _token(event))

    def _message_in(self, event: Event, end: End) -> None:
        flight = self._landed.pop(end, None)
        if flight is None:
            flight = self._land(end, event, _token(event))
            self._landed.pop(end, None)
        flight.in_message = event

    def _next_note(self, end: End) -> Event | None:
        notes = self._notes.get(end)
        return notes.popleft() if notes else None

    def _give_up_notes(self, end: End) -> None:
        """Messages that were noted and of which no octets left."""
        while (note := self._next_note(end)) is not None:
            self._flights.append(Flight(note.party, self._peer(end), "lost", out_message=note))

    # octets

    def _departure(self, event: Event, end: End) -> None:
        octets = str(event.data.get("hex", ""))
        note = self._next_note(end) if len(octets) > 2 else None
        self._depart(Flight(end[0], self._peer(end), "unseen", sent=event, out_message=note, hex=octets), octets)

    def _depart(self, flight: Flight, octets: str) -> None:
        stream = self._stream(flight.sender, flight.receiver)
        flight.hex = octets
        stream.waiting.append(flight)
        self._flights.append(flight)
        if len(stream.waiting) > OPEN_DEPARTURES_MAX:
            stream.waiting.popleft().fate = "lost"

    def _arrival(self, event: Event, end: End) -> None:
        if "hex" in event.data:
            flight = self._land(end, event, str(event.data["hex"]))
        else:  # the trace keeps no octets of a frame that stayed incomplete
            flight = self._incomplete(end, int(event.data.get("length") or 0))
        flight.arrived = event
        self._landed[end] = flight

    def _incomplete(self, end: End, length: int) -> Flight:
        stream = self._stream(self._peer(end), end[0])
        cut = next((flight for flight in reversed(stream.waiting) if len(flight.hex) > 2 * length), None)
        if cut is None:
            cut = Flight(self._peer(end), end[0], "damaged")
            self._flights.append(cut)
        else:
            stream.waiting.remove(cut)
            self._land_damaged(stream, cut)
        cut.came_octets = length
        return cut

    def _land(self, end: End, event: Event, octets: str) -> Flight:
        """The flight that `octets` at `end` belong to, a new one where none left."""
        self._find_peer(end, octets)
        stream = self._stream(self._peer(end), end[0])
        whole = next((flight for flight in stream.waiting if flight.hex == octets), None)
        if whole is not None:
            stream.waiting.remove(whole)
            whole.receiver = end[0]
            return self._landed_as(stream, whole, "arrived")
        for flight in reversed(stream.waiting):  # what waits longer is lost; what comes broken left last
            so_far = stream.part + octets
            if octets and flight.hex.startswith(so_far):
                return self._piece(stream, flight, event, so_far)
        if (last := self._glued(stream, octets, event)) is not None:
            return last
        if octets in stream.done:
            first = stream.done[octets]
            again = Flight(first.sender, first.receiver, "again", hex=octets, first_message=first.message)
            self._flights.append(again)
            return again
        if stream.waiting and not _is_control(octets):
            return self._land_damaged(stream, self._broken(stream))
        lone = Flight(self._peer(end), end[0], "arrived", hex=octets)
        self._flights.append(lone)
        return lone

    def _find_peer(self, end: End, octets: str) -> None:
        """With real links a host does not see which of several terminals dialled; what arrives first tells."""
        if _stand(end[0]) == "host":
            for (sender, receiver), stream in self._streams.items():
                if receiver == "host" and any(flight.hex == octets for flight in stream.waiting):
                    self._peers[end] = sender
                    return

    def _glued(self, stream: _Stream, octets: str, event: Event) -> Flight | None:
        """One read may bring several departures, and the beginning of one more; the last whole frame among them."""
        rest, found = stream.part + octets, []
        for flight in stream.waiting:
            if flight.hex and rest.startswith(flight.hex):
                found.append(flight)
                rest = rest[len(flight.hex) :]
        begun = next((f for f in stream.waiting if rest and f not in found and f.hex.startswith(rest)), None)
        if not found or (rest and begun is None):
            return None
        found[0].more += stream.part_seqs
        for flight in found:
            stream.waiting.remove(flight)
            self._landed_as(stream, flight, "arrived")
        if begun is not None:
            return self._piece(stream, begun, event, rest)
        return next((flight for flight in reversed(found) if not flight.is_control), found[-1])

    def _piece(self, stream: _Stream, flight: Flight, event: Event, so_far: str) -> Flight:
        """A part of `flight` has come; with the last part it has arrived."""
        stream.part, stream.part_of = so_far, flight
        stream.part_seqs.append(event.seq)
        if so_far != flight.hex:
            return flight
        flight.more += stream.part_seqs
        stream.waiting.remove(flight)
        return self._landed_as(stream, flight, "arrived")

    def _broken(self, stream: _Stream) -> Flight:
        """The departure that came broken: the one of which pieces are there, else the last."""
        begun = next((flight for flight in stream.waiting if flight is stream.part_of), None)
        if begun is None:
            return stream.waiting.pop()
        stream.waiting.remove(begun)
        return begun

    def _land_damaged(self, stream: _Stream, flight: Flight) -> Flight:
        if flight is stream.part_of:
            flight.more += stream.part_seqs
            flight.came_octets = len(stream.part) // 2
        return self._landed_as(stream, flight, "damaged")

    def _landed_as(self, stream: _Stream, flight: Flight, fate: Fate) -> Flight:
        stream.part, stream.part_seqs, stream.part_of = "", [], None
        flight.fate = fate
        stream.done[flight.hex] = flight
        return flight


def _of_card(event: Event) -> bool:
    return CARD in (event.party, event.data.get("link"))


def _stand(party: str) -> str:
    """Terminals are told apart; which of the hosts it is does not matter to who is talking to it."""
    return "host" if side_of(party) == "host" else party


def _is_control(octets: str) -> bool:
    return len(octets) == 2


def _token(event: Event) -> str:
    """What stands for the octets of a message whose party has no taps."""
    fields = event.data.get("fields", {})
    return "/".join([str(event.data.get("mti")), *(str(fields.get(n, "")) for n in ("3", "4", "11", "39", "41", "60"))])
