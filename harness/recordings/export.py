"""A recording as packets: what Wireshark opens, with the messages in a form that its dissectors read.

TCP sessions become streams of Ethernet frames with addresses that say who is who; a serial line, and the way to a card,
become packets of link types of their own.  What a dissector would stumble over is given to it in its own spelling: a
host's messages as in `respelled`, without length, TPDU and header, and ZVT's serial frames without doubled DLEs.  With
`wire` all octets are as they were on the wire, for whoever wants to see those, and most are then not dissected.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from protocols.text import Lang, Text
from protocols.zvt.framing import END, START, crc

from ..machine import side_of
from ..trace import Event, program_version
from .card_meaning import rows_of
from .meaning import Meaning
from .pcapng import (
    ACK,
    ETHERNET,
    FIN,
    INBOUND,
    OUTBOUND,
    PSH,
    RST,
    RTAC_SERIAL,
    SEGMENT_OCTETS_MAX,
    SYN,
    USER_0,
    USER_1,
    Endpoint,
    Interface,
    interface,
    names,
    packet,
    rtac_frame,
    section,
    tcp_frame,
)
from .reader import Reader
from .respelled import respelled
from .sessions import Session, sessions_of
from .units import CARD, HOST, Spoken, Unit, spoken_in, units_of

EPOCH_US = 946_684_800_000_000
"""A recording has no wall time: its first moment is 2000-01-01 00:00:00 UTC in an export."""
HOST_PORT, ZVT_PORT, REGISTER_PORT = 8583, 20007, 9600
"""20007 is ZVT's (PA00P016); the others are posrig's choice."""
FIRST_PORT, PORTS = 40_000, 20_000
"""Of the ends that dial."""
NETS = {"host": 1, "terminal": 2, "register": 3, "card": 4}
"""The third number of a party's address, 10.0.SIDE.NUMBER."""
COMMENT_MAX = 4_000
"""Characters."""
NEAREST = ("terminal", "register", "host", "card")
"""Of the two ends of a session that were both recorded, that one is exported which stands first here."""

LEFT_OUT = Text("分析器容纳不下", "no room for it in the dissector")
MASKED = Text("录制时屏蔽", "masked when it was recorded")
LOOSE = Text("不属于任何帧", "belongs to no frame")
HIDDEN = Text("{length} 字节，只记录了哈希", "{length} octets, recorded as a hash only")
ENVELOPE = Text("线上还有", "on the wire also")

INTERFACES = (
    Interface(ETHERNET, "tcp", "TCP sessions"),
    Interface(USER_0, "zvt", "ZVT on a serial line: DLT 147, payload protocol zvt"),
    Interface(RTAC_SERIAL, "serial", "serial lines"),
    Interface(USER_1, "card", "what terminal and card say: DLT 148, payload protocol iso7816"),
)
TCP_LINE, ZVT_LINE, SERIAL_LINE, CARD_LINE = range(len(INTERFACES))


@dataclass(frozen=True, slots=True)
class Exported:
    """The file, and what was put into it."""

    octets: bytes
    packets: int
    sessions: int
    protocols: frozenset[str]
    """Of those that Wireshark can read: "iso8583", "zvt-tcp", "zvt-serial", "iso7816"."""


@dataclass(slots=True)
class _Packets:
    """Packets with what they are sorted by."""

    found: list[tuple[int, int, int, bytes]] = field(default_factory=list)

    def add(self, t_us: int, seq: int, line: int, data: bytes, comment: str = "", direction: int = 0) -> None:
        block = packet(line, EPOCH_US + t_us, data, comment, direction)
        self.found.append((t_us, seq, len(self.found), block))


