"""Plays the card of a recording: what was asked then is answered as it was then, octet for octet.

What a terminal asks otherwise, or was never asked, is refused with a status word of its own, and the difference is in
the transcript: to answer anyway would let a terminal go on with data that belong to another question.  Random numbers,
times and counters lie in the nature of a run; the recorded cryptogram or signature then goes out all the same, and
proves nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from protocols.emv.status_words import CONDITIONS_NOT_SATISFIED

from ..machine import Ask, Close, Closed, Effect, Event, Opened, Received, Record, Send
from .differences import Difference, differences
from .identity import Identities
from .player import LINGER_US, PAUSE_MAX_US, WAIT_US
from .reader import Reader
from .script import Hear, Part, Say
from .transcript import CONNECTION, LINES_MAX, NOBODY, Line, Verdict, as_recorded, asked
from .units import CARD, Spoken, Unit

REFUSAL = CONDITIONS_NOT_SATISFIED.to_bytes(2, "big")
SPOKEN = Spoken(CARD)
OVER_RANDOM = frozenset(("9F26", "9F4B"))
"""Parts of an answer that were made over random numbers of the recorded question."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A command and its answer; None where the card never answered."""

    hear: Hear
    say: Say | None


@dataclass(frozen=True, slots=True)
class Insertion:
    """One power-up of the recording.  `atr` None: the card was mute.  `pulled`: it was out behind the last answer."""

    name: str
    atr: Say | None
    exchanges: tuple[Exchange, ...]
    pulled: bool


@dataclass(frozen=True, slots=True)
class _Answer:
    """What goes out at `at_us`."""

    link: str
    octets: bytes
    at_us: int


