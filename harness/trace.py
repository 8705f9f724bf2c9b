"""The trace: one append-only list of events, the only thing that faces, judges and diagnosis look at.

On disk it is JSON Lines: a header, then one event per line, keys sorted, no blanks, UTF-8.  The same run gives the same
octets.  Data is masked on entry (`harness.mask`); nothing unmasked is ever held.  A simulated trace holds no wall time
and no path.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import IO, Any, Literal, Protocol

from protocols.errors import LocalError, RemoteError, ScenarioError
from protocols.text import Text

from .machine import Json, side_of
from .mask import Masker

SCHEMA = 1
"""Raised whenever a reader of the old form would misread the new one."""

EVENTS_MAX = 1_000_000
"""A full life of a terminal has some thousands; a run beyond this is going round in a circle."""

EVENT_OCTETS_MAX = 4 * 1024 * 1024
"""One line.  The largest real event is a snapshot of a full batch, well below 1 MiB."""

FILE_OCTETS_MAX = 512 * 1024 * 1024
"""What one process may write before it stops recording (and says so in its last event)."""

HELD_MAX = 512
"""Events that a file holds back while a frame is incomplete; then they are written, the unfinished octets hashed."""

LEAK = "leak"
"""The kind of what the leak detector found in the event before it (`masking.leaks`)."""

Who = Literal["register", "terminal", "host", "all"]

FULL = Text("轨迹已有 {count} 个事件，达到上限", "The trace holds {count} events, which is its limit")
FULL_CURE = Text(
    "缩短运行，或查找循环的状态机", "Make the run shorter, or look for a machine that goes round in a circle"
)
TOO_BIG = Text(
    "{party} 的 {kind} 事件有 {size} 字节，超过上限", "The {kind} event of {party} has {size} octets, beyond the limit"
)
TOO_BIG_CURE = Text("只记录结论，不要记录全部数据", "Note the conclusion rather than all the data")
NOT_FOUND = Text("{where}：打不开轨迹文件（{why}）", "{where}: the trace cannot be opened ({why})")
NOT_FOUND_CURE = Text("检查路径", "Check the path")
EMPTY = Text("{where}：轨迹文件为空", "{where}: the trace is empty")
NO_HEADER = Text(
    "{where}:1：第一行不是 posrig 轨迹的文件头", "{where}:1: the first line is no header of a posrig trace"
)
NO_HEADER_CURE = Text("请给出 posrig 写的 .trace.jsonl 文件", "Give a .trace.jsonl file that posrig wrote")
OTHER_SCHEMA = Text(
    "{where}:1：轨迹格式版本为 {found}，本程序读版本 {wanted}",
    "{where}:1: this trace has schema {found}, this program reads schema {wanted}",
)
OTHER_SCHEMA_CURE = Text(
    "用写它的那个版本的 posrig 读它，或重新运行", "Read it with the posrig that wrote it, or run again"
)
NOT_JSON = Text("{where}:{line}：不是 JSON（{why}）", "{where}:{line}: not JSON ({why})")
CUT_OFF = Text("{where}:{line}：文件在此处被截断", "{where}:{line}: the file is cut off here")
TOO_FEW = Text(
    "{where}:{line}：文件在此处被截断：共 {wanted} 个事件，只有 {count} 个",
    "{where}:{line}: the file is cut off here: {count} of its {wanted} events are there",
)
CUT_OFF_CURE = Text(
    "写它的进程可能中途被杀；请重新运行或重新复制",
    "Its writer was killed, or the copy is incomplete: run or copy again",
)
BAD_EVENT = Text("{where}:{line}：不是一个事件（{why}）", "{where}:{line}: this is no event ({why})")
GAP = Text(
    "{where}:{line}：序号应为 {wanted}，却是 {found}", "{where}:{line}: sequence {found} where {wanted} should be"
)
GAP_CURE = Text("有行丢失或被改动；请重新运行或重新复制", "Lines are missing or were changed: run or copy again")


class TraceFull(LocalError):
    """A run put more into its trace than a trace may hold."""


@dataclass(frozen=True, slots=True)
class Event:
    """`seq` from 1; `t_us` microseconds since the epoch of the run; `seen_by` as in docs/design.md."""

    seq: int
    t_us: int
    party: str
    kind: str
    data: Mapping[str, Json]
    seen_by: tuple[str, ...]

    def line(self) -> str:
        """The event as it stands in the file, without the line end."""
        return dumps({f: getattr(self, f) for f in _EVENT_KEYS})


_EVENT_KEYS = tuple(f.name for f in fields(Event))
_EVENT_TYPES = {"seq": int, "t_us": int, "party": str, "kind": str, "data": dict, "seen_by": list}
"""As they stand in a file."""


@dataclass(frozen=True, slots=True)
class Header:
    """First line of a trace.  `program` is the version of posrig; `bench` is "simulated", "emulated" or "physical".

    `card`: where the chip cards were (`World.card`), left out where nowhere.
    `events`: how many there are in the file; 0 where it was written while they happened, and may end anywhere.
    """

    seed: int = 0
    bench: str = "simulated"
    dialect: str = "cup"
    program: str = ""
    schema: int = SCHEMA
    card: str = ""
    events: int = 0

    def line(self) -> str:
        return dumps({key: value for key, value in asdict(self).items() if value or key not in ("card", "events")})


def dumps(value: Json) -> str:
    """Canonical JSON: sorted keys, no blanks, UTF-8 as it is.  Raises TypeError or ValueError for what is no JSON."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def strip(events: Iterable[Event], who: Who) -> list[Event]:
    """What `who` can see.  "all": everything but what only the bench knows (what was injected, verdicts)."""
    if who == "all":
        return [e for e in events if any(s != "bench" for s in e.seen_by)]
    return [e for e in events if who in e.seen_by]