def export(events: Sequence[Event], dialect: str, lang: Lang, *, wire: bool = False, party: str = "") -> Exported:
    """The pcapng file of a recording.  `party`: what that one saw; "": each session once, at the end nearest to the
    terminal.  The same recording gives the same octets.
    """
    sessions = _chosen(sessions_of(events), party)
    reader = Reader(dialect)
    packets = _Packets()
    protocols: set[str] = set()
    for number, session in enumerate(sessions):
        spoken = spoken_in(session)
        said = _Session(session, spoken, reader, lang, wire, packets)
        if spoken.protocol == HOST or spoken.transport == "tcp":
            said.as_tcp(FIRST_PORT + number % PORTS)
        elif spoken.protocol == CARD:
            said.as_apdus()
        else:
            said.as_serial()
        protocols |= _readable(spoken)
    addresses = {address_of(one): one for one in sorted({p for s in sessions for p in (s.party, peer_of(s))})}
    blocks = [section(f"posrig {program_version()}"), *map(interface, INTERFACES), names(addresses)]
    blocks += [block for *_, block in sorted(packets.found, key=lambda one: one[:3])]
    return Exported(b"".join(blocks), len(packets.found), len(sessions), frozenset(protocols))


def _readable(spoken: Spoken) -> set[str]:
    if spoken.protocol in (HOST, CARD):
        return {"iso8583" if spoken.protocol == HOST else CARD}
    return {f"zvt-{spoken.transport}"} if spoken.protocol == "zvt" else set()


def _chosen(sessions: Sequence[Session], party: str) -> list[Session]:
    if party:
        return [one for one in sessions if one.party == party]
    kinds = {(one.side, one.family) for one in sessions}
    near = {family: next((side for side in NEAREST if (side, family) in kinds), "") for _, family in kinds}
    more = {("register", "host")}  # the tunnel: its other end is a host, which the terminal does not dial
    return [one for one in sessions if one.side == near[one.family] or (one.side, one.family) in more]


def peer_of(session: Session) -> str:
    """Who is at the other end; where the recording has an address only, the first of that side."""
    if session.peer and side_of(session.peer) in NETS:
        return session.peer
    if session.family == "register":
        return "register" if session.side == "terminal" else "terminal"
    if session.family == "card":
        return "card" if session.side == "terminal" else "terminal"
    return "terminal" if session.side == "host" else "host"


def address_of(party: str) -> str:
    """10.0.SIDE.NUMBER."""
    side = side_of(party)
    return f"10.0.{NETS.get(side, 9)}.{int(party.removeprefix(side) or 1) % 256}"


