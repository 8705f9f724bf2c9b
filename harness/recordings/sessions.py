"""A recording's sessions: one for each time a link was open at one party, with its octets and their times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from protocols.errors import RemoteError
from protocols.registers import Transport
from protocols.text import Text

from ..machine import Json, side_of
from ..trace import Event

BAD_OCTETS = Text("第 {seq} 个事件的字节读不出来（{why}）", "the octets of event {seq} cannot be read ({why})")
BAD_OCTETS_CURE = Text("文件被改动过；请重录或重新复制", "The file was changed: record or copy it again")

Family = Literal["host", "register", "card"]
"""What is spoken: with a host, between register and terminal, or between terminal and card."""

REGISTER_LINKS = frozenset((("terminal", "register"), ("register", "terminal")))
"""(side, link): the two ends of the cable."""
CARD = "card"
"""The party, and a terminal's link to it."""
LINKS_MAX = 4_096
"""Links that are open at one time, over all parties; a session beyond it ends the oldest."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Octets as they went in one piece.  `octets` None: only their number and keyed hash were recorded."""

    seq: int
    t_us: int
    out: bool
    length: int
    octets: bytes | None
    hash: str = ""
    masked: tuple[str, ...] = ()
    """What was replaced when they were recorded ("F2", "9F0B")."""


@dataclass(frozen=True, slots=True)
class Session:
    """`number` counts from 1 for each party and link.  `opened_us` and `closed_us` are None where the recording begins
    behind the opening, or ends before the end.  `why`: the reason of the end, "" while open.

    `protocol`, `transport`: the register's, where the recording names them; "" where it does not.
    """

    party: str
    link: str
    number: int
    seq: int
    """Of its first event."""
    peer: str = ""
    device: str = ""
    opened_us: int | None = None
    closed_us: int | None = None
    why: str = ""
    protocol: str = ""
    transport: Transport = "serial"
    chunks: tuple[Chunk, ...] = ()

    @property
    def side(self) -> str:
        """What the party is, whatever its number."""
        return side_of(self.party)

    @property
    def family(self) -> Family:
        """Told by party and link."""
        return family_of(self.party, self.link)

    @property
    def name(self) -> str:
        """`terminal/host/3`."""
        return f"{self.party}/{self.link}/{self.number}"

    @property
    def begins_us(self) -> int:
        """When it was opened, or its first octets."""
        if self.opened_us is not None:
            return self.opened_us
        return self.chunks[0].t_us if self.chunks else self.closed_us or 0

    @property
    def accepts(self) -> bool:
        """The party was dialled: a host, a card, or a terminal where its register reaches it."""
        return self.side in ("host", CARD) or (self.side == "terminal" and self.family == "register")


def family_of(party: str, link: str) -> Family:
    """What is spoken on a link."""
    if CARD in (side_of(party), link):
        return "card"
    return "register" if (side_of(party), link) in REGISTER_LINKS else "host"


@dataclass(slots=True)
class _Open:
    """A session that is being read."""

    session: Session
    chunks: list[Chunk] = field(default_factory=list)


class _Reader:
    def __init__(self) -> None:
        self.done: list[Session] = []
        self._open: dict[tuple[str, str], _Open] = {}
        self._numbers: dict[tuple[str, str], int] = {}
        self._spoken: dict[tuple[str, str], tuple[str, Transport]] = {}

    def read(self, event: Event) -> None:
        key = (event.party, str(event.data.get("link", "")))
        if event.kind == "bytes":
            self._at(key, event).chunks.append(_chunk(event))
            return
        match event.kind == "link" and event.data.get("what"):
            case "open":
                self._end(key, None, "")
                self._begin(key, event, opened=True)
            case "closed" if key in self._open:
                self._end(key, event.t_us, str(event.data.get("reason", "")))
            case "protocol":
                transport = event.data.get("transport")
                self._spoken[key] = str(event.data.get("protocol", "")), "tcp" if transport == "tcp" else "serial"

    def finish(self) -> list[Session]:
        for key in list(self._open):
            self._end(key, None, "")
        return sorted(self.done, key=lambda session: session.seq)

    def _at(self, key: tuple[str, str], event: Event) -> _Open:
        if key not in self._open:
            self._begin(key, event, opened=False)
        return self._open[key]

    def _begin(self, key: tuple[str, str], event: Event, opened: bool) -> None:
        if len(self._open) >= LINKS_MAX:
            self._end(next(iter(self._open)), None, "")
        self._numbers[key] = number = self._numbers.get(key, 0) + 1
        data: Mapping[str, Json] = event.data if opened else {}
        self._open[key] = _Open(
            Session(
                *key,
                number,
                event.seq,
                peer=str(data.get("peer", "")),
                device=str(data.get("device", "")),
                opened_us=event.t_us if opened else None,
            )
        )

    def _end(self, key: tuple[str, str], at_us: int | None, why: str) -> None:
        found = self._open.pop(key, None)
        if found is not None:
            protocol, transport = self._spoken.get(key, ("", "serial"))
            ended = replace(found.session, closed_us=at_us, why=why, chunks=tuple(found.chunks))
            self.done.append(replace(ended, protocol=protocol, transport=transport))


def _chunk(event: Event) -> Chunk:
    data = event.data
    try:
        text = data.get("hex")
        octets = None if text is None else bytes.fromhex(text)
        length = int(data.get("length", 0)) if octets is None else len(octets)
        masked = tuple(str(name) for name in data.get("masked", ()))
    except (TypeError, ValueError) as error:  # a line was edited by hand, and is still JSON
        raise RemoteError(BAD_OCTETS.format(seq=event.seq, why=error), BAD_OCTETS_CURE) from error
    return Chunk(event.seq, event.t_us, data.get("dir") == "out", length, octets, str(data.get("hash", "")), masked)


def sessions_of(events: Sequence[Event]) -> list[Session]:
    """All sessions of a recording, in the order in which they began.

    Raises RemoteError for octets that are no hex, as a file that was edited by hand may have.
    """
    reader = _Reader()
    for event in events:
        reader.read(event)
    return reader.finish()