def _seers(party: str, seen_by: Sequence[str]) -> tuple[str, ...]:
    """The register stands beside the first terminal: what the displays of others show, nobody there sees."""
    elsewhere = party != "terminal" and side_of(party) == "terminal"
    return tuple(side for side in seen_by if not (elsewhere and side == "register"))


class Trace:
    """A trace in memory.

    `events` grows at the end only.  One exception: a `bytes` event that holds a part of a frame first stands there as
    length and hash, and gets its (masked) octets when the frame is complete; place, time and sequence stay.
    """

    def __init__(self, header: Header | None = None, masker: Masker | None = None) -> None:
        self.header: Header = header or Header(program=program_version())
        self._masker = masker or Masker()
        self._events: list[Event] = []

    def __getstate__(self) -> tuple[Header, list[Event]]:
        """For another process; what stands in the middle of a frame does not travel."""
        return self.header, self._events

    def __setstate__(self, state: tuple[Header, list[Event]]) -> None:
        self.header, self._events = state
        self._masker = Masker()

    @property
    def events(self) -> Sequence[Event]:
        return self._events

    def append(self, party: str, kind: str, data: Mapping[str, Json], seen_by: Sequence[str], t_us: int) -> None:
        """Add one event, masked, and what it leaks as events of its own.

        Raises TraceFull, and LocalError for data that is no JSON.
        """
        seq = len(self._events) + 1
        if seq > EVENTS_MAX:
            raise TraceFull(FULL.format(count=len(self._events)), FULL_CURE)
        leaks = self._masker.leaks(party, kind, data)
        masked = self._masker.enter(seq, party, kind, data)
        self._events.append(Event(seq, t_us, party, kind, masked, _seers(party, seen_by)))
        for earlier, later_data in self._masker.take_amended():
            self._amend(earlier, later_data)
        for leak in leaks:
            self.append(party, LEAK, leak, seen_by, t_us)

    def _amend(self, seq: int, data: Mapping[str, Json]) -> None:
        old = self._events[seq - 1]
        self._events[seq - 1] = Event(old.seq, old.t_us, old.party, old.kind, data, old.seen_by)

    def visible_to(self, who: Who) -> list[Event]:
        """The events that `who` can see."""
        return strip(self._events, who)

    def text(self) -> str:
        """The whole file."""
        header = replace(self.header, events=len(self._events))
        return "".join(f"{line}\n" for line in (header.line(), *map(_checked_line, self._events)))

    def write(self, path: Path | str) -> None:
        """Write the file; the same events give the same octets."""
        with open(path, "w", encoding="utf-8", newline="\n") as out:
            out.write(self.text())

    @classmethod
    def of(cls, header: Header, events: Iterable[Event]) -> Trace:
        """A trace of events that were masked before."""
        trace = cls(header)
        trace._events = list(events)
        return trace


