"""Plays one side of a recording against a live peer: says what that side said, and checks what the peer answers.

A machine like terminal and host: a pure function of (event, now), driven by the shell for real links.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..machine import (
    SECOND_US,
    Ask,
    Close,
    Closed,
    Connect,
    Effect,
    Event,
    Opened,
    Received,
    Record,
    Send,
)
from .differences import differences
from .following import Heard, followed
from .identity import Identities
from .meaning import Meaning
from .reader import Reader
from .script import Hear, Part, Role, Say
from .sessions import Chunk
from .transcript import CONNECTION, LINES_MAX, NOBODY, Line, Verdict, as_recorded, asked
from .units import Stream, Unit

WAIT_US = 60 * SECOND_US
"""How long the peer may take for what it said in the recording, and somebody to come at all (the longest wait for an
answer that terminals have, UnionPay's T1)."""
PAUSE_MAX_US = 60 * SECOND_US
"""Nobody sits through the nights of a recording: longer pauses than this are played as this long."""
LINGER_US = 300_000
"""After the last step: what the peer still says then was not in the recording."""


@dataclass(slots=True)
class _Run:
    """A part that is being played on a link."""

    part: Part
    link: str
    stream: Stream
    since_us: int
    """When the step before was done."""
    at: int = 0
    queue: deque[Unit] = field(default_factory=deque)
    heard: Heard | None = None
    sending: bytes = b""
    """The frame that is being sent, where it was fitted to the request: it goes in one piece."""
    over_us: int | None = None
    """When the last step was done."""
    open: bool = True


class Player:
    """`dials`: the link under which this side opens the connections, "" where it is dialled or wired.  `cable`: a link
    that was lost may come back, and goes on where it was.  `fast`: no pauses.  `wait_us`: see WAIT_US.
    """

    def __init__(
        self,
        role: Role,
        parts: Sequence[Part],
        reader: Reader,
        *,
        dials: str = "",
        cable: bool = False,
        fast: bool = False,
        wait_us: int = WAIT_US,
    ) -> None:
        self.name: str = role
        self.lines: list[Line] = []
        self.over: bool = False
        """All parts were played, or nothing more can be."""
        self._parts = deque(parts)
        self._reader = reader
        self._dials = dials
        self._cable = cable
        self._fast = fast
        self._wait_us = wait_us
        self._runs: dict[str, _Run] = {}
        self._next_us: int | None = None
        """When the next part is dialled, or given up because nobody comes."""
        self._dialling = False
        self._identities = Identities()
        self._effects: list[Effect] = []

    @property
    def ok(self) -> bool:
        """Everything was as recorded, apart from what lies in the nature of a run."""
        return as_recorded(self)

    @property
    def deadline(self) -> int | None:
        """As `Machine.deadline`."""
        if self.over:
            return None
        due = [self._due(run) for run in self._runs.values()]
        return min((at for at in (*due, self._next_us) if at is not None), default=None)

    def start(self, records: Sequence[Record], now: int) -> list[Effect]:
        """As `Machine.start`; a player keeps nothing."""
        self._prepare_next(now)
        return self._turn(now)

    def handle(self, event: Event, now: int) -> list[Effect]:
        """As `Machine.handle`."""
        if isinstance(event, Ask):
            self._effects.append(asked(event))
        elif self.over:
            pass
        elif isinstance(event, Opened):
            self._opened(event.link, now)
        elif isinstance(event, Received):
            self._received(event, now)
        elif isinstance(event, Closed):
            self._closed(event, now)
        elif self._next_us is not None and now >= self._next_us:
            self._next_due(now)
        return self._turn(now)

    def _turn(self, now: int) -> list[Effect]:
        for run in list(self._runs.values()):
            self._advance(run, now)
        if not self._runs and not self._parts and not self._dialling:
            self.over = True
        effects, self._effects = self._effects, []
        return effects

    # Parts ------------------------------------------------------------------------------------------------------

    def _prepare_next(self, now: int) -> None:
        """The next part is due: to be dialled after its pause, or waited for."""
        if not self._parts:
            self._next_us = None
        elif self._dials:
            self._next_us = now + (0 if self._fast else min(self._parts[0].pause_us, PAUSE_MAX_US))
        else:
            self._next_us = now + self._wait_us + (0 if self._fast else min(self._parts[0].pause_us, PAUSE_MAX_US))

    def _next_due(self, now: int) -> None:
        if self._dials and not self._dialling:
            self._dialling = True
            self._next_us = now + self._wait_us
            self._effects.append(Connect(self._dials))
        else:
            self._give_up(NOBODY, now)

    def _give_up(self, why: str, now: int) -> None:
        """There is no connection: everything that is left is missing."""
        self._note(Line(now, self._parts[0].name if self._parts else "", False, "missing", why))
        for part in self._parts:
            self._missing(part, 0, now)
        self._parts.clear()
        self._dialling = False
        self._next_us = None

    def _opened(self, link: str, now: int) -> None:
        self._dialling = False
        if link in self._runs:
            self._runs[link].open = True
            return
        if not self._parts:
            self._note(Line(now, link, False, "extra", CONNECTION))
            self._effects.append(Close(link))
            return
        part = self._parts.popleft()
        self._runs[link] = _Run(part, link, Stream(part.spoken, out=False), now)
        self._next_us = None
        if not self._dials:
            self._prepare_next(now)

    def _closed(self, event: Closed, now: int) -> None:
        run = self._runs.get(event.link)
        if run is None:
            if self._dialling:
                self._give_up(event.reason, now)
            return
        run.queue += run.stream.finish()
        run.open = False
        self._advance(run, now)
        if self._cable or event.link not in self._runs:
            return
        del self._runs[event.link]
        if run.at < len(run.part.steps):
            self._missing(run.part, run.at, now)
        if self._dials:
            self._prepare_next(now)

    def _end(self, run: _Run, now: int) -> None:
        """The part is over, and the peer had time to say more."""
        del self._runs[run.link]
        if run.part.hangs_up or self._dials:
            self._effects.append(Close(run.link))
        if self._dials:
            self._prepare_next(now)

    # Steps ------------------------------------------------------------------------------------------------------

    def _due(self, run: _Run) -> int:
        if run.over_us is not None:
            return run.over_us + LINGER_US
        step = run.part.steps[run.at] if run.at < len(run.part.steps) else None
        if isinstance(step, Say) and run.open:
            return run.since_us + self._pause_us(step)
        return run.since_us + self._wait_us

    def _pause_us(self, step: Say) -> int:
        return 0 if self._fast else min(step.after_us, PAUSE_MAX_US)

    def _received(self, event: Received, now: int) -> None:
        run = self._runs.get(event.link)
        if run is None:
            self._note(Line(now, event.link, False, "extra", "octets", found=_loose(event.data, now)))
            return
        run.queue += run.stream.feed(Chunk(0, now, False, len(event.data), event.data))

    def _advance(self, run: _Run, now: int) -> None:
        steps = run.part.steps
        while run.at < len(steps):
            step = steps[run.at]
            if isinstance(step, Say) and run.open:
                if now < run.since_us + self._pause_us(step):
                    break
                self._say(run, step, now)
            elif isinstance(step, Hear) and run.queue:
                self._hear(run, step, run.queue[0], now)
            elif now >= run.since_us + self._wait_us:
                self._missing(run.part, run.at, now)
                run.at = len(steps)
            else:
                break
        if run.at < len(steps):
            return
        while run.queue:
            unit = run.queue.popleft()
            kind = self._reader.read(run.part.spoken, unit).kind
            self._note(Line(now, run.part.name, False, "extra", kind, found=unit))
        if run.over_us is None:
            run.over_us = now
        elif now >= run.over_us + LINGER_US:
            self._end(run, now)

    def _done(self, run: _Run, now: int) -> None:
        run.at += 1
        run.since_us = now

    def _say(self, run: _Run, step: Say, now: int) -> None:
        if step.first:
            raw = step.unit.raw if run.heard is None else followed(run.part.spoken, run.heard, step.unit, step.meaning)
            run.sending = b"" if raw == step.unit.raw else raw
            fitted = bool(run.sending)
            kind, name = step.meaning.kind, run.part.name
            unchecked = bool(step.unit.masked) or (fitted and _has_mac(step.meaning))
            self._note(Line(now, name, True, "said", kind, step.unit, followed=fitted, unchecked=unchecked))
            if fitted:
                self._effects.append(Send(run.link, raw))
        if not run.sending:
            self._effects.append(Send(run.link, step.octets))
        self._done(run, now)

    def _hear(self, run: _Run, step: Hear, unit: Unit, now: int) -> None:
        """Lay what came beside what was to come; where that comes later in the script, what lies between is missing."""
        meaning = self._reader.read(run.part.spoken, unit)
        if meaning.kind != step.meaning.kind:
            ahead = self._ahead(run, meaning.kind)
            if ahead or step.unit.what == "control":
                self._missing(run.part, run.at, now, ahead or 1)
                run.at += ahead or 1
                return
            if unit.what != "frame":
                run.queue.popleft()
                self._note(Line(now, run.part.name, False, "extra", meaning.kind, found=unit))
                return
        run.queue.popleft()
        self._identities.see(step.meaning.parts, meaning.parts)
        found = tuple(differences(run.part.spoken, (step.unit, step.meaning), (unit, meaning), self._identities))
        verdict: Verdict = "same" if not found else "natural"
        if any(one.why is None for one in found):
            verdict = "different"
        if unit.what == "frame":
            run.heard = Heard((step.unit, step.meaning), (unit, meaning))
        unchecked = bool(step.unit.masked)
        self._note(Line(now, run.part.name, False, verdict, meaning.kind, step.unit, unit, found, unchecked=unchecked))
        self._done(run, now)

    def _ahead(self, run: _Run, kind: str) -> int:
        """How many steps on that kind is heard, before this side has to say something; 0: it is not."""
        for number, step in enumerate(run.part.steps[run.at :]):
            if isinstance(step, Say):
                break
            if step.meaning.kind == kind:
                return number
        return 0

    def _missing(self, part: Part, at: int, now: int, count: int | None = None) -> None:
        for step in part.steps[at:] if count is None else part.steps[at : at + count]:
            if isinstance(step, Hear) or step.first:
                out = isinstance(step, Say)
                self._note(Line(now, part.name, out, "missing", step.meaning.kind, step.unit))

    def _note(self, line: Line) -> None:
        if len(self.lines) < LINES_MAX:
            self.lines.append(line)
        else:
            self.over = True


def _has_mac(meaning: Meaning) -> bool:
    return meaning.message is not None and 64 in meaning.message.fields


def _loose(data: bytes, now: int) -> Unit:
    return Unit("noise", False, 0, now, data, b"", len(data))