class CardPlayer:
    """`fast`: no pauses.  `wait_us`: how long anybody may take."""

    def __init__(self, parts: Sequence[Part], reader: Reader, *, fast: bool = False, wait_us: int = WAIT_US) -> None:
        self.name: str = "card"
        self.lines: list[Line] = []
        self.over: bool = False
        self._insertions = deque(insertion_of(part) for part in parts)
        self._reader = reader
        self._fast = fast
        self._wait_us = wait_us
        self._playing: Insertion | None = None
        self._at = 0
        self._asked = False
        """Somebody has sent a command since the card that plays was put in."""
        self._answer: _Answer | None = None
        self._since_us = 0
        self._effects: list[Effect] = []

    @property
    def tapped(self) -> bool:
        """The recorded card was held to a contactless reader, which makes its ATR up (PC/SC part 3, 3.1.3.2.3)."""
        first = self._insertions[0].atr if self._insertions else None
        return first is not None and first.octets[1:4] == bytes((0x80 | len(first.octets) - 5, 0x80, 0x01))

    @property
    def ok(self) -> bool:
        """As `Player.ok`."""
        return as_recorded(self)

    @property
    def deadline(self) -> int | None:
        """As `Machine.deadline`."""
        if self.over:
            return None
        if self._answer is not None:
            return self._answer.at_us
        return self._since_us + (LINGER_US if self._done and not self._insertions else self._wait_us)

    @property
    def _done(self) -> bool:
        return self._playing is not None and self._at == len(self._playing.exchanges)

    def start(self, records: Sequence[Record], now: int) -> list[Effect]:
        """As `Machine.start`; a player keeps nothing."""
        self._since_us = now
        return []

    def handle(self, event: Event, now: int) -> list[Effect]:
        """As `Machine.handle`."""
        if isinstance(event, Ask):
            return [asked(event)]
        if self.over:
            return []
        if isinstance(event, Opened):
            self._opened(event.link, now)
        elif isinstance(event, Received):
            self._received(event, now)
        elif isinstance(event, Closed):
            self._closed(now)
        else:
            self._woken(now)
        effects, self._effects = self._effects, []
        return effects

    # Power ------------------------------------------------------------------------------------------------------

    def _opened(self, link: str, now: int) -> None:
        """The card gets power.  A reader may give it several times before anybody asks: that is one insertion."""
        self._since_us = now
        self._answer = None
        if self._playing is None or self._asked:
            self._end(now)
            if not self._insertions:
                self._note(Line(now, link, False, "extra", CONNECTION))
                self._effects.append(Close(link))
                return
            self._playing = self._insertions.popleft()
            self._at, self._asked = 0, False
            if self._playing.atr is not None:
                self._said(self._playing.atr, now)
        if self._playing.atr is not None:
            self._effects.append(Send(link, self._playing.atr.octets))
        self._pull(link)

    def _closed(self, now: int) -> None:
        self._answer = None
        self._since_us = now
        if self._asked or self._done:
            self._end(now)
            self.over = not self._insertions

    def _end(self, now: int) -> None:
        """What is left of the insertion will not be asked."""
        if self._playing is not None:
            self._missing(self._playing.exchanges[self._at :], now)
        self._playing = None

    def _woken(self, now: int) -> None:
        if self._answer is not None and now >= self._answer.at_us:
            self._go_out()
        elif self.deadline is not None and now >= self.deadline:
            if self._playing is None:
                self._note(Line(now, self._place, False, "missing", NOBODY))
            self._end(now)
            for insertion in self._insertions:
                self._missing(insertion.exchanges, now)
            self._insertions.clear()
            self.over = True

    @property
    def _place(self) -> str:
        playing = self._playing or (self._insertions[0] if self._insertions else None)
        return playing.name if playing is not None else ""

    # Commands ---------------------------------------------------------------------------------------------------

    def _received(self, event: Received, now: int) -> None:
        playing = self._playing
        if playing is None:
            return
        self._since_us, self._asked = now, True
        unit = Unit("frame", False, 0, now, event.data, event.data, len(event.data))
        exchanges = playing.exchanges
        ahead = range(self._at, len(exchanges))
        best: tuple[Unit, tuple[Difference, ...]] | None = None
        for number in (*ahead, *range(self._at)):
            found = self._compared(unit, exchanges[number].hear)
            if found is None:
                continue
            if any(one.why is None for one in found):
                best = best or (exchanges[number].hear.unit, found)
                continue
            again = number < self._at
            if not again:
                self._missing(exchanges[self._at : number], now)
                self._at = number + 1
            verdict: Verdict = "extra" if again else "natural" if found else "same"
            self._exchange(event.link, exchanges[number], unit, found, verdict, now)
            return
        recorded, found = best or (None, ())
        kind = self._reader.read(SPOKEN, _like(unit, recorded)).kind
        verdict = "different" if best else "extra"
        self._note(Line(now, playing.name, False, verdict, kind, recorded, unit, found))
        refusal = Unit("frame", True, 0, now, REFUSAL, REFUSAL, len(REFUSAL), answers=unit)
        self._note(Line(now, playing.name, True, "said", self._reader.read(SPOKEN, refusal).kind, None, refusal))
        self._effects.append(Send(event.link, REFUSAL))

    def _compared(self, unit: Unit, hear: Hear) -> tuple[Difference, ...] | None:
        """Where the command differs from a recorded one; None for another command."""
        if hear.unit.what == "hidden":
            hidden = tuple(differences(SPOKEN, (hear.unit, hear.meaning), (unit, hear.meaning), Identities()))
            return hidden if hear.unit.length == unit.length else None
        live = _like(unit, hear.unit)
        meaning = self._reader.read(SPOKEN, live)
        if meaning.kind != hear.meaning.kind:
            return None
        return tuple(differences(SPOKEN, (hear.unit, hear.meaning), (live, meaning), Identities()))

    def _exchange(
        self,
        link: str,
        exchange: Exchange,
        unit: Unit,
        found: tuple[Difference, ...],
        verdict: Verdict,
        now: int,
    ) -> None:
        assert self._playing is not None
        hear, say = exchange.hear, exchange.say
        kind = hear.meaning.kind if hear.unit.what == "frame" else self._reader.read(SPOKEN, unit).kind
        self._note(Line(now, self._playing.name, False, verdict, kind, hear.unit, unit, found))
        if say is None:
            self._pull(link)
            return
        self._said(say, now, unchecked=bool(found) and not OVER_RANDOM.isdisjoint(say.meaning.parts))
        pause_us = 0 if self._fast else min(say.after_us, PAUSE_MAX_US)
        self._answer = _Answer(link, say.octets, now + pause_us)
        if not pause_us:
            self._go_out()

    def _go_out(self) -> None:
        answer, self._answer = self._answer, None
        if answer is not None:
            self._effects.append(Send(answer.link, answer.octets))
            self._pull(answer.link)

    def _pull(self, link: str) -> None:
        """Out of the reader, where it was pulled out behind this."""
        if self._done and self._playing is not None and self._playing.pulled:
            self._effects.append(Close(link))

    # The transcript ---------------------------------------------------------------------------------------------

    def _said(self, say: Say, now: int, *, unchecked: bool = False) -> None:
        unchecked = unchecked or bool(say.unit.masked)
        self._note(Line(now, self._place, True, "said", say.meaning.kind, say.unit, unchecked=unchecked))

    def _missing(self, exchanges: Iterable[Exchange], now: int) -> None:
        for exchange in exchanges:
            hear = exchange.hear
            self._note(Line(now, self._place, False, "missing", hear.meaning.kind, hear.unit))

    def _note(self, line: Line) -> None:
        if len(self.lines) < LINES_MAX:
            self.lines.append(line)
        else:
            self.over = True


def _like(unit: Unit, recorded: Unit | None) -> Unit:
    """A command that came, read by the list that the recorded one was filled by."""
    return unit if recorded is None else replace(unit, dol=recorded.dol, dol_name=recorded.dol_name)


def insertion_of(part: Part) -> Insertion:
    """A recorded session as the card sees it."""
    steps = list(part.steps)
    atr = steps.pop(0) if steps and isinstance(steps[0], Say) else None
    exchanges: list[Exchange] = []
    for number, step in enumerate(steps):
        if isinstance(step, Hear):
            behind = steps[number + 1] if number + 1 < len(steps) else None
            exchanges.append(Exchange(step, behind if isinstance(behind, Say) else None))
    assert atr is None or isinstance(atr, Say)
    return Insertion(part.name, atr, tuple(exchanges), part.hangs_up)
