"""The emulated POS terminal, a machine.

Links: `host` (TCP, dialled per operation), `register` (the cable) and `card` (dialled when a card is presented).  One
operation at a time runs as a generator (`flows`); this module feeds it what it waits for.  State is the
fold of the records (`state`); `Desk.save` changes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from protocols.errors import PosrigError
from protocols.text import Text

from ..machine import Answer, Ask, Closed, Effect, Event, Json, Opened, Received, Record, Wake
from ..spoken import spoken_on
from . import rights, snapshot
from .arguments import OPERATION_TAKES
from .boot import boot
from .control import Control
from .desk import Desk
from .flows import FLOWS, accounts
from .hardware.processor import IDLE, Interruption, reach
from .hardware.stops import refused_now
from .line import TcpLine
from .outcome import Outcome, outcome, refused
from .person import Person
from .register import side_of
from .register.side import LINK, RegisterSide
from .register.tunnel import TunnelLine
from .running import Running
from .settings import TerminalSettings
from .slot import Slot
from .wants import (
    CardRead,
    Confirm,
    Confirmed,
    Dial,
    Exchange,
    HangUp,
    NoReply,
    Order,
    Pause,
    Power,
    PowerOff,
    Prompt,
    Step,
    Transmit,
    Want,
)
from .watch import Watch

Heard = Callable[[Outcome], None]
"""Who wants to know an Outcome besides the asker: the register's side."""
ACTS = ("present", "press", "remove")
SECRET = ("components", "kcv", "password", "new", "medium", "listed", "payment_code")
"""Arguments of operations that no trace shows."""


