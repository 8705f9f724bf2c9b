"""A terminal is driven: one operation after the other, watched while it runs, aborted by Ctrl-C, and asked again where
its outcome was lost."""

from __future__ import annotations

import logging
import queue
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import FrameType, TracebackType
from typing import Any

from harness.bench.register import Pending, Register
from harness.clock import monotonic_s
from harness.driver.learning import Learned
from harness.driver.operations import OPERATIONS
from harness.driver.outcome import NOT_IN_PROTOCOL, OTHER_AMOUNT, REGISTER_TIMEOUT, outcome
from harness.mask import Masker
from harness.trace import Recorder
from protocols.errors import PosrigError
from protocols.text import Text

from ...machine import Json
from . import texts
from .orders import Typed, word_of
from .show import TROUBLE, Screen

log: logging.Logger = logging.getLogger("posrig.shell")

TICK_S = 0.1
"""How often what is under way is looked at: a person's Ctrl-C and the terminal's words show within this time."""
LEFT = "left"
"""The cause of an Outcome that nobody waited for."""


@dataclass(frozen=True, slots=True)
class Result:
    """How an operation ended.  `learned`: what the terminal's newest result said, where that was asked."""

    order: Typed
    outcome: Mapping[str, Json]
    took_s: float
    learned: Learned | None = None
    stopped: bool = False
    """Somebody asked for an end meanwhile: nothing follows, whatever became of this one."""

    @property
    def done(self) -> bool:
        """Carried out, and for what was ordered, as far as anybody knows."""
        found = self.learned
        known = found is not None and found.verdict == "same" and found.last["status"] == "done"
        return (self.outcome["status"] == "done" and self.outcome["cause"] != OTHER_AMOUNT) or known

    @property
    def left(self) -> bool:
        """Nobody waited for its end."""
        return bool(self.outcome["cause"] == LEFT)

    def to_json(self) -> dict[str, Json]:
        """The Outcome, and what was asked, how long it took, what was learned."""
        told = {"args": self.order.args, "took_ms": round(self.took_s * 1000)}
        found = self.learned
        more = {} if found is None else {"learned": {"verdict": found.verdict, "last": found.last}}
        return {**self.outcome, **told, **more}


class Tap(logging.Handler):
    """What the register's machine tells, for the screen and for a file, and what its shell has to say of the port."""

    def __init__(self, file: Recorder | None) -> None:
        super().__init__(logging.WARNING)
        self._file = file
        self._masker = Masker()
        self._waiting: queue.SimpleQueue[tuple[str, Mapping[str, Json]]] = queue.SimpleQueue()

    def append(self, party: str, kind: str, data: Mapping[str, Json], seen_by: Sequence[str], t_us: int) -> None:
        """As `Recorder`; called from the loop's thread."""
        if self._file is not None:
            self._file.append(party, kind, data, seen_by, t_us)
        if kind in ("progress", "link"):
            self._waiting.put((kind, self._masker.enter(1, party, kind, data)))

    def emit(self, record: logging.LogRecord) -> None:
        """A line of the shell's log, such as why a port cannot be opened again."""
        said = record.getMessage()
        told = Text(said, said)
        for error in record.args or ():
            if isinstance(error, PosrigError):
                told = Text(f"{error.what.zh}；{error.cure.zh}", f"{error.what.en}. {error.cure.en}")
        self._waiting.put((TROUBLE, {"what": told}))

    def take(self) -> list[tuple[str, Mapping[str, Json]]]:
        """What came since the last call."""
        taken: list[tuple[str, Mapping[str, Json]]] = []
        while not self._waiting.empty():
            taken.append(self._waiting.get())
        return taken


