"""The register's side of the cable, as a machine: operations out, results in, whatever protocol is spoken.

Links: `terminal` (the cable, or TCP) and `tunnel` (TCP to the host that the terminal names).  Asks (who = "person"):
the operations of `operations.OPERATIONS` that the protocol has, each answered with one Outcome (docs/design.md);
`takings {amount_fen, means}`, `reconcile {cash_fen, qr_fen}`, `drill {responsible, means}`, `bench_check {answers,
figures, by}` need no terminal.  `abort` is asked while another operation is under way.  Who = "control": `cause` and
`heal` of `behaviours.BEHAVIOURS`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from protocols.errors import EncodeError
from protocols.text import Text

from ..arguments import Takes
from ..machine import Answer, Ask, Closed, Effect, Event, Json, Note, Opened, Persist, Received, Record, Wake
from ..spoken import spoken_on
from .behaviours import switch
from .checks import CHECKS_TAKES, RECORD, Checks, noted, outcome_of_check, records_of, standing
from .operations import OPERATIONS
from .outcome import NOT_IN_PROTOCOL, PORT_GONE, done_outcome, no_answer_outcome, refused_outcome, with_amount_compared
from .settings import RETURNS_MAX, DriverSettings
from .speakers import speaker_of
from .takings import TAKINGS, TAKINGS_TAKES, Takings, carry_out, rebuilt
from .talk import LINK, SEEN, Speaker, Talk
from .values import shown_args, wrong_value

TAKES: Mapping[str, Takes] = {
    **{op: operation.takes for op, operation in OPERATIONS.items()},
    **TAKINGS_TAKES,
    **CHECKS_TAKES,
}
"""Arguments by operation, in any protocol."""


@dataclass(slots=True)
class _Running:
    """The operation under way."""

    ticket: int
    op: str
    args: Mapping[str, Json]
    returns: int = 0
    """How often its port has come back."""
    begun: bool = True
    """False: the port is gone, and it begins when the port is back."""


class Driver:
    """The machine.  Of transactions it holds nothing durable: the terminal is the one that remembers.  Of takings
    without a card (`takings`) and of checks it does."""

    name = "register"

    def __init__(self, settings: DriverSettings | None = None) -> None:
        self.settings: DriverSettings = settings or DriverSettings()
        self.talk: Talk = Talk(self.settings)
        self.speaker: Speaker = speaker_of(self.settings.protocol, self.talk)
        self.takings: Takings = Takings()
        self.checks: Checks = Checks()
        self._running: _Running | None = None
        self._port_gone = False
        self._away_due: int | None = None

    @property
    def deadline(self) -> int | None:
        if self._port_gone:
            return self._away_due
        return self.speaker.deadline

    def start(self, records: Sequence[Record], now: int) -> list[Effect]:
        """Takings and checks are durable.  The trace is told which protocol the cable has, where it is not the usual
        one."""
        self.takings = rebuilt([record for record in records if record["kind"] != RECORD])
        self.checks = Checks()
        for record in records:
            if record["kind"] == RECORD:
                self.checks.apply(record)
        return spoken_on(LINK, self.settings.protocol, self.settings.transport, SEEN)

    def handle(self, event: Event, now: int) -> list[Effect]:
        self.talk.now = now
        match event:
            case Ask():
                self._ask(event)
            case Received(link="terminal", data=data):
                self.speaker.received(data)
            case Opened(link="tunnel") | Received(link="tunnel") | Closed(link="tunnel"):
                self.speaker.tunnelled(event)
            case Opened(link="terminal"):
                self._port_back()
            case Closed(link="terminal"):
                self._port_away()
            case Wake() if self._port_gone:
                self._waited_for_port()
            case Wake():
                self.speaker.wake()
        return self._taken()

    def _taken(self) -> list[Effect]:
        """What this turn says; an operation that has ended is answered last."""
        outcome, self.talk.outcome = self.talk.outcome, None
        running = self._running
        if outcome is not None and running is not None:
            self._running = self._away_due = None
            outcome = with_amount_compared(outcome, running.args)
            note = Note("operation", {"phase": "end", "op": running.op, "outcome": outcome}, SEEN)
            self.talk.effects += [note, Answer(running.ticket, outcome)]
        effects, self.talk.effects = self.talk.effects, []
        return effects

    # the person at the register

    def _ask(self, ask: Ask) -> None:
        if ask.who == "control":
            value, legal = switch(self.talk.behaviours, ask.name, ask.args)
            self.talk.effects.append(Answer(ask.ticket, value, legal))
            return
        if ask.name not in TAKES:
            known = ", ".join(TAKES)
            self._refuse(ask, f"没有操作 {ask.name}，可用：{known}", f"no operation {ask.name}; there are: {known}")
            return
        wrong = TAKES[ask.name].wrong(ask.args)
        if wrong is not None:
            self._bad_arguments(ask, wrong[1])
        elif ask.name in TAKINGS:
            self._take(ask)
        elif ask.name in CHECKS_TAKES:
            self._check(ask)
        elif ask.name == "abort":
            self._abort(ask)
        elif self._running is not None:
            op = self._running.op
            self._refuse(ask, f"操作 {op} 尚未结束", f"operation {op} is still under way")
        else:
            self._operate(ask)

    def _operate(self, ask: Ask) -> None:
        begin = Note("operation", {"phase": "begin", "op": ask.name, "args": shown_args(ask.args)}, SEEN)
        if ask.name not in self.speaker.takes:
            outcome = refused_outcome(ask.name, NOT_IN_PROTOCOL)
            end = Note("operation", {"phase": "end", "op": ask.name, "outcome": outcome}, SEEN)
            self.talk.effects += [begin, end, Answer(ask.ticket, outcome)]
            return
        unnamed = self.speaker.takes[ask.name].wrong(ask.args)
        wrong = unnamed[1] if unnamed is not None else wrong_value(ask.args)
        if wrong is not None:
            self._bad_arguments(ask, wrong)
            return
        self.talk.effects.append(begin)
        if self._port_gone:
            self._running = _Running(ask.ticket, ask.name, ask.args, begun=False)
            self._away_due = self.talk.now + self.settings.away_timeout_us
            return
        try:
            self.speaker.begin(ask.name, ask.args)
        except (KeyError, TypeError, ValueError, EncodeError) as error:
            self.talk.effects.clear()
            self._bad_arguments(ask, _why(error))
            return
        self._running = _Running(ask.ticket, ask.name, ask.args)

    def _abort(self, ask: Ask) -> None:
        """The operation under way is asked to end; it ends as the terminal says, with an Outcome of its own."""
        able = "abort" in self.speaker.takes and not self._port_gone
        if self._running is None or not able or not self.speaker.abort():
            cause = NOT_IN_PROTOCOL if self._running is not None else "nothing_to_abort"
            self.talk.effects.append(Answer(ask.ticket, refused_outcome("abort", cause)))
            return
        self.talk.effects.append(Answer(ask.ticket, done_outcome("abort")))

    def _take(self, ask: Ask) -> None:
        """Takings without a card: also while the terminal is busy."""
        try:
            record, outcome = carry_out(ask.name, ask.args, self.takings, self.talk.now)
        except ValueError as error:
            self._bad_arguments(ask, _why(error))
            return
        self.takings.apply(record)
        told = {key: value for key, value in record.items() if key != "kind"}
        note = Note("takings", {"what": record["kind"], **told}, SEEN)
        self.talk.effects += [Persist((record,)), note, Answer(ask.ticket, outcome)]

    def _check(self, ask: Ask) -> None:
        """What people looked at and measured; without a sheet, where the check stands."""
        items, now = self.settings.checks, self.talk.now
        try:
            records = records_of(items, ask.args, now)
        except ValueError as error:
            self._bad_arguments(ask, _why(error))
            return
        for record in records:
            self.checks.apply(record)
        stands = standing(items, self.checks, now)
        outcome = outcome_of_check(stands)
        notes = [Note("check", data, SEEN) for data in noted(items, records, stands)]
        begin = Note("operation", {"phase": "begin", "op": ask.name, "args": shown_args(ask.args)}, SEEN)
        end = Note("operation", {"phase": "end", "op": ask.name, "outcome": outcome}, SEEN)
        kept = [Persist(tuple(records))] if records else []
        self.talk.effects += [*kept, begin, *notes, end, Answer(ask.ticket, outcome)]

    def _bad_arguments(self, ask: Ask, why: Text) -> None:
        self._refuse(ask, f"{ask.name} 的参数有误：{why.zh}", f"bad arguments for {ask.name}: {why.en}")

    def _refuse(self, ask: Ask, zh: str, en: str) -> None:
        self.talk.effects.append(Answer(ask.ticket, {"error": {"zh": zh, "en": en}}, ok=False))

    # the cable

    def _port_away(self) -> None:
        if self._port_gone:
            return
        self._port_gone = True
        self.speaker.away()
        if self._running is not None:
            self._away_due = self.talk.now + self.settings.away_timeout_us

    def _port_back(self) -> None:
        """The same device, perhaps under another name."""
        was_gone, self._port_gone = self._port_gone, False
        running, self._away_due = self._running, None
        if not was_gone or running is None:
            return
        if not running.begun:
            running.begun = True
            try:
                self.speaker.begin(running.op, running.args)
            except (KeyError, TypeError, ValueError, EncodeError) as error:
                self._running = None
                self._bad_arguments(Ask("person", running.op, {}, running.ticket), _why(error))
            return
        running.returns += 1
        if running.returns > RETURNS_MAX:
            self._give_up(running)
        else:
            self.speaker.back()

    def _waited_for_port(self) -> None:
        running = self._running
        if running is not None and self._away_due is not None and self.talk.now >= self._away_due:
            self._give_up(running)

    def _give_up(self, running: _Running) -> None:
        """What was sent may have been carried out; what was asked while the port was gone was not."""
        self.speaker.give_up()
        told = no_answer_outcome if running.begun else refused_outcome
        self.talk.end(told(running.op, PORT_GONE))


def _why(error: Exception) -> Text:
    """What is wrong with an argument."""
    return error.what if isinstance(error, EncodeError) else Text(str(error), str(error))
