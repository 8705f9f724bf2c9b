"""The test sale and its void: never twice, never lost.

Every step is durable before it is taken (`facts["test_sale"]`), so that whoever goes on with an interrupted visit knows
what may be booked: the terminal is asked for its newest payment, and what was sold is taken back.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from protocols.text import Text

from .checks.asking_terminal import attend, session
from .discreet import HIDDEN
from .model import Question
from .visit import Visit

if TYPE_CHECKING:
    from harness.machine import Json

FACT = "test_sale"
WHERE = ("sn", "tid", "mid")
"""Facts that tell terminals apart; the sale keeps them, as another terminal may stand there when it is taken back."""
BEGUN, SOLD, VOIDED, UNKNOWN, NONE = "begun", "sold", "voided", "unknown", "none"
"""States.  `begun`: asked, and nothing is known.  `none`: it is known that nothing is booked.  What is `begun`, `sold`
or `unknown` may be booked."""
OPEN = frozenset((BEGUN, SOLD, UNKNOWN))
VOID_TRIES = 3
"""Voids that came to nothing for want of a card or a line; a person has to present the card again."""
TRY_AGAIN = frozenset(("cancelled", "no_answer", "unknown"))
"""Statuses of a void after which it is asked for again: it names the sale, so it takes nothing back twice."""
OWES_REVERSAL = "reversal_pending"
NO_PAYMENT = "-"
NONE_STORED = frozenset(("wrong_order", "no_original", "no_sale"))
"""Causes for which `last` is refused where there is no payment yet.  What a terminal answers that cannot repeat results
at all (ZVT 83) is none of them."""
NEVER_MADE = "not_booked"
"""Our own cause: the terminal's newest result is another one."""
ALREADY_VOIDED = frozenset(("already_voided", "f39_C9", "f39_CA"))
NOT_BOOKED = frozenset(("cancelled", "card_timeout", "card_removed", "reversed", "card_misread"))
"""Causes of a stored result with our order number that say for certain that nothing is booked."""

PRESENT = Text("请在终端上出示测试卡：{yuan} 元", "Present the test card at the terminal: {yuan} yuan")
TAKING_BACK = Text(
    "正在撤销测试消费（流水号 {stan}），需要时请再出示同一张卡",
    "Taking the test sale back (trace number {stan}); present the same card if asked",
)
LEARNING = Text("正在向终端问清上一笔的结果……", "Asking the terminal how the payment ended ...")


SAME = Question(
    "payments.same_terminal",
    Text(
        "一次中断的检查留下了测试消费 {yuan} 元。还是同一台终端，而且之后没有人在上面收过款，对吗？",
        "An interrupted check left a test sale of {yuan} yuan. Is this the same terminal, with no payment made on it "
        "since?",
    ),
    {"no": Text("不是，或不确定", "no, or not sure"), "yes": Text("是", "yes")},
)
"""Good faith would take back what is somebody else's, so that the safe answer comes first."""
NOT_SURE = Text("不能确定是不是同一台终端、同一笔", "it is not certain that it is this terminal and this payment")


def yuan(fen: int) -> str:
    """An amount as people write it."""
    return f"{fen // 100}.{fen % 100:02d}"


