"""Links in memory: wires and dialled connections between the parties of a simulated world.

Octets only; no message is known here.  Both ends of every link are tapped into the trace.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from ..machine import SECOND_US, Closed, Connect, Event, Json, Opened, Received
from .certificates import Served, refusal
from .faults import Cut, Delivery, Outcome, Stream
from .leads import Lead, Leads

UNREACHABLE_AFTER_US = 3 * SECOND_US
"""How long a dial takes that no route leads to (Linux tells "no route to host" after about three seconds)."""

DIAL_TIMEOUT_US = 20 * SECOND_US
"""How long a dial takes whose packets are swallowed."""

NAME_NOT_FOUND_AFTER_US = 50_000
"""How long a name server takes to say that there is no such name."""

NO_LINE_AFTER_US = 5 * SECOND_US
"""How long a modem looks for a network, or asks for an access point, before it gives up."""

HANDSHAKE_TRIPS = 2
"""TLS 1.3: hello there and back, then the end of the handshake goes with the first octets."""

_KNOWN_AFTER_US = {
    "unreachable": UNREACHABLE_AFTER_US,
    "timeout": DIAL_TIMEOUT_US,
    "name-not-found": NAME_NOT_FOUND_AFTER_US,
    "no-line": NO_LINE_AFTER_US,
}

WIRE_REPLUG_AFTER_US = SECOND_US
"""A wire that a fault pulled is plugged in again after this time; a spent plan leaves a healthy link."""

End = tuple[str, str]
"""(party, link as that party names it)."""

_STREAMS: tuple[Stream, Stream] = ("upstream", "downstream")


class LinkFaults(Protocol):
    """`harness.links.faulty.Faulty`: what happens to octets between two ends.  None stands for a healthy link."""

    def dialled(self) -> str: ...

    def opened(self, now_us: int) -> Sequence[Outcome]: ...

    def push(self, stream: Stream, data: bytes, now_us: int) -> Sequence[Outcome]: ...

    def closed(self, stream: Stream, now_us: int) -> Sequence[Outcome]: ...


class World(Protocol):
    """What a network needs of the engine."""

    @property
    def now_us(self) -> int: ...

    def is_up(self, party: str) -> bool: ...

    def later(self, at_us: int, action: Callable[[], None]) -> None: ...

    def deliver(self, party: str, event: Event) -> None: ...

    def record(self, party: str, kind: str, data: Mapping[str, Json]) -> None: ...


@dataclass(slots=True, eq=False)
class Cable:
    """A way between two parties: wired for good (`far_link` named), or dialled anew each time (`far_link` empty).

    `leads`: where addresses lead that are dialled here; None: all of them to `far_party`.
    """

    near: End
    far_party: str
    far_link: str
    latency_us: int = 0
    faults: LinkFaults | None = None
    leads: Leads | None = None
    device: str = ""
    """Who is at the far end of a wire, by which the near end knows it again."""
    told: bool = False
    """The far end gets the address that was dialled as its peer: a reader which card was put in, and how."""
    plugged: int = 0
    """How often a wire was plugged in: each time the near end has it under another name."""

    def lead(self, wanted: Connect) -> Lead:
        reason = "" if self.faults is None else self.faults.dialled()
        if reason:
            return Lead(reason=reason)
        return Lead(self.far_party) if self.leads is None else self.leads(wanted)


@dataclass(slots=True, eq=False)
class Connection:
    """An open cable.  End 0 dialled (its octets flow upstream), end 1 serves."""

    cable: Cable
    ends: tuple[End, End]
    open: list[bool] = field(default_factory=lambda: [True, True])
    in_vain: bool = False
    """End 1 wants TLS and end 0 speaks none: whoever serves there never hears of it."""

    def side(self, end: End) -> int:
        return 0 if self.ends[0] == end else 1


class Network:
    """All cables of one world, and the connections that are open on them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._cables: dict[End, Cable] = {}
        self._wires: list[Cable] = []
        self._open: dict[End, Connection] = {}
        self._accepted: dict[str, int] = {}
        self._dialling: dict[End, object] = {}
        self._served: dict[str, Served] = {}

    # Cables -----------------------------------------------------------------------------------------------------

    def wire(self, near: End, far: End, latency_us: int, faults: LinkFaults | None, device: str) -> None:
        cable = Cable(near, far[0], far[1], latency_us, faults, device=device)
        self._cables[near] = self._cables[far] = cable
        self._wires.append(cable)
        self._plug(cable)

    def route(
        self,
        near: End,
        far_party: str,
        latency_us: int,
        faults: LinkFaults | None,
        leads: Leads | None,
        told: bool = False,
    ) -> None:
        self._cables[near] = Cable(near, far_party, "", latency_us, faults, leads, told=told)

    def set_faults(self, near: End, faults: LinkFaults | None) -> None:
        cable = self._cables[near]
        cable.faults = faults
        for connection in dict.fromkeys(c for c in self._open.values() if c.cable is cable):
            self._follow(connection, self._begin(cable))
        if cable.far_link and faults is None:
            self._plug(cable)

    def serve(self, party: str, served: Served) -> None:
        """How `party` takes connections; without this it speaks no TLS."""
        self._served[party] = served

    # What machines ask for --------------------------------------------------------------------------------------

    def send(self, end: End, data: bytes) -> None:
        connection = self._open.get(end)
        if connection is None:
            self._world.record(end[0], "link", {"link": end[1], "what": "closed", "reason": "gone", "lost": len(data)})
            return
        self._tap(end, "out", data)
        if connection.in_vain:
            after_us = 2 * connection.cable.latency_us
            self._world.later(self._world.now_us + after_us, self._ending(connection, 0, "eof"))
            return
        stream = _STREAMS[connection.side(end)]
        faults, now = connection.cable.faults, self._world.now_us
        if faults is None:
            self._follow(connection, (Delivery(now, stream, data),))
        else:
            self._follow(connection, faults.push(stream, data, now))

    def close(self, end: End) -> None:
        """The party closes its end, or gives up dialling; its peer is told after what is still under way to it.

        The closing party itself is told nothing: it knows, and may have dialled the same link again meanwhile.
        """
        self._dialling.pop(end, None)
        connection = self._open.get(end)
        if connection is None:
            return
        side = connection.side(end)
        self._end(connection, side, "local")
        faults, now = connection.cable.faults, self._world.now_us
        stream = _STREAMS[side]
        outcomes = (Cut(now, "eof", stream),) if faults is None else faults.closed(stream, now)
        self._follow(connection, outcomes)

    def dial(self, end: End, wanted: Connect) -> None:
        """Lead to Opened or to Closed with the reason."""
        dialled: dict[str, Json] = {"link": end[1], "what": "dial", "peer": wanted.address}
        self._world.record(end[0], "link", dialled | ({} if wanted.tls is None else {"tls": True}))
        self._dialling[end] = object()
        cable = self._cables.get(end)
        if cable is None or cable.far_link:
            self._refuse(end, "unreachable", UNREACHABLE_AFTER_US)
        elif end in self._open:
            self._refuse(end, "refused", 0)
        else:
            lead = cable.lead(wanted)
            if lead.reason in _KNOWN_AFTER_US:
                self._refuse(end, lead.reason, _KNOWN_AFTER_US[lead.reason])
            else:
                far = "" if lead.reason == "refused" else lead.to
                trips = 2 if wanted.tls is None else 2 + HANDSHAKE_TRIPS
                self._after_dial(end, trips * cable.latency_us, lambda: self._answer_dial(end, cable, far, wanted))

    # Power ------------------------------------------------------------------------------------------------------

    def party_up(self, party: str) -> None:
        """Its wires are open, newly or still (`party_down`)."""
        for cable in self._wires:
            for end in (cable.near, (cable.far_party, cable.far_link)):
                if end[0] == party and end in self._open:
                    self._world.deliver(party, Opened(end[1]))
                elif end[0] == party:
                    self._plug(cable)

    def party_down(self, party: str, *, wires: bool = True) -> None:
        """All links of `party` are gone; peers are told "reset" where they were dialled, "gone" on a wire.

        `wires` False: wires stay plugged in, as when a device starts again by itself.
        """
        for end in [e for e in self._dialling if e[0] == party]:
            del self._dialling[end]
        ends = [(e, c) for e, c in self._open.items() if e[0] == party and (wires or not c.cable.far_link)]
        for end, connection in ends:
            side = connection.side(end)
            self._end(connection, side, "local")
            reason = "gone" if connection.cable.far_link else "reset"
            cut = Cut(self._world.now_us, reason, _STREAMS[side])
            self._follow(connection, (cut,))
            if connection.cable.far_link:  # it may be up again before its peer has seen the wire gone
                at_us = self._world.now_us + connection.cable.latency_us
                self._world.later(at_us, partial(self._plug, connection.cable))

    # Inside -----------------------------------------------------------------------------------------------------

    def _plug(self, cable: Cable) -> None:
        ends = (cable.near, (cable.far_party, cable.far_link))
        if any(end in self._open or not self._world.is_up(end[0]) for end in ends):
            return
        self._establish(cable, ends, self._begin(cable))

    def _after_dial(self, end: End, after_us: int, action: Callable[[], None]) -> None:
        """Do `action` unless the dialler has given up or dialled anew in the meantime."""
        token = self._dialling[end]

        def act() -> None:
            if self._dialling.get(end) is token:
                action()

        self._world.later(self._world.now_us + after_us, act)

    def _refuse(self, end: End, reason: str, after_us: int) -> None:
        def tell() -> None:
            del self._dialling[end]
            self._world.record(end[0], "link", {"link": end[1], "what": "closed", "reason": reason})
            self._world.deliver(end[0], Closed(end[1], reason))

        self._after_dial(end, after_us, tell)

    def _answer_dial(self, end: End, cable: Cable, far: str, wanted: Connect) -> None:
        """`far` is the party that was dialled, "" for a place where nobody listens."""
        if not far or not self._world.is_up(far) or end in self._open:
            self._refuse(end, "refused", 0)
            return
        first = () if cable.faults is None else cable.faults.opened(self._world.now_us)
        if cable.faults is not None and any(_refuses(outcome) for outcome in first):
            for stream in _STREAMS:
                cable.faults.closed(stream, self._world.now_us)
            self._refuse(end, "refused", 0)
            return
        tls = wanted.tls
        refused = "" if tls is None else refusal(tls, self._served.get(far, Served()))
        if refused:
            self._refuse(end, refused, 0)
            return
        del self._dialling[end]
        if tls is None and self._served.get(far, Served()).certificate is not None:
            self._open_in_vain(end, cable, far)
            return
        number = self._accepted[far] = self._accepted.get(far, 0) + 1
        self._establish(cable, (end, (far, f"c{number}")), first, wanted.address if cable.told else "")

    def _open_in_vain(self, end: End, cable: Cable, far: str) -> None:
        """The port takes the connection, and hangs up when what comes is no handshake."""
        self._open[end] = Connection(cable, (end, (far, "")), [True, False], in_vain=True)
        self._world.record(end[0], "link", {"link": end[1], "what": "open", "peer": far})
        self._world.deliver(end[0], Opened(end[1], far))

    def _begin(self, cable: Cable) -> Sequence[Outcome]:
        """Start the faults on an open connection: "refused" resets it; a wire stays, and swallows what is sent."""
        if cable.faults is None:
            return ()
        outcomes = cable.faults.opened(self._world.now_us)
        if cable.far_link:
            return [o for o in outcomes if not _refuses(o)]
        return [Cut(o.at_us, "reset") if isinstance(o, Cut) and _refuses(o) else o for o in outcomes]

    def _establish(self, cable: Cable, ends: tuple[End, End], first: Sequence[Outcome], told: str = "") -> None:
        connection = Connection(cable, ends)
        cable.plugged += 1
        peers = ends[1][0], told or ends[0][0]
        for side in (1, 0):
            end, peer = ends[side], peers[side]
            self._open[end] = connection
            named = {"port": f"port{cable.plugged}", "device": cable.device} if cable.device and side == 0 else {}
            self._world.record(end[0], "link", {"link": end[1], "what": "open", "peer": peer, **named})
        for side in (1, 0):
            self._world.deliver(ends[side][0], Opened(ends[side][1], peers[side]))
        self._follow(connection, first)

    def _follow(self, connection: Connection, outcomes: Sequence[Outcome]) -> None:
        latency_us = connection.cable.latency_us
        for outcome in outcomes:
            if isinstance(outcome, Delivery):
                side = 1 if outcome.stream == "upstream" else 0
                self._world.later(outcome.at_us + latency_us, self._arrival(connection, side, outcome.data))
            elif outcome.stream is None:
                self._world.later(outcome.at_us + latency_us, self._breaking(connection, outcome))
            else:
                side = 1 if outcome.stream == "upstream" else 0
                self._world.later(outcome.at_us + latency_us, self._ending(connection, side, outcome.reason))

    def _arrival(self, connection: Connection, side: int, data: bytes) -> Callable[[], None]:
        def arrive() -> None:
            if connection.open[side]:
                party, link = end = connection.ends[side]
                self._tap(end, "in", data)
                self._world.deliver(party, Received(link, data))

        return arrive

    def _ending(self, connection: Connection, side: int, reason: str) -> Callable[[], None]:
        def end() -> None:
            if connection.open[side]:
                party, link = connection.ends[side]
                self._end(connection, side, reason)
                self._world.deliver(party, Closed(link, reason))

        return end

    def _breaking(self, connection: Connection, cut: Cut) -> Callable[[], None]:
        """Both ends break, unless the fault that says so has been taken away in the meantime."""
        cable, faults = connection.cable, connection.cable.faults

        def break_() -> None:
            if cable.faults is not faults or not any(connection.open):
                return
            for side in (1, 0):
                self._ending(connection, side, cut.reason)()
            away_us = WIRE_REPLUG_AFTER_US if cut.away_us is None else cut.away_us
            if cable.far_link and away_us:
                self._world.later(self._world.now_us + away_us, lambda: self._plug(cable))

        return break_

    def _end(self, connection: Connection, side: int, reason: str) -> None:
        end = connection.ends[side]
        connection.open[side] = False
        del self._open[end]
        self._world.record(end[0], "link", {"link": end[1], "what": "closed", "reason": reason})

    def _tap(self, end: End, direction: str, data: bytes) -> None:
        self._world.record(end[0], "bytes", {"link": end[1], "dir": direction, "hex": data.hex().upper()})


def _refuses(outcome: Outcome) -> bool:
    return isinstance(outcome, Cut) and outcome.reason == "refused"
