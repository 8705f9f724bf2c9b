"""What one side of a recording does and expects: the script that `player` plays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from protocols.errors import RemoteError, ScenarioError
from protocols.text import Text

from ..machine import side_of
from .meaning import Meaning
from .reader import Reader
from .sessions import Family, Session
from .units import Spoken, Unit, spoken_in, units_of

Role = Literal["host", "terminal", "register", "card"]

NOTHING = {
    "host": Text("录制中没有{role}与主机的会话", "the recording has no session of a {role} with a host"),
    "register": Text(
        "录制中没有{role}在收银机线路上的会话", "the recording has no session of a {role} on a register's line"
    ),
    "card": Text("录制中没有芯片卡的会话", "the recording has no session with a chip card"),
}
ROLES = {
    "host": Text("主机", "host"),
    "terminal": Text("终端", "terminal"),
    "register": Text("收银机", "register"),
    "card": Text("卡片", "card"),
}
NOTHING_CURE = Text("录制中有：{there}", "The recording has: {there}")
NO_SESSION = Text("没有任何会话", "no session at all")
UNKNOWN_OCTETS = Text(
    "第 {seq} 个事件的 {length} 字节只记录了哈希，放不出来",
    "the {length} octets of event {seq} were recorded as a hash only: they cannot be played",
)
UNKNOWN_CURE = Text(
    "屏蔽时无法识别这些字节；请重录，或播放对方一侧",
    "The masker could not read them; record again, or play the other side",
)


@dataclass(frozen=True, slots=True)
class Say:
    """Octets that this side sent in one piece, `after_us` after the step before.  `first`: the piece begins `unit`."""

    unit: Unit
    meaning: Meaning
    octets: bytes
    after_us: int
    first: bool


@dataclass(frozen=True, slots=True)
class Hear:
    """What the other side said."""

    unit: Unit
    meaning: Meaning


Step = Say | Hear


@dataclass(frozen=True, slots=True)
class Part:
    """One session, or all of a cable.  `pause_us`: from the end of the part before it to its beginning.

    `hangs_up`: this side closed it.
    """

    name: str
    spoken: Spoken
    steps: tuple[Step, ...]
    pause_us: int = 0
    hangs_up: bool = False


def script_of(sessions: Sequence[Session], role: Role, family: Family, reader: Reader, joined: bool) -> list[Part]:
    """What `role` does with a host, on the register's line, or with a card, in order.

    Its own sessions are taken where they were recorded, else those of the other end, turned round.  Sessions in which
    nothing was said are left out.  `joined`: a cable, where each session goes on after the one before.

    Raises ScenarioError where there is nothing to play, RemoteError for octets that were recorded as a hash only.
    """
    chosen, turned = _chosen(sessions, role, family)
    if not chosen:
        there = sorted({f"{one.party}/{one.link}" for one in sessions}) or [NO_SESSION.en]
        what, name = NOTHING[family], ROLES[role]
        what = Text(what.zh.format(role=name.zh), what.en.format(role=name.en))
        raise ScenarioError(what, NOTHING_CURE.format(there=", ".join(there)))
    parts: list[Part] = []
    last_us = chosen[0].begins_us
    for session in chosen:
        part = _part(session, turned, reader, max(0, session.begins_us - last_us))
        last_us = session.closed_us or session.chunks[-1].t_us
        parts.append(part)
    return [_joined(parts)] if joined else parts


def _chosen(sessions: Sequence[Session], role: Role, family: Family) -> tuple[list[Session], bool]:
    """The sessions of one party of that role, and whether they must be turned round."""
    said = [one for one in sessions if one.chunks and one.family == family]
    own = [one for one in said if one.side == role]
    if own:
        party = own[0].party
        return [one for one in own if one.party == party], False
    others = [one for one in said if one.side in _OTHERS.get((role, family), ())]
    if not others:
        return [], False
    party = others[0].party
    return [one for one in others if one.party == party or (role == "host" and side_of(one.party) == "terminal")], True


_OTHERS: dict[tuple[Role, Family], tuple[str, ...]] = {
    ("host", "host"): ("terminal", "register"),
    ("terminal", "host"): ("host",),
    ("terminal", "register"): ("register",),
    ("register", "register"): ("terminal",),
    ("card", "card"): ("terminal",),
}


def _part(session: Session, turned: bool, reader: Reader, pause_us: int) -> Part:
    spoken = spoken_in(session)
    steps: list[Step] = []
    last_us = session.begins_us
    for unit in units_of(session):
        meaning = reader.read(spoken, unit)
        if unit.out == turned:
            steps.append(Hear(unit, meaning))
            last_us = unit.t_us
            continue
        if unit.what == "hidden":
            raise RemoteError(UNKNOWN_OCTETS.format(seq=unit.seq, length=unit.length), UNKNOWN_CURE)
        for number, piece in enumerate(unit.slices):
            steps.append(Say(unit, meaning, piece.octets, max(0, piece.t_us - last_us), number == 0))
            last_us = piece.t_us
    hangs_up = session.why in (("eof", "removed") if turned else ("local",))
    return Part(session.name, spoken, tuple(steps), pause_us, hangs_up)


def _joined(parts: Sequence[Part]) -> Part:
    steps = tuple(step for part in parts for step in part.steps)
    return Part(parts[0].name, parts[0].spoken, steps, parts[0].pause_us)