class _Session:
    """One session, put into packets."""

    def __init__(
        self, session: Session, spoken: Spoken, reader: Reader, lang: Lang, wire: bool, packets: _Packets
    ) -> None:
        self._session = session
        self._spoken = spoken
        self._reader = reader
        self._lang: Lang = lang
        self._wire = wire
        self._packets = packets

    # TCP --------------------------------------------------------------------------------------------------------

    def as_tcp(self, port: int) -> None:
        session, service = self._session, self._service()
        here, there = address_of(session.party), address_of(peer_of(session))
        ends = (Endpoint(there, port), Endpoint(here, service))
        if not session.accepts:
            ends = (Endpoint(there, service), Endpoint(here, port))
        self._ends = ends
        self._next = [1, 1]
        if session.opened_us is not None:
            self._open(session.opened_us)
        for unit, data, comment in self._segments():
            for start in range(0, max(1, len(data)), SEGMENT_OCTETS_MAX):
                part = data[start : start + SEGMENT_OCTETS_MAX]
                self._segment(unit.out, PSH | ACK if part else ACK, unit.t_us, unit.seq, part, comment)
                comment = ""
        if session.closed_us is not None:
            self._close(session.closed_us)

    def _service(self) -> int:
        if self._spoken.protocol == HOST:
            return HOST_PORT
        return ZVT_PORT if self._spoken.protocol == "zvt" else REGISTER_PORT

    def _segment(self, out: bool, flags: int, t_us: int, seq: int, data: bytes = b"", comment: str = "") -> None:
        mine, other = (1, 0) if out else (0, 1)
        frame = tcp_frame(self._ends[mine], self._ends[other], self._next[mine], self._next[other], flags, data)
        self._packets.add(t_us, seq, TCP_LINE, frame, comment, OUTBOUND if out else INBOUND)
        self._next[mine] += len(data) + bool(flags & (SYN | FIN))

    def _open(self, t_us: int) -> None:
        self._next = [0, 0]
        dials = not self._session.accepts
        seq = self._session.seq
        self._segment(dials, SYN, t_us, seq, comment=self._session.name)
        self._segment(not dials, SYN | ACK, t_us, seq)
        self._segment(dials, ACK, t_us, seq)

    def _close(self, t_us: int) -> None:
        """A reset is the peer's; else whoever closed first."""
        why = self._session.why
        last = max((chunk.seq for chunk in self._session.chunks), default=self._session.seq)
        if why in ("reset", "gone"):
            self._segment(False, RST | ACK, t_us, last)
            return
        mine_first = why != "eof"
        self._segment(mine_first, FIN | ACK, t_us, last)
        self._segment(not mine_first, FIN | ACK, t_us, last)
        self._segment(mine_first, ACK, t_us, last)

    def _segments(self) -> Iterator[tuple[Unit, bytes, str]]:
        if self._wire:
            yield from ((unit, unit.raw or bytes(unit.length), self._comment(unit)) for unit in self._units())
            return
        for unit in self._units():
            if self._spoken.protocol != HOST:
                yield unit, unit.raw or bytes(unit.length), self._comment(unit)
                continue
            meaning = self._reader.read(self._spoken, unit)
            if meaning.message is None or meaning.dialect is None:
                # Octets that the dissector would take for a length lose it for the rest of the stream.
                yield unit, b"", self._comment(unit, f"{unit.raw.hex().upper()}")
                continue
            octets, left_out = respelled(meaning.message, meaning.dialect)
            more = [f"F{number} {text} ({LEFT_OUT.in_(self._lang)})" for number, text in left_out.items()]
            yield unit, octets, self._comment(unit, *_envelope(meaning, self._lang), *more)

    # Serial lines -----------------------------------------------------------------------------------------------

    def as_serial(self) -> None:
        zvt = self._spoken.protocol == "zvt"
        for unit in self._units():
            data = unit.raw or bytes(unit.length)
            if zvt and unit.what == "frame" and not self._wire:
                data = START + unit.payload + END + crc(unit.payload)
            if not zvt:
                data = rtac_frame(unit.t_us, unit.out, data)
            direction = OUTBOUND if unit.out else INBOUND
            line = ZVT_LINE if zvt else SERIAL_LINE
            self._packets.add(unit.t_us, unit.seq, line, data, self._comment(unit), direction)

    # Cards ------------------------------------------------------------------------------------------------------

    def as_apdus(self) -> None:
        """The dissector tells a command by its direction, whoever recorded it, and knows no data objects: these stand
        in the comment."""
        for unit in self._units():
            command = unit.out == (self._session.side != "card")
            said = [
                f"{path} {name.in_(self._lang)} {value} {more.in_(self._lang) if more else ''}".rstrip()
                for path, name, value, more in rows_of(unit)
            ]
            comment = self._comment(unit, *said)
            direction = OUTBOUND if command else INBOUND
            self._packets.add(unit.t_us, unit.seq, CARD_LINE, unit.raw or bytes(unit.length), comment, direction)

    # Words ------------------------------------------------------------------------------------------------------

    def _units(self) -> list[Unit]:
        return units_of(self._session)

    def _comment(self, unit: Unit, *more: str) -> str:
        """Who says what to whom, and what a reader has to know of it."""
        here, there = self._session.party, peer_of(self._session)
        meaning = self._reader.read(self._spoken, unit)
        title = f" {meaning.title.in_(self._lang)}" if meaning.title else ""
        notes = list(more)
        if unit.what == "noise":
            notes.append(LOOSE.in_(self._lang))
        elif unit.what == "hidden":
            notes.append(HIDDEN.format(length=unit.length).in_(self._lang))
        if unit.masked:
            notes.append(f"{MASKED.in_(self._lang)}: {' '.join(unit.masked)}")
        ways = f"{here} > {there}" if unit.out else f"{there} > {here}"
        text = f"{ways}: {meaning.kind}{title}"
        return "\n".join((text, *notes))[:COMMENT_MAX]


def _envelope(meaning: Meaning, lang: Lang) -> list[str]:
    """TPDU and header, which the dissector does not get."""
    there = [f"{name} {meaning.parts[name]}" for name in ("TPDU", "header") if name in meaning.parts]
    return [f"{ENVELOPE.in_(lang)} {', '.join(there)}"] if there else []