def _checked_line(event: Event) -> str:
    line = event.line()
    if len(line) > EVENT_OCTETS_MAX:
        raise TraceFull(TOO_BIG.format(party=event.party, kind=event.kind, size=len(line)), TOO_BIG_CURE)
    return line


class Recorder(Protocol):
    """`Trace` or `TraceFile`."""

    def append(self, party: str, kind: str, data: Mapping[str, Json], seen_by: Sequence[str], t_us: int) -> None: ...


class TraceFile:
    """A trace that is written while it happens, line by line, so that a killed process leaves what it saw.

    Events behind an incomplete frame are held back until the frame is complete (at most `HELD_MAX`, and until `close`).
    """

    def __init__(self, path: Path | str, header: Header | None = None, masker: Masker | None = None) -> None:
        self.header: Header = header or Header(program=program_version())
        self._masker = masker or Masker()
        self._out: IO[str] | None = open(path, "w", encoding="utf-8", newline="\n", buffering=1)  # noqa: SIM115 - `close` closes it
        self._held: deque[Event] = deque()
        self._amended: dict[int, Mapping[str, Json]] = {}
        self._seq = 0
        self._octets = 0
        self._write(self.header.line())

    def append(self, party: str, kind: str, data: Mapping[str, Json], seen_by: Sequence[str], t_us: int) -> None:
        """As `Trace.append`; beyond FILE_OCTETS_MAX one event `limit` is written and the rest is dropped."""
        if self._out is None or self._octets > FILE_OCTETS_MAX:
            return
        self._seq += 1
        leaks = self._masker.leaks(party, kind, data)
        masked = self._masker.enter(self._seq, party, kind, data)
        self._held.append(Event(self._seq, t_us, party, kind, masked, _seers(party, seen_by)))
        self._amended.update(self._masker.take_amended())
        if len(self._held) > HELD_MAX:
            self._masker.settle()
            self._amended.update(self._masker.take_amended())
        self._flush(self._masker.oldest_held())
        for leak in leaks:
            self.append(party, LEAK, leak, seen_by, t_us)
        if self._octets > FILE_OCTETS_MAX:
            self._close_at_limit(t_us)

    def _flush(self, before: int | None) -> None:
        while self._held and (before is None or self._held[0].seq < before):
            event = self._held.popleft()
            data = self._amended.pop(event.seq, event.data)
            self._write(_checked_line(Event(event.seq, event.t_us, event.party, event.kind, data, event.seen_by)))

    def _close_at_limit(self, t_us: int) -> None:
        self._flush(None)
        event = Event(self._seq + 1, t_us, "bench", "limit", {"octets": self._octets}, ("bench",))
        self._write(event.line())

    def _write(self, line: str) -> None:
        if self._out is not None:
            self._out.write(line + "\n")
            self._octets += len(line) + 1

    def close(self) -> None:
        """Write what was held back.  May be called twice."""
        if self._out is not None:
            self._masker.settle()
            self._amended.update(self._masker.take_amended())
            self._flush(None)
            self._out.close()
            self._out = None


