"""Any order of operations, faults and power cuts: the machine answers everything and the books agree in the end."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from protocols.unionpay.message import Message

from .scripted import Bench, Host, PowerCut, ready_settings
from .test_crash import books, recover

FAULTS = st.sampled_from(["good", "unheard", "lost", "bad mac", "declined", "no mac", "other stan", "77"])
REPLIES = st.builds(lambda how, count: [how] * count, FAULTS, st.integers(0, 4))
"""The same fault several times over: a reversal is given up only after three."""
OPERATIONS = st.sampled_from(
    [
        "sign_in",
        "download_parameters",
        "echo",
        "reversal",
        "settle",
        "batch_upload",
        "sign_off",
        "balance",
        "last",
        "refund",
    ]
)


class Life(RuleBasedStateMachine):
    """One terminal, one host that may fail on any request."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench(ready_settings(), Host())
        self.bench.get_ready()
        self.bench.host.change = self._change
        self._heard = self.bench.host.answer
        self.bench.host.answer = self._answer  # type: ignore[method-assign]  # a request may never reach the host
        self.plan: list[str] = []

    def _answer(self, octets: bytes) -> bytes | None:
        if self.plan and self.plan[0] == "unheard":
            self.plan.pop(0)
            return None
        return self._heard(octets)

    def _change(self, request: Message, reply: Message) -> Message | None:
        how = self.plan.pop(0) if self.plan else "good"
        undone = request.mti in ("0200", "0220", "0400")
        key = (str(request.get(60))[2:8], str(request.get(11)))
        if how in ("declined", "77"):
            if undone and request.mti != "0400":
                self.bench.host.ledger[key] = 0
            return reply.replacing({39: "51" if how == "declined" else "77", 64: None, 48: None})
        changes: dict[str, Any] = {
            "good": {},
            "bad mac": {64: b"00000000"} if 64 in reply.fields else {},
            "no mac": {64: None},
            "other stan": {11: "999999"} if 11 in reply.fields else {},
        }
        return None if how == "lost" else reply.replacing(changes[how])

    @rule(
        replies=REPLIES,
        amount=st.integers(1, 10**12 - 1),
        how=st.sampled_from(["swipe", "insert", "tap"]),
    )
    def sell(self, replies: list[str], amount: int, how: str) -> None:
        self.plan = replies
        self.bench.sell(amount, how)

    @rule(replies=REPLIES, op=OPERATIONS)
    def operate(self, replies: list[str], op: str) -> None:
        self.plan = replies
        outcome = self.bench.do(op, **({"amount_fen": 5} if op in ("sale", "void", "refund", "reversal") else {}))
        assert outcome["status"] in ("done", "refused", "declined", "no_answer", "unknown", "cancelled")

    @precondition(lambda self: bool(self.bench.snapshot["entries"]))
    @rule(replies=REPLIES, data=st.data())
    def void(self, replies: list[str], data: st.DataObject) -> None:
        self.plan = replies
        self.bench.do("void", stan=data.draw(st.sampled_from([e["stan"] for e in self.bench.snapshot["entries"]])))

    @rule(after=st.integers(0, 30), amount=st.integers(1, 10**6))
    def power_cut(self, after: int, amount: int) -> None:
        self.plan = []
        self.bench.cut_after = after
        try:
            self.bench.sell(amount)
        except PowerCut:
            self.bench.boot()
        self.bench.cut_after = None

    @invariant()
    def one_posting_and_one_receipt_each(self) -> None:
        snapshot = self.bench.snapshot
        keys = [(e["batch"], e["stan"]) for e in snapshot["entries"]]
        assert len(keys) == len(set(keys))
        assert self.bench.terminal.idle

    def teardown(self) -> None:
        """Everything heals; then the books must agree."""
        self.plan = []
        recover(self.bench)
        host, batch = books(self.bench)
        assert host == batch
        assert self.bench.snapshot["pending_reversal"] is None


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=10, deadline=None)
