"""kill -9 of the host's or the terminal's process in the middle of a sale; both come up again from what their stores
hold, the SQLite file and the journal, and ledger, batch and receipts agree.

A frame is held on the line until the kill, so that the moment is the same every time, and nothing waits for a clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any, Literal

import pytest

from harness.bench.base import BenchBroken
from harness.bench.emulated import EmulatedBench
from harness.bench.world import World
from harness.cards import listed_pans
from harness.judges import judge
from harness.links.plan import FaultPlan
from harness.machine import Answer
from harness.terminal.settings import Identity

TMK = "159D86C7C1F779EA29F77A6858E0DA2A"
MID, TID, SN = "898520154110004", "52010009", "SN00000001"
MERCHANT = [{"mid": MID, "name": "Test", "terminal": [{"tid": TID, "sn": SN, "tmk": TMK, "test_key": True}]}]
WORLD = World(identity=Identity(TID, MID, bytes.fromhex(TMK), "Test"), terminal={"serial": SN})
OPENING = ("sign_in", "download_parameters", "download_public_keys", "download_aids")
T1_US = 60_000_000
LOOKS_MAX = 200
"""Looks until the frame is held; each takes about a tenth of a second."""

Party = Literal["host", "terminal"]
HELD = "delay:stream={stream},frame={frame},delay=3000000"
"""Longer than anybody waits."""
LOST = "drop:stream=downstream,frame=1"

POINTS: dict[str, tuple[str, ...]] = {
    "before the card": (),
    "the request is on the line": (HELD.format(stream="upstream", frame=1),),
    "the reply is on the line": (HELD.format(stream="downstream", frame=1),),
    "the reversal is on the line": (LOST, HELD.format(stream="upstream", frame=2)),
    "the reply to the reversal is on the line": (LOST, HELD.format(stream="downstream", frame=2)),
}
JUDGED = {"I1", "I2", "I3", "C1", "I4", "I5", "I8", "I6", "I7", "I9"}


@pytest.fixture
def bench() -> Iterator[EmulatedBench]:
    """A terminal that is ready to sell."""
    with EmulatedBench(WORLD, seed=7) as opened:
        opened.ask("host", "control", "provision", merchant=MERCHANT)
        for op in OPENING:
            assert opened.ask("terminal", "person", "operate", op=op)["status"] == "done"
        yield opened


def sell(bench: EmulatedBench, amount_fen: int) -> Any:
    bench.ask("terminal", "person", "present", card="debit", how="insert", pin="123456")
    return bench.ask("terminal", "person", "operate", op="sale", amount_fen=amount_fen)


def faults_struck(bench: EmulatedBench) -> int:
    return sum(event.kind == "fault" for event in bench.events())


def begin_sale(bench: EmulatedBench, plan: tuple[str, ...]) -> Future[Answer]:
    """A sale that stands still at the point that `plan` makes; without a plan it waits for a card."""
    before = faults_struck(bench)
    bench.set_faults("host", FaultPlan.from_specs(plan) if plan else None)
    if LOST in plan:
        assert sell(bench, 500)["status"] == "unknown"
    if plan:
        bench.ask("terminal", "person", "present", card="debit", how="insert", pin="123456")
    busy = bench._submit("terminal", "person", "operate", {"op": "sale", "amount_fen": 1000})
    for _ in range(LOOKS_MAX):
        bench.settle()
        if not bench.ask("terminal", "control", "status")["idle"] and faults_struck(bench) == before + len(plan):
            return busy
    raise AssertionError("the sale never came to the point where the power is to fail")


def kill(bench: EmulatedBench, party: Party, plan: tuple[str, ...]) -> None:
    """The power of `party` fails at the point of `plan`; it comes up again, and a good sale follows."""
    busy = begin_sale(bench, plan)
    assert not busy.done()
    bench.crash(party)
    bench.set_faults("host", None)
    bench.restart(party)
    if party == "terminal":
        with pytest.raises(BenchBroken):
            busy.result(10)
    else:
        bench.advance(2 * T1_US)  # who waits for a card or for a reply gives up; a reversal is tried again
        assert busy.result(10).value["status"] in ("unknown", "no_answer", "cancelled", "done")
    assert sell(bench, 77)["status"] == "done"


@pytest.mark.timeout(120)  # each kill costs the start of a process, about a second on a quiet machine
@pytest.mark.parametrize("party", ["host", "terminal"])
def test_kill_9_between_any_two_steps_of_a_sale(bench: EmulatedBench, party: Party) -> None:
    for name, plan in POINTS.items():
        bench.note("case", {"name": f"{party}: {name}"})
        kill(bench, party, plan)
    sold = sell(bench, 1000)
    bench.crash(party)
    bench.restart(party)
    settled = bench.ask("terminal", "person", "operate", op="settle")
    assert (settled["status"], settled["balanced"]) == ("done", True)
    snapshots = bench.snapshot()
    assert snapshots["terminal"]["pending_reversal"] is None
    kept = [p for p in snapshots["host"]["postings"] if p["net_fen"]]
    assert [p["amount_fen"] for p in kept].count(77) == len(POINTS)
    assert [p["amount_fen"] for p in kept if p["stan"] == sold["stan"]] == [1000], "acknowledged before the kill"
    verdicts = {v.judge: (v.ok, v.what.en) for v in judge(bench.finish().events, listed_pans())}
    assert {name: verdict for name, verdict in verdicts.items() if verdict[0] is not True} == {}
    assert verdicts.keys() >= JUDGED
    boots = [e for e in bench.events() if (e.party, e.kind) == (party, "boot")]
    assert len(boots) == len(POINTS) + 2