class Stops:
    """Counts Ctrl-C and its like while an operation is under way, instead of ending the program."""

    SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")

    def __init__(self) -> None:
        self.count: int = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Stops:
        def stop(_number: int, _frame: FrameType | None) -> None:
            self.count += 1

        for name in self.SIGNALS:
            number = getattr(signal, name, None)  # not every system has all of them
            if number is not None and not (name == "SIGHUP" and signal.getsignal(number) == signal.SIG_IGN):  # nohup
                self._before[number] = signal.signal(number, stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        for number, before in self._before.items():
            signal.signal(number, signal.SIG_DFL if before is None else before)


class Session:
    """`again`: the command line that `last` is asked with later."""

    def __init__(self, register: Register, tap: Tap, screen: Screen, *, learn: bool, again: str) -> None:
        self._register = register
        self._tap = tap
        self._screen = screen
        self._learn = learn and "last" in register.operations
        self._again = again

    @property
    def operations(self) -> tuple[str, ...]:
        """Those that the protocol has."""
        return tuple(self._register.operations)

    def run(self, orders: Sequence[Typed]) -> Iterator[Result]:
        """One after the other, until one is not done.  Raises AskRefused for arguments that the protocol cannot take,
        BenchBroken when the session has ended."""
        for number, order in enumerate(orders):
            result = self.one(order)
            yield result
            if not result.done or result.stopped:
                rest = ", ".join(one.shown for one in orders[number + 1 :])
                if rest:
                    self._screen.say(texts.NOT_RUN.format(orders=rest))
                return

    def one(self, order: Typed) -> Result:
        """Carry out one operation."""
        began_s = monotonic_s()
        log.addHandler(self._tap)
        with Stops() as stops:  # before anything is sent: nobody is to leave by accident while money moves
            pending = self._register.begin(order.op, **order.args)
            self._screen.begin(order)
            try:
                told = self._watched(order, pending, began_s, stops)
            finally:
                self._screen.stop()
                log.removeHandler(self._tap)
        result = Result(order, told, monotonic_s() - began_s, stopped=stops.count > 0)
        self._screen.end(order, told, result.took_s, self._next(order, told))
        lost = told["status"] == "unknown" and OPERATIONS[order.op].books and not result.left
        if not lost or not self._learn:
            return result
        self._screen.say(texts.LEARNING)
        try:
            found = self._register.learn(pending)
        except KeyboardInterrupt:
            self._screen.say(self._unknown())
            return result
        self._screen.learned(found)
        return replace(result, took_s=monotonic_s() - began_s, learned=found)

    def _watched(self, order: Typed, pending: Pending, began_s: float, stops: Stops) -> Mapping[str, Json]:
        handled, abort = 0, None
        while True:
            ended = pending.wait(TICK_S)
            for kind, data in self._tap.take():
                self._screen.event(kind, data, monotonic_s() - began_s)
            if ended is not None:
                return ended
            self._screen.tick(order, monotonic_s() - began_s)
            if stops.count > handled and handled:
                return outcome(order.op, "unknown", LEFT, texts.LEFT)
            if stops.count > handled:
                handled, abort = 1, self._register.begin("abort")
                self._screen.say(texts.ABORTING)
            if abort is not None and (answer := abort.wait(0)) is not None:
                abort = None
                if answer["cause"] == NOT_IN_PROTOCOL:
                    self._screen.say(texts.CANNOT_ABORT if self._register.attached else texts.CANNOT_REACH)

    def _command(self, op: str) -> str:
        return f"{self._again} {word_of(op)}"

    def _unknown(self) -> Text:
        able = "last" in self._register.operations
        return texts.NEXT["unknown"].format(last=self._command("last")) if able else texts.NEXT_NO_LAST

    def _next(self, order: Typed, told: Mapping[str, Json]) -> Text | None:
        status = str(told["status"])
        if status == "done":
            return None
        protocol = self._register.cable.spoken.protocol
        commands = {op: self._command(op) for op in OPERATIONS}
        known = {"protocol": protocol, "operations": ", ".join(map(word_of, self._register.operations)), **commands}
        by_cause = texts.NEXT_BY_CAUSE.get(str(told["cause"]))
        if by_cause is not None:
            return by_cause.format(**known)
        operation = OPERATIONS[order.op]
        unheard = status == "unknown" and not (operation.books or operation.destructive)
        if unheard or (status == "no_answer" and told["cause"] == REGISTER_TIMEOUT):
            return texts.NEXT_ASKING
        if status == "unknown" and operation.books and self._learn and told["cause"] != LEFT:
            return None  # it is asked at once
        if status == "unknown":
            return self._unknown()
        return texts.NEXT[status].format(**known)
