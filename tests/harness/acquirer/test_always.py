"""What holds after any sequence: the books balance, no business key twice, the records alone give the same state."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from harness.acquirer.snapshots import snapshot
from harness.machine import HOUR_US, Closed, Opened, Received, Wake

if TYPE_CHECKING:
    from collections.abc import Callable

    from protocols.unionpay.message import Message
    from tests.harness.acquirer.conftest import Bench, Pos

AMOUNTS = st.integers(1, 20_000)


class Life(RuleBasedStateMachine):
    """A terminal's days, in any order.  The test hands in what makes host and terminal."""

    frames: Bundle[bytes] = Bundle("frames")
    make_bench: Callable[..., Bench]
    make_pos: Callable[..., Pos]

    def __init__(self) -> None:
        super().__init__()
        self.bench = type(self).make_bench()
        self.pos = type(self).make_pos(self.bench)
        self.pos.sign_in()
        self.sales: list[tuple[dict[int, Any], Message]] = []

    @rule(amounts=st.lists(AMOUNTS, min_size=1, max_size=4))
    def sales_in_a_row(self, amounts: list[int]) -> None:
        for amount in amounts:
            fields = self.pos.sale_fields(amount)
            reply = self.pos.ask("0200", fields, mac=True)
            if reply.text(39) == "00":
                self.sales.append((fields, reply))

    @rule(target=frames, amount=AMOUNTS)
    def sale(self, amount: int) -> bytes:
        fields = self.pos.sale_fields(amount)
        frame = self.pos.frame("0200", fields, mac=True)
        reply = self.pos.exchange(frame)
        if reply.text(39) == "00":
            self.sales.append((fields, reply))
        return frame

    @rule(target=frames, amount=AMOUNTS, stan=st.integers(1, 5))
    def sale_under_an_old_number(self, amount: int, stan: int) -> bytes:
        frame = self.pos.frame("0200", self.pos.sale_fields(amount, f"{stan:06d}"), mac=True)
        self.pos.exchange(frame)
        return frame

    @rule(frame=frames)
    def repeat(self, frame: bytes) -> None:
        self.bench.feed(Received("c1", frame))

    @rule(index=st.integers(0, 20))
    def reverse(self, index: int) -> None:
        if self.sales:
            self.pos.reverse(self.sales[index % len(self.sales)][0])

    @rule(amount=AMOUNTS, stan=st.integers(1, 40))
    def reverse_any_number(self, amount: int, stan: int) -> None:
        self.pos.reverse(self.pos.sale_fields(amount, f"{stan:06d}"))

    @rule(index=st.integers(0, 20), less=st.sampled_from((0, 0, 1)))
    def void(self, index: int, less: int) -> None:
        if self.sales:
            fields, reply = self.sales[index % len(self.sales)]
            self.pos.void(reply, int(fields[4]) - less)

    @rule(index=st.integers(0, 20), part=st.sampled_from((1, 2, 3)))
    def refund(self, index: int, part: int) -> None:
        if self.sales:
            fields, reply = self.sales[index % len(self.sales)]
            self.pos.refund(reply, max(1, int(fields[4]) // part), str(fields[60])[2:8])

    @rule(wrong=st.booleans())
    def settle(self, wrong: bool) -> None:
        own = self.bench.host.state.ledger.totals(self.pos.mid, self.pos.tid, self.pos.batch)
        self.pos.settle((own[0] + wrong, own[1]), (own[2], own[3]))

    @rule()
    def sign_in(self) -> None:
        assert self.pos.sign_in().text(39) == "00"

    @rule()
    def sign_off(self) -> None:
        self.pos.ask("0820", {11: self.pos.next_stan(), 60: f"00{self.pos.batch}002"})

    @rule(sn=st.sampled_from(("", "S1", "S2")))
    def apply(self, sn: str) -> None:
        self.bench.answer("portal", "apply", merchant={"name": "m"}, model="", sn=sn)

    @rule(hours=st.integers(0, 30))
    def wait(self, hours: int) -> None:
        end = self.bench.now + hours * HOUR_US
        while (due := self.bench.host.deadline) is not None and due <= end:
            self.bench.now = max(self.bench.now, due)
            self.bench.feed(Wake())
        self.bench.now = end
        self.bench.feed(Closed("c1", "eof"))
        self.bench.feed(Opened("c1"))

    @rule()
    def crash(self) -> None:
        self.bench.host = self.bench.restarted()
        self.bench.feed(Opened("c1"))

    @invariant()
    def the_books_balance(self) -> None:
        book = snapshot(self.bench.host.state, self.bench.now)
        assert sum(book["accounts"].values()) == 0
        net = Counter[str]()
        for posting in book["postings"]:
            net[f"merchant:{posting['mid']}"] += posting["net_fen"]
        assert all(book["accounts"].get(name, 0) == fen for name, fen in net.items())
        keys = [tuple(p[k] for k in ("mid", "tid", "batch", "stan", "date")) for p in book["postings"]]
        assert len(keys) == len(set(keys))

    @invariant()
    def nobody_is_paid_back_more_than_he_paid(self) -> None:
        for posting in self.bench.host.state.ledger.postings.values():
            assert 0 <= posting.refunded_fen <= posting.amount_fen
            taken_back = [posting.voided, bool(posting.refunded_fen), posting.reversed]
            assert taken_back.count(True) <= 1

    @invariant()
    def the_records_tell_everything(self) -> None:
        assert self.bench.restarted().state == self.bench.host.state


@pytest.mark.timeout(120, method="thread")  # forty examples of thirty steps, each rebuilt from its records
def test_any_sequence(make_bench: Callable[..., Bench], make_pos: Callable[..., Pos]) -> None:
    Life.make_bench, Life.make_pos = staticmethod(make_bench), staticmethod(make_pos)
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        ),
    )
