"""Two recordings of the same scenario, from different benches: do they agree in octets, order and timing?

Conversations are laid side by side party by party, and in each the sessions with what was said in them.  A difference
is explained from a table, or it is listed: then one of the benches is not true to the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from protocols.text import Text

from ..trace import Trace
from .differences import Difference, differences
from .identity import Identities
from .meaning import Meaning
from .reader import Reader
from .sessions import Family, Session, sessions_of
from .units import Spoken, Unit, spoken_in, units_of

GAP_SLACK_US = 3_000_000
"""So much longer or shorter may the time between two messages be: processes take turns, virtual time takes none, and
people are slow (posrig's choice: below the time-outs after which a party of these protocols gives up)."""
SIMULATED = "simulated"
WINDOW_ITEMS = 2_000
"""Steps that are aligned at one time."""
KEPT_MAX = 1_000
"""Findings that are kept, of those that are explained and of those that are not; beyond it they are counted."""

PACING = Text("真实时间与虚拟时间的节奏不同", "real time is paced otherwise than virtual time")
ENDING = Text("另一份录制在会话结束之前停止", "the other recording stopped before the session ended")

FIRST = Text(
    "两端都已关闭；谁先、以 FIN 还是 RST，由操作系统与线路时延决定",
    "both ends were closing: who was first, and by FIN or RST, is up to operating system and line",
)
CLOSED = "closed"
EITHER_END = frozenset(("local", "eof", "reset"))
"""Reasons of one and the same end, seen from two places or a moment apart."""

Ways = Literal["octets", "order", "timing", "end"]


@dataclass(frozen=True, slots=True)
class Item:
    """One step of a conversation: a session that opens or ends, or something said in it.

    `gap_us`: since the step before it in the same session.
    """

    session: Session
    kind: str
    t_us: int
    gap_us: int
    seq: int
    unit: Unit | None = None
    meaning: Meaning | None = None
    spoken: Spoken | None = None

    @property
    def key(self) -> str:
        """What two items have in common that are the same step."""
        if self.unit is None:
            return self.kind
        return f"{'>' if self.unit.out else '<'} {self.kind}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference.  `way`: in what; `place`: conversation and step; `why`: its explanation, None: it is listed.

    `old`, `new`: sequence numbers of the events, 0 where there is none.
    """

    way: Ways
    place: str
    what: Text
    why: Text | None
    old: int = 0
    new: int = 0


@dataclass(frozen=True, slots=True)
class Fidelity:
    """`same`: steps without any difference; `compared`: all that have a counterpart.  `reasons`: how often each
    explanation was needed; `listed`: how many differences have none.  `unheard`: ends ("terminal/register") that
    only one of the recordings has anything of (a device records nothing): not compared there.
    """

    sessions: tuple[int, int]
    unheard: tuple[str, ...]
    compared: int
    same: int
    findings: tuple[Finding, ...]
    reasons: Mapping[tuple[Ways, Text], int]
    listed: int

    @property
    def explained(self) -> int:
        """Differences that are explained."""
        return sum(self.reasons.values())

    @property
    def ok(self) -> bool:
        """Every difference is explained, and there was something to compare."""
        return not self.listed and self.compared > 0


ONE_MISSING = Text("{step}：只在第一份录制中", "{step}: in the first recording only")
ONE_MORE = Text("{step}：只在第二份录制中", "{step}: in the second recording only")
OTHER = Text("{step} {part}：{old} → {new}", "{step} {part}: {old} -> {new}")
SLOWER = Text("{step}：间隔 {old} ms → {new} ms", "{step}: after {old} ms -> after {new} ms")
TURNED = Text("{old} 与 {new} 次序相反", "{old} and {new} come the other way round")
VALUE_SHOWN_MAX = 40
"""Characters of a value in a finding."""


def compare(old: Trace, new: Trace) -> Fidelity:
    """Lay two recordings side by side."""
    simulated = old.header.bench == new.header.bench == SIMULATED
    readers = Reader(old.header.dialect), Reader(new.header.dialect)
    comparison = _Comparison(*readers, simulated)
    sessions = sessions_of(old.events), sessions_of(new.events)
    heard: list[set[tuple[str, Family]]] = [{(one.party, one.family) for one in found} for found in sessions]
    both = heard[0] & heard[1]
    one, two = (_conversations(found, both, reader) for found, reader in zip(sessions, readers, strict=True))
    if set(one) != set(two):
        one, two = _ranked(one), _ranked(two)
    for name in dict.fromkeys((*one, *two)):
        comparison.add("/".join(part for part in name if part), one.get(name, []), two.get(name, []))
    comparison.judge()
    counts = sum(map(len, one.values())), sum(map(len, two.values()))
    return comparison.result(counts, tuple(sorted("/".join(end) for end in (heard[0] | heard[1]) - both)))


Name = tuple[str, Family, str]
"""Party, what is spoken, and at a host with which terminal."""


def _conversations(
    sessions: Sequence[Session], ends: Collection[tuple[str, Family]], reader: Reader
) -> dict[Name, list[Session]]:
    """By party and what is spoken: a host names each connection anew, so its links are one conversation for each
    terminal that calls; how those of several come between each other is up to the moment.

    A cable over which nothing was said is left out: a bench may have one lying there or not.
    """
    found: dict[Name, list[Session]] = {}
    for session in sessions:
        if (session.party, session.family) in ends and (session.chunks or session.family == "host"):
            caller = _caller(session, reader) if session.side == "host" else ""
            found.setdefault((session.party, session.family, caller), []).append(session)
    return found


def _ranked(conversations: dict[Name, list[Session]]) -> dict[Name, list[Session]]:
    """Devices of another bench have other numbers: the first that calls a host is its first in both recordings."""
    counts: dict[tuple[str, Family], int] = {}
    ranked: dict[Name, list[Session]] = {}
    for (party, family, caller), sessions in conversations.items():
        counts[party, family] = rank = counts.get((party, family), 0) + 1
        ranked[party, family, f"#{rank}" if caller else ""] = sessions
    return ranked


def _caller(session: Session, reader: Reader) -> str:
    """The terminal's number, or its serial number while it has none."""
    spoken = spoken_in(session)
    for unit in units_of(session):
        parts = reader.read(spoken, unit).parts
        name = parts.get("41") or parts.get("59.A2.02")
        if name:
            return name.strip()
    return ""


class _Comparison:
    def __init__(self, old: Reader, new: Reader, simulated: bool) -> None:
        """`simulated`: both are, so that nothing is up to real time."""
        self._old, self._new = old, new
        self._simulated = simulated
        self._findings: list[Finding] = []
        self._compared = self._same = self._listed = 0
        self._reasons: Counter[tuple[Ways, Text]] = Counter()
        self._stretches: list[tuple[str, Sequence[Item], Sequence[Item]]] = []
        self._identities = Identities()
        self._twins: dict[int, Session] = {}
        """By a session's identity: the one in the other recording whose opening is the same step."""

    def result(self, sessions: tuple[int, int], unheard: tuple[str, ...]) -> Fidelity:
        findings = tuple(self._findings)
        return Fidelity(sessions, unheard, self._compared, self._same, findings, dict(self._reasons), self._listed)

    def add(self, place: str, old: Sequence[Session], new: Sequence[Session]) -> None:
        """One conversation."""
        one = [item for session in old for item in _items(session, self._old)]
        two = [item for session in new for item in _items(session, self._new)]
        for left, right in _aligned(one, two):
            self._stretches.append((place, left, right))

    def judge(self) -> None:
        """Compare what was added; whose numbers are whose is known only when all of it was seen."""
        for _, left, right in self._stretches:
            for a, b in zip(left, right, strict=False):
                if a.key == b.key and a.meaning is not None and b.meaning is not None:
                    self._identities.see(a.meaning.parts, b.meaning.parts)
        for place, left, right in self._stretches:
            if len(left) == len(right) and all(a.key == b.key for a, b in zip(left, right, strict=True)):
                for a, b in zip(left, right, strict=True):
                    self._pair(place, a, b)
            else:
                self._apart(place, left, right)

    def _pair(self, place: str, old: Item, new: Item) -> None:
        self._compared += 1
        before = self._explained + self._listed
        self._twins.setdefault(id(old.session), new.session)
        self._twins.setdefault(id(new.session), old.session)
        if old.unit is not None and new.unit is not None:
            assert old.meaning is not None and new.meaning is not None and old.spoken is not None
            units = (old.unit, old.meaning), (new.unit, new.meaning)
            for one in differences(old.spoken, *units, self._identities):
                self._note("octets", place, _said(old, one), one.why, old, new)
        elif old.kind == CLOSED and old.session.why != new.session.why:
            what = OTHER.format(step=_step(old), part="", old=old.session.why, new=new.session.why)
            ends = EITHER_END | ({"gone"} if old.session.family == "register" else set())
            either = not self._simulated and {old.session.why, new.session.why} <= ends
            self._note("end", place, what, FIRST if either else None, old, new)
        self._timing(place, old, new)
        self._same += before == self._explained + self._listed

    def _timing(self, place: str, old: Item, new: Item) -> None:
        apart = abs(old.gap_us - new.gap_us)
        if apart:
            what = SLOWER.format(step=_step(old), old=old.gap_us // 1000, new=new.gap_us // 1000)
            paced = not self._simulated and apart <= GAP_SLACK_US
            self._note("timing", place, what, PACING if paced else None, old, new)

    def _apart(self, place: str, old: Sequence[Item], new: Sequence[Item]) -> None:
        """Steps without a counterpart; what only changed places is told as that."""
        left = list(new)
        for item in old:
            twin = next((one for one in left if one.key == item.key), None)
            if twin is None:
                self._note("order", place, ONE_MISSING.format(step=_step(item)), self._ending(item), item, None)
            else:
                left.remove(twin)
                self._pair(place, item, twin)
                self._note("order", place, TURNED.format(old=_step(item), new=_step(twin)), None, item, twin)
        for item in left:
            self._note("order", place, ONE_MORE.format(step=_step(item)), self._ending(item), None, item)

    def _ending(self, item: Item) -> Text | None:
        """A session of which only one recording has the end: the other one stopped before."""
        twin = self._twins.get(id(item.session))
        return ENDING if item.kind == CLOSED and twin is not None and twin.closed_us is None else None

    def _note(self, way: Ways, place: str, what: Text, why: Text | None, old: Item | None, new: Item | None) -> None:
        if why is None:
            self._listed += 1
        else:
            self._reasons[way, why] += 1
        if (self._listed if why is None else self._explained) <= KEPT_MAX:
            self._findings.append(Finding(way, place, what, why, old.seq if old else 0, new.seq if new else 0))

    @property
    def _explained(self) -> int:
        return self._reasons.total()


def _items(session: Session, reader: Reader) -> Iterator[Item]:
    spoken = spoken_in(session)
    last_us = session.begins_us
    if session.opened_us is not None:
        yield Item(session, "open", session.opened_us, 0, session.seq)
    for unit in units_of(session):
        meaning = reader.read(spoken, unit)
        yield Item(session, meaning.kind, unit.t_us, unit.t_us - last_us, unit.seq, unit, meaning, spoken)
        last_us = unit.t_us
    if session.closed_us is not None:
        yield Item(session, CLOSED, session.closed_us, 0, session.seq)


def _aligned(old: Sequence[Item], new: Sequence[Item]) -> Iterator[tuple[Sequence[Item], Sequence[Item]]]:
    """Stretches that belong together: of the same steps, or of steps that have no counterpart in their place.

    Window by window, because the effort grows with the square of the length; what stands at the end of a window is
    looked at again with what follows.
    """
    a = b = 0
    while a < len(old) or b < len(new):
        one, two = old[a : a + WINDOW_ITEMS], new[b : b + WINDOW_ITEMS]
        matcher = SequenceMatcher(None, [item.key for item in one], [item.key for item in two], autojunk=False)
        codes = matcher.get_opcodes()
        whole = a + len(one) == len(old) and b + len(two) == len(new)
        sure = [code for code in codes if whole or max(code[1], code[3]) < WINDOW_ITEMS // 2] or codes
        for _, a_from, a_to, b_from, b_to in sure:
            yield one[a_from:a_to], two[b_from:b_to]
        a, b = a + sure[-1][2], b + sure[-1][4]


def _said(item: Item, one: Difference) -> Text:
    return OTHER.format(step=_step(item), part=one.place, old=_shown(one.old), new=_shown(one.new))


def _shown(value: str | None) -> str:
    if value is None:
        return "-"
    return value if len(value) <= VALUE_SHOWN_MAX else f"{value[:VALUE_SHOWN_MAX]}..."


def _step(item: Item) -> str:
    return f"{item.session.link}#{item.session.number} {item.key}"
