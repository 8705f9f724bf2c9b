"""Days on which customers pay by code, and on which lines, power and hosts fail: ledger = batch = receipts, whatever
was done in which order, and no code in the trace.  The judges know nothing of codes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.bench.base import BenchBroken
from harness.bench.fleet import TerminalSpec
from harness.bench.simulated import SimulatedBench
from harness.bench.world import World
from harness.judges import judge
from harness.links.plan import FaultPlan

Json = Any
TILL = "terminal2"
FAULTS = {
    "unheard": "drop:stream=upstream,times=1",
    "lost": "drop:stream=downstream,times=1",
    "twice": "duplicate:stream=downstream,times=1",
    "torn": "flip:stream=downstream,times=1",
}
EFFECTS = 26
"""More than an operation has before it is answered."""
TROUBLE = st.one_of(st.just(""), st.sampled_from([*FAULTS, "late"]), st.integers(0, EFFECTS - 1))
"""Nothing, what happens to the first frame, or after how many effects the terminal loses its power."""
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("scan"),
            st.integers(1, 5_000),
            st.sampled_from(["unionpay", "wechat", "alipay", "used", "old"]),
            TROUBLE,
        ),
        st.tuples(st.just("void"), st.integers(0, 5), st.just(""), TROUBLE),
        st.tuples(st.just("refund"), st.integers(0, 5), st.sampled_from(["part", "whole", "voucher"]), TROUBLE),
        st.tuples(st.just("settle"), st.just(0), st.just(""), TROUBLE),
        st.tuples(st.just("host"), st.just(0), st.just(""), st.just("")),
    ),
    max_size=7,
)


@lru_cache(maxsize=1)
def ready() -> SimulatedBench:
    bench = SimulatedBench(World(terminals=(TerminalSpec(TILL, profile="smart"),)), 5)
    for op in ("sign_in", "download_parameters", "download_public_keys", "download_aids"):
        assert bench.ask(TILL, "person", "operate", op=op)["status"] == "done"
    return bench


class Shop:
    """Does what it is told, with the trouble that comes with it."""

    def __init__(self) -> None:
        self.bench = ready().fork()
        self.codes: list[str] = []

    def do(self, what: str, number: int, how: str, trouble: str | int) -> None:
        if what == "host":
            self.bench.crash("host")
            self.bench.restart("host")
            return
        args: dict[str, Json] | None = {}
        if what != "settle":
            args = {"scan": self._scan, "void": self._void, "refund": self._refund}[what](number, how)
        if args is None:
            return
        if trouble == "late":
            late = 90_000_000
            self.bench.ask("host", "control", "cause", behaviour="answer_late", delay_us=late, count=1)
        elif isinstance(trouble, str) and trouble:
            self.bench.set_faults("host", FaultPlan.from_specs([FAULTS[trouble]]), TILL)
        elif isinstance(trouble, int):
            self.bench.crash(TILL, point=str(trouble))
        try:
            self.operate("sale_qr" if what == "scan" else what, **args)
        except BenchBroken:
            pass  # its power failed before it answered
        if isinstance(trouble, int):
            self.bench.engine._crashes.clear()  # what has not struck by now does not
            self.bench.restart(TILL)
        self.heal()
        if what == "settle":
            self.operate("sign_in")

    def _scan(self, amount_fen: int, wallet: str) -> dict[str, Json]:
        if wallet == "used" and self.codes:
            code = self.codes[-1]
        else:
            name = wallet if wallet in ("wechat", "alipay") else "unionpay"
            code = self.bench.ask("host", "control", "show_code", wallet=name)["code"]
            self.bench.advance(61_000_000 if wallet == "old" else 0)
        self.codes.append(code)
        self.bench.ask(TILL, "person", "present", card=code, how="scan")
        return {"amount_fen": amount_fen}

    def _void(self, number: int, how: str) -> dict[str, Json] | None:
        sold = self.sales()
        return {"stan": sold[number % len(sold)]["stan"]} if sold else None

    def _refund(self, number: int, how: str) -> dict[str, Json] | None:
        sold = self.sales()
        if not sold:
            return None
        entry = sold[number % len(sold)]
        part = entry["amount_fen"] // 2 or 1
        if how == "voucher":
            posting = next(p for p in self.postings() if p["rrn"] == entry["rrn"])
            return {"voucher": posting["date"].replace("-", "") + entry["rrn"], "amount_fen": part}
        return {"stan": entry["stan"], "amount_fen": part if how == "part" else entry["amount_fen"]}

    def operate(self, op: str, **args: Json) -> Json:
        return self.bench.ask(TILL, "person", "operate", op=op, **args)

    def sales(self) -> list[Json]:
        entries: list[Json] = self.bench.snapshot()[TILL]["entries"]
        return [entry for entry in entries if entry["kind"] == "sale_qr"]

    def postings(self) -> list[Json]:
        found: list[Json] = self.bench.snapshot()["host"]["postings"]
        return found

    def heal(self) -> None:
        self.bench.set_faults("host", None, TILL)
        self.bench.ask("host", "control", "heal")
        self.bench.advance(120_000_000)

    def close(self) -> None:
        """Everything is well again; the day ends with a settlement."""
        self.bench.restart(TILL)  # a code that was held out and not asked for is forgotten
        self.operate("sign_in")
        self.operate("send_reversal")
        if self.bench.ask(TILL, "control", "status")["settling"]:
            assert self.operate("settle")["status"] == "done"
        self.operate("sign_in")
        assert self.scan_well()["status"] == "done"
        settled = self.operate("settle")
        assert settled["status"] == "done"
        in_doubt = self.bench.snapshot()[TILL]["unresolved"]
        assert settled["balanced"] or in_doubt

    def scan_well(self) -> Json:
        return self.operate("sale_qr", **self._scan(77, "wechat"))


@pytest.mark.parametrize("what", ["scan", "void", "refund", "settle"])
def test_the_power_fails_before_each_effect(what: str) -> None:
    for after in range(0, EFFECTS, 1 if what == "scan" else 3):
        shop = Shop()
        shop.do("scan", 500, "wechat", "")
        shop.do(what, 300 if what == "scan" else 0, "part" if what == "refund" else "alipay", after)
        check(shop)


@given(STEPS)
@settings(max_examples=15, deadline=None)
def test_ledger_batch_receipts_and_statement_agree(steps: list[tuple[str, int, str, str | int]]) -> None:
    shop = Shop()
    for step in steps:
        shop.do(*step)
    check(shop)


def check(shop: Shop) -> None:
    shop.close()
    shop.bench.snapshot()
    assert not [verdict for verdict in judge(shop.bench.events()) if verdict.ok is False]
    books, kept = shop.bench.snapshot()["host"], {"fee_fen": 0, "net_fen": 0}
    for mid in {posting["mid"] for posting in books["postings"]}:
        told = shop.bench.ask("host", "portal", "fee_statement", mid=mid)["total"]
        kept = {name: kept[name] + told[name] for name in kept}
    takings = sum(fen for name, fen in books["accounts"].items() if name.startswith("merchant:"))
    assert kept == {"fee_fen": books["accounts"].get("fee_income", 0), "net_fen": takings - kept["fee_fen"]}
    assert sum(posting["net_fen"] for posting in books["postings"]) == takings
    text = shop.bench.finish().text()
    assert not [code for code in shop.codes if code in text]