@cache
def program_version() -> str:
    """The version of posrig that runs, "0" from a tree that is not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("posrig")
    except PackageNotFoundError:
        return "0"


def merge(traces: Sequence[Trace]) -> Trace:
    """One trace out of the traces of several processes: by (time, party, sequence), numbered anew.

    The header is the first trace's.  Raises ValueError for no trace at all.
    """
    if not traces:
        raise ValueError("nothing to merge")
    together = sorted((e for t in traces for e in t.events), key=lambda e: (e.t_us, e.party, e.seq))
    numbered = (Event(n, e.t_us, e.party, e.kind, e.data, e.seen_by) for n, e in enumerate(together, 1))
    return Trace.of(traces[0].header, numbered)


def read_trace(path: Path | str, *, cut_ok: bool = False) -> Trace:
    """Read a trace file.

    `cut_ok`: a last line that is incomplete is left out instead of refused (traces of processes that were killed).
    Raises ScenarioError when there is no file, RemoteError that names file and line when it is no trace.
    """
    where = str(path)
    try:
        text = Path(path).read_bytes().decode("utf-8")
    except OSError as error:
        raise ScenarioError(NOT_FOUND.format(where=where, why=error.strerror), NOT_FOUND_CURE) from None
    except UnicodeDecodeError as error:
        raise RemoteError(NOT_JSON.format(where=where, line=1, why=error), NO_HEADER_CURE) from None
    if not text:
        raise RemoteError(EMPTY.format(where=where), NO_HEADER_CURE)
    lines = text.split("\n")
    rest = lines.pop()
    header = _read_header(lines[0] if lines else rest, where)
    events = [_read_event(line, where, number) for number, line in enumerate(lines[1:], 2)]
    if rest and lines and not cut_ok:
        raise RemoteError(CUT_OFF.format(where=where, line=len(lines) + 1), CUT_OFF_CURE)
    if not lines:
        raise RemoteError(CUT_OFF.format(where=where, line=1), CUT_OFF_CURE)
    if len(events) < header.events and not cut_ok:
        found = {"where": where, "line": len(events) + 2, "count": len(events), "wanted": header.events}
        raise RemoteError(TOO_FEW.format(**found), CUT_OFF_CURE)
    return Trace.of(replace(header, events=0), events)


def _read_json(line: str, where: str, number: int) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise RemoteError(NOT_JSON.format(where=where, line=number, why=error), NO_HEADER_CURE) from None
    if not isinstance(value, dict):
        raise RemoteError(BAD_EVENT.format(where=where, line=number, why=type(value).__name__), GAP_CURE)
    return value


def _read_header(line: str, where: str) -> Header:
    try:
        value = json.loads(line)
        found = value["schema"]
        value["events"] = int(value.get("events", 0))
    except (ValueError, KeyError, TypeError):
        raise RemoteError(NO_HEADER.format(where=where), NO_HEADER_CURE) from None
    if found != SCHEMA:
        raise RemoteError(OTHER_SCHEMA.format(where=where, found=found, wanted=SCHEMA), OTHER_SCHEMA_CURE)
    try:
        return Header(**value)
    except TypeError:
        raise RemoteError(NO_HEADER.format(where=where), NO_HEADER_CURE) from None


def _read_event(line: str, where: str, number: int) -> Event:
    value = _read_json(line, where, number)
    if set(value) != set(_EVENT_KEYS):
        odd = ", ".join(sorted(set(value) ^ set(_EVENT_KEYS)))
        raise RemoteError(BAD_EVENT.format(where=where, line=number, why=odd), GAP_CURE)
    wrong = [key for key, kind in _EVENT_TYPES.items() if type(value[key]) is not kind]
    if wrong or not all(isinstance(name, str) for name in value["seen_by"]):
        raise RemoteError(BAD_EVENT.format(where=where, line=number, why=", ".join(wrong) or "seen_by"), GAP_CURE)
    event = Event(**{**value, "seen_by": tuple(value["seen_by"])})
    if event.seq != number - 1:
        raise RemoteError(GAP.format(where=where, line=number, wanted=number - 1, found=event.seq), GAP_CURE)
    return event
