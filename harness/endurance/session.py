"""Works off the plan at a register: asks, learns what became of a lost answer, gets over what can be got over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from zlib import crc32

from ..arguments import Takes
from ..driver.learning import learned
from ..machine import Json, Record
from ..stores import Store
from .course import Course, Done, Incident, course_of
from .plan import Plan

RETRIES_MAX = 3
"""How often one operation is tried after what stood in its way was cleared (a sign-in, a settlement)."""
CLEARS: Mapping[str, str] = {
    "not_signed_in": "sign_in",
    "f39_77": "sign_in",
    "f39_64": "sign_in",
    "no_parameters": "download",
    "must_settle": "settle",
    "batch_upload_pending": "settle",
}
"""What is asked when an operation is refused for that cause; nothing was booked, so it is asked again."""
IN_A_ROW_MAX = 20
"""Failures one after the other that end a run: what comes then says nothing new."""
LOOK_S = 0.05
"""How often a port that is gone is looked for."""
LEARN_TRIES = 3
LEARN_AGAIN_S = 2.0
KNOWN_KEPT = 3
"""A newest result with one of the last trace numbers is of an operation that had ended before.  Any other one is the
newest operation's, unless what went before it stayed unknown: then it may be that one's."""


class Asked(Protocol):
    """`harness.bench.register.Register`, as far as this room needs it."""

    @property
    def attached(self) -> bool: ...

    @property
    def order_chars(self) -> int: ...

    @property
    def operations(self) -> Mapping[str, Takes]: ...

    def do(self, op: str, **args: Json) -> Mapping[str, Json]: ...


@dataclass(slots=True)
class Surroundings:
    """What a session is given besides the register: `now_us` since the program began, a way to wait, and who is told.

    `before(number)`: called before each sale (a stand of its own pulls plugs here).  `transcript`: what the register
    saw of the operation that has just ended.
    """

    now_us: Callable[[], int]
    wait_s: Callable[[float], None]
    told: Callable[[Course, Done], None] = lambda course, done: None
    before: Callable[[int], list[str]] = lambda number: []
    transcript: Callable[[], list[Json]] = list
    patience_s: float = 600.0


class Session:
    """One run, or the rest of one."""

    def __init__(self, register: Asked, store: Store, plan: Plan, run: str, around: Surroundings) -> None:
        self._register = register
        self._store = store
        self._around = around
        self.course: Course = course_of(store.load())
        self._offset_us = self.course.worked_us - around.now_us()
        self._in_a_row = 0
        if self.course.plan is None:
            self._keep({**plan.record(), "run": run})
        else:
            self._incident("resumed")
        assert self.course.plan is not None
        self.plan: Plan = self.course.plan

    def work(self) -> bool:
        """Until the plan is done (True), or too much goes wrong in a row (False)."""
        self._resume()
        while self.course.sales < self.plan.count:
            number = self.course.sales + 1
            for what in self._around.before(number):
                self._incident(what)
            self._operate(number, "sale", amount_fen=self.plan.amount_fen(number), order=self._order(number, "sale"))
            for op in self.plan.after(number):
                self._behind(number, op)
            if self._in_a_row >= IN_A_ROW_MAX:
                return False
        return True

    def _behind(self, number: int, op: str) -> None:
        if op not in self._register.operations:
            return
        if op == "settle":
            self._operate(number, op)
            return
        sale = self.course.last_sale
        if sale is not None and sale.good and sale.number == number and sale.stan:
            args = {"stan": int(sale.stan)}
            self._operate(number, op, amount_fen=sale.amount_fen, args=args, order=self._order(number, op))

    def _order(self, number: int, op: str) -> str:
        whole = f"{self.course.run}-{number}-{op}"
        chars = self._register.order_chars
        if len(whole) <= chars:
            return whole
        # Where the run's name has no room its numbers begin somewhere of their own: a newest result with the same
        # number as this sale's would be taken for it.
        return f"{(crc32(self.course.run.encode()) + 2 * number + (op != 'sale')) % 10**chars:0{chars}d}"

    @property
    def _now_us(self) -> int:
        return self._around.now_us() + self._offset_us

    # one operation

    def _operate(
        self, number: int, op: str, *, amount_fen: int = 0, order: str = "", args: dict[str, Json] | None = None
    ) -> None:
        given: dict[str, Json] = args or ({"amount_fen": amount_fen} if op == "sale" else {})
        given |= {"order": order} if order and self._register.order_chars else {}
        at_us = self._now_us
        self._keep(
            {"kind": "begin", "number": number, "op": op, "args": given, "amount_fen": amount_fen, "at_us": at_us}
        )
        outcome = self._asked(op, given)
        for _ in range(RETRIES_MAX):
            cure = CLEARS.get(str(outcome.get("cause") or ""))
            if outcome["status"] not in ("refused", "declined") or cure is None or cure == op:
                break
            self._incident(cure)
            self._asked(cure, {})
            outcome = self._asked(op, given)
        learned = outcome["status"] == "unknown" and op != "settle"
        if learned:
            outcome = self._learned(op, given, outcome)
        self._ended(number, op, amount_fen, at_us, outcome, learned)

    def _asked(self, op: str, args: Mapping[str, Json]) -> Mapping[str, Json]:
        self._wait_for_port()
        return self._register.do(op, **args)

    def _wait_for_port(self) -> None:
        if self._register.attached:
            return
        self._incident("port_gone")
        end_us = self._around.now_us() + int(self._around.patience_s * 1_000_000)
        while self._around.now_us() < end_us:
            self._around.wait_s(LOOK_S)
            if self._register.attached:
                self._incident("port_back")
                break

    def _learned(self, op: str, args: Mapping[str, Json], outcome: Mapping[str, Json]) -> Mapping[str, Json]:
        """`last` is the one way to learn how it ended; where it speaks of another order, this one was not booked."""
        if "last" not in self._register.operations:
            return outcome
        before = next((one for one in reversed(self.course.done) if one.op != "settle"), None)
        known = [one.stan for one in self.course.done if one.stan][-KNOWN_KEPT:]
        certain = bool(known) and before is not None and before.status != "unknown"
        for tries in range(LEARN_TRIES):
            if tries:
                self._around.wait_s(LEARN_AGAIN_S)
            found = learned(op, args, self._asked("last", {}))
            stan, sales_only = str(found.last.get("stan") or ""), (found.last.get("of") or {}).get("sales_only")
            if found.verdict == "same":
                return found.last
            if found.verdict == "other":
                return {**outcome, "status": "no_answer", "cause": "not_booked"}
            if found.verdict == "unsure" and stan and not (sales_only and op != "sale"):
                if stan in known:
                    return {**outcome, "status": "no_answer", "cause": "not_booked"}
                if certain:
                    return found.last
        return outcome

    def _ended(
        self, number: int, op: str, amount_fen: int, at_us: int, outcome: Mapping[str, Json], learned: bool
    ) -> None:
        done = Done(
            number,
            op,
            at_us,
            max(0, self._now_us - at_us),
            str(outcome["status"]),
            outcome.get("cause"),
            amount_fen,
            str(outcome.get("stan") or ""),
            learned,
        )
        records: list[Record] = [{"kind": "end", **{name: getattr(done, name) for name in Done.__slots__}}]
        if not done.good and self.course.failure is None:
            told = {"text": outcome["text"], "status": done.status, "cause": done.cause}
            records.append(
                {"kind": "failure", "number": number, "op": op, **told, "transcript": self._around.transcript()}
            )
        self._keep(*records)
        self._in_a_row = 0 if done.good else self._in_a_row + 1
        self._around.told(self.course, done)

    def _resume(self) -> None:
        """What was under way when the program ended: what became of it is asked for, and it is not asked twice."""
        begun = self.course.begun
        if begun is None:
            return
        self._wait_for_port()
        lost: Mapping[str, Json] = {
            "status": "unknown",
            "cause": "interrupted",
            "text": {"zh": "程序中断", "en": "the program was interrupted"},
        }
        op, args = str(begun["op"]), begun["args"]
        outcome = lost if op == "settle" else self._learned(op, args, lost)
        self._ended(begun["number"], op, begun["amount_fen"], begun["at_us"], outcome, learned=True)

    def _incident(self, what: str, detail: str = "") -> None:
        told = Incident(what, self._now_us, detail)
        self._keep({"kind": "incident", "what": told.what, "at_us": told.at_us, "detail": told.detail})

    def _keep(self, *records: Record) -> None:
        self._store.append(records)
        for record in records:
            self.course.apply(record)