class Terminal:
    """See the module.  `settings.gate` False lets every frame out, so that the host has to refuse."""

    name = "terminal"

    def __init__(self, settings: TerminalSettings) -> None:
        self.settings = settings
        self.desk: Desk = Desk(settings)
        self.register: RegisterSide = side_of(self.desk, self)
        self.tcp: TcpLine = TcpLine(self.desk)
        self.line: TunnelLine | TcpLine = self.tcp
        self.use_service_line(False)
        self.slot: Slot = Slot(self.desk)
        self.person: Person = Person(self.desk)
        self.control: Control = Control(self)
        self.watch: Watch = Watch(self.desk)
        self.running: Running = Running(self.desk)
        self._flow: Step[Outcome] | None = None
        self._order = Order("")
        self._ticket: int | None = None
        self._heard: Heard | None = None
        self._pause_until: int | None = None
        self._confirming = False

    @property
    def by_itself(self) -> bool:
        """As `Operating.by_itself`."""
        return self._flow is not None and self._order.own

    def use_service_line(self, on: bool) -> None:
        """A terminal without a line of its own is made ready in the workshop, where it is given one: until `on` is
        taken back it dials the host itself.  Only while it is idle."""
        tethered = self.settings.profile.host_link == "register" and not on
        self.line = TunnelLine(self.desk, self.register) if tethered else self.tcp

    @property
    def idle(self) -> bool:
        """No operation is under way."""
        return self._flow is None

    @property
    def deadline(self) -> int | None:
        if self.running.dark:
            return self.running.deadline
        watched = self.watch.deadline if self.idle else None
        parts = (self.line, self.person, self.slot, self.register, self.running)
        waits = (*(part.deadline for part in parts), self._pause_until, watched)
        due = [at for at in waits if at is not None]
        return min(due, default=None)

    def start(self, records: Sequence[Record], now: int) -> list[Effect]:
        """Rebuild from storage; at the first start begin where the settings say."""
        self.desk.now = now
        boot(self.desk, records)
        if not self.running.dark:
            self.watch.start()
        settings = self.settings
        self.desk.effects[:0] = spoken_on(LINK, settings.register_protocol, settings.register_transport, ("terminal",))
        return self._taken()

    def handle(self, event: Event, now: int) -> list[Effect]:
        """One turn."""
        self.desk.now = now
        try:
            if self.running.dark:
                self._in_the_dark(event)
            else:
                self._turn(event)
        except Interruption as what:
            self._flow = self._pause_until = None
            self._confirming = False
            answered = {effect.ticket for effect in self.desk.effects if isinstance(effect, Answer)}
            if isinstance(event, Ask) and event.ticket not in (self._ticket, *answered):
                self.running.unheard(event)
            self.running.interrupted(what)
        return self._taken()

    def _in_the_dark(self, event: Event) -> None:
        """Only the bench, and hands at the device itself, reach it."""
        match event:
            case Ask(who="control"):
                self._asked(event)
            case Ask():
                self.running.unheard(event)
            case Wake():
                self.running.wake()

    def _turn(self, event: Event) -> None:
        match event:
            case Ask():
                self._asked(event)
            case Opened(link="host" | "backup"):
                self._resume(self.tcp.opened())
            case Received(link="host" | "backup", data=data):
                self._resume(self.tcp.received(data))
            case Closed(link="host" | "backup", reason=reason):
                self._resume(self.tcp.closed(reason))
            case Received(link="card", data=data):
                self._of_card(self.slot.received(data))
            case Closed(link="card", reason=reason):
                self._of_card(self.slot.closed(reason))
            case Opened(link="card", peer=peer):
                self.slot.opened(peer)
            case Received(link="register", data=data):
                self.register.received(data)
            case Opened(link="register") | Closed(link="register"):
                self.register.reset(plugged_in=isinstance(event, Opened))
            case Wake():
                self.running.wake()
                self.register.wake()
                self._resume(self.line.wake())
                self._resume(self.slot.wake())
                self._resume(self.person.given())
                self._resume(self._paused_enough())
                if self.idle and (own := self.watch.due()) is not None:
                    self.operate(own, None)
        if self.idle:
            reach(self.desk, IDLE)

    def _taken(self) -> list[Effect]:
        if self.desk.ending is not None:
            if self._ticket is not None:
                self.desk.effects.append(Answer(self._ticket, self.running.abandoned(self._order)))
            self.running.end()
        effects, self.desk.effects = self.desk.effects, []
        return effects

    # what is asked

    def _asked(self, ask: Ask) -> None:
        if ask.who == "control":
            value, legal = self.control.answer(ask)
            self.desk.effects.append(Answer(ask.ticket, value, legal))
        elif ask.who == "person" and ask.name in ACTS:
            value, legal = self.person.act(ask)
            self.desk.effects.append(Answer(ask.ticket, value, legal))
            self._resume(self.person.given())
        elif ask.who == "person" and ask.name == "operate" and ask.args.get("op") in FLOWS:
            args = {key: value for key, value in ask.args.items() if key != "op"}
            wrong = OPERATION_TAKES[str(ask.args["op"])].wrong(args)
            if wrong is None:
                self.operate(Order(str(ask.args["op"]), args), ask.ticket)
            else:
                told = {"zh": wrong[1].zh, "en": wrong[1].en}
                self.desk.effects.append(Answer(ask.ticket, {"cause": "bad_argument", "error": told}, ok=False))
        else:
            error = Text(f"终端没有 {ask.who}/{ask.name}", f"the terminal knows no {ask.who}/{ask.name} like this")
            value = {"error": {"zh": error.zh, "en": error.en}, "operations": list(FLOWS)}
            self.desk.effects.append(Answer(ask.ticket, value, ok=False))

    def operate(self, order: Order, ticket: int | None, heard: Heard | None = None) -> Outcome | None:
        """Start an operation.  Returns the Outcome when it ended in this turn.

        When it ends, `ticket` is answered and `heard` is told.
        """
        if self._flow is not None:
            return self._answered(ticket, heard, refused(order.op, "busy"))
        shown = {key: value for key, value in order.args.items() if key not in SECRET}
        state = self.desk.state.life_cycle
        begun: dict[str, Json] = {"phase": "begin", "op": order.op, "args": shown, "state": state}
        self.desk.note("operation", {**begun, "by": "terminal"} if order.own else begun, shown=True)
        unentitled = None if order.own else self._unentitled(order)
        if unentitled is not None:
            return self._finish(order, ticket, heard, refused(order.op, unentitled))
        number = accounts.asked_for(self.desk, order)
        if isinstance(number, str):
            return self._finish(order, ticket, heard, refused(order.op, number))
        flow = FLOWS[order.op]
        if ticket is not None and accounts.must_ask(self.desk, order):
            return self._begun(order, ticket, heard, accounts.after_choice(flow))
        self.desk.use(number)
        cause = refused_now(self.desk, order.op) if self.settings.gate else None
        if cause is not None:
            return self._finish(order, ticket, heard, refused(order.op, cause))
        return self._begun(order, ticket, heard, flow)

    def _begun(self, order: Order, ticket: int | None, heard: Heard | None, flow: accounts.Flow) -> Outcome | None:
        self._order, self._ticket, self._heard = order, ticket, heard
        self.desk.operation = order.op
        self.running.begun()
        reach(self.desk, "begin")
        self._flow = flow(self.desk, order)
        return self._step(None)

    def _unentitled(self, order: Order) -> str | None:
        """Why whoever is at the keypad may not do that."""
        asked = self.settings.gate and self.desk.config.protected
        cause = rights.refusal(order.op, self.desk.state, self.settings.operators) if asked else None
        if cause is None:
            self.watch.touch()
        else:
            self.desk.audit("refused", op=order.op, cause=cause)
        return cause

    # the flow

    def carried(self, answer: bytes | NoReply) -> None:
        """As `Operating.carried`."""
        if isinstance(self.line, TunnelLine):
            self._resume(self.line.carried(answer))

    def cancel(self) -> bool:
        """As `Operating.cancel`."""
        given = self.person.cancel()
        self._resume(given)
        return given is not None

    def confirmed(self, taken: bool) -> None:
        """As `Operating.confirmed`."""
        if self._confirming:
            self._confirming = False
            self._resume(Confirmed(taken))

    def _of_card(self, came: object) -> None:
        """Something came from the reader; a card that nobody announced is as one that a person presents."""
        if isinstance(came, CardRead):
            if not self.person.asked_for_card:
                self.slot.power_off()
                return
            self.person.lay(came)
            came = self.person.given()
        self._resume(came)

    def _resume(self, given: object) -> None:
        if given is not None and self._flow is not None:
            self._step(given)

    def _step(self, given: object) -> Outcome | None:
        """Drive the flow until it waits for something that is not there yet, or ends."""
        flow = self._flow
        assert flow is not None
        while True:
            try:
                want = flow.send(given)
            except StopIteration as stop:
                return self._end(stop.value)
            except PosrigError as error:  # the host sent something that is none; what hangs on it stays pending
                self.desk.note("noise", {"link": "host", "hex": "", "reason": str(error)})
                return self._end(self._unusable(error))
            given = self._begin(want)
            if given is None:
                return None

    def _paused_enough(self) -> object:
        if self._pause_until is None or self.desk.now < self._pause_until:
            return None
        self._pause_until = None
        return True

    def _begin(self, want: Want) -> object:
        self.register.waits(want)
        match want:
            case Confirm():
                self._confirming = self.register.confirm(want)
                return None if self._confirming else Confirmed(True)
            case Exchange() | Dial():
                return self.line.begin(want)
            case Prompt():
                self.person.ask_for(want)
                if want.what == "card":
                    self.slot.watch()
                return self.person.given()
            case HangUp():
                self.line.hang_up()
                return True
            case Power() | Transmit() | PowerOff():
                return self.slot.begin(want)
            case Pause():
                self._pause_until = self.desk.now + want.us
                return self._paused_enough()

    def _unusable(self, error: PosrigError) -> Outcome:
        status = "unknown" if self.desk.state.reversal is not None else "no_answer"
        return outcome(self._order.op, status, "bad_reply", text=error.what)

    def _end(self, result: Outcome) -> Outcome:
        self._flow = self._pause_until = None
        self._confirming = False
        self.desk.operation = ""
        if self.desk.owed:
            self.desk.save()
        self.line.hang_up()
        self.slot.power_off()
        self.person.forget(at_keypad=self._ticket is not None)
        if not self._order.own:
            self.watch.touch()
        ticket, self._ticket = self._ticket, None
        return self._finish(self._order, ticket, self._heard, result)

    def _finish(self, order: Order, ticket: int | None, heard: Heard | None, result: Outcome) -> Outcome:
        self.desk.show(Text(**result["text"]))
        self.desk.note("operation", {"phase": "end", "op": order.op, "outcome": result}, shown=True)
        return self._answered(ticket, heard, result)

    def _answered(self, ticket: int | None, heard: Heard | None, result: Outcome) -> Outcome:
        if ticket is not None:
            self.desk.effects.append(Answer(ticket, result))
        if heard is not None:
            heard(result)
        return result

    # what is seen from outside

    def status(self) -> Mapping[str, Json]:
        """Where the terminal stands."""
        return {**snapshot.status(self.desk), "idle": self.idle}

    def snapshot(self) -> Mapping[str, Json]:
        """Batch, receipts, reversal, settled batches (docs/design.md)."""
        return snapshot.snapshot(self.desk)