class Trial:
    """One test sale in one visit.  Methods raise as `asking_terminal.session`."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    @property
    def fact(self) -> Mapping[str, Any]:
        """What is durable of it."""
        found: Mapping[str, Any] = self._visit.facts.get(FACT) or {}
        return found

    @property
    def state(self) -> str:
        """One of the states, "" before anything was asked."""
        return str(self.fact.get("state") or "")

    @property
    def is_open(self) -> bool:
        """Something may be booked that was not taken back."""
        return self.state in OPEN

    @property
    def owed(self) -> bool:
        """The terminal has said that it still has to take the sale back: its host may have booked it."""
        return bool(self.fact.get("owed"))

    def adopt(self, sale: Mapping[str, Any]) -> None:
        """Take over what another visit to this terminal left open."""
        self._visit.learn(**{FACT: {**sale, "adopted": True}})

    def settled_by_people(self) -> None:
        """Somebody who knows says that it is cleared up."""
        self._keep(state=NONE, owed=False, cleared_by_people=True)

    def is_here(self) -> bool:
        """Whether what may be booked is this terminal's: sold in this run, or the terminal was recognised, or somebody
        says so."""
        facts, at = self._visit.facts, self.fact.get("at") or {}
        both = [(str(facts[name]), at[name]) for name in WHERE if facts.get(name) and at.get(name)]
        if any(found != sold and HIDDEN not in sold for found, sold in both):
            self._keep(reason={"zh": NOT_SURE.zh, "en": NOT_SURE.en})
            return False
        return self._visit.sold_here or self._visit.recognised or self._confirmed()

    def _confirmed(self) -> bool:
        """Whether somebody says that nothing has come between; asked once."""
        if self._visit.nothing_between is None:
            words = SAME.words.format(yuan=yuan(int(self.fact.get("amount_fen") or 0)))
            said = self._visit.ask(replace(SAME, words=words))
            self._visit.nothing_between = said is not None and list(said) == ["yes"]
        if not self._visit.nothing_between:
            self._keep(reason={"zh": NOT_SURE.zh, "en": NOT_SURE.en})
        return self._visit.nothing_between

    def reversed(self) -> None:
        """It is proved that the host has booked nothing, or has taken it back."""
        self._keep(state=NONE, owed=False)

    def _keep(self, **more: Json) -> None:
        self._visit.learn(**{FACT: {**self.fact, **more}})

    # the sale

    def sell(self, amount_fen: int) -> Mapping[str, Json]:
        """Sell, and learn how it ended: the Outcome, of `last` where the answer was lost.  `state` tells the rest."""
        register = session(self._visit)
        before = self._newest()
        order = self._order("sale")
        self._visit.learn(
            **{
                FACT: {
                    "state": BEGUN, "amount_fen": amount_fen, "order": order.get("order", ""), "before": before,
                    "at": {name: str(self._visit.facts.get(name) or "") for name in WHERE},
                    "local": self._visit.local_host() is not None,
                }
            }
        )  # fmt: skip
        self._visit.sold_here = True
        self._visit.tell(PRESENT.format(yuan=yuan(amount_fen)))
        outcome = attend(self._visit, register.begin("sale", amount_fen=amount_fen, **order))
        assert outcome is not None  # money is waited for as long as it takes
        return self._sold(outcome)

    def recover(self) -> None:
        """What became of a sale, or of its void, that was begun and whose end is not known."""
        if self.state in (BEGUN, UNKNOWN):
            self._sold({"status": "unknown", "cause": None})
        elif self.state == SOLD and self.fact.get("voiding"):
            self._voided_meanwhile()

    def _sold(self, outcome: Mapping[str, Json]) -> Mapping[str, Json]:
        """Keep how the sale ended."""
        known = True
        if outcome["status"] == "unknown":
            if outcome["cause"] == OWES_REVERSAL:
                self._keep(owed=True)
            found, known = self._learned("sale")
            outcome = found if known and found["status"] == "done" else outcome
            known = known and (outcome["status"] == "done" or not self.owed)
        if not known:
            self._keep(state=UNKNOWN)
        elif outcome["status"] == "done":
            amount = outcome.get("amount_fen") or self.fact["amount_fen"]
            told = {name: str(outcome.get(name) or "") for name in ("stan", "batch", "rrn")}
            self._keep(state=SOLD, booked_fen=amount, owed=False, **told)
        else:
            self._keep(state=NONE)
        return outcome

    def _learned(self, op: str) -> tuple[Mapping[str, Json], bool]:
        """How the operation ended by the terminal's newest result, and whether that is known."""
        from harness.bench.register import Pending

        args: dict[str, Json] = {"order": self.fact["order"]} if self.fact.get("order") else {}
        if op == "void":
            args = {"order": self.fact["void_order"]} if self.fact.get("void_order") else {}
            args["stan"] = self.fact["stan"]
        else:
            args["amount_fen"] = self.fact["amount_fen"]
        self._visit.tell(LEARNING)
        found = session(self._visit).learn(Pending(op, args, Future()))
        last, nothing = found.last, {"op": op, "status": "refused", "cause": NEVER_MADE}
        if found.verdict == "same":
            return last, True
        before, newest = str(self.fact.get("before") or ""), str(last.get("stan") or "")
        if found.verdict == "other":
            # Behind an interruption the newest one may be the merchant's, and ours the one before it.
            known = op != "sale" or self._visit.sold_here or bool(before and newest == before)
            return ({**last, **nothing} if known else last), known
        ours = bool(args.get("order")) and (last.get("of") or {}).get("order") == args["order"]
        if ours and last["cause"] in NOT_BOOKED:
            return last, True
        if op == "sale" and self.fact.get("before") == NO_PAYMENT and _none_stored(last):
            return {**last, **nothing}, True  # there was none before, and there is none now
        if op == "sale" and found.verdict == "unsure" and before and newest:
            if newest == before:
                return {**last, **nothing}, True
            return last, self._visit.sold_here or self._confirmed()
        return last, False

    def _newest(self) -> str:
        """What the terminal's newest payment is before ours, which another one would be mistaken for: its trace number,
        NO_PAYMENT where it has none, "" where that is not known."""
        if "last" not in session(self._visit).operations:
            return ""
        last = session(self._visit).do("last")
        if _none_stored(last):
            return NO_PAYMENT
        return str(last.get("stan") or "") if last["status"] == "done" else ""

    def _order(self, op: str) -> dict[str, str]:
        """A number of our own for what books, where the protocol carries one."""
        from harness.bench.register import new_order

        register = session(self._visit)
        has_room = register.order_chars and "order" in register.operations[op].names
        return {"order": new_order(register.order_chars)} if has_room else {}

    # the void

    def take_back(self) -> Mapping[str, Json] | None:
        """Void what was sold; the last Outcome, None where there is nothing to void."""
        outcome: Mapping[str, Json] | None = None
        for _ in range(VOID_TRIES):
            if self.state != SOLD or not self.fact.get("stan"):
                break
            outcome = self._void()
            if outcome["status"] not in TRY_AGAIN and outcome["cause"] != NEVER_MADE:
                break
        return outcome

    def _void(self) -> Mapping[str, Json]:
        register, order = session(self._visit), self._order("void")
        self._keep(voiding=True, void_order=order.get("order", ""))
        self._visit.tell(TAKING_BACK.format(stan=self.fact["stan"]))
        outcome = attend(self._visit, register.begin("void", stan=self.fact["stan"], **order))
        assert outcome is not None
        if outcome["status"] == "unknown":
            return self._voided_meanwhile()
        self._keep_void(outcome)
        return outcome

    def _voided_meanwhile(self) -> Mapping[str, Json]:
        """Where that cannot be told the sale counts as booked: a void that is asked for again takes nothing back
        twice, for it names the sale."""
        outcome, known = self._learned("void")
        if known:
            self._keep_void(outcome)
            return outcome
        self._keep(in_doubt=True)
        return {**outcome, "status": "unknown"}

    def _keep_void(self, outcome: Mapping[str, Json]) -> None:
        if outcome["status"] == "done" or str(outcome.get("cause")) in ALREADY_VOIDED:
            self._keep(state=VOIDED, void_stan=str(outcome.get("stan") or ""))
        else:
            self._keep(state=SOLD, in_doubt=False, reason=dict(outcome.get("text") or {}))


def _none_stored(last: Mapping[str, Json]) -> bool:
    return last["status"] == "refused" and last["cause"] in NONE_STORED
